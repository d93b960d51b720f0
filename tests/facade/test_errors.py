"""Errors: one tree, what they carry, and that they survive a copy and another process."""

from __future__ import annotations

import builtins
import copy
import pickle
from typing import Any

import pytest

from polyai_data import errors
from polyai_data.errors import class_for_status

API: dict[str, Any] = {
    "status": 404,
    "method": "GET",
    "path": "/v1/agents/{agentId}",
    "code": "NOT_FOUND",
    "correlation_id": "c-1",
    "retry_after": 2.5,
    "body": b"{}",
    "hint": "Look elsewhere.",
}
INSTANCES: list[errors.PolyAIError] = [
    errors.PolyAIError("no"),
    errors.ConfigError("no", argument="region"),
    errors.TransportError("no", sent=False),
    errors.TimeoutError("no"),
    errors.ConnectionError("no", sent=False),
    errors.NotFoundError("not here", **API, sent=False),
    errors.DecodeError("no", where="a[0].b", expected="a list", raw={"name": "Ada"}),
    errors.DownloadError("no"),
]
CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_a_documented_polyai_error(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.PolyAIError)
    assert not any(base.__module__.startswith("httpx") for base in kind.__mro__)
    assert kind.__doc__
    assert kind.__name__ in str(errors.__doc__)


def test_the_builtin_classes_catch_ours() -> None:
    assert issubclass(errors.TimeoutError, builtins.TimeoutError)
    assert issubclass(errors.ConnectionError, builtins.ConnectionError)
    assert not issubclass(errors.ConnectionError, errors.TimeoutError)
    assert not issubclass(errors.APIError, errors.TransportError)


def test_a_broken_connection_is_no_disk_that_refuses() -> None:
    broken = errors.TimeoutError("the server did not respond")  # which is an OSError, too
    assert errors.DownloadError.unwritable("a.wav", broken) is broken


def test_an_api_error_says_all_it_knows_in_one_line() -> None:
    assert str(errors.NotFoundError("not here", **API)) == (
        "404 NOT_FOUND on GET /v1/agents/{agentId}: not here. Look elsewhere. [correlation id c-1]"
    )
    bare = errors.ServerError("gone wrong", status=500, method="POST", path="/x")
    assert str(bare) == "500 on POST /x: gone wrong"
    assert (bare.code, bare.correlation_id, bare.retry_after, bare.body) == (None, None, None, b"")


@pytest.mark.parametrize(
    ("error", "sent", "done"),
    [
        (errors.ConfigError("no"), False, False),
        (errors.ConnectionError("no", sent=False), False, False),
        (errors.TimeoutError("no"), True, False),
        (errors.NotFoundError("not here", **API, sent=False), False, False),
        (errors.ServerError("no", **API), True, False),
        (errors.DecodeError("no", where="", expected="", raw=None), True, True),
    ],
)
def test_every_error_says_what_became_of_the_request(error: errors.PolyAIError, sent: bool, done: bool) -> None:
    assert (error.sent, error.done) == (sent, done)


def test_the_raw_value_of_a_decode_error_is_not_in_its_message() -> None:
    error = errors.DecodeError("it does not fit", where="a[0]", expected="a list", raw={"name": "Ada"})
    assert (error.where, error.expected, error.raw) == ("a[0]", "a list", {"name": "Ada"})
    assert "Ada" not in f"{error}{error!r}{error.args}"


@pytest.mark.parametrize(
    ("statuses", "kind"),
    [
        ([401], errors.AuthenticationError),
        ([403], errors.PermissionDeniedError),
        ([404], errors.NotFoundError),
        ([410], errors.GoneError),
        ([429], errors.RateLimitError),
        ([400, 402, 405, 409, 411, 428, 430, 499], errors.BadRequestError),
        (range(500, 600), errors.ServerError),
        ([100, 204, 299, 302, 399, 600, 999], errors.UnexpectedStatusError),
    ],
)
def test_every_status_has_one_class(statuses: list[int], kind: type[errors.APIError]) -> None:
    assert {class_for_status(status) for status in statuses} == {kind}


@pytest.mark.parametrize("error", INSTANCES, ids=lambda error: type(error).__name__)
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_survives_a_copy_and_another_process(error: errors.PolyAIError, way: Any) -> None:
    # A pool of processes breaks on an error that cannot be made again on the other side.
    made = way(error)
    assert type(made) is type(error)
    assert (str(made), made.args, vars(made)) == (str(error), error.args, vars(error))

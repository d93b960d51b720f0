"""Errors: one tree, what they carry, and that they survive a way through another process."""

from __future__ import annotations

import builtins
import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
EVERY_ONE: list[errors.PolyAIError] = [
    errors.PolyAIError("no"),
    errors.ConfigError("no", argument="region"),
    errors.ConfigError("no"),
    errors.TransportError("no", sent=False),
    errors.TimeoutError("no"),
    errors.ConnectionError("no", sent=False),
    errors.NotFoundError("not here", **API),
    errors.UnexpectedStatusError("moved", **{**API, "status": 302}),
    errors.DecodeError("no", where="a[0].b", expected="a list", raw={"name": "Ada"}),
    errors.DownloadError("no"),
]
NAMES = [type(error).__name__ for error in EVERY_ONE]
CLASSES = [value for value in vars(errors).values() if isinstance(value, type) and issubclass(value, Exception)]


@pytest.mark.parametrize("kind", CLASSES)
def test_every_error_is_a_polyai_error_and_says_when_it_is_raised(kind: type[Exception]) -> None:
    assert issubclass(kind, errors.PolyAIError)
    assert kind.__doc__
    assert kind.__name__ in str(errors.__doc__)
    assert not any(base.__module__.startswith("httpx") for base in kind.__mro__)


def test_the_words_of_the_language_catch_ours() -> None:
    assert issubclass(errors.TimeoutError, builtins.TimeoutError)
    assert issubclass(errors.ConnectionError, builtins.ConnectionError)
    assert not issubclass(errors.ConnectionError, errors.TimeoutError)
    assert not issubclass(errors.APIError, errors.TransportError)


def test_an_error_of_the_server_tells_all_that_it_knows_in_one_line() -> None:
    assert str(errors.NotFoundError("not here", **API)) == (
        "404 NOT_FOUND on GET /v1/agents/{agentId}: not here Look elsewhere. [correlation id c-1]"
    )
    bare = errors.ServerError("gone wrong", status=500, method="POST", path="/x")
    assert str(bare) == "500 on POST /x: gone wrong"
    assert (bare.code, bare.correlation_id, bare.retry_after, bare.body) == (None, None, None, b"")


def test_an_error_on_the_way_tells_whether_the_server_may_have_seen_the_request() -> None:
    assert errors.TransportError("no").sent
    assert not errors.ConnectionError("no", sent=False).sent


def test_what_could_not_be_read_is_at_hand_and_not_in_the_message() -> None:
    error = errors.DecodeError("it does not fit", where="a[0]", expected="a list", raw={"name": "Ada"})
    assert (error.where, error.expected, error.raw) == ("a[0]", "a list", {"name": "Ada"})
    assert "Ada" not in f"{error}{error!r}{error.args}"


@given(st.integers(100, 999))
def test_every_status_has_one_class(status: int) -> None:
    kind = class_for_status(status)
    assert issubclass(kind, errors.APIError)
    family = {4: errors.APIError, 5: errors.ServerError}.get(status // 100, errors.UnexpectedStatusError)
    assert issubclass(kind, family)
    assert (kind is errors.UnexpectedStatusError) == (not 400 <= status <= 599)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (399, errors.UnexpectedStatusError),
        (400, errors.BadRequestError),
        (401, errors.AuthenticationError),
        (403, errors.PermissionDeniedError),
        (404, errors.NotFoundError),
        (410, errors.GoneError),
        (429, errors.RateLimitError),
        (499, errors.BadRequestError),
        (500, errors.ServerError),
        (599, errors.ServerError),
        (600, errors.UnexpectedStatusError),
    ],
)
def test_the_class_of_a_status(status: int, kind: type[errors.APIError]) -> None:
    assert class_for_status(status) is kind


@pytest.mark.parametrize("error", EVERY_ONE, ids=NAMES)
@pytest.mark.parametrize("way", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_an_error_survives_being_copied_and_sent_to_another_process(error: errors.PolyAIError, way: Any) -> None:
    # A pool of processes breaks on an error that cannot be made again on the other side.
    made = way(error)
    assert type(made) is type(error)
    assert (str(made), made.args, vars(made)) == (str(error), error.args, vars(error))

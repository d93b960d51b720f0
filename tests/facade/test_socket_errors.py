"""Every status that the documents tell of, and some that they do not, as an error of ours."""

from __future__ import annotations

import json

import pytest

from polyai_data import errors
from tests.facade.calls import OPERATIONS, POLYAI_OPERATIONS, RECORDINGS, Connect, documented, perform

CLASSES: dict[int, type[errors.APIError]] = {
    302: errors.UnexpectedStatusError,
    299: errors.UnexpectedStatusError,
    400: errors.BadRequestError,
    401: errors.AuthenticationError,
    403: errors.PermissionDeniedError,
    404: errors.NotFoundError,
    405: errors.BadRequestError,
    410: errors.GoneError,
    418: errors.BadRequestError,
    429: errors.RateLimitError,
    500: errors.ServerError,
    503: errors.ServerError,
    504: errors.ServerError,
    520: errors.ServerError,
    599: errors.ServerError,
}
DOCUMENTED = [
    (operation_id, status)
    for operation_id, operation in documented().items()
    for status in operation["statuses"]
    if status >= 300
]
UNDOCUMENTED = [
    (operation_id, status)
    for operation_id, operation in documented().items()
    for status in (299, 302, 405, 418, 520, 599)
    if status not in operation["statuses"]
]


def error_of(connect: Connect, operation_id: str, status: int, **headers: str) -> errors.APIError:
    sent = {"X-Emulator-Status": str(status), **{name.replace("_", "-"): value for name, value in headers.items()}}
    with pytest.raises(errors.APIError) as caught:
        perform(connect, operation_id, headers=sent)
    assert type(caught.value) is CLASSES[status]
    assert caught.value.status == status
    assert connect.last.status == status
    assert caught.value.method == documented()[operation_id]["method"]
    assert caught.value.path == documented()[operation_id]["path"]
    assert f"{caught.value.method} {caught.value.path}" in str(caught.value)
    assert str(status) in str(caught.value)
    return caught.value


@pytest.mark.parametrize(("operation_id", "status"), DOCUMENTED)
def test_each_documented_error_says_what_the_server_said(connect: Connect, operation_id: str, status: int) -> None:
    error = error_of(connect, operation_id, status, X_PolyAI_Correlation_Id="ours-1")
    body = json.loads(error.body)
    assert error.message == f"status {status} on request"
    assert error.message in str(error)
    if operation_id == "getRedactedAudio":
        assert body["error"] == error.message
        assert (error.code, error.correlation_id) == (None, None)
    else:
        assert body["error_message"] == error.message
        assert error.code == body.get("error_code")
        assert error.correlation_id == "ours-1"
        assert "[correlation id ours-1]" in str(error)
    assert error.retry_after == (1.0 if status == 429 else None)
    assert ("region 'us'" in str(error)) is (status == 401)


@pytest.mark.parametrize(("operation_id", "status"), UNDOCUMENTED)
def test_an_undocumented_status_is_an_error_too(connect: Connect, operation_id: str, status: int) -> None:
    error = error_of(connect, operation_id, status)
    assert error.message == "the response is plain text or binary data"
    assert error.code is None
    assert error.body == f"status {status} on request\n".encode()
    assert bool(error.correlation_id) is (operation_id != "getRedactedAudio")
    assert error.retry_after is None


@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_the_server_gives_each_error_a_correlation_id(connect: Connect, operation_id: str) -> None:
    first, second = (error_of(connect, operation_id, 400).correlation_id for _ in range(2))
    assert first
    assert second
    assert first != second


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("0", 0.0), ("1.5", 1.5), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("", None), ("soon", None)],
)
@pytest.mark.parametrize("status", [429, 503])
def test_each_form_of_retry_after_is_read(connect: Connect, status: int, value: str, seconds: float | None) -> None:
    error = error_of(connect, "getRedactedAudio", status, X_Emulator_Retry_After=value)
    assert error.retry_after == seconds


def test_a_retry_after_in_the_future_is_the_time_until_then(connect: Connect) -> None:
    error = error_of(connect, "getConversation", 429, X_Emulator_Retry_After="Fri, 01 Jan 2999 00:00:00 GMT")
    assert error.retry_after is not None
    assert error.retry_after > 365 * 24 * 3600


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_status_that_has_no_body_is_not_a_success(connect: Connect, operation_id: str) -> None:
    with pytest.raises(errors.PolyAIError):
        perform(connect, operation_id, headers={"X-Emulator-Status": "204"})


@pytest.mark.parametrize("operation_id", [name for name in OPERATIONS if name not in RECORDINGS])
def test_the_smallest_answer_that_the_document_allows_is_read(connect: Connect, operation_id: str) -> None:
    success = documented()[operation_id]["statuses"][0]
    perform(connect, operation_id, headers={"X-Emulator-Status": str(success)})
    assert connect.last.status == success


def test_a_listing_that_fails_on_its_way_has_given_the_pages_before(connect: Connect) -> None:
    day = 24 * 3600
    connect.emulator.clock.advance(-2 * day)
    client = connect.polyai(api_key=connect.emulator.keys["us-expired"].value)
    pages = iter(client.conversations.list(limit=10).pages())
    assert len(next(pages).items) == 10
    connect.emulator.clock.advance(2 * day)
    with pytest.raises(errors.AuthenticationError, match="expired"):
        next(pages)

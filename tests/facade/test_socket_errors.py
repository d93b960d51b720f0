"""Every documented status, and some that are not, as an error of ours."""

from __future__ import annotations

import json

import pytest

from polyai_data import errors
from tests.facade.calls import OPERATIONS, POLYAI_OPERATIONS, Connect, documented, one_flavour, perform

pytestmark = one_flavour
UNDOCUMENTED = [
    (operation_id, status)
    for operation_id, operation in documented().items()
    for status in (299, 302, 405, 520)
    if status not in operation["statuses"]
]


def error_of(connect: Connect, operation_id: str, status: int, **headers: str) -> errors.APIError:
    switches = {"X-Emulator-Status": str(status), **{name.replace("_", "-"): value for name, value in headers.items()}}
    with pytest.raises(errors.APIError) as caught:
        perform(connect, operation_id, headers=switches)
    error = caught.value
    assert type(error) is errors.class_for_status(status)
    assert error.status == connect.last.status == status
    assert (error.method, error.path) == tuple(documented()[operation_id][name] for name in ("method", "path"))
    assert f"{error.method} {error.path}" in str(error)
    assert str(status) in str(error)
    return error


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_documented_error_has_the_words_of_the_server(connect: Connect, operation_id: str) -> None:
    for status in (status for status in documented()[operation_id]["statuses"] if status >= 300):
        error = error_of(connect, operation_id, status, X_PolyAI_Correlation_Id="ours-1")
        body = json.loads(error.body)
        assert error.message == f"status {status} on request"
        assert error.message in str(error)
        if operation_id == "getRedactedAudio":
            assert (body["error"], error.code, error.correlation_id) == (error.message, None, None)
        else:
            assert body["error_message"] == error.message
            assert (error.code, error.correlation_id) == (body.get("error_code"), "ours-1")
            assert "[correlation id ours-1]" in str(error)
        assert error.retry_after == (1.0 if status == 429 else None)
        assert ("region 'us'" in str(error)) is (status == 401)


@pytest.mark.parametrize(("operation_id", "status"), UNDOCUMENTED)
def test_an_undocumented_status_is_an_error_too(connect: Connect, operation_id: str, status: int) -> None:
    error = error_of(connect, operation_id, status)
    assert "plain text or binary data" in error.message
    assert (error.code, error.retry_after) == (None, None)
    assert error.body == f"status {status} on request\n".encode()
    assert bool(error.correlation_id) is (operation_id in POLYAI_OPERATIONS)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [("7", 7.0), ("1.5", 1.5), ("Wed, 21 Oct 2015 07:28:00 GMT", 0.0), ("", None), ("soon", None)],
)
def test_a_retry_after_is_read(connect: Connect, value: str, seconds: float | None) -> None:
    for operation_id, status in (("getRedactedAudio", 429), ("getConversation", 503)):
        assert error_of(connect, operation_id, status, X_Emulator_Retry_After=value).retry_after == seconds


def test_a_retry_after_in_the_future_is_the_time_until_then(connect: Connect) -> None:
    error = error_of(connect, "getConversation", 429, X_Emulator_Retry_After="Fri, 01 Jan 2999 00:00:00 GMT")
    assert error.retry_after is not None
    assert error.retry_after > 365 * 24 * 3600


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_status_without_a_body_is_not_a_success(connect: Connect, operation_id: str) -> None:
    with pytest.raises(errors.PolyAIError):
        perform(connect, operation_id, headers={"X-Emulator-Status": "204"})

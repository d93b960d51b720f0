"""Forced statuses, and each form in which a response asks a client to wait."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from tests.emulator.support import Caller


def forced(call: Caller, status: int | str, after: str | None = None) -> httpx.Response:
    headers = {"X-Emulator-Status": str(status), **({} if after is None else {"X-Emulator-Retry-After": after})}
    return call("listConversations", key=None, headers=headers)


@pytest.mark.parametrize("status", [202, 599])
def test_an_undocumented_status_is_plain_text(call: Caller, status: int) -> None:
    response = forced(call, status)
    assert response.status_code == status
    assert response.text == f"status {status} on request\n"
    assert response.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize("status", [204, 304])
def test_a_status_without_a_body_has_none(call: Caller, status: int) -> None:
    response = forced(call, status)
    assert (response.status_code, response.content) == (status, b"")
    assert call("listConversations").status_code == 200


@pytest.mark.parametrize("status", ["", "abc", "199", "600", "-1"])
def test_an_invalid_status_is_refused(call: Caller, status: str) -> None:
    response = forced(call, status)
    assert response.status_code == 400
    message = f"x-emulator-status: {status!r} is not a status between 200 and 599"
    assert response.json()["error_message"] == message


def test_the_host_of_signed_links_obeys_as_well(call: Caller) -> None:
    for status in (200, 503):
        response = call.send("GET", "redacted-audio.example", "/x", headers={"X-Emulator-Status": str(status)})
        assert response.status_code == status


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        ("3600", {"retry-after": "3600"}),
        ("soon", {"retry-after": "soon"}),
        ("", {}),
        ("ms=0.5", {"retry-after-ms": "0.5"}),
    ],
)
@pytest.mark.parametrize("status", [429, 503])
def test_a_wait_is_sent_as_it_is_given(call: Caller, status: int, after: str, expected: dict[str, str]) -> None:
    headers = forced(call, status, after).headers
    assert {name: headers[name] for name in headers if name.startswith("retry-after")} == expected


@pytest.mark.parametrize("seconds", [0, 1, 3600])
def test_retry_after_as_a_date_is_so_many_seconds_after_the_date_of_the_response(call: Caller, seconds: int) -> None:
    headers = forced(call, 429, f"date={seconds}").headers
    wait = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    assert wait == timedelta(seconds=seconds)
    assert headers["retry-after"].endswith(" GMT")
    assert "retry-after-ms" not in headers


@pytest.mark.parametrize("after", ["ms=", "ms=soon", "date=", "date=-1", "date=inf"])
def test_a_form_without_a_number_is_refused(call: Caller, after: str) -> None:
    response = forced(call, 429, after)
    assert response.status_code == 400
    form, _, number = after.partition("=")
    assert f"x-emulator-retry-after: {form} needs a number, not {number!r}" in response.json()["error_message"]


def test_every_response_has_one_date_of_today(call: Caller) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    response = call("listConversations")
    assert len(response.headers.get_list("date")) == 1
    assert before <= parsedate_to_datetime(response.headers["date"]) <= datetime.now(UTC)

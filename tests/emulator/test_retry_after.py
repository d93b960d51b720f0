"""Each form in which an answer can ask a client to wait, and the Date that goes with it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import pytest

from tests.emulator.support import Caller, operations


def refused(call: Caller, after: str, status: str = "429") -> dict[str, str]:
    headers = {"X-Emulator-Status": status, "X-Emulator-Retry-After": after}
    response = call("listConversations", headers=headers)
    assert response.status_code == int(status)
    return dict(response.headers)


@pytest.mark.parametrize("operation_id", list(operations()))
def test_every_answer_has_one_date_of_today(call: Caller, operation_id: str) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    response = call(operation_id)
    assert len(response.headers.get_list("date")) == 1
    assert before <= parsedate_to_datetime(response.headers["date"]) <= datetime.now(UTC)


@pytest.mark.parametrize("status", ["429", "503"])
@pytest.mark.parametrize("milliseconds", ["20", "0", "1500", "0.5"])
def test_milliseconds(call: Caller, status: str, milliseconds: str) -> None:
    headers = refused(call, f"ms={milliseconds}", status)
    assert headers["retry-after-ms"] == milliseconds
    assert "retry-after" not in headers


@pytest.mark.parametrize("status", ["429", "503"])
@pytest.mark.parametrize("seconds", [0, 1, 7, 3600])
def test_a_date_is_so_many_seconds_after_the_date_of_the_answer(call: Caller, status: str, seconds: int) -> None:
    headers = refused(call, f"date={seconds}", status)
    wait = parsedate_to_datetime(headers["retry-after"]) - parsedate_to_datetime(headers["date"])
    assert wait == timedelta(seconds=seconds)
    assert headers["retry-after"].endswith(" GMT")
    assert "retry-after-ms" not in headers


@pytest.mark.parametrize("after", ["ms=", "ms=soon", "date=", "date=-1", "date=inf"])
def test_a_form_without_a_number_is_refused(call: Caller, after: str) -> None:
    headers = {"X-Emulator-Status": "429", "X-Emulator-Retry-After": after}
    response = call("listConversations", headers=headers)
    assert response.status_code == 400
    assert "x-emulator-retry-after" in response.json()["error_message"]

"""Schedules: which calls go wrong, and the errors of a file with a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from polyai_data.emulator import Emulator, Misbehaviour, Schedule
from polyai_data.emulator.faults.schedule import ScheduleError
from tests.emulator.support import Caller

Load = Callable[[str], Schedule]


@pytest.fixture
def load(tmp_path: Path) -> Load:
    def load(text: str) -> Schedule:
        path = tmp_path / "schedule.yaml"
        path.write_text(text, encoding="utf-8")
        return Schedule.load(path)

    return load


def statuses(call: Caller, count: int, operation_id: str = "listConversations", region: str = "us") -> list[int]:
    return [call(operation_id, region=region, faulty=True).status_code for _ in range(count)]


def test_calls_are_counted_for_each_entry(load: Load, http: httpx.Client) -> None:
    schedule = load(
        "# as it was on Tuesday\n"
        "- operation: listConversations\n"
        "  calls: [2, 4-5, 7-]\n"
        "  kind: 503\n"
        "- operation: getConversation\n"
        "  calls: 1\n"
        "  status: 429\n"
        "  retry_after: ms=20\n"
    )
    with Emulator(schedule=schedule) as emulator:
        call = Caller(emulator, http)
        assert statuses(call, 8) == [200, 503, 200, 503, 503, 200, 503, 503]
        assert [record.misbehaviour for record in list(emulator.requests)[:2]] == [None, "schedule:2"]
        refused = call("getConversation", faulty=True)
        assert (refused.status_code, refused.headers["retry-after-ms"]) == (429, "20")
        assert statuses(call, 2, "getConversation") == [200, 200]
        emulator.reset()
        assert statuses(call, 2) == [200, 503]
        emulator.schedule = schedule
        assert statuses(call, 2) == [200, 503]
        emulator.schedule = None
        assert statuses(call, 9) == [200] * 9


def test_a_schedule_may_be_json_and_for_one_region(load: Load, call: Caller) -> None:
    call.emulator.schedule = load(json.dumps([{"region": "eu", "fault": ["delay=0", "html=502"]}]))
    assert statuses(call, 2) == [200, 200]
    assert statuses(call, 1, region="eu") == statuses(call, 1, "searchConversations", "eu") == [502]
    assert statuses(call, 1, "getRedactedAudio", "eu") == [502]


def test_signed_links_can_be_in_it(load: Load, call: Caller) -> None:
    call.emulator.schedule = load("[{operation: signedLink, calls: 2, status: 503}]")
    host, path = call.link()
    assert [call.send("GET", host, path).status_code for _ in range(3)] == [200, 503, 200]


def test_the_first_entry_that_is_due_applies_and_random_faults_come_after_all(load: Load, call: Caller) -> None:
    call.emulator.schedule = load("- {calls: 2, status: 500}\n- {calls: 1-2, status: 503}\n")
    call.emulator.misbehave = Misbehaviour(1, ("504",), in_a_row=0)
    assert statuses(call, 4) == [503, 500, 504, 504]


def test_a_request_that_asks_for_a_fault_is_not_counted(load: Load, call: Caller) -> None:
    assert load("# nothing yet").entries == ()
    call.emulator.schedule = load("- {calls: 1, status: 503}")
    assert call("listConversations", headers={"X-Emulator-Status": "404"}).status_code == 404
    assert call.http.get(call.emulator.url).status_code == 200
    assert statuses(call, 2) == [503, 200]


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("status: 503", 1, "must be a list"),
        ("- status: 503\n- nothing", 2, "names and values"),
        ("- status: 503\n  colour: blue", 2, "colour: is not one of operation, region"),
        ("- status: 503\n  status: 500", 2, "status: is given twice"),
        ("# first\n\n- operation: listCalls\n  status: 503", 3, "operation: 'listCalls' is not one of"),
        ("- region: mars\n  status: 503", 1, "region: 'mars' is not one of us"),
        ("- status: 503\n  calls: 0", 2, "calls: '0' is neither a number from 1 on"),
        ("- status: 503\n  calls: [1, 5-3]", 2, "calls: '5-3' ends before it begins"),
        ("- status: 503\n  calls: []", 2, "calls: '' is neither"),
        ("- status: 503\n  calls: true", 2, "calls: True"),
        ("- operation: getConversation", 1, "give kind, status or fault"),
        ("- retry-after: 1", 1, "give kind, status or fault"),
        ("- kind: explode", 1, "kind: 'explode' is not one of 429-seconds"),
        ("- kind: 503\n  status: 500", 1, "kind: cannot stand beside status"),
        ("- status: 99", 1, "status: '99' is not a status between 200 and 599"),
        ("- calls: 1\n  fault: explode", 2, "fault: 'explode' is not one of delay"),
        ("- status: 429\n  retry-after: date=soon", 2, "retry-after: date needs a number, not 'soon'"),
        ("- status: [1]", 1, "status: [1] is neither text nor a number"),
        ("- status: !!python/name:os.system", 1, "is not YAML (could not determine a constructor"),
        ("- status: 503\n- [", 2, "is not YAML"),
        ("\x00", 1, "is not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_file_and_line(tmp_path: Path, text: str, line: int, message: str) -> None:
    path = tmp_path / "schedule.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScheduleError) as caught:
        Emulator(schedule=path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert message in str(caught.value)

"""Misbehaviour by a schedule: which calls go wrong, and what is told of a file with a mistake."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from polyai_data.emulator import Emulator, Misbehaviour, Schedule
from polyai_data.emulator.faults.random_faults import KINDS
from polyai_data.emulator.faults.schedule import ScheduleError
from tests.emulator.support import Caller, operations

Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def write(text: str) -> Path:
        path = tmp_path / "schedule.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return write


def statuses(call: Caller, count: int, operation_id: str = "listConversations", region: str = "us") -> list[int]:
    return [call(operation_id, region=region, faulty=True).status_code for _ in range(count)]


def test_calls_are_counted_for_each_entry(write: Write, http: httpx.Client) -> None:
    path = write(
        "# as it was on Tuesday\n"
        "- operation: listConversations\n"
        "  calls: [2, 4-5, 7-]\n"
        "  kind: 503\n"
        "- operation: getConversation\n"
        "  calls: 1\n"
        "  status: 429\n"
        "  retry_after: ms=20\n"
    )
    with Emulator(schedule=path) as emulator:
        call = Caller(emulator, http)
        assert statuses(call, 8) == [200, 503, 200, 503, 503, 200, 503, 503]
        assert [record.misbehaviour for record in list(emulator.requests)[:2]] == [None, "schedule:2"]
        refused = call("getConversation", faulty=True)
        assert (refused.status_code, refused.headers["retry-after-ms"]) == (429, "20")
        assert statuses(call, 2, "getConversation") == [200, 200]
        emulator.reset()
        assert statuses(call, 2) == [200, 503]
        emulator.schedule = None
        assert statuses(call, 9) == [200] * 9


def test_a_schedule_may_be_json_and_for_one_region(write: Write, http: httpx.Client) -> None:
    path = write(json.dumps([{"region": "eu", "fault": ["delay=0", "html=502"]}]))
    with Emulator(schedule=Schedule.load(path)) as emulator:
        call = Caller(emulator, http)
        assert statuses(call, 2) == [200, 200]
        assert statuses(call, 1, region="eu") == statuses(call, 1, "searchConversations", "eu") == [502]
        assert statuses(call, 1, "getRedactedAudio", "eu") == [502]


def test_signed_links_can_be_in_it(write: Write, http: httpx.Client) -> None:
    with Emulator(schedule=write("[{operation: signedLink, calls: 2, status: 503}]")) as emulator:
        call = Caller(emulator, http)
        host, path = call.link()
        assert [call.send("GET", host, path).status_code for _ in range(3)] == [200, 503, 200]


def test_the_first_entry_that_is_due_is_obeyed_and_the_dice_after_all_of_them(write: Write, http: httpx.Client) -> None:
    path = write("- {calls: 2, status: 500}\n- {calls: 1-2, status: 503}\n")
    with Emulator(schedule=path, misbehave=Misbehaviour(1, ("504",), in_a_row=0)) as emulator:
        assert statuses(Caller(emulator, http), 4) == [503, 500, 504, 504]


def test_a_request_that_asks_for_something_gets_that_and_is_not_counted(write: Write, http: httpx.Client) -> None:
    with Emulator(schedule=write("- {calls: 1, status: 503}")) as emulator:
        call = Caller(emulator, http)
        assert call("listConversations", headers={"X-Emulator-Status": "404"}).status_code == 404
        assert http.get(emulator.url).status_code == 200
        assert statuses(call, 2) == [503, 200]


@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_can_be_in_it(write: Write, http: httpx.Client, kind: str) -> None:
    with Emulator(conversations=4, schedule=write(f"- {{operation: getConversation, kind: '{kind}'}}")) as emulator:
        call = Caller(emulator, http)
        try:
            call("getConversation", faulty=True)
        except httpx.TransportError:
            assert kind in {"reset", "reset-before", "reset-midway", "truncate"}
        assert call("getConversationRecording").content[:4] == b"RIFF"
        assert [record.misbehaviour for record in emulator.requests] == ["schedule:1", None]


def test_what_cannot_be_leaves_the_answer_as_it_is(write: Write, http: httpx.Client) -> None:
    with Emulator(schedule=write("- kind: 'null'\n")) as emulator:
        assert Caller(emulator, http)("getConversationRecording").content[:4] == b"RIFF"


def test_an_empty_schedule_is_none(write: Write) -> None:
    assert Schedule.load(write("# nothing yet\n")).entries == ()


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("status: 503", 1, "must be a list"),
        ("- status: 503\n- nothing", 2, "names and values"),
        ("- status: 503\n  colour: blue", 2, "'colour' is none of operation, region"),
        ("- status: 503\n  status: 500", 2, "status is there twice"),
        ("# first\n\n- operation: listCalls\n  status: 503", 3, "'listCalls' is none of"),
        ("- region: mars\n  status: 503", 1, "'mars' is none of us"),
        ("- status: 503\n  calls: 0", 2, "calls: 0 is no number from 1 on"),
        ("- status: 503\n  calls: [1, 5-3]", 2, "ends before it begins"),
        ("- status: 503\n  calls: []", 2, "names no call"),
        ("- status: 503\n  calls: true", 2, "calls: True"),
        ("- operation: getConversation", 1, "give kind, status or fault"),
        ("- retry-after: 1", 1, "give kind, status or fault"),
        ("- kind: explode", 1, "'explode' is none of 429-seconds"),
        ("- kind: 503\n  status: 500", 1, "give it alone"),
        ("- status: 99", 1, "no status between 200 and 599"),
        ("- calls: 1\n  fault: explode", 2, "'explode' is none of delay"),
        ("- status: 429\n  retry-after: date=soon", 2, "date needs a number"),
        ("- status: [1]", 1, "no text and no number"),
        ("- status: !!python/name:os.system", 1, "cannot be read"),
        ("- status: 503\n- [", 2, "is no YAML"),
        ("\x00", 1, "is no YAML"),
    ],
)
def test_a_mistake_is_told_with_its_file_and_line(write: Write, text: str, line: int, what: str) -> None:
    path = write(text)
    with pytest.raises(ScheduleError) as caught:
        Emulator(schedule=path)
    assert str(caught.value).startswith(f"{path}:{line}: ")
    assert what in str(caught.value)


def test_a_file_that_is_not_there_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Schedule.load(tmp_path / "nothing.yaml")


def test_every_operation_has_its_name(write: Write) -> None:
    entries = "".join(f"- {{operation: {name}, status: 503}}\n" for name in operations())
    assert [entry.operation for entry in Schedule.load(write(entries)).entries] == list(operations())

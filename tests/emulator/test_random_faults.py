"""Random faults: which requests go wrong, how, and what was done all the same."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Misbehaviour
from polyai_data.emulator.faults.random_faults import KINDS, REPEATABLE, SURVIVABLE, Dice
from polyai_data.errors import PolyAIError
from tests.emulator.support import Caller, check
from tests.support.rooms import complete

UNDONE = ["429-seconds", "429-ms", "429-date", "500", "503", "reset-before"]
BROKEN = ["reset-before", "reset", "reset-midway", "truncate"]
STATUSES = {"429-seconds": 429, "429-ms": 429, "429-date": 429, "500": 500, "503": 503, "502-html": 502, "504": 504,
            "520": 520, "html": 200}  # fmt: skip


def always(kind: str) -> Misbehaviour:
    return Misbehaviour(1, (kind,), in_a_row=0)


@pytest.mark.parametrize("operation_id", list(complete()))
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_with_every_operation(call: Caller, operation_id: str, kind: str) -> None:
    operation, path = complete()[operation_id], {}
    if operation_id == "sendDebugChatMessage":
        path["conversationId"] = call("createDebugChat").json()["conversationId"]
    call.emulator.misbehave = always(kind)
    if kind in BROKEN:
        with pytest.raises(httpx.TransportError):
            call(operation_id, faulty=True, **path)
    else:
        response = call(operation_id, faulty=True, **path)
        assert response.status_code == STATUSES.get(kind, operation.success)
        if kind in {"latency", "slow", "chunked"}:
            check(operation, response)
        assert bool(response.content) == (kind != "empty")
    record = call.emulator.requests[-1]
    assert record.misbehaviour == kind
    assert (record.status is None) == (kind in {"reset", "reset-before"})
    effects = sum(count for (name, _), count in call.emulator.effects.items() if name == operation_id)
    assert effects == (operation.method == "POST" and kind not in UNDONE)


@pytest.mark.parametrize("kind", SURVIVABLE)
def test_a_client_recovers_and_so_it_does_where_a_call_must_not_be_repeated_if_the_kind_says_so(
    call: Caller, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyai_data._sync.session.random", lambda: 0.0)
    conversation = call.some_call()
    call.emulator.misbehave = Misbehaviour(1, (kind,), in_a_row=1)
    with call.emulator.client() as polyai:
        assert polyai.conversations.get(conversation).id == conversation
        safe = kind in {*REPEATABLE, "latency", "slow", "chunked"}
        with contextlib.nullcontext() if safe else pytest.raises(PolyAIError):
            assert polyai.debug_chat.start(client_env="sandbox").id


@pytest.mark.parametrize("kind", ["null", "unknown", "missing", "wrong-type"])
def test_drift_leaves_recordings_and_links_as_they_are(call: Caller, kind: str) -> None:
    call.emulator.misbehave = always(kind)
    assert call("getConversationRecording").content[:4] == b"RIFF"
    assert call.send("GET", "redacted-audio.example", "/nothing").status_code == 403


def test_effects_are_counted_by_operation_and_by_what_they_change(call: Caller) -> None:
    conversation = call.some_call()
    call("addAnnotations")
    call("addAnnotations")
    call("upsertNote")
    chat = call("createDebugChat").json()["conversationId"]
    for _ in range(3):
        call("sendDebugChatMessage", conversationId=chat)
    call("addAnnotations", json={"annotations": [{"turnId": 9999, "role": "user", "annotationType": "wrong_info"}]})
    call("upsertNote", key=None)
    call("upsertNote", json={})
    assert call.emulator.effects == {
        ("addAnnotations", conversation): 2,
        ("upsertNote", conversation): 1,
        ("createDebugChat", chat): 1,
        ("sendDebugChatMessage", chat): 3,
    }
    call.emulator.effects.clear()
    assert call.emulator.effects.total() == 7
    assert call.emulator.effects["upsertNote", "CA0"] == 0
    call.emulator.reset()
    assert not call.emulator.effects


def kinds_of(call: Caller, misbehaviour: Misbehaviour, requests: int = 60) -> Iterator[str | None]:
    call.emulator.misbehave = misbehaviour
    for number in range(requests):
        try:
            call("listConversations", params={"limit": 1, "offset": number % 5}, faulty=True)
        except httpx.TransportError:
            assert call.emulator.requests[-1].misbehaviour in BROKEN
        yield call.emulator.requests[-1].misbehaviour


def test_the_same_seed_goes_wrong_the_same_way(call: Caller) -> None:
    first, again, other = (list(kinds_of(call, Misbehaviour(0.5, tuple(KINDS), seed))) for seed in (3, 3, 4))
    assert 10 < sum(kind is not None for kind in first) < 50
    assert len(set(first)) > 8
    assert again == first != other


def test_the_rate_is_that_of_all_requests() -> None:
    chosen = [Misbehaviour(0.2).kind(number) for number in range(5000)]
    assert 900 < sum(kind is not None for kind in chosen) < 1100
    assert set(chosen) == {None, *SURVIVABLE}
    assert {Misbehaviour(0).kind(number) for number in range(100)} == {None}
    assert None not in {Misbehaviour(1).kind(number) for number in range(100)}


@pytest.mark.parametrize("in_a_row", [1, 3])
def test_a_request_succeeds_after_so_many_faults_in_a_row(in_a_row: int) -> None:
    dice = Dice(Misbehaviour(1, ("500",), in_a_row=in_a_row))
    one = [dice.throw("GET", "host", "/a", "") is None for _ in range(10)]
    assert one == [(number + 1) % (in_a_row + 1) == 0 for number in range(10)]
    assert dice.throw("GET", "host", "/b", "") == "500"
    unlimited = Dice(Misbehaviour(1, ("500",), in_a_row=0))
    assert [unlimited.throw("a") for _ in range(50)] == ["500"] * 50


def test_a_request_that_asks_for_a_fault_gets_that_alone(call: Caller) -> None:
    call.emulator.misbehave = always("500")
    assert call("listConversations", headers={"X-Emulator-Status": "404"}).status_code == 404
    assert call("listConversations", headers={"X-Emulator-Fault": "delay=0"}).status_code == 200
    assert call.emulator.requests[-1].misbehaviour is None
    sized = call("getConversationRecording", headers={"X-Emulator-Recording-Bytes": "100"}, faulty=True)
    assert sized.status_code == 500


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"rate": 1.5}, "from 0 to 1, not 1.5"),
        ({"rate": -0.1}, "from 0 to 1, not -0.1"),
        ({"rate": float("nan")}, "from 0 to 1, not nan"),
        ({"kinds": ()}, "kinds is empty"),
        ({"kinds": ("500", "explode")}, "'explode' is not one of the kinds"),
        ({"in_a_row": -1}, "must not be negative, but is -1"),
    ],
)
def test_an_invalid_value_is_named(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        Misbehaviour(**values)

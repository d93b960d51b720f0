"""Every request that the facade can make is what the patched document says, at the wire; what is not is never sent."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, note

from polyai_data.errors import ConfigError
from polyai_data_client.api.conversations import search_conversations
from tests.facade.document_calls import Call, calls, odd_ids
from tests.facade.document_check import check, examples
from tests.facade.document_clients import (
    SPOKEN,
    Setting,
    World,
    answer_of,
    answers,
    expected,
    raw_answer,
    settings_of,
    simple,
    worlds,
)
from tests.facade.document_reader import operations, regions
from tests.facade.document_rules import Sent, id_may_be_sent, in_plain_order, requests
from tests.facade.document_wire import complaints
from tests.facade.scripted import wav

EXAMPLES = 30
START, END = "2026-06-01T00:00:00Z", "2026-06-08T00:00:00+02:00"
GIVEN: Mapping[str, dict[str, Any]] = {
    "listConversations": {"limit": 2, "offset": 3},
    "searchConversations": {"start_time": START, "end_time": END, "channel": ["a,b", "c d"], "in_progress": False},
    "getConversation": {"conversation_id": "CA1"},
    "getConversationRecording": {"conversation_id": "CA1", "direction": "user", "redacted": True},
    "getConversationRecordingV3": {"conversation_id": "CA1", "redacted": False},
    "addAnnotations": {"conversation_id": "CA1", "turn_id": 0, "role": "user", "annotation_type": "wrong_info"},
    "upsertNote": {"conversation_id": "CA1", "note": "ä\n"},
    "createDebugChat": {"client_env": "live", "integration_attributes": {}},
    "sendDebugChatMessage": {"client_env": "sandbox", "message": "", "metadata": {"a": [None, 1.5]}},
    "getRedactedAudio": {"transcript_id": "T1", "way": "save"},
}
"""A call of every operation that must be sent."""


@pytest.fixture(params=["sync", "async"])
def world(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with worlds(request.param, tmp_path, monkeypatch) as made:
        yield made


@pytest.fixture
def no_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("_session", "recording"):
        for flavour in ("_sync", "_async"):
            monkeypatch.setattr(f"polyai_data.{flavour}.{module}.random", lambda: 0.0)


@pytest.mark.parametrize("operation_id", list(operations()))
def test_what_is_sent_is_what_the_document_says(world: World, operation_id: str) -> None:
    counts = {"sent": 0, "refused": 0, "requests": 0}

    @examples(EXAMPLES)
    @given(settings_of(operations()[operation_id].vendor), calls(operation_id))
    def every(setting: Setting, call: Call) -> None:
        note(f"{setting}\n{call}")
        assume(in_plain_order(call.given))
        sent = check(world, setting, call)
        counts["sent" if sent else "refused"] += 1
        counts["requests"] += sent

    every()
    # A client that refuses everything would pass everything else.
    assert counts["sent"]


@pytest.mark.parametrize("operation_id", list(operations()))
def test_every_name_of_every_region_leads_to_its_host(world: World, operation_id: str) -> None:
    vendor = operations()[operation_id].vendor
    for name, region in regions(vendor).items():
        sent = check(world, simple(vendor, region=name), Call(operation_id, GIVEN[operation_id]))
        assert bool(sent) is (operations()[operation_id].host(region) is not None)


@pytest.mark.parametrize("operation_id", list(operations()))
def test_what_is_sent_again_is_the_same(world: World, operation_id: str, no_pauses: None) -> None:
    setting = simple(operations()[operation_id].vendor, options={"max_retries": 1})
    call = Call(operation_id, {**GIVEN[operation_id], **({"way": "get"} if "Redacted" in operation_id else {})})
    busy = raw_answer(503, b"", more="Retry-After: 0\r\n")
    world.recorder.play([each for answer in answers(call) for each in (busy, answer)])
    world.perform(setting, call)
    wires = world.recorder.requests
    parts = [part for part in requests(call) for _ in range(2)]
    assert len(wires) == len(parts)
    for wire, part in zip(wires, parts, strict=True):
        assert complaints(wire, expected(setting, call, part)) == []


@pytest.mark.parametrize("operation_id", ["getConversationRecording", "getConversationRecordingV3"])
def test_the_rest_of_a_recording_is_asked_for_as_the_whole_was(
    world: World, operation_id: str, no_pauses: None
) -> None:
    whole, setting, call = wav(), simple(options={"max_retries": 1}), Call(operation_id, GIVEN[operation_id])
    broken = raw_answer(200, whole, "audio/wav", 'ETag: "1"\r\nConnection: close\r\n')[: -len(whole) // 2]
    begins = len(broken.split(b"\r\n\r\n", 1)[1])
    told = f'ETag: "1"\r\nContent-Range: bytes {begins}-{len(whole) - 1}/{len(whole)}\r\n'
    world.recorder.play([broken, raw_answer(206, whole[begins:], "audio/wav", told)])
    assert world.perform(setting, call) == whole
    first, second = world.recorder.requests
    (part,) = requests(call)
    assert complaints(first, expected(setting, call, part)) == []
    assert complaints(second, dataclasses.replace(expected(setting, call, part), ranged=True)) == []
    assert second.values("range") == [f"bytes={begins}-"]


def test_a_message_goes_to_the_id_that_the_server_gave(world: World) -> None:
    call, setting = Call("sendDebugChatMessage", GIVEN["sendDebugChatMessage"]), simple()

    @examples(EXAMPLES)
    @given(odd_ids)
    def every(chat: str) -> None:
        spoken = {**SPOKEN, "conversationId": chat}
        world.recorder.play([answer_of("createDebugChat", spoken), answer_of("sendDebugChatMessage", spoken)])
        due = id_may_be_sent(chat)
        try:
            world.perform(setting, call)
        except ConfigError:
            assert due is not True
        else:
            assert due is not False
        for wire, part in zip(world.recorder.requests, requests(call), strict=False):
            moved: Sent = dataclasses.replace(part, more={"conversation_id": chat} if part.more else {})
            assert complaints(wire, expected(setting, call, moved)) == []

    every()


@pytest.mark.parametrize("zone", [timezone(timedelta(minutes=19, seconds=32)), ZoneInfo("Europe/Amsterdam")])
def test_a_time_whose_offset_has_seconds_is_sent_as_a_date_time(world: World, zone: Any) -> None:
    check(world, simple(), Call("searchConversations", {"start_time": datetime(1900, 1, 1, tzinfo=zone)}))


@pytest.mark.parametrize("folds", [(0, 1), (1, 0)])
def test_a_range_within_the_hour_that_comes_twice_is_judged_by_its_instants(
    world: World, folds: tuple[int, int]
) -> None:
    zone = ZoneInfo("Europe/Berlin")
    clocks = (30, 10) if folds == (0, 1) else (10, 30)
    start, end = (
        datetime(2026, 10, 25, 2, minute, tzinfo=zone, fold=fold) for minute, fold in zip(clocks, folds, strict=True)
    )
    check(world, simple(), Call("searchConversations", {"start_time": start, "end_time": end}))


def joined(build: Any) -> Any:
    return lambda *ids, channel, **more: build(*ids, channel=[",".join(channel)], **more)


def renamed(build: Any) -> Any:
    def changed(*ids: Any, **more: Any) -> Any:
        request = build(*ids, **more)
        request["params"]["from"] = request["params"].pop("start_time")
        return request

    return changed


def swapped(build: Any) -> Any:
    return lambda account, project, **more: build(project, account, **more)


@pytest.mark.parametrize("fault", [joined, renamed, swapped])
def test_a_client_that_is_at_fault_is_found(world: World, monkeypatch: pytest.MonkeyPatch, fault: Any) -> None:
    call = Call("searchConversations", GIVEN["searchConversations"])
    assert check(world, simple(), call) == 2
    monkeypatch.setattr(search_conversations, "_get_kwargs", fault(search_conversations._get_kwargs))
    with pytest.raises(AssertionError):
        check(world, simple(), call)

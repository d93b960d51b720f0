"""Misbehaviour by option: which requests go wrong, how, and what was done all the same."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email.utils import parsedate_to_datetime

import httpx
import pytest

from polyai_data.emulator import Emulator, Misbehaviour
from polyai_data.emulator.faults.random_faults import DRIFT, KINDS, SURVIVABLE, Dice
from tests.emulator.support import BODIES, Caller, check, operations

UNDONE = ["429-seconds", "429-ms", "429-date", "500", "503", "reset-before"]
BROKEN = ["reset-before", "reset", "reset-midway", "truncate"]
WRITES = ["addAnnotations", "upsertNote", "sendDebugChatMessage", "createDebugChat"]
READS = [name for name, operation in operations().items() if operation.method == "GET"]
STATUSES = {"429-seconds": 429, "429-ms": 429, "429-date": 429, "500": 500, "503": 503, "502-html": 502, "504": 504,
            "520": 520}  # fmt: skip
"""Kinds that are told by their status."""


def always(kind: str) -> Misbehaviour:
    return Misbehaviour(1, (kind,), in_a_row=0)


def perform(call: Caller, operation_id: str, misbehaviour: Misbehaviour | None) -> httpx.Response:
    """The answer when it goes wrong; what it needs beforehand goes well."""
    call.emulator.misbehave = None
    path = {}
    if operation_id == "sendDebugChatMessage":
        path["conversationId"] = call("createDebugChat").json()["conversationId"]
    call.emulator.misbehave = misbehaviour
    return call(operation_id, faulty=misbehaviour is not None, **path)


@pytest.mark.parametrize("operation_id", list(operations()))
@pytest.mark.parametrize("kind", list(KINDS))
def test_every_kind_with_every_operation(call: Caller, operation_id: str, kind: str) -> None:
    if kind in BROKEN:
        with pytest.raises(httpx.TransportError):
            perform(call, operation_id, always(kind))
    else:
        expected = STATUSES.get(kind, 200 if kind == "html" else operations()[operation_id].success)
        assert perform(call, operation_id, always(kind)).status_code == expected
    assert call.emulator.requests[-1].misbehaviour == kind
    assert (call.emulator.requests[-1].status is None) == (kind in {"reset", "reset-before"})
    call.emulator.misbehave = None
    assert call("listConversations").status_code == 200
    assert call.emulator.requests[-1].misbehaviour is None


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind in SURVIVABLE and kind not in (*BROKEN, *STATUSES)])
@pytest.mark.parametrize("operation_id", READS)
def test_what_arrives_whole_is_right(call: Caller, operation_id: str, kind: str) -> None:
    right = perform(call, operation_id, None)
    late = perform(call, operation_id, always(kind))
    assert late.content == right.content
    check(operations()[operation_id], late)


def test_a_wait_is_short_and_in_each_form(call: Caller) -> None:
    headers = {kind: perform(call, "listConversations", always(kind)).headers for kind in UNDONE[:3]}
    assert float(headers["429-seconds"]["retry-after"]) == 0
    assert float(headers["429-ms"]["retry-after-ms"]) <= 50
    dates = [parsedate_to_datetime(headers["429-date"][name]) for name in ("date", "retry-after")]
    assert 0 <= (dates[1] - dates[0]).total_seconds() <= 1


@pytest.mark.parametrize("kind", ["502-html", "504", "520", "html"])
def test_a_gateways_page_is_html_whatever_was_asked_for(call: Caller, kind: str) -> None:
    for operation_id in operations():
        response = perform(call, operation_id, always(kind))
        assert response.headers["content-type"] == "text/html"
        assert str(response.status_code) in response.text


@pytest.mark.parametrize("kind", ["null", "unknown", "missing", "wrong-type"])
def test_drift_is_not_for_recordings(call: Caller, kind: str) -> None:
    call.emulator.misbehave = always(kind)
    assert call("getConversationRecording").content[:4] == b"RIFF"
    host, path = "redacted-audio.example", "/nothing"
    assert call.send("GET", host, path).status_code == 403


@pytest.mark.parametrize("kind", ["chunked", "slow", "truncate", "520", "429-ms"])
def test_signed_links_go_wrong_too(call: Caller, kind: str) -> None:
    host, path = call.link()
    call.emulator.misbehave = always(kind)
    if kind == "truncate":
        with pytest.raises(httpx.RemoteProtocolError):
            call.send("GET", host, path)
    else:
        assert call.send("GET", host, path).status_code == STATUSES.get(kind, 200)


@pytest.mark.parametrize("operation_id", WRITES)
@pytest.mark.parametrize("kind", list(KINDS))
def test_what_takes_effect(call: Caller, operation_id: str, kind: str) -> None:
    try:
        perform(call, operation_id, always(kind))
    except httpx.TransportError:
        assert kind in BROKEN
    done = {key: count for key, count in call.emulator.effects.items() if key[0] == operation_id}
    assert sum(done.values()) == (0 if kind in UNDONE else 1)


def test_effects_are_counted_by_operation_and_by_what_they_change(call: Caller) -> None:
    conversation = call.some_call()
    for _ in range(2):
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
    assert call.emulator.effects["upsertNote", "nobody"] == 0
    assert len(call.emulator.annotations[conversation]) == 2 * len(BODIES["addAnnotations"]["annotations"])
    call.emulator.reset()
    assert not call.emulator.effects


def outcomes(call: Caller, requests: int = 60) -> Iterator[str | None]:
    for number in range(requests):
        try:
            call("listConversations", params={"limit": 1, "offset": number % 5}, faulty=True)
        except httpx.TransportError:
            assert call.emulator.requests[-1].misbehaviour in BROKEN
        yield call.emulator.requests[-1].misbehaviour


def test_the_same_seed_goes_wrong_the_same_way(call: Caller) -> None:
    def run(seed: int) -> list[str | None]:
        call.emulator.misbehave = Misbehaviour(0.5, tuple(KINDS), seed)
        return list(outcomes(call))

    first = run(3)
    assert 10 < sum(kind is not None for kind in first) < 50
    assert len(set(first)) > 8
    assert run(3) == first
    assert run(4) != first


def test_the_rate_is_that_of_all_requests() -> None:
    chosen = [Misbehaviour(0.2).kind(number) for number in range(5000)]
    assert 900 < sum(kind is not None for kind in chosen) < 1100
    assert set(chosen) == {None, *SURVIVABLE}
    assert {Misbehaviour(0).kind(number) for number in range(100)} == {None}
    assert None not in {Misbehaviour(1).kind(number) for number in range(100)}


@pytest.mark.parametrize("in_a_row", [1, 3])
def test_a_request_goes_well_after_so_many_times(in_a_row: int) -> None:
    dice = Dice(Misbehaviour(1, ("500",), in_a_row=in_a_row))
    one = [dice.throw("GET", "host", "/a", "") is None for _ in range(10)]
    assert one == [(number + 1) % (in_a_row + 1) == 0 for number in range(10)]
    assert dice.throw("GET", "host", "/b", "") == "500"


def test_no_limit_in_a_row() -> None:
    dice = Dice(Misbehaviour(1, ("500",), in_a_row=0))
    assert [dice.throw("a") for _ in range(50)] == ["500"] * 50


def test_a_request_that_asks_for_something_gets_that(call: Caller) -> None:
    call.emulator.misbehave = always("500")
    assert call("listConversations", headers={"X-Emulator-Status": "404"}).status_code == 404
    assert call("listConversations", headers={"X-Emulator-Fault": "delay=0"}).status_code == 200
    assert call.emulator.requests[-1].misbehaviour is None
    sized = call("getConversationRecording", headers={"X-Emulator-Recording-Bytes": "100"}, faulty=True)
    assert sized.status_code == 500


def test_it_can_be_on_from_the_start(http: httpx.Client) -> None:
    with Emulator(misbehave=always("503")) as emulator:
        call = Caller(emulator, http)
        assert call("getConversation", faulty=True).status_code == 503
        emulator.misbehave = None
        assert call("getConversation").status_code == 200
        emulator.reset()
        assert emulator.misbehave == always("503")
        assert call("getConversation", faulty=True).status_code == 503


def test_a_reset_of_the_emulator_takes_it_back(polyai_emulator: Emulator) -> None:
    polyai_emulator.misbehave = Misbehaviour()
    polyai_emulator.reset()
    assert polyai_emulator.misbehave is None


@pytest.mark.parametrize(
    ("make", "what"),
    [
        (lambda: Misbehaviour(1.5), "from 0 to 1"),
        (lambda: Misbehaviour(-0.1), "from 0 to 1"),
        (lambda: Misbehaviour(float("nan")), "from 0 to 1"),
        (lambda: Misbehaviour(kinds=()), "there is none of the kinds"),
        (lambda: Misbehaviour(kinds=("500", "explode")), "'explode' is none of the kinds"),
        (lambda: Misbehaviour(in_a_row=-1), "must not be negative"),
    ],
)
def test_a_wrong_value_is_told(make: Callable[[], Misbehaviour], what: str) -> None:
    with pytest.raises(ValueError, match=what):
        make()


def test_the_kinds_that_are_survived_are_all_but_drift() -> None:
    assert set(SURVIVABLE) | set(DRIFT) == set(KINDS)
    assert not set(SURVIVABLE) & set(DRIFT)
    assert Misbehaviour().kinds == SURVIVABLE


def persistent(call: Caller, operation_id: str, params: dict[str, str | int]) -> httpx.Response:
    """What a client gets that tries again until it has an answer."""
    for _ in range(5):
        try:
            response = call(operation_id, params=params, faulty=True)
        except httpx.TransportError:
            continue
        if response.status_code == 200:
            return response
    raise AssertionError("the request went wrong more often in a row than it may")


@pytest.fixture(scope="module")
def large() -> Iterator[Emulator]:
    with Emulator(conversations=10_000, misbehave=Misbehaviour(0.2, seed=5)) as emulator:
        yield emulator


def test_ten_thousand_conversations_under_faults_by_offset(large: Emulator, http: httpx.Client) -> None:
    call = Caller(large, http)
    large.reset()
    found: list[str] = []
    while True:
        page = persistent(call, "listConversations", {"limit": 200, "offset": len(found)}).json()
        found += [each["conversationId"] for each in page["conversations"]]
        if len(found) >= page["count"]:
            break
    assert found == [each.id for each in large.conversations()]
    assert any(record.misbehaviour for record in large.requests)


def test_ten_thousand_conversations_under_faults_by_cursor(large: Emulator, http: httpx.Client) -> None:
    call = Caller(large, http)
    large.reset()
    found: list[str] = []
    params: dict[str, str | int] = {"limit": 200}
    while True:
        page = persistent(call, "searchConversations", params).json()
        found += [each["id"] for each in page["conversations"]]
        if page["cursor"] is None:
            break
        params["cursor"] = page["cursor"]
    assert found == [each.id for each in large.conversations() if each.environment == "live"]
    assert any(record.misbehaviour for record in large.requests)

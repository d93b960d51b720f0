"""Rules that send requests, on answers that were made up."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from polyai_data import openapi
from polyai_data.config import Secret
from polyai_data.conformance.client import SendError
from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.findings import Ledger
from polyai_data.conformance.model import Answer, Blocked, Skipped
from polyai_data.conformance.plugin import PROFILES, Settings, run
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import RULES, answer_rule
from polyai_data.conformance.target import FULL, POLYAI, Place, Target, live
from polyai_data.errors import ConfigError
from tests.conformance.support import CORRELATION, CannedSender

DOCUMENT = openapi.load("polyai")
ROWS = [
    {
        "conversationId": f"CA{number}",
        "accountId": "ws-1",
        "projectId": "PROJECT-1",
        "startedAt": f"2026-05-{20 - number:02}T10:00:00Z",
        "channel": "VOICE-SIP",
        "inProgress": False,
    }
    for number in range(9)
]


def target(**change: Any) -> Target:
    return Target(
        "a made-up server",
        {POLYAI: DOCUMENT},
        {(POLYAI, "us", FULL): Secret("the-very-key")},
        {(POLYAI, "us", FULL): "POLYAI_API_KEY"},
        {"us": Place("ws-1", ("PROJECT-1", "PROJECT-2"))},
        **change,
    )


def json_answer(value: Any, status: int = 200) -> Answer:
    headers = {"content-type": "application/json", CORRELATION: "an-id"}
    return Answer(status, headers, json.dumps(value).encode())


def judged(rule_id: str, sender: CannedSender, **change: Any) -> Ledger:
    """The books after one rule."""
    chosen = target(**change)
    ledger = Ledger(Coverage(chosen.operations), live=chosen.live)
    scenario = RULES[rule_id].scenario
    assert scenario is not None
    scenario(Probe(chosen, sender, ledger, RULES[rule_id], {}))
    return ledger


def pages(fault: str = "") -> CannedSender:
    """The poly.ai listing, with a fault in it."""

    def answer(_method: str, url: str, _headers: Mapping[str, str], _body: bytes | None) -> Answer:
        query = {name: int(values[0]) for name, values in parse_qs(urlsplit(url).query).items()}
        limit, offset = query.get("limit", 50), query.get("offset", 0)
        first = offset + 1 if fault == "off by one" and offset else offset
        shown = ROWS[first : first + limit]
        if fault == "repeated" and offset:
            shown = [ROWS[0], *shown[1:]]
        count = len(shown) if fault == "count" else len(ROWS)
        echo = 50 if fault == "echo" else limit
        return json_answer({"conversations": shown, "count": count, "limit": echo, "offset": offset})

    return CannedSender(answer)


@pytest.mark.parametrize("rule_id", ["paging.v1-pages", "paging.v1-echo", "paging.v1-count", "paging.v1-order"])
def test_a_listing_that_is_right_breaks_no_rule(rule_id: str) -> None:
    ledger = judged(rule_id, pages())

    assert ledger.broken == []
    assert ledger.outcomes[rule_id].cases > 1
    assert ledger.tested


@pytest.mark.parametrize(
    ("rule_id", "fault", "seen"),
    [
        ("paging.v1-pages", "off by one", "some are lost"),
        ("paging.v1-pages", "repeated", "one is twice there"),
        ("paging.v1-count", "count", "another one"),
        ("paging.v1-echo", "echo", "(50, 0)"),
    ],
)
def test_a_listing_that_is_wrong_breaks_its_rule(rule_id: str, fault: str, seen: str) -> None:
    ledger = judged(rule_id, pages(fault))

    assert seen in {each.seen for each in ledger.broken if each.rule == rule_id}
    assert {each.operation for each in ledger.broken} == {"listConversations"}


def test_every_operation_is_asked_without_a_key() -> None:
    def answer(method: str, url: str, _headers: Mapping[str, str], _body: bytes | None) -> Answer:
        if method == "GET" and url.partition("?")[0].endswith("/conversations"):
            return json_answer({"conversations": ROWS, "count": 9, "limit": 40, "offset": 0, "cursor": None})
        return json_answer({"conversationId": "CA0", "accountId": "a", "projectId": "p"})

    ledger = judged("keys.missing", CannedSender(answer))

    found = {each.operation for each in ledger.broken if each.rule == "keys.missing"}
    assert found == {operation.id for operation in DOCUMENT.operations}
    assert all(not each.exchanges[-1].request.key_variable for each in ledger.broken if each.rule == "keys.missing")


def test_nothing_is_written_where_nothing_may_be() -> None:
    sender = CannedSender(lambda *_: json_answer({"error_message": "no"}, 401))

    result = run(target(live=True, writable=False), Settings(PROFILES["quick"], only=("keys", "notes")), sender=sender)

    assert {method for method, _ in sender.sent} == {"GET"}
    assert result.ledger.skipped["notes.persisted"] == "nothing may be written here"
    assert result.status == 2


def test_a_key_that_is_absent_skips_its_rules() -> None:
    with pytest.raises(Skipped, match="no key with the role 'expired'"):
        judged("keys.expired", pages())


def test_what_cannot_be_read_blocks_a_rule_and_fails_the_run() -> None:
    result = run(target(), Settings(only=("paging.v1",)), sender=CannedSender(lambda *_: json_answer([])))

    assert set(result.ledger.blocked) >= {"paging.v1-pages", "paging.v1-count"}
    assert result.status == 1


def test_a_broken_connection_is_a_difference() -> None:
    def answer(*_: object) -> Answer:
        raise SendError("no complete answer came (ReadError)")

    ledger = Ledger(Coverage(DOCUMENT.operations))
    probe = Probe(target(), CannedSender(answer), ledger, RULES["paging.v1-echo"], {})

    with pytest.raises(Blocked):
        probe.call("listConversations")
    assert [each.rule for each in ledger.broken] == ["document.answered"]


def test_drift_and_gateways_are_notes_when_live() -> None:
    extra = {"conversations": [], "count": 0, "limit": 50, "offset": 0, "mood": 1}
    answers = [json_answer(extra), Answer(502, {"content-type": "text/html"}, b"<p>gateway</p>")]
    ledger = Ledger(Coverage(DOCUMENT.operations), live=True)
    probe = Probe(target(live=True), CannedSender(lambda *_: answers.pop()), ledger, RULES["paging.v1-echo"], {})

    probe.call("listConversations")
    probe.call("listConversations")

    assert "document.extra-field" in {each.rule for each in ledger.notes}
    assert "document.status" in {each.rule for each in ledger.notes}
    assert ledger.broken == []


def test_ctrl_c_keeps_what_was_found() -> None:
    calls = iter([json_answer({}, 418)])

    def answer(*_: object) -> Answer:
        try:
            return next(calls)
        except StopIteration:
            raise KeyboardInterrupt from None

    result = run(target(), Settings(only=("paging.v1",)), sender=CannedSender(answer))

    assert result.interrupted
    assert {each.rule for each in result.ledger.broken} >= {"document.status"}


def test_a_live_target_takes_its_keys_from_the_environment() -> None:
    made = live({"POLYAI_API_KEY": "a", "POLYAI_CONVERSATIONS_API_KEY": "b", "POLYAI_REGION": "us-1",
                 "POLYAI_AGENT_ID": "PROJECT-1", "ASSEMBLYAI_API_KEY": "c"}, transcript="t")  # fmt: skip

    search, listed = made.operation("searchConversations"), made.operation("listConversations")
    found = [made.key(search, "us", FULL), made.key(listed, "us", FULL)]
    assert [(each[0].reveal(), each[1]) for each in found if each] == [
        ("b", "POLYAI_CONVERSATIONS_API_KEY"),
        ("a", "POLYAI_API_KEY"),
    ]
    assert (made.live, made.writable, made.rate, list(made.transcripts)) == (True, False, 5.0, ["us"])
    assert "'a'" not in repr(made)
    with pytest.raises(ConfigError, match="agent"):
        live({"POLYAI_API_KEY": "a", "POLYAI_REGION": "us"})


def test_two_rules_of_one_name_or_one_without_a_source_are_refused() -> None:
    def nameless(_: object) -> None:
        """Says something, but not who says so."""

    with pytest.raises(ValueError, match="does not say the rule and its source"):
        answer_rule("x.y")(nameless)  # type: ignore[arg-type]
    nameless.__doc__ = "A rule.\n\nSource: nobody."
    with pytest.raises(ValueError, match="two rules"):
        answer_rule("document.status")(nameless)  # type: ignore[arg-type]

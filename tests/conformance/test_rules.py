"""Rules that send requests, on made-up responses: what a finding names, and what a run comes to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from polyai_data.conformance import PROFILES, Effort, live
from polyai_data.conformance import rule as rules
from polyai_data.conformance.client import SendError
from polyai_data.conformance.exchange import Difference, Response
from polyai_data.conformance.probe import brief
from polyai_data.conformance.result import VALUES, Result
from polyai_data.conformance.sample import order
from polyai_data.conformance.session import Session
from polyai_data.conformance.target import FULL
from polyai_data.errors import ConfigError
from tests.conformance.support import DOCUMENT, CannedSender, exchange, json_response, judge, seen, target

ROW = {"accountId": "ws-1", "projectId": "PROJECT-1", "channel": "VOICE-SIP", "inProgress": False}
ROWS = [
    {**ROW, "conversationId": f"CA{number}", "startedAt": f"2026-05-{20 - number}T10:00:00Z"} for number in range(9)
]
EMPTY = {"conversations": [], "count": 0, "limit": 50, "offset": 0}


def pages(fault: str = "") -> CannedSender:
    """The agents listing, with a fault in it."""

    def respond(_method: str, _path: str, query: Mapping[str, str]) -> Response:
        limit, offset = int(query.get("limit", 50)), int(query.get("offset", 0))
        first = offset + (fault == "off by one" and offset > 0)
        shown = ROWS[first : first + limit + (fault == "too many" and limit < len(ROWS))]
        match fault:
            case "repeated" if offset:
                shown = [ROWS[0], *shown[1:]]
            case "reversed":
                shown = shown[::-1]
            case "unstable" if len(sender.sent) % 2:
                shown = [*shown[1:2], *shown[:1], *shown[2:]]
        count = len(shown) if fault == "count" else len(ROWS)
        echo = 50 if fault == "echo" else limit
        return json_response({"conversations": shown, "count": count, "limit": echo, "offset": offset})

    sender = CannedSender(respond)
    return sender


def always(value: Any, status: int = 200) -> CannedSender:
    return CannedSender(lambda *_: json_response(value, status))


@pytest.mark.parametrize(
    ("days", "seen"), [((3, 2, 2, 1), "newest first"), ((1, 2, 3), "oldest first"), ((2, 1, 3), "not by time")]
)
def test_an_order_is_observed_and_not_judged(days: tuple[int, ...], seen: str) -> None:
    assert order([f"2026-05-0{day}T10:00:00" for day in days]) == seen


@pytest.mark.parametrize(
    ("fault", "rule", "what"),
    [
        ("off by one", "paging.v1-pages", "missing: CA7"),
        ("repeated", "paging.v1-pages", "more than once: CA0"),
        ("too many", "paging.v1-pages", "limit 7 gave 8, not 7"),
        ("reversed", "paging.v1-pages", "CA6 instead of CA8 and 8 more"),
        ("unstable", "paging.v1-pages", "CA0 instead of CA1 and 1 more"),
        ("count", "paging.v1-count", "1"),
        ("echo", "paging.v1-echo", "50, 0"),
    ],
)  # fmt: skip
def test_a_finding_names_the_value_that_was_seen(fault: str, rule: str, what: str) -> None:
    result = judge(pages(fault), rule)

    assert what in seen(result, rule)
    assert {each.operation for each in result.findings} == {"listConversations"}
    assert result.status == 1


@pytest.mark.parametrize(
    ("value", "text"),
    [([], "none"), (["a", "b"], "a, b"), ("abcdef", "abcdef"), (set("fedcba"), "a, b, c, d and 2 more"), ("", '""'),
     (None, "null"), (True, "true"), (3, "3")],
)  # fmt: skip
def test_a_value_is_shown_briefly(value: object, text: str) -> None:
    assert brief(value) == text


def test_every_operation_is_called_without_a_key() -> None:
    def respond(method: str, path: str, _query: Mapping[str, str]) -> Response:
        if method == "GET" and path.endswith("/conversations"):
            return json_response({**EMPTY, "conversations": ROWS, "count": 9, "cursor": None})
        return json_response({"conversationId": "CA0", "accountId": "a", "projectId": "p"})

    result = judge(CannedSender(respond), "keys.missing")

    broken = [each for each in result.findings if each.rule == "keys.missing"]
    assert {each.operation for each in broken} == {operation.id for operation in DOCUMENT.operations}
    assert all(not each.exchanges[-1].request.key_variable for each in broken)


def test_a_live_target_is_only_read() -> None:
    sender = always({"error_message": "no"}, 401)

    result = judge(sender, "keys", "notes", live=True, writable=False)
    # Nor does a rule write that lacks the mark for it.
    probe = Session(target(writable=False), sender).probe(rules.load(["paging"])["paging.v1-echo"])
    for name in ("upsertNote", "addAnnotations", "createDebugChat", "sendDebugChatMessage"):
        with pytest.raises(pytest.skip.Exception, match="nothing may be written here"):
            probe.call(name, "CA1", body={})

    assert {method for method, _ in sender.sent} == {"GET"}
    outcome = result.outcomes["notes.persisted"]
    assert (outcome.state, outcome.skipped, result.status) == ("skipped", "nothing may be written here", 2)


def test_a_missing_key_skips_its_rules() -> None:
    outcome = judge(pages(), "keys.expired").outcomes["keys.expired"]

    host = DOCUMENT.operations[0].logical_host
    assert (outcome.state, outcome.skipped) == ("skipped", f"there is no key with the role 'expired' for {host} in us")


@pytest.mark.parametrize(
    ("sender", "reason"),
    [
        (always([]), "a response cannot be read: TypeError"),
        (always(EMPTY), "the agent has no conversations"),
        (always({}, 404), "listConversations responded with 404"),
        (always({"conversations": [1]}), "a response lacks the field 'count'"),
        # The value, which is not in the reason, may be personal.
        (always({"conversations": [{**ROW, "startedAt": "Zoe"}] * 2, "count": 9}), "cannot be read: ValueError"),
        (CannedSender(lambda *_: Response(200, {"content-type": "application/json"}, b"{")), "is not JSON"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_blocked(sender: CannedSender, reason: str) -> None:
    result = judge(sender, "paging.v1-pages")

    assert reason in result.blocked["paging.v1-pages"]
    assert "Zoe" not in result.blocked["paging.v1-pages"]
    assert result.outcomes["paging.v1-pages"].state == "blocked"


def test_a_broken_connection_is_a_difference() -> None:
    def respond(*_: object) -> Response:
        raise SendError("no complete response came (ReadError)")

    result = judge(CannedSender(respond), "paging.v1-echo")

    assert seen(result, "document.complete") == ["no complete response came (ReadError)"]
    assert result.blocked["paging.v1-echo"] == "no complete response came (ReadError)"
    assert result.status == 2


@pytest.mark.parametrize(
    ("response", "rule", "severity"),
    [
        (json_response({**EMPTY, "mood": 1}), "document.extra-field", "note"),
        (json_response({**EMPTY, "limit": "1"}), "document.schema", "failure"),
        (Response(502, {"content-type": "text/html"}, b"<p>gateway</p>"), "document.status", "note"),
        (Response(401, {"content-type": "text/html"}, b"<p>key</p>"), "document.content-type", "failure"),
    ],
)
def test_live_drift_and_gateways_are_notes(response: Response, rule: str, severity: str) -> None:
    for is_live in (True, False):
        result = judge(CannedSender(lambda *_: response), "paging.v1-echo", live=is_live)
        expected = severity if is_live else "failure"
        assert [each.severity for each in result.findings if each.rule == rule] == [expected]


@pytest.mark.parametrize("status", [418, 200])
def test_ctrl_c_keeps_what_was_seen(status: int) -> None:
    responses = [json_response({**EMPTY, "conversations": ROWS}, status)]

    def respond(*_: object) -> Response:
        if not responses:
            raise KeyboardInterrupt
        return responses.pop()

    result = judge(CannedSender(respond), "paging.v1")

    assert result.interrupted
    assert result.status == (1 if status == 418 else 2)


def test_differences_of_one_rule_operation_and_place_are_one_with_few_values() -> None:
    result = Result(target(), rules.always())
    for number in (0, 0, *range(1, VALUES + 2)):
        result.differ("document.status", "getConversation", Difference("200", str(number)), (exchange(),))
    result.differ("document.status", "getConversation", Difference("200", "0", "turns[]"), (exchange(),))

    one, other = result.findings
    assert (one.count, list(one.values.items())[:2], len(one.values)) == (VALUES + 3, [("0", 2), ("1", 1)], VALUES)
    assert (other.place, other.count) == ("turns[]", 1)


def test_differences_that_open_data_to_others_come_first() -> None:
    every = rules.load()
    result = Result(target(), every.values())
    for name in sorted(every):
        result.differ(name, "getConversation", Difference("x", "y"))

    themes = list(dict.fromkeys(each.rule.partition(".")[0] for each in result.findings))
    assert themes[:3] == ["keys", "pii", "links"]
    assert (themes, set(themes)) == (list(rules.WEIGHTS), set(rules.THEMES))


def test_a_success_of_no_operation_is_no_test() -> None:
    result, success = Result(target(), rules.always()), exchange(value=ROWS[0])

    result.receive(replace(success, operation=None))
    assert not result.tested
    result.receive(success)
    assert result.tested


def test_a_live_target_takes_its_keys_from_the_environment() -> None:
    made = live({"POLYAI_API_KEY": "a", "POLYAI_CONVERSATIONS_API_KEY": "b", "POLYAI_REGION": "us-1",
                 "POLYAI_AGENT_ID": "PROJECT-1", "ASSEMBLYAI_API_KEY": "c"}, transcript="t")  # fmt: skip

    keys = [made.key(made.operation(each), "us", FULL) for each in ("searchConversations", "listConversations")]
    named = [("b", "POLYAI_CONVERSATIONS_API_KEY"), ("a", "POLYAI_API_KEY")]
    assert [(each[0].reveal(), each[1]) for each in keys if each] == named
    assert (made.live, made.writable, made.rate, list(made.transcripts)) == (True, False, 5.0, ["us"])
    assert made.key(made.operation("listConversations"), "us", "expired") is None
    assert "'a'" not in repr(made)
    assert Session(made, pages(), effort=PROFILES["full"]).effort == Effort(10, ("examples", "fuzzing"))
    with pytest.raises(ConfigError, match="agent"):
        live({"POLYAI_API_KEY": "a", "POLYAI_REGION": "us"})


def test_a_rule_marked_last_sees_the_target_as_it_is() -> None:
    session = Session(target(), pages())
    every = rules.load(["paging"])
    make: Callable[[], list[int]] = list

    kept = session.probe(every["paging.limit"]).once("x", make)

    assert session.probe(every["paging.end"]).once("x", make) is kept
    assert session.probe(every["paging.cursor-stable"]).once("x", make) is not kept

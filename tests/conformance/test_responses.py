"""The rules for every response, on made-up ones."""

from __future__ import annotations

from typing import Any

import pytest

from polyai_data.conformance import rule as rules
from polyai_data.conformance.exchange import CORRELATION, Exchange, Request
from tests.conformance.support import exchange

CONVERSATION = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-1"}
ERROR = {
    "success": False,
    "error": "Not found",
    "error_id": "an-id",
    "error_code": "CONVERSATIONS_NOT_FOUND",
    "error_message": "there is none",
    "data": None,
}
SUMMARY = {
    "id": "CA1", "account_id": "ws-1", "project_id": "PROJECT-1", "environment": "live",
    "started_at": "2026-05-01T10:00:00Z", "channel": "VOICE-SIP", "in_progress": False,
}  # fmt: skip
FORCED = Request("GET", "https://host.example/", {"x-emulator-status": "500"})


def broken(shown: Exchange) -> dict[str, str]:
    """The rules that a response breaks, with what was seen."""
    checks = [(each.id, each.function) for each in rules.always() if each.function is not None]
    seen = {name: "; ".join(f"{each.place} {each.seen}".strip() for each in check(shown)) for name, check in checks}
    return {name: text for name, text in seen.items() if text}


@pytest.mark.parametrize(
    "shown",
    [
        exchange(value=CONVERSATION),
        exchange(status=404, value=ERROR),
        exchange(status=404, value={"error_message": "there is none"}),
        exchange("searchConversations", value={"conversations": [SUMMARY], "cursor": None}),
        exchange("getConversationRecording", body=b"RIFF", content_type="audio/wav"),
        exchange("getRedactedAudio", status=400, value={"error": "not ready", "more": 1}),
        exchange(status=206, value=CONVERSATION, judged=False),
        exchange(status=500, value={"error_message": "on request"}, request=FORCED),
        exchange(value={**CONVERSATION, "metrics": {"anything": []}, "functionEvents": {"x": []}}),
    ],
)
def test_a_response_as_documented_breaks_no_rule(shown: Exchange) -> None:
    assert broken(shown) == {}


@pytest.mark.parametrize(
    ("shown", "rule", "seen"),
    [
        (exchange(status=418, value={"error_message": "tea"}), "document.status", "418"),
        (exchange(status=500, value={"error_message": "failed"}), "document.server-error", "500"),
        (exchange(value=CONVERSATION, content_type="text/html"), "document.content-type", "text/html"),
        (exchange(value=CONVERSATION, content_type=""), "document.content-type", "none"),
        (exchange(value={**CONVERSATION, "tags": 5}), "document.schema", "tags integer"),
        (exchange(value={"conversationId": "CA1"}), "document.schema", "accountId"),
        (exchange(value=[]), "document.schema", "the body array"),
        (exchange(value={**CONVERSATION, "turns": [{"latency": "Zoe"}]}), "document.schema", "turns[].latency string"),
        (exchange(value={**CONVERSATION, "metrics": {"Zoe": 1.5}}), "document.schema", "metrics.* number"),
        (exchange(value={**CONVERSATION, "metrics": {"007": [3]}}), "document.schema", "metrics.*[] integer"),
        (exchange(body=b"{"), "document.schema", "not JSON"),
        (exchange(body=b""), "document.schema", "no body"),
        (exchange(value={**CONVERSATION, "mood": 1}), "document.extra-field", "mood"),
        (exchange(value={**CONVERSATION, "turns": [{"pitch": 1}]}), "document.extra-field", "turns[].pitch"),
        (exchange(value={**CONVERSATION, "conversationId": "CA2"}), "document.requested-id", "conversationId CA2"),
        (exchange("sendDebugChatMessage", value={"conversationId": "AS_CHAT_2"}), "document.requested-id", "AS_CHAT_2"),
        (exchange(status=429, value={"error_message": "slow"}), "document.retry-after", "none"),
        (exchange(value=CONVERSATION, headers={CORRELATION: ""}), "errors.correlation-id", "none with 200"),
        (exchange(status=404, value={**ERROR, "error_id": "x"}), "errors.error-id", "x instead of an-id"),
        (exchange(status=404, value={}), "errors.message", "none"),
        (exchange("getRedactedAudio", status=404, value={"error": " "}), "errors.message", "' '"),
        (exchange(status=404, value={"error_message": "x", "success": False}), "errors.shape", "no data"),
        (exchange(status=404, value={**ERROR, "success": True}), "errors.shape", "success is true"),
        (exchange(status=404, value={**ERROR, "data": {}}), "errors.shape", "data is dict"),
        (exchange(status=400, value=ERROR), "errors.code", "400"),
        (exchange(status=404, value={**ERROR, "error_code": 5}), "errors.code", "5"),
    ],
)  # fmt: skip
def test_a_rule_names_what_was_seen(shown: Exchange, rule: str, seen: str) -> None:
    assert seen in broken(shown)[rule]
    assert "Zoe" not in f"{broken(shown)}"


def test_the_same_fault_in_every_item_is_one_difference() -> None:
    items: list[dict[str, Any]] = [{**SUMMARY, "num_turns": "3"} for _ in range(5)]
    check = rules.load(["document"])["document.schema"].function
    assert check is not None

    assert len(list(check(exchange("searchConversations", value={"conversations": items})))) == 1


def test_every_rule_has_an_id_of_its_own_a_sentence_and_a_source() -> None:
    every = rules.load()
    functions = [each.function for each in every.values() if each.function is not None]

    assert len(every) > 100
    assert len(functions) == len(set(functions))
    for each in every.values():
        assert each.title.endswith("."), each.id
        assert each.source, each.id
        assert each.theme in rules.THEMES
    assert {each.kind for each in every.values()} == {rules.SCENARIO, rules.RESPONSE, rules.GENERATED}
    assert every["paging.cursor-pages"].marks == frozenset()
    assert every["notes.persisted"].marks == {"writes"}
    assert every["links.short-lived"].marks == {"drift", "last"}
    last = [name for name, each in every.items() if "last" in each.marks]
    assert list(every)[-len(last) :] == last
    assert last[0] == "paging.cursor-stable"


def test_a_rule_without_a_source_is_refused() -> None:
    def test_nothing() -> None:
        """Says something, but not why."""

    with pytest.raises(ValueError, match="test_nothing lacks its source"):
        rules.of_function("paging", test_nothing)

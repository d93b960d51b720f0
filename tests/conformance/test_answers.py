"""The rules for every answer, on answers that were made up."""

from __future__ import annotations

from typing import Any

import pytest

import polyai_data.conformance.rules  # noqa: F401 - registers them
from polyai_data.conformance.model import Exchange, Request
from polyai_data.conformance.rule import ANSWER, RULES, of_kind
from tests.conformance.support import CORRELATION, exchange

CONVERSATION = {"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-1"}
ERROR = {
    "success": False,
    "error": "Not found",
    "error_id": "an-id",
    "error_code": "CONVERSATIONS_NOT_FOUND",
    "error_message": "there is none",
    "data": None,
}
PAGE: dict[str, Any] = {"conversations": [], "cursor": None}
SUMMARY = {
    "id": "CA1",
    "account_id": "ws-1",
    "project_id": "PROJECT-1",
    "environment": "live",
    "started_at": "2026-05-01T10:00:00Z",
    "channel": "VOICE-SIP",
    "in_progress": False,
}
FORCED = Request("GET", "https://host.example/", {"x-emulator-status": "500"})


def broken(shown: Exchange) -> dict[str, str]:
    """The rules that an answer breaks, with what was seen."""
    return {
        each.id: difference.seen
        for each in of_kind(ANSWER)
        if each.judge is not None
        for difference in each.judge(shown)
    }


@pytest.mark.parametrize(
    "shown",
    [
        exchange(value=CONVERSATION),
        exchange(status=404, value=ERROR),
        exchange(status=404, value={"error_message": "there is none"}),
        exchange("searchConversations", value={**PAGE, "conversations": [SUMMARY]}),
        exchange("getConversationRecording", body=b"RIFF", content_type="audio/wav"),
        exchange("getRedactedAudio", status=400, value={"error": "not ready", "more": 1}),
        exchange(status=206, value=CONVERSATION, judged=False),
        exchange(status=500, value={"error_message": "on request"}, request=FORCED),
        exchange(value={**CONVERSATION, "metrics": {"anything": 1}, "functionEvents": {"x": []}}),
    ],
)
def test_an_answer_by_the_document_breaks_no_rule(shown: Exchange) -> None:
    assert broken(shown) == {}


@pytest.mark.parametrize(
    ("shown", "rule", "seen"),
    [
        (exchange(status=418, value={"error_message": "tea"}), "document.status", "418"),
        (exchange(status=500, value={"error_message": "failed"}), "document.server-error", "500"),
        (exchange(value=CONVERSATION, content_type="text/html"), "document.content-type", "text/html"),
        (exchange(value=CONVERSATION, content_type=""), "document.content-type", "none"),
        (exchange(value={**CONVERSATION, "tags": None}), "document.schema", "200"),
        (exchange(value={"conversationId": "CA1"}), "document.schema", "accountId"),
        (exchange(body=b"{"), "document.schema", "no JSON"),
        (exchange(body=b""), "document.schema", "no body"),
        (exchange(value={**CONVERSATION, "mood": 1}), "document.extra-field", "mood"),
        (exchange(value={**CONVERSATION, "turns": [{"pitch": 1}]}), "document.extra-field", "turns[].pitch"),
        (exchange(status=429, value={"error_message": "slow"}), "document.retry-after", "none"),
        (exchange(value=CONVERSATION, headers={CORRELATION: ""}), "errors.correlation-id", "none on 200"),
        (exchange(status=404, value={**ERROR, "error_id": "x"}), "errors.error-id", "another one"),
        (exchange(status=404, value={}), "errors.message", "none"),
        (exchange("getRedactedAudio", status=404, value={"error": " "}), "errors.message", "none"),
        (exchange(status=404, value={"error_message": "x", "success": False}), "errors.shape", "no data"),
        (exchange(status=404, value={**ERROR, "success": True}), "errors.shape", "other values"),
        (exchange(status=400, value=ERROR), "errors.code", "400"),
        (exchange(status=404, value={**ERROR, "error_code": 5}), "errors.code", "int"),
    ],
)  # fmt: skip
def test_a_rule_names_what_is_wrong(shown: Exchange, rule: str, seen: str) -> None:
    found = broken(shown)

    assert rule in found
    assert seen in found[rule] or rule == "document.schema"


def test_the_same_fault_in_every_item_is_one_difference() -> None:
    items: list[dict[str, Any]] = [{**SUMMARY, "num_turns": "3"} for _ in range(5)]
    judge = RULES["document.schema"].judge
    assert judge is not None

    assert len(list(judge(exchange("searchConversations", value={"conversations": items})))) == 1


def test_every_rule_says_what_it_is_and_who_says_so() -> None:
    assert len(RULES) > 120
    for rule in RULES.values():
        assert rule.title.endswith("."), rule.id
        assert rule.source, rule.id
        assert rule.id.count(".") == 1

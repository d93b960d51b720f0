"""Annotations and notes, and bodies that the document does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.support import KNOWN_CONVERSATION, Caller, items
from tests.support.document import operations

WRITES = [name for name, operation in operations().items() if operation.method == "POST"]
GOOD = {"turnId": 0, "role": "agent", "annotationType": "missing_topic"}


def test_a_note_shows_in_every_view_and_is_replaced(call: Caller) -> None:
    before = call("listConversations").json()["conversations"]
    for note in ("first", "zweite Notiz ✓ 日本" * 50_000, ""):
        response = call("upsertNote", json={"note": note}, conversationId=KNOWN_CONVERSATION)
        assert (response.status_code, response.json()) == (201, {"success": True})
        assert call("getConversation", conversationId=KNOWN_CONVERSATION).json().get("note", "") == note
        listed = call("listConversations").json()["conversations"]
        changed = [after for old, after in zip(before, listed, strict=True) if old != after]
        assert [(each["conversationId"], each.get("note", "")) for each in changed] == (
            [(KNOWN_CONVERSATION, note)] if note else []
        )
        assert next(each for each in items(call) if each["id"] == KNOWN_CONVERSATION)["note"] == (note or None)


def test_annotations_are_stored_in_order(call: Caller) -> None:
    second = {"turnId": 1, "role": "user", "annotationType": "wrong_transcript"}
    for sent in ([GOOD, second], [GOOD]):
        response = call("addAnnotations", json={"annotations": sent}, conversationId=KNOWN_CONVERSATION)
        assert (response.status_code, response.json()) == (201, {"success": True})
    assert call.emulator.annotations[KNOWN_CONVERSATION] == (GOOD, second, GOOD)


def test_an_annotation_after_the_last_turn_is_refused_and_none_is_stored(call: Caller) -> None:
    turns = len(call("getConversation", conversationId=KNOWN_CONVERSATION).json()["turns"])
    beyond = {"annotations": [GOOD, {**GOOD, "turnId": turns}]}
    response = call("addAnnotations", json=beyond, conversationId=KNOWN_CONVERSATION)
    assert response.status_code == 400
    message = f"body.annotations[1].turnId: is {turns}, but the conversation has {turns} turns"
    assert response.json()["error_message"] == message
    assert KNOWN_CONVERSATION not in call.emulator.annotations
    last = {"annotations": [{**GOOD, "turnId": turns - 1}]}
    assert call("addAnnotations", json=last, conversationId=KNOWN_CONVERSATION).status_code == 201


@pytest.mark.parametrize("operation_id", ["addAnnotations", "upsertNote", "getConversation"])
def test_an_unknown_conversation_is_404(call: Caller, operation_id: str) -> None:
    first, other = call.emulator.accounts["us"].agents
    for agent, conversation_id in ((first, "CA0"), (other, KNOWN_CONVERSATION)):
        response = call(operation_id, agentId=agent.id, conversationId=conversation_id)
        assert response.status_code == 404
        assert response.json()["error_code"] == "CONVERSATIONS_NOT_FOUND"


@pytest.mark.parametrize(
    ("operation_id", "body", "where"),
    [
        ("addAnnotations", {}, "body"),
        ("addAnnotations", {"annotations": []}, "body.annotations"),
        ("addAnnotations", {"annotations": [{**GOOD, "turnId": -1}]}, "body.annotations[0].turnId"),
        ("addAnnotations", {"annotations": [{**GOOD, "turnId": "0"}]}, "body.annotations[0].turnId"),
        ("addAnnotations", {"annotations": [GOOD, {**GOOD, "role": "caller"}]}, "body.annotations[1].role"),
        ("addAnnotations", {"annotations": [{**GOOD, "annotationType": ""}]}, "body.annotations[0].annotationType"),
        ("addAnnotations", {"annotations": [{"turnId": 0, "role": "user"}]}, "body.annotations[0]"),
        ("upsertNote", {"note": None}, "body.note"),
        ("upsertNote", [], "body"),
        ("createDebugChat", {}, "body"),
        ("createDebugChat", {"clientEnv": "prod"}, "body.clientEnv"),
        ("createDebugChat", {"clientEnv": "live", "integrationAttributes": []}, "body.integrationAttributes"),
        ("sendDebugChatMessage", {"clientEnv": "live", "message": 1}, "body.message"),
        ("sendDebugChatMessage", {"message": "hi"}, "body"),
    ],
)
def test_a_body_that_the_document_forbids_is_refused_with_the_path(
    call: Caller, operation_id: str, body: Any, where: str
) -> None:
    response = call(operation_id, json=body)
    assert response.status_code == 400
    assert response.json()["error_code"] == "CONVERSATIONS_VALIDATION_FAILED"
    assert response.json()["error_message"].startswith(f"{where}: ")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff\xfe",
        b'{"note": "\xff"}',
        b'{"note": NaN}',
        b'{"note": "\\ud800"}',
        b"9" * 5000,
        b"[" * 100_000,
        "{}".encode("utf-16"),
        b"null",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_body_that_is_not_json_is_refused(call: Caller, content: bytes) -> None:
    response = call("upsertNote", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error_message"].startswith("body")


@pytest.mark.parametrize("operation_id", WRITES)
def test_a_body_of_another_type_is_refused(call: Caller, operation_id: str) -> None:
    response = call(operation_id, content=b"note=a", headers={"Content-Type": "Text/Plain; charset=utf-8"})
    assert response.status_code == 400
    message = "body: its content type is 'text/plain', and must be application/json"
    assert response.json()["error_message"] == message

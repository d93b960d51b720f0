"""Annotations and notes, and bodies that are not what the document wants."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.support import KNOWN_CONVERSATION, Caller, operations

WRITES = [name for name, operation in operations().items() if operation.method == "POST"]
GOOD = {"turnId": 0, "role": "agent", "annotationType": "missing_topic"}


def test_a_note_shows_in_every_view_and_is_replaced(call: Caller) -> None:
    for note in ("first", "zweite Notiz ✓ 日本", ""):
        response = call("upsertNote", json={"note": note}, conversationId=KNOWN_CONVERSATION)
        assert response.status_code == 201
        assert response.json() == {"success": True}
        detail = call("getConversation", conversationId=KNOWN_CONVERSATION).json()
        listed = call("listConversations").json()["conversations"]
        found = call("searchConversations").json()["conversations"]
        assert detail.get("note", "") == note
        assert next(each for each in listed if each["conversationId"] == KNOWN_CONVERSATION).get("note", "") == note
        assert next(each for each in found if each["id"] == KNOWN_CONVERSATION)["note"] == (note or None)


def test_a_note_stays_with_its_conversation(call: Caller) -> None:
    before = call("listConversations").json()["conversations"]
    call("upsertNote", json={"note": "mine"}, conversationId=KNOWN_CONVERSATION)
    after = call("listConversations").json()["conversations"]
    changed = [new["conversationId"] for old, new in zip(before, after, strict=True) if old != new]
    assert changed == [KNOWN_CONVERSATION]


def test_annotations_are_kept_in_order(call: Caller) -> None:
    second = {"turnId": 1, "role": "user", "annotationType": "wrong_transcript"}
    for sent in ([GOOD, second], [GOOD]):
        response = call("addAnnotations", json={"annotations": sent}, conversationId=KNOWN_CONVERSATION)
        assert response.status_code == 201
        assert response.json() == {"success": True}
    assert call.emulator.annotations[KNOWN_CONVERSATION] == (GOOD, second, GOOD)


def test_an_annotation_of_a_turn_that_is_not_there_is_refused_and_none_is_kept(call: Caller) -> None:
    turns = len(call("getConversation", conversationId=KNOWN_CONVERSATION).json()["turns"])
    wrong = {**GOOD, "turnId": turns}
    response = call("addAnnotations", json={"annotations": [GOOD, wrong]}, conversationId=KNOWN_CONVERSATION)
    assert response.status_code == 400
    assert response.json()["error_code"] == "CONVERSATIONS_VALIDATION_FAILED"
    assert "annotations[1].turnId" in response.json()["error_message"]
    assert KNOWN_CONVERSATION not in call.emulator.annotations
    last = {**GOOD, "turnId": turns - 1}
    accepted = call("addAnnotations", json={"annotations": [last]}, conversationId=KNOWN_CONVERSATION)
    assert accepted.status_code == 201


@pytest.mark.parametrize("operation_id", ["addAnnotations", "upsertNote", "getConversation"])
def test_an_unknown_conversation_is_not_found(call: Caller, operation_id: str) -> None:
    response = call(operation_id, conversationId="CA0")
    assert response.status_code == 404
    assert response.json()["error_code"] == "CONVERSATIONS_NOT_FOUND"


def test_a_conversation_of_another_agent_is_not_found(call: Caller) -> None:
    other = call.emulator.accounts["us"].agents[1]
    response = call("getConversation", agentId=other.id, conversationId=KNOWN_CONVERSATION)
    assert response.status_code == 404


@pytest.mark.parametrize(
    ("operation_id", "body", "where"),
    [
        ("addAnnotations", {}, "body"),
        ("addAnnotations", {"annotations": []}, "body.annotations"),
        ("addAnnotations", {"annotations": {}}, "body.annotations"),
        ("addAnnotations", {"annotations": [{**GOOD, "turnId": -1}]}, "body.annotations[0].turnId"),
        ("addAnnotations", {"annotations": [{**GOOD, "turnId": "0"}]}, "body.annotations[0].turnId"),
        ("addAnnotations", {"annotations": [GOOD, {**GOOD, "role": "caller"}]}, "body.annotations[1].role"),
        ("addAnnotations", {"annotations": [{**GOOD, "annotationType": ""}]}, "body.annotations[0].annotationType"),
        ("addAnnotations", {"annotations": [{"turnId": 0, "role": "user"}]}, "body.annotations[0]"),
        ("upsertNote", {"note": None}, "body.note"),
        ("upsertNote", {"text": "a"}, "body"),
        ("upsertNote", [], "body"),
        ("createDebugChat", {}, "body"),
        ("createDebugChat", {"clientEnv": "prod"}, "body.clientEnv"),
        ("createDebugChat", {"clientEnv": "live", "integrationAttributes": []}, "body.integrationAttributes"),
        ("sendDebugChatMessage", {"clientEnv": "live", "message": 1}, "body.message"),
        ("sendDebugChatMessage", {"message": "hi"}, "body"),
    ],
)
def test_a_body_that_the_document_does_not_allow_is_refused_with_the_place(
    call: Caller, operation_id: str, body: Any, where: str
) -> None:
    response = call(operation_id, json=body)
    assert response.status_code == 400
    assert response.json()["error_code"] == "CONVERSATIONS_VALIDATION_FAILED"
    assert response.json()["error_message"].startswith(f"{where}: ")


@pytest.mark.parametrize("operation_id", WRITES)
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"note",
        b"\xff\xfe",
        b'{"note": "\xff"}',
        b'{"note": NaN}',
        b'{"note": "\\ud800"}',
        b'{"turnId": 1e999}',
        b"9" * 5000,
        b"[" * 100_000,
        "{}".encode("utf-16"),
        b"null",
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_body_that_is_no_json_is_refused_and_no_crash(call: Caller, operation_id: str, content: bytes) -> None:
    response = call(operation_id, content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error_message"].startswith("body")


@pytest.mark.parametrize("operation_id", WRITES)
def test_a_body_of_another_type_is_refused(call: Caller, operation_id: str) -> None:
    response = call(operation_id, content=b"note=a", headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert response.status_code == 400
    assert "application/json" in response.json()["error_message"]


def test_a_large_body_arrives_whole(call: Caller) -> None:
    note = "ü" * 500_000
    assert call("upsertNote", json={"note": note}, conversationId=KNOWN_CONVERSATION).status_code == 201
    assert call("getConversation", conversationId=KNOWN_CONVERSATION).json()["note"] == note

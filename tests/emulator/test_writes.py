"""Annotations and notes, and bodies that the document does not allow."""

from __future__ import annotations

from typing import Any

import pytest

from tests.emulator.support import KNOWN_CONVERSATION, Caller
from tests.support.document import operations

GOOD = {"turnId": 0, "role": "agent", "annotationType": "missing_topic"}


def test_a_long_note_is_kept(call: Caller) -> None:
    note = "zweite Notiz ✓ 日本" * 50_000
    assert call("upsertNote", json={"note": note}, conversationId=KNOWN_CONVERSATION).status_code == 201
    assert call("getConversation", conversationId=KNOWN_CONVERSATION).json()["note"] == note


@pytest.mark.parametrize(
    ("operation_id", "body", "where"),
    [
        ("addAnnotations", {}, "body"),
        ("addAnnotations", {"annotations": [GOOD, {**GOOD, "role": "caller"}]}, "body.annotations[1].role"),
        ("addAnnotations", {"annotations": [{**GOOD, "turnId": 9999}]}, "body.annotations[0].turnId"),
        ("upsertNote", [], "body"),
        ("createDebugChat", {"clientEnv": "prod"}, "body.clientEnv"),
        ("sendDebugChatMessage", {"clientEnv": "live", "message": 1}, "body.message"),
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
        b'{"note": "\xff"}',
        b'{"note": NaN}',
        b'{"note": "\\ud800"}',
        b"9" * 5000,
        b"[" * 100_000,
        "{}".encode("utf-16"),
    ],
    ids=lambda content: repr(content[:12]),
)
def test_a_body_that_is_not_json_is_refused(call: Caller, content: bytes) -> None:
    response = call("upsertNote", content=content, headers={"Content-Type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error_message"].startswith("body: is not JSON in UTF-8 (")


@pytest.mark.parametrize("operation_id", [each.id for each in operations().values() if each.method == "POST"])
def test_a_body_of_another_type_is_refused(call: Caller, operation_id: str) -> None:
    response = call(operation_id, content=b"note=a", headers={"Content-Type": "Text/Plain; charset=utf-8"})
    assert response.status_code == 400
    message = "body: its content type is 'text/plain', and must be application/json"
    assert response.json()["error_message"] == message

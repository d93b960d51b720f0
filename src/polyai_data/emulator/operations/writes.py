"""Annotations and notes."""

from __future__ import annotations

from polyai_data.emulator.http.response import VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations.call import Call


def add_annotations(call: Call) -> dict[str, bool]:
    """Flag turns of a conversation, all of those that are sent or none."""
    conversation = call.conversation()
    for index, annotation in enumerate(call.body["annotations"]):
        if annotation["turnId"] >= len(conversation.turns):
            message = f"body.annotations[{index}].turnId: the conversation has {len(conversation.turns)} turns"
            raise Refusal(400, VALIDATION_FAILED, message)
    call.state.database.add_annotations(conversation.id, call.body["annotations"])
    call.took_effect(conversation.id)
    return {"success": True}


def upsert_note(call: Call) -> dict[str, bool]:
    """Replace the note of a conversation."""
    conversation = call.conversation()
    call.state.database.set_note(conversation.id, call.body["note"])
    call.took_effect(conversation.id)
    return {"success": True}

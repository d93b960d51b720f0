"""Annotations and notes."""

from __future__ import annotations

from polyai_data.emulator.http.errors import VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations.call import Call


def add_annotations(call: Call) -> dict[str, bool]:
    """Annotate turns of a conversation: all annotations are added, or none."""
    conversation = call.conversation()
    for index, annotation in enumerate(call.body["annotations"]):
        turn, turns = annotation["turnId"], len(conversation.turns)
        if turn >= turns:
            message = f"body.annotations[{index}].turnId: is {turn}, but the conversation has {turns} turns"
            raise Refusal(400, VALIDATION_FAILED, message)
    added = call.body["annotations"]
    call.state.database.update("annotations", conversation.id, lambda before: [*(before or ()), *added])
    call.count_effect(conversation.id)
    return {"success": True}


def upsert_note(call: Call) -> dict[str, bool]:
    conversation = call.conversation()
    call.state.database.put("notes", conversation.id, call.body["note"])
    call.count_effect(conversation.id)
    return {"success": True}

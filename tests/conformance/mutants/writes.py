"""Mutants of what is written: notes, annotations, debug chats."""

from __future__ import annotations

import json
from typing import Any

from tests.conformance.mutants.mutant import (
    Call,
    Response,
    edits_body,
    mutant,
)

NOTE, ANNOTATE, CREATE, SEND = "upsertNote", "addAnnotations", "createDebugChat", "sendDebugChatMessage"
GET, LIST, SEARCH = "getConversation", "listConversations", "searchConversations"


# Notes.


@edits_body(NOTE, "notes.persisted")
def note_cut(value: Any) -> Any:
    """Only 255 characters of a note are kept."""
    return {"note": value["note"][:255]} if isinstance(value, dict) and isinstance(value.get("note"), str) else value


@mutant(f"{NOTE} {GET}", "notes.only-there")
def note_of_all(call: Call) -> Response:
    """A note is set on all conversations of the agent."""
    response = call.send()
    if call.name == GET:
        shown = response.json() if call.memory else None
        return response.with_json({**shown, **call.memory}) if shown else response
    if response.status == 201:
        call.memory["note"] = call.request.json()["note"]
    return response


@edits_body(NOTE, "notes.invalid")
def null_note(value: Any) -> Any:
    """A note of null is accepted, and removes the note."""
    return {"note": ""} if value == {"note": None} else value


@mutant(f"{NOTE} {ANNOTATE}", "notes.not-there annotations.not-there")
def write_to_nothing(call: Call) -> Response:
    """A note or an annotation of a conversation that does not exist is accepted."""
    response = call.send()
    return response.with_json({"success": True}, status=201) if response.status == 404 else response


# Annotations.


@mutant(ANNOTATE, "annotations.unknown-turn")
def partly_stored(call: Call) -> Response:
    """Of annotations that are refused together, those before the wrong one are stored."""
    response = call.send()
    value = call.request.json() if response.status == 400 else None
    if isinstance(value, dict) and isinstance(value.get("annotations"), list):
        call.send(call.request.with_json({"annotations": value["annotations"][:1]}))
    return response


@edits_body(ANNOTATE, "annotations.persisted")
def first_annotation_only(value: Any) -> Any:
    """Of several annotations only the first one is stored."""
    listed = value.get("annotations") if isinstance(value, dict) else None
    return {"annotations": listed[:1]} if isinstance(listed, list) and len(listed) > 1 else value


@edits_body(ANNOTATE, "annotations.invalid")
def any_role(value: Any) -> Any:
    """The role `system`, which does not exist, is taken for the user's."""
    return json.loads(json.dumps(value).replace('"system"', '"user"'))


# Debug chats.


@mutant(SEND, "chats.ends")
def chat_goes_on(call: Call) -> Response:
    """A chat goes on after its end."""
    response = call.send()
    call.memory |= {"last": response} if response.status == 200 else {}
    return call.memory.get("last", response) if response.status == 410 else response


@edits_body(f"{CREATE} {SEND}", "chats.invalid")
def any_environment(value: Any) -> Any:
    """An environment that does not exist stands for the sandbox."""
    named = isinstance(value, dict) and isinstance(value.get("clientEnv"), str)
    return {**value, "clientEnv": "sandbox"} if named else value


@mutant(SEND, "chats.unknown")
def chat_of_any_agent(call: Call) -> Response:
    """A chat is continued under any agent of its account."""
    response = call.send()
    others = (call.send(call.elsewhere(agentId=agent)) for agent in (call.agents() if response.status == 404 else ()))
    return next((each for each in others if each.status == 200), response)


@edits_body(SEND, "chats.no-message")
def absent_message_is_none(value: Any) -> Any:
    """A message that is absent is read as the word None."""
    return {"message": "None", **value} if isinstance(value, dict) else value

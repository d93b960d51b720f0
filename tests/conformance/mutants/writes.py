"""Mutants of what is written: notes, annotations, debug chats."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from tests.conformance.mutants.mutant import Call, Response, mutant

NOTE, ANNOTATE, CREATE, SEND = "upsertNote", "addAnnotations", "createDebugChat", "sendDebugChatMessage"


# Notes.


@mutant(NOTE, "notes.persisted")
def note_cut(body: Any) -> Any:
    """Only 255 characters of a note are kept."""
    return {"note": body["note"][:255]} if isinstance(body, dict) and isinstance(body.get("note"), str) else body


@mutant(NOTE, "notes.invalid")
def null_note(body: Any) -> Any:
    """A note of null is accepted, and removes the note."""
    return {"note": ""} if body == {"note": None} else body


@mutant(f"{NOTE} {ANNOTATE}", "notes.not-there annotations.not-there")
def write_to_nothing(call: Call) -> Response:
    """A note or an annotation of a conversation that does not exist is accepted."""
    response = call.send()
    return replace(response, status=201).with_json({"success": True}) if response.status == 404 else response


# Annotations.


@mutant(ANNOTATE, "annotations.invalid")
def partly_stored(call: Call) -> Response:
    """Of annotations that are refused together, those before the wrong one are stored."""
    response = call.send()
    value = call.request.json() if response.status == 400 else None
    if isinstance(value, dict) and isinstance(value.get("annotations"), list):
        call.send(call.request.with_json({"annotations": value["annotations"][:1]}))
    return response


@mutant(ANNOTATE, "annotations.accepted")
def first_annotation_only(body: Any) -> Any:
    """Of several annotations only the first one is stored."""
    listed = body.get("annotations") if isinstance(body, dict) else None
    return {"annotations": listed[:1]} if isinstance(listed, list) and len(listed) > 1 else body


@mutant(ANNOTATE, "annotations.invalid")
def any_role(body: Any) -> Any:
    """The role `system`, which does not exist, is taken for the user's."""
    return json.loads(json.dumps(body).replace('"system"', '"user"'))


# Debug chats.


@mutant(SEND, "chats.ends")
def chat_goes_on(call: Call) -> Response:
    """A chat goes on after its end."""
    response = call.send()
    call.memory |= {"last": response} if response.status == 200 else {}
    return call.memory.get("last", response) if response.status == 410 else response


@mutant(f"{CREATE} {SEND}", "document.requested-id", via="chats")
def another_chat_responds(call: Call) -> Response:
    """A message goes to the chat that was started last, whichever it was for."""
    if call.name == CREATE:
        response = call.send()
        call.memory |= {"last": response.json()["conversationId"]} if response.status == 201 else {}
        return response
    known = call.memory.get("last", call.path["conversationId"])
    return call.send(call.elsewhere(conversationId=known) if call.path["conversationId"].startswith("AS_") else None)


@mutant(SEND, "chats.unknown")
def chat_of_any_agent(call: Call) -> Response:
    """A chat is continued under any agent of its account."""
    response = call.send()
    others = (call.send(call.elsewhere(agentId=agent)) for agent in (call.agents if response.status == 404 else ()))
    return next((each for each in others if each.status == 200), response)


@mutant(SEND, "chats.reply")
def absent_message_is_none(body: Any) -> Any:
    """A message that is absent is read as the word None."""
    return {"message": "None", **body} if isinstance(body, dict) else body


@mutant(CREATE, "chats.own-id")
def own_id_ignored(body: Any) -> Any:
    """A session gets another id than the request names."""
    return {name: each for name, each in body.items() if name != "conversationId"} if isinstance(body, dict) else body

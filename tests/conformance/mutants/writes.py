"""Faults of what is written: notes, annotations, debug chats."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from polyai_data.emulator.http.response import CHAT_ENDED, NOT_FOUND, VALIDATION_FAILED, Refusal
from polyai_data.emulator.operations import chats
from polyai_data.emulator.operations.call import Call
from polyai_data.emulator.state.database import Database
from polyai_data.emulator.state.state import Chat, State
from tests.conformance.mutants.mutant import REFUSED, Fault, mutant

NOTE, ANNOTATE, CREATE, SEND = "upsertNote", "addAnnotations", "createDebugChat", "sendDebugChatMessage"


# Notes.


@mutant(NOTE, "notes.persisted")
def note_not_persisted(fault: Fault) -> None:
    """A note is accepted, and not kept."""
    fault.function(Database, "set_note", lambda *_: None)


@mutant(NOTE, "notes.replaced")
def note_appended(fault: Fault) -> None:
    """A note is put behind the one before."""

    def set_note(original: Any, database: Database, conversation: str, note: str) -> None:
        before = database.note(conversation)
        original(database, conversation, f"{before}\n{note}" if before and note else note)

    fault.function(Database, "set_note", set_note)


@mutant(NOTE, "notes.persisted")
def note_without_accents(fault: Fault) -> None:
    """A note's characters beyond ASCII become question marks."""
    _noted(fault, lambda note: note.encode("ascii", "replace").decode())


@mutant(NOTE, "notes.persisted")
def note_cut(fault: Fault) -> None:
    """Of a note only 255 characters are kept."""
    _noted(fault, lambda note: note[:255])


@mutant("searchConversations", "notes.persisted")
def note_of_before_in_search(fault: Fault) -> None:
    """The platform host's listing shows the notes of before."""

    def handle(original: Any, call: Call) -> Any:
        shown = original(call)
        for item in shown["conversations"]:
            conversation = call.state.conversation(call.the_agent.id, item["id"])
            item["note"] = (conversation.note if conversation else "") or None
        return shown

    fault.handler(handle)


@mutant(NOTE, "notes.only-there")
def note_of_all(fault: Fault) -> None:
    """A note is set on all conversations of the agent."""
    last: list[str] = []

    def set_note(original: Any, database: Database, conversation: str, note: str) -> None:
        last.append(note)
        original(database, conversation, note)

    fault.function(Database, "set_note", set_note)
    fault.function(
        State, "note", lambda original, state, conversation: last[-1] if last else original(state, conversation)
    )


@mutant(NOTE, "notes.cleared")
def empty_note_ignored(fault: Fault) -> None:
    """An empty note leaves the one before."""
    fault.function(Database, "set_note", lambda original, *values: original(*values) if values[-1] else None)


@mutant(NOTE, "notes.invalid document.rejects-invalid")
def null_note(fault: Fault) -> None:
    """A note of null is accepted, and takes the note away."""
    fault.body(lambda value: {"note": ""} if value == {"note": None} else REFUSED)


@mutant(NOTE, "notes.not-there hosts.unknown-id")
def note_on_nothing(fault: Fault) -> None:
    """A note on a conversation that is not there is accepted."""
    fault.handler(_anywhere)


# Annotations.


@mutant(ANNOTATE, "annotations.unknown-turn")
def any_turn(fault: Fault) -> None:
    """A turn that does not exist is annotated."""

    def handle(_original: Any, call: Call) -> Any:
        conversation = call.conversation()
        call.state.database.add_annotations(conversation.id, call.body["annotations"])
        return {"success": True}

    fault.handler(handle)


@mutant(ANNOTATE, "annotations.unknown-turn")
def partly_kept(fault: Fault) -> None:
    """Of annotations that are refused together, those before the wrong one are kept."""

    def handle(original: Any, call: Call) -> Any:
        conversation = call.conversation()
        for number, each in enumerate(call.body["annotations"]):
            if each["turnId"] >= len(conversation.turns):
                call.state.database.add_annotations(conversation.id, call.body["annotations"][:number])
        return original(call)

    fault.handler(handle)


@mutant(ANNOTATE, "annotations.accepted")
def last_turn_refused(fault: Fault) -> None:
    """The last turn cannot be annotated."""

    def handle(original: Any, call: Call) -> Any:
        last = len(call.conversation().turns) - 1
        if any(each["turnId"] == last for each in call.body["annotations"]):
            raise Refusal(400, VALIDATION_FAILED, "there is no such turn")
        return original(call)

    fault.handler(handle)


@mutant(ANNOTATE, "annotations.persisted")
def annotations_replaced(fault: Fault) -> None:
    """New annotations take the place of those of before."""

    def add(original: Any, database: Database, conversation: str, annotations: Any) -> None:
        database._rows("DELETE FROM annotations WHERE conversation = ?", conversation)
        original(database, conversation, annotations)

    fault.function(Database, "add_annotations", add)


@mutant(ANNOTATE, "annotations.persisted")
def first_annotation_only(fault: Fault) -> None:
    """Of several annotations only the first one is kept."""
    fault.function(
        Database, "add_annotations", lambda original, database, *rest: original(database, rest[0], rest[1][:1])
    )


@mutant(ANNOTATE, "annotations.invalid document.rejects-invalid")
def any_role(fault: Fault) -> None:
    """A role that there is none of is taken for the user's."""

    def understand(value: Any) -> Any:
        listed = value.get("annotations") if isinstance(value, dict) else None
        if not isinstance(listed, list) or any(
            not isinstance(each, dict) or each.get("role") != "system" for each in listed
        ):
            return REFUSED
        return {"annotations": [{**each, "role": "user"} for each in listed]}

    fault.body(understand)


@mutant(ANNOTATE, "annotations.not-there hosts.unknown-id")
def annotation_on_nothing(fault: Fault) -> None:
    """Annotations of a conversation that is not there are accepted."""
    fault.handler(_anywhere)


# Debug chats.


@mutant(SEND, "chats.ends")
def chat_goes_on(fault: Fault) -> None:
    """A chat goes on after its end."""

    def handle(original: Any, call: Call) -> Any:
        chat = call.state.chat(call.conversation_id)
        if chat is not None and chat.ended:
            call.state.keep_chat(replace(chat, ended=False))
        return original(call)

    fault.handler(handle)


@mutant(SEND, "chats.ends")
def ended_chat_unknown(fault: Fault) -> None:
    """A chat that has ended is answered with 404."""

    def handle(original: Any, call: Call) -> Any:
        try:
            return original(call)
        except Refusal as refusal:
            if refusal.code != CHAT_ENDED:
                raise
            raise Refusal(404, NOT_FOUND, "there is no such chat") from refusal

    fault.handler(handle)


@mutant(SEND, "chats.ends")
def end_of_all_chats(fault: Fault) -> None:
    """A farewell ends every chat."""

    def handle(original: Any, call: Call) -> Any:
        shown = original(call)
        if shown["conversationEnded"]:
            call.state.database._rows("UPDATE chats SET ended = 1")
        return shown

    fault.handler(handle)


@mutant(SEND, "chats.ends")
def end_not_told(fault: Fault) -> None:
    """The answer to a farewell does not tell that the chat has ended."""
    fault.value(lambda value: value.update(conversationEnded=False))


@mutant(CREATE, "chats.own-id")
def own_id_ignored(fault: Fault) -> None:
    """A session gets another id than was asked for."""

    def handle(original: Any, call: Call) -> Any:
        return original(replace(call, body={**call.body, "conversationId": ""}))

    fault.handler(handle)


@mutant(CREATE, "chats.id")
def session_ids_by_number(fault: Fault) -> None:
    """The ids of sessions are numbers in a row, which can be guessed."""
    given: list[int] = []

    def fresh_id(original: Any, state: State, kind: str) -> str:
        given.append(len(given))
        return str(given[-1]) if kind == "chat" else str(original(state, kind))

    fault.function(State, "fresh_id", fresh_id)


@mutant(CREATE, "chats.start")
def born_ended(fault: Fault) -> None:
    """A chat of the live environment has ended as soon as it starts."""

    def handle(original: Any, call: Call) -> Any:
        shown = original(call)
        if call.body["clientEnv"] == "live":
            call.state.keep_chat(Chat(shown["conversationId"], call.the_agent.id, ended=True))
            shown["conversationEnded"] = True
        return shown

    fault.handler(handle)


@mutant(CREATE, "chats.invalid document.rejects-invalid")
def any_environment(fault: Fault) -> None:
    """A chat starts in an environment that there is none of."""

    def understand(value: Any) -> Any:
        told = isinstance(value, dict) and isinstance(value.get("clientEnv"), str)
        return {**value, "clientEnv": "sandbox"} if told else REFUSED

    fault.body(understand)


@mutant(SEND, "chats.reply")
def input_in_small_letters(fault: Fault) -> None:
    """userInput is the message in small letters."""
    fault.value(lambda value: value.update(userInput=value["userInput"].lower()))


@mutant(SEND, "chats.unknown")
def other_agents_chat(fault: Fault) -> None:
    """A chat is found under any agent."""

    def handle(original: Any, call: Call) -> Any:
        chat = call.state.chat(call.conversation_id)
        return original(call if chat is None else replace(call, agent=call.state.world.agents[chat.agent_id]))

    fault.handler(handle)


@mutant(SEND, "chats.no-message")
def absent_message_is_none(fault: Fault) -> None:
    """A message that is absent is heard as the word None."""
    fault.handler(lambda original, call: original(replace(call, body={"message": "None", **call.body})))


@mutant(SEND, "chats.reply")
def nothing_said(fault: Fault) -> None:
    """The agent understands everything, and says nothing."""
    fault.function(chats, "_step", lambda original, *values: (original(*values)[0], ""))


def _noted(fault: Fault, change: Any) -> None:
    def set_note(original: Any, database: Database, conversation: str, note: str) -> None:
        original(database, conversation, change(note))

    fault.function(Database, "set_note", set_note)


def _anywhere(original: Any, call: Call) -> Any:
    """What a handler does, but for what is not there: that is a success too."""
    try:
        return original(call)
    except Refusal as refusal:
        if refusal.status != 404:
            raise
        return {"success": True}

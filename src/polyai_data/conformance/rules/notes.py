"""Notes: what is set is read back, everywhere, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from polyai_data.conformance.model import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import bounds, listing
from polyai_data.conformance.target import NO_PERMISSION

_UNICODE = 'Größe: „5″ — 予約 👍\n\tsecond line \\ "quoted" <b>&amp;</b>'


@rule("notes.persisted", writes=True)
def persisted(probe: Probe) -> None:
    """A note that is set is read back, in the detail and in both listings.

    Source: patched document, `note` of the conversation; the vendors' documentation on notes.
    """
    with _restored(probe) as conversation:
        for text in ("called back", _UNICODE, "x" * 3000):
            wrote = _set(probe, conversation, text)
            for exchange, note in _everywhere(probe, conversation):
                probe.expect(note == text, (wrote, exchange), "the note that was set", _seen(note))


@rule("notes.replaced", writes=True)
def replaced(probe: Probe) -> None:
    """A note replaces the one before; setting the same one again changes nothing.

    Source: patched document, `upsertNote`: replaces the note that was there, so that sending it twice does no harm.
    """
    with _restored(probe) as conversation:
        for text in ("the first", "the second", "the second"):
            wrote = _set(probe, conversation, text)
        for exchange, note in _everywhere(probe, conversation):
            probe.expect(note == "the second", (wrote, exchange), "the last note alone", _seen(note))


@rule("notes.cleared", writes=True)
def cleared(probe: Probe) -> None:
    """An empty note takes the note away.

    Source: patched document, `UpsertNote.note`: it replaces the note that was there.
    """
    with _restored(probe) as conversation:
        _set(probe, conversation, "soon gone")
        wrote = _set(probe, conversation, "")
        for exchange, note in _everywhere(probe, conversation):
            probe.expect(not note, (wrote, exchange), "no note, or an empty one", _seen(note))


@rule("notes.only-there", writes=True)
def only_there(probe: Probe) -> None:
    """A note is set on its own conversation, and changes nothing else of it.

    Source: patched document, `upsertNote`: the note of a conversation.
    """
    other = listing(probe).ids[-2]
    with _restored(probe) as conversation:
        before = probe.call("getConversation", conversation).value()
        theirs = probe.call("getConversation", other).value()
        wrote = _set(probe, conversation, "only here")
        after, later = probe.call("getConversation", conversation), probe.call("getConversation", other)
        probe.expect(later.value() == theirs, (wrote, later), "another conversation as it was", "it is changed")
        same = {**before, "note": ""} == {**after.value(), "note": ""}
        probe.expect(same, (wrote, after), "nothing but the note is changed", "something else is")


@rule("notes.invalid", writes=True)
def invalid(probe: Probe) -> None:
    """A body without a text as note is refused with 400, and changes nothing.

    Source: patched document, `UpsertNote`: note, a required string.
    """
    with _restored(probe) as conversation:
        _set(probe, conversation, "stays")
        wrong: list[Any] = [{}, {"note": None}, {"note": 5}, {"note": ["x"]}, {"notes": "x"}, [], "note"]
        for body in wrong:
            exchange = probe.call("upsertNote", conversation, body=body)
            probe.status(exchange, 400, when="the note is no text")
        for exchange, note in _everywhere(probe, conversation):
            probe.expect(note == "stays", exchange, "the note from before", _seen(note))


@rule("notes.not-there", writes=True)
def not_there(probe: Probe) -> None:
    """A note on a conversation that is not there, or is another agent's, is answered with 404; without permission 403.

    Source: patched document, 404 of `upsertNote`; the vendors' documentation on permissions.
    """
    probe.status(probe.call("upsertNote", UNKNOWN_ID, body={"note": "x"}), 404, when="there is no conversation")
    theirs = listing(probe, agent=1).ids[-1]
    before = probe.call("getConversation", theirs, agent=probe.agent(index=1)).value().get("note")
    wrote = probe.call("upsertNote", theirs, body={"note": "misplaced"})
    probe.status(wrote, 404, when="the conversation is another agent's")
    after = probe.call("getConversation", theirs, agent=probe.agent(index=1))
    probe.expect(after.value().get("note") == before, (wrote, after), "the other's note as it was", "it is changed")
    own = listing(probe).ids[-1]
    refused = probe.call("upsertNote", own, body={"note": "not allowed"}, role=NO_PERMISSION)
    shown = probe.call("getConversation", own)
    probe.expect(shown.value().get("note") != "not allowed", (refused, shown), "a refused note is not set", "it is")


@contextmanager
def _restored(probe: Probe) -> Iterator[str]:
    """A conversation whose note is put back at the end, as the target may be somebody's."""
    conversation = listing(probe).ids[-1]
    before = probe.call("getConversation", conversation).value().get("note") or ""
    try:
        yield conversation
    finally:
        probe.call("upsertNote", conversation, body={"note": before})


def _set(probe: Probe, conversation: str, text: str) -> Exchange:
    exchange = probe.call("upsertNote", conversation, body={"note": text})
    probe.status(exchange, 201, when="a note is set")
    return exchange


def _everywhere(probe: Probe, conversation: str) -> Iterator[tuple[Exchange, str | None]]:
    """The note as each operation shows it that does."""
    exchange = probe.call("getConversation", conversation)
    yield exchange, exchange.value().get("note")
    exchange = probe.call("listConversations", query={"limit": probe.target.depth})
    yield exchange, _of(exchange, "conversationId", conversation)
    if probe.target.live:
        return  # Which environment it is of is not known here, and whether v3 shows notes is told in one revision only.
    for environment in ("live", "sandbox", "pre-release"):
        exchange = probe.call("searchConversations", query={**bounds(probe), "client_env": environment})
        if conversation in {each["id"] for each in exchange.value()["conversations"]}:
            yield exchange, _of(exchange, "id", conversation)


def _of(exchange: Exchange, name: str, conversation: str) -> str | None:
    items = [each for each in exchange.value()["conversations"] if each[name] == conversation]
    return items[0].get("note") if items else None


def _seen(note: str | None) -> str:
    return "none" if not note else "another one"

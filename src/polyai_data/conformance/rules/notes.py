"""Notes: what is set is shown by every operation, and nothing else changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import bounds, environments, listing

MARKS = frozenset({"writes"})
_UNICODE = 'Größe: „5″ — 予約 👍\n\tsecond line \\ "quoted" <b>&amp;</b>'


@rule("patched document, `note` of the conversation; `upsertNote`: it replaces the note that was there.")
def test_persisted(probe: Probe) -> None:
    """A note that is set replaces the one before, or removes it when empty, in the detail and in both listings."""
    with _restored(probe) as conversation:
        for text in ("called back", _UNICODE, "x" * 3000, "twice", "twice", ""):
            _shown(probe, _set(probe, conversation, text), conversation, text, "the note that was set, alone")


@rule("patched document, `upsertNote`: the note of a conversation.")
def test_only_there(probe: Probe) -> None:
    """A note is set on its own conversation, and changes nothing else."""
    _, *others = reversed(listing(probe).ids)
    if not others:
        probe.skip("the agent has one conversation only")
    other = others[0]
    with _restored(probe) as conversation:
        before = probe.call("getConversation", conversation).value()
        before_other = probe.call("getConversation", other).value()
        exchange = _set(probe, conversation, "only here")
        for identifier, old in ((conversation, before), (other, before_other)):
            after = probe.call("getConversation", identifier)
            value = after.value()
            names = {*value, *old} - ({"note"} if identifier == conversation else set())
            changed = [name for name in sorted(names) if value.get(name) != old.get(name)]
            probe.expect(not changed, (exchange, after), "nothing but the note changes", f"changed: {brief(changed)}")


@rule("patched document, `UpsertNote`: note, a required string.")
def test_invalid(probe: Probe) -> None:
    """A body without a text as note is refused with 400, and changes nothing."""
    with _restored(probe) as conversation:
        exchange = _set(probe, conversation, "stays")
        wrong: list[Any] = [{}, {"note": None}, {"note": 5}, {"note": ["x"]}, {"notes": "x"}, [], "note"]
        for body in wrong:
            exchange = probe.call("upsertNote", conversation, body=body)
            probe.status(exchange, 400, when="the note is not a text")
        _shown(probe, exchange, conversation, "stays", "the note from before")


@rule("patched document, 404 of `upsertNote`.")
def test_not_there(probe: Probe) -> None:
    """The response is 404 for an unknown conversation or one of another agent, whose note stays as it was."""
    probe.status(probe.call("upsertNote", UNKNOWN_ID, body={"note": "x"}), 404, when="the conversation is unknown")
    other, identifier = probe.agent(index=1), listing(probe, agent=1).ids[-1]
    before = probe.call("getConversation", identifier, agent=other).value().get("note")
    exchange = probe.call("upsertNote", identifier, body={"note": "misplaced"})
    probe.status(exchange, 404, when="the conversation belongs to another agent")
    after = probe.call("getConversation", identifier, agent=other)
    note = after.value().get("note")
    probe.expect(note == before, (exchange, after), "the other agent's note as it was", f"{note!r}")


@contextmanager
def _restored(probe: Probe) -> Iterator[str]:
    """A conversation whose note is put back at the end, as the target may be in use."""
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


def _shown(probe: Probe, exchange: Exchange, conversation: str, text: str, expected: str) -> None:
    """Expect this note wherever an operation shows it."""
    for shown, note in _everywhere(probe, conversation):
        seen = "none" if not note else f"a note of {len(note)} characters"
        probe.expect((note or "") == text, (exchange, shown), expected, seen)


def _everywhere(probe: Probe, conversation: str) -> Iterator[tuple[Exchange, str | None]]:
    exchange = probe.call("getConversation", conversation)
    yield exchange, exchange.value().get("note")
    pages = [(probe.call("listConversations", query={"limit": probe.target.depth}), "conversationId")]
    # Live, the environment is not known, and only one revision of the page says that v3 shows notes.
    for environment in () if probe.target.live else environments(probe):
        query = {**bounds(probe), "client_env": environment}
        pages.append((probe.call("searchConversations", query=query), "id"))
    for page, name in pages:
        for item in page.value()["conversations"]:
            if item[name] == conversation:
                yield page, item.get("note")

"""Search by words and by meaning."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import found

_FIELDS = {
    "user": ("user_input", "translated_user_input"),
    "agent": ("agent_response", "english_agent_response"),
}


@rule("search.transcript")
def transcript(probe: Probe) -> None:
    """A search of transcripts finds all conversations in which a word is said, and no others.

    Source: patched document, `QueryType`: search the words of the transcript.
    """
    for word in _words(probe):
        shown = found(probe, query=word, query_type="transcript")
        wanted = {each["id"] for each in found(probe).items if word in _said(each, ("user", "agent"))}
        _compare(probe, shown.exchange, set(shown.ids), wanted, "the word that is searched for")


@rule("search.turn-type")
def turn_type(probe: Probe) -> None:
    """With `turn_type` a search looks only at what that side said.

    Source: patched document, `turn_type`.
    """
    for side in ("user", "agent"):
        for word in _words(probe, side):
            shown = found(probe, query=word, query_type="transcript", turn_type=side)
            wanted = {each["id"] for each in found(probe).items if word in _said(each, (side,))}
            _compare(probe, shown.exchange, set(shown.ids), wanted, f"a word that the {side} says")


@rule("search.case", drift=True)
def case(probe: Probe) -> None:
    """A search of transcripts does not tell capital letters from small ones.

    Source: this project's emulator; the vendor does not say.
    """
    for word in _words(probe)[:2]:
        one, two = (found(probe, query=each, query_type="transcript") for each in (word, word.upper()))
        probe.expect(one.ids == two.ids, (one.exchange, two.exchange), "the same with capitals", "something else")


@rule("search.nothing")
def nothing(probe: Probe) -> None:
    """A search for what nobody said finds nothing, in words.

    Source: patched document, `QueryType`.
    """
    shown = found(probe, query="xyzzyplugh", query_type="transcript")
    probe.expect(not shown.ids, shown.exchange, "nothing when nobody said it", f"{len(shown.ids)} conversations")


@rule("search.semantic")
def semantic(probe: Probe) -> None:
    """A search by meaning finds conversations of the listing only, none twice, and some of those that say the word.

    Source: patched document, `QueryType`: search the meaning.
    """
    all_ids = set(found(probe).ids)
    shown, hit = found(probe), False
    for word in _telling(probe):
        shown = found(probe, query=word, query_type="semantic")
        probe.expect(set(shown.ids) <= all_ids, shown.exchange, "only conversations of the listing", "others too")
        probe.expect(len(set(shown.ids)) == len(shown.ids), shown.exchange, "each once", "one is twice there")
        hit |= any(each["id"] in shown.ids and word in _said(each, ("user", "agent")) for each in found(probe).items)
        if hit:
            break
    probe.expect(hit, shown.exchange, "some conversations that say the very word", "none of them")
    if not probe.target.live:
        less = set(shown.ids) != all_ids
        probe.expect(less, shown.exchange, "not all conversations mean the same", "all of them")


@rule("search.filtered")
def filtered(probe: Probe) -> None:
    """A search keeps to the other filters.

    Source: patched document: each filter says "only conversations of …".
    """
    word = _words(probe)[0]
    for environment in ("sandbox", "pre-release"):
        shown = found(probe, query=word, query_type="transcript", client_env=environment)
        wrong = [each for each in shown.items if each["environment"] != environment]
        probe.expect(not wrong, shown.exchange, f"conversations of {environment}", "others too")
    channel = found(probe).items[0]["channel"]
    shown = found(probe, query=word, query_type="transcript", channel=channel)
    wrong = [each for each in shown.items if each["channel"] != channel]
    probe.expect(not wrong, shown.exchange, "conversations of the channel", "others too")


def _compare(probe: Probe, exchange: Any, shown: set[str], wanted: set[str], what: str) -> None:
    probe.expect(not shown - wanted, exchange, f"only conversations with {what}", "others too")
    probe.expect(not wanted - shown, exchange, f"all conversations with {what}", "some are missing")


def _said(item: Mapping[str, Any], sides: tuple[str, ...]) -> set[str]:
    return set(_spoken(item, sides))


def _spoken(item: Mapping[str, Any], sides: tuple[str, ...]) -> Iterator[str]:
    for turn in item.get("turns") or []:
        for side in sides:
            for name in _FIELDS[side]:
                yield from re.findall(r"\w+", str(turn.get(name) or "").casefold())


def _telling(probe: Probe) -> list[str]:
    """Words that tell what a conversation is about: long ones, said in few of them."""
    items = found(probe).items
    counts = Counter(word for each in items for word in _said(each, ("user", "agent")))
    few = range(2, max(3, len(items) // 2))
    words = [
        word for word, count in counts.items() if count in few and len(word) > 5 and word.isascii() and word.isalpha()
    ]
    if not words:
        probe.skip("no words are shown")
    return sorted(words, key=lambda word: (-len(word), word))[:8]


def _words(probe: Probe, side: str | None = None) -> list[str]:
    """Words that tell conversations apart: said in some, and not in all; by one side alone when `side` is given."""
    items = found(probe).items
    both = Counter(word for each in items for word in _said(each, ("user", "agent")))
    if side is not None:
        other = "agent" if side == "user" else "user"
        theirs = {word for each in items for word in _said(each, (other,))}
        own = Counter(word for each in items for word in _said(each, (side,)))
        # One that both sides say tells more than one that a side never says.
        shared = [word for word in own if word in theirs and own[word] < both[word]]
        both = Counter({word: both[word] for word in shared or own})
    fit = [word for word, count in both.items() if word.isascii() and word.isalpha() and len(word) > 3]
    fit = sorted((word for word in fit if both[word] < len(items)), key=lambda word: (-both[word], word))
    if not fit:
        probe.skip("no words are shown")
    # Long ones too, which mean something by themselves.
    return [*fit[:2], *(word for word in fit[2:] if len(word) > 5)][:4]

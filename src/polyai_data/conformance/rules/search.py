"""Search by words and by meaning."""

from __future__ import annotations

import re
from collections import Counter

from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import DRIFT, rule
from polyai_data.conformance.sample import ENOUGH, Item, Listing, expect_ids, expect_once, expect_only, matches, whole

_FIELDS = {"user": ("user_input", "translated_user_input"), "agent": ("agent_response", "english_agent_response")}
_SIDES = tuple(_FIELDS)


@rule("patched document, `QueryType`: search the words of the transcript; `turn_type`.")
def test_transcript(probe: Probe) -> None:
    """A search of transcripts shows all conversations with a word, of one side with `turn_type`, and no others."""
    for word in [*_common_words(probe), "xyzzyplugh"]:
        _search(probe, word, _SIDES, query_type="transcript")
    for side in _SIDES:
        for word in _common_words(probe, side):
            _search(probe, word, (side,), query_type="transcript", turn_type=side)


@rule("this project's emulator; the vendor does not say.", DRIFT)
def test_case(probe: Probe) -> None:
    """A search of transcripts ignores case."""
    for word in _common_words(probe)[:2]:
        lower, upper = (matches(probe, query=each, query_type="transcript") for each in (word, word.upper()))
        expect_ids(probe, (lower.exchange, upper.exchange), upper.ids, lower.ids, "matches of the word in lower case")


@rule("patched document, `QueryType`: search the meaning.")
def test_semantic(probe: Probe) -> None:
    """A search by meaning shows conversations of the listing, each once, and some of those with the very word."""
    every = whole(probe)
    shown, hit = every, False
    for word in _rare_words(probe):
        shown = matches(probe, query=word, query_type="semantic")
        expect_only(probe, shown.exchange, shown.ids, every.ids, "only conversations of the listing")
        expect_once(probe, shown.exchange, shown.ids, "each conversation once")
        hit |= any(each in shown.ids for each in _with(every, word, _SIDES))
        if hit:
            break
    probe.expect(hit, shown.exchange, "some conversations with the very word", f"none in {brief(shown.ids)}")
    if not probe.target.live and len(every.ids) >= ENOUGH:
        less = set(shown.ids) != set(every.ids)
        probe.expect(less, shown.exchange, "not every conversation matches", f"all {len(shown.ids)}")


@rule('patched document: each filter says "only conversations of …".')
def test_filtered(probe: Probe) -> None:
    """A search keeps to the other filters, whether it is by words or by meaning."""
    for query_type in ("transcript", "semantic"):
        word, values = _varied(probe, query_type)
        filters = [("client_env", "sandbox"), ("client_env", "pre-release"), *(("channel", each) for each in values)]
        for name, wanted in filters:
            shown = matches(probe, query=word, query_type=query_type, **{name: wanted})
            field = "environment" if name == "client_env" else name
            wrong = [f"{each[field]} of {each['id']}" for each in shown.items if each[field] != wanted]
            expected = f"only conversations with {field} {wanted} from a {query_type} search"
            probe.expect(not wrong, shown.exchange, expected, brief(wrong))


def _varied(probe: Probe, query_type: str) -> tuple[str, list[str]]:
    """A word that a search without filters shows in several channels, if there is one, and these channels."""
    words = _common_words(probe)
    for word in words if query_type == "transcript" else [*words, *_rare_words(probe)]:
        channels = {str(each["channel"]) for each in matches(probe, query=word, query_type=query_type).items}
        if len(channels) > 1:
            return word, sorted(channels)
    return words[0], sorted({str(each["channel"]) for each in whole(probe).items})


def _search(probe: Probe, word: str, sides: tuple[str, ...], **query: str) -> None:
    shown = matches(probe, query=word, **query)
    wanted = _with(whole(probe), word, sides)
    # The order of matches is the search's own.
    seen = sorted(shown.ids, key=lambda each: wanted.index(each) if each in wanted else len(wanted))
    expect_ids(probe, shown.exchange, seen, wanted, f"conversations with a word of the {' or the '.join(sides)}")


def _with(every: Listing, word: str, sides: tuple[str, ...]) -> list[str]:
    return [each["id"] for each in every.items if word in _words(each, sides)]


def _words(item: Item, sides: tuple[str, ...] = _SIDES) -> set[str]:
    texts = [turn.get(name) for turn in item.get("turns") or [] for side in sides for name in _FIELDS[side]]
    return {word for text in texts for word in re.findall(r"\w+", str(text or "").casefold())}


def _counts(items: list[Item], sides: tuple[str, ...] = _SIDES) -> Counter[str]:
    """In how many conversations each word occurs that is worth searching for."""
    words = (word for each in items for word in _words(each, sides))
    return Counter(word for word in words if word.isascii() and word.isalpha() and len(word) > 3)


def _rare_words(probe: Probe) -> list[str]:
    """Words that say what a conversation is about: long ones, in few of them."""
    items = whole(probe).items
    few = range(2, max(3, len(items) // 2))
    words = [word for word, count in _counts(items).items() if count in few and len(word) > 5]
    return sorted(words, key=lambda word: (-len(word), word))[:8] or probe.skip("no words are shown")


def _common_words(probe: Probe, side: str | None = None) -> list[str]:
    """Words of many conversations, but not of all; of one side when it is given."""
    items = whole(probe).items
    counts = _counts(items)
    if side is not None:
        own, other = _counts(items, (side,)), _counts(items, tuple(each for each in _SIDES if each != side))
        # A word of both sides shows more than one that the other side never uses.
        shared = [word for word in own if word in other and own[word] < counts[word]]
        counts = Counter({word: counts[word] for word in shared or own})
    fit = sorted((word for word in counts if counts[word] < len(items)), key=lambda word: (-counts[word], word))
    if not fit:
        probe.skip("no words are shown")
    # Long ones too, which have a meaning of their own.
    return [*fit[:2], *(word for word in fit[2:] if len(word) > 5)][:4]

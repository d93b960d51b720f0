"""Every call that the facade offers, as data: the arguments of each operation, in all combinations, right and wrong."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from hypothesis import strategies as st

Given = Mapping[str, Any]
IDS = ("agent_id", "account_id", "conversation_id", "transcript_id")
GOOD_ID = re.compile(r"[\w.~@+,=()!*'-]+")
BAD_ID = re.compile(r"[/\\?#%\s\x00-\x1f\x7f-\x9f]")
ENVIRONMENTS = ("sandbox", "pre-release", "live")


@dataclass(frozen=True)
class Call:
    """A call of an operation, with the arguments that it is given."""

    operation_id: str
    given: Given


# Ids.

plain_ids = st.from_regex(GOOD_ID, fullmatch=True).filter(lambda text: text.strip(".") and not text.startswith("$"))
odd_ids = st.one_of(
    st.text(max_size=12),
    st.sampled_from(
        [
            "",
            " ",
            ".",
            "..",
            "...",
            "a/b",
            "/",
            "%2e%2e",
            "a%2Fb",
            "a?b",
            "a#b",
            "a;b",
            "a&b=c",
            "a\\b",
            "a\nb",
            "\ud800",
        ]
    ),
    st.sampled_from(
        ["{agentId}", "<id>", ":id", "$ID", "ÄÖ", "会話", "👩‍👧", "a\u202eb", "a\u00a0b", "a|b", '"', "[x]", "http:"]
    ),
)


# Values.

words = st.text(max_size=20)
half = st.just("half a \ud83d character")
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=6,
)
objects = st.dictionaries(words, json_values, max_size=3)
no_json = st.sampled_from(
    [{"a": math.nan}, {"a": [math.inf]}, {"a": b"bytes"}, {"a": {1, 2}}, {"a": "\udfff"}, {"a": UTC}]
)
# Offsets of a part of a minute are in a test of their own.
zones = st.one_of(
    st.just(UTC),
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
    st.timezones(),
)


def _whole_minutes(moment: datetime) -> bool:
    offset = moment.utcoffset()
    return offset is not None and offset % timedelta(minutes=1) == timedelta(0)


moments = st.datetimes(timezones=zones).filter(_whole_minutes)
times = st.one_of(
    moments,
    moments.map(datetime.isoformat),
    st.sampled_from(["2026-06-01T00:00:00Z", "2026-06-01T02:00+02:00", "20260601T000000Z", "2026-06-01T24:00:00Z"]),
)
no_times = st.sampled_from(
    ["", "yesterday", "2026-06-01", "2026-06-01T00:00:00", datetime(2026, 6, 1), "2026-13-01T00:00Z"]
)


def some(**strategies: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Any of these arguments, each also as an explicit None."""
    return st.fixed_dictionaries({}, optional={name: st.none() | each for name, each in strategies.items()})


def one_of(parameter: str, *wrong: str) -> st.SearchStrategy[Any]:
    """One of the words that a document lists, or a wrong one."""
    return st.sampled_from([*WORDS[parameter], *wrong])


WORDS: Mapping[str, Sequence[str]] = {
    "client_env": ENVIRONMENTS,
    "query_type": ("transcript", "semantic"),
    "turn_type": ("user", "agent"),
    "sample": ("random",),
    "direction": ("combined", "user", "agent"),
    "role": ("user", "agent"),
    "annotation_type": ("missing_topic", "wrong_transcript", "wrong_info"),
}

sizes = st.integers(1, 2000) | st.integers(-3, 3) | st.just(10**20) | st.just(True)
offsets = st.integers(-3, 2000) | st.just(10**20) | st.just(True)


def _search(*, wild: bool) -> st.SearchStrategy[dict[str, Any]]:
    wrong, texts = (("other",), words | half) if wild else ((), words)
    return some(
        start_time=times | no_times if wild else times,
        end_time=times | no_times if wild else times,
        query=texts,
        query_type=one_of("query_type", *wrong),
        turn_type=one_of("turn_type", *wrong),
        sample=one_of("sample", *wrong),
        client_env=one_of("client_env", *wrong),
        channel=texts | st.lists(texts, max_size=3) | st.lists(texts, max_size=2).map(tuple),
        variant_id=texts,
        variant_name=texts,
        in_progress=st.booleans(),
        include_latency=st.booleans(),
        limit=sizes if wild else st.integers(1, 1000),
        offset=offsets if wild else st.integers(0, 2000),
        cursor=texts,
        on_invalid=st.sampled_from(["raise", "skip", "raw", *wrong]),
    )


@st.composite
def _lawful_search(draw: st.DrawFn) -> dict[str, Any]:
    """Arguments of a search that go together: what is free is drawn, then what they need is added, or taken away."""
    given = draw(_search(wild=False))
    pair = sorted([draw(moments), draw(moments)])
    if draw(st.booleans()):
        given |= {"start_time": pair[0], "end_time": pair[1]}
    way = draw(st.sampled_from([None, "transcript", "semantic", "sample"])) if given.get("end_time") else None
    for name in ("query", "query_type", "turn_type", "sample", draw(st.sampled_from(["variant_id", "variant_name"]))):
        given.pop(name, None)
    if way == "sample":
        given["sample"] = "random"
    elif way:
        given |= {"query": draw(words), "query_type": way}
        given |= draw(some(turn_type=one_of("turn_type"))) if way == "transcript" else {}
    return given


def is_annotation(each: Given) -> bool:
    """Whether an annotation is one that the document allows."""
    turn = each["turn_id"]
    return (
        type(turn) is int
        and turn >= 0
        and each["role"] in WORDS["role"]
        and each["annotation_type"] in WORDS["annotation_type"]
    )


drawn_annotations = st.fixed_dictionaries(
    {
        "turn_id": st.integers(0, 10**12) | st.sampled_from([-1, True]),
        "role": one_of("role", "nobody"),
        "annotation_type": one_of("annotation_type", "fine"),
    }
)
good_annotations = drawn_annotations.filter(is_annotation)
languages = {"asr_lang_code": words, "tts_lang_code": words}
ARGUMENTS: Mapping[str, st.SearchStrategy[dict[str, Any]]] = {
    "listConversations": some(
        limit=sizes, offset=offsets, on_invalid=st.sampled_from(["raise", "skip", "raw", "other"])
    ),
    "searchConversations": st.one_of(_lawful_search(), _lawful_search(), _search(wild=True)),
    "getConversation": st.just({}),
    "getConversationRecording": some(direction=one_of("direction", "both"), redacted=st.booleans()),
    "getConversationRecordingV3": some(direction=one_of("direction", "both"), redacted=st.booleans()),
    "addAnnotations": st.one_of(
        good_annotations,
        st.fixed_dictionaries({"annotations": st.lists(good_annotations, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"annotations": st.lists(drawn_annotations, max_size=2)}),
        st.fixed_dictionaries(
            {}, optional={"annotations": st.lists(drawn_annotations, min_size=1, max_size=1), "turn_id": st.just(0)}
        ),
    ),
    "upsertNote": st.fixed_dictionaries({"note": st.text() | words | half}),
    "createDebugChat": st.builds(
        dict,
        some(
            variant_id=words,
            channel=words | words | half,
            integration_attributes=objects | objects | no_json,
            **languages,
        ),
        client_env=one_of("client_env", "test"),
    ),
    "sendDebugChatMessage": st.builds(
        dict,
        some(metadata=objects | objects | no_json, **languages),
        message=words | words | half,
        client_env=st.sampled_from(ENVIRONMENTS),
    ),
    "getRedactedAudio": st.fixed_dictionaries({"way": st.sampled_from(["get", "wait", "save"])}),
}
TAKES: Mapping[str, Sequence[str]] = {
    "listConversations": ("agent_id",),
    "searchConversations": ("agent_id", "account_id"),
    "getConversation": ("agent_id", "conversation_id"),
    "getConversationRecording": ("agent_id", "conversation_id"),
    "getConversationRecordingV3": ("agent_id", "account_id", "conversation_id"),
    "addAnnotations": ("agent_id", "conversation_id"),
    "upsertNote": ("agent_id", "conversation_id"),
    "createDebugChat": ("agent_id", "conversation_id"),
    "sendDebugChatMessage": ("agent_id",),
    "getRedactedAudio": ("transcript_id",),
}
"""The ids that each call takes. A message goes to the id that the server gave the chat."""
OPTIONAL = {"agent_id", "account_id"}


@st.composite
def calls(draw: st.DrawFn, operation_id: str) -> Call:
    """Calls of an operation, in all combinations."""
    given = dict(draw(ARGUMENTS[operation_id]))
    ids = draw(st.sampled_from([plain_ids, plain_ids, odd_ids]))
    for name in TAKES[operation_id]:
        if name in OPTIONAL or (operation_id == "createDebugChat" and name == "conversation_id"):
            given |= draw(some(**{name: ids}))
        else:
            given[name] = draw(ids)
    return Call(operation_id, given)

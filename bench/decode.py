"""What a page of typed conversations costs beside pydantic, msgspec and bare JSON: medians of rounds that take turns.

    python bench/decode.py [--rounds 9] [--conversations 220] [--turns 20]

The peers' classes are made from the annotations of our models, so that they say the same. Ours also keep what the
document does not name, and what does not fit it; the rows below the first say what looking at that costs.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
import types
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import orjson
import pydantic

from polyai_data import models
from polyai_data_client.models import GetConversationsV3

GOAL = 1.0
"""Of pydantic's time, with the standard library's JSON."""


def page(conversations: int, turns: int) -> bytes:
    """A page of a search."""
    rows = [
        {**CONVERSATION, "id": f"CA{row:032x}", "turns": [turn(at) for at in range(turns)]}
        for row in range(conversations)
    ]
    return json.dumps({"conversations": rows, "cursor": "next"}).encode()


CONVERSATION = {
    "account_id": "ws-1",
    "project_id": "PROJECT-1",
    "environment": "live",
    "channel": "VOICE-SIP",
    "started_at": "2026-06-03T14:00:38.580000+00:00",
    "in_progress": False,
    "variant_id": None,
    "note": None,
    "from_number": "+15550100",
    "to_number": "+15550101",
    "handoff": False,
    "handoff_reason": None,
    "num_turns": 20,
    "total_duration": 73,
    "polyai_duration": 70,
    "num_silences": 1,
    "num_ood": 0,
    "metrics": {"CALL_DURATION": "73", "CALL_ANSWERED_BY": ["human", "machine"]},
    "state": {"step": "end"},
}


def turn(at: int) -> dict[str, Any]:
    """A turn with the properties that the vendor documents."""
    return {
        "user_input": f"I would like a table for {at} at eight, please, by the window.",
        "user_input_datetime": f"2026-06-03T14:{at % 60:02}:38.580000+00:00",
        "agent_response": f"Of course. A table for {at} at eight. Is there anything else?",
        "agent_response_datetime": f"2026-06-03T14:{at % 60:02}:40.120000+00:00",
        **dict.fromkeys(("user_input_dtmf", "translated_user_input", "english_agent_response"), ""),
        "latency": 1.25 + at,
        "intents": ["book_table"],
        "is_ood": False,
        "is_silence": at % 7 == 0,
        "entities": [{"people": str(at), "time": ["20:00", "eight"]}] if at % 4 == 0 else [],
    }


def peer(hint: Any, model: Callable[[Any], Any]) -> Any:
    """The annotation `hint` with the classes of a peer, which `model` gives for ours."""
    inside = tuple(peer(each, model) for each in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        return Union[inside]  # noqa: UP007 - of a tuple
    if get_origin(hint) is list:
        return list[inside[0]]  # type: ignore[valid-type]
    if not hasattr(hint, "_properties"):
        return hint
    return model(hint) if hint._properties else get_type_hints(hint)["additional_properties"]


def fields(kind: Any, model: Callable[[Any], Any]) -> dict[str, Any]:
    """The properties of a model and their annotations."""
    hints = get_type_hints(kind)
    return {name: peer(hints[attribute], model) for name, (attribute, _) in kind._properties.items()}


@cache
def in_pydantic(kind: Any) -> Any:
    """The model as pydantic has it."""
    named = fields(kind, in_pydantic).items()
    return pydantic.create_model(
        kind.__name__, **{name: (hint, ... if name in kind._required else None) for name, hint in named}
    )


@cache
def in_msgspec(kind: Any) -> Any:
    """The model as msgspec has it."""
    named = fields(kind, in_msgspec).items()
    rows = [(name, hint) if name in kind._required else (name, hint, None) for name, hint in named]
    return msgspec.defstruct(kind.__name__, rows, kw_only=True)


def ours(body: bytes, loads: Callable[[bytes], Any], look: Callable[[Any], Any] = id) -> list[Any]:
    """The page's conversations as our models, at each of which `look` looks."""
    made = [models.ConversationSummaryV3.from_dict(row) for row in loads(body)["conversations"]]
    for each in made:
        look(each)
    return made


def contenders(body: bytes) -> dict[str, Callable[[], Any]]:
    """What is measured, by its name."""
    quick, read = msgspec.json.decode, in_pydantic(GetConversationsV3).model_validate_json
    structs = msgspec.json.Decoder(in_msgspec(GetConversationsV3)).decode
    return {
        "ours": partial(ours, body, json.loads),
        "ours, extra fast": partial(ours, body, quick),
        "ours, and unread": partial(ours, body, json.loads, lambda made: made.unread),
        "ours, unread, fast": partial(ours, body, quick, lambda made: made.unread),
        "ours, every turn": partial(ours, body, json.loads, lambda made: made.turns),
        "ours, turns, fast": partial(ours, body, quick, lambda made: made.turns),
        "pydantic": partial(read, body),
        "msgspec structs": partial(structs, body),
        "json.loads": partial(json.loads, body),
        "msgspec untyped": partial(quick, body),
        "orjson": partial(orjson.loads, body),
    }


def measure(named: dict[str, Callable[[], Any]], rounds: int) -> dict[str, float]:
    """The median of each in seconds, after a round that does not count."""
    times: dict[str, list[float]] = {name: [] for name in named}
    for number in range(rounds + 1):
        for name, run in named.items():
            gc.collect()
            started = time.perf_counter()
            made = run()
            seconds = time.perf_counter() - started
            del made
            if number:
                times[name].append(seconds)
    return {name: statistics.median(each) for name, each in times.items()}


def main() -> int:
    """Measure, and print a line for each; the status is 1 when the goal is missed."""
    parser = argparse.ArgumentParser(description="What typed models cost beside their peers'.")
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--conversations", type=int, default=220)
    parser.add_argument("--turns", type=int, default=20)
    options = parser.parse_args()
    body = page(options.conversations, options.turns)
    seconds = measure(contenders(body), options.rounds)
    print(f"a page of {options.conversations} conversations with {options.turns} turns, {len(body):,} bytes")
    print(f"{'':20}{'ms':>9}{'pydantic':>10}{'msgspec':>9}")
    for name, each in seconds.items():
        ratios = f"{each / seconds['pydantic']:>10.2f}{each / seconds['msgspec structs']:>9.2f}"
        print(f"{name:20}{each * 1000:>9.3f}{ratios}")
    ratio = seconds["ours"] / seconds["pydantic"]
    print(f"ours: {ratio:.2f} of pydantic's time (goal: below {GOAL})")
    return 0 if ratio < GOAL else 1


if __name__ == "__main__":
    sys.exit(main())

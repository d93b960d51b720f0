"""decode: a page of typed conversations, beside pydantic, msgspec and bare JSON.

The peers' classes are made from the annotations of our models, so that they say the same. Ours keep besides what the
document does not name, and what does not fit it: the further cases say what looking costs.
"""

# pyright: reportMissingImports=false
from __future__ import annotations

import json
import types
from collections.abc import Callable
from functools import cache, partial
from typing import Any, Union, get_args, get_origin, get_type_hints

import msgspec
import orjson
import pydantic

from bench.measure import Line, in_turns, lines
from bench.samples import conversation, match
from polyai_data import models
from polyai_data_client.models import ConversationDetailResponse, GetConversationsV3

CASES: tuple[tuple[str, Callable[[bytes], Any], Callable[[Any], Any]], ...] = (
    ("", json.loads, id),
    (", extra fast", msgspec.json.decode, id),
    (" and what is unread", json.loads, lambda made: made.unread),
    (" and what is unread, extra fast", msgspec.json.decode, lambda made: made.unread),
    (" and every turn", json.loads, lambda made: made.turns),
    (" and every turn, extra fast", msgspec.json.decode, lambda made: made.turns),
)
"""What of our models is looked at, and with what JSON is read. A client looks at what is unread, to log it."""


def rows(rounds: int) -> list[Line]:
    """The lines: a page of 220 conversations, and single ones."""
    page = json.dumps({"conversations": [match(row, 20) for row in range(220)], "cursor": "next"}).encode()
    made = _lines("220 with 20 turns", page, GetConversationsV3, partial(_page, page), rounds)
    for turns in (20, 2):
        body = json.dumps(conversation(0, turns)).encode()
        made += _lines(f"one with {turns} turns", body, ConversationDetailResponse, partial(_one, body), rounds)
    return made


def _lines(work: str, body: bytes, kind: Any, ours: Callable[..., object], rounds: int) -> list[Line]:
    times = 1 if len(body) > 1e6 else 200
    contenders: dict[str, Callable[[], object]] = {case: partial(ours, loads, look) for case, loads, look in CASES}
    contenders |= {
        "pydantic": partial(_in_pydantic(kind).model_validate_json, body),
        "msgspec structs": partial(msgspec.json.Decoder(_in_msgspec(kind)).decode, body),
        "json.loads": partial(json.loads, body),
        "orjson": partial(orjson.loads, body),
    }
    medians = in_turns(contenders, rounds, times=times)
    made = lines(
        "decode", work, medians, {"pydantic": 1.0, "msgspec structs": None, "json.loads": None, "orjson": None}
    )
    further = (Line("decode", work + case, medians[case], "pydantic", medians["pydantic"]) for case, *_ in CASES[1:])
    return [*made, *further]


def _page(body: bytes, loads: Callable[[bytes], Any], look: Callable[[Any], Any]) -> list[Any]:
    made = [models.ConversationSummaryV3.from_dict(row) for row in loads(body)["conversations"]]
    for each in made:
        look(each)
    return made


def _one(body: bytes, loads: Callable[[bytes], Any], look: Callable[[Any], Any]) -> Any:
    made = models.ConversationDetailResponse.from_dict(loads(body))
    look(made)
    return made


def _theirs(hint: Any, model: Callable[[Any], Any]) -> Any:
    """The annotation `hint` with the classes of a peer, which `model` gives for ours."""
    inside = tuple(_theirs(each, model) for each in get_args(hint))
    if get_origin(hint) in (Union, types.UnionType):
        return Union[inside]  # noqa: UP007 - of a tuple
    if get_origin(hint) in (list, dict):
        return get_origin(hint)[inside]
    if not hasattr(hint, "_properties"):
        return hint
    return model(hint) if hint._properties else _theirs(get_type_hints(hint)["additional_properties"], model)


def _fields(kind: Any, model: Callable[[Any], Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {name: _theirs(hints[attribute], model) for name, (attribute, _) in kind._properties.items()}


@cache
def _in_pydantic(kind: Any) -> Any:
    named = _fields(kind, _in_pydantic).items()
    fields: dict[str, Any] = {name: (hint, ... if name in kind._required else None) for name, hint in named}
    return pydantic.create_model(kind.__name__, **fields)


@cache
def _in_msgspec(kind: Any) -> Any:
    named = _fields(kind, _in_msgspec).items()
    rows = [(name, hint) if name in kind._required else (name, hint, None) for name, hint in named]
    return msgspec.defstruct(kind.__name__, rows, kw_only=True)

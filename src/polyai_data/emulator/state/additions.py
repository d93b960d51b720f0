"""Conversations that tests add to the seeded ones."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from polyai_data.emulator.data.model import VOICE, Agent
from polyai_data.emulator.data.script import spoken
from polyai_data.emulator.data.world import World
from polyai_data.emulator.state.listing import Added
from polyai_data.schema import Shape

_DEFAULTS = {"channel": VOICE, "environment": "live", "in_progress": False}


def check(world: World, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values of an added conversation with their defaults; ValueError when one is invalid.

    They are named as in `Emulator.add_conversation`; `started_at` is text. Without `said`, a script is played.
    """
    values = {**_DEFAULTS, **values}
    environments = world.polyai.operation("searchConversations").parameter("client_env").enum
    if complaints := _shape(tuple(environments)).complaints(values, "conversation"):
        raise ValueError("; ".join(complaints))
    # JSON can spell half a surrogate pair, but no response could carry it.
    json.dumps(values, ensure_ascii=False).encode()
    return values


def make(world: World, agent: Agent, number: int, values: Mapping[str, Any]) -> Added:
    """The conversation of `agent` with these values and that number, which no seeded one has."""
    draft = world.draft(
        agent,
        number,
        started_at=datetime.fromisoformat(values["started_at"]),
        in_progress=values["in_progress"],
        scenario=spoken(values["said"]) if values.get("said") else None,
    )
    traits = replace(world.traits(agent.id, number), channel=values["channel"], environment=values["environment"])
    return Added(world.play(agent, number, draft, traits), draft)


@functools.cache
def _shape(environments: tuple[str, ...]) -> Shape:
    turn = {"type": "array", "items": {"type": "string"}, "minItems": 2, "maxItems": 2}
    properties = {
        "started_at": {"type": "string", "format": "date-time"},
        "channel": {"type": "string", "minLength": 1},
        "environment": {"enum": list(environments)},
        "in_progress": {"type": "boolean"},
        "said": {"type": "array", "minItems": 1, "items": turn},
    }
    return Shape({"type": "object", "additionalProperties": False, "properties": properties}, {})

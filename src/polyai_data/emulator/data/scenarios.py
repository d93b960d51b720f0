"""What the seeded conversations are about: the scripts of `scenarios.yaml`, and the fillings of their gaps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml


@dataclass(frozen=True, slots=True)
class Exchange:
    """What the user says and the agent's reply. The first exchange of a script has no words of the user."""

    user: str
    agent: str
    intents: tuple[str, ...] = ()
    entities: Mapping[str, str | list[str]] = field(default_factory=dict)
    """Entity name to the gap, or gaps, whose filling is its value."""
    user_english: str = ""
    agent_english: str = ""
    dtmf: str = ""
    function: str = ""
    """Name of the function that the agent ran before it replied."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A script, and the description of conversations that follow it."""

    name: str
    summary: str
    exchanges: tuple[Exchange, ...]
    topics: tuple[str, ...]
    """At least two, the main one first."""
    language: str = "en"
    handoff_destination: str = ""
    handoff_reason: str = ""


def _scenario(raw: dict[str, Any]) -> Scenario:
    exchanges = tuple(
        Exchange(**{"user": "", **exchange, "intents": tuple(exchange.get("intents", ()))})
        for exchange in raw["exchanges"]
    )
    return Scenario(**{**raw, "exchanges": exchanges, "topics": tuple(raw["topics"])})


SCENARIOS = tuple(
    map(_scenario, yaml.safe_load(Path(__file__).with_name("scenarios.yaml").read_text(encoding="utf-8")))
)
SILENCE = Exchange("", "Are you still there?")
OUT_OF_DOMAIN = Exchange("Do you think it will rain tomorrow?", "I cannot help with that, I am afraid. Where were we?")

NAMES = (
    "Ada Example", "Zoë Sample", "José Muster", "Łukasz Testowy", "Siobhán O'Sample",
    "Renée d'Exemple", "Björn Beispiel", "Mei-Lin Placeholder", "Ngozi Specimen", "山田 見本",
)  # fmt: skip
COMPANIES = ("Café Example", "Sample & Sons", "Hotel Muster", "Specimen Travel")
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday")
TIMES = ("half past five", "six o'clock", "a quarter to seven", "eight o'clock")

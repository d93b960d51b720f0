"""The options of the plugin and of the program, which shows them without importing what they need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any


@dataclass(frozen=True, slots=True)
class Effort:
    """How much schemathesis generates.

    Attributes:
        examples: random requests of each operation.
        phases: the phases of schemathesis.
        steps: requests in a chain of linked ones.
    """

    examples: int
    phases: tuple[str, ...]
    steps: int = 5


PROFILES: Mapping[str, Effort] = MappingProxyType({
    "quick": Effort(3, ("coverage", "stateful")),
    "full": Effort(40, ("examples", "coverage", "fuzzing", "stateful"), 8),
})  # fmt: skip
"""How much is generated, by name."""
RULES = Path(__file__).with_name("rules")
PREFIX = "--conformance-"
OPTIONS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "live": {"action": "store_true", "help": "test the vendors' servers, with the key, region and agent of the "
             "environment: slowly, and read-only"},
    "connect-to": {"metavar": "ADDRESS", "help": "test another server on this machine: an emulator, with its own data, "
                   "which are put back at the end, or one that plays the data of the seed"},
    "as-documented": {"action": "store_true", "help": "test an emulator that responds as the vendors' documents say "
                      "(default: one that responds as the live API was seen to)"},
    "write": {"metavar": "AGENT_ID", "help": "with live: a test agent whose data may be changed"},
    "transcript": {"metavar": "ID", "help": "with live: an AssemblyAI transcript whose redacted file is ready"},
    "header": {"action": "append", "default": [], "metavar": "'NAME: VALUE'", "help": "a header for every request; not "
               "with live"},
    "profile": {"choices": tuple(PROFILES), "default": "full", "help": "how thorough to be (default: full)"},
    "examples": {"type": int, "metavar": "N", "help": "random requests of each operation and phase"},
    "seed": {"type": int, "default": 1, "metavar": "N", "help": "number that data and generated requests follow from "
             "(default: 1)"},
    "only": {"action": "append", "default": [], "metavar": "RULE", "help": "judge the rules whose ids begin so; "
             "repeatable"},
    "html": {"metavar": "FILE", "help": "write the report as a page"},
    "json": {"metavar": "FILE", "help": "write the report as JSON"},
})  # fmt: skip
"""Options of the plugin, after `PREFIX`, and of the program."""

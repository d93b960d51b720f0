"""How much schemathesis generates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is generated.

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

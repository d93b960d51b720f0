"""The rooms in which an operation of the documents must be, and the operations that are in all of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Collection, Mapping
from pathlib import Path

from polyai_data.emulator.operations import HANDLERS
from tests.facade import calls, document_clients
from tests.support.document import Operation, operations

ROOT = Path(__file__).parents[2]


@functools.cache
def rooms() -> Mapping[str, Collection[str]]:
    """The operation ids that each room knows, by what the room has for an operation and where."""
    tour = (ROOT / "scripts" / "tour.py").read_text(encoding="utf-8")
    mutants = (ROOT / "tests" / "conformance" / "mutants").glob("*.py")
    return {
        "handler in src/polyai_data/emulator/operations/__init__.py": HANDLERS,
        "call in tests/facade/calls.py": calls.CALLS,
        "call in tests/facade/document_clients.py": document_clients.CALLS,
        "step in scripts/tour.py": re.findall(r'tour\.step\("(\w+)"', tour),
        "mutant in tests/conformance/mutants/": re.findall(
            r"\w+", " ".join(path.read_text(encoding="utf-8") for path in mutants)
        ),
    }


def missing() -> list[str]:
    """What rooms lack, a line for each operation and room."""
    return [
        f"{operation.id} ({operation.method} {operation.path}) has no {what}"
        for operation in operations().values()
        for what, known in rooms().items()
        if operation.id not in known
    ]


def complete() -> dict[str, Operation]:
    """The operations that every room knows, by id: tests of every operation run over these."""
    return {name: each for name, each in operations().items() if all(name in known for known in rooms().values())}

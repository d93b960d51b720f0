"""Tests any server against the patched documents. Needs the extra `conformance`.

    from polyai_data.conformance import of_emulator, run
    from polyai_data.emulator import Emulator

    with Emulator(seed=1) as emulator:
        result = run(of_emulator(emulator))
    assert result.status == 0

`python -m polyai_data.conformance` is the program, and `polyai_data.conformance.plugin` the pytest plugin.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data.conformance.options import PROFILES, Effort
    from polyai_data.conformance.result import Result
    from polyai_data.conformance.session import run
    from polyai_data.conformance.target import Target, live, of_emulator

__all__ = ["PROFILES", "Effort", "Result", "Target", "live", "of_emulator", "run"]

_MODULES = {
    **dict.fromkeys(("PROFILES", "Effort"), "options"),
    "Result": "result",
    "run": "session",
    **dict.fromkeys(("Target", "live", "of_emulator"), "target"),
}
EXTRA = frozenset(
    {"httptools", "hypothesis", "ijson", "jinja2", "jsonschema_rs", "pytest", "rich", "schemathesis", "uvicorn", "yaml"}
)
"""The modules of the extra."""


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    try:
        # Imported on first use, since it needs the extra.
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        if error.name in EXTRA:
            raise ModuleNotFoundError(needed(error.name or ""), name=error.name) from error
        raise
    return getattr(module, name)


def needed(name: str) -> str:
    return f"the conformance tests need {name}: pip install 'polyai-data[conformance]'"

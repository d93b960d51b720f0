"""Holds any server against the patched documents. Needs the extra `conformance`.

    from polyai_data.conformance import of_emulator, run
    from polyai_data.emulator import Emulator

    with Emulator(seed=1) as emulator:
        result = run(of_emulator(emulator, seed=1))
    assert result.status == 0

`python -m polyai_data.conformance` runs it as a program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data.conformance.plugin import PROFILES, Result, Settings, run
    from polyai_data.conformance.target import Target, live, of_emulator

__all__ = ["PROFILES", "Result", "Settings", "Target", "live", "of_emulator", "run"]

_HOMES = {
    "PROFILES": "plugin",
    "Result": "plugin",
    "Settings": "plugin",
    "Target": "target",
    "live": "target",
    "of_emulator": "target",
    "run": "plugin",
}
EXTRA = frozenset({"hypothesis", "jinja2", "jsonschema_rs", "rich", "schemathesis", "uvicorn", "yaml"})
"""What the extra brings, by the names that are imported."""


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415 - nothing of the extra is needed before it is used

    try:
        module = importlib.import_module(f"{__name__}.{_HOMES[name]}")
    except ModuleNotFoundError as error:
        if error.name in EXTRA:
            raise ModuleNotFoundError(needed(error.name or ""), name=error.name) from error
        raise
    return getattr(module, name)


def needed(name: str) -> str:
    """What to say when `name` is not installed."""
    return f"the conformance tests need {name}: pip install 'polyai-data[conformance]'"

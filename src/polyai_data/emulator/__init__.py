"""An emulator of PolyAI's and AssemblyAI's hosts, for tests and for trying things out. Needs the extra `emulator`.

    from polyai_data.emulator import Emulator

    with Emulator(seed=1) as emulator:
        client = emulator.client()

`python -m polyai_data.emulator` runs it as a program.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data.emulator.data.clock import Clock
    from polyai_data.emulator.data.keys import Key
    from polyai_data.emulator.data.model import Account, Agent, Conversation
    from polyai_data.emulator.faults.random_faults import Misbehaviour
    from polyai_data.emulator.faults.schedule import Schedule
    from polyai_data.emulator.server import Emulator
    from polyai_data.emulator.state.state import RequestRecord, Transcript

__all__ = [
    "Account",
    "Agent",
    "Clock",
    "Conversation",
    "Emulator",
    "Key",
    "Misbehaviour",
    "RequestRecord",
    "Schedule",
    "Transcript",
]

_MODULES = {
    **dict.fromkeys(("Account", "Agent", "Conversation"), "data.model"),
    **dict.fromkeys(("RequestRecord", "Transcript"), "state.state"),
    "Clock": "data.clock",
    "Emulator": "server",
    "Key": "data.keys",
    "Misbehaviour": "faults.random_faults",
    "Schedule": "faults.schedule",
}
_EXTRA = frozenset({"httptools", "jsonschema_rs", "uvicorn", "yaml"})


def __getattr__(name: str) -> Any:
    # Imported on first use: the pytest plugin is loaded in runs that never need it.
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    import importlib  # noqa: PLC0415

    try:
        module = importlib.import_module(f"{__name__}.{_MODULES[name]}")
    except ModuleNotFoundError as error:
        if error.name in _EXTRA:
            message = f"the emulator needs {error.name}: pip install 'polyai-data[emulator]'"
            raise ModuleNotFoundError(message, name=error.name) from error
        raise
    return getattr(module, name)

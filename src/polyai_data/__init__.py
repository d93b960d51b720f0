"""The client of PolyAI's Data API and of AssemblyAI's redacted audio.

    from polyai_data import PolyAI

    with PolyAI(region="us", agent_id="PROJECT-58RP822I") as polyai:
        for conversation in polyai.conversations.list():
            print(conversation.conversation_id)

`PolyAI` and `AssemblyAI` are synchronous, `AsyncPolyAI` and `AsyncAssemblyAI` their asynchronous twins. Errors are in
`polyai_data.errors`, the models of answers in `polyai_data.models`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data import errors, models
    from polyai_data._async.client import AsyncAssemblyAI, AsyncPolyAI
    from polyai_data._async.debug_chat import AsyncDebugChat
    from polyai_data._async.paginator import AsyncPaginator
    from polyai_data._async.recording import AsyncRecording
    from polyai_data._sync.client import AssemblyAI, PolyAI
    from polyai_data._sync.debug_chat import DebugChat
    from polyai_data._sync.paginator import Paginator
    from polyai_data._sync.recording import Recording
    from polyai_data.config import Timeout
    from polyai_data.errors import ConfigError, PolyAIError
    from polyai_data.paging import Page

__version__ = "0.1.0"

_HOMES = {
    "AssemblyAI": "_sync.client",
    "AsyncAssemblyAI": "_async.client",
    "AsyncDebugChat": "_async.debug_chat",
    "AsyncPaginator": "_async.paginator",
    "AsyncPolyAI": "_async.client",
    "AsyncRecording": "_async.recording",
    "ConfigError": "errors",
    "DebugChat": "_sync.debug_chat",
    "Page": "paging",
    "Paginator": "_sync.paginator",
    "PolyAI": "_sync.client",
    "PolyAIError": "errors",
    "Recording": "_sync.recording",
    "Timeout": "config",
}

__all__ = [
    "AssemblyAI",
    "AsyncAssemblyAI",
    "AsyncDebugChat",
    "AsyncPaginator",
    "AsyncPolyAI",
    "AsyncRecording",
    "ConfigError",
    "DebugChat",
    "Page",
    "Paginator",
    "PolyAI",
    "PolyAIError",
    "Recording",
    "Timeout",
    "__version__",
    "errors",
    "models",
]


def __getattr__(name: str) -> Any:
    # Loaded on first use: the HTTP library takes longer to import than everything else, and a test run that only has
    # the pytest plugin installed should not wait for it.
    if name in _HOMES:
        value = getattr(import_module(f"polyai_data.{_HOMES[name]}"), name)
    elif name in {"errors", "models"}:
        value = import_module(f"polyai_data.{name}")
    else:
        raise AttributeError(f"module 'polyai_data' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})

"""The client of PolyAI's Data API and of AssemblyAI's redacted audio.

    from polyai_data import PolyAI

    with PolyAI(region="us", agent_id="PROJECT-58RP822I") as polyai:
        for conversation in polyai.conversations.list():
            print(conversation.conversation_id)

`PolyAI` and `AssemblyAI` are synchronous, `AsyncPolyAI` and `AsyncAssemblyAI` their asynchronous twins. Errors are in
`polyai_data.errors`, the models of responses in `polyai_data.models`.
"""

from __future__ import annotations

import importlib as _importlib
import typing as _typing

from polyai_data._version import __version__

if _typing.TYPE_CHECKING:
    from polyai_data import errors, models
    from polyai_data._async.client import AsyncAssemblyAI, AsyncPolyAI
    from polyai_data._async.conversations import AsyncConversations
    from polyai_data._async.debug_chat import AsyncDebugChat, AsyncDebugChats
    from polyai_data._async.paginator import AsyncPaginator
    from polyai_data._async.recording import AsyncRecording
    from polyai_data._async.recordings import AsyncRecordings
    from polyai_data._async.redacted_audio import AsyncRedactedAudios
    from polyai_data._sync.client import AssemblyAI, PolyAI
    from polyai_data._sync.conversations import Conversations
    from polyai_data._sync.debug_chat import DebugChat, DebugChats
    from polyai_data._sync.paginator import Paginator
    from polyai_data._sync.recording import Recording
    from polyai_data._sync.recordings import Recordings
    from polyai_data._sync.redacted_audio import RedactedAudios
    from polyai_data.errors import ConfigError, PolyAIError
    from polyai_data.export.run import frame
    from polyai_data.options import Timeout
    from polyai_data.paging import Page
    from polyai_data.tracing import Exchange, exchanges

_MODULES = {
    "client": ("AssemblyAI", "PolyAI"),
    "conversations": ("Conversations",),
    "debug_chat": ("DebugChat", "DebugChats"),
    "paginator": ("Paginator",),
    "recording": ("Recording",),
    "recordings": ("Recordings",),
    "redacted_audio": ("RedactedAudios",),
}
_ORIGINS = {
    "ConfigError": "errors",
    "Exchange": "tracing",
    "Page": "paging",
    "PolyAIError": "errors",
    "Timeout": "config",
    "exchanges": "tracing",
    "frame": "export.run",
    **{name: f"_sync.{module}" for module, names in _MODULES.items() for name in names},
    **{f"Async{name}": f"_async.{module}" for module, names in _MODULES.items() for name in names},
}

__all__ = [
    "AssemblyAI",
    "AsyncAssemblyAI",
    "AsyncConversations",
    "AsyncDebugChat",
    "AsyncDebugChats",
    "AsyncPaginator",
    "AsyncPolyAI",
    "AsyncRecording",
    "AsyncRecordings",
    "AsyncRedactedAudios",
    "ConfigError",
    "Conversations",
    "DebugChat",
    "DebugChats",
    "Exchange",
    "Page",
    "Paginator",
    "PolyAI",
    "PolyAIError",
    "Recording",
    "Recordings",
    "RedactedAudios",
    "Timeout",
    "__version__",
    "errors",
    "exchanges",
    "frame",
    "models",
]


def __getattr__(name: str) -> _typing.Any:
    # Imported on first use: the HTTP library takes long to import, and the pytest plugin does not need it.
    if name in {"errors", "models"}:
        value = _importlib.import_module(f"polyai_data.{name}")
    elif name in _ORIGINS:
        value = getattr(_importlib.import_module(f"polyai_data.{_ORIGINS[name]}"), name)
    else:
        raise AttributeError(f"module 'polyai_data' has no attribute {name!r}")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)

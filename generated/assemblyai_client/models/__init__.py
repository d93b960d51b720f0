# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""The models of requests and responses. Each is imported when it is first used, as importing all takes long."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .error import Error
    from .redacted_audio import RedactedAudio
    from .redacted_audio_pending import RedactedAudioPending
else:
    _MODULES = {
        "Error": ".error",
        "RedactedAudio": ".redacted_audio",
        "RedactedAudioPending": ".redacted_audio_pending",
    }

    def __getattr__(name):
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = globals()[name] = getattr(import_module(_MODULES[name], __name__), name)
        return value

    def __dir__():
        return [*globals(), *_MODULES]


__all__ = (
    "Error",
    "RedactedAudio",
    "RedactedAudioPending",
)

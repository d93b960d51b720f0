# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .redacted_audio import RedactedAudio
from .redacted_audio_pending import RedactedAudioPending

__all__ = (
    "Error",
    "RedactedAudio",
    "RedactedAudioPending",
)

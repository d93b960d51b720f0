# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
"""Contains all the data models used in inputs/outputs"""

from .error import Error
from .redacted_audio import RedactedAudio

__all__ = (
    "Error",
    "RedactedAudio",
)

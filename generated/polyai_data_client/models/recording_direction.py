# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Literal

RecordingDirection = Literal["agent", "combined", "user"]

RECORDING_DIRECTION_VALUES: set[RecordingDirection] = {
    "agent",
    "combined",
    "user",
}


def check_recording_direction(value: str) -> RecordingDirection:
    if value in RECORDING_DIRECTION_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {RECORDING_DIRECTION_VALUES!r}")

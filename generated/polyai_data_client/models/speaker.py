# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Literal

Speaker = Literal["agent", "user"]

SPEAKER_VALUES: set[Speaker] = {
    "agent",
    "user",
}


def check_speaker(value: str) -> Speaker:
    if value in SPEAKER_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SPEAKER_VALUES!r}")

# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Literal

SampleMethod = Literal["random"]

SAMPLE_METHOD_VALUES: set[SampleMethod] = {
    "random",
}


def check_sample_method(value: str) -> SampleMethod:
    if value in SAMPLE_METHOD_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {SAMPLE_METHOD_VALUES!r}")

# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Literal

QueryType = Literal["semantic", "transcript"]

QUERY_TYPE_VALUES: set[QueryType] = {
    "semantic",
    "transcript",
}


def check_query_type(value: str) -> QueryType:
    if value in QUERY_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {QUERY_TYPE_VALUES!r}")

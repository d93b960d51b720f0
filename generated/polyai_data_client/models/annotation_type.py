# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from typing import Literal

AnnotationType = Literal["missing_topic", "wrong_info", "wrong_transcript"]

ANNOTATION_TYPE_VALUES: set[AnnotationType] = {
    "missing_topic",
    "wrong_info",
    "wrong_transcript",
}


def check_annotation_type(value: str) -> AnnotationType:
    if value in ANNOTATION_TYPE_VALUES:
        return value
    raise TypeError(f"Unexpected value {value!r}. Expected one of {ANNOTATION_TYPE_VALUES!r}")

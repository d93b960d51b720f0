"""Places in a response, by its schema: the same for every item of a list, and without the names that data has."""

from __future__ import annotations

import re
from collections.abc import Iterator

from polyai_data.conformance.exchange import Difference
from polyai_data.schema import Shape, kind_of

BODY = "the body"
_REQUIRED = re.compile(r'"(.+)" is a required property')
ABSENT = "absent"
"""What is seen of a required field that is not there."""


def faults(shape: Shape, value: object) -> Iterator[Difference]:
    """What is wrong with a body: at each place its type, or what else, and the documented type."""
    for steps, message in shape.faults(value):
        text, here, part = "", shape, value
        for step in steps:
            text, here = _step(text, here, step)
            part = part[step]  # type: ignore[index]
        if missing := _REQUIRED.fullmatch(message):
            text, here = _step(text, here, missing[1])
            yield Difference(here.expected, ABSENT, text.lstrip("."))
        else:
            seen = kind_of(part)
            yield Difference(here.expected, message if seen in here.kinds else seen, text.lstrip(".") or BODY)


def _step(text: str, shape: Shape, step: str | int) -> tuple[str, Shape]:
    name, inner = shape.at(step)
    return f"{text}[]" if isinstance(name, int) else f"{text}.{name}", inner

"""Records of shapes: JSON lines, one for each place of a response, without a text, number, id or key of a map."""

from __future__ import annotations

import json
import logging
import re
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from time import monotonic
from typing import Any

from polyai_data import openapi
from polyai_data.atomic_file import Target
from polyai_data.errors import ConfigError, PolyAIError
from polyai_data.shapes import ANY_NAME, COUNTS, ITEMS, OFTEN, WORD, Node, Shapes, publish

HEAD = {"record": "polyai-data shapes", "version": 1}
START = b'{"record": "polyai-data shapes"'
"""What every record begins with."""
EVERY = 60.0
"""Seconds between two times that the record of a client is written."""
_LONGEST_LINE = 1 << 20
_STEP = re.compile(r"\[\]|(?:^|\.)([^.\[\]]+)")

logger = logging.getLogger("polyai_data")


def lines(shapes: Shapes) -> Iterator[bytes]:
    """The record of shapes that are published, line by line."""
    yield json.dumps(HEAD).encode() + b"\n"
    for (operation, status), root in sorted(shapes.roots.items()):
        for place, node in places(root):
            counts = {name: dict(sorted(getattr(node, name).items())) for name in COUNTS if getattr(node, name)}
            line = {"operation": operation, "status": status, "place": place, **counts}
            yield json.dumps(line).encode() + b"\n"


def places(node: Node, place: str = "") -> Iterator[tuple[str, Node]]:
    """Every place in a node, with its path: `conversations[].turns[].latency`."""
    yield place, node
    for name, child in sorted(node.children.items()):
        yield from places(child, inside(place, name))


def inside(place: str, name: str) -> str:
    """The path of what is inside a place."""
    return place + name if name == ITEMS or not place else f"{place}.{name}"


def read(path: Path, shapes: Shapes) -> None:
    """Add the record in the file `path`.

    Raises:
        ValueError: a line is no line of a record; the message names it, without what it holds.
        OSError: the file cannot be read.
    """
    with path.open("rb") as file:
        for number, line in enumerate(iter(lambda: file.readline(_LONGEST_LINE), b""), 1):
            entry: Any = None
            with suppress(ValueError, RecursionError):
                entry = json.loads(line)
            if not (entry == HEAD if number == 1 else isinstance(entry, dict) and _add(entry, shapes)):
                raise ValueError(f"line {number} of {path} is no line of a record of shapes")


def _add(entry: dict[str, Any], shapes: Shapes) -> bool:
    operation, status, place = entry.get("operation"), entry.get("status"), entry.get("place")
    if operation not in shapes.operations or type(status) is not int or not isinstance(place, str):
        return False
    counts = {name: entry.get(name, {}) for name in COUNTS}
    if not all(isinstance(each, dict) and _valid(name, each) for name, each in counts.items()):
        return False
    one, guide = Node(), shapes.guide((operation, status))
    for name, each in counts.items():
        getattr(one, name).update(each)
    node: Node | None = shapes.earlier.setdefault((operation, status), Node())
    steps = [match[1] or ITEMS for match in _STEP.finditer(place)]
    for number, step in enumerate(steps, 1):
        # By way of the guide, as a record may be made by hand and name what must not be named.
        name, guide = (ITEMS, guide.items) if step == ITEMS else guide.step(step)
        often = number == len(steps) and one.total >= OFTEN
        if node and guide.shape is None and name not in {ITEMS, *node.children} and not often:
            name = ANY_NAME
        node = node and shapes.child(node, name, guide)
    if node is None:
        shapes.left_out += 1
    else:
        publish(one, guide)
        node.merge(one)
    return True


def _valid(name: str, counts: dict[str, Any]) -> bool:
    known = COUNTS[name]
    keys = all(key in known or (name == "words" and (not key or WORD.fullmatch(key))) for key in counts)
    return keys and all(type(count) is int and count >= 0 for count in counts.values())


def all_operations() -> Iterable[openapi.Operation]:
    """The operations of both documents."""
    return (operation for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations)


class Recorder:
    """Keeps the record of a client in the file `path`, from one run to the next. Threads can share it.

    Raises:
        ConfigError: there is another file at `path`, or none can be written there.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._shapes = Shapes(all_operations())
        self._lock = threading.Lock()
        self._written = monotonic()
        self._changed = self._broken = False
        try:
            if path.exists():
                read(path, self._shapes)
            with Target(path):
                pass
        except OSError as error:
            raise ConfigError(f"record: {path} cannot be read: {error.strerror}", argument="record") from None
        except ValueError as error:
            raise ConfigError(f"record: {error}; name a new file", argument="record") from None
        except PolyAIError as error:
            raise ConfigError(f"record: {error}", argument="record") from None

    def add(self, operation_id: str, status: int, body: bytes) -> None:
        """Add a response, and write the record if the last time is long ago. Never raises."""
        with self._lock:
            try:
                self._shapes.add(operation_id, status, body)
                self._changed = True
                if monotonic() - self._written > EVERY:
                    self._write()
            except Exception as error:  # noqa: BLE001 - recording must never break the work
                self._failed(error)

    def write(self) -> None:
        """Write the record, if there is anything new. Never raises."""
        with self._lock:
            try:
                self._write()
            except Exception as error:  # noqa: BLE001 - recording must never break the work
                self._failed(error)

    def _write(self) -> None:
        if self._changed:
            self._changed, self._written = False, monotonic()
            with Target(self._path, private=True) as target:
                target.write(b"".join(lines(self._shapes.published())))
                target.keep()

    def _failed(self, error: Exception) -> None:
        if not self._broken:
            self._broken = True
            # Only our own errors have messages that are known to hold nothing of a response.
            why = str(error) if isinstance(error, PolyAIError) else type(error).__name__
            logger.warning("the record of shapes is not complete: %s", why)

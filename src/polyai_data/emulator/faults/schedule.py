"""A schedule: which calls go wrong, and how, read from a file in YAML or JSON.

    - operation: searchConversations   # an operation id, or signedLink; without it, every request to the vendors' hosts
      region: eu                       # without it, every region
      calls: [2, 4-6, 9-]              # counted from 1; without it, every call
      kind: 503                        # a kind of misbehaviour by its name, or the headers of a request:
    - operation: getConversation
      status: 429                      # X-Emulator-Status
      retry-after: date=1              # X-Emulator-Retry-After
    - fault: delay=0.2, truncate       # X-Emulator-Fault

Each entry counts the calls that match it. Of several entries that are due, the first one applies.
"""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from polyai_data import openapi
from polyai_data.emulator.faults import switches
from polyai_data.emulator.faults.random_faults import KINDS
from polyai_data.emulator.faults.switches import FAULT, RETRY_AFTER, STATUS
from polyai_data.emulator.http.locate import Kind

_HEADERS = {"status": STATUS, "retry-after": RETRY_AFTER, "fault": FAULT}
_FIELDS = ("operation", "region", "calls", "kind", *_HEADERS)
_CALLS = re.compile(r"([1-9][0-9]{0,8})(-([1-9][0-9]{0,8})?)?")


class ScheduleError(ValueError):
    """An invalid schedule; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Entry:
    line: int
    headers: Mapping[str, str]
    """The headers that ask for the same on a single request."""
    operation: str | None = None
    region: str | None = None
    calls: tuple[tuple[int, int | None], ...] | None = None
    """First and last call of each range; a last one of None means all that follow. None: all calls."""

    def matches(self, operation: str | None, region: str | None) -> bool:
        return self.operation in {None, operation} and self.region in {None, region}

    def due(self, call: int) -> bool:
        """Whether the call of that number, counted from 1, goes wrong."""
        return self.calls is None or any(first <= call and (last is None or call <= last) for first, last in self.calls)


@dataclass(frozen=True, slots=True)
class Schedule:
    """The entries of a schedule, in order."""

    entries: tuple[Entry, ...]

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Schedule:
        """Read a file.

        Raises:
            ScheduleError: the file is invalid; the message begins with the file and the line.
            OSError: it cannot be read.
        """
        name = os.fspath(path)
        try:
            # Nodes have lines, values do not.
            loader = yaml.SafeLoader(Path(path).read_bytes())
            node = loader.get_single_node()
            values = None if node is None else loader.construct_document(node)
        except (yaml.YAMLError, ValueError) as error:
            line, reason = 1, str(error)
            if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
                line, reason = error.problem_mark.line + 1, str(error.problem)
            raise ScheduleError(f"{name}:{line}: is not YAML ({reason})") from error
        if node is None or values is None:
            return cls(())
        if not isinstance(values, list):
            raise ScheduleError(f"{name}:{node.start_mark.line + 1}: must be a list of entries")
        return cls(tuple(_entry(name, each, value) for each, value in zip(node.value, values, strict=True)))


class Calls:
    """Counts calls, and says which of them are due to go wrong; without a `schedule` none is."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        self._entries = () if schedule is None else schedule.entries
        self._counts = [0] * len(self._entries)

    def count(self, operation: str | None, region: str | None) -> Entry | None:
        """Count a call; the entry that it is due for, if any."""
        due = None
        for index, entry in enumerate(self._entries):
            if entry.matches(operation, region):
                self._counts[index] += 1
                if due is None and entry.due(self._counts[index]):
                    due = entry
        return due


def _entry(file: str, node: yaml.Node, value: Any) -> Entry:
    line = node.start_mark.line + 1
    if not isinstance(node, yaml.MappingNode):
        raise ScheduleError(f"{file}:{line}: an entry must have names and values, as in `status: 503`")
    lines: dict[str, int] = {}
    for key, _ in node.value:
        name = str(key.value).replace("_", "-")
        if name in lines:
            raise ScheduleError(f"{file}:{key.start_mark.line + 1}: {name}: is given twice")
        lines[name] = key.start_mark.line + 1
    try:
        return _checked(line, {name: _text(name, each) for name, each in zip(lines, value.values(), strict=True)})
    except ValueError as error:
        message = str(error).removeprefix("x-emulator-")
        raise ScheduleError(f"{file}:{lines.get(message.partition(':')[0], line)}: {message}") from error


def _text(name: str, value: Any) -> str:
    """The value as text; several calls or faults become a list with commas."""
    several = value if isinstance(value, list) and name in {"calls", "fault"} else [value]
    if any(isinstance(each, bool) or not isinstance(each, str | int | float) for each in several):
        raise ValueError(f"{name}: {value!r} is neither text nor a number")
    return ", ".join(map(str, several))


def _checked(line: int, values: Mapping[str, str]) -> Entry:
    known = _known()
    for name, text in values.items():
        if name not in _FIELDS:
            raise ValueError(f"{name}: is not one of {', '.join(_FIELDS)}")
        if name in known and text not in known[name]:
            raise ValueError(f"{name}: {text!r} is not one of {', '.join(known[name])}")
    headers = {header: values[name] for name, header in _HEADERS.items() if name in values}
    switches.read(headers)
    if "kind" in values:
        if headers:
            raise ValueError(f"kind: cannot stand beside {', '.join(set(values) & set(_HEADERS))}")
        headers = dict(KINDS[values["kind"]])
    elif STATUS not in headers and FAULT not in headers:
        raise ValueError("the entry does not say what goes wrong; give kind, status or fault")
    calls = tuple(map(_range, values["calls"].split(", "))) if "calls" in values else None
    return Entry(line, headers, values.get("operation"), values.get("region"), calls)


def _range(text: str) -> tuple[int, int | None]:
    match = _CALLS.fullmatch(text)
    if match is None:
        raise ValueError(f"calls: {text!r} is neither a number from 1 on nor a range such as 2-4 or 5-")
    first, several, last = match.groups()
    if last and int(last) < int(first):
        raise ValueError(f"calls: {text!r} ends before it begins")
    return int(first), int(last) if last else None if several else int(first)


@functools.cache
def _known() -> Mapping[str, Sequence[str]]:
    documents = [openapi.load(vendor) for vendor in openapi.PACKAGES]
    return {
        "operation": [operation.id for each in documents for operation in each.operations] + [Kind.SIGNED_LINK],
        "region": list(dict.fromkeys(server.region for each in documents for server in each.servers)),
        "kind": list(KINDS),
    }

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

import os
import re
from collections.abc import Mapping
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
    """What goes wrong with which calls."""

    line: int
    headers: Mapping[str, str]
    """The headers that ask for the same on a single request."""
    operation: str | None = None
    region: str | None = None
    calls: tuple[tuple[int, int | None], ...] | None = None
    """First and last call of each range; a last one of None means all that follow. None: all calls."""

    def matches(self, operation: str | None, region: str | None) -> bool:
        """Whether a call of that operation in that region counts."""
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
        content = Path(path).read_bytes()
        try:
            # Nodes have lines, values do not.
            loader = yaml.SafeLoader(content)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ScheduleError(f"{name}:{line}: is not YAML ({error.problem})") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ScheduleError(f"{name}:1: is not YAML ({error})") from error
        if node is None:
            return cls(())
        if not isinstance(node, yaml.SequenceNode):
            raise ScheduleError(f"{name}:{_line(node)}: must be a list of entries")
        entries = []
        for each in node.value:
            try:
                entries.append(_entry(loader, each))
            except _Invalid as error:
                raise ScheduleError(f"{name}:{_line(error.node)}: {error}") from error
        return cls(tuple(entries))


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


class _Invalid(Exception):  # noqa: N818 - becomes a ScheduleError
    def __init__(self, node: yaml.Node, message: str) -> None:
        super().__init__(message)
        self.node = node


def _entry(loader: yaml.SafeLoader, node: yaml.Node) -> Entry:
    if not isinstance(node, yaml.MappingNode):
        raise _Invalid(node, "an entry must have names and values, as in `status: 503`")
    values: dict[str, Any] = {}
    for key, value in node.value:
        name = str(key.value).replace("_", "-")
        if name not in _FIELDS:
            raise _Invalid(key, f"{key.value!r} is not one of {', '.join(_FIELDS)}")
        if name in values:
            raise _Invalid(key, f"{name} is given twice")
        values[name] = _value(loader, name, value)
    headers = {header: values[name] for name, header in _HEADERS.items() if name in values}
    if "kind" in values:
        if headers:
            raise _Invalid(node, f"kind: cannot stand beside {', '.join(set(values) & set(_HEADERS))}")
        headers = dict(KINDS[values["kind"]])
    elif STATUS not in headers and FAULT not in headers:
        raise _Invalid(node, "the entry does not say what goes wrong; give kind, status or fault")
    return Entry(_line(node), headers, values.get("operation"), values.get("region"), values.get("calls"))


def _value(loader: yaml.SafeLoader, name: str, node: yaml.Node) -> Any:
    try:
        value = loader.construct_object(node, deep=True)
        return _calls(value) if name == "calls" else _checked(name, _text(value, several=name == "fault"))
    except yaml.YAMLError as error:
        raise _Invalid(node, f"{name}: cannot be read") from error
    except ValueError as error:
        message = str(error).removeprefix(f"{_HEADERS.get(name)}: ")
        raise _Invalid(node, f"{name}: {message}") from error


def _checked(field: str, text: str) -> str:
    if field in _HEADERS:
        switches.read({_HEADERS[field]: text})
        return text
    documents = [openapi.load(vendor) for vendor in openapi.PACKAGES]
    names = {
        "operation": [operation.id for each in documents for operation in each.operations] + [Kind.SIGNED_LINK],
        "region": list(dict.fromkeys(server.region for each in documents for server in each.servers)),
        "kind": list(KINDS),
    }[field]
    if text not in names:
        raise ValueError(f"{text!r} is not one of {', '.join(names)}")
    return text


def _text(value: object, *, several: bool = False) -> str:
    if isinstance(value, list) and several:
        return ", ".join(_text(each) for each in value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{value!r} is neither text nor a number")  # noqa: TRY004 - one kind of error for all of them
    return str(value)


def _calls(value: object) -> tuple[tuple[int, int | None], ...]:
    ranges = []
    for each in value if isinstance(value, list) else [value]:
        match = None if isinstance(each, bool) else _CALLS.fullmatch(str(each))
        if match is None:
            raise ValueError(f"{each!r} is neither a number from 1 on nor a range such as 2-4 or 5-")
        first, several, last = match.groups()
        ranges.append((int(first), int(last) if last else None if several else int(first)))
        if last and int(last) < int(first):
            raise ValueError(f"{each!r} ends before it begins")
    if not ranges:
        raise ValueError("the list is empty")
    return tuple(ranges)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

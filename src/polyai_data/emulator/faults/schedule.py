"""A schedule: which calls go wrong, and how, out of a file in YAML or JSON.

    - operation: searchConversations   # an operation id, or signedLink; without it, every request to the vendors' hosts
      region: eu                       # without it, every region
      calls: [2, 4-6, 9-]              # counted from 1; without it, every call
      kind: 503                        # a kind of misbehaviour by its name, or what the headers of a request ask for:
    - operation: getConversation
      status: 429                      # X-Emulator-Status
      retry-after: date=1              # X-Emulator-Retry-After
    - fault: delay=0.2, truncate       # X-Emulator-Fault

Each entry counts the calls that it is about. Of several entries that are due, the first one is obeyed.
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
from polyai_data.emulator.faults.rewrites import FAULT, SwitchError

SIGNED_LINK = "signedLink"
"""What a schedule calls a request to the host of signed links."""
_HEADERS = {"status": switches.STATUS, "retry-after": switches.RETRY_AFTER, "fault": FAULT}
_KNOWN = ("operation", "region", "calls", "kind", *_HEADERS)
_CALLS = re.compile(r"([1-9][0-9]{0,8})(-([1-9][0-9]{0,8})?)?")


class ScheduleError(ValueError):
    """A schedule that cannot be read; the message names the file and the line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What goes wrong with which calls."""

    line: int
    headers: Mapping[str, str]
    """What would ask for the same on a single request."""
    operation: str | None = None
    region: str | None = None
    calls: tuple[tuple[int, int | None], ...] | None = None
    """First and last call of each row; a last one of None means all that follow. None: all calls."""

    def about(self, operation: str | None, region: str | None) -> bool:
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
            ScheduleError: something in it is wrong; the message begins with the file and the line.
            OSError: it cannot be read.
        """
        name = os.fspath(path)
        content = Path(path).read_bytes()
        try:
            # Nodes know their lines, values do not.
            loader = yaml.SafeLoader(content)
            node = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            line = error.problem_mark.line + 1 if error.problem_mark else 1
            raise ScheduleError(f"{name}:{line}: is no YAML ({error.problem})") from error
        except (yaml.YAMLError, UnicodeDecodeError) as error:
            raise ScheduleError(f"{name}:1: is no YAML ({error})") from error
        if node is None:
            return cls(())
        if not isinstance(node, yaml.SequenceNode):
            raise ScheduleError(f"{name}:{_line(node)}: must be a list of entries")
        return cls(tuple(_entry(name, loader, each) for each in node.value))


class Turns:
    """Counts calls, and tells which of them are due to go wrong."""

    def __init__(self, schedule: Schedule | None = None) -> None:
        """Begin with the first call of everything; without a `schedule` nothing is due."""
        self._entries = () if schedule is None else schedule.entries
        self._calls = [0] * len(self._entries)

    def take(self, operation: str | None, region: str | None) -> Entry | None:
        """Count a call; the entry that it is due for, if any."""
        due = None
        for place, entry in enumerate(self._entries):
            if entry.about(operation, region):
                self._calls[place] += 1
                if due is None and entry.due(self._calls[place]):
                    due = entry
        return due


def _entry(name: str, loader: yaml.SafeLoader, node: yaml.Node) -> Entry:
    def wrong(at: yaml.Node, message: str) -> ScheduleError:
        return ScheduleError(f"{name}:{_line(at)}: {message}")

    if not isinstance(node, yaml.MappingNode):
        raise wrong(node, "an entry must have names and values, as in `status: 503`")
    values: dict[str, Any] = {}
    places: dict[str, yaml.Node] = {}
    for key, value in node.value:
        told = str(key.value).replace("_", "-")
        if told not in _KNOWN:
            raise wrong(key, f"{key.value!r} is none of {', '.join(_KNOWN)}")
        if told in values:
            raise wrong(key, f"{told} is there twice")
        try:
            values[told] = loader.construct_object(value, deep=True)
        except yaml.YAMLError as error:
            raise wrong(value, f"{told}: cannot be read") from error
        places[told] = value
    try:
        _check_names(values)
        headers = _headers(values)
        calls = _calls(values["calls"]) if "calls" in values else None
    except _EntryError as error:
        raise wrong(places.get(error.told, node), str(error)) from error
    return Entry(_line(node), headers, values.get("operation"), values.get("region"), calls)


class _EntryError(Exception):
    """What is wrong with a value of an entry."""

    def __init__(self, told: str, message: str) -> None:
        super().__init__(f"{told}: {message}")
        self.told = told


def _check_names(values: Mapping[str, Any]) -> None:
    documents = [openapi.load(vendor) for vendor in openapi.PACKAGES]
    known = {
        "operation": [operation.id for each in documents for operation in each.operations] + [SIGNED_LINK],
        "region": list(dict.fromkeys(server.region for each in documents for server in each.servers)),
    }
    for told, names in known.items():
        if told in values and values[told] not in names:
            raise _EntryError(told, f"{values[told]!r} is none of {', '.join(names)}")


def _headers(values: Mapping[str, Any]) -> Mapping[str, str]:
    own = {header: _text(told, values[told]) for told, header in _HEADERS.items() if told in values}
    if "kind" in values:
        kind = _text("kind", values["kind"])
        if kind not in KINDS:
            raise _EntryError("kind", f"{kind!r} is none of {', '.join(KINDS)}")
        if own:
            raise _EntryError("kind", "stands for all of the others; give it alone")
        return KINDS[kind]
    if not {switches.STATUS, FAULT} & set(own):
        raise _EntryError("entry", "says nothing of what goes wrong; give kind, status or fault")
    for told, header in _HEADERS.items():
        try:
            if header in own:
                switches.read({header: own[header]})
            if told == "retry-after" and header in own:
                switches.retry_headers(own[header])
        except SwitchError as error:
            raise _EntryError(told, str(error).partition(": ")[2]) from error
    return own


def _text(told: str, value: object) -> str:
    if isinstance(value, list) and told == "fault":
        return ", ".join(_text(told, each) for each in value)
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise _EntryError(told, f"{value!r} is no text and no number")
    return str(value)


def _calls(value: object) -> tuple[tuple[int, int | None], ...]:
    rows = []
    for each in value if isinstance(value, list) else [value]:
        found = None if isinstance(each, bool) else _CALLS.fullmatch(str(each))
        if found is None:
            raise _EntryError("calls", f"{each!r} is no number from 1 on, and no row such as 2-4 or 5-")
        first, several, last = found.groups()
        rows.append((int(first), int(last) if last else None if several else int(first)))
        if last and int(last) < int(first):
            raise _EntryError("calls", f"{each!r} ends before it begins")
    if not rows:
        raise _EntryError("calls", "names no call")
    return tuple(rows)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

"""Which faults a request gets: those that it asks for, else the schedule's, else random ones."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from polyai_data.emulator.faults import switches
from polyai_data.emulator.faults.random_faults import KINDS, Dice, Misbehaviour
from polyai_data.emulator.faults.schedule import Calls, Schedule
from polyai_data.emulator.faults.switches import FAULT, STATUS, Switches
from polyai_data.emulator.http.locate import Kind, Target
from polyai_data.emulator.http.request import Request


class Chooser:
    def __init__(self, misbehaviour: Misbehaviour | None = None, schedule: Schedule | None = None) -> None:
        self.dice = Dice(misbehaviour)
        self.calls = Calls(schedule)

    def choose(self, request: Request, target: Target) -> Switches:
        """The switches of a request; SwitchError when it asks for what cannot be."""
        if target.kind is Kind.CONTROL or STATUS in request.headers or FAULT in request.headers:
            return switches.read(request.headers)
        headers, reason = self._unasked(request, target)
        if not headers and reason is None:
            return switches.read(request.headers)
        return replace(switches.read({**request.headers, **headers}), unasked=reason)

    def _unasked(self, request: Request, target: Target) -> tuple[Mapping[str, str], str | None]:
        due = self.calls.count(target.name, target.region)
        if due is not None:
            return due.headers, f"schedule:{due.line}"
        kind = self.dice.throw(request.method, request.host, request.path, request.query)
        return ({} if kind is None else KINDS[kind]), kind

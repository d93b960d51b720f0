"""What changed documents mean for the overlay, the rulings and the people who keep them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from drift_report.changes import Difference, told_within
from drift_report.likeness import operations_of
from pipeline.openapi import METHODS, Pointer, check_references
from pipeline.overlay.apply import Step
from pipeline.overlay.format import Action
from pipeline.overlay.lint import effect
from pipeline.patch import Made, Patched, Taken

_LITERAL_PATH = re.compile(r"\[['\"](/[^'\"]*)['\"]\]")
_SHOWN = 6


@dataclass(frozen=True)
class Consequence:
    """One thing that a person has to do.

    `kind`: dead, needless, repeated, failed (an action of the overlay), published (the vendor now says itself what an
    action adds), dangling (a reference of the overlay's leads nowhere), server (one that the overlay does not know, or
    goes on giving), conflict (between sources, or with a ruling), unnamed (an operation without what the overlay must
    give it), reread (a transcribed page changed), gone (a page is not there any more), overlay (no overlay document).
    `advice`: drop, mend, rule, name or read. `nearest` is the node that comes nearest to what an action looks for.
    """

    kind: str
    advice: str
    where: str
    text: str
    target: str | None = None
    reason: str | None = None
    nearest: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The consequence for a program."""
        return asdict(self)


def consequences(old: Patched, new: Patched, differences: Sequence[Difference]) -> list[Consequence]:
    """What taking in the new documents of a vendor asks for."""
    found = [Consequence("conflict", "rule", "overlay/bundle.yaml", text) for text in new.conflicts]
    for text in map(str, new.errors):
        where, _, problem = text.partition(": ")
        found.append(Consequence("overlay", "mend", where, problem))
    added = frozenset().union(*old.made.values())
    for _, both in groupby(new.taken, key=lambda one: (one.action.file, one.action.index)):
        found.append(_published(list(both), old.made))
    found += _dangling(new, differences)
    found += _servers(old, new)
    for step in new.steps:
        found += _broken(step, differences, added)
    found += [
        Consequence("unnamed", "name", f"overlay/{new.vendor}/", f"{name}: no action gives it {', '.join(keys)}")
        for name, keys in new.unnamed.items()
    ]
    return sorted(found, key=lambda one: (one.advice != "drop", *_sorted_by(one.where), one.kind))


def _sorted_by(where: str) -> tuple[str, int]:
    file, _, line = where.partition(":")
    return file, int(line) if line.isdigit() else 0


def _place(action: Action) -> str:
    return f"{action.file}:{action.line}" if action.line else f"{action.file} actions[{action.index}]"


def _named(pointer: Pointer) -> str:
    return f"{pointer[2].upper()} {pointer[1]}" if pointer[0] == "paths" else "/".join(pointer[1:])


def _published(both: Sequence[Taken], made: Made) -> Consequence:
    """The vendor now says itself what the action was written to add, or a part of it."""
    action = both[0].action
    rest = made[action.file, action.index] - {one.at for one in both}
    it = "that part of the action" if rest else "the action"
    what = ", ".join(_named(one.at) for one in both)
    ours = [line for one in both for line in told_within(one.published, one.ours)]
    if ours:
        more = f"; and {len(ours) - _SHOWN} more" if len(ours) > _SHOWN else ""
        said = f"drop {it}, or keep only what it says beyond that: {'; '.join(ours[:_SHOWN])}{more}"
    else:
        said = f"{it} says the same: drop it"
    text = f"the vendor now publishes {what}; {said}"
    return Consequence("published", "mend" if rest else "drop", _place(action), text, action.target, _reason(action))


def _dangling(new: Patched, differences: Sequence[Difference]) -> Iterator[Consequence]:
    """References of the patched document that lead nowhere, each with the action that makes them."""
    renamed = {one.name: one.detail.removeprefix("to ") for one in differences if one.kind == "renamed"}
    for problem in check_references(new.patched):
        step = next((s for s in new.steps if problem in check_references(s.after) and s.changes), None)
        target = problem.partition(": ")[2].partition(" ")[0]
        name = target.rpartition("/")[2]
        near = f"{target.rpartition('/')[0]}/{renamed[name]}" if name in renamed else None
        where = _place(step.action) if step else f"overlay/{new.vendor}/"
        reason = _reason(step.action) if step else None
        yield Consequence("dangling", "mend", where, problem, step.action.target if step else None, reason, near)


def _servers(old: Patched, new: Patched) -> Iterator[Consequence]:
    """Servers that came or went: the overlay tells them with their regions, so that somebody must do it there."""
    before, after, ours = (
        {url for document in documents for one in operations_of(document, "").values() for url in one.servers}
        for documents in (
            [source.document for source in old.sources],
            [source.document for source in new.sources],
            [new.patched],
        )
    )
    where = f"overlay/{new.vendor}/"
    for url in sorted(after - before - ours):
        yield Consequence("server", "mend", where, f"the vendor now has the server {url}, which no action gives")
    for url in sorted((before - after) & ours):
        text = f"no document of the vendor has the server {url} any more, and the overlay goes on giving it"
        yield Consequence("server", "mend", where, text)


def _reason(action: Action) -> str | None:
    return " ".join(action.description.split()) if action.description else None


def _broken(step: Step, differences: Sequence[Difference], added: Collection[Pointer]) -> Iterator[Consequence]:
    for finding in effect(step):
        near = None if finding.nearest is None else str(finding.nearest)
        text = re.sub(r"; (mend it, )?drop it, or say .*", "", finding.problem)
        advice = "drop" if finding.kind == "needless" else "mend"
        if finding.kind in {"dead", "failed"} and (lost := _lost(step, differences)):
            text += f": {_fate(lost)}"
            if lost.kind == "removed":
                advice = "drop"
            elif lost.new is not None:
                near = f"$.paths['{lost.new[1]}'].{lost.new[2]}"
                # What the overlay says of the new place itself needs no second telling from the old one.
                advice = "drop" if lost.new in added else "mend"
        yield Consequence(
            finding.kind, advice, _place(step.action), text, step.action.target, _reason(step.action), near
        )


def _lost(step: Step, differences: Sequence[Difference]) -> Difference | None:
    """The operation that a target spells out, where that has gone or moved."""
    paths = _LITERAL_PATH.findall(step.action.target)
    lost = [
        one
        for one in differences
        if one.subject == "operation"
        and (one.kind == "moved" or (one.kind == "removed" and not one.detail))
        and one.old is not None
        and one.old[1] in paths
        and one.new != one.old
    ]
    methods = set(re.findall(r"\]\.?\[?['\"]?([a-z]+)", step.action.target)) & set(METHODS)
    if methods:
        lost = [one for one in lost if one.old and one.old[2] in methods]
    return lost[0] if lost else None


def _fate(lost: Difference) -> str:
    if lost.kind == "removed" or lost.new is None:
        return "its operation was removed"
    return f"its operation moved to {lost.new[2].upper()} {lost.new[1]}"


def of_pages(gone: Mapping[str, str], reread: Iterable[tuple[str, str]]) -> list[Consequence]:
    """What pages ask for that went, and those that a person once transcribed and that changed."""
    found = [
        Consequence("gone", "drop", f"specs/{file}", f"{why}; `make vendor DROP=specs/{file}` forgets it")
        for file, why in gone.items()
    ]
    return found + [Consequence("reread", "read", f"specs/{file}", why.removeprefix("; ")) for file, why in reread]

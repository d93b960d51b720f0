"""What changed documents mean for the overlay, for rulings, and for the people who maintain them."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from drift_report.changes import Difference, differences_within
from drift_report.likeness import operations_of
from pipeline.lint import effect
from pipeline.openapi import METHODS, Pointer, check_references
from pipeline.overlay.apply import Step
from pipeline.overlay.format import Action
from pipeline.patch import Made, Patched, Taken

_LITERAL_PATH = re.compile(r"\[['\"](/[^'\"]*)['\"]\]")
_SHOWN = 6


@dataclass(frozen=True)
class Consequence:
    """One thing that a person has to do.

    `kind` is dead, needless, repeated or failed (an overlay action); published (the vendor publishes what an action
    adds); dangling (a reference of the overlay leads nowhere); server (only the vendor or only the overlay has it);
    conflict (between sources, or with a ruling); unnamed (an operation lacks what the overlay must set); generation
    (no client can be generated); reread (a transcribed page changed); gone (a page was removed); overlay (a file is no
    overlay document). `advice` is drop, mend, rule, name or read. `nearest` is the node nearest to an action's target.
    """

    kind: str
    advice: str
    where: str
    text: str
    target: str | None = None
    reason: str | None = None
    nearest: str | None = None


def consequences(old: Patched, new: Patched, differences: Sequence[Difference]) -> list[Consequence]:
    """What a person has to do to take in the new documents of a vendor."""
    folder = f"overlay/{new.vendor}/"
    result = [Consequence("conflict", "rule", "overlay/bundle.yaml", text) for text in new.conflicts]
    for text in map(str, new.errors):
        where, _, problem = text.partition(": ")
        result.append(Consequence("overlay", "mend", where, problem))
    for _, both in groupby(new.taken, key=lambda one: (one.action.file, one.action.index)):
        result.append(_published(list(both), old.made))
    result += _dangling(new, differences, folder)
    result += _servers(old, new, folder)
    added = frozenset().union(*old.made.values())
    for step in new.steps:
        result += _failed(step, differences, added)
    for name, keys in new.unnamed.items():
        result.append(Consequence("unnamed", "name", folder, f"{name}: no action sets its {', '.join(keys)}"))
    return sorted(result, key=lambda one: (one.advice != "drop", *_file_and_line(one.where), one.kind))


def of_pages(gone: Mapping[str, str], reread: Iterable[tuple[str, str]]) -> list[Consequence]:
    """What to do about removed pages, and about changed pages that a person transcribed."""
    result = [
        Consequence("gone", "drop", f"specs/{file}", f"{why}; `make vendor DROP=specs/{file}` removes it")
        for file, why in gone.items()
    ]
    return result + [Consequence("reread", "read", f"specs/{file}", why.removeprefix("; ")) for file, why in reread]


def _file_and_line(where: str) -> tuple[str, int]:
    file, _, line = where.partition(":")
    return file, int(line) if line.isdigit() else 0


def _of_action(kind: str, advice: str, action: Action, text: str, nearest: str | None = None) -> Consequence:
    reason = " ".join(action.description.split()) if action.description else None
    return Consequence(kind, advice, action.position, text, action.target, reason, nearest)


def _published(both: Sequence[Taken], made: Made) -> Consequence:
    """The vendor publishes what the action adds, or a part of it."""
    action = both[0].action
    rest = made[action.file, action.index] - {one.at for one in both}
    it = "that part of the action" if rest else "the action"
    names = ", ".join(f"{a[2].upper()} {a[1]}" if (a := one.at)[0] == "paths" else "/".join(a[1:]) for one in both)
    beyond = [line for one in both for line in differences_within(one.published, one.ours)]
    if beyond:
        more = f"; and {len(beyond) - _SHOWN} more" if len(beyond) > _SHOWN else ""
        advice = f"drop {it}, or keep only what it says beyond that: {'; '.join(beyond[:_SHOWN])}{more}"
    else:
        advice = f"{it} says the same: drop it"
    return _of_action("published", "mend" if rest else "drop", action, f"the vendor now publishes {names}; {advice}")


def _dangling(new: Patched, differences: Sequence[Difference], folder: str) -> Iterator[Consequence]:
    """References of the patched document that lead nowhere, each with the action that makes them."""
    renamed = {one.name: one.detail.removeprefix("to ") for one in differences if one.kind == "renamed"}
    for problem in check_references(new.patched):
        target = problem.partition(": ")[2].partition(" ")[0]
        above, _, name = target.rpartition("/")
        near = f"{above}/{renamed[name]}" if name in renamed else None
        step = next((s for s in new.steps if problem in check_references(s.after) and s.changes), None)
        if step:
            yield _of_action("dangling", "mend", step.action, problem, near)
        else:
            yield Consequence("dangling", "mend", folder, problem, nearest=near)


def _servers(old: Patched, new: Patched, folder: str) -> Iterator[Consequence]:
    """Servers that were added or removed. The overlay lists them with their regions, which no page names."""
    before, after, ours = (
        {url for document in documents for one in operations_of(document, "").values() for url in one.urls}
        for documents in ([s.document for s in old.sources], [s.document for s in new.sources], [new.patched])
    )
    texts = [f"{url}: a new server of the vendor, which no action lists" for url in sorted(after - before - ours)]
    texts += [f"{url}: published no longer, and an action still lists it" for url in sorted((before - after) & ours)]
    yield from (Consequence("server", "mend", folder, text) for text in texts)


def _failed(step: Step, differences: Sequence[Difference], added: Collection[Pointer]) -> Iterator[Consequence]:
    for finding in effect(step):
        near = finding.nearest
        text = finding.problem
        advice = "drop" if finding.kind == "needless" else "mend"
        if finding.kind in {"dead", "failed"} and (lost := _lost(step, differences)):
            if lost.new is None:
                text, advice = f"{text}: its operation was removed", "drop"
            else:
                text += f": its operation moved to {lost.new[2].upper()} {lost.new[1]}"
                near = f"$.paths['{lost.new[1]}'].{lost.new[2]}"
                # An action that adds the operation at its new path already covers the old one.
                advice = "drop" if lost.new in added else "mend"
        yield _of_action(finding.kind, advice, step.action, text, near)


def _lost(step: Step, differences: Sequence[Difference]) -> Difference | None:
    """The operation that the target names by its path, if it was removed or moved."""
    paths = _LITERAL_PATH.findall(step.action.target)
    methods = set(re.findall(r"\]\.?\[?['\"]?([a-z]+)", step.action.target)) & set(METHODS)
    for one in differences:
        lost = one.is_whole("operation", "moved", "removed") and one.new != one.old
        if lost and one.old and one.old[1] in paths and (not methods or one.old[2] in methods):
            return one
    return None

"""What changed documents mean for the overlay, for rulings, and for the people who maintain them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from operator import eq
from typing import Any

from drift_report.changes import Difference, compare, differences_within
from drift_report.likeness import Operation, operations_of
from drift_report.ours import Ours, comparable
from pipeline.cut import cut
from pipeline.lint import effect
from pipeline.openapi import METHODS, Pointer, check_references, differ, operations, resolve
from pipeline.overlay.apply import Step
from pipeline.overlay.format import Action
from pipeline.patch import Made, Patched, Taken
from pipeline.recognise import shape

_LITERAL_PATH = re.compile(r"\[['\"](/[^'\"]*)['\"]\]")


@dataclass(frozen=True)
class Consequence:
    """One thing that a person has to do.

    `kind` is dead, needless, partly (needless in part, which can wait), hidden (it overrides what the vendor changed),
    repeated or failed (an overlay action); published (the vendor publishes what an action adds, or what a person
    transcribed); dangling (a reference of the overlay leads nowhere); server (only the vendor or only the overlay has
    it); conflict (between sources, or with a ruling); unnamed (an operation lacks what the overlay must set);
    generation (no client can be generated); reread (a transcribed page changed); gone (a page was removed); overlay (a
    file is no overlay document).
    `advice` is drop, mend, rule, name or read. `nearest` is the node nearest to an action's target; `details` are
    the differences that it is about.
    """

    kind: str
    advice: str
    where: str
    text: str
    target: str | None = None
    reason: str | None = None
    nearest: str | None = None
    details: tuple[str, ...] = ()


@dataclass(frozen=True)
class Claim:
    """An operation that `file`, which holds `document`, publishes, and that only the overlay or a transcription has."""

    ours: Ours
    theirs: Operation
    document: Any
    file: str

    @property
    def name(self) -> str:
        """Our name of it, unless it is at another path."""
        return (
            self.ours.operation.name if shape(self.theirs.name) == shape(self.ours.operation.name) else self.theirs.name
        )


def commands(claims: Sequence[Claim]) -> list[str]:
    result = []
    for file, group in _grouped(claims, lambda one: one.file):
        if named := [shlex.quote(one.ours.operation.name) for one in group if one.ours.kind == "overlay"]:
            result.append(f".venv/bin/python scripts/overlay.py adopt {' '.join(named)} --from {shlex.quote(file)}")
        if len(named) < len(group):
            result.append(_vendoring(file))
    return result


def _vendoring(file: str) -> str:
    return f"make vendor PAGE={shlex.quote(file)}"


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
        Consequence(
            "gone", "drop", f"specs/{file}", f"{why}; to remove it:", details=(f"`make vendor DROP=specs/{file}`",)
        )
        for file, why in gone.items()
    ]
    return result + [Consequence("reread", "read", f"specs/{file}", why.removeprefix("; ")) for file, why in reread]


# What the overlay hides.


def through_overlay(
    differences: Sequence[Difference], old: Patched, new: Patched, known: Sequence[Consequence]
) -> tuple[list[Difference], list[Consequence]]:
    """The differences as importers get them, and what to do about the actions that hide some of them.

    What breaks callers, and what they may send now, is judged by the patched documents: a difference may be hidden
    there, and one of what an action copied comes on top, unless actions no longer apply. `known` is what to do anyway.
    """
    file = f"overlay/{new.vendor}/"
    sides = ((old.patched, new.patched), (old.published, new.published), (new.published, new.patched))
    seen, merged, stated = ([one for one in compare({file: side}) if _can_hide(one)] for side in sides)
    result: list[Difference] = []
    hiding: dict[tuple[str, bool], tuple[Action | None, list[str]]] = {}
    for one in differences:
        if not _can_hide(one):
            result.append(one)
        elif same := [other for other in seen if _overlap(one, other)]:
            breaking, argument = (any(getattr(other, mark) for other in same) for mark in ("breaking", "argument"))
            result.append(replace(one, breaking=breaking, argument=argument))
        else:
            by: dict[str, Action | None] = {"overlay/bundle.yaml": None}
            if any(_overlap(one, other) for other in merged):
                by = {action.position: action for action in _hiding(one, old, new)} or {file: None}
                # To say more than the vendor is what an overlay is for; to keep what the vendor removed is not.
                kinds = {other.kind for other in stated if _overlap(one, other)}
                contradicted = bool(kinds - {"added"}) or (one.kind == "removed" and bool(kinds))
                said = {each.where for each in known if each.kind != "partly" or not contradicted}
                for where in by.keys() - said - ({file} if not contradicted else set()):
                    hiding.setdefault((where, contradicted), (by[where], []))[1].append(str(one))
            result.append(replace(one, breaking=False, argument=False, hidden=list(by)[-1]))
    listed = {(one.kind, one.detail) for one in result if not one.hidden}
    for one in seen if all(one.kind == "partly" for one in known) else ():
        copied = one.detail and (one.kind, one.detail) not in listed
        if copied and (one.breaking or one.argument) and not any(_overlap(one, other) for other in differences):
            result.append(one)
    texts = {
        True: ("hidden", "mend", "overrides what the vendor changed: let that through, or keep ours"),
        False: ("partly", "drop", "says what the vendor says now: drop that part"),
    }
    todo = []
    for (where, contradicted), (action, lines) in hiding.items():
        kind, advice, text = texts[contradicted]
        made = _of_action(kind, advice, action, text) if action else Consequence(kind, advice, where, text)
        todo.append(replace(made, details=tuple(lines)))
    return result, sorted(todo, key=lambda one: (one.advice != "drop", *_file_and_line(one.where)))


def _can_hide(one: Difference) -> bool:
    """Whether the overlay can hide a difference: words and names are its own, and `_servers` is about servers."""
    own = one.subject == "operation" and re.match("server |operationId|tags|x-", one.detail)
    return not (one.wording or own or one.subject == "document" or one.kind in {"moved", "renamed"})


def _overlap(one: Difference, other: Difference) -> bool:
    """Whether one of the two differences is the other, or contains it."""
    first, second = (side.detail.partition(": ")[0].split() for side in (one, other))
    same = all(map(eq, first, second))
    return same and (one.subject, one.name) == (other.subject, other.name)


def _hiding(one: Difference, old: Patched, new: Patched) -> list[Action]:
    """The actions that write where a difference is: into the same item, where it is in a list."""
    at = one.new or one.old or ()
    lists = (index for index, part in enumerate(at) if part.isdecimal() and at[index - 1] != "responses")
    holder = at[: next(lists, len(at))]
    written = {
        (step.action.file, step.action.index): step
        for step in (*old.steps, *new.steps)
        if step.changes and not step.action.file.startswith("overlay/generator/")
        if differ(resolve(step.before, holder), resolve(step.after, holder))
    }
    if holder != at:
        within = {key: compare({"": (step.before, step.after)}) for key, step in written.items()}
        written = {key: step for key, step in written.items() if any(_overlap(one, other) for other in within[key])}
    return [written[key].action for key in sorted(written)]


# What is published now.


def published_now(claims: Sequence[Claim], patched: Patched) -> Iterator[Consequence]:
    """What to do about operations of one vendor that are published now: all of `claims`, and `patched` what we have."""
    made = patched.made
    actions = {(step.action.file, step.action.index): step.action for step in patched.steps}
    makers = {at: key for key, units in made.items() for at in units}
    written = [one for one in claims if one.ours.kind == "overlay"]
    details: dict[tuple[str, int], list[str]] = {}
    for file, group in _grouped(written, lambda one: makers[one.ours.operation.pointer][0]):
        base = [step.after for step in patched.steps if step.action.file == file][-1]
        for one in differences(group, base):
            at = one.old[:3] if one.old and one.old[:3] in makers else group[0].ours.operation.pointer
            alone = sum(makers[other.ours.operation.pointer] == makers[at] for other in group) == 1
            details.setdefault(makers[at], []).append(_line(one, alone=alone))
    names = {one.ours.operation.name for one in written}
    needed, others = (
        {("components", kind, name) for kind, members in part.get("components", {}).items() for name in members}
        for part in (cut(patched.patched, names), cut(patched.patched, operations(patched.patched).keys() - names))
    )
    files = {one.ours.operation.pointer: one.file for one in written}
    freed = needed - others | files.keys()
    for key, units in made.items():
        if not units.isdisjoint(freed) or key in details:
            yield _handed_over(actions[key], units, freed, details.get(key, []), files)
    for file, group in _grouped([one for one in claims if one not in written], lambda one: one.ours.operation.file):
        lines = tuple(_line(one, alone=len(group) == 1) for one in differences(group))
        what = f"with {_count(lines)}" if lines else "the same"
        operations_ = ", ".join(one.ours.operation.name for one in group)
        text = f"{group[0].file} now publishes {operations_}, {what}"
        yield Consequence("published", "take", f"specs/{file}", text, details=lines)


def _grouped(claims: Iterable[Claim], key: Callable[[Claim], str]) -> list[tuple[str, list[Claim]]]:
    groups: dict[str, list[Claim]] = {}
    for one in claims:
        groups.setdefault(key(one), []).append(one)
    return list(groups.items())


def _handed_over(
    action: Action,
    units: Collection[Pointer],
    freed: Collection[Pointer],
    details: Sequence[str],
    files: Mapping[Pointer, str],
) -> Consequence:
    """What to do about an action whose `units` are published now, those of them that are `freed`."""
    rest = set(units) - set(freed)
    names = ", ".join(_unit(at) for at in sorted(units) if at in freed)
    it = "that part" if rest else "the action"
    where = ", ".join(dict.fromkeys(files[at] for at in sorted(units) if at in files))
    if where:
        what = f"with {_count(details)}" if details else f"the same: {it} can go"
        text = f"{where} publishes {names}, {what}"
    elif details:
        text = f"what is published has {_count(details)} from this"
    else:
        text = f"nothing else needs {names}: {it} can go too"
    return Consequence("published", "mend" if details else "drop", action.position, text, details=tuple(details))


def _unit(at: Pointer) -> str:
    return f"{at[2].upper()} {at[1]}" if at[0] == "paths" else at[2]


def _count(lines: Sequence[str]) -> str:
    return f"{len(lines)} difference{'s' * (len(lines) > 1)}"


def differences(claims: Sequence[Claim], base: Any = None) -> list[Difference]:
    """What we have against what is published, each with a pointer of ours in `old`.

    `base` is what the action wrote, before later actions corrected it: what is published as it was written is no
    difference, since these actions go on correcting it.
    """
    groups = _grouped(claims, lambda one: one.file)
    ours: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    bases: dict[str, Any] = {}
    for file, group in groups:
        names = {one.ours.operation.name: one.ours.operation.name for one in group}
        ours[file] = comparable(group[0].ours.document, names)
        theirs[file] = comparable(group[0].document, {one.theirs.name: one.name for one in group})
        if base is not None:
            bases[file] = comparable(base, names)
            for path, item in bases[file]["paths"].items():
                for method, node in item.items():
                    node |= {key: ours[file]["paths"][path][method][key] for key in ("servers", "security")}

    def against(documents: dict[str, Any]) -> list[Difference]:
        every = compare({file: (document, theirs[file]) for file, document in documents.items()})
        # What a component is called is no difference: what it says is compared wherever it is referred to.
        called = {one.new: one.old for one in every if one.kind == "renamed" and len(_at(one)) == 3}
        rest = [one for one in every if not one.wording and (one.subject == "operation" or len(_at(one)) > 3)]
        return [replace(one, old=one.old or called.get(_at(one)[:3], one.new)) for one in rest]

    expected = {_place(one) for one in against(bases)}
    return [one for one in against(ours) if base is None or _place(one) in expected]


def _at(one: Difference) -> Pointer:
    return one.old or one.new or ()


def _line(one: Difference, *, alone: bool) -> str:
    """A difference in a line, without the name of an operation that stands alone."""
    return str(one).partition("`: ")[2] or str(one) if alone and one.subject == "operation" else str(one)


def _place(one: Difference) -> tuple[str, ...]:
    return one.subject, one.name, one.detail.partition(": ")[0]


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
    advice = f"drop {it}, or keep only what it says beyond that:" if beyond else f"{it} says the same: drop it"
    one = _of_action("published", "mend" if rest else "drop", action, f"the vendor now publishes {names}; {advice}")
    return replace(one, details=tuple(beyond))


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
    texts = dict.fromkeys(sorted(after - before - ours), "a new server of the vendor, which no action lists")
    texts |= dict.fromkeys(sorted((before - after) & ours), "published no longer, and an action still lists it")
    for url, text in texts.items():
        updates = {step.action.position: str(step.action.update) for step in new.steps}
        listing = [at for at, update in updates.items() if url in update] or [
            at for at in updates if "'url'" in updates[at]
        ]
        yield Consequence("server", "mend", listing[-1] if listing else folder, f"{url}: {text}")


def _failed(step: Step, differences: Sequence[Difference], added: Collection[Pointer]) -> Iterator[Consequence]:
    for finding in effect(step):
        near = finding.nearest
        text = finding.problem
        advice = "drop" if finding.kind in {"needless", "partly"} else "mend"
        if finding.kind in {"dead", "failed"} and (lost := _lost(step, differences)):
            if lost.new is None:
                text, advice, near = f"{text}: its operation was removed", "drop", None
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

"""Whether the project's overlay documents still say what they should.

Their structure is sound; each action has a reason, which is its `description`; and none is dead. Dead is an action that
matches nothing, or that changes nothing because the vendor now says the same. Where either is foreseen, the action says
`x-may-match-nothing: true`. All findings are told, not only the first.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.bundle import bundle_vendor
from pipeline.overlay.apply import Step, changes, differ, node_at, overlay_files, read_below, steps, vendors
from pipeline.overlay.format import MAY_MATCH_NOTHING, Action, Overlay, parse_overlay
from pipeline.overlay.nearest import Nearest, nearest
from pipeline.yaml_files import PipelineError

_SUFFIXES = {".yaml", ".yml", ".json"}
_MENDED = f"drop it, or say `{MAY_MATCH_NOTHING}: true` where that is foreseen"


@dataclass(frozen=True)
class Finding:
    """One thing to mend. `kind` is structure, stray, specs, reason, dead, needless, repeated or failed."""

    kind: str
    file: str
    problem: str
    line: int | None = None
    index: int | None = None
    target: str | None = None
    description: str | None = None
    nearest: Nearest | None = None

    def __str__(self) -> str:
        """The finding for a person, over several lines."""
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        action = "" if self.index is None else f" actions[{self.index}]:"
        lines = [f"error: {place}:{action} {self.problem}"]
        for name, value in (("target", self.target), ("reason", self.description), ("nearest", self.nearest)):
            if value is not None:
                lines.append(f"  {name:<8} {' '.join(str(value).split()) or 'none'}")
        return "\n".join(lines)

    def as_json(self) -> dict[str, Any]:
        """The finding for a program."""
        near = self.nearest
        return {
            "kind": self.kind,
            "file": self.file,
            "line": self.line,
            "action": self.index,
            "problem": self.problem,
            "target": self.target,
            "description": self.description,
            "nearest": near and {"path": near.path, "similar": list(near.similar), "meant": list(near.meant)},
        }


@dataclass
class Report:
    """How many documents and actions there are, and what is to mend in them."""

    documents: int = 0
    actions: int = 0
    findings: list[Finding] = field(default_factory=list)

    def __str__(self) -> str:
        """The report in a line."""
        what = f"{_count(self.actions, 'action')} in {_count(self.documents, 'document')}"
        if self.findings:
            return f"overlay: {_count(len(self.findings), 'finding')} in {what}"
        return f"overlay: {what}, each with a reason, none dead"

    def as_json(self) -> dict[str, Any]:
        """The report for a program."""
        return {
            "documents": self.documents,
            "actions": self.actions,
            "findings": [finding.as_json() for finding in self.findings],
        }


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def lint(root: Path) -> Report:
    """Check all overlay documents of the project at `root`."""
    report = Report()
    known = vendors(root)
    for vendor in known:
        _lint_vendor(root, vendor, report)
    report.findings += _strays(root, known)
    return report


def _lint_vendor(root: Path, vendor: str, report: Report) -> None:
    overlays: list[Overlay] = []
    tolerance = root / "overlay" / "generator" / f"{vendor}.overlay.yaml"
    files = [*overlay_files(root, vendor), *([tolerance] if tolerance.exists() else [])]
    findings: list[Finding] = []
    for path in files:
        count, overlay, problems = _read(root, path)
        report.documents += 1
        report.actions += count
        findings += problems
        if overlay is not None:
            overlays.append(overlay)
            silent = (action for action in overlay.actions if not (action.description or "").strip())
            findings += (_of(action, "reason", "has no reason; say why in its `description`") for action in silent)
    try:
        document = bundle_vendor(root, vendor)
    except PipelineError as error:
        report.findings.append(Finding("specs", f"specs/{vendor}", f"no bundle to apply its overlays to: {error}"))
    else:
        findings += (finding for step in steps(document, overlays) for finding in effect(step))
    order = [path.relative_to(root).as_posix() for path in files]
    findings.sort(key=lambda finding: (order.index(finding.file), -1 if finding.index is None else finding.index))
    report.findings += findings


# Structure.


def _read(root: Path, path: Path) -> tuple[int, Overlay | None, list[Finding]]:
    """How many actions the file has, those among them that are sound, and what is wrong with the others."""
    name = path.relative_to(root).as_posix()
    try:
        document = read_below(root, path)
        count = len(document["actions"]) if _has_actions(document) else 0
        overlay, problems = _sound(document, name)
    except PipelineError as error:
        return 0, None, [_structure(name, str(error))]
    except RecursionError:
        return 0, None, [Finding("structure", name, "is nested too deeply, or contains itself")]
    return count, overlay, [_structure(name, problem) for problem in problems]


def _has_actions(document: Any) -> bool:
    return isinstance(document, dict) and isinstance(document.get("actions"), list)


def _sound(document: Any, name: str) -> tuple[Overlay | None, list[str]]:
    try:
        return parse_overlay(document, name), []
    except PipelineError as error:
        problems = [str(error)]
    actions: list[Action] = []
    overlay: Overlay | None = None
    for index in range(len(document["actions"]) if _has_actions(document) else 0):
        try:
            overlay = parse_overlay(_alone(document, index), name)
            actions.append(overlay.actions[index])
        except PipelineError as error:
            problems.append(str(error))
    return overlay and replace(overlay, actions=tuple(actions)), list(dict.fromkeys(problems))


def _alone(document: Any, index: int) -> dict[str, Any]:
    """The overlay with everything but one action replaced by what is sound, so that errors are that action's own."""
    actions = copy.copy(document["actions"])  # which keeps the lines where YAML has them
    for other in range(len(actions)):
        if other != index:
            actions[other] = {"target": "$", "update": {"x-stands-in-for": other}}
    version = "1.0.0" if str(document.get("overlay")).startswith("1.0.") else "1.1.0"
    return {"overlay": version, "info": {"title": "", "version": ""}, "actions": actions}


def _structure(name: str, message: str) -> Finding:
    found = re.match(rf"{re.escape(name)}(?::(\d+))?(?::\d+)?: (?:actions\[(\d+)\]: )?", message)
    if found is None:
        return Finding("structure", name, message)
    line, index = (int(number) if number else None for number in found.groups())
    return Finding("structure", name, message[found.end() :], line, index)


def _strays(root: Path, known: Sequence[str]) -> Iterator[Finding]:
    """Documents that no vendor's `make generate` would ever read."""
    for folder in sorted(path for path in (root / "overlay").glob("*") if path.is_dir() and path.name != "generator"):
        for path in sorted(path for path in folder.rglob("*") if path.suffix in _SUFFIXES and path.is_file()):
            name = path.relative_to(root).as_posix()
            if folder.name not in known:
                yield Finding("stray", name, f"is never applied: there is no folder specs/{folder.name}")
            elif path.parent != folder or not path.name.endswith(".overlay.yaml"):
                yield Finding("stray", name, f"is never applied: only overlay/{folder.name}/*.overlay.yaml are")
    for path in sorted((root / "overlay" / "generator").glob("*.overlay.yaml")):
        vendor = path.name.removesuffix(".overlay.yaml")
        if vendor not in known:
            yield Finding("stray", path.relative_to(root).as_posix(), f"is never applied: there is no specs/{vendor}")


# Effect.


def _of(action: Action, kind: str, problem: str, near: Nearest | None = None) -> Finding:
    description = action.description or ""
    return Finding(kind, action.file, problem, action.line, action.index, action.target, description, near)


def effect(step: Step) -> Iterator[Finding]:
    """What is wrong with an action, by what it made of the document."""
    action = step.action
    if step.problem is not None:
        yield _of(action, "failed", f"cannot be applied: {step.problem}", _nearest_source(step))
    elif action.may_match_nothing:
        return
    elif not step.matches:
        near = nearest(step.before, action.target_query)
        yield _of(action, "dead", f"the target matches nothing; mend it, {_MENDED}", near)
    elif action.modifier is None:
        return  # `remove: false` and nothing else: somebody switched the action off, and kept it
    elif not step.changes:
        yield _of(action, "needless", f"changes nothing, as the document says the same already; {_MENDED}")
    elif repeated := _repeated(step):
        yield _of(action, "repeated", f"adds to {', '.join(repeated)} what is there already; {_MENDED}")


def _nearest_source(step: Step) -> Nearest | None:
    query = step.action.copy_query
    found = query is None or not step.matches or any(True for _ in query.finditer(step.before))
    return None if found or query is None else nearest(step.before, query)


def _repeated(step: Step) -> list[str]:
    """The arrays that have an element twice now, because the action appended what the document says as well."""
    arrays: dict[str, None] = {}
    if step.action.modifier == "remove":
        return []
    for pointer in changes(step.before, step.after):
        parent = node_at(step.before, pointer[:-1])
        if isinstance(parent, list) and isinstance(pointer[-1], int) and pointer[-1] >= len(parent):
            added = node_at(step.after, pointer)
            if not all(differ(item, added) for item in parent):
                arrays["$" + "".join(f"[{part!r}]" for part in pointer[:-1])] = None
    return list(arrays)

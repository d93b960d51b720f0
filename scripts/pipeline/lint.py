"""Whether the project's overlay documents still say what they should.

Their structure is sound; each action has a reason, which is its `description`; and none is dead. An action is dead when
it matches nothing, or changes nothing because the vendor now says the same; a part of it may be needless alike. Where
that is expected, the action says `x-may-match-nothing: true`. And no action makes a document that costs its package
something, such as two operations of one name. Lint reports every finding, not only the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.bundle import SUFFIXES, check_merged, spec_files, vendors
from pipeline.faults import faults
from pipeline.openapi import Pointer, changes, differ, pointer_text, resolve
from pipeline.overlay.apply import Step
from pipeline.overlay.format import MAY_MATCH_NOTHING, Action, Overlay, OverlayError, read_overlay
from pipeline.overlay.nearest import nearest
from pipeline.patch import Patched, overlay_files, patch_vendor
from pipeline.yaml_files import PipelineError

_DROP = f"drop it, or say `{MAY_MATCH_NOTHING}: true` if that is expected"


@dataclass(frozen=True)
class Finding:
    """One problem.

    `kind` is structure, stray, specs, reason, dead, needless, partly (needless in part, which is a warning),
    repeated, failed, version or fault.
    """

    kind: str
    file: str
    problem: str
    line: int | None = None
    index: int | None = None
    target: str | None = None
    description: str | None = None
    nearest: str | None = None
    advice: str | None = None

    def __str__(self) -> str:
        """The finding for a person, over several lines."""
        position = self.file if self.line is None else f"{self.file}:{self.line}"
        action = "" if self.index is None else f" actions[{self.index}]:"
        lines = [f"{'warning' if self.kind == 'partly' else 'error'}: {position}:{action} {self._sentence}"]
        for name, value in (("target", self.target), ("reason", self.description), ("nearest", self.nearest)):
            if value is not None:
                lines.append(f"  {name:<8} {' '.join(str(value).split()) or 'none'}")
        return "\n".join(lines)

    @property
    def _sentence(self) -> str:
        return self.problem if self.advice is None else f"{self.problem}; {self.advice}"


@dataclass
class Report:
    """How many documents and actions there are, and what is wrong with them."""

    documents: int = 0
    actions: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether there are warnings at most."""
        return all(finding.kind == "partly" for finding in self.findings)

    def __str__(self) -> str:
        checked = f"{_count(self.actions, 'action')} in {_count(self.documents, 'document')}"
        if self.findings:
            return f"overlay: {_count(len(self.findings), 'finding')} in {checked}"
        return f"overlay: {checked}, each with a reason, none dead"


def _count(number: int, name: str) -> str:
    return f"{number} {name}" if number == 1 else f"{number} {name}s"


def lint(root: Path) -> Report:
    report = Report()
    known = vendors(root)
    for vendor in known:
        _lint_vendor(root, vendor, report)
    report.findings += _strays(root, known)
    return report


def _lint_vendor(root: Path, vendor: str, report: Report) -> None:
    overlays, errors = _structure(root, vendor)
    result = Patched(vendor)
    try:
        result = patch_vendor(root, vendor)
        check_merged(result.published, result.conflicts)
    except PipelineError as error:
        report.findings.append(Finding("specs", f"specs/{vendor}", f"cannot be bundled: {error}"))
    findings = [Finding("structure", error.file, error.problem, error.line, error.index) for error in errors]
    silent = [each for overlay in overlays for each in overlay.actions if not (each.description or "").strip()]
    findings += (_of(action, "reason", "has no reason; say why in its `description`") for action in silent)
    findings += (finding for step in result.steps for finding in effect(step))
    findings += _faults(result) if result.for_generator is not None else ()
    order = [f"specs/{vendor}", *(overlay.file for overlay in overlays)]
    findings.sort(key=lambda finding: (order.index(finding.file), -1 if finding.index is None else finding.index))
    report.documents += len(overlays)
    report.actions += sum(overlay.count for overlay in overlays)
    report.findings += findings


def _structure(root: Path, vendor: str) -> tuple[list[Overlay], list[OverlayError]]:
    own, for_generator = overlay_files(root, vendor)
    every = [read_overlay(root, path) for path in (*own, *for_generator)]
    return [overlay for overlay, _ in every], [error for _, errors in every for error in errors]


def _strays(root: Path, known: Sequence[str]) -> Iterator[Finding]:
    """Documents that no vendor's `make generate` would ever read."""
    read = {root / "specs" / "sources.yaml", *(path for vendor in known for path in spec_files(root, vendor))}
    for path in sorted((root / "specs").rglob("*")):
        if path.suffix.lower() in SUFFIXES and path.is_file() and path not in read:
            problem = "is never read: only the .yaml, .yml and .json files of a vendor's folder in specs/ are"
            yield Finding("stray", path.relative_to(root).as_posix(), problem)
    for folder in sorted(path for path in (root / "overlay").glob("*") if path.is_dir() and path.name != "generator"):
        for path in sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()):
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


def _of(action: Action, kind: str, problem: str, near: str | None = None, *, advice: str | None = None) -> Finding:
    description = action.description or ""
    return Finding(kind, action.file, problem, action.line, action.index, action.target, description, near, advice)


def effect(step: Step) -> Iterator[Finding]:
    action = step.action
    if step.problem is not None:
        yield _of(action, "failed", f"cannot be applied: {step.problem}", _nearest_source(step))
    elif action.may_match_nothing:
        return
    elif not step.matches:
        near = nearest(step.before, action.target_query)
        yield _of(action, "dead", "the target matches nothing", near, advice=f"correct it, {_DROP}")
    elif action.modifier is None:
        return  # `remove: false` and nothing else: a person switched the action off, and kept it
    elif not step.changes:
        yield _of(action, "needless", "changes nothing, as the document says the same already", advice=_DROP)
    elif step.warnings:
        yield _of(action, "version", "; ".join(step.warnings))
    elif same := needless_parts(step):
        problem = f"says of {', '.join(same)} what the document says already"
        yield _of(action, "partly", problem, advice=f"drop that part, or say `{MAY_MATCH_NOTHING}: true`")
    elif twice := repeated(step):
        problem = f"adds to {', '.join(twice)} an item that is there already"
        yield _of(action, "repeated", problem, advice=_DROP)


def needless_parts(step: Step) -> list[str]:
    """The parts of an update that every match has already, as pointers into the update, outermost ones first."""
    if step.action.modifier != "update":
        return []
    nodes = [resolve(step.before, match.parts) for match in step.matches]
    return [pointer_text(pointer) for pointer in _same(step.action.update, nodes)]


def _same(update: Any, nodes: Sequence[Any], at: Pointer = ()) -> Iterator[Pointer]:
    if not isinstance(update, dict) or not all(isinstance(node, dict) for node in nodes):
        return
    for key, value in update.items():
        if all(key in node and _has(node[key], value) for node in nodes):
            yield (*at, key)
        else:
            yield from _same(value, [node.get(key) for node in nodes], (*at, key))


def _has(node: Any, update: Any) -> bool:
    """Whether merging `update` into the node changes nothing."""
    if isinstance(node, dict) and isinstance(update, dict):
        return all(key in node and _has(node[key], value) for key, value in update.items())
    return not update if isinstance(node, list) and isinstance(update, list) else not differ(node, update)


def _nearest_source(step: Step) -> str | None:
    query = step.action.copy_query
    if query is None or not step.matches or any(True for _ in query.finditer(step.before)):
        return None
    return nearest(step.before, query)


def _faults(result: Patched) -> Iterator[Finding]:
    """What no package can be made from, and the last action that brought it about; without one, it is published."""
    ends = (result.patched, result.for_generator)
    for fault in dict.fromkeys(fault for document in ends for fault in faults(document)):
        problem = f"no package can be made: {fault}"
        made = (step for step in reversed(result.steps) if step.changes and fault in faults(step.after))
        maker = next((step.action for step in made if fault not in faults(step.before)), None)
        yield _of(maker, "fault", problem) if maker else Finding("fault", f"specs/{result.vendor}", problem)


def repeated(step: Step) -> list[str]:
    """The arrays to which the action appended an item that they had already."""
    arrays: dict[str, None] = {}
    if step.action.modifier == "remove":
        return []
    for pointer in changes(step.before, step.after):
        parent = resolve(step.before, pointer[:-1])
        if isinstance(parent, list) and isinstance(pointer[-1], int) and pointer[-1] >= len(parent):
            added = resolve(step.after, pointer)
            if not all(differ(item, added) for item in parent):
                arrays["$" + "".join(f"[{part!r}]" for part in pointer[:-1])] = None
    return list(arrays)

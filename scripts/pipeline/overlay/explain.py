"""What the project's overlays make of one operation: what is published, what is done to it and why, what comes out.

An action touches the operation when it selects or changes something inside it, makes it, or does so with a component
that the operation refers to in the result. What an operation inherits from its path and from the root of the document
(servers, security) counts too, while it inherits it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from pipeline import yaml_files
from pipeline.bundle import bundle_vendor, spec_files
from pipeline.openapi import METHODS, REFERABLE, Pointer, operations, parse_pointer, pointer_text, walk
from pipeline.overlay.apply import Step, changes, differ, node_at, overlay_files, read_below, steps, vendors
from pipeline.overlay.format import Action, Key, parse_overlay
from pipeline.rulings import RULINGS, parse_rulings
from pipeline.yaml_files import PipelineError


@dataclass(frozen=True)
class Published:
    """A place in `specs/` that publishes the operation."""

    file: str
    line: int | None

    def __str__(self) -> str:
        """The place as an editor opens it."""
        return self.file if self.line is None else f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Touch:
    """An action that touches the operation, and what of it: `operation`, components' names, or what it inherits."""

    number: int
    action: Action
    parts: tuple[str, ...]
    creates: bool


@dataclass(frozen=True)
class Component:
    """A component that the operation refers to in the result. `state` is published, changed or added."""

    name: str
    state: str
    numbers: tuple[int, ...]


@dataclass(frozen=True)
class Explanation:
    """All there is to say about one operation. `before` and `after` are its plain nodes, None where it has none."""

    vendor: str
    operation_id: str | None
    method: str
    path: str
    sources: tuple[Published, ...]
    before: Any
    after: Any
    touches: tuple[Touch, ...]
    components: tuple[Component, ...]
    warnings: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """The explanation for a program."""
        return {
            "vendor": self.vendor,
            "operationId": self.operation_id,
            "method": self.method,
            "path": self.path,
            "published": {
                "places": [{"file": place.file, "line": place.line} for place in self.sources],
                "operation": self.before,
            }
            if self.before is not None
            else None,
            "actions": [
                {
                    "number": touch.number,
                    "file": touch.action.file,
                    "line": touch.action.line,
                    "action": touch.action.index,
                    "kind": touch.action.modifier,
                    "target": touch.action.target,
                    "copy": touch.action.copy,
                    "description": touch.action.description,
                    "creates": touch.creates,
                    "touches": list(touch.parts),
                }
                for touch in self.touches
            ],
            "components": [
                {"name": item.name, "state": item.state, "actions": list(item.numbers)} for item in self.components
            ],
            "result": self.after,
        }


@dataclass(frozen=True)
class _Patching:
    """A vendor's documents on their way from the bundle to the result."""

    vendor: str
    before: Any
    steps: tuple[Step, ...]

    @property
    def after(self) -> Any:
        return self.steps[-1].after if self.steps else self.before

    @cached_property
    def ids(self) -> dict[tuple[str, str], str | None]:
        """The operationId of each operation, be it in the result or only published."""
        published = {where: node.get("operationId") for where, node in _operations(self.before).items()}
        return published | {where: node.get("operationId") for where, node in _operations(self.after).items()}


def explain(root: Path, wanted: str, vendor: str | None = None) -> Explanation:
    """Explain the operation `wanted`, an operationId or `GET /path`, of the project at `root`."""
    known = vendors(root)
    if vendor is not None and vendor not in known:
        raise PipelineError(f"there is no folder specs/{vendor}; there are {', '.join(known) or 'none'}")
    patchings = [_patch(root, name) for name in ([vendor] if vendor else known)]
    patching, where = _found(patchings, wanted)
    method, path = where
    pointer = ("paths", path, method)
    areas = dict(_areas(patching.after if _is_there(patching.after, pointer) else patching.before, pointer))
    touches = tuple(_touches(patching.steps, areas, pointer))
    return Explanation(
        vendor=patching.vendor,
        operation_id=patching.ids[where],
        method=method.upper(),
        path=path,
        sources=tuple(_sources(root, patching.vendor, pointer)) if _is_there(patching.before, pointer) else (),
        before=node_at(patching.before, pointer),
        after=node_at(patching.after, pointer),
        touches=touches,
        components=tuple(_components(patching, areas, touches)),
        warnings=tuple(_warnings(patching.steps)),
    )


def _patch(root: Path, vendor: str) -> _Patching:
    files = overlay_files(root, vendor)
    overlays = [parse_overlay(read_below(root, file), file.relative_to(root).as_posix()) for file in files]
    document = yaml_files.plain(bundle_vendor(root, vendor))
    return _Patching(vendor, document, tuple(steps(document, overlays)))


def _warnings(taken: Iterable[Step]) -> Iterator[str]:
    for step in taken:
        if step.problem is not None:
            yield f"{step.action.label}: not applied: {step.problem}"
        elif not step.matches and not step.action.may_match_nothing:
            yield f"{step.action.label}: the target matches nothing"


# Which operation is meant.


def _operations(document: Any) -> dict[tuple[str, str], Any]:
    named = operations(document) if isinstance(document.get("paths"), dict) else {}
    return {(where.split(" ", 1)[0].lower(), where.split(" ", 1)[1]): node for where, node in named.items()}


def _found(patchings: Iterable[_Patching], wanted: str) -> tuple[_Patching, tuple[str, str]]:
    patchings = list(patchings)
    found = [
        (patching, where)
        for patching in patchings
        for where, name in patching.ids.items()
        if wanted == name or _spoken(wanted) == where
    ]
    if len(found) == 1:
        return found[0]
    if found:
        both = " and ".join(dict.fromkeys(f"{patching.vendor} {' '.join(where)}" for patching, where in found))
        raise PipelineError(f"{wanted!r} is {both}; say which with --vendor, or method and path")
    raise PipelineError(_unknown(patchings, wanted))


def _spoken(wanted: str) -> tuple[str, str]:
    method, _, path = wanted.strip().partition(" ")
    return method.lower(), path.strip()


def _unknown(patchings: Iterable[_Patching], wanted: str) -> str:
    known = [(name, method, path) for item in patchings for (method, path), name in item.ids.items()]
    names = {name.lower(): name for name, _, _ in known if name}
    names |= {f"{method} {path}".lower(): f"{method.upper()} {path}" for _, method, path in known}
    close = [names[item] for item in get_close_matches(wanted.lower(), names, n=3)]
    lines = [f"there is no operation {wanted!r}" + (f"; perhaps {' or '.join(close)} is meant" if close else "")]
    width = max((len(name or "") for name, _, _ in known), default=0)
    lines += ["there are:"] if known else ["there are none"]
    lines += [f"  {name or '':<{width}}  {method.upper():<6} {path}" for name, method, path in known]
    return "\n".join(lines)


def _sources(root: Path, vendor: str, pointer: Pointer) -> Iterator[Published]:
    """The documents that publish the operation; where they differ, the one that a ruling makes the winner."""
    rulings = root / RULINGS
    ruled = parse_rulings(yaml_files.plain(read_below(root, rulings)) or {}, str(RULINGS)) if rulings.exists() else {}
    winner = next((ruling.winner for ruling in ruled.get(vendor, []) if ruling.at == pointer), None)
    _, path, method = pointer
    for file in spec_files(root, vendor):
        item = (read_below(root, file).get("paths") or {}).get(path)
        if isinstance(item, dict) and method in item and winner in {None, file.name}:
            try:
                line = int(item.lc.key(method)[0]) + 1  # type: ignore[attr-defined] # ruamel.yaml's own
            except (AttributeError, KeyError, TypeError):
                line = None
            yield Published(file.relative_to(root).as_posix(), line)


# Which parts of the document are the operation's, and which actions touch them.


def _is_there(document: Any, pointer: Iterable[Key]) -> bool:
    return node_at(document, pointer) is not None


def _areas(document: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Every part of the document that speaks about the operation, and what to call it."""
    yield pointer, "operation"
    shared = node_at(document, (*pointer[:-1], "parameters")) or ()
    open_places = [(pointer, "operation")]
    open_places += [((*pointer[:-1], "parameters", str(index)), "parameter") for index, _ in enumerate(shared)]
    if "security" not in node_at(document, pointer):
        open_places += [
            (("security", str(index)), "requirement") for index, _ in enumerate(document.get("security", []))
        ]
    seen: set[Pointer] = set()
    while open_places:
        at, kind = open_places.pop()
        for target, target_kind in _references(node_at(document, at), kind):
            if target not in seen and _is_there(document, target):
                seen.add(target)
                open_places.append((target, target_kind))
                yield target, "/".join(target[1:]) if target[0] == "components" else pointer_text(target)


def _references(node: Any, kind: str) -> Iterator[tuple[Pointer, str]]:
    for place in walk(node, kind):
        if place.kind in REFERABLE and isinstance(place.node.get("$ref"), str):
            yield _target(place.node["$ref"]), place.kind
        elif place.kind == "discriminator" and isinstance(place.node.get("mapping"), dict):
            yield from ((_target(value), "schema") for value in map(str, place.node["mapping"].values()))
        elif place.kind == "requirement":
            yield from ((("components", "securitySchemes", name), "security_scheme") for name in place.node)


def _target(reference: str) -> Pointer:
    if "#" not in reference:  # a discriminator may tell a schema by its bare name
        return ("components", "schemas", reference)
    return parse_pointer(unquote(reference.split("#", 1)[1]))


def _touches(taken: Iterable[Step], areas: Mapping[Pointer, str], pointer: Pointer) -> Iterator[Touch]:
    number = 0
    for step in taken:
        changed = [tuple(map(str, change)) for change in changes(step.before, step.after)]
        matched = [tuple(map(str, match.parts)) for match in step.matches]
        here = {**areas, **dict(_inherited(step.before, pointer)), **dict(_inherited(step.after, pointer))}
        parts = [name for area, name in here.items() if _touched(area, matched, changed)]
        if parts:
            number += 1
            creates = not _is_there(step.before, pointer) and _is_there(step.after, pointer)
            yield Touch(number, step.action, tuple(dict.fromkeys(parts)), creates)


def _touched(area: Pointer, matched: Iterable[Pointer], changed: Iterable[Pointer]) -> bool:
    """Whether something in the area was selected or changed, or the whole of it came or went."""
    if any(match[: len(area)] == area for match in matched):
        return True
    return any(change[: len(area)] == area or area[: len(change)] == change for change in changed)


def _inherited(document: Any, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """What the operation has from its path, and from the root as long as neither it nor its path says that itself."""
    node, path = node_at(document, pointer), node_at(document, pointer[:-1])
    if isinstance(node, dict):
        yield from (((*pointer[:-1], key), f"{key} of the path") for key in path if key not in METHODS)
        unsaid = (key for key in ("servers", "security") if key not in node and key not in path)
        yield from (((key,), f"{key} of the root") for key in unsaid)


def _components(patching: _Patching, areas: Mapping[Pointer, str], touches: Iterable[Touch]) -> Iterator[Component]:
    touches = list(touches)
    for area, name in sorted(areas.items(), key=lambda item: item[1]):
        if name == "operation":
            continue
        before, after = node_at(patching.before, area), node_at(patching.after, area)
        state = "added" if before is None else "changed" if differ(before, after) else "published"
        yield Component(name, state, tuple(touch.number for touch in touches if name in touch.parts))

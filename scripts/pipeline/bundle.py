"""Merge the documents of a vendor into one OpenAPI 3.1 document.

Every source is lifted to 3.1 and taken apart into units: a method of a path, a component, a tag, a key of the root. A
unit that all its sources define alike is taken. Where they differ, `overlay/bundle.yaml` must name the winner, or a new
name for one of them; and each of its resolutions must still be needed.
"""

from __future__ import annotations

import copy
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import yaml_files
from pipeline.cut import cut
from pipeline.lift import lift, own_parameters, plain_servers, unwrap
from pipeline.openapi import (
    COMPONENT_NAME,
    METHODS,
    Pointer,
    changes,
    check_references,
    differ,
    operations,
    parse_pointer,
    pointer_text,
    rename,
    resolve,
    walk,
)
from pipeline.sources import Entry, load_sources
from pipeline.yaml_files import PipelineError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SUFFIXES = {".yaml", ".yml", ".json"}
"""How the names of documents end."""
RESOLUTIONS = Path("overlay", "bundle.yaml")
_ORDER = ("jsonSchemaDialect", "info", "externalDocs", "servers", "security", "tags", "paths", "webhooks", "components")


@dataclass(frozen=True)
class Source:
    """One document of a vendor; `name` is its file's name."""

    name: str
    document: Any


class _Absent:
    """Stands for a key that a source leaves out where leaving it out means something."""


_ABSENT = _Absent()
Units = dict[Pointer, dict[str, Any]]  # for each pointer: what each source has there


# The resolutions of `overlay/bundle.yaml`.


@dataclass(frozen=True)
class Resolution:
    """The decision about one conflict: the source that wins, or new names."""

    at: Pointer
    reason: str
    winner: str | None = None
    rename: Mapping[str, str] = field(default_factory=dict, hash=False)

    @property
    def sources(self) -> list[str]:
        return [self.winner] if self.winner else list(self.rename)

    def __str__(self) -> str:
        return f"the {'winner' if self.winner else 'rename'} at {pointer_text(self.at)}"


def parse_resolutions(document: Any, name: str) -> dict[str, list[Resolution]]:
    """The resolutions of each vendor, from the plain content of `overlay/bundle.yaml`."""
    if not isinstance(document, dict):
        raise PipelineError(f"{name}: must map vendors to lists of resolutions")
    resolutions: dict[str, list[Resolution]] = {}
    for vendor, items in document.items():
        if not isinstance(items, list):
            raise PipelineError(f"{name}: {vendor}: must be a list of resolutions")
        resolutions[vendor] = [
            _resolution(item, f"{name}: {vendor}: resolution {number}") for number, item in enumerate(items, 1)
        ]
    return resolutions


def _resolution(item: Any, name: str) -> Resolution:
    if not isinstance(item, dict) or not set(item) <= {"at", "winner", "rename", "reason"}:
        raise PipelineError(f"{name}: must have the keys `at`, `reason`, and either `winner` or `rename`")
    at, reason, winner, rename = (item.get(key) for key in ("at", "reason", "winner", "rename"))
    if not isinstance(at, str) or not at.startswith("/"):
        raise PipelineError(f"{name}: `at` must be a JSON pointer, not {at!r}")
    if not isinstance(reason, str) or not reason.strip():
        raise PipelineError(f"{name} ({at}): `reason` is missing")
    if ("winner" in item) == ("rename" in item):
        raise PipelineError(f"{name} ({at}): must have either `winner` or `rename`")
    pointer = parse_pointer(at)
    if "winner" in item:
        if not isinstance(winner, str) or not winner:
            raise PipelineError(f"{name} ({at}): `winner` must be a file name, not {winner!r}")
        return Resolution(pointer, reason, winner=winner)
    if not isinstance(rename, dict) or not rename or not all(isinstance(new, str) for new in rename.values()):
        raise PipelineError(f"{name} ({at}): `rename` must map file names to new names")
    if len(pointer) != 3 or pointer[0] != "components":
        raise PipelineError(f"{name} ({at}): only components can be renamed")
    if not all(COMPONENT_NAME.fullmatch(new) for new in rename.values()):
        raise PipelineError(f"{name} ({at}): a component's name has letters, digits, dots, dashes and underscores only")
    return Resolution(pointer, reason, rename=rename)


# Reading.


def lifted(source: Source) -> tuple[Source, list[str]]:
    """The source as 3.1, and every problem that it has by itself."""
    if not isinstance(source.document, dict):
        return source, [f"{source.name}: is not a mapping"]
    version = source.document.get("openapi")
    if not re.fullmatch(r"3\.[01]\.\d+", str(version)):
        return source, [f"{source.name}: `openapi` is {version!r}, and only 3.0 and 3.1 can be bundled"]
    document = copy.deepcopy(source.document)
    misshapen = list(_misshapen(document))
    if misshapen:
        return source, [f"{source.name}: {problem}" for problem in misshapen]
    broken = check_references(document)
    problems = [f"{source.name}: {problem}" for problem in broken]
    unlifted = [*lift(document), *plain_servers(document)]
    problems += [f"{source.name}: cannot be lifted to 3.1: {problem}" for problem in unlifted]
    own_parameters(document)
    for item in walk(document):
        if item.kind == "schema":
            unwrap(item.node)
    if not broken:
        moved = "it referred to a part of a schema that lifting to 3.1 wraps"
        problems += [f"{source.name}: {problem}: {moved}" for problem in check_references(document)]
    return Source(source.name, document), problems


def _misshapen(document: Any) -> Iterator[str]:
    """What cannot be taken apart into units."""
    for key in ("paths", "webhooks", "components"):
        members = document.get(key, {})
        if not isinstance(members, dict):
            yield f"/{key}: is not a mapping"
            continue
        for name, member in members.items():
            if not isinstance(member, dict) and not name.startswith("x-"):
                yield f"{pointer_text((key, name))}: is not a mapping"
    tags = document.get("tags", [])
    names = [tag.get("name") if isinstance(tag, dict) else None for tag in tags] if isinstance(tags, list) else [None]
    if not all(isinstance(name, str) for name in names):
        yield "/tags: is not a list of tags with names"
    elif len(set(names)) < len(names):
        yield "/tags: has a name more than once"


# Units and their conflicts.


def units_of(document: Any) -> Iterator[tuple[Pointer, Any]]:
    """The units of one document: a method of a path, a component, a tag, a key of the root."""
    for key, value in document.items():
        if key in {"paths", "webhooks", "components"}:
            for name, members in value.items():
                if isinstance(members, dict) and not name.startswith("x-"):
                    yield from (((key, name, member), node) for member, node in members.items())
                else:
                    yield (key, name), members
        elif key == "tags":
            yield from (((key, tag["name"]), tag) for tag in value)
        elif key != "openapi":
            yield (key,), value


def _inherits(document: Any, pointer: Pointer) -> bool:
    """Whether leaving out what another source has at `pointer` says something about this source's operations."""
    key = pointer[-1]
    if len(pointer) == 1 and key in {"servers", "security"}:
        items = [item for item in (document.get("paths") or {}).values() if isinstance(item, dict)]
        return any(_lacks(item, key) for item in items if key == "security" or key not in item)
    if len(pointer) == 3 and pointer[0] in {"paths", "webhooks"} and key == "servers":
        item = (document.get(pointer[0]) or {}).get(pointer[1])
        return isinstance(item, dict) and _lacks(item, key)
    return False


def _lacks(item: Any, key: str) -> bool:
    return any(isinstance(item.get(method), dict) and key not in item[method] for method in METHODS)


def collect(sources: Sequence[Source]) -> Units:
    """Every unit of the sources, in order, with what each source has there."""
    units: Units = {}
    for source in sources:
        for pointer, value in units_of(source.document):
            units.setdefault(pointer, {})[source.name] = value
    for pointer, values in units.items():
        for source in sources:
            if source.name not in values and _inherits(source.document, pointer):
                values[source.name] = _ABSENT
    return units


def _groups(values: Mapping[str, Any]) -> list[tuple[list[str], Any]]:
    """The names of the sources that have the same value, together."""
    groups: list[tuple[list[str], Any]] = []
    for name, value in values.items():
        names = next((names for names, other in groups if not differ(value, other)), None)
        if names is None:
            groups.append(([name], value))
        else:
            names.append(name)
    return groups


def conflicts(units: Units) -> dict[Pointer, Mapping[str, Any]]:
    """The units that their sources define differently."""
    return {pointer: values for pointer, values in units.items() if len(_groups(values)) > 1}


def describe(pointer: Pointer, values: Mapping[str, Any]) -> str:
    """One conflict for a person: the pointer, the sources, and the first difference."""
    (first, one), (second, other), *more = _groups(values)
    parts = [f"{pointer_text(pointer)}: {', '.join(first)} against {', '.join(second)}: {difference(one, other)}"]
    parts += [f"and {', '.join(names)}: {difference(one, value)}" for names, value in more]
    return "; ".join(parts)


def difference(one: Any, other: Any) -> str:
    """The first difference of two values, shortened."""
    at = next(changes(one, other))
    where = f"{pointer_text(tuple(map(str, at)))}: " if at else ""
    return f"{where}{_short(resolve(one, at, _ABSENT))} against {_short(resolve(other, at, _ABSENT))}"


def _short(value: Any) -> str:
    if isinstance(value, _Absent):
        return "nothing"
    text = " ".join(str(value).split()) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


# Merging.


def _renamed(sources: Sequence[Source], resolutions: Iterable[Resolution]) -> list[Source]:
    renamed = [Source(source.name, copy.deepcopy(source.document)) for source in sources]
    for resolution in resolutions:
        for source in renamed:
            if source.name in resolution.rename and not _cannot_rename(source, resolution):
                rename(source.document, resolution.at, resolution.rename[source.name])
    return renamed


def _cannot_rename(source: Source, resolution: Resolution) -> str | None:
    units = dict(units_of(source.document))
    new = (*resolution.at[:-1], resolution.rename[source.name])
    if resolution.at not in units:
        return f"{source.name} does not define it"
    return f"{source.name} has {pointer_text(new)} already" if new in units else None


def _name_problems(sources: Sequence[Source], resolution: Resolution) -> list[str]:
    """The sources and names in a resolution that do not exist."""
    known = {source.name: source for source in sources}
    unknown = [f"there is no source {name}" for name in resolution.sources if name not in known]
    cannot = [_cannot_rename(known[name], resolution) for name in resolution.rename if name in known]
    return [f"{resolution}: {problem}" for problem in (*unknown, *cannot) if problem]


def _settle(
    sources: Sequence[Source], resolutions: Sequence[Resolution]
) -> tuple[Units, dict[Pointer, str], list[str]]:
    """The units after all renames, the winners among them, and what is wrong.

    Every conflict needs a resolution, and every winner a conflict. A rename may be there for its name alone, but not
    where another source keeps the old name for the same thing.
    """
    renames = [resolution for resolution in resolutions if resolution.rename]
    problems: list[str] = []
    for resolution in renames:
        # Renaming one thing changes what refers to it, so a resolution may be needed only because of another one.
        others = collect(_renamed(sources, [other for other in renames if other is not resolution]))
        if not others.get(resolution.at, {}).keys() <= resolution.rename.keys() and resolution.at not in conflicts(
            others
        ):
            problems.append(f"{resolution} is not needed: the sources do not differ there")
    units = collect(_renamed(sources, renames))
    open_conflicts = conflicts(units)
    winners = {resolution.at: resolution.winner for resolution in resolutions if resolution.winner}
    for resolution in resolutions:
        if resolution.winner and resolution.at not in open_conflicts:
            problems.append(f"{resolution} is not needed: the sources do not differ there")
        elif resolution.winner and resolution.winner not in open_conflicts[resolution.at]:
            problems.append(f"{resolution}: {resolution.winner} does not define it")
    problems += [describe(at, values) for at, values in open_conflicts.items() if at not in winners]
    return units, winners, problems


def _assemble(units: Units, winners: Mapping[Pointer, str]) -> Any:
    document: dict[str, Any] = {"openapi": "3.1.0"}
    rank = {key: position for position, key in enumerate(_ORDER)}
    for pointer in sorted(units, key=lambda pointer: rank.get(pointer[0], len(rank))):
        values = units[pointer]
        winner = winners.get(pointer)
        value = values[winner if winner in values else next(iter(values))]
        if isinstance(value, _Absent):
            continue
        if pointer[0] == "tags" and len(pointer) == 2:
            document.setdefault("tags", []).append(value)
            continue
        parent = document
        for key in pointer[:-1]:
            parent = parent.setdefault(key, {})
        parent[pointer[-1]] = value
    return document


def merge(sources: Sequence[Source], resolutions: Sequence[Resolution] = ()) -> tuple[Any, list[str]]:
    """The sources as one OpenAPI 3.1 document, and the problems with conflicts and resolutions.

    Without a resolution, the first source wins.

    Raises:
        PipelineError: a source is broken in itself; the message lists every problem.
    """
    every = [lifted(source) for source in sources]
    raise_problems([problem for _, problems in every for problem in problems], "these documents cannot be bundled")
    plain = [source for source, _ in every]
    wrong = {resolution: _name_problems(plain, resolution) for resolution in resolutions}
    problems = [problem for each in wrong.values() for problem in each]
    labels = [str(resolution) for resolution in resolutions]
    problems += sorted({f"{label} appears more than once" for label in labels if labels.count(label) > 1})
    units, winners, more = _settle(plain, [resolution for resolution, each in wrong.items() if not each])
    return _assemble(units, winners), problems + more


def check_merged(document: Any, problems: Sequence[str]) -> None:
    """Raise PipelineError unless the sources were merged without a problem."""
    raise_problems(problems, f"{RESOLUTIONS.as_posix()} must resolve each conflict of the sources, and nothing else")
    raise_problems(check_references(document), f"the winners in {RESOLUTIONS.as_posix()} break references")


def raise_problems(problems: Sequence[str], summary: str) -> None:
    """Raise PipelineError with all the problems, if there are any."""
    if problems:
        raise PipelineError("\n  ".join([f"{summary}:", *problems]))


# The sources of a vendor.


def vendors(root: Path) -> list[str]:
    """The vendors that have a folder in `specs/`, in name order."""
    return sorted(folder.name for folder in (root / "specs").glob("*") if folder.is_dir())


def spec_files(root: Path, vendor: str) -> list[Path]:
    """The documents of a vendor in `specs/`, in name order."""
    folder = root / "specs" / vendor
    return sorted(path for path in folder.glob("*") if path.suffix.lower() in SUFFIXES)


def read_sources(root: Path, vendor: str) -> tuple[list[Source], list[Resolution]]:
    """What we want of the documents of a vendor, and the resolutions of their conflicts."""
    files = spec_files(root, vendor)
    if not files:
        raise PipelineError(f"specs/{vendor}: has no documents")
    path = root / RESOLUTIONS
    resolutions = parse_resolutions(yaml_files.load(path) or {}, str(path)) if path.exists() else {}
    unknown = [name for name in resolutions if not (root / "specs" / name).is_dir()]
    if unknown:
        raise PipelineError(f"{path}: resolutions for {', '.join(unknown)}, which has no folder in specs/")
    entries = load_sources(root / "specs")
    sources = [
        Source(file.name, _wanted(yaml_files.load(file), entries.get(f"{vendor}/{file.name}"))) for file in files
    ]
    return sources, resolutions.get(vendor, [])


def _wanted(document: Any, entry: Entry | None) -> Any:
    """What we want of a bare OpenAPI file, which has more than that; a page's block is cut by its vendor."""
    if entry is None or entry["kind"] != "document" or not isinstance(resolve(document, ("paths",)), dict):
        return document
    return cut(document, entry.get("operations") or operations(document))

"""Merge the documents of a vendor into one OpenAPI 3.1 document.

Every source is lifted to 3.1 and taken apart into units: a method of a path, a component, a tag, a key of the root. A
unit that all its sources define alike is taken. Where they differ, `overlay/bundle.yaml` must name the winner, or a new
name for one of them; and every line of it must still be needed.
"""

from __future__ import annotations

import argparse
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline import yaml_files
from pipeline.lift import lift
from pipeline.openapi import METHODS, Pointer, check_references, pointer_text, rename, tree
from pipeline.rulings import RULINGS, Ruling, parse_rulings
from pipeline.yaml_files import PipelineError
from ruamel.yaml.comments import CommentedMap, CommentedSeq

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

ROOT = Path(__file__).resolve().parents[2]
_NAME = re.compile(r"[A-Za-z0-9._-]+")
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


# Reading: documents as plain trees.


def lifted(source: Source) -> tuple[Source, list[str]]:
    """The source as 3.1, and every problem it has by itself."""
    if not isinstance(source.document, dict):
        return source, [f"{source.name}: holds no mapping"]
    version = source.document.get("openapi")
    if not re.fullmatch(r"3\.[01]\.\d+", str(version)):
        return source, [f"{source.name}: `openapi` is {version!r}: only 3.0 and 3.1 can be bundled"]
    try:
        document = tree(source.document)
    except RecursionError:
        return source, [f"{source.name}: contains itself, or is nested too deeply"]
    misshapen = list(_misshapen(document))
    if misshapen:
        return source, [f"{source.name}: {problem}" for problem in misshapen]
    broken = check_references(document)
    problems = [f"{source.name}: {problem}" for problem in broken]
    problems += [f"{source.name}: cannot be lifted to 3.1: {problem}" for problem in lift(document)]
    if not broken:
        moved = "pointed into a schema that lifting to 3.1 has to wrap"
        problems += [f"{source.name}: {problem}: it {moved}" for problem in check_references(document)]
    return Source(source.name, document), problems


def _misshapen(document: Any) -> Iterator[str]:
    """What cannot be taken apart into units."""
    for key in ("paths", "webhooks", "components"):
        members = document.get(key, {})
        if not isinstance(members, dict):
            yield f"/{key}: is no mapping"
            continue
        for name, member in members.items():
            if not isinstance(member, dict) and not name.startswith("x-"):
                yield f"{pointer_text((key, name))}: is no mapping"
    tags = document.get("tags", [])
    names = [tag.get("name") if isinstance(tag, dict) else None for tag in tags] if isinstance(tags, list) else [None]
    if not all(isinstance(name, str) for name in names):
        yield "/tags: is no list of tags with names"
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
    if len(pointer) == 3 and pointer[0] in {"paths", "webhooks"} and key in {"servers", "parameters"}:
        item = (document.get(pointer[0]) or {}).get(pointer[1])
        return isinstance(item, dict) and (key == "parameters" or _lacks(item, key)) and any(m in item for m in METHODS)
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
    """The sources that have the same, together."""
    groups: list[tuple[list[str], Any]] = []
    for name, value in values.items():
        plain = yaml_files.plain(value)
        for names, other in groups:
            if _same(plain, other):
                names.append(name)
                break
        else:
            groups.append(([name], plain))
    return groups


def _same(one: Any, other: Any) -> bool:
    """Equality as JSON means it: `true` is not `1`."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_same, one, other))
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def conflicts(units: Units) -> dict[Pointer, Mapping[str, Any]]:
    """The units that their sources define differently."""
    return {pointer: values for pointer, values in units.items() if len(_groups(values)) > 1}


def describe(pointer: Pointer, values: Mapping[str, Any]) -> str:
    """One conflict for a person: where, who, and the first difference."""
    (first, one), (second, other), *more = _groups(values)
    parts = [f"{pointer_text(pointer)}: {', '.join(first)} against {', '.join(second)}: {difference(one, other)}"]
    parts += [f"and {', '.join(names)}: {difference(one, value)}" for names, value in more]
    return "; ".join(parts)


def difference(one: Any, other: Any, at: Pointer = ()) -> str:
    """The first place where two values differ, shortly."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            here, there = one.get(key, _ABSENT), other.get(key, _ABSENT)
            if not _same(here, there):
                return difference(here, there, (*at, key))
    if isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for index, (here, there) in enumerate(zip(one, other, strict=True)):
            if not _same(here, there):
                return difference(here, there, (*at, str(index)))
    where = f"{pointer_text(at)}: " if at else ""
    return f"{where}{_short(one)} against {_short(other)}"


def _short(value: Any) -> str:
    if isinstance(value, _Absent):
        return "nothing"
    text = " ".join(str(value).split()) if isinstance(value, str) else repr(value)
    return text if len(text) <= 60 else text[:57] + "…"


# Merging.


def _renamed(sources: Sequence[Source], rulings: Iterable[Ruling]) -> list[Source]:
    renamed = [Source(source.name, tree(source.document)) for source in sources]
    for ruling in rulings:
        for source in renamed:
            if source.name in ruling.rename and not _cannot_rename(source, ruling):
                rename(source.document, ruling.at, ruling.rename[source.name])
    return renamed


def _cannot_rename(source: Source, ruling: Ruling) -> str | None:
    units = dict(units_of(source.document))
    new = (*ruling.at[:-1], ruling.rename[source.name])
    if ruling.at not in units:
        return f"{source.name} has nothing of that name"
    return f"{source.name} has {pointer_text(new)} already" if new in units else None


def _check_names(sources: Sequence[Source], rulings: Sequence[Ruling]) -> list[str]:
    known = {source.name: source for source in sources}
    problems: list[str] = []
    for ruling in rulings:
        problems += [f"{ruling}: there is no source {name}" for name in ruling.sources if name not in known]
        cannot = [_cannot_rename(known[name], ruling) for name in ruling.rename if name in known]
        problems += [f"{ruling}: {problem}" for problem in cannot if problem]
    spoken = [str(ruling) for ruling in rulings]
    return problems + sorted({f"{text} is there more than once" for text in spoken if spoken.count(text) > 1})


def _settle(sources: Sequence[Source], rulings: Sequence[Ruling]) -> tuple[Units, dict[Pointer, str], list[str]]:
    """The units after all renames, the winners among them, and what is wrong.

    Every conflict must be ruled on, and every ruling needed.
    """
    renames = [ruling for ruling in rulings if ruling.rename]
    problems: list[str] = []
    for ruling in renames:
        # Renaming one thing changes what refers to it, so a ruling may be needed only because of another one.
        others = conflicts(collect(_renamed(sources, [other for other in renames if other is not ruling])))
        if ruling.at not in others:
            problems.append(f"{ruling} is not needed: the sources do not differ there")
    units = collect(_renamed(sources, renames))
    open_conflicts = conflicts(units)
    winners = {ruling.at: ruling.winner for ruling in rulings if ruling.winner}
    for ruling in rulings:
        if ruling.winner and ruling.at not in open_conflicts:
            problems.append(f"{ruling} is not needed: the sources do not differ there")
        elif ruling.winner and ruling.winner not in open_conflicts[ruling.at]:
            problems.append(f"{ruling}: {ruling.winner} has no say there")
    problems += [describe(at, values) for at, values in open_conflicts.items() if at not in winners]
    return units, winners, problems


def _assemble(units: Units, winners: Mapping[Pointer, str]) -> Any:
    document = CommentedMap(openapi="3.1.0")
    rank = {key: position for position, key in enumerate(_ORDER)}
    for pointer in sorted(units, key=lambda pointer: rank.get(pointer[0], len(rank))):
        values = units[pointer]
        winner = winners.get(pointer)
        value = values[winner if winner in values else next(iter(values))]
        if isinstance(value, _Absent):
            continue
        if pointer[0] == "tags" and len(pointer) == 2:
            document.setdefault("tags", CommentedSeq()).append(value)
            continue
        parent = document
        for key in pointer[:-1]:
            parent = parent.setdefault(key, CommentedMap())
        parent[pointer[-1]] = value
    return document


def _raise(problems: Sequence[str], summary: str) -> None:
    if problems:
        raise PipelineError("\n  ".join([f"{summary}:", *problems]))


def bundle(sources: Sequence[Source], rulings: Sequence[Ruling] = ()) -> Any:
    """The sources as one OpenAPI 3.1 document; what stands in the way is told all at once."""
    every = [lifted(source) for source in sources]
    _raise([problem for _, problems in every for problem in problems], "these documents cannot be bundled")
    plain = [source for source, _ in every]
    _raise(_check_names(plain, rulings), f"{RULINGS.as_posix()} does not fit the sources")
    units, winners, problems = _settle(plain, rulings)
    _raise(problems, f"conflicts need a winner or a rename in {RULINGS.as_posix()}, and only they do")
    document = _assemble(units, winners)
    _raise(check_references(document), f"the winners in {RULINGS.as_posix()} leave references behind")
    if len(plain) == 1:  # a comment at the top speaks of its own document only
        document.ca.comment = plain[0].document.ca.comment
    return document


def bundle_anyway(sources: Sequence[Source], rulings: Sequence[Ruling] = ()) -> tuple[Any, list[str]]:
    """As `bundle`, going on where the sources and the rulings do not fit: the document, and what stood in the way.

    Where nobody ruled on a conflict the first source wins. A document that is broken in itself is an error here too.
    """
    every = [lifted(source) for source in sources]
    _raise([problem for _, problems in every for problem in problems], "these documents cannot be bundled")
    plain = [source for source, _ in every]
    problems = _check_names(plain, rulings)
    names = {source.name for source in plain}
    units, winners, more = _settle(plain, [ruling for ruling in rulings if names.issuperset(ruling.sources)])
    return _assemble(units, winners), problems + more


def spec_files(root: Path, vendor: str) -> list[Path]:
    """The documents of a vendor in `specs/`, in name order."""
    folder = root / "specs" / vendor
    return sorted(path for path in folder.glob("*") if path.suffix in {".yaml", ".json"})


def read_sources(root: Path, vendor: str) -> tuple[list[Source], list[Ruling]]:
    """The documents of a vendor, and the rulings on them."""
    files = spec_files(root, vendor) if _NAME.fullmatch(vendor) else []
    if not files:
        raise PipelineError(f"specs/{vendor}: no documents there")
    path = root / RULINGS
    rulings = parse_rulings(yaml_files.plain(yaml_files.load(path)) or {}, str(path)) if path.exists() else {}
    unknown = [name for name in rulings if not (root / "specs" / name).is_dir()]
    if unknown:
        raise PipelineError(f"{path}: rulings for {', '.join(unknown)}, and no such folder in specs/")
    return [Source(file.name, yaml_files.load(file)) for file in files], rulings.get(vendor, [])


def bundle_vendor(root: Path, vendor: str) -> Any:
    """The bundled document of a vendor, from `specs/` and `overlay/bundle.yaml` under `root`."""
    return bundle(*read_sources(root, vendor))


def main(arguments: list[str] | None = None) -> int:
    """The program: print the bundled document, or write it to a file."""
    parser = argparse.ArgumentParser(description="Merge the documents of a vendor into one OpenAPI 3.1 document.")
    parser.add_argument("vendor", metavar="VENDOR", help="a folder of specs/")
    parser.add_argument("--output", type=Path, metavar="FILE", help="write there instead of printing")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    try:
        text = yaml_files.dumps(bundle_vendor(options.root, options.vendor))
        if options.output:
            options.output.write_text(text, encoding="utf-8", newline="\n")
        else:
            sys.stdout.buffer.write(text.encode())
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"error: {error.filename or options.output}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

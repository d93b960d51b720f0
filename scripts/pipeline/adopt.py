"""Hand operations over from the overlay to the document that publishes them now.

Everything happens in a copy of `specs/` and `overlay/`. The document is vendored there, `overlay/bundle.yaml` gives its
components the names that the package has, and the overlay keeps what it says beyond the document. Where the two say
different things, the document holds, but for names and null. The draft counts only if the copy is clean then, and has
every name that the package had.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bundle import RESOLUTIONS, Source, collect, conflicts, describe, lifted, read_sources, units_of, vendors
from pipeline.hand_over import Overlays
from pipeline.lint import lint
from pipeline.openapi import (
    Pointer,
    followed,
    operations,
    parse_pointer,
    place,
    pointer_text,
    rename,
    resolve,
    target_pointer,
)
from pipeline.patch import Patched, patch_vendor
from pipeline.recognise import Choice, content_of, known_file, shape
from pipeline.sources import load_sources, read_page
from pipeline.vendor import plan_of
from pipeline.yaml_edit import read, write_or_drop
from pipeline.yaml_files import PipelineError

_SCHEMAS = ("components", "schemas")


@dataclass(frozen=True)
class Draft:
    """What handing operations over means.

    Attributes:
        names: the operations, and the document of each.
        edits: what becomes of the overlay: actions dropped, shortened and added, names given.
        patched: the patched document before and after.
        documents: each document of the operations, with what holds where a ruling was needed, and by itself.
    """

    names: list[str]
    edits: list[str]
    patched: tuple[Any, Any]
    documents: dict[str, tuple[Any, Any]]


def adopt(root: Path, trial: Path, wanted: Sequence[str], vendor: str, offered: str = "") -> Draft:
    """Edit `trial`, a copy of the project at `root`, so that its overlay fits the document that it alone has.

    `offered` says what the document of the operations has.

    Raises:
        PipelineError: no document publishes an operation, the overlay does not write it, or the draft does not fit.
    """
    before = patch_vendor(root, vendor)
    pairs = [_pair(before, trial, each, offered) for each in wanted]
    before.check()
    edits, documents = _rule(before, trial, pairs)
    moved = {theirs.split(" ", 1)[1]: ours.split(" ", 1)[1] for ours, theirs, _ in pairs if ours != theirs}
    overlays = Overlays(before, trial, moved)
    overlays.edit()
    after = patch_vendor(trial, vendor)
    after.check()
    if not (report := lint(trial)).sound:
        raise PipelineError(
            "\n  ".join(["the draft does not fit; mend what it names first:", *map(str, report.findings)])
        )
    if lost := sorted(_names(before.patched) - _names(after.patched)):
        raise PipelineError("\n  ".join(["the package would lose names:", *lost]))
    ruled = [each.at for each in read_sources(trial, vendor)[1] if each.winner]
    return Draft(
        [f"{ours} from specs/{vendor}/{file}" for ours, _, file in pairs],
        [*edits, *overlays.edits],
        (before.patched, after.patched),
        {file: (_as_it_holds(document, after.patched, ruled), document) for file, document in documents.items()},
    )


def vendor_of(root: Path, wanted: str) -> str:
    """The vendor that has the operation `wanted`, an operationId or `GET /path`, published or by the overlay."""
    known = {vendor: patch_vendor(root, vendor).patched for vendor in vendors(root)}
    for vendor, document in known.items():
        if _find(document, wanted):
            return vendor
    raise PipelineError(f"there is no operation {wanted!r}; there are {', '.join(map(str, _all(known.values())))}")


def forget_document(trial: Path, wanted: Sequence[str], vendor: str) -> None:
    """Take the documents that publish the operations out of `trial`."""
    document = patch_vendor(trial, vendor).patched
    names = {shape(_find(document, each) or each) for each in wanted}
    sources = read_sources(trial, vendor)[0]
    having = [source for source in sources if names & {shape(name) for name in operations(source.document)}]
    for source in having if len(having) < len(sources) else ():
        (trial / "specs" / vendor / source.name).unlink()


def vendor_document(trial: Path, where: str, url: str | None, wanted: Sequence[str], vendor: str) -> str:
    """Vendor the document at `where` in `trial`: of a bare one what is wanted, and what was taken from it before.

    Returns what it has, for errors.
    """
    specs = trial / "specs"
    sources = load_sources(specs)
    page = read_page(where, url)
    content = content_of(page)
    chosen = None
    if content.kind == "document":
        file = known_file(page, specs, sources)
        taken = sources[file].get("operations") if file else []
        document = patch_vendor(trial, vendor).patched
        ours = {shape(_find(document, each) or each) for each in wanted}
        names = [name for name in content.names if shape(name) in ours]
        chosen = None if taken is None or not names else ", ".join(dict.fromkeys([*taken, *names]))
    choice = Choice(url=url, vendor=vendor, operations=chosen)
    plan_of(where, choice, None, trial, sources).carry_out(specs, sources)
    return f"{where} has {', '.join(content.names)}"


# Which operation is which, and what it is called.

Pair = tuple[str, str, str]
"""An operation as we write it, as the document writes it (`GET /path`), and the document's file."""


def _find(document: Any, wanted: str) -> str | None:
    every = operations(document).items()
    same = (name for name, node in every if wanted == node.get("operationId") or shape(name) == shape(wanted))
    return next(same, None)


def _all(documents: Iterable[Any]) -> list[str]:
    return [str(node.get("operationId", name)) for each in documents for name, node in operations(each).items()]


def _pair(before: Patched, trial: Path, wanted: str, offered: str) -> Pair:
    written = {**before.patched, "paths": {}}
    for name, node in operations(before.patched).items():
        if name not in operations(before.published):
            method, path = name.split(" ", 1)
            written["paths"].setdefault(path, {})[method.lower()] = node
    if (ours := _find(written, wanted)) is None:
        raise PipelineError(f"no overlay writes {wanted!r}; they write {', '.join(_all([written])) or 'none'}")
    for source in read_sources(trial, before.vendor)[0]:
        if theirs := _find(source.document, ours):
            return ours, theirs, source.name
    raise PipelineError(f"no document in specs/{before.vendor}/ publishes {ours}; {offered or 'name one with --from'}")


def _rule(before: Patched, trial: Path, pairs: Sequence[Pair]) -> tuple[list[str], dict[str, Any]]:
    """Give the documents our names, and let what was published before win where they contradict it."""
    path = trial / RESOLUTIONS
    rulings = (read(path) if path.exists() else None) or {}
    own = rulings.setdefault(before.vendor, [])
    documents = {each.name: copy.deepcopy(lifted(each)[0].document) for each in read_sources(trial, before.vendor)[0]}
    edits: list[str] = []
    adopted = list(dict.fromkeys(file for _, _, file in pairs))
    for file in adopted:
        document = documents[file]
        names = _called(before, document, [pair[:2] for pair in pairs if pair[2] == file])
        for at, name in names.items():
            there = next((each for each in own if each["at"] == pointer_text(at) and "rename" in each), None)
            if there is None:
                there = {"at": pointer_text(at), "rename": {}, "reason": "The package has it under this name."}
                own.append(there)
            there["rename"][file] = name
            edits.append(f"rename in {file}: {'/'.join(at[1:])} is {name} with us")
    for ruling in own:
        for file, name in ruling.get("rename", {}).items():
            rename(documents[file], parse_pointer(ruling["at"]), name)
    settled = {ruling["at"] for ruling in own if "winner" in ruling}
    for at, values in conflicts(collect([Source(*each) for each in documents.items()])).items():
        if pointer_text(at) not in settled:
            defining = [name for name in values if at in dict(units_of(documents[name]))]
            winner = next((name for name in defining if name not in adopted), defining[0])
            reason = "What was published before holds, as the package is made from it; compare them."
            own.append({"at": pointer_text(at), "winner": winner, "reason": reason})
            edits.append(f"rule on {describe(at, values)}: {winner} wins")
    if own:
        write_or_drop(path, rulings)
    return edits, {file: documents[file] for file in adopted}


def _as_it_holds(document: Any, patched: Any, ruled: Iterable[Pointer]) -> Any:
    """The document, and what we have in the place of its operations and components that were ruled on."""
    made = copy.deepcopy(document)
    for *above, key in (at for at in ruled if len(at) == 3):
        there, ours = resolve(made, above, {}), resolve(patched, (*above, key))
        if key in there and ours is not None:
            there[key] = ours
    return made


def _called(before: Patched, theirs: Any, pairs: Iterable[tuple[str, str]]) -> dict[Pointer, str]:
    """The components of a document that have another name with us, and that name."""
    ours = before.patched
    nodes = [(operations(ours)[one], operations(theirs)[other]) for one, other in pairs]
    names = _matched(ours, theirs, nodes)
    for one, other in nodes:
        schemes = (next(iter((node.get("security") or theirs.get("security") or [{}])[0]), "") for node in (one, other))
        scheme, published = schemes
        names["components", "securitySchemes", published] = scheme
    made = {at for each in before.made.values() for at in each}
    for at in ((*_SCHEMAS, key) for key in resolve(theirs, _SCHEMAS, {})):
        if at in made and at not in names:
            names[at] = f"{at[2]}Published"  # another thing, which happens to have the name of one of ours
    return {at: name for at, name in names.items() if name != at[2] and resolve(theirs, at) is not None}


def _matched(ours: Any, theirs: Any, pairs: Iterable[tuple[Any, Any]]) -> dict[Pointer, str]:
    """What the schemas of a document are called with us, by where both use them."""
    names: dict[Pointer, str] = {}
    pending = list(pairs)
    while pending:
        one, other = pending.pop(0)
        if isinstance(one, list) and isinstance(other, list):
            pending += zip(one, other, strict=False)
        elif isinstance(one, dict) and isinstance(other, dict):
            called, at = (target_pointer(str(each.get("$ref", ""))) for each in (one, other))
            if called[:2] == at[:2] == _SCHEMAS:
                if at in names or called[2] in names.values():
                    continue
                names[at] = called[2]
            one, other = _by_name(ours, followed(ours, one)), _by_name(theirs, followed(theirs, other))
            pending += [(value, other[key]) for key, value in one.items() if key in other]
    return names


def _by_name(document: Any, node: Any) -> Any:
    """An operation with its parameters by name; anything else as it is."""
    if not isinstance(node, dict) or not isinstance(node.get("parameters"), list):
        return node
    return {**node, "parameters": {place(document, each)[0]: followed(document, each) for each in node["parameters"]}}


# What the draft is worth.


def _names(document: Any) -> set[str]:
    """What the package and the facade call things by."""
    names = {f"schema {name}" for name in resolve(document, _SCHEMAS, {})}
    for node in operations(document).values():
        own = node.get("operationId")
        names |= {f"{own}: parameter {' in '.join(place(document, each))}" for each in node.get("parameters", ())}
        names |= {f"{own}: tag {tag}" for tag in node.get("tags", ())}
    return names

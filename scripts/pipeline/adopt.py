"""Hand operations over from the overlay to the document that publishes them now.

Everything happens in a copy of `specs/` and `overlay/`. The document is vendored there, `overlay/bundle.yaml` gives its
components the names that the package has, and the overlay keeps what it says beyond the document. Where the two say
different things, the document holds, but for names and null. The draft counts only if the copy is clean then, and has
every name that the package had.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.bundle import RESOLUTIONS, Source, collect, conflicts, describe, lifted, read_sources, units_of, vendors
from pipeline.faults import followed, place
from pipeline.hand_over import NOTHING, PROSE, Overlays, json_path
from pipeline.lint import lint, needless_parts
from pipeline.openapi import (
    Pointer,
    changes,
    differ,
    operations,
    parse_pointer,
    pointer_text,
    rename,
    resolve,
    target_pointer,
)
from pipeline.overlay.apply import Step
from pipeline.pages import is_document, parse_document
from pipeline.patch import Patched, patch_vendor
from pipeline.recognise import Choice, known_file
from pipeline.sources import load_sources, read_page
from pipeline.vendor import plan_of
from pipeline.yaml_edit import prune, read, write_or_drop
from pipeline.yaml_files import PipelineError

_ROUNDS = 5
"""How often what an edit made needless is dropped."""
_SCHEMAS = ("components", "schemas")


@dataclass(frozen=True)
class Draft:
    """What handing operations over means.

    Attributes:
        names: the operations, and the document of each.
        edits: what becomes of the overlay: actions dropped, shortened and added, names given.
        differences: where the document says something else than the overlay did.
        gained: the places where the document says more than the overlay did.
    """

    names: list[str]
    edits: list[str]
    differences: list[str]
    gained: list[str]


def adopt(root: Path, trial: Path, wanted: Sequence[str], vendor: str) -> Draft:
    """Edit `trial`, a copy of the project at `root`, until the overlay fits the document that is vendored there alone.

    Raises:
        PipelineError: nobody publishes an operation, the overlay does not write it, or the draft does not fit.
    """
    before = patch_vendor(root, vendor)
    pairs = [_pair(before, trial, each) for each in wanted]
    before.check()
    edits = _rule(before, trial, pairs)
    moved = {theirs.split(" ", 1)[1]: ours.split(" ", 1)[1] for ours, theirs, _ in pairs if ours != theirs}
    overlays = Overlays(before, trial, moved)
    overlays.edit()
    after, needless = _clean(trial, vendor)
    if lost := sorted(_names(before.patched) - _names(after.patched)):
        raise PipelineError("\n  ".join(["the package would lose names:", *lost]))
    return Draft(
        [f"{ours} from specs/{vendor}/{file}" for ours, _, file in pairs],
        [*edits, *overlays.edits, *needless],
        overlays.differences,
        list(_gained(before.patched, after.patched)),
    )


def vendor_of(root: Path, wanted: str) -> str:
    """The vendor that has the operation `wanted`, an operationId or `GET /path`, whoever writes it."""
    known = {vendor: patch_vendor(root, vendor).patched for vendor in vendors(root)}
    for vendor, document in known.items():
        if _find(document, wanted):
            return vendor
    raise PipelineError(f"there is no operation {wanted!r}; there are {', '.join(map(str, _all(known.values())))}")


def forget_document(trial: Path, wanted: Sequence[str], vendor: str) -> None:
    """Take the documents that publish the operations out of `trial`."""
    document = patch_vendor(trial, vendor).patched
    names = {_bare(_find(document, each) or each) for each in wanted}
    sources = read_sources(trial, vendor)[0]
    having = [source for source in sources if names & {_bare(name) for name in operations(source.document)}]
    for source in having if len(having) < len(sources) else ():
        (trial / "specs" / vendor / source.name).unlink()


def vendor_document(trial: Path, where: str, url: str | None, wanted: Sequence[str], vendor: str) -> None:
    """Vendor the document at `where` in `trial`: of a bare one what is wanted, and what was taken from it before."""
    specs = trial / "specs"
    sources = load_sources(specs)
    page = read_page(where, url)
    chosen = None
    if is_document(page.name, page.text()):
        file = known_file(page, specs, sources)
        taken = sources[file].get("operations") if file else []
        document = patch_vendor(trial, vendor).patched
        ours = {_bare(_find(document, each) or each) for each in wanted}
        names = [name for name in operations(parse_document(page.text(), page.name)) if _bare(name) in ours]
        chosen = None if taken is None or not names else ", ".join(dict.fromkeys([*taken, *names]))
    choice = Choice(url=url, vendor=vendor, operations=chosen)
    plan_of(where, choice, None, trial, sources).carry_out(specs, sources)


# Which operation is which, and what it is called.

Pair = tuple[str, str, str]
"""An operation as we write it, as the document writes it (`GET /path`), and the document's file."""


def _bare(name: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", name)


def _find(document: Any, wanted: str) -> str | None:
    every = operations(document).items()
    same = (name for name, node in every if wanted == node.get("operationId") or _bare(name) == _bare(wanted))
    return next(same, None)


def _all(documents: Iterable[Any]) -> list[str]:
    return [str(node.get("operationId", name)) for each in documents for name, node in operations(each).items()]


def _pair(before: Patched, trial: Path, wanted: str) -> Pair:
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
    raise PipelineError(f"no document in specs/{before.vendor}/ publishes {ours}; name one with --from")


def _rule(before: Patched, trial: Path, pairs: Sequence[Pair]) -> list[str]:
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
    return edits


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


def _clean(trial: Path, vendor: str) -> tuple[Patched, list[str]]:
    """Drop what the edits made needless, until lint finds nothing; the result, and what was dropped."""
    edits: list[str] = []
    for _ in range(_ROUNDS):
        result = patch_vendor(trial, vendor)
        result.check()
        findings = lint(trial).findings
        if not findings:
            return result, edits
        if wrong := [finding for finding in findings if finding.kind not in {"needless", "partly", "repeated"}]:
            raise PipelineError("\n  ".join(["the draft does not fit; mend what it names first:", *map(str, wrong)]))
        found = {(finding.file, finding.index) for finding in findings}
        for step in reversed(result.steps):
            if (step.action.file, step.action.index) in found:
                _without_needless(trial / step.action.file, step)
                edits.append(f"drop from {step.action.file} what is published now: {step.action.target}")
    raise PipelineError(f"the draft still has needless actions after {_ROUNDS} rounds")


def _without_needless(path: Path, step: Step) -> None:
    whole = read(path)
    update = whole["actions"][step.action.index].get("update")
    if step.changes and isinstance(update, list):
        there = [item for match in step.matches for item in resolve(step.before, match.parts)]
        prune(update, [item for item in update if all(differ(item, each) for each in there)])
    for pointer in needless_parts(step) if step.changes else ():
        *above, key = parse_pointer(pointer)
        del resolve(update, above)[key]
    if not step.changes or not update:
        del whole["actions"][step.action.index]
    write_or_drop(path, whole)


def _names(document: Any) -> set[str]:
    """What the package and the facade call things by."""
    names = {f"schema {name}" for name in resolve(document, _SCHEMAS, {})}
    for node in operations(document).values():
        own = node.get("operationId")
        names |= {f"{own}: parameter {' in '.join(place(document, each))}" for each in node.get("parameters", ())}
        names |= {f"{own}: tag {tag}" for tag in node.get("tags", ())}
    return names


def _gained(before: Any, after: Any) -> Iterator[str]:
    now = dict(units_of(after))
    for unit, ours in units_of(before):
        one, other = _by_name(before, ours), _by_name(after, now.get(unit))
        for at in changes(one, other):
            written = resolve(one, at[:-1])
            if not {at[-1], *written} & {*PROSE, "required", "$ref"} and resolve(one, at, NOTHING) is NOTHING:
                yield json_path((*unit, *map(str, at)))

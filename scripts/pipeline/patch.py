"""From a vendor's published documents to its patched one, going on where something no longer fits.

`scripts/generate.py` wants every correction to fit, and stops where one does not. Who has to tell what all of that
means needs the whole way: each step, what stood in the way of the bundle, and which operations nobody has named yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.bundle import Source, bundle_anyway, lifted, read_sources, units_of
from pipeline.lift import examples_of_schemas
from pipeline.openapi import METHODS, Pointer, operations
from pipeline.overlay.apply import Step, overlay_files, read_below, steps
from pipeline.overlay.format import Action, Overlay, parse_overlay
from pipeline.yaml_files import PipelineError

NEEDED = ("operationId", "x-logical-host", "servers", "security")
"""What the overlay must give an operation before a client can be generated for it."""

Made = Mapping[tuple[str, int], frozenset[Pointer]]
"""The operations and components that each action adds, by its file and place there."""


@dataclass(frozen=True)
class Taken:
    """An operation or component that an action adds, and that is there already: what both say."""

    action: Action
    at: Pointer
    published: Any
    ours: Any


@dataclass
class Patching:
    """What becomes of one vendor's documents; all of them plain.

    `sources` are the published documents, lifted to 3.1; `steps` what each action of the overlay made, those for
    generation last; `conflicts` what stood in the way of the bundle; `unreadable` the overlay documents that are no
    such thing; `taken` what actions were made to add and the vendor now publishes itself.
    """

    vendor: str
    sources: list[Source] = field(default_factory=list)
    published: Any = None
    patched: Any = None
    for_generator: Any = None
    steps: list[Step] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    @property
    def made(self) -> Made:
        """What each action adds."""
        return {_key(step.action): frozenset(_added(step)) for step in self.steps}

    @property
    def unnamed(self) -> dict[str, list[str]]:
        """The operations that cannot be generated, each with what the overlay does not give it."""
        lacking = {name: [key for key in NEEDED if key not in node] for name, node in operations(self.patched).items()}
        return {name: keys for name, keys in lacking.items() if keys}


def patch_anyway(root: Path, vendor: str, made: Made | None = None) -> Patching:
    """The patched document of a vendor, from what is at `root`, whatever does not fit.

    `made` is what actions add that were written when the vendor did not say it: where it is published now, what the
    action says stands in its place, until somebody has compared the two.

    Raises:
        PipelineError: there is nothing to patch: no document, or one that is broken in itself.
    """
    sources, rulings = read_sources(root, vendor)
    document, conflicts = bundle_anyway(sources, rulings)
    result = Patching(vendor, [_plain(source) for source in sources], conflicts=conflicts)
    result.published = yaml_files.plain(document)
    result.patched = _apply(result, result.published, _overlays(root, overlay_files(root, vendor), result), made or {})
    tolerance = root / "overlay" / "generator" / f"{vendor}.overlay.yaml"
    files = [tolerance] if tolerance.exists() else []
    result.for_generator = _apply(result, result.patched, _overlays(root, files, result), {})
    return result


def _plain(source: Source) -> Source:
    document, _ = lifted(source)
    examples_of_schemas(document.document)  # 3.1 has them both ways, and neither is news
    return Source(source.name, {**yaml_files.plain(document.document), "openapi": "3.1.0"})


def _overlays(root: Path, files: list[Path], result: Patching) -> list[Overlay]:
    found = []
    for path in files:
        try:
            found.append(parse_overlay(read_below(root, path), path.relative_to(root).as_posix()))
        except PipelineError as error:
            result.unreadable.append(str(error))
    return found


def _apply(result: Patching, document: Any, overlays: list[Overlay], made: Made) -> Any:
    for overlay in overlays:
        for action in overlay.actions:
            alone = [replace(overlay, actions=(action,))]
            there = {at: node for at, node in _units(document) if at in made.get(_key(action), ())}
            (step,) = steps(_without(document, there), alone)
            if there and (step.problem or not step.matches):  # what is published is then all that there is
                there = {}
                (step,) = steps(document, alone)
            after = dict(_units(step.after))
            result.taken += [Taken(action, at, node, after.get(at)) for at, node in there.items()]
            result.steps.append(step)
            document = step.after
    return document


def _key(action: Action) -> tuple[str, int]:
    return action.file, action.index


def _units(document: Any) -> Iterable[tuple[Pointer, Any]]:
    """Operations and components; the rest of a document is nothing that an action alone could have made."""
    return (
        (at, node)
        for at, node in units_of(document)
        if len(at) == 3 and (at[0] == "components" or (at[0] == "paths" and at[2] in METHODS))
    )


def _added(step: Step) -> Iterable[Pointer]:
    return dict(_units(step.after)).keys() - dict(_units(step.before)).keys() if step.changes else ()


def _without(document: Any, units: Iterable[Pointer]) -> Any:
    for top, name, member in units:
        held = {key: node for key, node in document[top][name].items() if key != member}
        document = {**document, top: {**document[top], name: held}}
    return document


def without_unnamed(document: Any, unnamed: dict[str, list[str]]) -> Any:
    """A plain document less the operations that cannot be generated."""
    paths = {
        path: {key: node for key, node in item.items() if f"{key.upper()} {path}" not in unnamed}
        for path, item in document["paths"].items()
    }
    return {**document, "paths": {path: item for path, item in paths.items() if item}}

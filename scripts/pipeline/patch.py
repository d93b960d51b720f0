"""The one way from a vendor's published documents to its patched one.

Everything that does not fit is collected: conflicts of the sources, overlay documents that cannot be read, actions that
cannot be applied. `Patched.check` raises on the first of these, for callers that need a document that fits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.bundle import Source, check_merged, lifted, merge, read_sources, units_of
from pipeline.lift import examples_of_schemas
from pipeline.openapi import METHODS, Pointer, operations
from pipeline.overlay.apply import Step, apply_action
from pipeline.overlay.format import Action, OverlayError, read_overlay

NEEDED = ("operationId", "x-logical-host", "servers", "security")
"""What the overlay must give an operation before a client can be generated for it."""

Made = Mapping[tuple[str, int], frozenset[Pointer]]
"""The operations and components that each action adds, by its file and index."""


@dataclass(frozen=True)
class Taken:
    """An operation or component that an action adds and that the vendor publishes too, as both have it."""

    action: Action
    at: Pointer
    published: Any
    ours: Any


@dataclass
class Patched:
    """What becomes of one vendor's documents. They share what they have in common, and are not to be changed.

    Attributes:
        sources: the published documents, lifted to 3.1.
        published: the bundle of the sources.
        patched: the bundle with the overlay of `overlay/<vendor>/` applied.
        for_generator: the patched document with the overlay of `overlay/generator/` applied.
        steps: what each action of the overlay made of the document, those for the generator last.
        conflicts: what stood in the way of the bundle.
        errors: what is wrong with the structure of overlay documents; actions that are sound are applied.
        taken: what actions were written to add and the vendor now publishes itself.
    """

    vendor: str
    sources: list[Source] = field(default_factory=list)
    published: Any = None
    patched: Any = None
    for_generator: Any = None
    steps: list[Step] = field(default_factory=list)
    conflicts: list[str] = field(default_factory=list)
    errors: list[OverlayError] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)

    @property
    def made(self) -> Made:
        return {_key(step.action): frozenset(_added(step)) for step in self.steps}

    @property
    def unnamed(self) -> dict[str, list[str]]:
        """The operations that cannot be generated, each with what the overlay does not give it."""
        lacking = {name: [key for key in NEEDED if key not in node] for name, node in operations(self.patched).items()}
        return {name: keys for name, keys in lacking.items() if keys}

    def check(self) -> None:
        """Raise PipelineError on the first thing that does not fit."""
        check_merged(self.published, self.conflicts)
        for error in (*self.errors, *(step.error() for step in self.steps)):
            if error is not None:
                raise error


def overlay_files(root: Path, vendor: str) -> tuple[list[Path], list[Path]]:
    """The overlay documents of the vendor in the order in which they apply, and those for the generator."""
    tolerance = root / "overlay" / "generator" / f"{vendor}.overlay.yaml"
    return sorted((root / "overlay" / vendor).glob("*.overlay.yaml")), [tolerance] if tolerance.exists() else []


def patch_vendor(root: Path, vendor: str, made: Made | None = None) -> Patched:
    """Patch the documents of a vendor, from what is at `root`, whatever does not fit.

    `made` is what actions added to earlier documents. Where the vendor publishes that now, what the action says stands
    in its place, until a person has compared the two.

    Raises:
        PipelineError: there is nothing to patch: no document, or one that is broken in itself.
    """
    sources, resolutions = read_sources(root, vendor)
    document, conflicts = merge(sources, resolutions)
    result = Patched(vendor, [_without_examples(source) for source in sources], document, conflicts=conflicts)
    own, for_generator = overlay_files(root, vendor)
    result.patched = _apply(result, root, document, own, made or {})
    result.for_generator = _apply(result, root, result.patched, for_generator, {})
    return result


def _without_examples(source: Source) -> Source:
    """The source in 3.1, which writes examples both ways; a change from one to the other means nothing."""
    document = lifted(source)[0].document
    examples_of_schemas(document)
    return Source(source.name, {**document, "openapi": "3.1.0"})


def _apply(result: Patched, root: Path, document: Any, files: Iterable[Path], made: Made) -> Any:
    for path in files:
        overlay, errors = read_overlay(root, path)
        result.errors += errors
        for action in overlay.actions:
            present = {at: node for at, node in _units(document) if at in made.get(_key(action), ())} if made else {}
            step = apply_action(_without(document, present), action)
            if present and (step.problem or not step.matches):  # then only what is published remains
                present = {}
                step = apply_action(document, action)
            if present:
                after = dict(_units(step.after))
                result.taken += [Taken(action, at, node, after.get(at)) for at, node in present.items()]
            result.steps.append(step)
            document = step.after
    return document


def _key(action: Action) -> tuple[str, int]:
    return action.file, action.index


def _units(document: Any) -> Iterable[tuple[Pointer, Any]]:
    """Operations and components, which alone an action can be said to add."""
    return (
        (at, node)
        for at, node in units_of(document)
        if len(at) == 3 and (at[0] == "components" or (at[0] == "paths" and at[2] in METHODS))
    )


def _added(step: Step) -> Iterable[Pointer]:
    return dict(_units(step.after)).keys() - dict(_units(step.before)).keys() if step.changes else ()


def _without(document: Any, units: Iterable[Pointer]) -> Any:
    for top, name, member in units:
        kept = {key: node for key, node in document[top][name].items() if key != member}
        document = {**document, top: {**document[top], name: kept}}
    return document


def without_unnamed(document: Any, unnamed: Mapping[str, list[str]]) -> Any:
    paths = {
        path: {key: node for key, node in item.items() if f"{key.upper()} {path}" not in unnamed}
        for path, item in document["paths"].items()
    }
    return {**document, "paths": {path: item for path, item in paths.items() if item}}

"""`python -m polyai_data.conformance --answers FILE…`: judges recorded responses, and sends no request."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress
from rich.text import Text

from polyai_data import openapi
from polyai_data._version import __version__
from polyai_data.conformance.answers import draft
from polyai_data.conformance.answers.judge import Difference, differences, number_of
from polyai_data.conformance.answers.read import InputError, Reader
from polyai_data.conformance.reports.summary import hashes
from polyai_data.conformance.reports.terminal import against
from polyai_data.shapes import Shapes

IMPOSSIBLE = 2


def run(options: argparse.Namespace) -> int:
    """Judge, print the report, write the files; returns the exit status."""
    try:
        if options.draft:
            _check_new(Path(options.draft))
        documents = {vendor: openapi.load(vendor) for vendor in openapi.PACKAGES}
        operations = [each for document in documents.values() for each in document.operations]
        shapes, reader = read(map(Path, options.answers), operations)
        seen = differences(shapes)
        _show(shapes, reader, seen)
        if options.json:
            report = json.dumps(_report(shapes, reader, seen), indent=2)
            Path(options.json).write_text(report + "\n", encoding="utf-8")
        if options.draft:
            _write_draft(Path(options.draft), seen, documents, reader)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return IMPOSSIBLE
    except OSError as error:
        print(f"error: {error.filename}: cannot be read or written: {error.strerror}", file=sys.stderr)
        return IMPOSSIBLE
    return 1 if seen else 0


def _check_new(path: Path) -> None:
    if path.exists():
        raise InputError(f"--draft: {path} exists; name a new file, or remove it first")


def read(paths: Iterable[Path], operations: Sequence[openapi.Operation]) -> tuple[Shapes, Reader]:
    """The published shapes of files, and what was read.

    Raises:
        InputError: a file cannot be judged.
    """
    shapes = Shapes(operations)
    with Progress(console=Console(stderr=True), disable=not sys.stderr.isatty(), transient=True) as bar:
        reader = Reader(shapes, bar)
        for path in paths:
            reader.read(path)
    return shapes.published(), reader


def _write_draft(
    path: Path, seen: Sequence[Difference], documents: Mapping[str, openapi.Document], reader: Reader
) -> None:
    can = [each for each in seen if draft.can_be_drafted(each)]
    ids = {vendor: {operation.id for operation in document.operations} for vendor, document in documents.items()}
    of = {vendor: [each for each in can if each.operation in ids[vendor]] for vendor in documents}
    vendors = [vendor for vendor in of if of[vendor]]
    vendor = path.absolute().parent.name
    if vendor not in of and len(vendors) > 1:
        raise InputError(f"--draft: {' and '.join(vendors)} differ; put the draft into the folder of one, overlay/…/")
    vendor = vendor if vendor in of else vendors[0] if vendors else next(iter(of))
    if not of[vendor]:
        print(f"no draft is written: there is nothing that an action could say about {vendor}", file=sys.stderr)
        return
    text = draft.overlay(of[vendor], openapi.content(vendor), _sources(reader))
    with path.open("x", encoding="utf-8") as file:
        file.write(text)
    count = f"{len(of[vendor])} of {number_of(len(seen), 'difference')}"
    print(f"{path}: drafted from {count}; read it before you commit it", file=sys.stderr)


def _sources(reader: Reader) -> str:
    return ", ".join(kind.split(maxsplit=1)[1] for kind in reader.kinds)


def _show(shapes: Shapes, reader: Reader, seen: Sequence[Difference]) -> None:
    console = Console(highlight=False, soft_wrap=True)
    for (operation, status), root in sorted(shapes.roots.items()):
        mine = [each for each in seen if (each.operation, each.status) == (operation, status)]
        verdict = (number_of(len(mine), "difference"), "bold red" if mine else "green")
        head = Text.assemble((f"{operation} {status}", "bold"), f": {number_of(root.total, 'response')}, ", verdict)
        console.print(Text("\n").join([Text(), head, *(Text(f"  {each}") for each in mine)]))
    console.print()
    for reason, count in reader.others.items():
        console.print(Text(f"left out: {count} {reason}, such as {reader.where[reason]}", "yellow"))
    if shapes.left_out:
        why = "as there are too many places or levels"
        console.print(Text(f"left out: {number_of(shapes.left_out, 'value')}, {why}", "yellow"))
    console.print(Text(against(hashes(openapi.PACKAGES), __version__), "dim"))
    read = f"{number_of(reader.responses, 'response')} of {_sources(reader)}"
    style = "bold red" if seen else "bold green"
    console.print(Text(f"{read}: {number_of(len(seen), 'difference')}", style))


def _report(shapes: Shapes, reader: Reader, seen: Sequence[Difference]) -> dict[str, Any]:
    fields = ("operation", "status", "place", "code", "seen", "of", "what", "documented")
    return {
        "documents": hashes(openapi.PACKAGES),
        "version": __version__,
        "sources": list(reader.kinds),
        "responses": [
            {"operation": operation, "status": status, "count": root.total}
            for (operation, status), root in sorted(shapes.roots.items())
        ],
        "left_out": {**reader.others, **({"values": shapes.left_out} if shapes.left_out else {})},
        "differences": [{name: getattr(each, name) for name in fields} for each in seen],
    }

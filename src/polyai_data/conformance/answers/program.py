"""`python -m polyai_data.conformance --answers FILE…`: judges recorded responses, and sends no request."""

from __future__ import annotations

import argparse
import io
import json
import shutil
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from polyai_data import openapi
from polyai_data._version import __version__
from polyai_data.conformance.answers import draft
from polyai_data.conformance.answers.judge import Difference, differences
from polyai_data.conformance.answers.read import InputError, Reader, size_of
from polyai_data.conformance.reports.terminal import PLAIN_WIDTH
from polyai_data.shapes import Shapes

IMPOSSIBLE = 2


def run(options: argparse.Namespace) -> int:
    """Judge, print the report, write the files; returns the exit status."""
    if options.draft and Path(options.draft).exists():
        print(f"error: --draft: {options.draft} exists; name a new file, or remove it first", file=sys.stderr)
        return IMPOSSIBLE
    try:
        documents = {vendor: openapi.load(vendor) for vendor in openapi.PACKAGES}
        shapes, reader = read(
            map(Path, options.answers), [each for document in documents.values() for each in document.operations]
        )
        found = differences(shapes)
        if options.draft:
            _write_draft(Path(options.draft), found, documents, reader)
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return IMPOSSIBLE
    for reason, where in reader.tally.where.items():
        print(f"left out, {reason}: {reader.tally.others[reason]}, such as {where[0]}", file=sys.stderr)
    coloured = sys.stdout.isatty()
    width = shutil.get_terminal_size((PLAIN_WIDTH, 0)).columns if coloured else PLAIN_WIDTH
    console = Console(file=io.StringIO(), highlight=False, force_terminal=coloured, width=width, record=True)
    _show(console, shapes, reader, found)
    print(console.file.getvalue(), end="")  # type: ignore[attr-defined]
    try:
        if options.html:
            Path(options.html).write_text(console.export_html(), encoding="utf-8")
        if options.json:
            report = json.dumps(_report(shapes, reader, found), indent=2)
            Path(options.json).write_text(report + "\n", encoding="utf-8")
    except OSError as error:
        print(f"error: {error.filename}: cannot be written: {error.strerror}", file=sys.stderr)
        return IMPOSSIBLE
    return 1 if found else 0


def read(paths: Iterable[Path], operations: Sequence[openapi.Operation]) -> tuple[Shapes, Reader]:
    """The published shapes of files, and what was read.

    Raises:
        InputError: a file cannot be judged.
    """
    shapes, paths = Shapes(operations), list(paths)
    bar = Progress(
        *(TextColumn("reading"), BarColumn(), DownloadColumn(), TimeRemainingColumn()),
        console=Console(stderr=True),
        disable=not sys.stderr.isatty(),
        transient=True,
    )
    with bar:
        try:
            task = bar.add_task("reading", total=size_of(paths))
        except OSError as error:
            raise InputError(f"{error.filename}: cannot be read: {error.strerror}") from None
        reader = Reader(shapes, lambda size: bar.advance(task, size))
        for path in paths:
            reader.read(path)
    return shapes.published(), reader


def _write_draft(
    path: Path, found: Sequence[Difference], documents: Mapping[str, openapi.Document], reader: Reader
) -> None:
    vendors = {
        vendor: mine
        for vendor, document in documents.items()
        if (mine := [each for each in found if each.operation in {one.id for one in document.operations}])
    }
    vendor = path.absolute().parent.name
    if vendor not in documents:
        if len(vendors) > 1:
            raise InputError(
                f"--draft: {' and '.join(vendors)} differ; put the draft into the folder of one, overlay/…/"
            )
        vendor = next(iter(vendors), next(iter(documents)))
    can = [each for each in vendors.get(vendor, ()) if draft.can_be_drafted(each)]
    if not can:
        print(f"no draft is written: there is nothing that an action could say about {vendor}", file=sys.stderr)
        return
    text = draft.overlay(can, openapi.content(vendor), _sources(reader))
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise InputError(f"--draft: {path} cannot be written: {error.strerror}") from None
    print(f"{path}: drafted from {len(can)} of {len(found)} differences; read it before you commit it", file=sys.stderr)


def _sources(reader: Reader) -> str:
    return ", ".join(kind.split(maxsplit=1)[1] for kind in reader.tally.kinds)


def _show(console: Console, shapes: Shapes, reader: Reader, found: Sequence[Difference]) -> None:
    for (operation, status), root in sorted(shapes.roots.items()):
        mine = [each for each in found if (each.operation, each.status) == (operation, status)]
        console.print()
        verdict = ("no difference", "green") if not mine else (f"{len(mine)} differences", "bold red")
        console.print(Text.assemble((f"{operation} {status}", "bold"), f": {root.total} responses, ", verdict))
        for each in mine:
            console.print(Text(f"  {each}"), soft_wrap=True)
    console.print()
    for reason, count in reader.tally.others.items():
        console.print(Text(f"left out: {count} {reason}", "yellow"))
    if shapes.left_out:
        console.print(Text(f"left out: {shapes.left_out} values, as there are too many places or levels", "yellow"))
    style = "bold red" if found else "bold green"
    console.print(
        Text(f"{reader.tally.responses} responses of {_sources(reader)}: {len(found) or 'no'} differences", style)
    )


def _report(shapes: Shapes, reader: Reader, found: Sequence[Difference]) -> dict[str, Any]:
    fields = ("operation", "status", "place", "code", "seen", "of", "what", "documented")
    return {
        "version": __version__,
        "sources": list(reader.tally.kinds),
        "responses": [
            {"operation": operation, "status": status, "count": root.total}
            for (operation, status), root in sorted(shapes.roots.items())
        ],
        "left_out": {**reader.tally.others, **({"values": shapes.left_out} if shapes.left_out else {})},
        "differences": [{name: getattr(each, name) for name in fields} for each in found],
    }

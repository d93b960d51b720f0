"""Work with OpenAPI Overlay documents, versions 1.0 and 1.1.

    python scripts/overlay.py apply DOCUMENT OVERLAY [OVERLAY…] [--output FILE] [--lenient]
    python scripts/overlay.py lint [--json]
    python scripts/overlay.py explain OPERATION [--vendor VENDOR] [--json]

`apply` applies overlays to any document. `lint` checks those of this project: that each action has a reason and still
does something. `explain` shows what they make of one operation, an operationId or `GET /path`.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.overlay import explain as overlay_explain
from pipeline.overlay import explain_view
from pipeline.overlay import lint as overlay_lint
from pipeline.overlay.apply import apply_overlay
from pipeline.yaml_files import PipelineError

__all__ = ["apply_overlay", "main"]

ROOT = Path(__file__).resolve().parent.parent


def _encoded(document: Any, name: Path) -> bytes:
    try:
        if name.suffix == ".json":
            text = json.dumps(yaml_files.plain(document), indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        else:
            text = yaml_files.dumps(document)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise PipelineError(f"{name}: the result cannot be written: {error}") from error


def _write(path: Path, data: bytes) -> None:
    """Write the whole file or nothing."""
    path = path.resolve()  # a symbolic link stays one
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_bytes(data)
        partial.replace(path)
    except OSError as error:
        with suppress(OSError):
            partial.unlink()
        raise PipelineError(f"{path}: {error.strerror}") from error


def _write_stdout(data: bytes, *, whole: bool = True) -> None:
    """Write to standard output. Unless `whole`, a reader who has seen enough may close it."""
    try:
        with os.fdopen(sys.stdout.fileno(), "wb", closefd=False) as out:
            out.write(data)
    except OSError as error:
        if whole or not isinstance(error, BrokenPipeError):
            raise PipelineError(f"standard output: {error.strerror}") from error


def _print(text: str) -> None:
    # A terminal that knows few letters gets the others spelt out, rather than an error.
    _write_stdout(text.encode(sys.stdout.encoding or "utf-8", "backslashreplace"), whole=False)


def _print_json(value: Any) -> None:
    _write_stdout(f"{json.dumps(value, indent=2, ensure_ascii=False)}\n".encode("utf-8", "backslashreplace"))


def _apply_files(arguments: argparse.Namespace) -> int:
    document = yaml_files.load(arguments.document)
    for path in arguments.overlays:
        document = apply_overlay(document, yaml_files.load(path), name=str(path), lenient=arguments.lenient)
    data = _encoded(document, arguments.output or arguments.document)
    if arguments.output:
        _write(arguments.output, data)
    else:
        _write_stdout(data)
    return 0


def _lint(arguments: argparse.Namespace) -> int:
    report = overlay_lint.lint(arguments.root)
    if arguments.json:
        _print_json(report.as_json())
    elif not report.findings:
        _print(f"{report}\n")
    else:
        for line in (*map(str, report.findings), str(report)):
            print(line, file=sys.stderr)
    return 1 if report.findings else 0


def _explain(arguments: argparse.Namespace) -> int:
    explanation = overlay_explain.explain(arguments.root, arguments.operation, arguments.vendor)
    if arguments.json:
        _print_json(explanation.as_json())
    else:
        _print(explain_view.render(explanation, explain_view.screen(sys.stdout)))
    for warning in explanation.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="overlay.py", description="Work with OpenAPI Overlay documents, 1.0 and 1.1.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    apply = verbs.add_parser("apply", help="apply overlays to a document, in the order given")
    apply.add_argument("document", type=Path, metavar="DOCUMENT", help="an OpenAPI document, YAML or JSON (.json)")
    apply.add_argument("overlays", type=Path, nargs="+", metavar="OVERLAY", help="an overlay, YAML or JSON (.json)")
    apply.add_argument("--output", type=Path, metavar="FILE", help="write here and not to standard output; .json: JSON")
    apply.add_argument("--lenient", action="store_true", help="let an action match nothing")
    apply.set_defaults(run=_apply_files)
    lint = verbs.add_parser("lint", help="check that each action of the project has a reason and still does something")
    lint.set_defaults(run=_lint)
    explain = verbs.add_parser("explain", help="show what the project's overlays make of an operation")
    explain.add_argument(
        "operation", metavar="OPERATION", help="an operationId of the patched document, or 'GET /path'"
    )
    explain.add_argument("--vendor", help="where several vendors have such an operation: whose it is")
    explain.set_defaults(run=_explain)
    for verb in (lint, explain):
        verb.add_argument("--json", action="store_true", help="for programs: JSON on standard output")
        verb.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; the result is its exit status."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

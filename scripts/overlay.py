"""Work with OpenAPI Overlay documents, versions 1.0 and 1.1.

    python scripts/overlay.py apply DOCUMENT OVERLAY [OVERLAY…] [--output FILE] [--lenient]
    python scripts/overlay.py lint [--json]
    python scripts/overlay.py explain OPERATION [--vendor VENDOR] [--json]

`apply` applies overlays to any document. `lint` checks those of this project: that each action has a reason and still
does something. `explain` shows what they make of one operation, an operationId or `GET /path`.
"""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from pipeline.program import Parser, program

# isort: split
from pipeline import yaml_files
from pipeline.explain import explain
from pipeline.explain_view import show
from pipeline.lint import lint
from pipeline.overlay.apply import apply_overlay
from pipeline.overlay.format import read_overlay
from pipeline.sources import write
from pipeline.yaml_files import PipelineError
from rich.console import Console


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave a closed standard output to `program`."""
        raise BrokenPipeError


def _encoded(document: Any, name: Path) -> bytes:
    try:
        if name.suffix == ".json":
            text = json.dumps(document, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        else:
            text = yaml_files.dumps(document)
        return text.encode("utf-8")
    except (TypeError, ValueError) as error:
        raise PipelineError(f"{name}: the result cannot be written: {error}") from error


def _apply(options: Namespace) -> int:
    document = yaml_files.load(options.document)
    for path in options.overlays:
        overlay, errors = read_overlay(Path.cwd(), path)
        for error in errors:
            raise error
        if wrong := overlay.extends_another(Path.cwd(), [options.document]):
            print(f"warning: {path}: {wrong}, but is applied to {options.document}", file=sys.stderr)
        document = apply_overlay(
            document,
            overlay,
            name=str(path),
            lenient=options.lenient,
            warn=lambda text: print(f"warning: {text}", file=sys.stderr),
        )
    data = _encoded(document, options.output or options.document)
    if options.output:
        write({options.output.resolve(): data})  # a symbolic link stays one
    else:
        sys.stdout.buffer.write(data)
    return 0


def _print_json(value: Any) -> None:
    print(json.dumps(value, indent=2, default=str))  # a compiled JSONPath prints as its text


def _lint(options: Namespace) -> int:
    report = lint(options.root)
    if options.json:
        _print_json(asdict(report))
    elif not report.findings:
        print(report)
    else:
        for line in (*report.findings, report):
            print(line, file=sys.stderr)
    return 1 if report.findings else 0


def _explain(options: Namespace) -> int:
    explanation = explain(options.root, options.operation, options.vendor)
    if options.json:
        _print_json(asdict(explanation))
    else:
        show(explanation, _Console(highlight=False, markup=False, emoji=False))
    for warning in explanation.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _parser() -> Parser:
    parser = Parser(prog="overlay.py", description="Work with OpenAPI Overlay documents, 1.0 and 1.1.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    apply = verbs.add_parser("apply", help="apply overlays to a document, in the order given")
    apply.add_argument("document", type=Path, metavar="DOCUMENT", help="an OpenAPI document, YAML or JSON (.json)")
    apply.add_argument("overlays", type=Path, nargs="+", metavar="OVERLAY", help="an overlay, YAML or JSON (.json)")
    apply.add_argument("--output", type=Path, metavar="FILE", help="write there; .json: as JSON")
    apply.add_argument("--lenient", action="store_true", help="let an action match nothing")
    apply.set_defaults(run=_apply)
    lint_parser = verbs.add_parser("lint", help="check that each action of the project has a reason and an effect")
    lint_parser.set_defaults(run=_lint)
    explain_parser = verbs.add_parser("explain", help="show what the project's overlays make of an operation")
    explain_parser.add_argument(
        "operation", metavar="OPERATION", help="an operationId of the patched document, or 'GET /path'"
    )
    explain_parser.add_argument("--vendor", help="the vendor, where several have such an operation")
    explain_parser.set_defaults(run=_explain)
    for verb in (lint_parser, explain_parser):
        verb.add_argument("--json", action="store_true", help="print JSON, for programs")
        verb.add_root()
    return parser


@program
def main(arguments: Sequence[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    options = _parser().parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())

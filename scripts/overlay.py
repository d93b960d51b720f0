"""Work with OpenAPI Overlay documents, versions 1.0 and 1.1.

    python scripts/overlay.py apply DOCUMENT OVERLAY [OVERLAY…] [--output FILE]
    python scripts/overlay.py lint
    python scripts/overlay.py explain OPERATION
    python scripts/overlay.py adopt OPERATION [OPERATION…] [--from FILE] [--url URL] [--write]

`apply` applies overlays to any document. `lint` checks those of this project: that each action has a reason and still
does something, and that no package breaks. `explain` shows what they make of one operation, an operationId or
`GET /path`. `adopt` drafts the edits that hand operations over from them to a published document.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from argparse import Namespace
from collections.abc import Sequence
from difflib import unified_diff
from itertools import product
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline.program import Parser, program

# isort: split
from drift_report.changes import Difference, Pairs, compare
from pipeline import yaml_files
from pipeline.adopt import Draft, adopt, forget_document, vendor_document, vendor_of
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
        if overlay.extends and PurePosixPath(unquote(urlsplit(overlay.extends).path)).name != options.document.name:
            print(f"warning: {path} extends {overlay.extends}, and is applied to {options.document}", file=sys.stderr)
        document = apply_overlay(
            document, overlay, name=str(path), warn=lambda text: print(f"warning: {text}", file=sys.stderr)
        )
    data = _encoded(document, options.output or options.document)
    if options.output:
        write({options.output.resolve(): data})  # a symbolic link stays one
    else:
        sys.stdout.buffer.write(data)
    return 0


def _lint(options: Namespace) -> int:
    report = lint(options.root)
    for line in (*report.findings, report):
        print(line, file=sys.stderr if report.findings else sys.stdout)
    return 0 if report.sound else 1


def _explain(options: Namespace) -> int:
    explanation = explain(options.root, options.operation)
    show(explanation, _Console(highlight=False, markup=False, emoji=False))
    for warning in explanation.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    return 0


def _adopt(options: Namespace) -> int:
    root, wanted = options.root, options.operations
    vendor = vendor_of(root, wanted[0])
    with tempfile.TemporaryDirectory() as scratch:
        old, trial = Path(scratch, "old"), Path(scratch, "trial")
        for folder, name in product((old, trial), ("specs", "overlay")):
            shutil.copytree(root / name, folder / name)
        if options.source:
            offered = vendor_document(trial, options.source, options.url, wanted, vendor)
        else:
            offered = ""
            forget_document(old, wanted, vendor)
        draft = adopt(old, trial, wanted, vendor, offered)
        then, now = _files(root), _files(trial)
    changed = {path: data for path, data in now.items() if then.get(path) != data}
    gone = [path for path in then if path not in now]
    _print_draft(draft)
    if options.write:
        write({root / path: data for path, data in changed.items()}, drop=[root / path for path in gone])
        print("\nwritten; `make generate` and `make test` are next")
        return 0
    for path in sorted(path for path in (*changed, *gone) if path.parts[0] == "overlay"):
        one, other = (files.get(path, b"").decode().splitlines() for files in (then, now))
        print("\n" + "\n".join(unified_diff(one, other, str(path), str(path), lineterm="")))
    print("\nnothing is written; --write does it")
    return 0


def _files(root: Path) -> dict[Path, bytes]:
    paths = [path for name in ("specs", "overlay") for path in (root / name).rglob("*") if path.is_file()]
    return {path.relative_to(root): path.read_bytes() for path in paths}


def _print_draft(draft: Draft) -> None:
    for heading, lines in (
        ("adopts", draft.names),
        ("edits", draft.edits),
        ("published otherwise, which holds now", _differences({"the patched document": draft.patched})),
        ("published otherwise, and ruled out", [one for one in _differences(draft.documents) if one.kind != "removed"]),
    ):
        print(f"{heading}{':' if lines else ': nothing'}")
        print("".join(f"  {line}\n" for line in lines), end="")


def _differences(pairs: Pairs) -> list[Difference]:
    """What differs but for words, what is required first."""
    return sorted((one for one in compare(pairs) if not one.wording), key=lambda one: "required" not in one.detail)


def _parser() -> Parser:
    parser = Parser(prog="overlay.py", description="Work with OpenAPI Overlay documents, 1.0 and 1.1.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")
    apply = verbs.add_parser("apply", help="apply overlays to a document, in the order given")
    apply.add_argument("document", type=Path, metavar="DOCUMENT", help="an OpenAPI document, YAML or JSON (.json)")
    apply.add_argument("overlays", type=Path, nargs="+", metavar="OVERLAY", help="an overlay, YAML or JSON (.json)")
    apply.add_argument("--output", type=Path, metavar="FILE", help="write there; .json: as JSON")
    apply.set_defaults(run=_apply)
    lint_parser = verbs.add_parser("lint", help="check that each action of the project has a reason and an effect")
    lint_parser.set_defaults(run=_lint)
    explain_parser = verbs.add_parser("explain", help="show what the project's overlays make of an operation")
    explain_parser.add_argument(
        "operation", metavar="OPERATION", help="an operationId of the patched document, or 'GET /path'"
    )
    explain_parser.set_defaults(run=_explain)
    adopt_parser = verbs.add_parser("adopt", help="hand operations over from the overlays to a published document")
    adopt_parser.add_argument("operations", metavar="OPERATION", nargs="+", help="an operationId, or 'GET /path'")
    adopt_parser.add_argument("--from", dest="source", metavar="FILE", help="the document, if it is not vendored yet")
    adopt_parser.add_argument("--url", help="the address of FILE")
    adopt_parser.add_argument("--write", action="store_true", help="write the draft, and vendor FILE")
    adopt_parser.set_defaults(run=_adopt)
    for verb in (lint_parser, explain_parser, adopt_parser):
        verb.add_root()
    return parser


@program
def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    return int(options.run(options))


if __name__ == "__main__":
    sys.exit(main())

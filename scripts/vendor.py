"""Take the OpenAPI documents that vendors publish into specs/, byte for byte, and record where they are from.

python scripts/vendor.py                        visit every source of specs/sources.yaml again
python scripts/vendor.py PAGE [--url URL] [--name NAME] [--vendor VENDOR] [--operations 'GET /a, POST /b']
                                                add what a page, a folder of saved pages or an index of pages has
python scripts/vendor.py PAGE --transcribed FILE
python scripts/vendor.py --drop FILE
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from pipeline.program import Parser, program

# isort: split
from pipeline.pages import page_address
from pipeline.recognise import Choice
from pipeline.sources import load_sources
from pipeline.vendor import drop, plan_of
from pipeline.yaml_files import PipelineError

NEXT = "next: `.venv/bin/python scripts/overlay.py lint` says what no longer fits; then `make generate`"


def _parser() -> Parser:
    parser = Parser(prog="vendor.py", description="Take the OpenAPI documents of vendors into specs/.")
    parser.add_argument(
        "page", metavar="PAGE", nargs="?", help="a page, a folder of saved pages or an llms.txt index; none: all known"
    )
    parser.add_argument("--url", help="the address of a saved page")
    parser.add_argument("--name", help="the name of its file in specs/<vendor>/, without the suffix")
    parser.add_argument("--vendor", help="the folder of specs/ that it belongs to")
    parser.add_argument("--operations", help="those wanted of a bare OpenAPI file: 'GET /a, POST /b', or '*' for all")
    parser.add_argument(
        "--transcribed", metavar="FILE", help="the page has no block: record it as what FILE was written from"
    )
    parser.add_argument("--drop", metavar="FILE", help="forget a source whose page is gone, and delete its file")
    parser.add_root()
    return parser


@program
def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    specs = options.root / "specs"
    try:
        if options.url:
            page_address(options.url)
        sources = load_sources(specs)
        if options.drop:
            print(drop(options.drop, options.root, sources))
            print(NEXT)
            return 0
        choice = Choice(options.url or None, options.name, options.vendor, options.operations)
        plan = plan_of(options.page, choice, options.transcribed, options.root, sources)
        plan.carry_out(specs, sources)
    except PipelineError as error:
        for problem in getattr(error, "problems", [error]):
            print(f"error: {problem}", file=sys.stderr)
        return 1
    for remark in plan.remarks:
        print(f"warning: {remark}", file=sys.stderr)
    for change in plan.changes:
        print(change)
    if plan.prose:
        print(f"{len(plan.prose)} pages without an OpenAPI block")
    if any(change.verdict in {"new", "changed"} for change in plan.changes):
        print(NEXT)
    return 0


if __name__ == "__main__":
    sys.exit(main())

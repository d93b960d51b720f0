"""Write `generated/` from `specs/` and `overlay/`: the patched documents, the client packages and the servers tables.

    python scripts/generate.py [--output DIR] [--check] [--previous DIR]

`make generate` runs it in the generator's own environment. `--check` writes nothing and fails when `generated/` is not
up to date. `--patched DIR` makes packages of documents that were patched elsewhere: to look at, never for use.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from pipeline.program import ROOT, Parser, program

# isort: split
from pipeline.generate import check, generate


@program
def main(arguments: Sequence[str] | None = None) -> int:
    parser = Parser(prog="generate.py", description="Write generated/ from specs/ and overlay/.")
    parser.add_argument("--output", type=Path, default=ROOT / "generated", help="folder to write (default: generated/)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the folder is not up to date")
    parser.add_argument("--previous", type=Path, metavar="DIR", help="keep there what was replaced, if it differs")
    parser.add_argument("--patched", type=Path, metavar="DIR", help="take the patched documents from there")
    parser.add_root()
    options = parser.parse_args(arguments)
    if options.check:
        check(options.root, options.output)
    else:
        generate(options.root, options.output, previous=options.previous, patched=options.patched)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Write `src/polyai_data/_sync/` from `src/polyai_data/_async/`: the same source without `async` and `await`.

    python scripts/unasync.py [--check]

`--check` writes nothing and fails when the folder is not up to date.
"""

from __future__ import annotations

import io
import itertools
import keyword
import subprocess
import sys
import tempfile
import tokenize
from collections.abc import Sequence
from pathlib import Path

from pipeline.program import ROOT, Parser, program

# isort: split
from pipeline.yaml_files import PipelineError

ASYNC = ROOT / "src" / "polyai_data" / "_async"
SYNC = ROOT / "src" / "polyai_data" / "_sync"
HEADER = "# Written by `make generate` from _async/{name}. Do not edit it: change that and run it again.\n"

NAMES = {
    "_async": "_sync",
    "__aenter__": "__enter__",
    "__aexit__": "__exit__",
    "AbstractAsyncContextManager": "AbstractContextManager",
    "__aiter__": "__iter__",
    "aclose": "close",
    "aclosing": "closing",
    "aiter_bytes": "iter_bytes",
    "anext": "next",
    "aread": "read",
    "asynccontextmanager": "contextmanager",
    "asyncio": "time",
    "asynchronous": "synchronous",
    "handle_async_request": "handle_request",
}
"""Asynchronous names and their synchronous twins. A leading `Async` is dropped."""


def synchronous_name(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    for prefix in ("_Async", "Async"):
        if name.startswith(prefix) and len(name) > len(prefix):
            return prefix.removesuffix("Async") + name.removeprefix(prefix)
    return name


def unasync(source: str) -> str:
    """The synchronous twin of the asynchronous Python `source`, unformatted."""
    lines = source.splitlines(keepends=True)
    starts = [0, *itertools.accumulate(map(len, lines))]
    made = source
    for token in reversed(list(tokenize.generate_tokens(io.StringIO(source).readline))):
        start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
        if token.type == tokenize.NAME and token.string in {"async", "await"}:
            made = made[:start] + made[end:].lstrip(" ")
        elif (twin := _twin(token)) != token.string:
            made = made[:start] + twin + made[end:]
    return made


def _twin(token: tokenize.TokenInfo) -> str:
    if token.type == tokenize.NAME and not keyword.iskeyword(token.string):
        return synchronous_name(token.string)
    if token.type in {tokenize.STRING, tokenize.COMMENT} or token.type == getattr(tokenize, "FSTRING_MIDDLE", -1):
        # Prose names the classes too.
        words = token.string
        for name in ("AsyncPolyAI", "AsyncAssemblyAI", "asynchronous"):
            words = words.replace(name, synchronous_name(name))
        return words
    return token.string


def twins() -> dict[Path, str]:
    """The text of every file that belongs into the folder of the synchronous source."""
    sources = {path.name: unasync(path.read_text(encoding="utf-8-sig")) for path in sorted(ASYNC.glob("*.py"))}
    sources["__init__.py"] = '"""The facade, synchronous."""\n'
    with tempfile.TemporaryDirectory() as scratch:
        for name, text in sources.items():
            Path(scratch, name).write_text(HEADER.format(name=name) + text, encoding="utf-8")
        for command in (("check", "--select", "I", "--fix-only"), ("format",)):
            settings = ("--config", str(ROOT / "pyproject.toml"), "--no-cache", "--quiet", scratch)
            done = subprocess.run(
                [sys.executable, "-m", "ruff", *command, *settings], capture_output=True, text=True, check=False
            )
            if done.returncode:
                raise PipelineError(f"ruff {command[0]} failed: {(done.stdout + done.stderr).strip()}")
        return {SYNC / name: Path(scratch, name).read_text(encoding="utf-8") for name in sources}


@program
def main(arguments: Sequence[str] | None = None) -> int:
    parser = Parser(description="Write the synchronous facade from the asynchronous one.")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when a file is not up to date")
    options = parser.parse_args(arguments)
    wanted = twins()
    stale = [path for path in SYNC.glob("*.py") if path not in wanted]
    changed = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if options.check:
        for path in [*changed, *stale]:
            print(f"error: {path.relative_to(ROOT)} is not up to date; run `make generate`", file=sys.stderr)
        return 1 if changed or stale else 0
    SYNC.mkdir(exist_ok=True)
    for path in changed:
        path.write_text(wanted[path], encoding="utf-8")
    for path in stale:
        path.unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())

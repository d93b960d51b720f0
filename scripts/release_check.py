"""Hold a release against what its users do with it: a line for each thing that is tried, with what went wrong below.

It builds the wheel and the source distribution into dist/ and checks them; runs the first screen of README.md with the
wheel, line by line in an empty folder; installs the wheel with each extra alone on every Python from 3.11 on that the
machine has, with the newest dependencies, and on the oldest Python with the lowest that pyproject.toml allows, too, and
makes a call against the emulator each time; runs a part of the tests with the lowest and with the newest; writes the
software bill of materials, out/bom.cdx.json, and holds its licences against the lists below. Exit status: 1 where
something failed.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from textwrap import indent

from polyai_data.emulator import Emulator

ROOT = Path(__file__).resolve().parents[1]
TOOLS = ROOT / ".venv-release" / "bin"
UV = str(ROOT / ".venv" / "bin" / "uv")
MINORS = range(11, 15)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
EXTRAS = sorted(PROJECT["optional-dependencies"])

_CALL = "from polyai_data import PolyAI; c = PolyAI({}); print(next(iter(c.conversations.search())).id)"
_ASYNC = """
import asyncio, httpx2, msgspec
from polyai_data import AsyncPolyAI
async def main():
    async with AsyncPolyAI() as client:
        async for line in client.conversations.search().lines():
            return print(msgspec.json.decode(line)["id"])
asyncio.run(main())
"""
_EMULATOR = """
from polyai_data.emulator import Emulator
with Emulator() as emulator, emulator.client() as client:
    print(next(iter(client.conversations.search())).id)
"""
_EXPORT = """
from polyai_data import PolyAI
from polyai_data.export import analyze, export
export("calls.parquet", PolyAI())
assert analyze("calls.parquet").facts["conversations"]
"""
_DISTRIBUTED = """
from polyai_data import PolyAI
from polyai_data.export import export
from polyai_data.export.distributed import on_cluster
if __name__ == "__main__":
    assert export("calls.parquet", PolyAI(), run=on_cluster("local", {}, parallel=1)).rows
"""
_DLT = """
import os, dlt
os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
from polyai_data.dlt import polyai
pipeline = dlt.pipeline("calls", destination="duckdb", dataset_name="polyai", pipelines_dir="pipelines")
pipeline.run(polyai()).raise_on_failed_jobs()
with pipeline.sql_client() as client:
    assert client.execute_sql("SELECT count(*) FROM conversations")[0][0] >= 40
"""
_MCP = """
import asyncio
from polyai_data import PolyAI
from polyai_data.mcp import server
tools = asyncio.run(server(PolyAI()).list_tools())
assert {"search_conversations", "get_conversation"} <= {tool.name for tool in tools}
"""
_REVIEW = """
import os, traceback
from threading import Thread
from urllib.request import HTTPCookieProcessor, build_opener
from polyai_data import AsyncPolyAI
from polyai_data.review import Review
def look(address):
    status = 1
    try:
        browser = build_opener(HTTPCookieProcessor())
        browser.open(address)
        status = b"/call/CA" not in browser.open(address.partition("?")[0]).read()
    except Exception:
        traceback.print_exc()
    os._exit(status)
with Review(AsyncPolyAI()) as review:
    Thread(target=look, args=[review.address()]).start()
    review.wait()
"""
# What each extra is tried with: Python, or the arguments of the program.
TRIES: dict[str, str | tuple[str, ...]] = {
    "": _CALL.format(""),
    "cli": ("polyai-data", "conversations", "list", "--json"),
    "conformance": ("python", "-m", "polyai_data.conformance", "--list"),
    "distributed": _DISTRIBUTED,
    "dlt": _DLT,
    "emulator": _EMULATOR,
    "export": _EXPORT,
    "fast": _ASYNC,
    "mcp": _MCP,
    "review": _REVIEW,
    "strict": _CALL.format("strict=True"),
}
PROGRAM = {"cli", "review"}
"""Extras with which the program works."""
TESTS = tuple(
    f"tests/{name}"
    for name in (
        "facade/test_retry.py",
        "facade/test_paging.py",
        "facade/test_socket_conversations.py",
        "facade/test_socket_files.py",
        "cli",
        "export",
        "test_mcp.py",
    )
)
# It changes the time zone of its process, which DuckDB before 2 reads once.
NOT_LOWEST = "--deselect=tests/export/test_analysis.py::test_each_kind_of_conversation_counts_where_it_should"
TEST_TOOLS = ("hypothesis>=6.100", "pytest-asyncio>=1")
"""What these tests need beside the extras."""

PERMISSIVE = {
    "0BSD", "AFL-2.1", "Apache Software License", "Apache-2.0", "BSD License", "BSD-2-Clause", "BSD-3-Clause",
    "CC0-1.0", "ISC", "MIT", "MIT License", "MIT-0", "PSF-2.0", "Zlib",
}  # fmt: skip
NAMED = {
    "certifi": "MPL-2.0",
    "hypothesis": "MPL-2.0",
    "orjson": "MPL-2.0 AND (Apache-2.0 OR MIT)",
    "partd": "",  # names none; its repository has the 3-clause BSD licence of Dask
}
"""Dependencies with another licence, which was looked at: each is used as it comes."""

failed: list[str] = []


def line(what: str, problem: str | None) -> None:
    """Print what became of a thing, and keep it where it failed."""
    print(f"{'ok    ' if problem is None else 'FAILED'} {what}", flush=True)
    if problem is not None:
        failed.append(what)
        print(indent(problem, "       | "), flush=True)


def run(what: str, *command: str | Path, folder: Path = ROOT, **environment: str) -> None:
    """Run a command of a user, who has none of our settings."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("POLYAI_", "PYTHONPATH"))}
    began = time.monotonic()
    done = subprocess.run(
        command,
        cwd=folder,
        env=clean | environment,
        capture_output=True,
        text=True,
        check=False,
        start_new_session=True,
    )  # with no terminal, whose person a program could ask
    problem = f"{done.stdout}{done.stderr}".rstrip() if done.returncode else None
    line(f"{what} ({time.monotonic() - began:.0f} s)", problem)


def pythons() -> Iterator[tuple[str, str]]:
    """Version and path of each Python that this machine has: on the path, or pyenv's."""
    for minor in MINORS:
        pyenv = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv"), "versions")
        for path in (f"python3.{minor}", *map(str, pyenv.glob(f"3.{minor}.*/bin/python"))):
            program = [path, "-c", "import sys; print(sys.executable)"]
            with suppress(OSError, subprocess.CalledProcessError):
                done = subprocess.run(program, capture_output=True, text=True, check=True)
                yield f"3.{minor}", done.stdout.strip()
                break


def install(
    what: str, python: str, folder: Path, wheel: Path, extras: Sequence[str], *tools: str, lowest: bool = False
) -> Path:
    """A new environment with the wheel, some extras and tools; its Python."""
    own = folder / "venv" / "bin" / "python"
    subprocess.run([UV, "venv", "--quiet", "--clear", "--python", python, str(folder / "venv")], check=True)
    pins: tuple[str | Path, ...] = ()
    if lowest:
        # Of the project, as uv would take the lowest of what is named alone, and the newest of what a wheel requires.
        pins = ("--constraint", folder / "venv" / "lowest.txt")
        options = ("--quiet", "--resolution", "lowest-direct", "--python", own, "--output-file", pins[1])
        chosen = (f"--extra={each}" for each in extras)
        run(f"{what}: resolved", UV, "pip", "compile", *options, *chosen, "pyproject.toml")
    wanted = f"polyai-data[{','.join(extras)}] @ {wheel.as_uri()}"
    run(f"{what}: installed", UV, "pip", "install", "--python", own, *pins, wanted, *tools)
    return own


def build() -> Path:
    dist = ROOT / "dist"
    shutil.rmtree(dist, ignore_errors=True)
    locked = ("--build-constraints", "requirements/dev.txt", "--require-hashes")
    run("build: the source distribution, and the wheel from it", UV, "build", "--quiet", *locked, "--out-dir", dist)
    made = sorted(dist.glob("*.whl")) + sorted(dist.glob("*.tar.gz"))
    if len(made) < 2:
        sys.exit(1)
    run("twine: what the registry requires", TOOLS / "twine", "check", "--strict", *made)
    run("check-wheel-contents: nothing is missing, and nothing else is in", TOOLS / "check-wheel-contents", made[0])
    return made[0]


def readme(python: str, wheel: Path, folder: Path) -> None:
    """README.md's first screen as it is written, but with the package from the wheel, and a key of the emulator."""
    first = (ROOT / "README.md").read_text(encoding="utf-8").partition("\n## In Python")[0]
    script = ""
    for language, text in re.findall(r"^```(\w*)\n(.*?)^```$", first, re.MULTILINE | re.DOTALL):
        if language:
            (folder / text.split()[1]).write_text(text, encoding="utf-8")  # whose first line is a comment with its name
        else:
            script += text
    answers = "https://studio.example/$POLYAI_ACCOUNT_ID/$POLYAI_AGENT_ID $POLYAI_REGION $POLYAI_API_KEY ''"
    for written, runs in (
        (r"'(polyai-data\[.+\])'", rf"'\1 @ {wheel.as_uri()}'"),
        (r"(?s)^(polyai-data config init)(.*)\Z", rf"\2printf '%s\\n' {answers} | \1"),
        (r"^(polyai-data review .*)$", r"\1 & sleep 5; kill $!"),
    ):
        script, count = re.subn(written, runs, script, flags=re.MULTILINE)
        assert count == 1, written
    subprocess.run([UV, "venv", "--quiet", "--python", python, folder / ".venv"], check=True)
    begin = f"set -eux; trap 'kill $(jobs -p)' EXIT; . .venv/bin/activate; pip() {{ '{UV}' pip \"$@\"; }}\n"
    run("README.md: its first screen", "bash", "-c", begin + script, folder=folder, HOME=str(folder), BROWSER="true")


def smoke(version: str, python: str, wheel: Path, folder: Path, environment: dict[str, str]) -> None:
    """Each extra alone, in its newest dependencies, and in the lowest on the oldest Python."""
    for extra, program in TRIES.items():
        for lowest in (False, True) if version == f"3.{MINORS[0]}" else (False,):
            what = f"Python {version}, {extra or 'no extra'}{', lowest' if lowest else ''}"
            warehouse = ["duckdb"] if extra == "dlt" else []
            own = install(what, python, folder, wheel, [extra] if extra else [], *warehouse, lowest=lowest)
            name, *rest = ("python", "-c", program) if isinstance(program, str) else program
            run(f"{what}: works", own.with_name(name), *rest, folder=Path(tempfile.mkdtemp(dir=folder)), **environment)
            if extra in PROGRAM:
                run(f"{what}: --help", own.with_name("polyai-data"), "--help", folder=folder)


def bill(python: Path, version: str) -> None:
    """The software bill of materials of all that any extra brings, and its licences."""
    target = ROOT / "out" / "bom.cdx.json"
    target.parent.mkdir(exist_ok=True)
    options = ("--pyproject", ROOT / "pyproject.toml", "--mc-type", "library", "--output-reproducible", "-o", target)
    run("CycloneDX: bill of materials in out/bom.cdx.json", TOOLS / "cyclonedx-py", "environment", *options, python)
    bom = json.loads(target.read_text(encoding="utf-8"))
    bom["metadata"]["component"]["version"] = version
    target.write_text(json.dumps(bom, indent=2), encoding="utf-8")
    wrong = []
    for each in bom["components"]:
        said = [
            one.get("expression") or one["license"].get("id") or one["license"]["name"]
            for one in each.get("licenses", [])
        ]
        exact = [one for one in said if "::" not in one] or [one.rpartition(":: ")[2] for one in said]
        names = {name for one in exact for name in re.split(r" AND | OR |[()]", one)} - {""}
        if not (names and names <= PERMISSIVE) and NAMED.get(each["name"]) != ", ".join(exact):
            wrong.append(f"{each['name']} {each['version']}: {', '.join(exact) or 'no licence'}")
    line(f"licences: of {len(bom['components'])} dependencies, as the lists in {Path(__file__).name} allow",
         "\n".join(wrong) if wrong else None)  # fmt: skip


def main() -> int:
    workflows = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
    schema = ("--builtin-schema", "vendor.github-workflows")
    run("workflows: as GitHub's schema says", TOOLS / "check-jsonschema", *schema, *workflows)
    wheel = build()
    version = wheel.name.split("-")[1]
    have = dict(pythons())
    missing = [f"3.{minor}" for minor in MINORS if f"3.{minor}" not in have]
    needed = None if have and (not missing or "CI" not in os.environ) else "a release is held against each of them"
    line(f"Pythons: {', '.join(have) or 'none'}; not on this machine: {', '.join(missing) or 'none'}", needed)
    if not have:
        return 1
    with tempfile.TemporaryDirectory() as name, Emulator() as emulator:
        folder = Path(name)
        readme([*have.values()][-1], wheel, Path(tempfile.mkdtemp(dir=folder)))
        for each, python in have.items():
            smoke(each, python, wheel, folder, emulator.env())
        (oldest, *_), (*_, newest) = have.items(), have.items()
        for (each, python), lowest in ((oldest, True), (newest, False)):
            what = f"Python {each}, all extras, {'lowest' if lowest else 'newest'}"
            own = install(what, python, folder, wheel, EXTRAS, *TEST_TOOLS, lowest=lowest)
            left_out = [NOT_LOWEST] if lowest else []
            run(f"{what}: tests", own, "-m", "pytest", "-q", "-p", "no:cacheprovider", *TESTS, *left_out)
        bill(install("bill of materials: all extras", newest[1], folder, wheel, EXTRAS), version)
    print(f"{len(failed)} failed" if failed else f"polyai-data {version} can be released: dist/, out/bom.cdx.json")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

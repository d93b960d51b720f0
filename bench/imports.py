"""imports: how long a program takes that imports the client, and the `--help` of ours, each from start to end.

What imports the client has an environment with the package alone: httpx imports more where it finds more.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path

from bench.measure import Line, in_turns, lines

ROOT = Path(__file__).resolve().parents[1]
UV = ROOT / ".venv" / "bin" / "uv"
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
HELLO = """
import click

@click.command()
@click.option("--count", default=1, help="How often.")
@click.argument("name")
def hello(count, name):
    "Greet NAME."

hello()
"""


def rows(rounds: int) -> list[Line]:
    """The lines: importing, and a program each."""
    made: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        clean = Path(folder, "clean")
        python = str(clean / "bin" / "python")
        _run([str(UV), "venv", "--quiet", "--python", sys.executable, str(clean)])
        locked = ["--constraint", "requirements/dev.txt", "--compile-bytecode"]
        _run([str(UV), "pip", "install", "--quiet", "--python", python, *locked, "."])
        times = in_turns(
            {
                "polyai-data": partial(_run, [python, "-c", "from polyai_data import PolyAI"], folder),
                "httpx": partial(_run, [python, "-c", "import httpx"], folder),
            },
            3 * rounds,
        )
        made += lines("imports", "from polyai_data import PolyAI", times, {"httpx": 1.3})
    for program in ("polyai_data", "polyai_data.emulator", "polyai_data.conformance"):
        times = in_turns(
            {
                "polyai-data": partial(_run, [sys.executable, "-m", program, "--help"]),
                "click": partial(_run, [sys.executable, "-c", HELLO, "--help"]),
            },
            3 * rounds,
        )
        made += lines("imports", f"python -m {program} --help", times, {"click": 1.5})
    return made


def _run(command: list[str], folder: str | Path = ROOT) -> None:
    environment = ENVIRONMENT if folder == ROOT else {**ENVIRONMENT, "PYTHONPATH": ""}
    subprocess.run(command, cwd=folder, env=environment, check=True, stdout=subprocess.DEVNULL)

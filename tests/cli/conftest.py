"""The program in process, in an environment of its own that leads to an emulator."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

import pytest
from click.testing import CliRunner

from polyai_data.cli import program
from polyai_data.emulator import Emulator


class Result(NamedTuple):
    """What a command line wrote, and its exit status."""

    stdout: str
    stderr: str
    status: int


Run: TypeAlias = Callable[..., Result]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """An emulator for a module. Tests that change its data use conversations of their own, or reset it."""
    with Emulator() as running:
        yield running


@pytest.fixture
def environment(emulator: Emulator, tmp_path: Path) -> dict[str, str | None]:
    """What the program's environment is: leads to the emulator, with no profiles. Tests may change it; None unsets."""
    inherited = [name for name in os.environ if name.startswith(("POLYAI_", "ASSEMBLYAI_"))]
    plain = {"POLYAI_CONFIG": str(tmp_path / "config.toml"), "COLUMNS": "120", "NO_COLOR": "1"}
    return {**dict.fromkeys(inherited), **plain, **emulator.env()}


@pytest.fixture
def run(environment: Mapping[str, str | None]) -> Run:
    """`run(*arguments, input=None)`: run a command line with this standard input, which is no terminal."""

    def command(*arguments: str | os.PathLike[str], input: str | bytes | None = None) -> Result:
        with CliRunner().isolation(input=input, env=environment) as (out, err, _):
            with pytest.raises(SystemExit) as ended:
                program.run([os.fspath(each) for each in arguments])
            sys.stdout.flush()
            sys.stderr.flush()
            status = ended.value.code
            assert isinstance(status, int)
            return Result(out.getvalue().decode(), err.getvalue().decode(), status)

    return command

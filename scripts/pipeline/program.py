"""What every program of scripts/ shares: the project's folder, its command line, and how a run ends.

A program imports this module first, and everything that needs a library after `# isort: split`: this module looks for
the libraries, and where one is missing it says what to use and exits.
"""

from __future__ import annotations

import argparse
import functools
import importlib.util
import io
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn, Protocol

ROOT = Path(__file__).resolve().parents[2]
USAGE, DEFECT = 64, 70
"""Exit statuses of programs to which 1 and 2 mean something: a mistake on the command line, a defect of the program."""

_missing = [name for name in ("httpx", "jsonpath", "rich", "yaml") if not importlib.util.find_spec(name)]
if _missing:
    how = "use a verb that `make` lists, or .venv/bin/python"
    print(f"error: this Python has no {_missing[0]}; {how}", file=sys.stderr)
    sys.exit(USAGE)

from pipeline.yaml_files import PipelineError  # noqa: E402 - it needs the libraries


class Parser(argparse.ArgumentParser):
    """A command line. `usage_status` is the exit status of a mistake in it."""

    usage_status = 2

    def error(self, message: str) -> NoReturn:
        self.print_usage(sys.stderr)
        self.exit(self.usage_status, f"error: {message}\n")

    def add_root(self) -> None:
        """Add the hidden option `--root`, the folder of the project to work on."""
        self.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)


def _discard_output() -> None:
    """Keep Python from writing the rest of standard output when it exits."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


class Main(Protocol):
    """A main function: it takes the arguments, None for those of the process, and returns the exit status."""

    def __call__(self, arguments: Sequence[str] | None = None) -> int: ...


def program(
    main: Main, *, failed: int = 1, defect: int | None = None, expected: tuple[type[Exception], ...] = ()
) -> Main:
    """Decorate the main function of a program: its errors become `error: …` on standard error and an exit status.

    Args:
        main: the main function.
        failed: the status after a PipelineError or an OSError.
        defect: the status after any other exception, whose traceback is printed; None lets it pass.
        expected: further exceptions to treat as PipelineError.

    With keyword arguments, use `@functools.partial(program, failed=3)`.
    """

    caught: tuple[type[Exception], ...] = (PipelineError, *expected)

    @functools.wraps(main)
    def run(arguments: Sequence[str] | None = None) -> int:
        try:
            return _run(main, arguments)
        except KeyboardInterrupt:
            print("\ninterrupted", file=sys.stderr)
            return 130
        except caught as error:
            print(f"error: {error}", file=sys.stderr)
        except OSError as error:
            if error.filename is None:
                _discard_output()
            print(f"error: {error.filename or 'standard output'}: {error.strerror}", file=sys.stderr)
        except Exception:
            if defect is None:
                raise
            traceback.print_exc()
            return defect
        return failed

    return run


def _run(main: Main, arguments: Sequence[str] | None) -> int:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # a terminal may not have every letter
    status = 0
    try:
        status = main(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of standard output has enough
        _discard_output()
    return status

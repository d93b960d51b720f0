"""Standard input, output and error as commands need them: UTF-8 in pipes, and output that fails ends no work."""

from __future__ import annotations

import io
import os
import sys
from contextlib import suppress
from typing import Any

import click


class Output(io.FileIO):
    """What a descriptor leads to. Once a write fails, with `failure`, what is written goes nowhere."""

    failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        if self.failure is None:
            try:
                return super().write(data) or 0  # 0 where it would block
            except OSError as error:
                self.failure = error
        return memoryview(data).nbytes


def prepare() -> None:
    """Make the three streams so: those that were closed lead nowhere; terminals keep their encoding."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - until the end
            continue
        stream = getattr(sys, name)
        if not isinstance(stream, io.TextIOWrapper):  # one of a notebook
            continue
        if name == "stdin":
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8")
            continue
        stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")
        with suppress(OSError):  # it has no descriptor
            if not stream.isatty():
                raw = io.BufferedWriter(Output(stream.fileno(), "w", closefd=False))
                lines = name == "stderr"
                made = io.TextIOWrapper(raw, stream.encoding, "backslashreplace", line_buffering=lines)
                setattr(sys, name, made)


def _raw() -> Output | None:
    raw = getattr(getattr(sys.stdout, "buffer", None), "raw", None)
    return raw if isinstance(raw, Output) else None


def failure() -> OSError | None:
    """Why output goes nowhere: its reader has enough, such as `head`, or its disk is full. None where it goes on."""
    raw = _raw()
    return None if raw is None else raw.failure


def confirm(text: str) -> None:
    """Say that something was written. It was, also where output fails: then standard error has the text."""
    click.echo(text)
    if (raw := _raw()) and raw.failure:
        raw.failure = None
        click.echo(text, err=True)

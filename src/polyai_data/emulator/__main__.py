"""The emulator as a program: `python -m polyai_data.emulator`."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
import threading
from collections.abc import Callable
from typing import TypeVar

from polyai_data.emulator.data.audio import check_size
from polyai_data.emulator.faults.random_faults import DRIFT, SURVIVABLE, Misbehaviour

_Value = TypeVar("_Value")
_DONE = threading.Event()


def main(arguments: list[str] | None = None) -> int:
    """Serve until interrupted; returns the exit status."""
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, lambda *_: _DONE.set())
    options = _options(arguments)
    try:
        from polyai_data.emulator import Emulator  # noqa: PLC0415 - so that an interrupt finds its handler in place

        misbehave = options.misbehave and Misbehaviour(options.misbehave, options.misbehave_kinds, options.seed)
        emulator = Emulator(
            options.seed,
            options.conversations,
            options.port,
            misbehave=misbehave or None,
            recording_bytes=options.recording_bytes,
            ranges=options.ranges,
            database=options.database,
            schedule=options.schedule,
        ).start()
    except (ModuleNotFoundError, OSError, ValueError) as error:
        reason = _reason(error)
        print(f"error: {reason}", file=sys.stderr)
        return 1
    try:
        prefix = ""
        if options.print_env:
            for name, value in emulator.env().items():
                print(f"export {name}={shlex.quote(value)}")
            for name, value, meaning in emulator.listed():
                print(f"export {name}={shlex.quote(value)}  # {meaning}")
            prefix = "# "
        print(f"{prefix}listening on {emulator.url}", flush=True)
        # In slices, as not every system lets a signal interrupt an endless wait.
        while not _DONE.wait(0.5):
            pass
    finally:
        emulator.stop()
    return 0


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m polyai_data.emulator",
        description="Plays every host and region of PolyAI and AssemblyAI on one port of this machine. Its clock "
        "stands still on 4 May 2026; the conversations took place in the days before.",
    )
    parser.add_argument(
        "--port", type=_port, default=8765, help="port to listen on; 0 takes a free one (default: 8765)"
    )
    parser.add_argument("--seed", type=int, default=1, help="number that the data follows from (default: 1)")
    parser.add_argument(
        "--conversations",
        type=_count,
        default=40,
        metavar="N",
        help="conversations of each agent; a million take no longer to start with (default: 40)",
    )
    parser.add_argument(
        "--recording-bytes",
        type=_recording_bytes,
        metavar="N",
        help="size of every recording, at no cost of memory (default: each has its own)",
    )
    parser.add_argument(
        "--no-ranges", action="store_false", dest="ranges", help="give recordings out as a whole only, without an ETag"
    )
    parser.add_argument(
        "--misbehave", type=_rate, metavar="RATE", help="part of all requests that goes wrong, from 0 to 1 (default: 0)"
    )
    parser.add_argument(
        "--misbehave-kinds",
        type=_kinds,
        default=SURVIVABLE,
        metavar="A,B,C",
        help=f"how they go wrong (default: {', '.join(SURVIVABLE)}), of these and {', '.join(DRIFT)}",
    )
    parser.add_argument(
        "--schedule", metavar="FILE", help="which calls go wrong, and how, in YAML or JSON (default: none)"
    )
    parser.add_argument(
        "--database",
        metavar="FILE",
        help="keep notes, annotations, chats, added conversations and the clock in this file, made when it is not "
        "there (default: in memory)",
    )
    parser.add_argument(
        "--print-env",
        action="store_true",
        help="print export lines, as a shell reads them: those that lead a client here, then all accounts, agents and "
        "keys",
    )
    options = parser.parse_args(arguments)
    if options.misbehave is None and options.misbehave_kinds is not SURVIVABLE:
        parser.error("argument --misbehave-kinds: needs --misbehave, which says how often")
    return options


def _rate(text: str) -> float:
    return _told(lambda: Misbehaviour(float(text)).rate)


def _kinds(text: str) -> tuple[str, ...]:
    kinds = tuple(name for part in text.split(",") if (name := part.strip()))
    return _told(lambda: Misbehaviour(kinds=kinds).kinds)


def _recording_bytes(text: str) -> int:
    return _told(lambda: check_size(int(text)))


def _told(read: Callable[[], _Value]) -> _Value:
    """What `read` gives; its complaint is shown as it is."""
    try:
        return read()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    port = int(text)
    if not 0 <= port <= 65535:
        raise argparse.ArgumentTypeError(f"{port} is not between 0 and 65535")
    return port


def _count(text: str) -> int:
    count = int(text)
    if count < 0:
        raise argparse.ArgumentTypeError(f"{count} is less than 0")
    return count


if __name__ == "__main__":
    sys.exit(main())

"""The emulator as a program: `python -m polyai_data.emulator`."""

from __future__ import annotations

import argparse
import contextlib
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, TypeVar

from polyai_data.emulator.faults.random_faults import DRIFT, SURVIVABLE, Misbehaviour

if TYPE_CHECKING:
    from polyai_data.emulator import Emulator

_Value = TypeVar("_Value")


PROG = "python -m polyai_data.emulator"


def main(arguments: list[str] | None = None, prog: str = PROG) -> int:
    """Serve until interrupted; returns the exit status. `prog` is what the program is called in its help."""
    done = threading.Event()
    for interrupt in (signal.SIGINT, signal.SIGTERM):
        signal.signal(interrupt, lambda *_: done.set())
    return serve(arguments, done, prog)


def serve(arguments: list[str] | None, done: threading.Event, prog: str = PROG) -> int:
    options = _options(arguments, prog)
    try:
        from polyai_data.emulator import Emulator  # noqa: PLC0415 - late, so that interrupts are handled from the start

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
            now=options.now,
            as_documented=options.as_documented,
        ).start()
    except (ModuleNotFoundError, OSError, ValueError) as error:
        print(f"error: {_reason(error)}", file=sys.stderr)
        return 1
    with contextlib.ExitStack() as stack:
        stack.callback(emulator.stop)
        print("\n".join(_start_lines(emulator, print_env=options.print_env)), flush=True)
        # In slices, as not every system lets a signal interrupt an endless wait.
        while not done.wait(0.5):
            pass
    return 0


def _start_lines(emulator: Emulator, *, print_env: bool) -> Iterator[str]:
    """What the program prints at its start: with `print_env`, lines for a shell."""
    settings = [f"{name}={shlex.quote(value)}" for name, value in emulator.env().items()]
    if print_env:
        yield from (f"export {setting}" for setting in settings)
        yield from (f"export {name}={shlex.quote(value)}  # {meaning}" for name, value, meaning in emulator.listed())
    prefix = "# " * print_env
    yield f"{prefix}listening on {emulator.url}"
    yield f"{prefix}  page   {emulator.url}/ lists data, keys, and lines to try"
    clock = "follows today" if emulator.clock.follows_today else "stands still; --now lets it follow today"
    yield f"{prefix}  clock  {emulator.clock.now():%Y-%m-%dT%H:%M:%SZ}, {clock}"
    if not print_env:
        yield f"  keys   export {' '.join(settings)}"


def _reason(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _options(arguments: list[str] | None, prog: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog=prog,
        description="Plays every host and region of PolyAI and AssemblyAI on one port of this machine. Its clock "
        "stands still on 4 May 2026; the conversations took place in the days before.",
    )
    add = parser.add_argument
    add(
        "--port",
        type=_checked(lambda text: _number(text, 65535)),
        default=8765,
        help="port to listen on; 0 takes a free one (default: %(default)s)",
    )
    add("--seed", type=int, default=1, help="number that the data follows from (default: %(default)s)")
    add(
        "--conversations",
        type=_checked(lambda text: _number(text, 10**9)),
        default=40,
        metavar="N",
        help="conversations of each agent; a million start as fast as one (default: %(default)s)",
    )
    add(
        "--recording-bytes",
        type=_checked(_size),
        metavar="N",
        help="size of every recording, which takes no memory (default: each has its own)",
    )
    add("--no-ranges", action="store_false", dest="ranges", help="send whole recordings only, without an ETag")
    add(
        "--misbehave",
        type=_checked(lambda text: Misbehaviour(float(text)).rate),
        metavar="RATE",
        help="part of all requests that goes wrong, 0 to 1 (default: 0)",
    )
    add(
        "--misbehave-kinds",
        type=_checked(_kinds),
        default=SURVIVABLE,
        metavar="A,B,C",
        help=f"how they go wrong (default: {', '.join(SURVIVABLE)}), of these and {', '.join(DRIFT)}",
    )
    add("--schedule", metavar="FILE", help="which calls go wrong, and how, in YAML or JSON (default: none)")
    add(
        "--as-documented",
        action="store_true",
        help="respond as the vendors' documents say (default: as the live API was seen to respond)",
    )
    add(
        "--database",
        metavar="FILE",
        help="store notes, annotations, chats, added conversations and the clock in this file, which is created when "
        "missing (default: in memory)",
    )
    add(
        "--now",
        action="store_true",
        help="let the clock follow today, and the conversations take place in the days before",
    )
    add(
        "--print-env",
        action="store_true",
        help="print export lines for a shell: those that lead a client here, then all accounts, agents and keys",
    )
    options = parser.parse_args(arguments)
    if options.misbehave is None and options.misbehave_kinds is not SURVIVABLE:
        parser.error("argument --misbehave-kinds: needs --misbehave, which says how often")
    return options


def _checked(check: Callable[[str], _Value]) -> Callable[[str], _Value]:
    """Makes argparse show the message of an error of `check` as it is."""

    def read(text: str) -> _Value:
        try:
            return check(text)
        except ValueError as error:
            raise argparse.ArgumentTypeError(str(error)) from error

    return read


def _kinds(text: str) -> tuple[str, ...]:
    return Misbehaviour(kinds=tuple(name for part in text.split(",") if (name := part.strip()))).kinds


def _size(text: str) -> int:
    from polyai_data.emulator.data.audio import check_size  # noqa: PLC0415 - `--help` needs none of it

    return check_size(int(text))


def _number(text: str, largest: int) -> int:
    if not 0 <= int(text) <= largest:
        raise ValueError(f"{text} is not between 0 and {largest}")
    return int(text)


if __name__ == "__main__":
    sys.exit(main())

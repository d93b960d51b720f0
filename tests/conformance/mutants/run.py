"""Holds the conformance tests to faults of the emulator that they must find: each fault, one run, one rule at least.

    python scripts/mutants.py [--only PATTERN] [--jobs N] [--seed N] [--json FILE] [--list]
    python scripts/mutants.py --seeds 20

Each mutant is an emulator with one fault, in a process of its own, and little is generated against it. It is caught
when a rule is broken that was named before for what it means; a rule that is broken by accident, or could only not be
judged, does not count. `--seeds` runs the emulator as it is instead, with so many seeds and the quick profile: nothing
may be found.

Exit status: 0 when all is as expected, 1 otherwise, 2 when it was interrupted.
"""

from __future__ import annotations

import argparse
import fnmatch
import json
import logging
import multiprocessing
import os
import signal
import sys
import time
from collections import deque
from collections.abc import Generator, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from polyai_data.conformance.rule import RULES

# Importing these registers their mutants.
from tests.conformance.mutants import access, answers, audio, filters, links, pages, views, writes
from tests.conformance.mutants.mutant import CAUGHT, FAILED, HUNG, MUTANTS, SOUND, STOPPED, Trial, problems, trial

_MODULES = (
    answers,
    access,
    views,
    pages,
    filters,
    audio,
    writes,
    links,
)
LIMIT = 240.0
"""Seconds for a run, ten times what it takes on a busy machine; what it has found until then is told."""
_HEAVY = ["polyai_data.conformance.plugin", "polyai_data.emulator"]
# What takes long to import, and is imported once for all processes.
_GRACE = 30.0
# Seconds more for a run that does not stop when it is told to.
_PLAIN_WIDTH = 150


@dataclass(frozen=True)
class Task:
    """A run: a mutant's name, or none for the emulator as it is, a seed, and which rules to judge (none: all)."""

    name: str
    seed: int
    only: tuple[str, ...] = ()


@dataclass
class _Running:
    task: Task
    process: BaseProcess
    began: float


def chosen(pattern: str) -> list[str]:
    """The names of the mutants whose name, operation or expected rule is like the pattern."""
    return [
        each.name
        for each in MUTANTS.values()
        if any(fnmatch.fnmatch(text, pattern) for text in (each.name, *each.operations, *each.rules))
    ]


def trials(tasks: Sequence[Task], jobs: int, limit: float = LIMIT) -> Generator[Trial]:
    """Each run in a process of its own, so many at a time, as they end; leaving early ends the processes."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(_HEAVY)
    left = deque(tasks)
    running: dict[Any, _Running] = {}
    try:
        while left or running:
            while left and len(running) < jobs:
                task = left.popleft()
                here, there = context.Pipe(duplex=False)
                process = context.Process(target=_work, args=(there, task, limit), daemon=True)
                process.start()
                there.close()
                running[here] = _Running(task, process, time.monotonic())
            for each in wait(list(running), timeout=1):
                yield _ended(each, running.pop(each))
            for each in [each for each, run in running.items() if time.monotonic() - run.began > limit + _GRACE]:
                yield _killed(running.pop(each))
    finally:
        for run in running.values():
            run.process.kill()
            run.process.join()


def _ended(connection: Any, run: _Running) -> Trial:
    try:
        result: Trial = connection.recv()
    except EOFError:
        run.process.join()
        seconds = time.monotonic() - run.began
        detail = f"the process ended with {run.process.exitcode}"
        return Trial(run.task.name, run.task.seed, FAILED, seconds=seconds, detail=detail)
    finally:
        connection.close()
    run.process.join()
    return result


def _killed(run: _Running) -> Trial:
    run.process.kill()
    run.process.join()
    return Trial(run.task.name, run.task.seed, HUNG, seconds=time.monotonic() - run.began, detail="did not end")


def _work(connection: Any, task: Task, limit: float) -> None:
    """What the process of a run does."""
    # Ctrl-C goes to all processes of the terminal, and the one that started this one ends it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, _late)
    logging.disable(logging.CRITICAL)
    try:
        signal.setitimer(signal.ITIMER_REAL, limit)
        result = trial(MUTANTS[task.name] if task.name else None, seed=task.seed, only=task.only)
        signal.setitimer(signal.ITIMER_REAL, 0)
    except KeyboardInterrupt:
        result = Trial(task.name, task.seed, HUNG, seconds=limit, detail=STOPPED)
    except Exception as error:  # noqa: BLE001 - whatever it is, the other runs go on
        result = Trial(task.name, task.seed, FAILED, detail=f"{type(error).__name__}: {error}"[:300])
    connection.send(result)


def _late(_signal: int, _frame: FrameType | None) -> None:
    # That is how a run is ended early with what it has found.
    raise KeyboardInterrupt


def table(results: Sequence[Trial]) -> Table:
    """Mutant, what is wrong with it, and what it was caught by."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    made.add_column("mutant", no_wrap=True)
    made.add_column("what is wrong", ratio=3)
    made.add_column("caught by", ratio=2)
    for heading in ("requests", "seconds"):
        made.add_column(heading, justify="right", no_wrap=True)
    order = {name: number for number, name in enumerate(MUTANTS)}
    for each in sorted(results, key=lambda result: order[result.name]):
        style = "" if each.verdict == CAUGHT else "red"
        made.add_row(
            each.name,
            MUTANTS[each.name].what,
            escape(_told(each)),
            str(each.requests),
            f"{each.seconds:.1f}",
            style=style,
        )
    return made


def _told(result: Trial) -> str:
    """What became of a mutant, in the column of the rules."""
    if result.verdict == CAUGHT:
        others = f" (and {len(result.others)} more)" if result.others else ""
        return ", ".join(result.caught_by) + others
    told = [result.verdict.upper()]
    if result.others:
        told.append(f"broken: {', '.join(result.others)}")
    if result.unjudged:
        told.append(f"not judged: {', '.join(result.unjudged)}")
    if result.detail:
        told.append(result.detail)
    if MUTANTS[result.name].rules:
        told.append(f"expected: {', '.join(MUTANTS[result.name].rules)}")
    return "; ".join(told)


def _seed_line(result: Trial) -> str:
    told = f"seed {result.seed}: {result.verdict}, {result.requests} requests, {result.seconds:.1f} s"
    broken = f"; broken: {', '.join(result.others)}" if result.others else ""
    blocked = f"; not judged: {', '.join(result.unjudged)}" if result.unjudged else ""
    return f"{told}{broken}{blocked}{f'; {result.detail}' if result.detail else ''}"


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    options = _options(arguments)
    wrong = problems(MUTANTS, list(RULES))
    if wrong:
        print("\n".join(wrong), file=sys.stderr)
        return 1
    if options.list:
        for each in MUTANTS.values():
            print(f"{each.name}\n    {each.what}\n    {' '.join(each.operations)}: {', '.join(each.rules)}")
        print(f"\n{len(MUTANTS)} mutants")
        return 0
    names = chosen(options.only)
    if not names and not options.seeds:
        print(f"error: no mutant is like {options.only!r}; --list shows them", file=sys.stderr)
        return 1
    return _run(options, names)


def _run(options: argparse.Namespace, names: Sequence[str]) -> int:
    tasks = [Task(name, options.seed) for name in names]
    if options.seeds:
        tasks = [Task("", seed) for seed in range(1, options.seeds + 1)]
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    began = time.monotonic()
    results: list[Trial] = []
    interrupted = False
    running = trials(tasks, options.jobs)
    try:
        with Console(stderr=True).status("mutants") as status:
            for result in running:
                results.append(result)
                if options.seeds:
                    console.print(escape(_seed_line(result)))
                status.update(f"mutants: {len(results)} of {len(tasks)}, the last one {result.name} {result.verdict}")
    except KeyboardInterrupt:
        interrupted = True
    finally:
        running.close()
    if options.json is not None:
        told = [{**asdict(each), "what": MUTANTS[each.name].what if each.name else ""} for each in results]
        options.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")
    if not options.seeds:
        console.print(table(results))
    right = sum(each.verdict in {CAUGHT, SOUND} for each in results)
    word = "seeds without a difference" if options.seeds else "caught as expected"
    seconds = time.monotonic() - began
    note = f", {len(tasks) - len(results)} not run" if interrupted else ""
    style = "green" if right == len(tasks) else "red"
    console.print(f"\n{right} of {len(tasks)} {word}{note}, in {seconds:.0f} s", style=style)
    if interrupted:
        return 2
    return 0 if right == len(tasks) else 1


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Hold the conformance tests to faults of the emulator.")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="mutants whose name, operation or rule is so")
    parser.add_argument("--jobs", type=int, metavar="N", default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--seed", type=int, metavar="N", default=1, help="seed of data and requests (default: 1)")
    parser.add_argument("--seeds", type=int, metavar="N", default=0, help="run the emulator as it is, with N seeds")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results")
    parser.add_argument("--list", action="store_true", help="print all mutants, and do nothing else")
    options = parser.parse_args(arguments)
    if options.jobs < 1 or options.seeds < 0:
        parser.error("--jobs and --seeds take numbers above 0")
    return options


if __name__ == "__main__":
    sys.exit(main())

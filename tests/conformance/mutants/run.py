"""Holds the conformance tests against each mutant, and prints which rules caught it.

    python -m tests.conformance.mutants.run [--only PATTERN] [--jobs N] [--whole]

Exit status: 0 when each mutant is caught by the rules that it names, 1 otherwise.
"""

from __future__ import annotations

import argparse
import fnmatch
import functools
import logging
import multiprocessing
import os
import sys
import time
from collections.abc import Collection, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, replace

from rich.console import Console
from rich.table import Table

from polyai_data.conformance import PROFILES, Target, of_emulator
from polyai_data.conformance import run as run_rules
from polyai_data.emulator import Emulator
from polyai_data.hosts import loopback

# Importing these registers their mutants.
from tests.conformance.mutants import access, audio, bodies, pages, writes
from tests.conformance.mutants.mutant import MUTANTS, Front, Mutant
from tests.support.scripted_server import ScriptedServer

MODULES = (access, bodies, pages, audio, writes)
CAUGHT, ACCIDENT, UNCAUGHT, UNREACHED, FAILED = "caught", "by accident", "not caught", "not reached", "failed"
_EFFORT = replace(PROFILES["quick"], examples=1, steps=2)
_PLAIN_WIDTH = 150


@dataclass(frozen=True)
class Trial:
    """What became of a mutant.

    Attributes:
        broken: ids of the rules that it breaks.
        unjudged: ids of the rules that could not be judged.
        reached: at how many requests the fault showed.
        error: what the mutant's own code raised first.
    """

    name: str
    status: str
    broken: tuple[str, ...] = ()
    unjudged: tuple[str, ...] = ()
    reached: int = 0
    seconds: float = 0.0
    error: str = ""


def judge(target: Target, only: tuple[str, ...]) -> tuple[set[str], tuple[str, ...]]:
    """The ids of the rules that a target breaks, and of those that could not be judged."""
    result = run_rules(target, only=only, effort=_EFFORT)
    return {finding.rule for finding in result.findings}, tuple(sorted(result.blocked))


def verdict(rules: Iterable[str], broken: Collection[str], reached: int, error: str = "") -> str:
    """What a trial comes to. A rule that could not be judged has caught nothing."""
    if error or not reached:
        return FAILED if error else UNREACHED
    if set(rules).issubset(broken):
        return CAUGHT
    return ACCIDENT if broken else UNCAUGHT


def trial(chosen: Mutant, emulator: Emulator, *, whole: bool = False) -> Trial:
    """Hold the mutant of a running emulator against the themes of the rules that it names, or against all rules."""
    began = time.monotonic()
    emulator.reset()
    front = Front(chosen, emulator)
    with ScriptedServer(front.step) as listener:
        target = replace(of_emulator(emulator), connect_to=loopback(listener.url))
        broken, unjudged = judge(target, () if whole else chosen.only)
    error = repr(front.errors[0]) if front.errors else ""
    status = verdict(chosen.rules, broken, front.reached, error)
    seconds = time.monotonic() - began
    return Trial(chosen.name, status, tuple(sorted(broken)), unjudged, front.reached, seconds, error)


def table(results: Sequence[Trial]) -> Table:
    """A row for each mutant: what is wrong, which rules must catch it, and which did."""
    made = Table(box=None, pad_edge=False, header_style="bold")
    for heading, ratio in (("mutant", None), ("what is wrong", 3), ("expected rule", 2), ("caught by", 2)):
        made.add_column(heading, ratio=ratio, no_wrap=ratio is None)
    made.add_column("seconds", justify="right", no_wrap=True)
    order = list(MUTANTS)
    for each in sorted(results, key=lambda one: order.index(one.name)):
        chosen = MUTANTS[each.name]
        others = len(set(each.broken).difference(chosen.rules))
        by = " ".join(rule for rule in chosen.rules if rule in each.broken)
        by += f" (and {others} more)" if others else ""
        if each.status != CAUGHT:
            unjudged = f"; not judged: {' '.join(each.unjudged)}" if each.unjudged else ""
            by = f"{each.status.upper()}: {each.error or ' '.join(each.broken) or 'no rule'}{unjudged}"
        style = "" if each.status == CAUGHT else "red"
        made.add_row(each.name, chosen.what, " ".join(chosen.rules), by, f"{each.seconds:.1f}", style=style)
    return made


@functools.cache
def _emulator() -> Emulator:
    """The emulator of this process, which ends with it."""
    logging.disable(logging.CRITICAL)
    return Emulator().start()


def _work(name: str, whole: bool) -> Trial:
    return trial(MUTANTS[name], _emulator(), whole=whole)


def trials(names: Sequence[str], jobs: int, whole: bool) -> list[Trial]:
    """The trials of these mutants, in so many processes."""
    context = multiprocessing.get_context("forkserver")
    progress = Console(stderr=True).status("mutants")
    results: list[Trial] = []
    with ProcessPoolExecutor(jobs, mp_context=context) as pool, progress:
        for done in as_completed([pool.submit(_work, name, whole) for name in names]):
            results.append(done.result())
            progress.update(f"mutants: {len(results)} of {len(names)}, last {results[-1].name}: {results[-1].status}")
    return results


def main(arguments: Sequence[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description="Hold the conformance tests against mutants of the emulator.")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="mutants with this name, operation or rule")
    parser.add_argument("--jobs", type=int, metavar="N", default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--whole", action="store_true", help="run all rules against each, not only the themes named")
    options = parser.parse_args(arguments)
    names = [
        each.name
        for each in MUTANTS.values()
        if any(fnmatch.fnmatch(text, options.only) for text in (each.name, *each.operations, *each.rules))
    ]
    if not names:
        parser.error(f"no mutant matches {options.only!r}")
    began = time.monotonic()
    results = trials(names, options.jobs, options.whole)
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_PLAIN_WIDTH)
    console.print(table(results))
    caught = sum(each.status == CAUGHT for each in results)
    print(f"\n{caught} of {len(results)} caught by the named rules, in {time.monotonic() - began:.0f} s")
    return 0 if caught == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())

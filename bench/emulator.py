"""How the emulator copes with a large world: how long starting, a large page and a search take, and its memory.

    python bench/emulator.py [--rounds N] [--conversations N]

Two emulators, each in a process of its own, have 10,000 and a million conversations for each agent. Each round asks
both in turns for the same things, of other rows than before. Times are medians; memory is the peak of each process,
before and after. The last column says how many times more the large world takes.
"""

from __future__ import annotations

import argparse
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from polyai_data import openapi

MIB = 1024 * 1024
SMALL = 10_000
LONGEST_START = 5.0
LARGEST_RATIO = 3.0
LARGEST_GROWTH = 1.25
EVER = {"start_time": "2000-01-01T00:00:00Z", "end_time": "2027-01-01T00:00:00Z"}
"""Bounds that no conversation is beyond."""


@dataclass
class World:
    """A running emulator."""

    process: subprocess.Popen[str]
    env: dict[str, str]
    """What it has printed for a shell."""
    started: float
    """Seconds until it listened."""
    http: httpx.Client

    def ask(self, operation_id: str, **query: str | int) -> float:
        """Seconds until the response of an operation was complete."""
        operation = openapi.load("polyai").operation(operation_id)
        agent = self.env["POLYAI_AGENT_ID"]
        account = self.env["POLYAI_ACCOUNT_ID"]
        path = operation.path.format(agentId=agent, project_id=agent, account_id=account)
        server = next(server for server in operation.servers if server.region == "us")
        headers = {"Host": server.hostname, operation.key_header: self.env["EMULATOR_KEY_US"]}
        begin = time.perf_counter()
        response = self.http.get(self.env["POLYAI_CONNECT_TO"] + path, params=query, headers=headers)
        seconds = time.perf_counter() - begin
        if response.status_code != 200 or len(response.json()["conversations"]) != query["limit"]:
            raise RuntimeError(f"the response of {operation_id} is {response.status_code}: {response.text[:200]}")
        return seconds

    def peak(self) -> int:
        """The largest memory of the process so far, in bytes; 0 where the system does not tell."""
        status = Path(f"/proc/{self.process.pid}/status")
        match = re.search(r"VmHWM:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(match[1]) * 1024 if match else 0


def main() -> int:
    """Run the program; its exit status says whether all bounds hold."""
    parser = argparse.ArgumentParser(prog="emulator.py", description="Measure the emulator with a large world.")
    parser.add_argument("--rounds", type=int, default=7, help="how often each is measured (default: 7)")
    parser.add_argument("--conversations", type=int, default=1_000_000, metavar="N", help="of the large world")
    options = parser.parse_args()
    return compare(options.rounds, options.conversations)


def compare(rounds: int, large: int) -> int:
    """Measure in turns and print the table."""
    starts: dict[int, list[float]] = {SMALL: [], large: []}
    for number in range(rounds):
        for size in in_turns(number, large):
            with running(size) as world:
                starts[size].append(world.started)
    times: dict[str, dict[int, list[float]]] = {name: {SMALL: [], large: []} for name in questions(SMALL)}
    with running(SMALL) as small, running(large) as other:
        worlds = {SMALL: small, large: other}
        before = {size: world.peak() for size, world in worlds.items()}
        for number in range(rounds):
            for name in times:
                if number and name.startswith("search"):
                    continue  # It looks at every conversation, so one round is enough, and long.
                for size in in_turns(number, large):
                    times[name][size].append(questions(size)[name](worlds[size], number))
        after = {size: world.peak() for size, world in worlds.items()}
    return report(rounds, large, {"start": starts, **times}, {"peak at the start": before, "peak at the end": after})


def in_turns(number: int, large: int) -> tuple[int, int]:
    """Both sizes; who goes first changes."""
    return (large, SMALL) if number % 2 else (SMALL, large)


def questions(size: int) -> dict[str, Callable[[World, int], float]]:
    """What is asked in each round, by its name; the rows follow from the round."""

    def row(number: int) -> int:
        """A row; from one round to the next far enough for nothing to be kept from the one before."""
        return number * 3000 % 9000 * (size // SMALL)

    return {
        "page of 1,000, by offset": lambda world, number: world.ask(
            "listConversations", limit=1000, offset=row(number)
        ),
        # Five of seven conversations are live ones.
        "page of 1,000, with turns": lambda world, number: world.ask(
            "searchConversations", limit=1000, offset=(row(number) + 1200) * 5 // 7
        ),
        "random sample of 100": lambda world, _: world.ask("searchConversations", limit=100, sample="random", **EVER),
        "search by meaning": lambda world, number: world.ask(
            "searchConversations", limit=100, query_type="semantic", query=f"money back {number}", **EVER
        ),
        "search by words": lambda world, number: world.ask(
            "searchConversations", limit=100, query_type="transcript", query=["refund", "parcel"][number % 2], **EVER
        ),
    }


@contextmanager
def running(size: int) -> Iterator[World]:
    """An emulator of that size in a process of its own."""
    command = [sys.executable, "-m", "polyai_data.emulator", "--print-env", "--port", "0", "--conversations", str(size)]
    begin = time.perf_counter()
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            lines = list(until_it_listens(process))
            started = time.perf_counter() - begin
            env = dict(re.findall(r"^export (\w+)='?([^\s']*)", "\n".join(lines), re.MULTILINE))
            with httpx.Client(trust_env=False, timeout=600) as http:
                yield World(process, env, started, http)
        finally:
            process.terminate()


def until_it_listens(process: subprocess.Popen[str]) -> Iterator[str]:
    """The lines that it prints before it is ready."""
    for line in process.stdout or ():
        yield line
        if "listening on" in line:
            return
    raise RuntimeError("the emulator has not started")


def report(rounds: int, large: int, times: dict[str, dict[int, list[float]]], peaks: dict[str, dict[int, int]]) -> int:
    """Print the table; 0 when all bounds hold."""
    print(f"medians of {rounds} rounds in turns (searches: one), in milliseconds; memory in MiB")
    print(f"{'':28}{SMALL:>12,}{large:>12,}{'ratio':>8}")
    ratios = {}
    for name, values in times.items():
        small, other = (1000 * statistics.median(values[size]) for size in (SMALL, large))
        ratios[name] = other / small
        print(f"{name:28}{small:>12.1f}{other:>12.1f}{ratios[name]:>8.2f}")
    growth = 0.0
    for name, peak in peaks.items():
        growth = peak[large] / max(peak[SMALL], 1)
        print(f"{name:28}{peak[SMALL] / MIB:>12.1f}{peak[large] / MIB:>12.1f}{growth:>8.2f}")
    start = statistics.median(times["start"][large])
    pages = max(ratio for name, ratio in ratios.items() if name.startswith("page"))
    print(f"start: {start:.2f} s with {large:,} (less than {LONGEST_START:g})")
    print(f"pages: {pages:.2f} times as long (at most {LARGEST_RATIO:g})")
    print(f"memory: {growth:.2f} times as much (at most {LARGEST_GROWTH:g})")
    return 0 if start < LONGEST_START and pages <= LARGEST_RATIO and growth <= LARGEST_GROWTH else 1


if __name__ == "__main__":
    sys.exit(main())

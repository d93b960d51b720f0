"""The laboratory of the drift report: changed and broken versions of the vendored documents, each with its verdict.

    python scripts/drift_lab.py [--full | --quick] [--only PATTERN] [--jobs N] [--json]

Derives from specs/ what a vendor could publish, holds the report to what each change means, and makes sure that the
project stays as it is meanwhile. A case is offered to a copy of the project, so that it can be worked on at the same
time. What breaks callers and what becomes of the Python surface is asked of each change, though not of those that say
the same again, in pairs and in a file; with `--full` of these as well, with `--quick` of none.

Exit status: 0 when every case is as expected, 1 otherwise.
"""

from __future__ import annotations

import argparse
import fnmatch
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from drift_report import compare
from drift_report.compare import GENERATOR, look
from drift_report.report import VERDICTS, Report
from drift_report.view import markdown
from pipeline import yaml_files
from pipeline.patch import Made, Patched, patch_vendor
from rich.console import Console
from rich.table import Table

from tests.pipeline.drift_cases import answers, broken, files, operations, overlay, pages, schemas
from tests.pipeline.drift_cases.case import FOLDERS, Bench, Case, NotApplicableError, pairs
from tests.pipeline.drift_cases.expected import Asked, Expected

ROOT = Path(__file__).resolve().parents[3]
ENOUGH = 60
"""Fewer cases than that are no laboratory: too many of them no longer find what they change."""
_MODULES = (
    pages,
    schemas,
    operations,
    overlay,
    files,
    broken,
    answers,
)


def cases() -> dict[str, Case]:
    """All cases by name, the pairs last."""
    alone = [case for module in _MODULES for case in module.case.all]
    found = {case.name: case for case in (*alone, *pairs(alone, stride=11))}
    if len(found) < len(alone):
        raise ValueError("two cases have one name")
    return found


@dataclass(frozen=True)
class Outcome:
    """What became of a case; `skipped` says why it could not be made from the documents as they are."""

    name: str
    kind: str
    expected: str
    verdict: str
    seconds: float
    problems: list[str] = field(default_factory=list)
    skipped: str | None = None


def snapshot(root: Path) -> dict[str, tuple[str, int]]:
    """Every file of the project: the hash of its bytes, and when it was written."""
    return {
        path.relative_to(root).as_posix(): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for name in ("pyproject.toml", *FOLDERS)
        for path in ([root / name] if (root / name).is_file() else sorted((root / name).rglob("*")))
        if path.is_file() and "__pycache__" not in path.parts
    }


@contextmanager
def copied(folders: Sequence[str] = FOLDERS) -> Iterator[Path]:
    """A copy of the project, which nothing else works on."""
    with tempfile.TemporaryDirectory(prefix="drift-lab-") as scratch:
        project = Path(scratch, "project")
        for name in folders:
            shutil.copytree(ROOT / name, project / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(ROOT / "pyproject.toml", project)
        yield project


@contextmanager
def remembering() -> Iterator[None]:
    """Parse each YAML text once, and patch the project's own documents once: most cases have most of it in common."""
    parse = yaml_files.loads
    known: dict[str | bytes, Any] = {}
    patched: dict[tuple[Path, str], Patched] = {}

    def loads(text: str | bytes, name: str) -> Any:
        if text not in known:
            known[text] = parse(text, name)
        return known[text]

    def patched_once(root: Path, vendor: str, made: Made | None = None) -> Patched:
        if made is not None:
            return patch_vendor(root, vendor, made)
        if (root, vendor) not in patched:
            patched[root, vendor] = patch_vendor(root, vendor)
        return patched[root, vendor]

    with patch.object(yaml_files, "loads", loads), patch.object(compare, "patch_vendor", patched_once):
        yield


def examine(case: Case, project: Path, *, judge: bool) -> Outcome:
    """Offer the case to the project, and hold the report to what is expected."""
    began = time.monotonic()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="drift-lab-")), "offered")
        bench = Bench(project, folder, stack)
        try:
            expected, wheres = case.prepare(bench)
        except NotApplicableError as error:
            return Outcome(case.name, case.kind, "", "", time.monotonic() - began, skipped=str(error))
        before = snapshot(bench.project)
        problems: list[str] = []
        if judge and case.program:
            report = _by_program(bench.project, wheres, problems)
        else:
            report = _in_process(bench.project, wheres, problems, judge=judge)
        after = snapshot(bench.project)
    changed = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    problems += [f"the project was changed: {name}" for name in changed]
    status, more = held(report, expected, judge=judge)
    seconds = time.monotonic() - began
    return Outcome(case.name, case.kind, VERDICTS[status], VERDICTS[report["status"]], seconds, [*problems, *more])


def _in_process(project: Path, wheres: Sequence[str], problems: list[str], *, judge: bool) -> dict[str, Any]:
    try:
        made = look(project, wheres, judge=judge)
        if made.verdict not in markdown(made):
            problems.append("the Markdown does not tell the verdict")
    except Exception as error:  # noqa: BLE001 - whatever it is, it is no verdict, and the other cases have theirs
        problems += ["no report, but an error of ours:", *traceback.format_exception(error)[-3:]]
        made = Report()
    return made.as_json()


def _by_program(project: Path, wheres: Sequence[str], problems: list[str]) -> dict[str, Any]:
    """The report that scripts/drift.py prints, whose exit status must be that of the report."""
    command = [sys.executable, str(ROOT / "scripts" / "drift.py"), "--root", str(project), "--json"]
    command += ["--from", *wheres] if wheres else []
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    report: dict[str, Any] = json.loads(done.stdout)
    if done.returncode != report["status"]:
        problems.append(f"the program exits with {done.returncode}, and its report says {report['status']}")
    if done.stderr:
        problems.append(f"the program complains: {done.stderr.strip()}")
    return report


# Holding a report to what is expected of it.


def held(report: dict[str, Any], expected: Expected, *, judge: bool) -> tuple[int, list[str]]:
    """The status that is right, and all that is not as expected."""
    status = expected.status if judge or expected.quick is None else expected.quick
    if any(reference["sure"] for reference in report["references"]):
        status = max(status, 2)  # our own code has to be mended
    problems = []
    if report["status"] != status:
        problems.append(f"verdict: {VERDICTS[report['status']]} where it is {VERDICTS[status]}")
    # Without Node, or without a way to npm's registry, nobody has told what breaks callers.
    judged = judge and not any(remark.startswith("no verdict") for remark in report["remarks"])
    problems += _differences(report["documents"], expected, judged=judged)
    problems += _consequences(report["overlay"], expected, judge=judge)
    said = [*report["remarks"], *(consequence["text"] for consequence in report["overlay"])]
    problems += [f"an error of ours is told as the vendor's: {text}" for text in said if "Traceback" in text]
    wrong = list(expected.wrong)
    problems += [f"not told: {one}" for one in wrong if not any(one.fits(told) for told in report["broken"])]
    problems += [f"told besides: {told}" for told in report["broken"] if not any(one.fits(told) for one in wrong)]
    if sorted(report["also_offered"]) != sorted(expected.also):
        problems.append(f"also offered: {report['also_offered']} where it is {list(expected.also)}")
    if judge and GENERATOR.exists():
        texts = " ".join(change["text"] for change in report["surface"])
        problems += [f"not told of the Python surface: {word}" for word in expected.surface if word not in texts]
    return status, problems


def _differences(told: list[dict[str, Any]], expected: Expected, *, judged: bool) -> Iterator[str]:
    wanted = list(expected.told)
    for one in wanted:
        if not one.may and not any(one.fits(difference, judged=judged) for difference in told):
            yield f"not told: {one}"
    for difference in told:
        if not any(one.fits(difference, judged=False) for one in wanted):
            yield f"told besides: {_shortly(difference, 'kind', 'subject', 'name', 'detail')}"


def _consequences(told: list[dict[str, Any]], expected: Expected, *, judge: bool) -> Iterator[str]:
    # Which hosts came or went is seen from the servers of all documents, and only a case about them has to say it.
    wanted = [*expected.asked, Asked("server", "overlay/", "mend", may=True)]
    for one in wanted:
        if not one.may and (judge or not one.full) and not any(one.fits(consequence) for consequence in told):
            yield f"not asked: {one}"
    for consequence in told:
        if not any(one.fits(consequence) for one in wanted):
            yield f"asked besides: {_shortly(consequence, 'kind', 'advice', 'where', 'target', 'text')}"


def _shortly(told: dict[str, Any], *keys: str) -> str:
    return ", ".join(f"{key} {told[key]!r}" for key in keys if told[key])


# The program.


@dataclass
class _Room:
    """What a process that examines several cases keeps for all of them."""

    project: Path
    stack: ExitStack
    cases: dict[str, Case]


_rooms: list[_Room] = []


def _begin(project: Path) -> None:
    room = _Room(project, ExitStack(), cases())
    room.stack.enter_context(remembering())
    _rooms.append(room)


def _examine(name: str, judge: bool) -> Outcome:
    room = _rooms[-1]
    return examine(room.cases[name], room.project, judge=judge)


def run(names: Sequence[str], judges: Sequence[bool], jobs: int) -> Iterator[Outcome]:
    """The outcomes in the order of the names; `judges` says of which everything is asked."""
    with copied() as project, ProcessPoolExecutor(jobs, initializer=_begin, initargs=(project,)) as pool:
        yield from pool.map(_examine, names, judges)


def table(outcomes: Sequence[Outcome]) -> Table:
    """Case, expected, verdict, time."""
    made = Table(box=None, pad_edge=False)
    for heading in ("case", "kind", "expected", "verdict"):
        made.add_column(heading)
    made.add_column("time", justify="right")
    for one in outcomes:
        style = "dim" if one.skipped else "red" if one.problems else ""
        verdict = f"skipped: {one.skipped}" if one.skipped else one.verdict
        made.add_row(one.name, one.kind, one.expected, verdict, f"{one.seconds:.1f} s", style=style)
    return made


def main(arguments: list[str] | None = None) -> int:
    """The program."""
    parser = argparse.ArgumentParser(description="Hold the drift report to changed and broken documents.")
    parser.add_argument("--only", metavar="PATTERN", default="*", help="cases whose name or kind is like this")
    depth = parser.add_mutually_exclusive_group()
    depth.add_argument("--full", action="store_true", help="judge the pairs, and what files say again, as all else")
    depth.add_argument("--quick", action="store_true", help="do not ask who breaks, nor for the Python surface")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="how many at a time")
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(arguments)
    known = cases()
    names = [n for n, c in known.items() if fnmatch.fnmatch(n, options.only) or fnmatch.fnmatch(c.kind, options.only)]
    began = time.monotonic()
    outcomes: list[Outcome] = []
    with Console(stderr=True).status("drift-lab") as status:
        judges = [options.full or not (options.quick or known[name].derived) for name in names]
        for outcome in run(names, judges, options.jobs):
            outcomes.append(outcome)
            status.update(f"drift-lab: {len(outcomes)} of {len(names)}")
    failed = [one for one in outcomes if one.problems]
    skipped = [one for one in outcomes if one.skipped]
    missing = options.only == "*" and len(outcomes) - len(skipped) < ENOUGH
    if options.json:
        print(json.dumps([asdict(one) for one in outcomes], indent=2, ensure_ascii=False))
        return 1 if failed or missing else 0
    console = Console(width=None if sys.stdout.isatty() else 140)
    console.print(table(outcomes))
    for one in failed:
        console.print(f"\n{one.name}", style="bold red", markup=False)
        for problem in one.problems:
            console.print(f"  {problem}", markup=False, soft_wrap=True, highlight=False)
    as_expected = len(outcomes) - len(failed) - len(skipped)
    seconds = time.monotonic() - began
    console.print(
        f"\ndrift-lab: {as_expected} of {len(outcomes)} cases as expected, {len(failed)} not, {len(skipped)} skipped,"
        f" in {seconds:.0f} s{f'; fewer than {ENOUGH} could be made' if missing else ''}",
        style="red" if failed or missing else "green",
    )
    return 1 if failed or missing or not outcomes else 0


if __name__ == "__main__":
    sys.exit(main())

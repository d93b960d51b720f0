"""The drift report on every case of `drift_cases/`, without Redocly and the generator; and that the runner judges."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.report import Broken, Report

from tests.pipeline.drift_cases import code, run
from tests.pipeline.drift_cases.case import Expected, load


def snapshot(folder: Path) -> dict[str, tuple[str, int]]:
    """Every file: the hash of its bytes, and when it was written."""
    return {
        str(path): (hashlib.sha256(path.read_bytes()).hexdigest(), path.stat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file()
    }


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """One project for all cases, which none of them changes."""
    with run.copied() as project:
        before = snapshot(project)
        yield project
        assert snapshot(project) == before


@pytest.mark.parametrize("name", run.CASES)
def test_a_case_has_its_report(name: str, project: Path) -> None:
    assert run.examine(run.CASES[name], project).problems == []


def test_no_two_cases_have_one_name() -> None:
    assert len(run.CASES) == len(load()) + len(code.cases)


ADDED = Difference("added", "schema", "A", "x", "f")
DEAD = Consequence("dead", "mend", "overlay/a.yaml:6", "no match", "$.b")


@pytest.mark.parametrize(
    ("expected", "report", "problems"),
    [
        (Expected("regenerates", ["added schema A: x"]), Report([ADDED]), []),
        (Expected("regenerates", ["breaking added schema A: x"]), Report([ADDED]), []),
        (
            Expected("unchanged", ["added schema B"]),
            Report([ADDED]),
            [
                "verdict: regenerates, expected unchanged",
                "not expected in documents: ? added schema A: x",
                "missing in documents: added schema B",
            ],
        ),
        (Expected("needs a person", [], ["mend dead overlay/a.yaml $.b"]), Report([], [DEAD]), []),
        (Expected("needs a person"), Report([], [DEAD]), ["not expected in overlay: mend dead overlay/a.yaml $.b"]),
        (Expected("broken source", broken=["p.md:7: Bad"]), Report(broken=[Broken("/x/p.md", 7, 3, "a bad key")]), []),
        (
            Expected("broken source", broken=["p.md:8: bad"]),
            Report(broken=[Broken("/x/p.md", 7, 3, "bad")]),
            ["not expected in broken: /x/p.md:7:3: bad", "missing in broken: p.md:8: bad"],
        ),
    ],
)
def test_what_a_case_objects_to(expected: Expected, report: Report, problems: list[str]) -> None:
    assert list(run.problems(report, expected)) == problems


def test_a_judged_difference_breaks_as_expected() -> None:
    report = Report([Difference("removed", "operation", "GET /a", "", "f", breaking=True)])
    assert list(run.problems(report, Expected("needs a person", ["breaking removed operation GET /a"]))) == []
    assert len(list(run.problems(report, Expected("needs a person", ["removed operation GET /a"])))) == 2


def test_the_program_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "no such file"]) == 0
    out = capsys.readouterr().out
    assert "no such file  broken  broken source  broken source" in out
    assert "drift-cases: 1 of 1 cases as expected" in out
    assert run.main(["--only", "no such case"]) == 1

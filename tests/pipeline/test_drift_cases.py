"""The drift report on every case of `drift_cases/`, without the generator; and that the runner judges."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.report import Broken, Report

from tests.pipeline import projects
from tests.pipeline.drift_cases import code, run
from tests.pipeline.drift_cases.case import Expected, load


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    """One project for all cases, which none of them changes."""
    with run.copied() as project:
        before = projects.snapshot(project)
        yield project
        assert projects.snapshot(project) == before


@pytest.mark.parametrize("name", run.CASES)
def test_a_case_has_its_report(name: str, project: Path) -> None:
    assert run.examine(run.CASES[name], project).problems == []


def test_no_two_cases_have_one_name() -> None:
    assert len(run.CASES) == len(load()) + len(code.cases)


ADDED = Difference("added", "schema", "A", "x", "f")
GONE = Difference("removed", "operation", "GET /a", "", "f", breaking=True)
DEAD = Consequence("dead", "mend", "overlay/a.yaml:6", "no match", "$.b")
REPORT = Report([ADDED, GONE], [DEAD])
BROKEN = Report(broken=[Broken("/x/p.md:7:3", "a bad key")])


@pytest.mark.parametrize(
    ("expected", "report", "problems"),
    [
        (Expected("needs a person", ["added schema A: x", "breaking removed operation GET /a"],
                  ["mend dead overlay/a.yaml $.b"]), REPORT, []),
        (Expected("unchanged", ["added schema A: x", "removed operation GET /a"]), REPORT, [
            "verdict: needs a person, expected unchanged",
            "not expected in documents: breaking removed operation GET /a",
            "missing in documents: removed operation GET /a",
            "not expected in overlay: mend dead overlay/a.yaml $.b",
        ]),
        (Expected("broken source", broken=["p.md:8: bad"]), BROKEN, [
            "not expected in broken: /x/p.md:7:3: a bad key", "missing in broken: p.md:8: bad",
        ]),
    ],
)  # fmt: skip
def test_what_a_case_objects_to(expected: Expected, report: Report, problems: list[str]) -> None:
    assert list(run.problems(report, expected)) == problems


def test_the_program_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "a Swagger 2 file"]) == 0
    out = capsys.readouterr().out
    assert "a Swagger 2 file  broken  broken source  broken source" in out
    assert "drift-cases: 1 of 1 cases as expected" in out
    assert run.main(["--only", "no such case"]) == 1

"""The cases of the drift laboratory, without what `make drift-lab` asks of programs that take a second each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from drift_report.compare import GENERATOR

from tests.pipeline.drift_cases import run
from tests.pipeline.drift_cases.case import Asked, Case, Expected, Told, Wrong

CASES = run.cases()
_DERIVED = [name for name, case in CASES.items() if case.derived]
QUICK = [name for name, case in CASES.items() if not case.derived] + _DERIVED[::12]
FULL = [name for name, case in CASES.items() if case.program]


@pytest.fixture(scope="module")
def project() -> Iterator[Path]:
    with run.copied() as project, run.remembering():
        yield project


def examined(case: Case, project: Path, *, judge: bool) -> run.Outcome:
    outcome = run.examine(case, project, judge=judge)
    if outcome.skipped:
        pytest.skip(outcome.skipped)
    return outcome


@pytest.mark.parametrize("name", QUICK)
def test_a_case_has_its_verdict(name: str, project: Path) -> None:
    assert examined(CASES[name], project, judge=False).problems == []


@pytest.mark.parametrize("name", FULL)
def test_the_program_has_the_verdict_and_its_exit_status(name: str, project: Path) -> None:
    if not GENERATOR.exists():
        pytest.skip("the generator's environment is not set up")
    assert examined(CASES[name], project, judge=True).problems == []


def test_there_are_enough_cases_of_all_verdicts() -> None:
    assert len([case for case in CASES.values() if not case.derived]) >= 2 * run.ENOUGH
    kinds = {case.kind for case in CASES.values()}
    assert {"schema", "operation", "parameter", "response", "server", "security", "overlay", "conflict"} <= kinds
    assert {"page", "new page", "index", "file", "transcribed", "move", "pair", "broken page", "broken answer"} <= kinds


# That the laboratory notices what is wrong with a report.

REPORT = {
    "status": 1,
    "documents": [
        {"kind": "added", "subject": "schema", "name": "A", "detail": "x", "breaking": None, "wording": False}
    ],
    "overlay": [],
    "broken": [],
    "remarks": [],
    "references": [],
    "surface": [],
    "also_offered": [],
}
ADDED = Told("added", "schema", "A", "x")


def problems(expected: Expected, **report: object) -> list[str]:
    return run.held({**REPORT, **report}, expected, judge=False)[1]


def test_a_report_as_expected() -> None:
    assert problems(Expected(1, [ADDED])) == []


def test_another_verdict() -> None:
    assert problems(Expected(2, [ADDED])) == ["verdict: regenerates where it is needs a person"]


def test_what_is_not_told() -> None:
    (problem,) = problems(Expected(1, [ADDED, Told("removed", "schema", "B")]))
    assert problem.startswith("not told: Told(kind='removed'")


def test_what_is_told_besides() -> None:
    assert problems(Expected(1)) == ["told besides: kind 'added', subject 'schema', name 'A', detail 'x'"]


def test_what_is_asked_and_what_is_not() -> None:
    asked = {"kind": "dead", "advice": "mend", "where": "overlay/a.yaml:6", "target": "$.b", "text": "no match"}
    assert problems(Expected(1, [ADDED], [Asked("dead", "overlay/a.yaml", "mend")]), overlay=[asked]) == []
    (more,) = problems(Expected(1, [ADDED]), overlay=[asked])
    assert more.startswith("asked besides: kind 'dead', advice 'mend', where 'overlay/a.yaml:6'")
    (less,) = problems(Expected(1, [ADDED], [Asked("dead")]))
    assert less.startswith("not asked: Asked(kind='dead'")


def test_a_broken_source_in_another_line() -> None:
    source = {"file": "/somewhere/page.md", "line": 7, "column": 3, "problem": "Duplicate key"}
    broken = {"status": 3, "documents": [], "broken": [source]}
    assert problems(Expected(3, wrong=[Wrong("page.md", "duplicate", 7, 3)]), **broken) == []
    assert problems(Expected(3, wrong=[Wrong("page.md", "duplicate", range(6, 9))]), **broken) == []
    assert len(problems(Expected(3, wrong=[Wrong("page.md", "duplicate", 8)]), **broken)) == 2


def test_our_own_code_makes_a_person_necessary() -> None:
    references = [{"sure": True}]
    assert run.held({**REPORT, "references": references}, Expected(1, [ADDED]), judge=True)[0] == 2


def test_a_project_that_was_changed(project: Path, tmp_path: Path) -> None:
    own = tmp_path / "project"
    (own / "specs").mkdir(parents=True)
    before = run.snapshot(own)
    (own / "specs" / "new.yaml").write_text("")
    assert run.snapshot(own) != before
    assert "specs/sources.yaml" in run.snapshot(project)


def test_the_program_prints_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--quick", "--jobs", "1", "--only", "login page"]) == 0
    out = capsys.readouterr().out
    assert "login page  broken page  broken source  broken source" in out
    assert "drift-lab: 1 of 1 cases as expected, 0 not, 0 skipped" in out


def test_no_case_is_no_success(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--quick", "--jobs", "1", "--only", "no such case"]) == 1
    assert "0 of 0 cases" in capsys.readouterr().out

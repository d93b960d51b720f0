"""The mutants of the emulator: that their list is sound, and that the verdict on each is the right one."""

from __future__ import annotations

import hmac
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polyai_data import openapi
from polyai_data.conformance.rule import RULES
from polyai_data.emulator.operations import HANDLERS, chats
from polyai_data.emulator.state.database import Database
from tests.conformance.mutants import mutant as mutants_lab
from tests.conformance.mutants import run
from tests.conformance.mutants.mutant import (
    ACCIDENT,
    ALL,
    BROKEN,
    CAUGHT,
    FAILED,
    HUNG,
    MUTANTS,
    SOUND,
    STOPPED,
    UNCAUGHT,
    UNREACHED,
    Fault,
    Mutant,
    Trial,
    mutant,
    problems,
    trial,
    verdict,
)
from tests.conformance.mutants.run import Task, trials

ENOUGH = 48


def made(spoil: Any, rules: tuple[str, ...] = ("notes.persisted",)) -> Mutant:
    return Mutant("made-up", "Something is wrong.", (ALL,), rules, spoil)


def pass_on(fault: Fault) -> None:
    fault.function(Database, "set_note", lambda original, *values: original(*values))


def emulator_code() -> dict[tuple[object, ...], object]:
    """What faults are put into: the functions of the emulator's modules, the members of its classes, its handlers."""
    found: dict[tuple[object, ...], object] = {("handler", name): each for name, each in HANDLERS.items()}
    for name, module in sys.modules.items():
        if name.startswith("polyai_data.emulator") or module is hmac:
            for member, value in vars(module).items():
                found[name, member] = value if callable(value) else None
                if isinstance(value, type):
                    found |= {(name, member, inner): each for inner, each in vars(value).items() if inner != "__doc__"}
    return found


def test_the_list_is_sound() -> None:
    assert len(MUTANTS) >= ENOUGH
    assert problems(MUTANTS, list(RULES)) == []
    assert all(name == each.name and name.replace("-", "_") == each.spoil.__name__ for name, each in MUTANTS.items())
    assert len({each.what for each in MUTANTS.values()}) == len(MUTANTS)


def test_every_operation_has_mutants_and_no_other() -> None:
    known = {each.id for vendor in openapi.PACKAGES for each in openapi.load(vendor).operations}
    concerned = [name for each in MUTANTS.values() for name in each.operations if name != ALL]
    assert set(concerned) == known
    assert all(concerned.count(name) >= 3 for name in known)


def test_every_theme_of_rules_has_mutants() -> None:
    assert {each.theme for each in RULES.values()} == {
        rule.partition(".")[0] for each in MUTANTS.values() for rule in each.rules
    }


@pytest.mark.parametrize("chosen", MUTANTS.values(), ids=MUTANTS)
def test_a_fault_is_put_in_and_taken_out_again(chosen: Mutant) -> None:
    before = emulator_code()
    with Fault(chosen.operations) as fault:
        chosen.spoil(fault)
        assert emulator_code() != before
        assert not fault.calls
    assert emulator_code() == before


def test_a_list_that_is_not_sound() -> None:
    wrong = Mutant("one", "no sentence", (), (), pass_on)
    other = made(pass_on, ("notes.none", "nobody.*", "notes.*"))
    found = problems({"one": wrong, "other": other}, list(RULES))
    assert [line.partition(": ")[2] for line in found] == [
        "does not say what is wrong",
        "names no rule or no operation",
        "there is no rule notes.none",
        "there is no rule nobody.*",
    ]
    with pytest.raises(ValueError, match="there are two mutants"):
        mutant(ALL, "notes.*")(next(iter(MUTANTS.values())).spoil)


def test_mutants_are_caught_in_processes_of_their_own() -> None:
    wanted = {
        "note-not-persisted": ("notes.persisted",),
        "row-lost": ("paging.no-loss",),
        "link-never-expires": ("links.short-lived",),
    }
    found = {each.name: each for each in trials([Task(name, 1, rules) for name, rules in wanted.items()], 2)}
    assert {name: (each.verdict, each.caught_by) for name, each in found.items()} == {
        name: (CAUGHT, rules) for name, rules in wanted.items()
    }
    assert all(each.requests and each.calls and not each.detail for each in found.values())


def test_a_fault_that_changes_nothing_is_not_caught() -> None:
    found = trial(made(pass_on), only=["notes.persisted"])
    assert found.verdict == UNCAUGHT
    assert found.calls
    assert not found.others


def test_a_fault_that_is_never_reached_is_told() -> None:
    def spoil(fault: Fault) -> None:
        fault.function(chats, "_step", lambda *_: ("", ""))

    found = trial(made(spoil), only=["notes.persisted"])
    assert (found.verdict, found.calls) == (UNREACHED, 0)


def test_another_rule_than_was_meant_catches_by_accident() -> None:
    chosen = replace(MUTANTS["note-not-persisted"], rules=("links.*",))
    found = trial(chosen, only=["notes.persisted"])
    assert (found.verdict, found.caught_by, found.others) == (ACCIDENT, (), ("notes.persisted",))
    assert Database.set_note.__qualname__ == "Database.set_note"


@pytest.mark.parametrize(
    ("calls", "caught", "broken", "interrupted", "wanted"),
    [
        (1, ["a"], ["a", "b"], False, CAUGHT),
        (1, ["a"], ["a"], True, CAUGHT),
        (1, [], ["b"], True, HUNG),
        (1, [], ["b"], False, ACCIDENT),
        (1, [], [], False, UNCAUGHT),
        (0, ["a"], ["a"], False, UNREACHED),
    ],
)
def test_the_verdict_on_a_mutant(
    calls: int, caught: list[str], broken: list[str], interrupted: bool, wanted: str
) -> None:
    assert verdict(made(pass_on), calls, caught, broken, status=1, interrupted=interrupted) == wanted


def test_the_verdict_on_the_emulator_as_it_is() -> None:
    assert verdict(None, 0, [], [], status=0, interrupted=False) == SOUND
    assert verdict(None, 0, [], ["a"], status=1, interrupted=False) == BROKEN
    assert verdict(None, 0, [], [], status=0, interrupted=True) == HUNG


def test_a_run_that_takes_too_long_is_stopped() -> None:
    (slow,) = trials([Task("note-cut", 1)], 1, limit=0.01)
    assert (slow.verdict, slow.detail) == (HUNG, STOPPED)


def test_a_run_that_does_not_stop_is_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "_GRACE", 0.0)
    (endless,) = trials([Task("note-cut", 1)], 1, limit=0)
    assert (endless.verdict, endless.detail) == (HUNG, "did not end")


def test_a_run_that_fails_is_told() -> None:
    (failed,) = trials([Task("no-such-mutant", 1)], 1)
    assert (failed.verdict, failed.detail) == (FAILED, "KeyError: 'no-such-mutant'")


def canned(monkeypatch: pytest.MonkeyPatch, *results: Trial, interrupted: bool = False) -> list[Task]:
    asked: list[Task] = []

    def trials(tasks: list[Task], _jobs: int) -> Iterator[Trial]:
        asked.extend(tasks)
        yield from results
        if interrupted:
            raise KeyboardInterrupt

    monkeypatch.setattr(run, "trials", trials)
    return asked


def test_the_program_prints_what_is_caught_by_which_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    asked = canned(
        monkeypatch,
        Trial("note-cut", 1, CAUGHT, ("notes.persisted",), ("notes.replaced",), calls=1, requests=1503, seconds=9.0),
        Trial("note-appended", 1, CAUGHT, ("notes.replaced",), calls=1),
    )
    assert run.main(["--only", "note-[ac][pu]*", "--json", str(tmp_path / "told.json")]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "notes.persisted (and 1 more) 1503 9.0" in printed
    assert "2 of 2 caught as expected" in printed
    assert {each.name for each in asked} == {"note-cut", "note-appended"}
    assert json.loads((tmp_path / "told.json").read_text())[0]["what"] == MUTANTS["note-cut"].what


def test_a_mutant_that_is_not_caught_fails_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    canned(
        monkeypatch,
        Trial("note-cut", 1, ACCIDENT, others=("links.ready",), unjudged=("notes.persisted",), calls=1, detail="odd"),
    )
    assert run.main(["--only", "note-cut"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    for told in ("BY ACCIDENT", "links.ready", "not judged: notes.persisted", "odd", "0 of 1 caught as expected"):
        assert told in printed


def test_an_interrupted_program_prints_what_is_known(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    canned(monkeypatch, Trial("note-cut", 1, CAUGHT, ("notes.persisted",), calls=1), interrupted=True)
    assert run.main(["--only", "note-[ac]*"]) == 2
    printed = capsys.readouterr().out
    assert "notes.persisted" in printed
    assert "1 of 2 caught as expected, 1 not run" in printed


def test_the_program_runs_the_emulator_as_it_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = canned(
        monkeypatch,
        Trial("", 1, SOUND, requests=1503, seconds=9.0),
        Trial("", 2, BROKEN, others=("notes.persisted",), unjudged=("notes.cleared",)),
    )
    assert run.main(["--seeds", "2"]) == 1
    printed = capsys.readouterr().out
    assert "seed 1: sound, 1503 requests, 9.0 s\n" in printed
    assert "seed 2: broken, 0 requests, 0.0 s; broken: notes.persisted; not judged: notes.cleared" in printed
    assert "1 of 2 seeds without a difference" in printed
    assert asked == [Task("", 1), Task("", 2)]


def test_the_program_lists_mutants_and_knows_what_there_is_not(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--list"]) == 0
    assert f"{len(MUTANTS)} mutants" in capsys.readouterr().out
    assert run.main(["--only", "no-such-mutant"]) == 1
    assert "no mutant is like 'no-such-mutant'" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        run.main(["--jobs", "0"])
    monkeypatch.setitem(mutants_lab.MUTANTS, "made-up", made(pass_on, ("nobody.knows",)))
    assert run.main([]) == 1
    assert "made-up: there is no rule nobody.knows" in capsys.readouterr().err

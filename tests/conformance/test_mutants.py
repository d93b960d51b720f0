"""The mutants: that their list is sound, that rules catch a sample of them, and that the verdict on each is right."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from polyai_data.conformance.rule import load
from polyai_data.emulator import Emulator
from tests.conformance.mutants import run
from tests.conformance.mutants.mutant import ALL, MUTANTS, Call, Mutant, Response
from tests.conformance.mutants.run import ACCIDENT, CAUGHT, FAILED, UNCAUGHT, UNREACHED, Trial, trial

RULES = load()
QUICK = {
    "annotations": "first-annotation-only",
    "chats": "chat-goes-on",
    "document": "large-page-truncated",
    "errors": "code-of-another-status",
    "filters": "end-is-included",
    "hosts": "unknown-conversation-crashes",
    "keys": "region-of-key-ignored",
    "links": "signature-unchecked",
    "listings": "hidden-turns-in-detail",
    "notes": "note-cut",
    "paging": "row-repeated",
    "pii": "access-ignored-on-platform",
    "recordings": "other-file-goes-on",
    "search": "words-of-users-unsearched",
}
"""A mutant for each theme."""


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def sound(call: Call) -> Response:
    return call.send()


def note_cut(call: Call) -> Response:
    """Only the first characters of a note are kept."""
    return call.send(call.request.with_json({"note": call.request.json()["note"][:9]}))


def made(fault: object, *rules: str) -> Mutant:
    return Mutant("made-up", "Something is wrong.", ("upsertNote",), rules, fault, ("notes.persisted",))  # type: ignore[arg-type]


def test_the_list_is_sound() -> None:
    assert 60 <= len(MUTANTS) <= 90
    assert len({each.fault for each in MUTANTS.values()}) == len(MUTANTS)
    assert len({each.what for each in MUTANTS.values()}) == len(MUTANTS)
    assert all(each.what.endswith(".") and each.rules for each in MUTANTS.values())
    assert {rule for each in MUTANTS.values() for rule in each.rules} <= set(RULES)


def test_mutants_cover_every_theme() -> None:
    assert {rule.partition(".")[0] for each in MUTANTS.values() for rule in each.rules} == set(QUICK)
    assert {each.theme for each in RULES.values()} == set(QUICK)


@pytest.mark.parametrize("theme", QUICK)
def test_a_mutant_is_caught_by_the_rules_that_it_names(theme: str, emulator: Emulator) -> None:
    chosen = MUTANTS[QUICK[theme]]
    assert theme in {rule.partition(".")[0] for rule in chosen.rules}
    # The rules alone, and not their whole themes: these are for `make mutants`.
    result = trial(replace(chosen, via=chosen.via or chosen.rules), emulator)
    assert (result.status, result.error) == (CAUGHT, "")


def test_the_emulator_behind_a_mutant_without_a_fault_is_not_reached(emulator: Emulator) -> None:
    everything = Mutant("sound", "Nothing is wrong.", (ALL,), ("notes.persisted",), sound, ("notes", "links", "pii"))
    result = trial(everything, emulator)
    assert (result.status, result.broken, result.unjudged, result.reached) == (UNREACHED, (), (), 0)


def test_a_fault_that_no_rule_sees_is_not_caught(emulator: Emulator) -> None:
    result = trial(made(lambda call: call.send().with_headers(x_more="1"), "notes.invalid"), emulator)
    assert (result.status, result.broken) == (UNCAUGHT, ())
    assert result.reached


def test_a_fault_that_not_every_named_rule_sees_is_caught_by_accident(emulator: Emulator) -> None:
    result = trial(made(note_cut, "notes.invalid", "notes.persisted"), emulator)
    assert (result.status, result.broken) == (ACCIDENT, ("notes.persisted",))


def test_a_mutant_that_fails_itself_has_caught_nothing(emulator: Emulator) -> None:
    result = trial(made(lambda call: call.memory["none"], "document.server-error"), emulator)
    assert (result.status, result.error) == (FAILED, "KeyError('none')")


@pytest.mark.parametrize(("whole", "only"), [(False, ("errors", "notes")), (True, ())])
def test_a_trial_begins_anew_and_runs_the_themes_of_the_named_rules(
    whole: bool, only: tuple[str, ...], emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "judge", lambda _target, chosen: (set(chosen), ()))
    began = emulator.clock.now()
    emulator.clock.advance(60)
    chosen = replace(made(sound, "notes.persisted", "notes.invalid", "errors.code"), via=())
    assert trial(chosen, emulator, whole=whole).broken == only
    assert emulator.clock.now() == began


def test_the_program_runs_the_chosen_mutants_in_processes(capsys: pytest.CaptureFixture[str]) -> None:
    assert run.main(["--only", "chat-[go]*", "--jobs", "1"]) == 0
    printed = " ".join(capsys.readouterr().out.split())
    assert "chat-goes-on A chat goes on after its end. chats.ends chats.ends" in printed
    assert "2 of 2 caught by the named rules" in printed


def test_a_mutant_that_is_not_caught_fails_the_program(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    results = [
        Trial("note-cut", ACCIDENT, ("links.ready",), ("notes.persisted",), 1),
        Trial("note-cut", UNCAUGHT, reached=1),
        Trial("note-cut", UNREACHED),
        Trial("note-cut", FAILED, error="KeyError('none')"),
    ]
    monkeypatch.setattr(run, "trials", lambda *_: results)

    assert run.main(["--only", "note-cut"]) == 1
    printed = " ".join(capsys.readouterr().out.split())
    for text in ("BY ACCIDENT: links.ready; not", "NOT CAUGHT: no rule", "NOT REACHED: no rule", "FAILED: KeyError"):
        assert text in printed
    assert "0 of 4 caught by the named rules" in printed

"""Annotations: on turns that exist, of the documented kinds."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from typing import Any

from polyai_data.conformance.exchange import Exchange
from polyai_data.conformance.probe import UNKNOWN_ID, Probe, brief
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import listing

MARKS = frozenset({"writes"})


@rule("patched document, `AddAnnotations`; the vendors' docs: `turnId` is the zero-based index of the turn.")
def test_accepted(probe: Probe) -> None:
    """Each kind of annotation is accepted for each side, one or several at once, and kept after those of before."""
    conversation, turns = _annotated(probe)
    for kind, role in itertools.product(("missing_topic", "wrong_transcript", "wrong_info"), ("user", "agent")):
        probe.status(_add(probe, conversation, _note(0, role, kind)), 201, when="a turn is annotated")
    before = _kept(probe, conversation)
    added = [_note(0), _note(turns - 1, "agent", "wrong_info")]
    exchange = _add(probe, conversation, *added)
    probe.status(exchange, 201, when="the first turn and the last are annotated")
    value = exchange.value()
    probe.expect(value == {"success": True}, exchange, "success is true, and no other field", value)
    # No operation shows annotations; the emulator does.
    if probe.target.powers is not None:
        kept = _kept(probe, conversation)
        seen = f"{len(kept) - len(before)} more: {brief(kept[len(before) :])}"
        probe.expect(kept == [*before, *added], exchange, "the two annotations after those of before", seen)


@rule("patched document, `AddAnnotations` and `Annotation`; the vendors' docs: `turnId` is an index.")
def test_invalid(probe: Probe) -> None:
    """An unknown turn or an annotation that the document does not allow is refused with 400, with all beside it."""
    conversation, turns = _annotated(probe)
    before, good = _kept(probe, conversation), _note(0)
    changes: list[dict[str, Any]] = [
        {"turnId": turns}, {"turnId": turns + 1}, {"turnId": 10_000}, {"turnId": -1}, {"turnId": "0"},
        {"turnId": 0.5}, {"turnId": None}, {"role": "system"}, {"role": None}, {"annotationType": "wrong"},
        {"annotationType": 1},
    ]  # fmt: skip
    wrong = [{**good, **change} for change in changes]
    wrong += [{name: each for name, each in good.items() if name != left} for left in good]
    bodies: list[Any] = [{}, {"annotations": []}, {"annotations": good}, {"annotations": None}]
    bodies += [{"annotations": annotations} for each in wrong for annotations in ([each], [good, each])]
    for body in bodies:
        exchange = probe.call("addAnnotations", conversation, body=body)
        probe.status(exchange, 400, when="an annotation is not valid")
        kept = _kept(probe, conversation)
        probe.expect(kept == before, exchange, "nothing is kept when it is refused", f"{len(kept) - len(before)} more")


@rule("patched document, 404 of `addAnnotations`.")
def test_not_there(probe: Probe) -> None:
    """The response for an unknown conversation, or one of another agent, is 404."""
    probe.status(_add(probe, UNKNOWN_ID, _note(0)), 404, when="the conversation is unknown")
    exchange = _add(probe, listing(probe, agent=1).ids[-1], _note(0))
    probe.status(exchange, 404, when="the conversation belongs to another agent")


def _annotated(probe: Probe) -> tuple[str, int]:
    """A conversation, and how many turns it has."""
    for identifier in reversed(listing(probe).ids):
        turns = probe.call("getConversation", identifier).value().get("turns")
        if turns:
            return identifier, len(turns)
    return probe.skip("no conversation shows its turns")


def _note(turn: int, role: str = "user", kind: str = "wrong_transcript") -> dict[str, Any]:
    return {"turnId": turn, "role": role, "annotationType": kind}


def _add(probe: Probe, conversation: str, *annotations: Mapping[str, Any]) -> Exchange:
    return probe.call("addAnnotations", conversation, body={"annotations": list(annotations)})


def _kept(probe: Probe, conversation: str) -> list[Mapping[str, object]]:
    powers = probe.target.powers
    return [] if powers is None else list(powers.annotations(conversation))

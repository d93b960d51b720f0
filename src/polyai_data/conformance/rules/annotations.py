"""Annotations: on turns that are there, of kinds that there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from polyai_data.conformance.probe import UNKNOWN_ID, Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import listing

_TYPES = ("missing_topic", "wrong_transcript", "wrong_info")
_ROLES = ("user", "agent")


@rule("annotations.accepted", writes=True)
def accepted(probe: Probe) -> None:
    """Each kind of annotation is accepted for each side, one or several at once, for the first turn and the last.

    Source: patched document, `AddAnnotations`; the vendors' documentation: `turnId` is the zero-based index of the
    turn.
    """
    conversation, turns = _annotated(probe)
    for kind in _TYPES:
        for role in _ROLES:
            exchange = _add(probe, conversation, _note(0, role, kind))
            probe.status(exchange, 201, when="a turn is annotated")
    exchange = _add(probe, conversation, _note(0), _note(turns - 1, "agent", "wrong_info"))
    probe.status(exchange, 201, when="the first turn and the last are annotated")
    probe.expect(exchange.value() == {"success": True}, exchange, "success is true, and nothing else", "another body")


@rule("annotations.unknown-turn", writes=True)
def unknown_turn(probe: Probe) -> None:
    """An annotation of a turn that does not exist is refused with 400, and so are those that come with it.

    Source: the vendors' documentation: `turnId` is the zero-based index of the turn; 400 of `addAnnotations`.
    """
    conversation, turns = _annotated(probe)
    before = _kept(probe, conversation)
    for turn in (turns, turns + 1, 10_000):
        probe.status(_add(probe, conversation, _note(turn)), 400, when="there is no such turn")
        exchange = _add(probe, conversation, _note(0), _note(turn))
        probe.status(exchange, 400, when="one of several turns is not there")
        probe.expect(_kept(probe, conversation) == before, exchange, "nothing is kept when it is refused", "something")


@rule("annotations.invalid", writes=True)
def invalid(probe: Probe) -> None:
    """Annotations that the document does not allow are refused with 400, and not kept.

    Source: patched document, `AddAnnotations` and `Annotation`.
    """
    conversation, _ = _annotated(probe)
    before = _kept(probe, conversation)
    good = _note(0)
    bodies: list[Any] = [
        {},
        {"annotations": []},
        {"annotations": good},
        {"annotations": None},
        *({"annotations": [{**good, **change}]} for change in (
            {"turnId": -1}, {"turnId": "0"}, {"turnId": 0.5}, {"turnId": None}, {"role": "system"}, {"role": None},
            {"annotationType": "wrong"}, {"annotationType": 1},
        )),
        *({"annotations": [{name: each for name, each in good.items() if name != left}]} for left in good),
    ]  # fmt: skip
    for body in bodies:
        exchange = probe.call("addAnnotations", conversation, body=body)
        probe.status(exchange, 400, when="the annotations are not valid")
        probe.expect(_kept(probe, conversation) == before, exchange, "nothing is kept when it is refused", "something")


@rule("annotations.persisted", writes=True)
def persisted(probe: Probe) -> None:
    """Annotations that are accepted are kept, beside those of before, once each.

    Source: the vendors' documentation: add annotations. The API does not show them again; the emulator tells.
    """
    if probe.target.powers is None:
        probe.skip("nothing shows the annotations of a conversation")
    conversation, turns = _annotated(probe)
    before = _kept(probe, conversation)
    added = [_note(0, "agent", "missing_topic"), _note(turns - 1, "user", "wrong_info")]
    exchange = _add(probe, conversation, *added)
    kept = _kept(probe, conversation)
    probe.expect(kept == [*before, *added], exchange, "the annotations beside those of before", "others")


@rule("annotations.not-there", writes=True)
def not_there(probe: Probe) -> None:
    """Annotations of a conversation that is not there, or is another agent's, are answered with 404.

    Source: patched document, 404 of `addAnnotations`.
    """
    probe.status(_add(probe, UNKNOWN_ID, _note(0)), 404, when="there is no conversation")
    theirs = listing(probe, agent=1).ids[-1]
    probe.status(_add(probe, theirs, _note(0)), 404, when="the conversation is another agent's")


def _annotated(probe: Probe) -> tuple[str, int]:
    """A conversation, and how many turns it has."""
    for identifier in reversed(listing(probe).ids):
        turns = probe.call("getConversation", identifier).value().get("turns")
        if turns:
            return identifier, len(turns)
    return probe.skip("no conversation shows its turns")


def _note(turn: int, role: str = "user", kind: str = "wrong_transcript") -> dict[str, Any]:
    return {"turnId": turn, "role": role, "annotationType": kind}


def _add(probe: Probe, conversation: str, *annotations: Mapping[str, Any]) -> Any:
    return probe.call("addAnnotations", conversation, body={"annotations": list(annotations)})


def _kept(probe: Probe, conversation: str) -> list[Mapping[str, object]]:
    powers = probe.target.powers
    return [] if powers is None else list(powers.annotations(conversation))

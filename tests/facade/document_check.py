"""A call is made, and every request that it sent is held against the patched document."""

from __future__ import annotations

from urllib.parse import urlsplit

from hypothesis import HealthCheck, settings

from polyai_data.errors import ConfigError
from tests.facade.document_calls import Call
from tests.facade.document_clients import LINK, SECRETS, Setting, World, answers, expected, verdict
from tests.facade.document_rules import requests
from tests.facade.document_wire import Wire, complaints


def examples(count: int) -> settings:
    """So many examples, however long a slow machine takes to draw them, and however large they are."""
    return settings(max_examples=count, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


def check(world: World, setting: Setting, call: Call) -> int:
    """Make a call, and check what was sent; gives how many requests that were."""
    due = verdict(setting, call)
    world.recorder.play(answers(call))
    try:
        world.perform(setting, call)
        refused = False
    except ConfigError:
        refused = True
    wires = list(world.recorder.requests)
    assert due is None or refused is not due, f"{'refused' if refused else 'not refused'}, though it must be the other"
    chat = call.operation_id == "sendDebugChatMessage"
    # What was refused has no requests to tell of; a chat is begun before what is said in it is looked at.
    parts = requests(call) if chat or not refused else []
    if call.operation_id == "getRedactedAudio" and call.given["way"] == "save" and not refused:
        check_link(wires.pop(), setting)
    assert len(wires) <= len(parts) - 1 if chat and refused else len(wires) == len(parts)
    for wire, part in zip(wires, parts, strict=False):
        found = complaints(wire, expected(setting, call, part))
        assert not found, (found, wire.raw)
    return len(wires)


def check_link(wire: Wire, setting: Setting) -> None:
    """A signed link is fetched as it was given, and nothing that is the vendor's or the user's own goes along."""
    link = urlsplit(LINK)
    assert (wire.method, wire.target) == ("GET", f"{link.path}?{link.query}")
    assert wire.values("host") == [link.netloc]
    assert not wire.body
    assert {name for name, _ in wire.headers} <= {"host", "accept", "accept-encoding", "connection", "user-agent"}
    assert not any(secret in wire.raw.decode("latin-1") for secret in SECRETS)
    assert b"X-Trace" not in wire.raw

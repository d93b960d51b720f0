"""Live responses, of the emulator and of a proxy before it, held against the document before the overlay of them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pipeline.patch import patch_vendor

from polyai_data import openapi
from polyai_data.conformance import of_emulator, run
from polyai_data.conformance.reports import html, terminal
from polyai_data.conformance.reports.summary import summary
from polyai_data.emulator import Emulator
from polyai_data.hosts import loopback
from tests.conformance.mutants.mutant import Front, Mutant
from tests.support.scripted_server import ScriptedServer

ROOT = Path(__file__).parents[2]
LIVE = "90-live.overlay.yaml"


@pytest.fixture(scope="module")
def before(tmp_path_factory: pytest.TempPathFactory) -> openapi.Document:
    """The document without the overlay of live responses."""
    root = tmp_path_factory.mktemp("before")
    for name in ("specs", "overlay"):
        shutil.copytree(ROOT / name, root / name)
    (root / "overlay" / "polyai" / LIVE).unlink()
    document = json.loads(json.dumps(patch_vendor(root, "polyai").patched))
    return openapi.read("polyai", document)


def as_seen_live(value: Any) -> None:
    """A response as documented becomes one as the live API sends it, in some places."""
    for item in value.get("conversations", [value]):
        item["language"] = None
        item["shortSummary"] = {"heading": "A heading", "content": item.get("shortSummary")}
        for turn in item.get("turns") or ():
            turn |= {"turn_id": 10**12, "latency": {"perceived_latency": turn["latency"]}}


def test_a_proxy_that_reshapes_responses_shows_each_difference_once_with_counts(before: openapi.Document) -> None:
    reshaped = Mutant("made-up", "It is live.", ("listConversations", "getConversation"), (), as_seen_live)
    with Emulator(as_documented=True) as emulator:
        front = Front(reshaped, emulator)
        with ScriptedServer(front.step) as proxy:
            target = replace(of_emulator(emulator), connect_to=loopback(proxy.url))
            result = run(replace(target, documents={**target.documents, "polyai": before}), only=["listings"])

    assert front.errors == []
    seen = {(each["operation"], each["place"]): each["seen"] for each in summary(result)["differences"]}
    lists = {("listConversations", f"conversations[].{name}") for name in ("language", "shortSummary")}
    details = {("getConversation", name) for name in ("language", "shortSummary")}
    turns = {("getConversation", f"turns[].{name}") for name in ("latency", "turn_id")}
    assert seen.keys() == lists | details | turns
    assert len(summary(result)["differences"]) == len(seen)
    for (_, place), text in seen.items():
        kind = {"language": "null", "turn_id": "integer"}.get(place.rpartition(".")[2], "object")
        # A response without turns has no `turn_id`, and is counted.
        assert re.fullmatch(rf"{kind} in [1-9]\d* of [1-9]\d* responses", text), (place, text)


def test_each_difference_is_named_once_by_its_place_with_counts(before: openapi.Document) -> None:
    with Emulator() as emulator:
        target = of_emulator(emulator)
        target = replace(target, documents={**target.documents, "polyai": before})
        result = run(target, only=["listings", "paging.v1"])

    report = summary(result)
    named = {(each["operation"], each["place"]): each for each in report["differences"]}
    assert len(named) == len(report["differences"]) == 46
    assert {each["rule"] for each in named.values()} == {"document.schema", "document.extra-field"}
    latency = named["getConversation", "turns[].latency"]
    assert latency["expected"] == "documented number"
    assert re.fullmatch(r"null in (\d+) of \1 responses; object in \d+ of \1 responses", latency["seen"])
    assert re.fullmatch(r"null in (\d+) of \1 responses", named["listConversations", "conversations[].note"]["seen"])
    assert named["getConversation", "shortSummary"]["seen"].startswith("object in ")
    assert named["getConversation", "turns[].turn_id"]["seen"].startswith("integer in ")
    for shown in (terminal.text(report, colour=False), html.page(report)):
        assert shown.count("null in ") >= 20
    assert html.page(report).count('<a href="#d') == 46

"""Live responses of the emulator, held against the document before the overlay of them."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from pipeline.patch import patch_vendor

from polyai_data import openapi
from polyai_data.conformance import of_emulator, run
from polyai_data.conformance.reports import html, terminal
from polyai_data.conformance.reports.summary import summary
from polyai_data.emulator import Emulator

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

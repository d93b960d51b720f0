"""`overlay.py explain` on the project's own operations."""

from __future__ import annotations

import functools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.generate import PACKAGES, patched_document
from pipeline.openapi import operations
from pipeline.overlay import explain as overlay_explain
from pipeline.overlay.explain import explain
from pipeline.overlay.explain_view import Screen, render

from polyai_data.hosts import ASSEMBLYAI, POLYAI

REAL = Path(__file__).parents[2]
SCRIPT = REAL / "scripts" / "overlay.py"
NAMES = [*POLYAI.operations, *ASSEMBLYAI.operations]
# Reading and patching the real documents takes seconds, and they stay as they are while the tests run.
patch_once = functools.cache(overlay_explain._patch)


@functools.cache
def of_the_project() -> dict[str, tuple[str, Any]]:
    """Where each operation is, and its node, by its id."""
    return {
        node["operationId"]: (where, node)
        for vendor in PACKAGES
        for where, node in operations(yaml_files.plain(patched_document(REAL, vendor))).items()
    }


@functools.cache
def actions_of_the_project() -> list[tuple[str, int, Any]]:
    """Each action with its file and its place there."""
    return [
        (file.relative_to(REAL).as_posix(), index, action)
        for file in (REAL / "overlay").glob("*/*.overlay.yaml")
        if file.parent.name != "generator"
        for index, action in enumerate(yaml_files.load(file)["actions"])
    ]


def named_by(where: str) -> set[tuple[str, int]]:
    """The actions whose target spells the operation's path."""
    path = where.split(" ", 1)[1]
    return {
        (file, index)
        for file, index, action in actions_of_the_project()
        if f"['{path}']" in action["target"] or (action["target"] == "$.paths" and path in action["update"])
    }


def test_all_operations_are_here() -> None:
    assert sorted(of_the_project()) == sorted(NAMES)
    assert len(NAMES) == 10


@pytest.mark.parametrize("name", NAMES)
def test_every_operation_of_the_project(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(overlay_explain, "_patch", patch_once)
    where, node = of_the_project()[name]
    explanation = explain(REAL, name)
    assert f"{explanation.method} {explanation.path}" == where
    assert explanation.after == node
    assert explanation.warnings == ()
    assert named_by(where) <= {(touch.action.file, touch.action.index) for touch in explanation.touches}
    assert named_by(where)
    assert bool(explanation.sources) == (explanation.before is not None)
    text = render(explanation, Screen())
    for touch in explanation.touches:
        assert f"{touch.action.file}:{touch.action.line}\n" in text
        assert f"target   {touch.action.target}\n" in text
        assert " ".join((touch.action.description or "").split()) in text
    for width in (40, 80, 100, 160, 300):
        lines = render(explanation, Screen(width)).splitlines()
        assert [line for line in lines if len(line) > width and " " in line.strip() and "│" in line] == []


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), "explain", *arguments],
        capture_output=True, encoding="utf-8", check=False, timeout=60,
    )  # fmt: skip


def test_json() -> None:
    done = run("listConversations", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["published"] is None
    assert found["result"] == of_the_project()["listConversations"][1]
    assert [action["creates"] for action in found["actions"]].count(True) == 1
    assert json.loads(run("GET /v2/transcript/{transcript_id}/redacted-audio", "--json").stdout)["published"]["places"]

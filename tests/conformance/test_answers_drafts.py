"""`--draft`: overlays that are made of recorded responses."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from pipeline import lint
from pipeline.patch import patch_vendor

from polyai_data import openapi
from polyai_data.conformance.answers import draft
from polyai_data.conformance.answers.judge import Difference
from polyai_data.emulator import Emulator
from tests.conformance import traffic
from tests.conformance.traffic import Seen, detail, judged, run

ROOT = Path(__file__).parents[2]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """The documents of the project without what was learned from live responses."""
    root = tmp_path / "project"
    for name in ("specs", "overlay"):
        shutil.copytree(ROOT / name, root / name)
    (root / "overlay/polyai/90-live.overlay.yaml").unlink()
    shutil.rmtree(root / "overlay/generator")  # it is written for the whole document
    return root


def patched(project: Path, vendor: str = "polyai") -> Any:
    result = patch_vendor(project, vendor)
    result.check()
    return result.patched


def drafted(project: Path, vendor: str, path: Path) -> list[Difference]:
    """Draft an overlay from recorded responses, apply it, and return what differs then."""
    before = openapi.read(vendor, patched(project, vendor)).operations
    text = draft.overlay(judged([path], before), patched(project, vendor), "HAR")
    (project / f"overlay/{vendor}/95-seen.overlay.yaml").write_text(text)
    findings = [each for each in lint.lint(project).findings if each.file.endswith("95-seen.overlay.yaml")]
    assert findings == []
    return judged([path], openapi.read(vendor, patched(project, vendor)).operations)


def test_a_draft_makes_the_document_true(project: Path, tmp_path: Path) -> None:
    seen = [each for each in traffic.live() if each.operation != "getRedactedAudio" and each.content[:1] == b"{"] * 20
    path = traffic.har(tmp_path / "t.har", seen)
    before = judged([path], openapi.read("polyai", patched(project)).operations)
    assert "turns[].latency: object in 800 of 800, documented number" in map(str, before)
    assert drafted(project, "polyai", path) == []
    schemas = patched(project)["components"]["schemas"]
    latency = schemas["ConversationTurn"]["properties"]["latency"]
    assert latency["description"].startswith("Agent latency")
    assert latency["anyOf"][0] == {"type": "number"}
    assert latency["anyOf"][1]["properties"]["perceived_latency"] == {"type": "number"}
    assert schemas["ConversationSummary"]["properties"]["note"]["type"] == ["string", "null"]
    metadata = schemas["ConversationTurn"]["properties"]["metadata"]["properties"]
    assert metadata["entities"] == {"type": "object"}


def test_a_draft_of_the_emulators_live_manner_makes_the_document_true(
    polyai_emulator: Emulator, project: Path, tmp_path: Path
) -> None:
    path = tmp_path / "shapes.jsonl"
    with polyai_emulator.client(record=path) as polyai:
        rows = list(polyai.conversations.list())
        for row in rows[:24]:
            polyai.conversations.get(row.conversation_id)
        assert list(polyai.conversations.search())
        polyai.conversations.set_note(rows[0].conversation_id, "Ada")
        polyai.debug_chat.start(client_env="sandbox").send("hello")
    assert judged([path]) == []
    before = judged([path], openapi.read("polyai", patched(project)).operations)
    assert {"turns[].latency", "shortSummary", "conversations[].audioUrl"} <= {each.place for each in before}
    assert drafted(project, "polyai", path) == []


@pytest.mark.parametrize(
    ("vendor", "seen"),
    [
        (
            "polyai",
            [
                Seen("getConversation", {"turns": None, "tags": "text", "functionEvents": [], "duration": 0.5}),
                Seen(
                    "getConversation", {"startedAt": "yesterday", "turns": [{"entities": [{"a": None, "b": [1]}, 3]}]}
                ),
                Seen("listConversations", {"conversations": {}, "count": "three"}),
                Seen(
                    "searchConversations", {"conversations": [{"metrics": {"A": ["one"], "B": {}}, "started_at": ""}]}
                ),
                Seen("addAnnotations", {"success": "no"}, 201),
                Seen("createDebugChat", {"metadata": [None], "response": ["a"]}, 202),
            ],
        ),
        ("assemblyai", [Seen("getRedactedAudio", {"status": "processing", "redacted_audio_url": "none"})] * 25),
        ("assemblyai", [Seen("getRedactedAudio", {"status": "Ada 7", "redacted_audio_url": None, "more": {}})] * 20),
    ],
)
def test_any_difference_in_json_can_be_drafted(vendor: str, seen: list[Seen], project: Path, tmp_path: Path) -> None:
    path = traffic.folder(tmp_path / "bodies", seen)
    before = judged([path], openapi.read(vendor, patched(project, vendor)).operations)
    assert {each.operation for each in before} == {each.operation for each in seen}
    assert drafted(project, vendor, path) == []


def test_each_action_of_a_draft_has_the_evidence_of_its_own_differences(project: Path, tmp_path: Path) -> None:
    rows = [{"id": "CA1", "started_at": "yesterday", "metrics": {"A": ["one"]}, "mood": 1}] * 20
    seen = [Seen("searchConversations", {"conversations": [*rows, {"id": "CA1", "started_at": None}]})]
    seen += [Seen("getConversation", detail() | {"duration": value}) for value in (0.5, None, "long")]
    before = judged([traffic.folder(tmp_path / "b", seen)], openapi.read("polyai", patched(project)).operations)
    actions = yaml.safe_load(draft.overlay(before, patched(project), "folder"))["actions"]
    whys = {(each["target"], *each.get("update", {"": 0})): each["description"] for each in actions}
    for (target, keyword, *_), why in whys.items():
        for words, proper in (
            ("is no date-time", target.endswith(".format")),
            ("absent in", ".required[" in target),
            ("a shorter list", target.endswith(".minItems")),
            ("not documented", keyword == "properties"),
        ):
            assert proper or words not in why, (target, keyword, why)
        if ".required[" in target:
            assert why.count("absent") == 1
            assert target.split("'")[1] in why
    assert any(target.endswith(".format") and "is no date-time" in why for (target, *_), why in whys.items())
    assert any("mood" in why for why in whys.values())


def test_a_draft_is_a_new_file_in_the_folder_of_its_vendor(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = traffic.har(tmp_path / "t.har", traffic.live())
    (tmp_path / "assemblyai").mkdir()
    target = tmp_path / "assemblyai" / "95-seen.overlay.yaml"
    assert (
        run(capsys, path, "--draft", tmp_path / "both.yaml")[2]
        .splitlines()[-1]
        .startswith("error: --draft: polyai and")
    )
    assert "drafted from 2 of 5 differences" in run(capsys, path, "--draft", target)[2]
    text = target.read_text()
    assert "RedactedAudio" in text
    assert run(capsys, path, "--draft", target)[::2] == (
        2,
        f"error: --draft: {target} exists; name a new file, or remove it first\n",
    )
    assert target.read_text() == text
    good = traffic.folder(tmp_path / "good", [Seen("getConversation", detail())])
    status, _, err = run(capsys, good, "--draft", tmp_path / "none.yaml")
    assert (status, err) == (0, "no draft is written: there is nothing that an action could say about polyai\n")

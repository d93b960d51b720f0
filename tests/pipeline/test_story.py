"""The commands of docs/regenerating.md print what that page says."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from drift import main
from drift_report import compare

from tests.pipeline.conftest import Run
from tests.pipeline.projects import ROOT

DOCUMENT = ROOT / "docs" / "regenerating.md"
CONVERSATION, AUDIO = "get-conversation-by-id", "get-conversation-audio"
FIELD = "        sentiment:\n          type: string\n          description: How the caller felt.\n"
WORD = "              - agent\n"
STORY: dict[str, tuple[str, Callable[[str], str]]] = {
    "One that takes itself in": (
        CONVERSATION,
        lambda block: block.replace(
            "      properties:\n        conversationId:", f"      properties:\n{FIELD}        conversationId:", 1
        ),
    ),
    "One that needs a line": (AUDIO, lambda block: block.replace(WORD, f"{WORD}              - mixed\n", 1)),
    "One that needs a decision": (CONVERSATION, lambda block: re.sub(r"        polyScore:\n(?: {10}.*\n)+", "", block)),
}


def shown(title: str) -> str:
    """What the page shows below a heading as the output of the report."""
    section = DOCUMENT.read_text(encoding="utf-8").partition(f"### {title}\n")[2].partition("\n### ")[0]
    block = re.search(r"```\n\$ make drift.*?\n(.*?)```", section, re.DOTALL)
    return block[1] if block else ""


@pytest.mark.skipif(not compare.GENERATOR.exists(), reason="the generator's environment is not set up")
@pytest.mark.parametrize("title", STORY)
def test_the_page_shows_the_report(title: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name, change = STORY[title]
    published = (ROOT / f"specs/polyai/{name}.yaml").read_text(encoding="utf-8")
    block = change(published)
    assert block != published
    path = re.search(r"^  (/\S+):$", block, re.MULTILINE)
    assert path
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    Path("page.md").write_text(f"# {name}\n\n````yaml GET {path[1]}\n{block}````\n", encoding="utf-8")
    printed = run(main, "--from", "page.md").out
    printed = "\n".join(line.rstrip() for line in printed.splitlines()) + "\n"
    # Lines of files move with every change of these.
    assert re.sub(r"\d+", "1", printed) == re.sub(r"\d+", "1", shown(title))

"""`overlay.py lint`: what it finds in a project's overlays, and that it finds nothing in ours."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.lint import lint

from overlay import main
from tests.pipeline.case_files import each
from tests.pipeline.conftest import Run

REAL = Path(__file__).parents[2]
A = "overlay/acme/a.overlay.yaml"
DOCUMENT = """\
openapi: 3.1.0
info: {title: Things, version: "1"}
servers: [{url: "https://things.example"}]
paths:
  /v1/things/{thing_id}:
    get:
      tags: [Things]
      summary: Get a thing
      parameters:
        - {name: thing_id, in: path, required: true, schema: {type: string}}
        - {name: direction, in: query, schema: {type: string}}
      responses: {'200': {description: OK}}
  /v1/others:
    get:
      responses: {'200': {description: OK}}
"""
DEAD = "the target matches nothing; correct it, drop it, or say `x-may-match-nothing: true` if that is expected"
NO_REASON = ("description", None)
HEAD = 'overlay: 1.1.0\ninfo: {title: Corrected, version: "1"}\nactions:\n'
SOUND = HEAD + "- {target: $.info, description: It had none., update: {description: All things.}}\n"


@pytest.fixture
def with_overlays(project: Callable[[dict[str, str]], Path]) -> Callable[[dict[str, str]], Path]:
    """A project of one vendor, with overlays that are whole documents or actions alone."""

    def with_overlays(files: dict[str, str]) -> Path:
        texts = {name: HEAD + text if text.startswith("- ") else text for name, text in files.items()}
        return project({"specs/acme/things.yaml": DOCUMENT, **texts})

    return with_overlays


WithOverlays = Callable[[dict[str, str]], Path]


@each("overlay_lint")
def test_case(case: dict[str, Any], with_overlays: WithOverlays) -> None:
    described = [{"description": "Why.", **action} for action in case.get("actions", ())]
    lines = (json.dumps({key: value for key, value in one.items() if (key, value) != NO_REASON}) for one in described)
    findings = lint(with_overlays({A: case.get("overlay") or "".join(f"- {line}\n" for line in lines)})).findings
    expected = case.get("findings", [])
    assert [[finding.kind, finding.index] for finding in findings] == [item[:2] for item in expected]
    for finding, (_, _, *words) in zip(findings, expected, strict=True):
        text = str(finding)
        assert text.startswith((f"error: {A}", f"warning: {A}"))
        assert (DEAD in text) == (finding.kind == "dead")
        assert [word for word in words if word not in text] == []


def test_findings_of_several_documents_come_in_their_order(with_overlays: WithOverlays) -> None:
    root = with_overlays({
        "overlay/generator/acme.overlay.yaml": "- {target: $.none, description: Why., remove: true}\n",
        "overlay/acme/b.overlay.yaml": "- {target: $.gone, description: Why., remove: true}\n",
        A: "- {target: $.info, description: Why., updates: {}}\n- {target: $.info, update: {x: 1}}\n",
    })  # fmt: skip
    assert [(finding.file.split("/", 1)[1], finding.kind) for finding in lint(root).findings] == [
        ("acme/a.overlay.yaml", "structure"),
        ("acme/a.overlay.yaml", "reason"),
        ("acme/b.overlay.yaml", "dead"),
        ("generator/acme.overlay.yaml", "dead"),
    ]


@pytest.mark.parametrize(
    "name",
    [
        "overlay/acne/10-a.overlay.yaml",
        "overlay/acme/10-a.yaml",
        "overlay/acme/10-a.overlay.json",
        "overlay/generator/acne.overlay.yaml",
        "specs/acme/parts/more.yaml",
        "specs/more.yml",
    ],
)
def test_a_document_that_is_never_applied(name: str, with_overlays: WithOverlays) -> None:
    unread = dict.fromkeys(("overlay/generator/acme.config.yaml", "overlay/bundle.yaml"), "acme: []\n")
    (finding,) = lint(with_overlays({name: SOUND, A: SOUND, **unread})).findings
    assert (finding.kind, finding.file) == ("stray", name)


def test_sources_that_cannot_be_bundled_hide_no_other_finding(with_overlays: WithOverlays) -> None:
    broken = {"specs/acme/things.yaml": "openapi: 2.0\n"}
    report = lint(with_overlays({**broken, A: "- {target: $.info, update: {}}\n"}))
    assert sorted(finding.kind for finding in report.findings) == ["reason", "specs"]
    other = {"specs/acme/more.yaml": DOCUMENT.replace("title: Things", "title: More")}
    report = lint(with_overlays({**other, A: "- {target: $.gone, description: Why., remove: true}\n"}))
    assert sorted(finding.kind for finding in report.findings) == ["dead", "specs"]


def test_a_fault_that_is_published_and_one_for_the_generator_alone(with_overlays: WithOverlays) -> None:
    twice = DOCUMENT.replace("- {name: dir", "- {name: direction, in: query, schema: {}}\n        - {name: dir")
    document = {"specs/acme/things.yaml": twice}
    generator = "- {target: $.paths.*.get, description: Why., update: {operationId: one}}\n"
    findings = lint(with_overlays({**document, "overlay/generator/acme.overlay.yaml": generator})).findings
    assert [(finding.file, finding.line) for finding in findings] == [
        ("specs/acme", None), ("overlay/generator/acme.overlay.yaml", 4)
    ]  # fmt: skip


# The project's own overlays.


def test_the_project_is_clean(run: Run) -> None:
    done = run(main, "lint")
    assert (done.status, done.err) == (0, "")
    files = list((REAL / "overlay").glob("*/*.overlay.yaml"))
    actions = sum(len(yaml_files.load(file)["actions"]) for file in files)
    assert done.out == f"overlay: {actions} actions in {len(files)} documents, each with a reason, none dead\n"


# The program.


def test_findings_are_on_standard_error(run: Run, with_overlays: WithOverlays) -> None:
    done = run(main, "lint", "--root", with_overlays({A: "- {target: $.gone, update: {}}\n"}))
    assert (done.status, done.out) == (1, "")
    assert [line for line in done.err.splitlines() if not line.startswith("  ")] == [
        f"error: {A}:4: actions[0]: has no reason; say why in its `description`",
        f"error: {A}:4: actions[0]: {DEAD}",
        "overlay: 2 findings in 1 action in 1 document",
    ]

"""`overlay.py lint`: what it finds in a project's overlays, and that it finds nothing in ours."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest
from pipeline import yaml_files
from pipeline.overlay.lint import Finding, lint

from overlay import main

if TYPE_CHECKING:
    from collections.abc import Callable

Project: TypeAlias = "Callable[..., Path]"

REAL = Path(__file__).parents[2]
SCRIPT = REAL / "scripts" / "overlay.py"

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

DEAD = "the target matches nothing; mend it, drop it, or say `x-may-match-nothing: true` where that is foreseen"
HEAD = 'overlay: 1.1.0\ninfo: {title: Mended, version: "1"}\nactions:\n'
SOUND = HEAD + "  - {target: $.info, description: It had none., update: {description: All things.}}\n"


@pytest.fixture
def project(root: Path) -> Project:
    def project(files: dict[str, str] | None = None, /, **overlays: str) -> Path:
        """A project of one vendor; `overlays` are actions or whole documents, by the name of the overlay."""
        texts = {"specs/acme/things.yaml": DOCUMENT, **(files or {})}
        for name, text in overlays.items():
            texts[f"overlay/acme/{name}.overlay.yaml"] = text if text.startswith("overlay:") else HEAD + text
        for name, text in texts.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return root

    return project


@dataclass(frozen=True)
class Case:
    """One action, or several, and the findings: for each its kind, its action, and words of its text."""

    name: str
    actions: str
    findings: tuple[tuple[str, int | None, tuple[str, ...]], ...] = ()


def dead(*words: str, index: int = 0) -> tuple[tuple[str, int | None, tuple[str, ...]], ...]:
    return (("dead", index, ("the target matches nothing", *words)),)


CASES = [
    Case("a sound one", "  - {target: $.info, description: Why., update: {description: D}}\n"),
    Case(
        "a name that is almost there",
        "  - {target: $.inof.title, description: 'Why, then.', remove: true}\n",
        dead(":4: actions[0]", "target   $.inof.title", "reason   Why, then.", "perhaps $.info.title is meant"),
    ),
    Case(
        "a path whose parameter has another name now",
        "  - {target: \"$.paths['/v1/things/{thingId}'].get\", description: Why., update: {x: 1}}\n",
        dead("nearest  $.paths; perhaps $.paths['/v1/things/{thing_id}'].get is meant"),
    ),
    Case(
        "a filter whose text is almost there",
        "  - {target: \"$.paths.*.get.parameters[?@.name == 'directions']\", description: Why., remove: true}\n",
        dead("nearest  $.paths.*.get.parameters; perhaps $.paths.*.get.parameters[?@.name == 'direction'] is meant"),
    ),
    Case(
        "a filter whose name is almost there",
        "  - {target: \"$.paths.*[?@.sumary]\", description: Why., remove: true}\n",
        dead("nearest  $.paths.* (2 nodes); perhaps $.paths.*[?@.summary] is meant"),
    ),
    Case(
        "a similar name, whose inside differs too",
        "  - {target: $.infos.licence, description: Why., remove: true}\n",
        dead("nearest  $, which has info"),
    ),
    Case(
        "nothing similar",
        "  - {target: $.info.zzz, description: Why., remove: true}\n",
        dead("nearest  $.info, which has title, version"),
    ),
    Case(
        "many names, none similar",
        "  - {target: $.info, description: Why., update: {a: 1, b: 1, c: 1, d: 1}}\n"
        "  - {target: $.info.zzz, description: Why., remove: true}\n",
        dead("nearest  $.info, which has title, version, a, b, c and 1 more", index=1),
    ),
    Case(
        "an element that is not there",
        "  - {target: '$.servers[4].url', description: Why., remove: true}\n",
        dead("nearest  $.servers, which has 1 element in it"),
    ),
    Case(
        "something in a text",
        "  - {target: $.info.title.x, description: Why., remove: true}\n",
        dead("nearest  $.info.title, which has nothing in it"),
    ),
    Case(
        "a name with quotes in it",
        "  - {target: $.info, description: Why., update: {it's: {x: 1}}}\n"
        "  - {target: '$.info[\"its\"].x', description: Why., remove: true}\n",
        dead(r"perhaps $.info['it\'s'].x is meant", index=1),
    ),
    Case(
        "descendants of a name that is almost there",
        "  - {target: $..sumary, description: Why., remove: true}\n",
        dead("nearest  $; perhaps $..summary is meant"),
    ),
    Case(
        "one that may match nothing",
        "  - {target: $.gone, description: Why., x-may-match-nothing: true, remove: true}\n",
    ),
    Case(
        "one that says what the document says",
        "  - {target: $.info, description: Why., update: {title: Things}}\n",
        (("needless", 0, ("actions[0]", "changes nothing", "reason   Why.")),),
    ),
    Case(
        "one that says so and may",
        "  - {target: $.info, description: Why., x-may-match-nothing: true, update: {title: Things}}\n",
    ),
    Case("true for 1 is a change", "  - {target: $.info, description: Why., update: {x: 1}}\n"
         "  - {target: $.info, description: Why., update: {x: true}}\n"),
    Case("one that is switched off", "  - {target: $.info, description: Why., remove: false}\n"),
    Case(
        "one that is switched off and dead",
        "  - {target: $.gone, description: Why., remove: false}\n",
        dead(),
    ),
    Case(
        "an empty update",
        "  - {target: $.info, description: Why., update: {}}\n",
        (("needless", 0, ()),),
    ),
    Case(
        "one that appends what is there",
        "  - {target: \"$.paths['/v1/things/{thing_id}'].get\", description: Why., update: {tags: [Things]}}\n",
        (("repeated", 0, ("adds to $['paths']['/v1/things/{thing_id}']['get']['tags'] what is there already",)),),
    ),
    Case(
        "one that appends another thing",
        "  - {target: \"$.paths['/v1/things/{thing_id}'].get\", description: Why., update: {tags: [Other]}}\n",
    ),
    Case("no reason", "  - {target: $.info, update: {x: 1}}\n", (("reason", 0, ("has no reason", "description")),)),
    Case("a blank reason", "  - {target: $.info, description: ' ', update: {x: 1}}\n", (("reason", 0, ()),)),
    Case(
        "no reason, and dead",
        "  - {target: $.gone, remove: true}\n",
        (("reason", 0, ()), ("dead", 0, ("reason   none",))),
    ),
    Case(
        "one that cannot be applied",
        "  - {target: $.info, description: Why., update: {title: {}}}\n"
        "  - {target: $.info.title, description: Why., remove: true}\n",
        (("failed", 0, ("cannot be applied: $['info']['title'] is a primitive value",)),),
    ),
    Case(
        "a copy of what is almost there",
        "  - {target: $.info, description: Why., copy: \"$.paths['/v1/other']\"}\n",
        (("failed", 0, ("selects none", "nearest  $.paths; perhaps $.paths['/v1/others'] is meant")),),
    ),
    Case(
        "a broken structure, told for each action, and the sound ones are applied",
        "  - {target: $.info, description: Why., upd: {x: 1}}\n"
        "  - {target: $.info, description: Why., update: {x: 1}}\n"
        "  - {target: '$.[', description: Why., remove: true}\n"
        "  - {target: $.info.x, description: Why., remove: true}\n",
        (
            ("structure", 0, ("a.overlay.yaml:4: actions[0]: unknown field 'upd'",)),
            ("structure", 2, ("a.overlay.yaml:6: actions[2]: target '$.[' is no JSONPath",)),
        ),
    ),
    Case(
        "a broken head, and what is wrong below it",
        'overlay: 1.2.0\ninfo: {title: T, version: "1"}\n'
        'actions: [{target: $.gone, description: Why., remove: true}]\n',
        (("structure", None, ("overlay must be the string 1.0.x or 1.1.x",)), ("dead", 0, ())),
    ),
    Case("no actions", HEAD.removesuffix("actions:\n"), (("structure", None, ("actions is missing",)),)),
    Case("no YAML", "overlay: [\n", (("structure", None, ("a.overlay.yaml:",)),)),
    Case("nothing at all", "overlay:\n", (("structure", None, ()),)),
    Case(
        "the same action twice",
        "  - {target: $.info, description: Why., update: {x: 1}}\n" * 2,
        (("structure", None, ("actions[1] is the same as actions[0]",)), ("needless", 1, ())),
    ),
    Case(
        "all findings, not only the first",
        "  - {target: $.gone, description: Why., remove: true}\n"
        "  - {target: $.info, update: {x: 1}}\n"
        "  - {target: $.info, description: Why., update: {x: 1}}\n"
        "  - {target: $.info.y, description: Why., remove: true}\n",
        (("dead", 0, ()), ("reason", 1, ()), ("needless", 2, ()), ("dead", 3, ())),
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_case(case: Case, project: Project) -> None:
    report = lint(project(a=case.actions))
    assert [(finding.kind, finding.index) for finding in report.findings] == [item[:2] for item in case.findings]
    for finding, (_, _, words) in zip(report.findings, case.findings, strict=True):
        text = str(finding)
        assert text.startswith("error: overlay/acme/a.overlay.yaml")
        assert [word for word in words if word not in text] == []


def test_there_are_no_two_cases_of_one_name() -> None:
    assert len({case.name for case in CASES}) == len(CASES)


def test_documents_apply_in_name_order_and_the_generator_s_last(project: Project) -> None:
    tolerant = HEAD + "  - {target: $.info.b, description: Why., remove: true}\n"
    report = lint(
        project(
            {"overlay/generator/acme.overlay.yaml": tolerant},
            b="  - {target: $.info.a, description: Why., update: 2}\n"
            "  - {target: $.info, description: Why., update: {b: 1}}\n",
            a="  - {target: $.info, description: Why., update: {a: 1}}\n",
        )
    )  # fmt: skip
    assert str(report) == "overlay: 4 actions in 3 documents, each with a reason, none dead"
    assert report.findings == []


def test_findings_in_several_documents_come_in_their_order(project: Project) -> None:
    root = project(
        {"overlay/generator/acme.overlay.yaml": HEAD + "  - {target: $.none, description: Why., remove: true}\n"},
        b="  - {target: $.gone, description: Why., remove: true}\n",
        a="  - {target: $.info, description: Why., updates: {}}\n  - {target: $.info, update: {x: 1}}\n",
    )
    found = [(finding.file.split("/", 1)[1], finding.kind) for finding in lint(root).findings]
    assert found == [
        ("acme/a.overlay.yaml", "structure"),
        ("acme/a.overlay.yaml", "reason"),
        ("acme/b.overlay.yaml", "dead"),
        ("generator/acme.overlay.yaml", "dead"),
    ]


STRAYS = {
    "of no vendor": "overlay/acne/10-a.overlay.yaml",
    "of another name": "overlay/acme/10-a.yaml",
    "of another kind": "overlay/acme/10-a.overlay.json",
    "in a folder": "overlay/acme/more/10-a.overlay.yaml",
    "of no generator": "overlay/generator/acne.overlay.yaml",
}


@pytest.mark.parametrize("name", STRAYS.values(), ids=STRAYS.keys())
def test_a_document_that_is_never_applied(name: str, project: Project) -> None:
    (finding,) = lint(project({name: SOUND}, a=SOUND)).findings
    assert (finding.kind, finding.file) == ("stray", name)


def test_what_the_generator_has_beside_overlays_is_no_stray(project: Project) -> None:
    settings = {"overlay/generator/acme.config.yaml": "a: 1\n", "overlay/bundle.yaml": "acme: []\n"}
    assert lint(project({**settings, "overlay/acme/README.md": "Why."}, a=SOUND)).findings == []


def test_specs_that_cannot_be_bundled_hide_no_other_finding(project: Project) -> None:
    report = lint(project({"specs/acme/things.yaml": "openapi: 2.0\n"}, a="  - {target: $.info, update: {}}\n"))
    assert sorted(finding.kind for finding in report.findings) == ["reason", "specs"]


def test_an_overlay_that_contains_itself(project: Project) -> None:
    report = lint(project(a="overlay: 1.1.0\ninfo: {title: T, version: '1'}\nactions: &all [*all]\n"))
    assert [finding.kind for finding in report.findings] == ["structure"]


def test_no_vendor_at_all(root: Path) -> None:
    assert str(lint(root)) == "overlay: 0 actions in 0 documents, each with a reason, none dead"


# The project's own.


def test_the_project_is_clean(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["lint"]) == 0
    said = capfd.readouterr()
    assert said.err == ""
    assert said.out.count("\n") == 1
    assert said.out.endswith("each with a reason, none dead\n")


def test_every_document_of_the_project_is_looked_at() -> None:
    files = list((REAL / "overlay").glob("*/*.overlay.yaml"))
    report = lint(REAL)
    assert report.documents == len(files)
    assert report.actions == sum(len(yaml_files.load(file)["actions"]) for file in files)


# The program.


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(SCRIPT), "lint", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_clean_is_one_line(project: Project) -> None:
    done = run("--root", str(project(a=SOUND)))
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == "overlay: 1 action in 1 document, each with a reason, none dead\n"


def test_findings_are_on_standard_error_without_a_traceback(project: Project) -> None:
    done = run("--root", str(project(a="  - {target: $.gone, update: {}}\n")))
    assert (done.returncode, done.stdout) == (1, "")
    assert "Traceback" not in done.stderr
    assert [line for line in done.stderr.splitlines() if not line.startswith("  ")] == [
        "error: overlay/acme/a.overlay.yaml:4: actions[0]: has no reason; say why in its `description`",
        f"error: overlay/acme/a.overlay.yaml:4: actions[0]: {DEAD}",
        "overlay: 2 findings in 1 action in 1 document",
    ]


def test_json(project: Project) -> None:
    actions = "  - {target: $.inof, description: Why., remove: true}\n"
    done = run("--json", "--root", str(project(a=actions)))
    assert (done.returncode, done.stderr) == (1, "")
    assert json.loads(done.stdout) == {
        "documents": 1,
        "actions": 1,
        "findings": [
            {
                "kind": "dead",
                "file": "overlay/acme/a.overlay.yaml",
                "line": 4,
                "action": 0,
                "problem": DEAD,
                "target": "$.inof",
                "description": "Why.",
                "nearest": {"path": "$", "similar": ["info"], "meant": ["$.info"]},
            }
        ],
    }
    clean = run("--json", "--root", str(project(a=SOUND)))
    assert (clean.returncode, json.loads(clean.stdout)) == (0, {"documents": 1, "actions": 1, "findings": []})


def test_a_finding_without_a_place() -> None:
    assert str(Finding("specs", "specs/acme", "no bundle")) == "error: specs/acme: no bundle"

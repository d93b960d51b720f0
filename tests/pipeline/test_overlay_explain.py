"""`overlay.py explain`: what it says about an operation, and how that looks."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipeline.explain import Explanation, explain
from pipeline.explain_view import show
from pipeline.yaml_files import PipelineError
from rich.console import Console

from overlay import main
from tests.pipeline.case_files import cases_of
from tests.pipeline.conftest import Run

REAL = Path(__file__).parents[2]
HEAD = 'overlay: 1.1.0\ninfo: {title: T, version: "1"}\nactions:\n'

DOCUMENT = """\
openapi: 3.1.0
info: {title: Things, version: "1"}
servers: [{url: "https://things.example"}]
security: [{Key: []}]
paths:
  /things/{id}:
    parameters: [{$ref: '#/components/parameters/Id'}]
    get:
      operationId: getThing
      summary: Get a thing
      tags: [Things]
      responses:
        '200':
          description: OK
          content: {application/json: {schema: {$ref: '#/components/schemas/Thing'}}}
    delete:
      operationId: deleteThing
      responses: {'204': {description: Gone}}
components:
  parameters:
    Id: {name: id, in: path, required: true, schema: {type: string}}
  schemas:
    Thing: {type: object, properties: {part: {$ref: '#/components/schemas/Part'}}}
    Part:
      oneOf: [{$ref: '#/components/schemas/Whole'}]
      discriminator: {propertyName: kind, mapping: {whole: Whole, half: '#/components/schemas/Half'}}
    Whole: {type: object}
    Half: {type: object}
    Other: {type: object}
  securitySchemes:
    Key: {type: apiKey, in: header, name: key}
"""


ACTIONS: list[tuple[str, dict[str, list[str]]]] = [(case["name"], case["touches"]) for case in cases_of("explain")]


@pytest.fixture
def things(project: Callable[[dict[str, str]], Path]) -> Path:
    overlay = "".join(f"  - {text[:-1]}, description: Reason {index}.}}\n" for index, (text, _) in enumerate(ACTIONS))
    return project({"specs/acme/things.yaml": DOCUMENT, "overlay/acme/10-all.overlay.yaml": HEAD + overlay})


@pytest.mark.parametrize("name", ["getThing", "deleteThing", "listThings"])
def test_which_actions_touch_an_operation(name: str, things: Path) -> None:
    explanation = explain(things, name)
    wanted = {index: parts[name] for index, (_, parts) in enumerate(ACTIONS) if name in parts}
    assert {touch.action.index: list(touch.parts) for touch in explanation.touches} == wanted
    assert [touch.number for touch in explanation.touches] == list(range(1, len(wanted) + 1))


def test_an_operation_that_is_published(things: Path) -> None:
    explanation = explain(things, "getThing")
    assert explanation.sources == (("specs/acme/things.yaml", 8),)
    assert explanation.before["summary"] == "Get a thing"
    assert explanation.after["summary"] == "Get one thing"
    assert not any(touch.creates for touch in explanation.touches)
    (warning,) = explanation.warnings
    assert "target $.none (Reason 18.): the target matches nothing" in warning
    for name in ("GET /things/{id}", "get  /things/{id} "):
        assert explain(things, name) == explanation


def test_operations_that_the_overlay_adds_or_removes(things: Path) -> None:
    explanation = explain(things, "listThings")
    assert (explanation.before, explanation.sources) == (None, ())
    assert [touch.creates for touch in explanation.touches] == [False, False, True, False, False]
    assert "not published: action 3 below adds it\n" in shown(explanation)
    explanation = explain(things, "DELETE /things/{id}")
    assert (explanation.operation_id, explanation.after) == ("deleteThing", None)
    assert "result     none: the overlays of acme remove it\n" in shown(explanation)


def test_an_operation_without_actions(things: Path) -> None:
    (things / "overlay" / "acme" / "10-all.overlay.yaml").unlink()
    explanation = explain(things, "getThing")
    assert explanation.touches == ()
    assert "no actions touch it\n" in shown(explanation)
    assert operation_part(shown(explanation))[:2] == ["result", "  operationId: getThing"]


def test_an_operation_of_two_vendors(things: Path) -> None:
    (things / "specs" / "other").mkdir()
    (things / "specs" / "other" / "things.yaml").write_text(DOCUMENT)
    with pytest.raises(PipelineError, match=r"'getThing' is acme get /things/\{id\} and other get "):
        explain(things, "getThing")


def test_a_resolution_says_which_source_counts(things: Path) -> None:
    (things / "specs" / "acme" / "more.yaml").write_text(DOCUMENT.replace("Get a thing", "Fetch a thing"))
    with pytest.raises(PipelineError, match=r"/get: more\.yaml against things\.yaml"):
        explain(things, "getThing")
    resolution = "{at: '/paths/~1things~1{id}/get', winner: more.yaml, reason: Why.}"
    (things / "overlay" / "bundle.yaml").write_text(f"acme:\n  - {resolution}\n")
    assert explain(things, "getThing").sources == (("specs/acme/more.yaml", 8),)
    assert len(explain(things, "deleteThing").sources) == 2


def test_an_unknown_operation(things: Path) -> None:
    there = "there are getThing, deleteThing, listThings$"
    with pytest.raises(PipelineError, match=f"^there is no operation 'GET /thing/{{id}}'; {there}"):
        explain(things, "GET /thing/{id}")


# How it looks.


def shown(explanation: Explanation, width: int | None = None, **more: Any) -> str:
    """The text on a terminal of that width, or in a file."""
    file = io.StringIO()
    settings = {"color_system": None, **more}
    show(explanation, Console(file=file, width=width, force_terminal=width is not None, highlight=False, **settings))
    return "".join(f"{line.rstrip()}\n" for line in file.getvalue().splitlines())


def operation_part(text: str) -> list[str]:
    lines = text.splitlines()
    return lines[lines.index("") + 1 : lines.index("", lines.index("") + 1)]


@pytest.mark.parametrize("width", [None, 99])
def test_what_changed_of_the_operation(width: int | None, things: Path) -> None:
    lines = operation_part(shown(explain(things, "getThing"), width))
    assert lines[:4] == [
        "- published, + result",
        "  operationId: getThing",
        "- summary: Get a thing",
        "+ summary: Get one thing",
    ]
    assert lines[-2:] == ["+ security:", "+ - Key: []"]


def test_long_lines_stay_whole(things: Path) -> None:
    words = "word " * 60 + "end"
    path = things / "specs" / "acme" / "things.yaml"
    path.write_text(DOCUMENT.replace("summary: Get a thing", f"description: {words}"))
    assert f"  description: {words}\n" in shown(explain(things, "getThing"), 60)


# The program.


def test_piped_output_has_no_escape_codes(run: Run, things: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "160")
    done = run(main, "explain", "getThing", "--root", things)
    assert done.status == 0
    assert "\x1b" not in done.out
    assert "- published, + result\n" in done.out
    assert done.err.startswith("warning: overlay/acme/10-all.overlay.yaml:22: actions[18], target $.none")


def test_the_program(run: Run) -> None:
    done = run(main, "explain", "GET /v2/transcript/{transcript_id}/redacted-audio")
    assert (done.status, done.err) == (0, "")
    assert "published  specs/assemblyai/redacted-audio.yaml:" in done.out

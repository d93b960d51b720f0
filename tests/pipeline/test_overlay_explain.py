"""`overlay.py explain`: what is told about an operation, and how it looks."""

from __future__ import annotations

import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from pipeline.overlay.explain import explain
from pipeline.overlay.explain_view import Screen, render, rows, yaml_lines
from pipeline.yaml_files import PipelineError

REAL = Path(__file__).parents[2]
SCRIPT = REAL / "scripts" / "overlay.py"

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


def both(part: str) -> dict[str, list[str]]:
    return {"getThing": [part], "deleteThing": [part]}


# Each action with the operations that it touches, and what of them.
ACTIONS: list[tuple[str, dict[str, list[str]]]] = [
    ("{target: $.info, update: {x: 1}}", {}),
    ("{target: $.components.schemas.Other, update: {x: 1}}", {}),
    ("{target: $.components.schemas.Half, update: {x: 1}}", {"getThing": ["schemas/Half"]}),
    ("{target: $.components.schemas.Whole, update: {x: 1}}", {"getThing": ["schemas/Whole"]}),
    ("{target: '$.components.schemas[?@.oneOf]', update: {x: 1}}", {"getThing": ["schemas/Part"]}),
    ("{target: $.components, update: {parameters: {Id: {x: 1}}}}", both("parameters/Id")),
    ("{target: $.paths.*.get, update: {summary: Get one thing}}", {"getThing": ["operation"]}),
    ("{target: $.paths.*.get.tags, update: []}", {"getThing": ["operation"]}),
    ("{target: $.servers, update: {x: 1}}", both("servers of the root")),
    (
        "{target: \"$.paths['/things/{id}']\", update: {servers: [{url: 'https://x.example'}]}}",
        both("servers of the path"),
    ),
    ("{target: $.servers, remove: true}", {}),
    ("{target: '$.paths.*[?@.operationId]', update: {security: [{Key: []}]}}", both("operation")),
    ("{target: $.security, remove: true}", {}),
    (
        "{target: $.components.securitySchemes.Key, update: {x: 1}}",
        both("securitySchemes/Key") | {"listThings": ["securitySchemes/Key"]},
    ),
    ("{target: $.paths, update: {/things: {get: {operationId: listThings}}}}", {"listThings": ["operation"]}),
    ("{target: \"$.paths['/things'].get\", copy: \"$.paths['/things/{id}'].delete\"}", {"listThings": ["operation"]}),
    ("{target: \"$.paths['/things'].get\", update: {operationId: listThings}}", {"listThings": ["operation"]}),
    ("{target: $.paths.*.delete, remove: true}", {"deleteThing": ["operation"]}),
    ("{target: $.none, remove: true}", {}),
]  # fmt: skip


@pytest.fixture
def things(root: Path) -> Path:
    overlay = "".join(f"  - {text[:-1]}, description: Reason {index}.}}\n" for index, (text, _) in enumerate(ACTIONS))
    files = {
        "specs/acme/things.yaml": DOCUMENT,
        "overlay/acme/10-all.overlay.yaml": f'overlay: 1.1.0\ninfo: {{title: T, version: "1"}}\nactions:\n{overlay}',
    }
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


@pytest.mark.parametrize("name", ["getThing", "deleteThing", "listThings"])
def test_which_actions_touch_an_operation(name: str, things: Path) -> None:
    explanation = explain(things, name)
    wanted = {index: parts[name] for index, (_, parts) in enumerate(ACTIONS) if name in parts}
    assert {touch.action.index: list(touch.parts) for touch in explanation.touches} == wanted
    assert [touch.number for touch in explanation.touches] == list(range(1, len(wanted) + 1))


def test_where_an_operation_is_published(things: Path) -> None:
    explanation = explain(things, "getThing")
    assert list(map(str, explanation.sources)) == ["specs/acme/things.yaml:8"]
    assert explanation.before["summary"] == "Get a thing"
    assert explanation.after["summary"] == "Get one thing"
    assert not any(touch.creates for touch in explanation.touches)


def test_one_that_the_overlay_adds(things: Path) -> None:
    explanation = explain(things, "listThings")
    assert (explanation.before, explanation.sources) == (None, ())
    assert [touch.creates for touch in explanation.touches] == [False, True, False, False]
    assert "not published: action 2 below adds it\n" in render(explanation, Screen())


def test_one_that_the_overlay_removes(things: Path) -> None:
    explanation = explain(things, "DELETE /things/{id}")
    assert (explanation.operation_id, explanation.after) == ("deleteThing", None)
    assert "result     none: the overlays of acme remove it\n" in render(explanation, Screen())


def test_the_states_of_components(things: Path) -> None:
    (things / "overlay" / "acme" / "20-more.overlay.yaml").write_text(
        'overlay: 1.1.0\ninfo: {title: T, version: "1"}\nactions:\n'
        "  - {target: $.components.schemas, update: {New: {type: string}}}\n"
        "  - {target: $.components.schemas.Thing.properties, update: {new: {$ref: '#/components/schemas/New'}}}\n"
    )
    states = {item.name: (item.state, item.numbers) for item in explain(things, "getThing").components}
    assert states["schemas/New"] == ("added", (11,))
    assert states["schemas/Thing"] == ("changed", (12,))
    assert states["schemas/Half"] == ("changed", (1,))
    assert "schemas/Other" not in states


def test_a_component_as_it_was_published(things: Path) -> None:
    (things / "overlay" / "acme" / "10-all.overlay.yaml").unlink()
    explanation = explain(things, "getThing")
    assert explanation.touches == ()
    assert {item.state for item in explanation.components} == {"published"}
    text = render(explanation, Screen())
    assert "no actions touch it\n" in text
    assert not any(line.startswith(("- ", "+ ")) for line in text.splitlines() if line != "- published, + result")


def test_a_dead_action_is_a_warning(things: Path) -> None:
    (warning,) = explain(things, "getThing").warnings
    assert warning.endswith("target $.none (Reason 18.): the target matches nothing")


def test_an_operation_of_two_vendors(things: Path) -> None:
    (things / "specs" / "other").mkdir()
    (things / "specs" / "other" / "things.yaml").write_text(DOCUMENT)
    with pytest.raises(PipelineError, match=r"'getThing' is acme get /things/\{id\} and other get .* --vendor"):
        explain(things, "getThing")
    assert explain(things, "getThing", "other").touches == ()
    with pytest.raises(PipelineError, match="there is no folder specs/none; there are acme, other"):
        explain(things, "getThing", "none")


def test_a_ruling_says_which_source_counts(things: Path) -> None:
    (things / "specs" / "acme" / "more.yaml").write_text(DOCUMENT.replace("Get a thing", "Fetch a thing"))
    ruling = "{at: '/paths/~1things~1{id}/get', winner: more.yaml, reason: Why.}"
    (things / "overlay" / "bundle.yaml").write_text(f"acme:\n  - {ruling}\n")
    assert [place.file for place in explain(things, "getThing").sources] == ["specs/acme/more.yaml"]
    assert len(explain(things, "deleteThing").sources) == 2


UNKNOWN = {
    "getThings": "perhaps getThing or ",
    "GET /thing/{id}": "perhaps GET /things/{id}",
    "xyzzy": "there is no operation 'xyzzy'\nthere are:\n  getThing     GET    /things/{id}\n",
}


@pytest.mark.parametrize(("name", "words"), UNKNOWN.items())
def test_an_unknown_operation(name: str, words: str, things: Path) -> None:
    with pytest.raises(PipelineError) as caught:
        explain(things, name)
    assert words in str(caught.value)
    assert "\n  listThings   GET    /things" in str(caught.value)


# How it looks.


def test_lines_that_changed_face_each_other() -> None:
    before = yaml_lines({"a": 1, "b": 2, "c": 3, "d": "x\ny"})
    after = yaml_lines({"a": 1, "b": 5, "d": "x\ny", "e": {"f": 1}})
    assert rows(before, after) == [
        ("a: 1", " ", "a: 1"),
        ("b: 2", "~", "b: 5"),
        ("c: 3", "-", None),
        ("d: |-", " ", "d: |-"),
        ("  x", " ", "  x"),
        ("  y", " ", "  y"),
        (None, "+", "e:"),
        (None, "+", "  f: 1"),
    ]


def operation_part(text: str) -> list[str]:
    lines = text.splitlines()
    return lines[lines.index("") + 1 : lines.index("", lines.index("") + 1)]


def test_two_columns(things: Path) -> None:
    lines = operation_part(render(explain(things, "getThing"), Screen(100)))
    assert lines[:5] == [
        f"{'published':<48} │ result",
        f"{'operationId: getThing':<48} │ operationId: getThing",
        f"{'summary: Get a thing':<48} ~ summary: Get one thing",
        f"{'tags:':<48} │ tags:",
        f"{'  - Things':<48} │   - Things",
    ]
    assert lines[-2:] == [f"{'':<48} + security:", f"{'':<48} +   - Key: []"]


def test_one_column(things: Path) -> None:
    lines = operation_part(render(explain(things, "getThing"), Screen(99)))
    assert lines[:4] == [
        "- published, + result",
        "  operationId: getThing",
        "- summary: Get a thing",
        "+ summary: Get one thing",
    ]
    assert lines[-2:] == ["+ security:", "+   - Key: []"]


def test_long_lines_are_folded_on_a_screen_and_whole_in_a_pipe(things: Path) -> None:
    words = "word " * 60 + "end"
    path = things / "specs" / "acme" / "things.yaml"
    path.write_text(DOCUMENT.replace("summary: Get a thing", f"description: {words}"))
    explanation = explain(things, "getThing")
    assert f"  description: {words}\n" in render(explanation, Screen())
    assert max(map(len, render(explanation, Screen(60)).splitlines())) <= 60
    assert f"\n    {' '.join(['word'] * 11)}\n" in render(explanation, Screen(60))
    narrow = operation_part(render(explanation, Screen(120)))
    assert all(line[58:61] in {" │ ", " ~ ", " - ", " + "} or not line[58:].strip(" +-│") for line in narrow)


def test_ascii_screens_get_ascii(things: Path) -> None:
    assert render(explain(things, "getThing"), Screen(160, letters=False)).isascii()


# The program.


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), "explain", *arguments],
        capture_output=True, encoding="utf-8", check=False, timeout=60, env={**os.environ, **environment},
    )  # fmt: skip


def on_a_terminal(columns: int, *arguments: str, **environment: str) -> str:
    mine, its = pty.openpty()
    variables = {key: value for key, value in os.environ.items() if key != "NO_COLOR"}
    variables |= {"COLUMNS": str(columns), "TERM": "xterm", **environment}
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), "explain", *arguments], stdin=its, stdout=its, stderr=its, env=variables
    ) as process:
        os.close(its)
        data = b""
        while True:
            try:
                part = os.read(mine, 65536)
            except OSError:  # how Linux says that the other side is closed
                break
            if not part:
                break
            data += part
    os.close(mine)
    assert process.returncode == 0
    return data.decode().replace("\r\n", "\n")


def test_piped_output_has_no_escape_codes(things: Path) -> None:
    done = run("getThing", "--root", str(things), COLUMNS="160", FORCE_COLOR="1")
    assert done.returncode == 0
    assert "\x1b" not in done.stdout
    assert "- published, + result\n" in done.stdout
    assert done.stderr.startswith("warning: overlay/acme/10-all.overlay.yaml:22: actions[18], target $.none")


def test_a_wide_terminal_has_two_columns_and_colours(things: Path) -> None:
    text = on_a_terminal(120, "getThing", "--root", str(things))
    assert "\x1b[32msummary: Get one thing\x1b[0m" in text
    assert "\x1b[33m~\x1b[0m" in text


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
def test_no_colour(variables: dict[str, str], things: Path) -> None:
    text = on_a_terminal(120, "getThing", "--root", str(things), **variables)
    assert "\x1b" not in text
    assert " ~ summary: Get one thing\n" in text


def test_a_narrow_terminal_has_one_column(things: Path) -> None:
    text = on_a_terminal(80, "getThing", "--root", str(things), NO_COLOR="1")
    assert "- summary: Get a thing\n+ summary: Get one thing\n" in text


@pytest.mark.parametrize("name", ["GET /things/{id}", "get  /things/{id} "])
def test_method_and_path_are_a_name_too(name: str, things: Path) -> None:
    assert explain(things, name).as_json() == explain(things, "getThing").as_json()


def test_a_reader_who_has_seen_enough(things: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, str(SCRIPT), "explain", "getThing", "--root", str(things)]
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False, timeout=60)
    os.close(writer)
    assert "Broken pipe" not in done.stderr
    assert done.returncode == 0


def test_an_error_has_no_traceback() -> None:
    done = run("listConversation")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: there is no operation 'listConversation'; perhaps listConversations")
    assert "Traceback" not in done.stderr


def test_a_screen_of_few_letters_gets_the_others_spelt_out(things: Path) -> None:
    path = things / "specs" / "acme" / "things.yaml"
    path.write_text(DOCUMENT.replace("Things]", "Größe]"), encoding="utf-8")
    done = run("getThing", "--root", str(things), PYTHONIOENCODING="ascii")
    assert done.returncode == 0
    assert r"- Gr\xf6\xdfe" in done.stdout
    assert done.stdout.isascii()

"""`python scripts/overlay.py`: applying overlays to files, and how the program fails."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from overlay import main
from tests.pipeline.conftest import Run

SCRIPT = Path(__file__).parents[2] / "scripts" / "overlay.py"
DOCUMENT = """\
openapi: 3.1.0
info:
  # in steps of ten
  title: Calls
  version: '10'
paths:
  /b: {get: {summary: B}}
  /a: {get: {summary: A}}
"""
HEAD = 'overlay: 1.1.0\ninfo: {title: First, version: "1"}\nactions:\n'
FIRST = """\
- {target: $.info, description: The vendor names no license., update: {license: {name: MIT}}}
- {target: "$.paths['/a']", description: It is gone., remove: true}
"""
SECOND = "- {target: $.info.license, description: 'The identifier, too.', update: {identifier: MIT}}\n"
RESULT = """\
openapi: 3.1.0
info:
  title: Calls
  version: "10"
  license:
    name: MIT
    identifier: MIT
paths:
  /b:
    get:
      summary: B
"""
NOTHING = "- {target: $.info, update: {}}\n- {target: \"$.paths['/gone']\", description: It is gone., remove: true}\n"
FILES = {
    "doc.yaml": DOCUMENT,
    "1.yaml": HEAD + FIRST,
    "2.yaml": HEAD.replace("1.1.0", "1.0.0") + SECOND,
    "nothing.yaml": HEAD + NOTHING,
    "some.yaml": HEAD + "- {target: $, update: {x: 1}}\n",
    "bad.yaml": "a: [}",
    "twice.json": '{"a": 1, "a": 2}',
    "nan.json": '{"a": NaN}',
    "half.json": '{"a": "\\ud83d"}',
    "empty.yaml": "",
    "deep.json": "[" * 100_000,
}


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The files above, in the current folder."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_result_is_on_standard_output_and_in_order(run: Run, folder: Path) -> None:
    done = run(main, "apply", "doc.yaml", "1.yaml", "2.yaml")
    assert (done.status, done.out, done.err) == (0, RESULT, "")
    assert (folder / "doc.yaml").read_text() == DOCUMENT


@pytest.mark.parametrize("output", ["out.yaml", "doc.yaml", "link.yaml"])
def test_an_output_file(output: str, run: Run, folder: Path) -> None:
    (folder / "link.yaml").symlink_to("linked.yaml")
    done = run(main, "apply", "doc.yaml", "1.yaml", "2.yaml", "--output", output)
    assert (done.status, done.out, done.err) == (0, "", "")
    assert (folder / output).read_text() == RESULT
    assert (folder / "link.yaml").is_symlink()
    assert {path.name for path in folder.iterdir()} - {*FILES, "link.yaml", "linked.yaml", "out.yaml"} == set()


@pytest.mark.usefixtures("folder")
def test_a_primitive_target_of_overlay_1_0_is_a_warning(run: Run) -> None:
    Path("old.yaml").write_text(HEAD.replace("1.1.0", "1.0.0") + "- {target: $.info.title, update: Talks}\n")
    done = run(main, "apply", "doc.yaml", "old.yaml")
    assert (done.status, done.out.splitlines()[2]) == (0, "  title: Talks")
    assert done.err.startswith(
        "warning: old.yaml:4: actions[0], target $.info.title: $['info']['title'] is a primitive"
    )


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(("extends", "warns"), [("https://a.example/doc.yaml?v=2", False), ("../other.yaml", True)])
def test_an_overlay_for_another_document_is_a_warning(extends: str, warns: bool, run: Run) -> None:
    Path("for.yaml").write_text(f"extends: {extends}\n{HEAD}- {{target: $, update: {{x: 1}}}}\n")
    warning = f"warning: for.yaml extends {extends}, and is applied to doc.yaml\n"
    done = run(main, "apply", "doc.yaml", "for.yaml")
    assert (done.status, "\nx: 1\n" in done.out, done.err) == (0, True, warning * warns)


def test_json_in_json_out(run: Run, folder: Path) -> None:
    (folder / "doc.json").write_text('{"b": "\\ud83d\\ude00", "a": [1.5, true, null]}')
    overlay = {
        "overlay": "1.1.0",
        "info": {"title": "t", "version": "1"},
        "actions": [{"target": "$.a", "update": "é"}],
    }
    (folder / "o.json").write_text(json.dumps(overlay))
    done = run(main, "apply", "doc.json", "o.json")
    assert (done.status, done.err) == (0, "")
    assert run(main, "apply", "doc.json", "o.json", "--output", "o.yaml").status == 0
    assert (folder / "o.yaml").read_text(encoding="utf-8").endswith("\na:\n- 1.5\n- true\n- null\n- é\n")
    assert done.out == json.dumps({"b": "😀", "a": [1.5, True, None, "é"]}, indent=2, ensure_ascii=False) + "\n"


FAILURES = {
    "none.yaml 1.yaml": "none.yaml: No such file or directory",
    "1.yaml doc.yaml": "doc.yaml: overlay must be the string 1.0.x or 1.1.x",
    "bad.yaml 1.yaml": "bad.yaml:1:5: ",
    "twice.json 1.yaml": "twice.json:1:10: duplicate key 'a'",
    "nan.json 1.yaml": "nan.json: not valid JSON: NaN is no JSON number",
    "half.json some.yaml": "half.json: the result cannot be written: ",
    "empty.yaml 1.yaml": "the document to apply 1.yaml to must be an object",
    "doc.yaml 1.yaml --output 1.yaml/o.yaml": "1.yaml: File exists",
    "doc.yaml 2.yaml 1.yaml": "2.yaml:4: actions[0], target $.info.license (The identifier, too.): the target matches",
    "doc.yaml nothing.yaml --output 1.yaml": "nothing.yaml:5: actions[1], target $.paths['/gone'] (It is gone.): the",
    "deep.json nothing.yaml": "deep.json: not valid JSON: nested too deeply",
}


@pytest.mark.parametrize(("arguments", "message"), FAILURES.items())
def test_an_error_is_one_line_and_writes_nothing(arguments: str, message: str, run: Run, folder: Path) -> None:
    done = run(main, "apply", *arguments.split())
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith("error: ")
    assert message in done.err
    assert done.err.count("\n") == 1
    assert {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir()} == FILES


@pytest.mark.parametrize("arguments", ["", "apply doc.yaml", "aply doc.yaml 1.yaml"])
def test_a_mistake_on_the_command_line(arguments: str, run: Run) -> None:
    done = run(main, *arguments.split())
    assert (done.status, done.out) == (2, "")
    assert done.err.startswith("usage: overlay.py")
    assert "error: " in done.err


# As a process.


def process(*command: object, stdout: int = subprocess.PIPE) -> tuple[int, str, str]:
    """The status, standard output and standard error of Python, where standard output knows few letters."""
    done = subprocess.run(
        [sys.executable, *map(str, command)],
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        encoding="utf-8",
        check=False,
        timeout=60,
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.usefixtures("folder")
def test_the_program() -> None:
    Path("doc.yaml").write_text(DOCUMENT.replace("Calls", "Größe"), encoding="utf-8")
    done = process(SCRIPT, "apply", "doc.yaml", "1.yaml", "2.yaml")
    assert done == (0, RESULT.replace("Calls", "Größe"), "")


@pytest.mark.usefixtures("folder")
def test_a_standard_output_that_is_full_or_closed() -> None:
    with Path("/dev/full").open("wb") as full:
        status, _, err = process(SCRIPT, "apply", "doc.yaml", "1.yaml", stdout=full.fileno())
    assert (status, err) == (1, "error: standard output: No space left on device\n")
    reader, writer = os.pipe()
    os.close(reader)
    status, _, err = process(SCRIPT, "explain", "listConversations", stdout=writer)
    os.close(writer)
    assert (status, err) == (0, "")


@pytest.mark.parametrize("program", ["accept", "drift", "generate", "overlay", "tour", "unasync", "vendor"])
def test_a_python_without_the_libraries_says_what_to_use(program: str) -> None:
    done = process("-S", SCRIPT.with_name(f"{program}.py"))  # -S: without its site-packages
    assert done == (64, "", "error: this Python has no httpx; use a verb that `make` lists, or .venv/bin/python\n")

"""`python scripts/overlay.py` as people call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

Run: TypeAlias = "Callable[..., subprocess.CompletedProcess[str]]"

SCRIPT = Path(__file__).parents[2] / "scripts" / "overlay.py"

DOCUMENT = """\
# Written by the vendor.
openapi: 3.1.0
info:
  title: Calls # of agents
  # in steps of ten
  version: '10'
paths:
  /b: {get: {summary: B}}
  # deprecated
  /a: {get: {summary: A}}
"""

FIRST = """\
overlay: 1.1.0
info: {title: First, version: "1"}
actions:
  - target: $.info
    description: The vendor names no license.
    update:
      # asked in May
      license: {name: MIT}
  - target: $.paths['/a']
    description: It answers 410.
    remove: true
"""

SECOND = """\
overlay: 1.0.0
info: {title: Second, version: "1"}
actions:
  - target: $.info.license
    description: The identifier, too.
    update: {identifier: MIT}
"""

RESULT = """\
# Written by the vendor.
openapi: 3.1.0
info:
  title: Calls # of agents
  # in steps of ten
  version: '10'
  # asked in May
  license: {name: MIT, identifier: MIT}
paths:
  /b: {get: {summary: B}}
"""

NOTHING = """\
overlay: 1.1.0
info: {title: Third, version: "1"}
actions:
  - target: $.info
    update: {}
  - target: $.paths['/gone']
    description: It answers 410.
    remove: true
"""


@pytest.fixture
def run(tmp_path: Path) -> Run:
    for name, text in {"doc.yaml": DOCUMENT, "1.yaml": FIRST, "2.yaml": SECOND, "nothing.yaml": NOTHING}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        # An encoding that knows few letters: documents are UTF-8 wherever the program runs.
        environment = {**os.environ, "PYTHONIOENCODING": "ascii", "PYTHONWARNINGS": "error"}
        command = [sys.executable, str(SCRIPT), *arguments]
        return subprocess.run(
            command, cwd=tmp_path, capture_output=True, encoding="utf-8", env=environment, check=False, timeout=60
        )

    return run


def test_the_result_is_on_standard_output_with_comments_and_in_order(run: Run, tmp_path: Path) -> None:
    done = run("apply", "doc.yaml", "1.yaml", "2.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, RESULT, "")
    assert (tmp_path / "doc.yaml").read_text() == DOCUMENT


def test_the_order_of_overlays_counts(run: Run) -> None:
    done = run("apply", "doc.yaml", "2.yaml", "1.yaml")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith(
        "error: 2.yaml:4: actions[0], target $.info.license (The identifier, too.): the target matches nothing"
    )


def test_an_output_file(run: Run, tmp_path: Path) -> None:
    done = run("apply", "doc.yaml", "1.yaml", "2.yaml", "--output", "out.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "out.yaml").read_text() == RESULT
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "1.yaml",
        "2.yaml",
        "doc.yaml",
        "nothing.yaml",
        "out.yaml",
    ]


def test_the_document_may_be_the_output(run: Run, tmp_path: Path) -> None:
    assert run("apply", "doc.yaml", "1.yaml", "2.yaml", "--output", "doc.yaml").returncode == 0
    assert (tmp_path / "doc.yaml").read_text() == RESULT


def test_a_symbolic_link_stays_one(run: Run, tmp_path: Path) -> None:
    (tmp_path / "link.yaml").symlink_to("out.yaml")
    assert run("apply", "doc.yaml", "1.yaml", "2.yaml", "--output", "link.yaml").returncode == 0
    assert (tmp_path / "link.yaml").is_symlink()
    assert (tmp_path / "out.yaml").read_text() == RESULT


def test_an_error_leaves_the_output_as_it_was(run: Run, tmp_path: Path) -> None:
    (tmp_path / "out.yaml").write_text("old\n")
    done = run("apply", "doc.yaml", "1.yaml", "nothing.yaml", "--output", "out.yaml")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr == (
        "error: nothing.yaml:6: actions[1], target $.paths['/gone'] (It answers 410.): the target matches nothing; "
        "mend it, or say `x-may-match-nothing: true` in the action\n"
    )
    assert (tmp_path / "out.yaml").read_text() == "old\n"
    assert len(list(tmp_path.iterdir())) == 5


def test_lenient(run: Run) -> None:
    done = run("apply", "--lenient", "doc.yaml", "nothing.yaml")
    assert (done.returncode, done.stdout, done.stderr) == (0, DOCUMENT, "")


def test_json_in_json_out(run: Run, tmp_path: Path) -> None:
    (tmp_path / "doc.json").write_text('{"b": "\\ud83d\\ude00", "a": [1.5, true, null]}')
    (tmp_path / "o.json").write_text(
        '{"overlay": "1.1.0", "info": {"title": "t", "version": "1"}, '
        '"actions": [{"target": "$.a", "update": "\\u00e9"}]}'
    )
    done = run("apply", "doc.json", "o.json")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == json.dumps({"b": "😀", "a": [1.5, True, None, "é"]}, indent=2, ensure_ascii=False) + "\n"


def test_the_name_of_the_output_decides_its_format(run: Run, tmp_path: Path) -> None:
    assert run("apply", "doc.yaml", "1.yaml", "2.yaml", "--output", "out.json").returncode == 0
    data = json.loads((tmp_path / "out.json").read_text())
    assert data["info"] == {"title": "Calls", "version": "10", "license": {"name": "MIT", "identifier": "MIT"}}
    assert run("apply", "out.json", "nothing.yaml", "--lenient", "--output", "out.yaml").returncode == 0
    assert (tmp_path / "out.yaml").read_text().startswith("openapi: 3.1.0\ninfo:\n  title: Calls\n")


FAILURES = {
    "no such document": (["apply", "none.yaml", "1.yaml"], "none.yaml: No such file or directory"),
    "no such overlay": (["apply", "doc.yaml", "none.json"], "none.json: No such file or directory"),
    "an overlay that is none": (["apply", "1.yaml", "doc.yaml"], "doc.yaml: overlay must be the string 1.0.x or 1.1.x"),
    "no YAML": (["apply", "bad.yaml", "1.yaml"], "bad.yaml:1:5: "),
    "no JSON": (["apply", "bad.json", "1.yaml"], "bad.json:1:6: not valid JSON: Expecting ':' delimiter"),
    "a key twice": (
        ["apply", "twice.json", "1.yaml"],
        'twice.json:1:10: while constructing a mapping found duplicate key "a"',
    ),
    "no number of JSON": (["apply", "nan.json", "1.yaml"], "nan.json: not valid JSON: NaN is no JSON number"),
    "half a letter": (["apply", "half.json", "nothing.yaml", "--lenient"], "half.json: the result cannot be written: "),
    "not for JSON": (
        ["apply", "nan.yaml", "nothing.yaml", "--lenient", "--output", "o.json"],
        "o.json: the result cannot",
    ),
    "an empty document": (["apply", "empty.yaml", "1.yaml"], "the document to apply 1.yaml to must be an object"),
    "no such folder": (["apply", "doc.yaml", "1.yaml", "--output", "none/o.yaml"], "none/o.yaml: No such file"),
    "a folder as output": (["apply", "doc.yaml", "1.yaml", "--output", "."], "Is a directory"),
    "a file as a folder": (["apply", "doc.yaml", "1.yaml", "--output", "1.yaml/o.yaml"], "Not a directory"),
    "too deep": (["apply", "deep.json", "nothing.yaml"], "deep.json: not valid JSON: "),
}


@pytest.mark.parametrize(("arguments", "message"), FAILURES.values(), ids=FAILURES.keys())
def test_an_error_is_one_line(arguments: list[str], message: str, run: Run, tmp_path: Path) -> None:
    for name, text in {
        "bad.yaml": "a: [}",
        "bad.json": '{"a" 1}',
        "twice.json": '{"a": 1, "a": 2}',
        "nan.json": '{"a": NaN}',
        "nan.yaml": "a: .nan\n",
        "half.json": '{"a": "\\ud83d"}',
        "empty.yaml": "",
        "deep.json": "[" * 100_000,
    }.items():
        (tmp_path / name).write_text(text)
    before = sorted(tmp_path.iterdir())
    done = run(*arguments)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert message in done.stderr
    assert done.stderr.count("\n") == 1
    assert sorted(tmp_path.iterdir()) == before


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_standard_output_that_takes_nothing(tmp_path: Path, run: Run) -> None:
    assert run("apply", "doc.yaml", "1.yaml").returncode == 0
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, str(SCRIPT), "apply", "doc.yaml", "1.yaml"],
            cwd=tmp_path, stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=60,
        )  # fmt: skip
    assert done.returncode == 1
    assert done.stderr.startswith("error: standard output: ")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [[], ["apply"], ["apply", "doc.yaml"], ["aply", "doc.yaml", "1.yaml"], ["apply", "doc.yaml", "1.yaml", "-x"]],
)
def test_wrong_usage(arguments: list[str], run: Run) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("usage: overlay.py")


def test_help(run: Run) -> None:
    done = run("apply", "--help")
    assert done.returncode == 0
    assert "--lenient" in done.stdout

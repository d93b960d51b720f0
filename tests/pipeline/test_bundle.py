"""`scripts/bundle.py`: one document out of many, and what stands in the way of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from pipeline import yaml_files
from pipeline.bundle import Source, bundle, bundle_vendor, difference
from pipeline.yaml_files import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).parents[2]


def source(name: str, text: str, version: str = "3.1.0") -> Source:
    return Source(name, yaml_files.loads(f"openapi: {version}\ninfo: {{title: T, version: '1'}}\n{text}", name))


def merged(sources: Sequence[Source]) -> Any:
    """The bundled document, plain."""
    return yaml_files.plain(bundle(sources))


def problems(sources: Sequence[Source]) -> list[str]:
    """What stands in the way of bundling, a line each."""
    with pytest.raises(PipelineError) as caught:
        bundle(sources)
    headline, *lines = str(caught.value).splitlines()
    assert headline.endswith(":")
    return [line.strip() for line in lines]


# Two sources without a conflict.

A = source(
    "a.yaml",
    """\
servers: [{url: https://a.example.test}]
paths:
  /x: {get: {responses: {'200': {description: x}}}}
components:
  schemas:
    Shared: {type: object, properties: {a: {type: string}, b: {type: integer}}}
    OnlyA: {$ref: '#/components/schemas/Shared'}
""",
)
B = source(
    "b.yaml",
    """\
x-more: here
tags: [{name: T}]
components:
  parameters: {p: {name: p, in: query, schema: {type: string}}}
  schemas:
    OnlyB: {type: string}
    Shared: {properties: {b: {type: integer}, a: {type: string}}, type: object}
paths:
  /x: {post: {tags: [T], responses: {'200': {description: x}}}, summary: Both}
  /y: {get: {responses: {'200': {description: y}}}}
  x-paths: [1]
servers: [{url: https://a.example.test}]
""",
)


def test_what_only_one_has_and_what_all_have_alike_is_taken() -> None:
    assert merged([A, B]) == {
        "openapi": "3.1.0",
        "info": {"title": "T", "version": "1"},
        "servers": [{"url": "https://a.example.test"}],
        "tags": [{"name": "T"}],
        "paths": {
            "/x": {
                "get": {"responses": {"200": {"description": "x"}}},
                "post": {"tags": ["T"], "responses": {"200": {"description": "x"}}},
                "summary": "Both",
            },
            "/y": {"get": {"responses": {"200": {"description": "y"}}}},
            "x-paths": [1],
        },
        "components": {
            "schemas": {
                "Shared": {"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "integer"}}},
                "OnlyA": {"$ref": "#/components/schemas/Shared"},
                "OnlyB": {"type": "string"},
            },
            "parameters": {"p": {"name": "p", "in": "query", "schema": {"type": "string"}}},
        },
        "x-more": "here",
    }


def test_the_root_has_its_usual_order() -> None:
    assert list(merged([B, A])) == ["openapi", "info", "servers", "tags", "paths", "components", "x-more"]


def test_the_sources_stay_as_they_are() -> None:
    before = [yaml_files.dumps(each.document) for each in (A, B)]
    bundle([A, B])
    assert [yaml_files.dumps(each.document) for each in (A, B)] == before


def test_one_source_comes_out_with_its_comments() -> None:
    text = "# top\nopenapi: 3.1.0\ninfo:\n  # why\n  title: T # beside\n  version: '1'\npaths:\n  /x:\n    get: {}\n"
    assert yaml_files.dumps(bundle([Source("a.yaml", yaml_files.loads(text, "a.yaml"))])) == text


def test_sources_are_compared_after_lifting() -> None:
    old = source("old.yaml", "components: {schemas: {S: {type: string, nullable: true, example: a}}}", "3.0.3")
    new = source("new.yaml", "components: {schemas: {S: {type: [string, 'null'], examples: [a]}}}")
    result = merged([old, new])
    assert result["openapi"] == "3.1.0"
    assert result["components"]["schemas"] == {"S": {"type": ["string", "null"], "examples": ["a"]}}


def test_cycles_come_through() -> None:
    text = "components: {schemas: {S: {properties: {next: {$ref: '#/components/schemas/S'}}}}}"
    assert merged([source("a.yaml", text), source("b.yaml", text)])["components"]["schemas"]["S"] == {
        "properties": {"next": {"$ref": "#/components/schemas/S"}}
    }


# Sources that cannot be bundled at all.

BAD_SOURCES = {
    "openapi: 3.2.0": "`openapi` is '3.2.0'",
    "swagger: '2.0'": "`openapi` is None",
    "[]": "holds no mapping",
    "openapi: 3.1.0\npaths: []": "/paths: is no mapping",
    "openapi: 3.1.0\npaths: {/x: null}": "/paths/~1x: is no mapping",
    "openapi: 3.1.0\ncomponents: {schemas: []}": "/components/schemas: is no mapping",
    "openapi: 3.1.0\ntags: {}": "/tags: is no list",
    "openapi: 3.1.0\ntags: [{description: d}]": "/tags: is no list of tags with names",
    "openapi: 3.1.0\ntags: [{name: a}, {name: a}]": "/tags: has a name more than once",
    "openapi: 3.1.0\ncomponents: {schemas: {S: {$ref: o.yaml}}}": "/components/schemas/S/$ref: o.yaml leads out",
    "openapi: 3.1.0\ncomponents: {schemas: {S: {$ref: '#/a'}}}": "/components/schemas/S/$ref: #/a leads to nowhere",
    "openapi: 3.0.1\ncomponents: {schemas: {S: {exclusiveMinimum: true}}}": (
        "cannot be lifted to 3.1: /components/schemas/S: `exclusiveMinimum: true`"
    ),
    "openapi: 3.0.1\ncomponents: {schemas: {S: {not: {}, nullable: true}, R: {$ref: '#/components/schemas/S/not'}}}": (
        "/components/schemas/R/$ref: #/components/schemas/S/not leads to nowhere: it pointed into a schema"
    ),
}


@pytest.mark.parametrize("text", BAD_SOURCES)
def test_a_source_that_cannot_be_bundled_is_named(text: str) -> None:
    (line,) = problems([A, Source("bad.yaml", yaml_files.loads(text, "bad.yaml"))])
    assert line.startswith(f"bad.yaml: {BAD_SOURCES[text]}")


def test_a_document_that_contains_itself_is_named() -> None:
    endless: dict[str, Any] = {"openapi": "3.1.0"}
    endless["x-a"] = [endless]
    assert problems([A, Source("bad.yaml", endless)]) == ["bad.yaml: contains itself, or is nested too deeply"]


def test_the_problems_of_all_sources_are_told_at_once() -> None:
    bad = "components: {schemas: {S: {$ref: other.yaml}, T: {$ref: '#/a'}}}"
    assert [line[:6] for line in problems([source("a.yaml", bad), source("b.yaml", bad)])] == [
        "a.yaml",
        "a.yaml",
        "b.yaml",
        "b.yaml",
    ]


def test_a_difference_is_short() -> None:
    assert difference({"a": [1, {"b": "x" * 99}]}, {"a": [1, {"b": "y\n y"}]}) == f"/a/1/b: {'x' * 57}… against y y"


# The program, and this project's own documents.


def run(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pipeline.bundle", *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=ROOT / "scripts")


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., Path]:
    """A project folder with documents of the vendor `v` and with rulings."""

    def project(rulings: str | None = None, **documents: str) -> Path:
        (tmp_path / "specs/v").mkdir(parents=True)
        for name, text in documents.items():
            (tmp_path / f"specs/v/{name}.yaml").write_text(f"openapi: 3.1.0\n{text}\n")
        if rulings is not None:
            (tmp_path / "overlay").mkdir()
            (tmp_path / "overlay/bundle.yaml").write_text(rulings)
        return tmp_path

    return project


def test_the_program_prints_the_bundled_document(project: Callable[..., Path]) -> None:
    root = project("# nothing to rule on\n", b="x-b: 1", a="x-a: 'é'")
    result = run("v", "--root", root)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == "openapi: 3.1.0\nx-a: 'é'\nx-b: 1\n"
    assert run("v", "--root", root, "--output", root / "out.yaml").stdout == ""
    assert (root / "out.yaml").read_text() == result.stdout


def test_the_program_follows_the_rulings(project: Callable[..., Path]) -> None:
    rulings = "v:\n  - {at: /x-a, winner: b.yaml, reason: It is newer.}\n"
    assert run("v", "--root", project(rulings, a="x-a: 1", b="x-a: 2")).stdout == "openapi: 3.1.0\nx-a: 2\n"


PROGRAM_ERRORS: dict[str, tuple[str | None, dict[str, str], str]] = {
    "conflict": (None, {"a": "x-a: 1", "b": "x-a: 2"}, "/x-a: a.yaml against b.yaml: 1 against 2"),
    "no documents": (None, {}, "specs/v: no documents there"),
    "broken document": (None, {"a": "x: ["}, "a.yaml:3:1: "),
    "broken rulings": ("v: [", {"a": "x-a: 1"}, "bundle.yaml:1:5: "),
    "no reason": ("v: [{at: /x-a, winner: a.yaml}]", {"a": "x-a: 1", "b": "x-a: 2"}, "has no `reason`"),
    "unknown vendor": ("w: [{at: /x-a, winner: a.yaml, reason: r}]", {"a": "x-a: 1"}, "rulings for w"),
}


@pytest.mark.parametrize("case", PROGRAM_ERRORS)
def test_the_program_tells_what_is_wrong_and_writes_nothing(case: str, project: Callable[..., Path]) -> None:
    rulings, documents, told = PROGRAM_ERRORS[case]
    root = project(rulings, **documents)
    result = run("v", "--root", root, "--output", root / "out.yaml")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith("error: ")
    assert told in result.stderr
    assert "Traceback" not in result.stderr
    assert not (root / "out.yaml").exists()


def test_the_program_tells_where_it_cannot_write(project: Callable[..., Path]) -> None:
    root = project(a="x-a: 1")
    result = run("v", "--root", root, "--output", root / "no/out.yaml")
    assert (result.returncode, result.stderr) == (1, f"error: {root}/no/out.yaml: No such file or directory\n")


def test_a_vendor_is_a_folder_of_specs(project: Callable[..., Path]) -> None:
    with pytest.raises(PipelineError, match="no documents"):
        bundle_vendor(project(a="x-a: 1"), "../specs/v")


@pytest.mark.parametrize("vendor", sorted(path.name for path in (ROOT / "specs").iterdir() if path.is_dir()))
def test_the_vendored_documents_make_one_valid_document(vendor: str) -> None:
    document = yaml_files.plain(bundle_vendor(ROOT, vendor))
    OpenAPIV31SpecValidator(document).validate()
    parts = [yaml_files.plain(yaml_files.load(path)) for path in sorted((ROOT / "specs" / vendor).glob("*.yaml"))]
    assert set(document["paths"]) == {path for part in parts for path in part["paths"]}
    assert set(document["components"]["schemas"]) == {name for part in parts for name in part["components"]["schemas"]}


def test_a_recording_stays_raw_bytes() -> None:
    paths = yaml_files.plain(bundle_vendor(ROOT, "polyai"))["paths"]
    (audio,) = [item["get"] for path, item in paths.items() if path.endswith("/audio")]
    assert audio["responses"]["200"]["content"] == {"audio/wav": {"schema": {"type": "string", "format": "binary"}}}

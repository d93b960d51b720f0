"""Documents whose names are those of the generated code itself: they are renamed, or the error names them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / ".venv-generator" / "bin" / "python"
PACKAGE = "polyai_data_client"
PROPERTIES = (
    *("d", "cls", "self", "additional_properties", "to_dict", "from_dict", "parse_datetime", "unread", "_raw", "raw"),
    *("_properties", "__init__", "__class__", "UNSET", "datetime", "str"),
    *("_types", "None", "is", "Any", "items", "UUID"),
)
SCHEMAS = (
    *("Unset", "Model", "FreeMap", "Unread", "Reader", "Response", "Client", "AuthenticatedClient", "Any", "Iterator"),
    *("File", "UUID", "Errors", "Types", "Literal", "Cast"),
    *("OPERATION", "UNREADABLE", "None", "Httpx", "Datetime", "Int"),
)
PARAMETERS = (
    *("d", "cls", "self", "params", "headers", "cookies", "client", "kwargs", "_kwargs", "response", "errors", "UNSET"),
    *("path_segment", "format_datetime", "datetime", "Any"),
)
KINDS: tuple[tuple[Any, Any], ...] = (
    ({"type": "string"}, "text"),
    ({"type": "integer"}, 7),
    ({"type": "string", "format": "date-time"}, "2026-05-04T12:00:00+00:00"),
    ({"type": "string", "enum": ["SET", "UNSET"]}, "UNSET"),
    ({"type": "array", "items": {"type": "string"}}, ["text"]),
)


def document(
    properties: Sequence[str] = (), schemas: Sequence[str] = (), parameters: Sequence[str] = ()
) -> dict[str, Any]:
    components: dict[str, Any] = {
        name: {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}} for name in schemas
    }
    whole = {name: KINDS[number % 5][0] for number, name in enumerate(properties)}
    whole |= {f"of_{name}": {"$ref": f"#/components/schemas/{name}"} for name in schemas}
    components["Thing"] = {"type": "object", "properties": whole}
    names = ["Thing", *schemas]
    json_of = {name: {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}} for name in names}
    operation = {
        "operationId": "postThing",
        "tags": ["things"],
        "x-logical-host": "one",
        "security": [{"Key": []}],
        "servers": [{"url": "https://one.example", "x-region": "us", "x-region-aliases": [], "x-logical-host": "one"}],
        "parameters": [
            {"name": name, "in": "query", "schema": KINDS[number % 3][0]} for number, name in enumerate(parameters)
        ],
        "requestBody": {"content": json_of["Thing"]},
        "responses": {str(200 + n): {"description": "x", "content": json_of[name]} for n, name in enumerate(names)},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Things", "version": "1"},
        "paths": {"/thing": {"post": operation}},
        "components": {
            "schemas": components,
            "securitySchemes": {"Key": {"type": "apiKey", "in": "header", "name": "x"}},
        },
    }


def write(folder: Path, whole: dict[str, Any]) -> None:
    for name in ("polyai.json", "polyai.generator.json"):
        (folder / name).write_text(json.dumps(whole), encoding="utf-8")


def generate(folder: Path, whole: dict[str, Any]) -> subprocess.CompletedProcess[str]:
    write(folder, whole)
    program = [str(GENERATOR), str(ROOT / "scripts" / "generate.py")]
    return python(program, "--patched", str(folder), "--output", str(folder / "out"))


def python(program: Sequence[str], *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTHON"))}
    return subprocess.run([*program, *arguments], capture_output=True, text=True, check=False, env=environment)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("names")
    done = generate(folder, document(PROPERTIES, SCHEMAS, PARAMETERS))
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    return folder / "out"


def test_properties_and_schemas_with_names_of_the_generated_code_work(out: Path) -> None:
    value = {name: KINDS[number % 5][1] for number, name in enumerate(PROPERTIES)}
    value |= {f"of_{name}": {"id": name} for name in SCHEMAS}
    code = (
        "import json, sys\n"
        f"from {PACKAGE}.models import Thing\n"
        "value = json.loads(sys.argv[1])\n"
        "thing = Thing.from_dict(value)\n"
        "assert thing.unread == () and not thing.additional_properties, thing\n"
        "assert thing.to_dict() == value, thing.to_dict()\n"
        "assert all(getattr(thing, attribute) is not None for attribute, _ in Thing._properties.values())\n"
        "print(thing.cls, thing.of_unset.id)\n"
    )
    done = python([str(GENERATOR), "-c", f"import sys; sys.path.insert(0, {str(out)!r})\n{code}"], json.dumps(value))
    assert (done.stderr, done.stdout) == ("", "7 Unset\n")


def test_parameters_with_names_of_the_generated_code_are_sent(out: Path) -> None:
    code = (
        "import datetime, inspect, sys\n"
        f"sys.path.insert(0, {str(out)!r})\n"
        f"from {PACKAGE}.api.things.post_thing import _get_kwargs\n"
        "names = list(inspect.signature(_get_kwargs).parameters)[1:]\n"
        "moment = datetime.datetime(2026, 5, 4, tzinfo=datetime.timezone.utc)\n"
        "print(list(_get_kwargs(body=None, **dict.fromkeys(names, moment))['params']))\n"
    )
    done = python([str(GENERATOR), "-c", code])
    assert (done.stderr, done.stdout) == ("", f"{list(PARAMETERS)}\n")


COLLISIONS: dict[str, tuple[dict[str, Any], str]] = {
    "modules": (document(schemas=["Unset", "UNSET"]), "'polyai_data_client.models.unset'"),
    "attributes": (document(properties=["a!b", "a?b"]), "Properties a?b and a!b have the same python_name"),
    "three attributes": (document(properties=["a b", "a!b", "a_b", "a__b"]), "comes back as"),
}
EACH = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from generate import main
for folder in map(Path, sys.argv[2:]):
    print(main(["--patched", str(folder), "--output", str(folder / "out")]), *(folder / "out").iterdir())
    print("ended", file=sys.stderr)
"""


def test_names_that_collide_are_an_error(tmp_path: Path) -> None:
    for name, (whole, _) in COLLISIONS.items():
        (tmp_path / name).mkdir()
        write(tmp_path / name, whole)
    folders = [str(tmp_path / name) for name in COLLISIONS]
    done = python([str(GENERATOR), "-c", EACH, str(ROOT / "scripts")], *folders)
    assert done.stdout == "1\n" * len(COLLISIONS)  # and nothing was made
    for said, (_, named) in zip(done.stderr.split("ended\n"), COLLISIONS.values(), strict=False):
        assert named in said
        assert "document of polyai" in said
    assert "object at 0x" not in done.stderr
    assert "\0" not in done.stderr

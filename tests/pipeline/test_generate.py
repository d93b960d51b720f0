"""generated/: what it is made of, that making it again changes nothing, and that nothing stale stays."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import validate
from pipeline import yaml_files
from pipeline.generate import PACKAGES, differences, none_for_unset, servers_table
from pipeline.openapi import operations, resolve, target_pointer
from pipeline.patch import patch_vendor
from pipeline.yaml_files import PipelineError

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / ".venv-generator" / "bin" / "python"


@functools.cache
def document(package: str) -> Any:
    return yaml_files.load(ROOT / "generated" / package / "openapi.yaml")


def generate(output: Path, *options: str, python: Path = GENERATOR) -> None:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("COVERAGE", "PYTHON"))}
    command = [str(python), str(ROOT / "scripts" / "generate.py"), "--output", str(output), *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment, cwd=output.parent)
    assert done.returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""


@pytest.mark.parametrize("package", PACKAGES.values())
def test_the_patched_document_is_valid_openapi(package: str) -> None:
    validate(document(package))


def test_every_operation_has_what_the_facade_needs() -> None:
    every = [(document(name), node) for name in PACKAGES.values() for node in operations(document(name)).values()]
    assert len(every) == 10
    for whole, operation in every:
        assert operation["operationId"]
        assert operation["tags"]
        assert operation["security"]
        assert {"url", "x-region", "x-region-aliases", "x-logical-host"} <= set(operation["servers"][0])
        response = operation["responses"]["429"]
        if "$ref" in response:
            response = resolve(whole, target_pointer(response["$ref"]))
        assert "Retry-After" in response["headers"]
    deprecated = [operation["operationId"] for _, operation in every if operation.get("deprecated")]
    assert deprecated == ["getConversationRecordingV3"]


def test_what_only_the_generator_needs_is_not_published() -> None:
    text = (ROOT / "generated" / "polyai_data_client" / "openapi.yaml").read_text(encoding="utf-8")
    assert "nullable" not in text
    assert "default: 1000" in text
    assert "started_at" in document("polyai_data_client")["components"]["schemas"]["ConversationSummaryV3"]["required"]


def test_every_file_says_what_wrote_it_and_has_no_sentinel() -> None:
    files = [path for path in (ROOT / "generated").rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    assert len(files) > 50
    for path in files:
        text = path.read_text(encoding="utf-8")
        assert text.startswith("# Written by `make generate`"), path
        assert path.suffix != ".py" or "unset" not in text.lower(), path


def other_python() -> Path | None:
    """The newest other Python from 3.11 that this machine really has: on the PATH, or beside the one that runs this."""
    for minor in sorted({*range(11, 20)} - {sys.version_info.minor}, reverse=True):
        name = f"python3.{minor}"
        for candidate in [shutil.which(name), *map(str, Path(sys.base_prefix).parent.glob(f"*/bin/{name}"))]:
            # A name on the PATH can be a shim without a program, so it is run.
            command = [str(candidate), "-c", "import ensurepip"]
            if candidate and subprocess.run(command, capture_output=True, check=False).returncode == 0:
                return Path(candidate)
    return None


def test_making_it_again_gives_the_same_bytes_and_leaves_nothing_stale(tmp_path: Path) -> None:
    """In another Python, where there is one: `make check` makes it again in that of the generator."""
    python, output = other_python(), tmp_path / "made" / "generated"
    if python is not None:
        environment = {**os.environ, "VIRTUAL_ENV": str(tmp_path / "venv")}
        uv, lock = str(ROOT / ".venv" / "bin" / "uv"), str(ROOT / "requirements" / "generator.txt")
        subprocess.run([uv, "venv", "--quiet", "--python", str(python), str(tmp_path / "venv")], check=True)
        subprocess.run([uv, "pip", "sync", "--quiet", "--require-hashes", lock], check=True, env=environment)
    for stale in ("polyai_data_client/stale.py", "stale_client/stale.py"):
        (output / stale).parent.mkdir(parents=True)
        (output / stale).touch()
    generate(output, python=tmp_path / "venv" / "bin" / "python" if python else GENERATOR)
    assert differences(ROOT / "generated", output) == [], python
    assert sorted(path.name for path in output.iterdir()) == sorted(PACKAGES.values())
    assert [path.name for path in output.parent.iterdir()] == ["generated"]


READ_SENTIMENTS = """
import json
from polyai_data_client.models import ConversationDetailResponse
came = [{"conversationId": "CA1", "sentiment": each, "mood": {}} for each in ("glad", "odd", None)]
assert ConversationDetailResponse.from_dict(came[0]).mood.at is None
rows = [ConversationDetailResponse.from_dict(each) for each in came]
assert [row.to_dict() for row in rows] == came
print(json.dumps([[row.sentiment, [each.reason for each in row.unread]] for row in rows]))
"""


def test_what_new_properties_of_a_response_do_not_allow_costs_itself_alone(tmp_path: Path) -> None:
    result = patch_vendor(ROOT, "polyai")
    for name, whole in (("polyai", result.patched), ("polyai.generator", result.for_generator)):
        properties = whole["components"]["schemas"]["ConversationDetailResponse"]["properties"]
        properties["sentiment"] = {"type": "string", "enum": ["glad", "cross"]}
        properties["mood"] = {"type": "object", "required": ["at"], "properties": {"at": {"type": "integer"}}}
        (tmp_path / f"{name}.json").write_text(json.dumps(whole), encoding="utf-8")
    generate(tmp_path / "generated", "--patched", str(tmp_path))
    command, path = [sys.executable, "-c", READ_SENTIMENTS], {**os.environ, "PYTHONPATH": str(tmp_path / "generated")}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["glad", []], [None, ["a string, documented as one of cross, glad"]], [None, []]]


def test_the_check_names_what_is_not_up_to_date(tmp_path: Path) -> None:
    output = tmp_path / "generated"
    shutil.copytree(ROOT / "generated", output, ignore=shutil.ignore_patterns("__pycache__"))
    (output / "polyai_data_client" / "servers.py").write_text("edited\n", encoding="utf-8")
    (output / "assemblyai_client" / "types.py").unlink()
    (output / "own.py").write_text("", encoding="utf-8")
    command = [str(GENERATOR), str(ROOT / "scripts" / "generate.py"), "--check", "--output", str(output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "polyai_data_client/servers.py: differs" in done.stderr
    assert "assemblyai_client/types.py: missing" in done.stderr
    assert "own.py: not made by make generate" in done.stderr
    assert (output / "own.py").exists()
    assert (output / "polyai_data_client" / "servers.py").read_text(encoding="utf-8") == "edited\n"


SERVER = {"url": "https://one.example", "x-region": "us", "x-region-aliases": [], "x-logical-host": "one"}


def patched(**changes: Any) -> dict[str, Any]:
    operation = {
        "operationId": "getThing",
        "x-logical-host": "one",
        "security": [{"Key": []}],
        "servers": [SERVER],
        "responses": {"200": {"content": {"application/json": {}}}},
    }
    operation.update(changes)
    return {
        "paths": {"/thing": {"get": {key: value for key, value in operation.items() if value is not None}}},
        "components": {"securitySchemes": {"Key": {"name": "x-key"}}},
    }


def test_the_servers_table_is_read_from_the_document() -> None:
    hosts, (row,) = servers_table(patched(deprecated=True))
    assert hosts == {"one": (("https://one.example", "us", (), None, None),)}
    assert row == ("getThing", "GET", "/thing", "one", True, "x-key", "", None, "application/json", True, None, ())


def test_a_bearer_key_and_a_correlation_id_are_read_from_the_document() -> None:
    success: dict[str, Any] = {"content": {"application/json": {}}, "headers": {"X-Thing-Correlation-Id": {}}}
    whole = patched(responses={"200": success})
    whole["components"]["securitySchemes"]["Key"] = {"type": "http", "scheme": "bearer"}
    _, (row,) = servers_table(whole)
    assert (row.key_header, row.key_prefix, row.correlation_header) == (
        "Authorization",
        "Bearer",
        "X-Thing-Correlation-Id",
    )


def test_the_servers_table_has_the_largest_page_and_which_parameters_go_together() -> None:
    limit = {"name": "limit", "in": "query", "schema": {"$ref": "#/components/schemas/Limit"}}
    rule = {"parameter": "one", "needs": ["two", "three=3"]}
    document = patched(parameters=[{"$ref": "#/components/parameters/Limit"}], **{"x-parameter-rules": [rule]})
    document["components"].update(parameters={"Limit": limit}, schemas={"Limit": {"maximum": 100}})
    _, (row,) = servers_table(document)
    assert row.largest_page == 100
    assert row.rules == (("one", ("two", "three=3"), ()),)


@pytest.mark.parametrize("missing", ["operationId", "x-logical-host", "security", "servers"])
def test_an_operation_without_what_the_table_needs_is_named(missing: str) -> None:
    with pytest.raises(PipelineError, match=f"GET /thing: .* {missing}"):
        servers_table(patched(**{missing: None}))


def test_a_logical_host_has_one_list_of_servers() -> None:
    with pytest.raises(PipelineError, match="a server of 'two'"):
        servers_table(patched(servers=[{**SERVER, "x-logical-host": "two"}]))
    whole = patched()
    other = patched(servers=[{**SERVER, "url": "https://other.example"}])["paths"]["/thing"]["get"]
    whole["paths"]["/thing"]["post"] = other
    with pytest.raises(PipelineError, match="POST /thing: its servers are not those"):
        servers_table(whole)


@pytest.mark.parametrize(
    ("generated", "wanted"),
    [
        ("x: int | Unset = UNSET", "x: int | None = None"),
        ("x: str | None | Unset", "x: str | None"),
        ("if not isinstance(self.x, Unset):", "if self.x is not None:"),
        ("if isinstance(_x, Unset):", "if _x is None:"),
        ("{k: v for k, v in d.items() if v is not UNSET and v is not UNSET}", None),
    ],
)
def test_the_sentinel_becomes_none(generated: str, wanted: str | None) -> None:
    made = none_for_unset(generated)
    if wanted is None:
        assert "UNSET" not in made
    else:
        assert made == wanted

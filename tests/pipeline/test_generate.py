"""generated/: what it is made of, and that nothing stale stays. `test_wheel` makes it again."""

from __future__ import annotations

import functools
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.generate import PACKAGES, none_for_unset, servers_table
from pipeline.openapi import operations, resolve, target_pointer
from pipeline.pages import violations
from pipeline.patch import patch_vendor
from pipeline.yaml_files import PipelineError

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / ".venv-generator" / "bin" / "python"


@functools.cache
def document(package: str) -> Any:
    return yaml_files.load(ROOT / "generated" / package / "openapi.yaml")


@pytest.mark.parametrize("package", PACKAGES.values())
def test_the_patched_document_is_valid_openapi(package: str) -> None:
    assert violations(document(package)) == []


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
    output = tmp_path / "generated"
    (output / "stale_client").mkdir(parents=True)
    command = [str(GENERATOR), str(ROOT / "scripts" / "generate.py"), "--patched", str(tmp_path)]
    done = subprocess.run([*command, "--output", str(output)], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert [path.name for path in output.iterdir()] == ["polyai_data_client"]
    assert [path.name for path in tmp_path.iterdir() if path.suffix != ".json"] == ["generated"]
    command, path = [sys.executable, "-c", READ_SENTIMENTS], {**os.environ, "PYTHONPATH": str(output)}
    done = subprocess.run(command, capture_output=True, text=True, check=False, env=path)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [["glad", []], [None, ["a string, documented as one of cross, glad"]], [None, []]]


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
    assert [tuple(one.values()) for one in hosts["one"]] == [("https://one.example", "us", (), None, None)]
    of_key = ("x-key", "", None, "application/json")
    assert tuple(row.values()) == ("getThing", "GET", "/thing", "one", True, *of_key, True, None, ())


def test_a_bearer_key_and_a_correlation_id_are_read_from_the_document() -> None:
    success: dict[str, Any] = {"content": {"application/json": {}}, "headers": {"X-Thing-Correlation-Id": {}}}
    whole = patched(responses={"200": success})
    whole["components"]["securitySchemes"]["Key"] = {"type": "http", "scheme": "bearer"}
    _, (row,) = servers_table(whole)
    of_key = (row[name] for name in ("key_header", "key_prefix", "correlation_header"))
    assert [*of_key] == ["Authorization", "Bearer", "X-Thing-Correlation-Id"]


def test_the_servers_table_has_the_largest_page_and_which_parameters_go_together() -> None:
    limit = {"name": "limit", "in": "query", "schema": {"$ref": "#/components/schemas/Limit"}}
    rule = {"parameter": "one", "needs": ["two", "three=3"]}
    document = patched(parameters=[{"$ref": "#/components/parameters/Limit"}], **{"x-parameter-rules": [rule]})
    document["components"].update(parameters={"Limit": limit}, schemas={"Limit": {"maximum": 100}})
    _, (row,) = servers_table(document)
    assert row["largest_page"] == 100
    assert row["rules"] == (("one", ("two", "three=3"), ()),)


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
        ("{v for v in d.values() if v is not UNSET}", "{v for v in d.values() if v is not None}"),
        ('"""Whether it is UNSET (int | Unset)."""', '"""Whether it is UNSET (int | None)."""'),
        ("names = [\"UNSET\", 'a | Unset']  # UNSET", "names = [\"UNSET\", 'a | Unset']  # UNSET"),
    ],
)
def test_the_sentinel_becomes_none_where_it_is_code(generated: str, wanted: str) -> None:
    assert none_for_unset(generated) == wanted

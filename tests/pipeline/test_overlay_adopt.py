"""`overlay.py adopt`: operations of our overlay go over to a document that publishes them, and nothing else changes."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from drift_report.changes import compare
from pipeline import yaml_files
from pipeline.lint import lint
from pipeline.openapi import operations, resolve
from pipeline.patch import patch_vendor
from pipeline.yaml_edit import pruned, read, write_or_drop
from pipeline.yaml_files import PipelineError

from overlay import main
from tests.pipeline.case_files import FOLDER
from tests.pipeline.conftest import Run
from tests.pipeline.projects import copy_project, overlay_of, patched_document, snapshot, write

AGENTS, V3 = FOLDER / "adopt" / "agents.yaml", FOLDER / "adopt" / "conversations-v3.yaml"


def names(document: Any) -> dict[str, set[Any]]:
    """What the facade and the package call things by."""
    known: dict[str, set[Any]] = {"schemas": set(resolve(document, ("components", "schemas")))}
    for name, node in operations(document).items():
        resolved = [
            resolve(document, each["$ref"].split("/")[1:]) if "$ref" in each else each
            for each in node.get("parameters", ())
        ]
        known[name] = {(each["name"], each["in"]) for each in resolved}
        known[f"{name} itself"] = {node["operationId"], *node["tags"], json.dumps(node["security"])}
        known[f"{name} hosts"] = {node["x-logical-host"], json.dumps(node.get("x-parameter-rules"))}
    return known


def lines(root: Path) -> int:
    return sum(len(path.read_text().splitlines()) for path in (root / "overlay").rglob("*.yaml"))


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A copy of what the project's documents are made from."""
    return copy_project(tmp_path / "copied", ["specs", "overlay"])


def test_both_listings_go_over_to_documents_of_the_vendor(run: Run, copied: Path) -> None:
    patched, long = patched_document(copied, "polyai"), lines(copied)
    before = names(patched)
    done = run(main, "adopt", "listConversations", "--from", AGENTS, "--write", "--root", copied)
    assert (done.status, done.err) == (0, "")
    for line in (
        "rename in agents-api.yaml: schemas/ConversationSummaryResponse is ConversationSummary with us",
        "drop overlay/polyai/30-lists.overlay.yaml:6: An empty schema for the items",
        "published otherwise, which holds now:\n  `ConversationSummary`: added properties rating\n",
        "published otherwise, and ruled out:\n  `Error`: added required `error_code`\n",
    ):
        assert line in done.out
    done = run(main, "adopt", "GET /v3/{a}/{p}/conversations", "--from", V3, "--write", "--root", copied)
    assert (done.status, done.err) == (0, "")
    assert "published otherwise, which holds now: nothing\n" in done.out
    assert [str(finding) for finding in lint(copied).findings] == []
    result = patch_vendor(copied, "polyai")
    after = names(result.patched)
    assert {key: before[key] - after[key] for key in before if not before[key] <= after[key]} == {}
    assert after.keys() == before.keys()
    assert after["schemas"] == before["schemas"]  # what is `Unused` is no part of it
    assert {"listConversations", "searchConversations"} <= {
        node.get("operationId") for node in operations(result.patched).values()
    }
    assert {"GET /v1/agents/{agentId}/conversations", "GET /v3/{account_id}/{project_id}/conversations"} <= set(
        operations(result.published)
    )
    properties = resolve(result.patched, ("components", "schemas", "GetConversationsV3", "properties"))
    assert properties["cursor"]["type"] == ["string", "null"]
    assert [str(one) for one in compare({"": (patched, result.patched)}) if one.breaking] == []
    assert lines(copied) < long
    assert "# A primitive cannot become" in (copied / "overlay/polyai/90-live.overlay.yaml").read_text()
    assert (copied / "overlay/bundle.yaml").read_text().startswith("# What to do where the published documents")


def test_a_draft_is_shown_and_changes_nothing(run: Run, copied: Path, tmp_path: Path) -> None:
    before = snapshot(copied)
    text = AGENTS.read_text().replace("default: 50}}", "default: 5}}\n        - {name: order, in: query, schema: {}}")
    text = text.replace("accountId, projectId]", "accountId, projectId, duration]")
    offered = write(tmp_path, {"offered/agents.yaml": text}) / "offered/agents.yaml"
    done = run(main, "adopt", "listConversations", "--from", offered, "--root", copied)
    assert (done.status, done.err) == (0, "")
    assert "which holds now:\n  `ConversationSummary`: added required `duration`\n" in done.out
    assert "`: parameters limit (query) schema default: 50 is now 5\n" in done.out
    assert "/conversations`: added parameters order (query)\n" in done.out
    assert "\n-  - target: $.components.schemas.ConversationSummary\n" in done.out
    assert done.out.endswith("nothing is written; --write does it\n")
    assert snapshot(copied) == before


# A small project.

THEME, LATER = "overlay/acme/10-things.overlay.yaml", "overlay/acme/20-live.overlay.yaml"
SMALL: Any = yaml_files.load(FOLDER / "adopt" / "small.yaml")
THINGS = SMALL["things"]


@pytest.fixture
def small(root: Path) -> Path:
    """The project."""
    files = {"specs/acme/base.json": json.dumps(SMALL["base"]), THEME: yaml_files.dumps(overlay_of(*SMALL["writes"]))}
    return write(root, {**files, LATER: yaml_files.dumps(overlay_of(*SMALL["live"]))})


def test_what_we_say_beyond_a_document_that_is_vendored_already_is_kept(run: Run, small: Path) -> None:
    write(small, {"specs/acme/things.json": json.dumps(THINGS)})
    done = run(main, "adopt", "getThing", "--write", "--root", small)
    assert (done.status, done.err) == (0, "")
    assert lint(small).findings == []
    document = patched_document(small, "acme")
    operation = document["paths"]["/things/{thingId}"]["get"]
    assert (operation["operationId"], operation["tags"]) == ("getThing", ["Things"])
    assert [(each["name"], each["in"]) for each in operation["parameters"]] == [("thingId", "path"), ("old", "query")]
    assert operation["parameters"][0]["schema"] == {"type": "string", "minLength": 1}
    assert operation["responses"] == THINGS["paths"]["/things/{thing_id}"]["get"]["responses"]
    assert list(document["paths"]) == ["/base", "/things/{thingId}"]
    assert document["components"]["schemas"] == SMALL["schemas"]
    assert "which holds now:\n  `Thing`: added required `name`\n" in done.out
    live = yaml_files.load(small / LATER)["actions"]
    first, second = SMALL["live"]
    assert live == [{**first, "update": {"x-seen": True}}, second]  # the description is published now


TWICE = {"get": {"parameters": [{"name": "q", "in": "query", "schema": {}}] * 2, "responses": {}}}
MISTAKES: dict[str, tuple[Any, str]] = {
    "getNothing": (None, "error: there is no operation 'getNothing'; there are getBase, getThing\n"),
    "getBase": (None, "error: no overlay writes 'getBase'; they write getThing\n"),
    "getThing": (None, "error: no document in specs/acme/ publishes GET /things/{thingId}; name one with --from\n"),
    "GET /things/{id}": (
        {**THINGS, "paths": {"/things/{thingId}": {**THINGS["paths"]["/things/{thing_id}"], **TWICE}}},
        "error: the draft does not fit; mend what it names first:\n  error: specs/acme:",
    ),
}


@pytest.mark.parametrize("operation", MISTAKES)
def test_a_mistake_changes_nothing(operation: str, run: Run, small: Path) -> None:
    document, message = MISTAKES[operation]
    if document:
        write(small, {"specs/acme/things.json": json.dumps(document)})
    before = snapshot(small)
    done = run(main, "adopt", operation, "--write", "--root", small)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(message)
    assert snapshot(small) == before


def test_a_document_without_the_operation_is_named_with_what_it_has(run: Run, copied: Path) -> None:
    done = run(main, "adopt", "listConversations", "--from", V3, "--root", copied)
    has = f"{V3} has GET /v3/{{account_id}}/{{project_id}}/conversations"
    lacks = "no document in specs/polyai/ publishes GET /v1/agents/{agentId}/conversations"
    assert (done.status, done.out, done.err) == (1, "", f"error: {lacks}; {has}\n")


def test_a_whole_document_that_says_all_of_ours_changes_nothing(run: Run, copied: Path) -> None:
    patched, long = patched_document(copied, "polyai"), lines(copied)
    document = copy.deepcopy(patched)
    for node in operations(document).values():
        del node["x-logical-host"]
    (copied / "offered.json").write_text(json.dumps(document))
    wanted = ["listConversations", "searchConversations", "upsertNote", "createDebugChat"]
    done = run(main, "adopt", *wanted, "--from", copied / "offered.json", "--write", "--root", copied)
    assert (done.status, done.err) == (0, "")
    assert "which holds now: nothing\npublished otherwise, and ruled out: nothing\n" in done.out
    assert lint(copied).findings == []
    assert compare({"": (patched, patched_document(copied, "polyai"))}) == []
    assert lines(copied) < long


SHARED = """\
actions:
  - target: $.a
    update: &x {l: &l [1, 2], m: {c: 1, d: *l}}
  - target: $.b
    update: *x
  - target: $.c
    update: {<<: *x, n: *l}
  - target: $.d
    update: *l
  - target: $.e
    update: &l [3]
"""


@pytest.mark.parametrize(("index", "rest"), [(0, {"l": [2]}), (1, {"m": {"c": 1}}), (2, {"l": [1, 2]}), (3, [1])])
def test_what_actions_share_by_an_anchor_is_shortened_in_one_of_them(index: int, rest: Any, tmp_path: Path) -> None:
    path = write(tmp_path, {"a.yaml": SHARED}) / "a.yaml"
    expected = yaml_files.load(path)
    expected["actions"][index]["update"] = rest
    document = read(path)
    document["actions"][index]["update"] = pruned(document["actions"][index]["update"], rest)
    write_or_drop(path, document)
    assert yaml_files.load(path) == expected
    assert path.read_text().count("&x") == 1


@pytest.mark.parametrize("text", ["a:\tb", "a: 2001-99-99", "{1: a, 0x1: b}"])
def test_a_document_that_cannot_be_edited_is_named(text: str, tmp_path: Path) -> None:
    path = write(tmp_path, {"a.yaml": text}) / "a.yaml"
    assert yaml_files.load(path)
    with pytest.raises(PipelineError, match=r"^a\.yaml: cannot be edited as it is written: [^\n]+$"):
        read(path)

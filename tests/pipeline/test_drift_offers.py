"""Documents laid out as the vendor does, offered in every combination to the project's own specs/ and overlay/.

They are made from what we have, so that they hold what it holds whatever that is: their layout alone differs.
"""

from __future__ import annotations

import copy
import functools
import itertools
import json
import operator
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import vendor
from drift_report.compare import look
from drift_report.report import Report
from drift_report.view import show
from pipeline import pages as page_files
from pipeline import yaml_files
from pipeline.cut import cut
from pipeline.openapi import METHODS, operations, resolve, target_pointer, walk
from pipeline.patch import patch_vendor
from pipeline.sources import load_sources
from rich.console import Console

from tests.pipeline import projects
from tests.pipeline.projects import ROOT

Layout = Callable[[Any], dict[str, str]]
"""Makes the files of an offer, by name, from a document of all that we have."""
AGENTS, DEBUG, V3 = "/v1/agents/{agentId}/conversations", "/v1/agents/{agentId}/debug-chat", "/v3/"
CHATTING = f"{DEBUG}/{{conversationId}}"
SOURCES = load_sources(ROOT / "specs")
PARAMETER = re.compile(r"\{(.*?)\}")


@cache
def everything() -> Any:
    """All that we have, as a vendor would publish it: what is vendored as it was published, and the rest as patched."""
    have = patch_vendor(ROOT, "polyai")
    made = copy.deepcopy(
        {**have.patched, **{key: have.published[key] for key in ("info", "security", "servers", "tags")}}
    )
    for top in ("paths", "components"):
        for name, members in have.published[top].items():
            made[top][name] |= copy.deepcopy(members)
    for name, node in operations(made).items():
        if name not in operations(have.published):
            del node["security"]
            node["servers"] = [{"url": server["url"]} for server in node["servers"]]
    for item in walk(made):
        if item.kind != "components":
            for key in [key for key in item.node if key.startswith("x-") or key == "operationId"]:
                del item.node[key]
    return made


def part(document: Any, path: str, **root: Any) -> Any:
    """The operations below a path, in a document of their own."""
    names = [name for name in operations(document) if name.partition(" ")[2].startswith(path)]
    return copy.deepcopy({**cut(document, names), **root})


def all_v3(document: Any) -> dict[str, str]:
    """One file of all v3 operations, in OpenAPI 3.0."""
    made = part(document, V3, openapi="3.0.1")
    for item in walk(made):
        kinds = item.node.get("type")
        if item.kind == "schema" and isinstance(kinds, list):
            item.node.update(type=kinds[0], nullable=True)
        if item.kind == "schema" and len(item.node) > 1 and "$ref" in item.node:
            item.node["allOf"] = [{"$ref": item.node.pop("$ref")}]  # beside which nothing has an effect in 3.0
        if item.kind == "schema" and "examples" in item.node:
            item.node["example"] = item.node.pop("examples")[0]
    return {"conversations-v3.json": json.dumps(made)}


def agents(document: Any) -> dict[str, str]:
    """The agents routes, with parameters at the path under other names, shared responses, and another key scheme."""
    made = part(document, AGENTS, info={"title": "Data API", "version": "1.0.9"}, security=[{"polyApiKey": []}])
    made["components"]["securitySchemes"] = {"polyApiKey": {"type": "apiKey", "in": "header", "name": "X-API-KEY"}}
    shared = made["components"].setdefault("parameters", {})
    names = {"agentId": "agent_id", "conversationId": "conversation_id"}
    for path, item in made["paths"].items():
        for node in (item[method] for method in METHODS if method in item):
            made["servers"] = node.pop("servers")
            every = [resolve(made, target_pointer(one["$ref"])) if "$ref" in one else one for one in node["parameters"]]
            for one in every:
                if one["in"] == "path":
                    shared.setdefault(names[one["name"]], {**one, "name": names[one["name"]]})
            node["parameters"] = [one for one in every if one["in"] != "path"]
            item["parameters"] = [
                {"$ref": f"#/components/parameters/{names[name]}"} for name in PARAMETER.findall(path)
            ]
    for old, new in names.items():
        made["paths"] = {path.replace(old, new): item for path, item in made["paths"].items()}
    return {"agents.yaml": yaml_files.dumps(made)}


def debug_chat(document: Any) -> dict[str, str]:
    """The debug chat alone, with its responses and small schemas inline."""
    made = part(document, DEBUG, info={"title": "Debug chat", "version": "1"})
    for item in walk(made):
        target = item.node.get("$ref", "")
        if (item.kind == "response" and target) or target.endswith("/ClientEnvironment"):
            del item.node["$ref"]
            item.node.update(copy.deepcopy(resolve(made, target_pointer(target))))
    return {"debug-chat.json": json.dumps(made, indent=1)}


def pages(document: Any) -> dict[str, str]:
    """Pages as text: those that are vendored, and two of operations that the overlay writes."""
    made: dict[str, str] = {}
    vendored = {entry["operation"]: yaml_files.load(ROOT / "specs" / file) for file, entry in SOURCES.items()}
    for name in (*vendored, f"GET {AGENTS}", "GET /v3/{account_id}/{project_id}/conversations"):
        if name in operations(document):
            keys = ("info", "servers", "tags")  # which a page has as they are in the document that it was cut from
            root = {key: value for key, value in vendored.get(name, document).items() if key in keys}
            block = yaml_files.dumps(copy.deepcopy({**cut(document, {name}), **root}))
            made[f"{len(made)}.md"] = f"# Page\n\n````yaml {name}\n{block}````\n"
    return made


LAYOUTS: list[Layout] = [all_v3, agents, debug_chat, pages]
NEW: dict[Layout, set[str]] = {
    all_v3: {"searchConversations"},
    agents: {"listConversations", "getConversationRecording", "addAnnotations", "upsertNote"},
    debug_chat: {"createDebugChat", "sendDebugChatMessage"},
    pages: {"searchConversations", "listConversations"},
}
"""The operations of each that only the overlay has today."""
EVERY = [which for size in range(1, 5) for which in itertools.combinations(LAYOUTS, size)]


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Offer files by their bare names, without Node, and validate what is offered again and again only once."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(page_files, "violations", lambda document: violations(json.dumps(document)))
    monkeypatch.setenv("PATH", str(tmp_path))


_violations = page_files.violations
violations = cache(lambda text: _violations(json.loads(text)))


def report_on(files: dict[str, str], root: Path = ROOT) -> Report:
    """The report on these files."""
    for name, text in files.items():
        Path(name).write_text(text, encoding="utf-8")
    return look(root, list(files), generate=False)


@cache
def as_we_have_it(layout: Layout) -> dict[str, str]:
    return layout(everything())


def offered(layouts: tuple[Layout, ...], document: Any) -> Report:
    """The report on these layouts of a document."""
    return report_on({name: text for layout in layouts for name, text in layout(document).items()})


def lines(report: Report) -> list[str]:
    """The report on a terminal."""
    console = Console(width=100)
    with console.capture() as captured:
        show(report, console)
    return captured.get().splitlines()


@cache
def names() -> dict[str, str]:
    return {name: node["operationId"] for name, node in operations(patch_vendor(ROOT, "polyai").patched).items()}


def adopted(report: Report) -> set[str]:
    """The operations that the commands of the report hand over, by our names."""
    return {names()[name] for command in report.commands for name in command.split("'")[1::2]}


@pytest.mark.parametrize("layouts", EVERY, ids=lambda which: "+".join(one.__name__ for one in which))
def test_what_is_offered_as_we_have_it(layouts: tuple[Layout, ...]) -> None:
    report = report_on(functools.reduce(operator.or_, map(as_we_have_it, layouts)))
    assert report.broken == []
    assert (report.verdict, report.differences, report.also) == ("needs a person", [], [])
    assert report.files == [] or pages in layouts  # a page is taken in byte for byte
    assert adopted(report) == set().union(*(NEW[layout] for layout in layouts))
    texts = [one.text for one in report.consequences]
    assert [text for text in texts if not text.endswith((" can go", " can go too"))] == []


# One change each: the layout that has it, what is changed there, and the line of the report.


def schema(name: str, *keys: str) -> Callable[[Any], Any]:
    return lambda document: functools.reduce(dict.__getitem__, keys, document["components"]["schemas"][name])


def node(operation: str, *keys: str) -> Callable[[Any], Any]:
    return lambda document: functools.reduce(dict.__getitem__, keys, operations(document)[operation])


SEARCH, LIST = "GET /v3/{account_id}/{project_id}/conversations", f"GET {AGENTS}"
GET, NOTE, CHAT = f"GET {AGENTS}/{{conversationId}}", f"POST {AGENTS}/{{conversationId}}/note", f"POST {DEBUG}"
CHANGES: dict[str, tuple[Layout, Callable[[Any], Any], Callable[[Any], object], str]] = {
    "a limit is narrower than its default": (
        all_v3, node(SEARCH), lambda it: named(it, "limit")["schema"].update(maximum=500, default=1000),
        "parameters limit (query) schema maximum: 1000 is now 500"),
    "an enum has a new value": (
        all_v3, schema("QueryType", "enum"), lambda it: it.append("phrase"), "QueryType: added enum phrase"),
    "a field is required": (
        agents, schema("GetConversations", "required"), lambda it: it.remove("count"),
        "GetConversations: removed required count"),
    "a response has another status": (
        agents, node(NOTE, "responses"), lambda it: it.update({"200": it.pop("201")}), "added responses 200"),
    "a host is new": (
        debug_chat, node(CHAT, "servers"), lambda it: it.append({"url": "https://api.ap.poly.ai"}),
        "added server https://api.ap.poly.ai"),
    "a vendored operation has a new field in another layout": (
        agents, schema("ConversationDetailResponse", "properties"), lambda it: it.update(mood={"type": "string"}),
        "ConversationDetailResponse: added properties mood"),
}  # fmt: skip


def named(operation: Any, name: str) -> Any:
    """The parameter of an operation."""
    return next(one for one in operation["parameters"] if one.get("name") == name)


@pytest.mark.parametrize("name", CHANGES)
def test_one_change(name: str) -> None:
    layout, at, change, expected = CHANGES[name]
    document = copy.deepcopy(everything())
    change(at(document))
    report = offered((layout,), document)
    said = [line.replace("`", "") for one in report.consequences for line in one.details]
    said += [str(one).replace("`", "") for one in report.differences if not one.wording]
    assert expected in said
    assert len(said) <= 3
    assert (report.status, report.broken, adopted(report)) == (2, [], NEW[layout])
    assert len(lines(report)) <= 40


def test_a_document_is_a_statement_on_what_was_cut_from_it() -> None:
    """Without the recording, the file of all v3 operations says that it is gone; the debug chat's says nothing."""
    document = copy.deepcopy(everything())
    del document["paths"]["/v3/{account_id}/{project_id}/conversations/{conversation_id}/audio"]
    tags: Any = {V3 + "{account_id}/{project_id}/conversations/{id}/tags": {"get": {"responses": {}}}}
    for paths in (document["paths"], document["paths"] | tags):
        report = offered((all_v3, debug_chat), {**document, "paths": paths})
        gone = [one.where for one in report.consequences if one.kind == "gone"]
        assert gone == ["specs/polyai/get-conversation-audio.yaml"]


def test_a_document_replaces_what_was_transcribed() -> None:
    """The rest of a vendor's whole document may be invalid: what is not ours is a remark."""
    document = yaml_files.load(ROOT / "specs" / "assemblyai" / "redacted-audio.yaml")
    document["components"]["schemas"]["Odd"] = {"type": "nonsense"}
    document["paths"]["/v2/odd"] = {"get": {"responses": {"200": {"description": "x", "content": {
        "application/json": {"schema": {"$ref": "#/components/schemas/Odd"}}}}}}}  # fmt: skip
    report = report_on({"openapi.yml": yaml_files.dumps(document)})
    (published,) = report.consequences
    assert (report.status, published.where) == (2, "specs/assemblyai/redacted-audio.yaml")
    assert (published.advice, report.commands) == ("take", ["make vendor PAGE=openapi.yml"])
    assert (report.also, report.commands) == (["GET /v2/odd"], ["make vendor PAGE=openapi.yml"])
    assert any("nonsense" in remark for remark in report.remarks)


def test_a_part_of_a_vendored_document(tmp_path: Path) -> None:
    """What says the same is no news, and what differs is listed."""
    root = projects.copy_project(tmp_path / "project", ("specs", "overlay", "src/polyai_data/_version.py"))
    titles = {"Writes": DEBUG, "Chats": CHATTING}
    whole, small = (part(everything(), at, info={"title": title, "version": "1"}) for title, at in titles.items())
    whole["paths"] |= {f"/v9/{number}": {"get": {"responses": {"200": {"description": "x"}}}} for number in range(3)}
    Path("writes.json").write_text(json.dumps(whole), encoding="utf-8")
    assert vendor.main(["writes.json", "--root", str(root)]) == 0
    assert report_on({"small.json": json.dumps(small)}, root).status == 0
    schema("SendDebugChatMessage", "properties")(small)["mood"] = {"type": "string"}
    report = report_on({"small.json": json.dumps(small)}, root)
    assert [(one.where, one.details) for one in report.consequences] == [
        ("specs/polyai/writes.json", ("`SendDebugChatMessage`: added properties mood",))
    ]
    assert (report.status, report.commands) == (2, ["make vendor PAGE=small.json"])


@pytest.mark.parametrize(
    ("at", "value"), [("tags", 5), ("parameters", "x"), ("responses", []), ("security", 7), ("servers", {"url": 1})]
)
def test_an_operation_that_is_no_operation(at: str, value: Any) -> None:
    document = copy.deepcopy(everything())
    operations(document)[CHAT][at] = value
    report = report_on({"a.json": json.dumps(part(document, DEBUG))})
    assert report.status == 3
    assert {one.where.partition(":")[0] for one in report.broken} == {"a.json"}

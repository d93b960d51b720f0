"""Cases of the drift laboratory: bare OpenAPI files, with one operation or many, as YAML and as JSON."""

from __future__ import annotations

import json
from typing import Any

from pipeline import yaml_files

from tests.pipeline.drift_cases.case import (
    NOTHING,
    Asked,
    Bench,
    Case,
    Cases,
    Expected,
    NotApplicableError,
    Sheet,
    Told,
    clone,
)
from tests.pipeline.drift_cases.operations import case as operation_cases
from tests.pipeline.drift_cases.operations import operation_moved_to_another_path, operation_with_another_method
from tests.pipeline.drift_cases.overlay import conflict_between_two_pages, the_recording_moved
from tests.pipeline.drift_cases.schemas import case as schema_cases
from tests.pipeline.drift_cases.schemas import field_added, field_removed

case = Cases()

Made = tuple[Expected, list[str]]


def whole(bench: Bench) -> Any:
    """One document with what all pages have."""
    documents = [clone(sheet.document) for sheet in bench.sheets if not sheet.gone]
    made = documents[-1]
    made["info"] = {"title": "All of it", "version": "9.0.0"}
    for document in documents[:-1]:
        for path, item in document["paths"].items():
            made["paths"].setdefault(path, {}).update(item)
        for kind, members in document.get("components", {}).items():
            for name, node in members.items():
                made["components"].setdefault(kind, {}).setdefault(name, node)
    return made


def _as_yaml(bench: Bench, document: Any, name: str = "openapi.yaml") -> list[str]:
    return [bench.save(name, yaml_files.dumps(document))]


def _as_json(bench: Bench, document: Any, name: str = "openapi.json") -> list[str]:
    return [bench.save(name, json.dumps(document, indent=2))]


@case("file", alone=True)
def yaml_file_with_one_operation(bench: Bench) -> Made:
    return NOTHING, [bench.save("openapi.yaml", bench.detail.block)]


@case("file", alone=True)
def yaml_file_called_as_its_page(bench: Bench) -> Made:
    """The document of a page, without the page."""
    return NOTHING, [bench.save(f"{bench.audio.slug}.yaml", bench.audio.block)]


@case("file", alone=True)
def json_file_with_one_operation(bench: Bench) -> Made:
    return NOTHING, _as_json(bench, bench.audio.document)


@case("file", alone=True)
def json_file_called_as_its_page(bench: Bench) -> Made:
    return NOTHING, _as_json(bench, bench.detail.document, f"{bench.detail.slug}.json")


@case("file", alone=True)
def yaml_file_with_all_operations(bench: Bench) -> Made:
    """Its title and version are those of the whole, and say nothing of an operation."""
    return NOTHING, _as_yaml(bench, whole(bench))


@case("file", alone=True)
def json_file_with_all_operations(bench: Bench) -> Made:
    return NOTHING, _as_json(bench, whole(bench))


@case("file", alone=True)
def file_in_a_folder(bench: Bench) -> Made:
    _as_json(bench, whole(bench), "api/openapi.json")
    return NOTHING, [str(bench.folder)]


@case("file", alone=True)
def file_without_a_telling_name(bench: Bench) -> Made:
    """What it is, its first line says."""
    return NOTHING, _as_yaml(bench, whole(bench), "api.txt")


@case("file", alone=True)
def json_file_with_a_changed_field(bench: Bench) -> Made:
    expected = field_removed(bench)
    assert isinstance(expected, Expected)
    return expected, _as_json(bench, whole(bench))


@case("file", alone=True)
def json_file_with_one_changed_operation(bench: Bench) -> Made:
    expected = field_added(bench)
    assert isinstance(expected, Expected)
    return expected, _as_json(bench, bench.detail.document)


@case("file", alone=True)
def yaml_file_with_a_moved_operation(bench: Bench) -> Made:
    expected = operation_moved_to_another_path(bench)
    assert isinstance(expected, Expected)
    return expected, _as_yaml(bench, whole(bench))


@case("file", alone=True)
def yaml_file_with_the_moved_operation_alone(bench: Bench) -> Made:
    expected = operation_moved_to_another_path(bench)
    assert isinstance(expected, Expected)
    return expected, _as_yaml(bench, bench.detail.document)


@case("file", alone=True)
def json_file_with_the_recording_moved(bench: Bench) -> Made:
    expected = the_recording_moved(bench)
    assert isinstance(expected, Expected)
    return expected, _as_json(bench, whole(bench))


@case("file", alone=True)
def file_with_an_operation_of_another_method(bench: Bench) -> Made:
    """The file has the other operation; that of the page is gone, and what came is no operation of ours."""
    sheet = bench.detail
    operation_with_another_method(bench)
    old = f"GET {sheet.path}"
    told = [Told("removed", "operation", old), Told("removed", "document")]
    told += [Told("removed", "schema", may=True), Told("removed", "component", may=True)]
    return Expected(2, told, _page_is_gone(bench, sheet), also=[sheet.declared]), _as_yaml(bench, whole(bench))


def _page_is_gone(bench: Bench, sheet: Sheet) -> list[Asked]:
    asked = [Asked("gone", f"specs/{sheet.file}", "drop"), Asked("conflict", "overlay/bundle.yaml", "rule")]
    asked += [Asked("dead", one.file, "drop", target=one.target) for one in bench.about(f"['{sheet.path}']")]
    # What corrections say of schemas and groups that went with the page.
    asked += [Asked(kind, "overlay/", may=True) for kind in ("dead", "failed", "needless", "dangling")]
    return [*asked, Asked("generation", "overlay/", full=True, may=True)]


@case("file", alone=True)
def file_without_one_of_our_operations(bench: Bench) -> Made:
    """It has others, so that it is meant to be whole."""
    sheet = bench.audio
    document = whole(bench)
    del document["paths"][sheet.path]
    document["paths"]["/v1/agents"] = {"get": {"responses": {"200": {"description": "The agents."}}}}
    told = [Told("removed", "operation", sheet.declared, breaking=True), Told("removed", "document")]
    return Expected(2, told, _page_is_gone(bench, sheet), also=["GET /v1/agents"]), _as_json(bench, document)


@case("file", alone=True)
def file_with_an_unknown_operation_beside(bench: Bench) -> Made:
    """A file of all operations has many that nobody asked for: they are named, and ask for nothing."""
    document = whole(bench)
    document["paths"]["/v1/agents"] = {"get": {"responses": {"200": {"description": "The agents."}}}}
    document["components"]["schemas"]["Unused"] = {"type": "object"}
    return Expected(0, also=["GET /v1/agents"]), _as_json(bench, document)


@case("file", alone=True)
def file_with_a_conflict(bench: Bench) -> Made:
    """In one file there is one of each thing: whatever changed, the pages cut from it agree."""
    made = conflict_between_two_pages(bench)
    assert isinstance(made, Expected)
    changed = bench.audio.document["components"]["schemas"]
    for sheet in bench.sheets:
        for name in sheet.document["components"]["schemas"].keys() & changed.keys():
            sheet.document["components"]["schemas"][name] = clone(changed[name])
    return Expected(1, made.told), _as_json(bench, whole(bench))


@case("file", alone=True)
def file_with_unneeded_components(bench: Bench) -> Made:
    """What no operation of ours refers to is not ours."""
    document = whole(bench)
    document["components"]["schemas"] |= {
        f"Other{number}": {"type": "object", "properties": {"next": {"$ref": f"#/components/schemas/Other{number}"}}}
        for number in range(50)
    }
    document["components"]["securitySchemes"]["Other"] = {"type": "http", "scheme": "basic"}
    document["tags"] = [{"name": "Everything", "description": "All there is."}]
    return NOTHING, _as_json(bench, document)


@case("file", alone=True)
def page_and_file_together(bench: Bench) -> Made:
    """One operation from its page, the other from a file."""
    page = bench.save(f"{bench.detail.slug}.md", bench.detail.page())
    return NOTHING, [page, *_as_json(bench, bench.audio.document)]


def _from_a_file(one: Case) -> Case:
    """What a page of changes says, said by a file of all operations."""

    def make(bench: Bench) -> Made:
        expected = one.make(bench)
        if not isinstance(expected, Expected):
            raise NotApplicableError("is offered in its own way")
        return expected, _as_json(bench, whole(bench))

    return Case(f"json file: {one.name}", "file", make, derived=True)


_ON_PAGES = {"wording of a tag", "version of the document"}
"""What is said of the document as a whole says nothing when a file says it: it is another document's."""

case.all += [
    _from_a_file(one)
    for one in (*schema_cases.all, *operation_cases.all)
    if one.kind in {"schema", "parameter", "response", "server", "wording"}
    and one.touches is not None
    and one.name not in _ON_PAGES
]

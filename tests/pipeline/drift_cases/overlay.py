"""Cases of the drift laboratory: what changes make of our corrections and rulings; and the recording's move."""

from __future__ import annotations

from typing import Any

from tests.pipeline.drift_cases.case import (
    Asked,
    Bench,
    Cases,
    Correction,
    Expected,
    NotApplicableError,
    Sheet,
    Told,
    clone,
)

case = Cases()


def _one(found: list[Correction], what: str) -> Correction:
    if not found:
        raise NotApplicableError(f"no action of the overlay {what}")
    return found[0]


def _added_operations(bench: Bench) -> list[tuple[Correction, str, Any]]:
    """What the overlay adds because pages tell it in prose only: the action, the path, and the path's item."""
    published = {sheet.path for sheet in bench.sheets}
    found = []
    for action in bench.corrections(lambda target, action: target == "$.paths" and "update" in action):
        found += [
            (action, path, item)
            for path, item in action.node["update"].items()
            if path.startswith("/") and path not in published
        ]
    if not found:
        raise NotApplicableError("the overlay adds no operation")
    return found


@case("overlay", "deprecated audio")
def correction_needless(bench: Bench) -> Expected:
    """The vendor now says what an action says, to the letter."""
    sheet = bench.audio
    target = f"$.paths['{sheet.path}'].{sheet.method}"
    fits = bench.corrections(lambda at, action: at == target and "deprecated" in action.get("update", {}))
    action = _one(fits, f"says more of {sheet.declared}")
    sheet.operation.update(clone(action.node["update"]))
    told = [Told("", "operation", sheet, key) for key in action.node["update"]]
    asked = [Asked("needless", action.file, "drop", target=target)]
    return Expected(2, told, asked)


@case("overlay", "deprecated audio", alone=True)
def correction_partly_said_by_the_vendor(bench: Bench) -> Expected:
    """As long as an action still does something, nobody has to look."""
    sheet = bench.audio
    if "deprecated" in sheet.operation:
        raise NotApplicableError(f"{sheet.declared} is deprecated already")
    sheet.operation["deprecated"] = True
    return Expected(1, [Told("added", "operation", sheet, "deprecated: True")])


@case("overlay", "error")
def correction_needless_in_several_documents(bench: Bench) -> Expected:
    """A component that an action extends is published just so, on every page that carries it."""
    for name in bench.audio.document["components"]["schemas"]:
        target = f"$.components.schemas.{name}"
        fits = bench.corrections(lambda at, action, target=target: at == target and "update" in action)  # type: ignore[misc]
        if fits:
            break
    else:
        raise NotApplicableError("no action extends a schema that both pages carry")
    update = fits[0].node["update"]
    for sheet in bench.sheets:
        schema = sheet.document["components"]["schemas"].get(name)
        if schema is not None:
            schema["properties"].update(clone(update.get("properties", {})))
            schema.update({key: value for key, value in update.items() if key != "properties"})
            sheet.document["openapi"] = "3.1.0"  # which is what the overlay speaks
    told = [Told("added", "schema", name, breaking=False)]
    # Where it appends to a list, it is not needless by the letter: it would say the same twice.
    return Expected(2, told, [Asked("", fits[0].file, target=target)])


@case("overlay", "root servers")
def correction_dead(bench: Bench) -> Expected:
    """What an action takes away, no page says any more: each operation names its hosts itself."""
    servers = bench.audio.document.get("servers")
    action = _one(bench.corrections(lambda at, a: at == "$.servers" and bool(a.get("remove"))), "removes the servers")
    for sheet in bench.sheets:
        if sheet.document.pop("servers", None) is None:
            raise NotApplicableError("the documents have no servers at their root")
        sheet.operation.setdefault("servers", clone(servers))
    return Expected(2, asked=[Asked("dead", action.file, target=action.target)])


@case("overlay", "tags")
def correction_would_repeat(bench: Bench) -> Expected:
    """An action appends to a list what the vendor's list now has itself."""
    action = _one(bench.corrections(lambda at, _: at == "$.tags"), "adds a tag")
    sheet = bench.detail
    sheet.document.setdefault("tags", []).extend(clone(action.node["update"]))
    told = [Told("added", "document", "", "tags")]
    return Expected(2, told, [Asked("repeated", action.file, target=action.target)])


def _page_of(bench: Bench, path: str, method: str, operation: Any) -> Sheet:
    """A page of one more operation, in a document that agrees with the others."""
    model = bench.detail
    document = clone(model.document)
    document["paths"] = {path: {method: operation}}
    slug = "the-new-page"
    url = f"{model.url.rpartition('/')[0]}/{slug}"
    return Sheet(f"polyai/{slug}.yaml", "A new page", url, "", document, f"{method.upper()} {path}")


def _new_files(sheet: Sheet) -> list[Told]:
    return [Told("added", "document", f"specs/{sheet.file}"), Told("added", "operation", sheet.declared)]


@case("new page", "new page")
def operation_that_the_overlay_adds_is_published(bench: Bench) -> Expected:
    """In the vendor's own words, which are not ours."""
    action, path, item = _added_operations(bench)[0]
    method = next(iter(item))
    responses = {"200": {"description": "What was asked for."}, "404": {"$ref": "#/components/responses/NotFound"}}
    operation = {
        "summary": "As the vendor tells it",
        "parameters": [_path_parameter(name) for name in _placeholders(path)],
        "responses": responses,
    }
    sheet = _page_of(bench, path, method, operation)
    bench.sheets.append(sheet)
    asked = [Asked("published", action.file, "drop", sheet.declared)]
    return Expected(2, _new_files(sheet), asked)


def _placeholders(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]


def _path_parameter(name: str) -> Any:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


@case("new page", "new page", alone=True)
def all_operations_that_the_overlay_adds_are_published(bench: Bench) -> Expected:
    """Each on a page of its own: every action that adds one is to be dropped, and each is told."""
    told: list[Told] = []
    asked: list[Asked] = []
    for number, (action, path, item) in enumerate(_added_operations(bench)):
        method = next(iter(item))
        operation = {
            "parameters": [_path_parameter(name) for name in _placeholders(path)],
            "responses": {"200": {"description": "What was asked for."}},
        }
        sheet = _page_of(bench, path, method, operation)
        sheet.file, sheet.url = f"polyai/page-{number}.yaml", f"{sheet.url}-{number}"
        sheet.file = f"polyai/{sheet.slug}.yaml"
        bench.sheets.append(sheet)
        told += _new_files(sheet)
        asked.append(Asked("published", action.file, "drop", sheet.declared))
    return Expected(2, told, asked)


@case("new page", "new page", program=True)
def new_page_of_an_unknown_operation(bench: Bench) -> Expected:
    operation = {"summary": "List the agents", "responses": {"200": {"description": "The agents."}}}
    sheet = _page_of(bench, "/v1/agents", "get", operation)
    bench.sheets.append(sheet)
    asked = [Asked("unnamed", "overlay/polyai/", "name", sheet.declared)]
    return Expected(2, _new_files(sheet), asked)


@case("overlay", "components")
def component_that_the_overlay_adds_is_published(bench: Bench) -> Expected:
    """One of several things that an action adds: the action is still needed for the others."""
    sheet = bench.detail
    actions = bench.corrections(lambda at, a: at == "$.components" and len(a.get("update", {}).get("schemas", {})) > 0)
    action = _one(actions, "adds schemas beside others")
    name, schema = next(iter(action.node["update"]["schemas"].items()))
    others = [one for kind in action.node["update"].values() for one in kind if one != name]
    if not others:
        raise NotApplicableError("the action adds nothing else")
    sheet.document["components"]["schemas"][name] = clone(schema)
    told = [Told("added", "schema", name)]
    # Dropping the whole action would take the others away.
    return Expected(2, told, [Asked("published", action.file, "mend", "that part of the action")])


@case("conflict", "error")
def conflict_between_two_pages(bench: Bench) -> Expected:
    """What both carry, one says otherwise now."""
    sheet = bench.audio
    shared = [name for name in sheet.document["components"]["schemas"] if name in _schemas(bench.detail)]
    if not shared:
        raise NotApplicableError("the pages have no schema in common")
    name = shared[0]
    sheet.document["components"]["schemas"][name]["properties"]["hint"] = {"type": "string"}
    text = f"/components/schemas/{name}"
    asked = [Asked("conflict", "overlay/bundle.yaml", "rule", text)]
    return Expected(2, [Told("added", "schema", name, "properties hint", breaking=False)], asked)


def _schemas(sheet: Sheet) -> Any:
    return sheet.document["components"]["schemas"]


@case("conflict", "root servers")
def conflict_of_servers(bench: Bench) -> Expected:
    """A host more on one page only, where both said the same."""
    sheet = bench.audio
    sheet.document["servers"].append({"url": "https://api.example.test"})
    asked = [Asked("conflict", "overlay/bundle.yaml", "rule", "/servers")]
    told = [Told("added", "operation", sheet, "server https://api.example.test", breaking=False)]
    return Expected(2, told, asked)


@case("conflict", "info")
def ruling_no_longer_needed(bench: Bench) -> Expected:
    """The pages agree again on what a ruling settles."""
    one, other = bench.audio, bench.detail
    if one.document["info"] == other.document["info"]:
        raise NotApplicableError("the pages agree already")
    one.document["info"] = clone(other.document["info"])
    told = [Told("changed", "document", "", "info description", wording=True, breaking=False)]
    return Expected(2, told, [Asked("conflict", "overlay/bundle.yaml", "rule", "/info")])


@case("conflict", "info")
def conflict_that_a_ruling_still_settles(bench: Bench) -> Expected:
    """The loser of a ruling says something else now, and still loses."""
    sheet = bench.audio
    if sheet.document["info"] == bench.detail.document["info"]:
        raise NotApplicableError("the pages agree, and no ruling is needed")
    sheet.document["info"]["description"] = "The recordings."
    told = [Told("changed", "document", "", "info description", wording=True, breaking=False)]
    return Expected(1, told)


# The move that has happened already, in prose only: this is what its page would be.


def _moved_recording(bench: Bench) -> tuple[Sheet, str, list[Asked]]:
    detail, sheet = bench.detail, bench.audio
    path = f"{detail.path}/audio"
    if sheet.path == path:
        raise NotApplicableError("the recording is there already")
    old, old_path = sheet.declared, sheet.path
    asked = [
        Asked("dead", one.file, "drop", f"GET {path}", target=one.target) for one in bench.about(f"['{old_path}']")
    ]
    added = bench.corrections(lambda at, action: at == "$.paths" and path in action.get("update", {}))
    asked += [Asked("published", one.file, "drop", f"GET {path}") for one in added]
    sheet.move(path)
    own = [clone(one) for one in detail.operation["parameters"] if one["in"] == "path"]
    own += [one for one in sheet.operation["parameters"] if one["in"] != "path"]
    sheet.operation["parameters"] = own
    sheet.operation["servers"] = clone(detail.operation["servers"])
    return sheet, old, asked


@case("move", "audio path", "enum", "boolean", "deprecated audio", program=True)
def the_recording_moved(bench: Bench) -> Expected:
    """The real one: from the platform hosts to those of the detail, below its path."""
    sheet, old, asked = _moved_recording(bench)
    hosts = [server["url"] for server in sheet.operation["servers"]]
    told = [Told("moved", "operation", old, f"to {sheet.path} at {', '.join(hosts)}", breaking=True)]
    told += [Told("", "operation", sheet, "parameters", may=True)]
    return Expected(2, told, _with_platform(asked))


@case("move", "audio path", "content type", "words", alone=True)
def the_recording_moved_in_other_words(bench: Bench) -> Expected:
    sheet, old, asked = _moved_recording(bench)
    sheet.operation["summary"] = "Get conversation audio"
    sheet.operation["description"] = "Returns a WAV file."
    sheet.title = "Get the audio of a conversation"
    told = [Told("moved", "operation", old, f"to {sheet.path} at ", breaking=True)]
    told += [Told("", "operation", sheet, "parameters", may=True)]
    told += [Told("changed", "operation", sheet, word, wording=True) for word in ("summary", "description")]
    return Expected(2, told, _with_platform(asked))


def _with_platform(asked: list[Asked]) -> list[Asked]:
    # What was done for the hosts and the parameters of the old operation alone may find nothing to do now.
    return [*asked, Asked("dead", "overlay/polyai/80-servers", may=True)]


@case("page", "gone", alone=True)
def page_gone_from_the_folder(bench: Bench) -> Expected:
    """Everything that the page alone had goes with it."""
    sheet = bench.audio
    sheet.gone = True
    told = [Told("removed", "operation", sheet.declared, breaking=True), Told("removed", "document")]
    asked = [Asked("gone", f"specs/{sheet.file}", "drop")]
    asked += [Asked("dead", one.file, "drop", target=one.target) for one in bench.about(f"['{sheet.path}']")]
    # A ruling between two pages speaks of one that is gone.
    asked += [Asked("conflict", "overlay/bundle.yaml", "rule")]
    return Expected(2, told, asked)


@case("page", "gone", alone=True)
def page_gone_and_another_new(bench: Bench) -> Expected:
    """A page that goes takes its operation with it, whatever comes in its place."""
    gone = page_gone_from_the_folder(bench)
    added = new_page_of_an_unknown_operation(bench)
    assert isinstance(gone, Expected)
    assert isinstance(added, Expected)
    return gone + added

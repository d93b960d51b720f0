"""Cases of the drift laboratory: what vendors change in operations, their parameters, answers, hosts and keys."""

from __future__ import annotations

from typing import Any

from tests.pipeline.drift_cases.case import Asked, Bench, Cases, Expected, NotApplicableError, Sheet, Told, clone

case = Cases()

HOST = "https://api.example.test"


def _lost(bench: Bench, path: str) -> list[Asked]:
    """What corrections of an operation ask for that they find no more at the path they spell out."""
    spelled = f"['{path}']"
    asked = [Asked("dead", one.file, "mend", target=one.target) for one in bench.about(spelled)]
    # What these gave the operation, later actions take for granted: they find less, or nothing.
    return [*asked, Asked("dead", "overlay/polyai/80-servers", may=True)] if asked else asked


def _all_hosts(bench: Bench) -> list[dict[str, str]]:
    """The servers that every document says at its root, which have to stay alike."""
    servers = [sheet.document.get("servers") for sheet in bench.sheets]
    if not servers[0] or any(other != servers[0] for other in servers):
        raise NotApplicableError("the documents have no servers in common")
    shared: list[dict[str, str]] = clone(servers[0])
    return shared


def _moved(bench: Bench, sheet: Sheet, path: str, *words: str) -> Expected:
    old_name, old_path = sheet.declared, sheet.path
    sheet.move(path)
    asked = _lost(bench, old_path)
    if asked:
        asked.append(Asked("unnamed", advice="name", text=sheet.declared))
    told = [Told("moved", "operation", old_name, word, breaking=True) for word in (f"from {old_path}", f"to {path}")]
    told += [Told("moved", "operation", old_name, word) for word in words]
    return Expected(2, told, asked)


@case("operation", "path")
def operation_moved_to_another_path(bench: Bench) -> Expected:
    sheet = bench.detail
    return _moved(bench, sheet, f"/v9{sheet.path}")


@case("operation", "hosts", program=True)
def operation_moved_to_another_host(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["servers"] = [{"url": HOST, "description": "The one host"}]
    return Expected(2, [Told("moved", "operation", sheet.declared, f"at {HOST}", breaking=True)])


@case("operation", "path", "hosts", alone=True)
def operation_moved_to_another_path_and_host(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["servers"] = [{"url": HOST}]
    return _moved(bench, sheet, f"/v9{sheet.path}", f"at {HOST}")


@case("operation", "path", "path parameters")
def operation_renamed_its_path_parameters(bench: Bench) -> Expected:
    """The same address for whoever calls it, spelled another way."""
    sheet = bench.detail
    path = sheet.path
    told = []
    for parameter in sheet.operation["parameters"]:
        if parameter["in"] == "path":
            old, new = parameter["name"], f"{parameter['name']}_"
            path = path.replace(f"{{{old}}}", f"{{{new}}}")
            parameter["name"] = new
            told.append(Told("", "operation", "", f"parameters {old} (path)"))
            told.append(Told("", "operation", "", f"{new} (path)", may=True))
    moved = _moved(bench, sheet, path)
    return moved + Expected(2, told)


@case("operation", "operationId")
def operation_id_published(bench: Bench) -> Expected:
    """Where it had none: our own correction still gives it the name that we use."""
    sheet = bench.detail
    if "operationId" in sheet.operation:
        raise NotApplicableError(f"{sheet.declared} has an operationId already")
    sheet.operation["operationId"] = "fetchOneConversation"
    return Expected(1, [Told("added", "operation", sheet, "operationId: 'fetchOneConversation'")])


@case("operation", "path", alone=True)
def operation_with_another_method(bench: Bench) -> Expected:
    """Another method is another operation, however alike the rest is."""
    sheet = bench.detail
    old_name, old_path = sheet.declared, sheet.path
    sheet.move(sheet.path, "post")
    asked = [Asked("dead", one.file, "drop", target=one.target) for one in bench.about(f"['{old_path}'].get")]
    told = [
        Told("removed", "operation", old_name, breaking=True),
        Told("added", "operation", sheet.declared, breaking=False),
    ]
    asked += [Asked("unnamed", advice="name", text=sheet.declared), Asked("dead", "overlay/polyai/80-", may=True)]
    return Expected(2, told, asked)


@case("operation", "operation added")
def operation_added_to_a_block(bench: Bench) -> Expected:
    sheet = bench.detail
    item = sheet.document["paths"][sheet.path]
    item["delete"] = {
        "summary": "Forget a conversation",
        "parameters": clone([one for one in sheet.operation["parameters"] if one["in"] == "path"]),
        "responses": {"204": {"description": "Forgotten."}},
    }
    name = f"DELETE {sheet.path}"
    return Expected(
        2, [Told("added", "operation", name, breaking=False)], [Asked("unnamed", "overlay/polyai/", "name", name)]
    )


@case("operation", "deprecated")
def operation_deprecated(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["deprecated"] = True
    return Expected(1, [Told("added", "operation", sheet, "deprecated: True")])


@case("parameter", "parameter added")
def parameter_added(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["parameters"].append({"name": "includeTurns", "in": "query", "schema": {"type": "boolean"}})
    told = Told("added", "operation", sheet, "parameters includeTurns (query)", breaking=False)
    return Expected(1, [told], surface=["include_turns"])


@case("parameter", "parameter added")
def parameter_added_that_is_required(bench: Bench) -> Expected:
    sheet = bench.detail
    new = {"name": "purpose", "in": "query", "required": True, "schema": {"type": "string"}}
    sheet.operation["parameters"].append(new)
    return Expected(1, [Told("added", "operation", sheet, "parameters purpose (query)", breaking=True)])


def _enum(sheet: Sheet) -> Any:
    return sheet.parameter(lambda schema: "enum" in schema)


def _looking_for(bench: Bench, parameter: Any) -> list[Asked]:
    """The actions that look for a parameter of that name, and then find none."""
    return [Asked("dead", one.file, target=one.target) for one in bench.about(f"@.name == '{parameter['name']}'")]


@case("parameter", "enum")
def parameter_removed(bench: Bench) -> Expected:
    sheet = bench.audio
    parameter = _enum(sheet)
    sheet.operation["parameters"].remove(parameter)
    asked = _looking_for(bench, parameter)
    told = Told("removed", "operation", sheet, f"parameters {parameter['name']} (query)", breaking=True)
    return Expected(2 if asked else 1, [told], asked)


@case("parameter", "enum")
def parameter_renamed(bench: Bench) -> Expected:
    sheet = bench.audio
    parameter = _enum(sheet)
    asked = _looking_for(bench, parameter)
    old = parameter["name"]
    parameter["name"] = "side"
    told = Told("renamed", "operation", sheet, f"parameters {old} (query) to side (query)", breaking=True)
    return Expected(2 if asked else 1, [told], asked)


@case("parameter", "enum")
def parameter_required_now(bench: Bench) -> Expected:
    sheet = bench.audio
    parameter = _enum(sheet)
    parameter["required"] = True
    return Expected(
        1, [Told("", "operation", sheet, f"parameters {parameter['name']} (query) required", breaking=True)]
    )


@case("parameter", "boolean")
def parameter_default_changed(bench: Bench) -> Expected:
    sheet = bench.audio
    parameter = sheet.parameter(lambda schema: isinstance(schema.get("default"), bool))
    old = parameter["schema"]["default"]
    parameter["schema"]["default"] = not old
    detail = f"parameters {parameter['name']} (query) schema default: {old} is now {not old}"
    return Expected(1, [Told("changed", "operation", sheet, detail)])


@case("parameter", "enum")
def enum_value_added(bench: Bench) -> Expected:
    sheet = bench.audio
    parameter = _enum(sheet)
    parameter["schema"]["enum"].append("whisper")
    told = Told(
        "added", "operation", sheet, f"parameters {parameter['name']} (query) schema enum `whisper`", breaking=False
    )
    return Expected(1, [told])


@case("parameter", "enum")
def enum_value_removed(bench: Bench) -> Expected:
    sheet = bench.audio
    parameter = _enum(sheet)
    value = parameter["schema"]["enum"].pop()
    detail = f"parameters {parameter['name']} (query) schema enum `{value}`"
    return Expected(1, [Told("removed", "operation", sheet, detail, breaking=True)])


@case("parameter", "order", "enum", "boolean", alone=True)
def parameters_in_another_order(bench: Bench) -> Expected:
    """Parameters have names: their order says nothing."""
    sheet = bench.audio
    sheet.operation["parameters"].reverse()
    return Expected(1)


@case("response", "422")
def response_added(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation["responses"]["422"] = {"$ref": "#/components/responses/BadRequest"}
    return Expected(1, [Told("added", "operation", sheet, "responses 422")])


@case("response", "500")
def response_removed(bench: Bench) -> Expected:
    sheet = bench.detail
    del sheet.operation["responses"]["500"]
    return Expected(1, [Told("removed", "operation", sheet, "responses 500")])


@case("response", "200")
def response_status_changed(bench: Bench) -> Expected:
    sheet = bench.detail
    responses = sheet.operation["responses"]
    sheet.operation["responses"] = {"202" if code == "200" else code: one for code, one in responses.items()}
    told = [
        Told("removed", "operation", sheet, "responses 200", breaking=True),
        Told("added", "operation", sheet, "responses 202"),
    ]
    return Expected(1, told)


@case("response", "content type")
def content_type_added(bench: Bench) -> Expected:
    sheet = bench.audio
    content = sheet.operation["responses"]["200"]["content"]
    content["audio/mpeg"] = clone(next(iter(content.values())))
    return Expected(1, [Told("added", "operation", sheet, "responses 200 content audio/mpeg", breaking=False)])


@case("response", "content type")
def content_type_replaced(bench: Bench) -> Expected:
    sheet = bench.audio
    content = sheet.operation["responses"]["200"]["content"]
    old = next(iter(content))
    sheet.operation["responses"]["200"]["content"] = {"audio/flac": content[old]}
    told = [
        Told("removed", "operation", sheet, f"responses 200 content {old}", breaking=True),
        Told("added", "operation", sheet, "responses 200 content audio/flac", breaking=False),
    ]
    # How the generator is to read what it does not know, a person must tell it.
    return Expected(2, told, [Asked("generation", "overlay/", "mend", full=True)], quick=1)


def _server(url: str) -> Asked:
    """The overlay tells the servers with their regions: one that came or went has to be told there."""
    return Asked("server", "overlay/polyai/", "mend", text=url)


@case("server", "hosts")
def server_added_to_an_operation(bench: Bench) -> Expected:
    sheet = bench.detail
    sheet.operation.setdefault("servers", _all_hosts(bench)).append({"url": HOST, "description": "One more"})
    return Expected(2, [Told("added", "operation", sheet, f"server {HOST}", breaking=False)], [_server(HOST)])


@case("server", "hosts")
def server_removed_from_an_operation(bench: Bench) -> Expected:
    sheet = bench.detail
    gone = sheet.operation.setdefault("servers", _all_hosts(bench)).pop()
    return Expected(2, [Told("removed", "operation", sheet, f"server {gone['url']}")], [_server(gone["url"])])


@case("server", "root servers")
def server_added_to_all_documents(bench: Bench) -> Expected:
    hosts = [*_all_hosts(bench), {"url": HOST, "description": "One more"}]
    for sheet in bench.sheets:
        sheet.document["servers"] = clone(hosts)
    return Expected(2, [Told("added", "operation", bench.audio, f"server {HOST}", breaking=False)], [_server(HOST)])


@case("server", "root servers")
def server_removed_from_all_documents(bench: Bench) -> Expected:
    hosts = _all_hosts(bench)
    gone = hosts.pop()
    for sheet in bench.sheets:
        sheet.document["servers"] = clone(hosts)
    return Expected(2, [Told("removed", "operation", bench.audio, f"server {gone['url']}")], [_server(gone["url"])])


def _scheme(bench: Bench) -> str:
    for sheet in bench.sheets:
        for name in sheet.document["components"].get("securitySchemes", {}):
            return str(name)
    raise NotApplicableError("no document names how a key is sent")


@case("security", "scheme")
def security_scheme_changed(bench: Bench) -> Expected:
    """The key travels in another header."""
    name = _scheme(bench)
    old = ""
    for sheet in bench.sheets:
        scheme = sheet.document["components"]["securitySchemes"][name]
        old, scheme["name"] = scheme["name"], "x-other-key"
    detail = f"name: '{old}' is now 'x-other-key'"
    return Expected(1, [Told("changed", "component", f"securitySchemes/{name}", detail, breaking=True)])


@case("security", "security")
def security_of_an_operation_changed(bench: Bench) -> Expected:
    """The operation may be called without a key."""
    sheet = bench.detail
    sheet.operation["security"] = [{}]
    return Expected(1, [Told("added", "operation", sheet, "security")])


@case("security", "root security", "scheme")
def security_of_all_documents_changed(bench: Bench) -> Expected:
    """Another way of sending a key is allowed beside the one that there was."""
    for sheet in bench.sheets:
        sheet.document["security"].append({"BearerAuth": []})
        sheet.document["components"]["securitySchemes"]["BearerAuth"] = {"type": "http", "scheme": "bearer"}
    told = [
        Told("added", "document", "", "security BearerAuth", breaking=False),
        Told("added", "component", "securitySchemes/BearerAuth", breaking=False),
    ]
    return Expected(1, told)

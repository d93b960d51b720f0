"""What we have, operation by operation, and which offered operation is the same."""

from __future__ import annotations

import copy
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from drift_report.likeness import Operation, likeness, matched, operations_of
from drift_report.normal import normal
from pipeline.bundle import Source, lifted
from pipeline.cut import cut
from pipeline.lift import examples_of_schemas, own_parameters
from pipeline.openapi import METHODS, followed, walk
from pipeline.patch import Patched
from pipeline.recognise import shape
from pipeline.sources import Entry

_NAMES = frozenset(("operationId", "tags"))
"""Keys of an operation that say what it is called, not what it does."""


@dataclass(frozen=True)
class Ours:
    """An operation that we have, and the document that has it.

    `kind` is that of its source, or `overlay` where an action of the overlay writes the operation; the operation's
    `file` is then empty, and the document the patched one.
    """

    vendor: str
    kind: str
    operation: Operation
    document: Any


def have(documents: Mapping[str, tuple[Entry, Any]], patched: Mapping[str, Patched]) -> list[Ours]:
    """All that we have: in the documents of specs/, by file and each with its entry, and in the overlay of a vendor."""
    result = [
        Ours(file.partition("/")[0], str(entry["kind"]), operation, document)
        for file, (entry, document) in documents.items()
        for operation in operations_of(document, file).values()
        if operation.name in entry.get("operations", [operation.name])
    ]
    for vendor, one in patched.items():
        named = {ours.operation.name for ours in result if ours.vendor == vendor}
        written = operations_of(one.patched, "").values()
        result += [Ours(vendor, "overlay", it, one.patched) for it in written if it.name not in named]
    return result


def title_of(document: Any) -> str | None:
    """The title of a document, which may be unsound."""
    info = document.get("info")
    return str(info["title"]) if isinstance(info, dict) and "title" in info else None


def pairs(offered: Collection[Operation], ours: Collection[Ours]) -> list[tuple[Ours, Operation]]:
    """The offered operations that we have: at the same path, or alike and of the same vendor.

    Of the same vendor is what has a server of ours, or another operation at one of our paths.
    """
    by_shape = {shape(it.name): it for it in offered}
    result = [(one, by_shape[shape(one.operation.name)]) for one in ours if shape(one.operation.name) in by_shape]
    urls = {url for it in offered for url in it.urls}
    vendors = {one.vendor for one, _ in result} | {one.vendor for one in ours if urls & {*one.operation.urls}}
    if len(offered) > 1 or not result:  # a document with one operation is no statement about others
        had, taken = [one for one, _ in result], [it for _, it in result]
        rest = [one for one in ours if one.vendor in vendors and one not in had]
        others = [it for it in offered if it not in taken and _is_sound(it.node)]
        result += matched(rest, others, lambda one, it: likeness(one.operation, it))
    return result


def _is_sound(node: Any) -> bool:
    """Whether an operation, which was not checked yet, can be held against others."""
    return isinstance(node.get("parameters", []), list) and isinstance(node.get("responses", {}), dict)


def collection(path: str) -> str:
    """The part of a path up to the last list that it takes a member of."""
    return re.sub(r"/\{[^{}]*\}(/[^{}]*)?$", "", path)


def comparable(document: Any, names: Mapping[str, str]) -> Any:
    """The operations `names` of a document as 3.1, each under the method and path that it maps to.

    Less what they are called and what only the overlay says; each with its own parameters, servers and keys.
    """
    part = lifted(Source("", cut(document, names)))[0].document
    examples_of_schemas(part)
    part = normal(part)
    schemes = part.get("components", {}).pop("securitySchemes", {})
    every = operations_of(part, "")
    paths: dict[str, Any] = {}
    for name, other in names.items():
        method, _, path = other.partition(" ")
        node = {key: value for key, value in at_path(part, every[name], path).items() if key not in _NAMES}
        node["servers"] = [
            {key: server[key] for key in ("url", "variables") if key in server} for server in every[name].servers
        ]
        node["security"] = keys(node.get("security"), schemes)
        paths.setdefault(path, {})[method.lower()] = node
    components = part.get("components", {})
    components = {kind: members for kind, members in components.items() if kind != "parameters"}
    result = {"openapi": "3.1.0", "paths": paths, "components": components}
    for item in walk(result):
        if item.kind not in {"document", "components"}:
            for key in [key for key in item.node if str(key).startswith("x-")]:
                del item.node[key]
    return result


def at_path(document: Any, operation: Operation, path: str) -> dict[str, Any]:
    """The node of an operation, with the parameters of its path called as they are in `path`."""
    new = dict(zip(re.findall(r"\{([^{}]*)\}", operation.path), re.findall(r"\{([^{}]*)\}", path), strict=False))
    listed = [
        {**one, "name": new.get(one.get("name"), one.get("name"))} if one.get("in") == "path" else one
        for one in (followed(document, node) for node in operation.node.get("parameters", ()))
    ]
    return {**operation.node, **({"parameters": listed} if listed else {})}


def keys(security: Any, schemes: Mapping[str, Any]) -> list[Any]:
    """Security requirements by what each scheme is, not by what it is called."""

    def label(name: str) -> str:
        scheme = schemes.get(name, {})
        return " ".join(str(scheme.get(key, "")) for key in ("type", "scheme", "in", "name")).lower()

    return [{label(name): scopes for name, scopes in requirement.items()} for requirement in security or ()]


def laid_out_as(present: Any, ours: Operation, document: Any, theirs: Operation) -> dict[str, Any]:
    """The offered operation `theirs` of `document` in the layout of the `present` document, which has `ours`.

    What describes all operations together, and what both say alike in another place, is as in `present`: a difference
    of layout is none.
    """
    path = ours.path if shape(theirs.name) == shape(ours.name) else theirs.path
    part = copy.deepcopy(cut(document, {theirs.name}))
    own_parameters(part)
    node = at_path(part, operations_of(part, "")[theirs.name], path)
    components = dict(part.get("components") or {})
    schemes, own = (side.get("components", {}).get("securitySchemes", {}) for side in (part, present))
    asked, asks = (it.get("security", side.get("security")) for it, side in ((node, part), (ours.node, present)))
    if keys(asked, schemes) == keys(asks, own):
        node = {**node, "security": ours.node.get("security")}
        components["securitySchemes"] = own
    else:
        node["security"] = asked
    node["servers"] = ours.node.get("servers") if theirs.urls == ours.urls else list(theirs.servers)
    node = {key: value for key, value in node.items() if value is not None}
    item = {key: v for key, v in present["paths"][ours.path].items() if key not in {*METHODS, "parameters"}}
    rest = {key: value for key, value in present.items() if key not in {"openapi", "paths", "components"}}
    result = {"openapi": document["openapi"], **rest, "paths": {path: {**item, theirs.method: node}}}
    return {**cut({**result, "components": components}, {f"{theirs.method.upper()} {path}"}), **rest}

"""One way to write what a document says, so that another way of writing the same is no difference.

References stay: `changes.py` follows one where the other side does not have the same.
"""

from __future__ import annotations

import copy
from typing import Any

from pipeline.lift import own_parameters, unwrap
from pipeline.openapi import REFERABLE, differ, walk

_NO: dict[str, Any] = dict.fromkeys(("deprecated", "required", "allowEmptyValue", "allowReserved"), False)
_EFFECTLESS: dict[str, dict[str, Any]] = {
    "document": {"tags": [], "webhooks": {}, "components": {}},
    "operation": {"deprecated": False, "parameters": [], "tags": [], "callbacks": {}},
    "parameter": _NO,
    "header": _NO,
    "request_body": {"required": False},
    "response": {"headers": {}, "content": {}, "links": {}},
    "media_type": {"schema": {}, "encoding": {}},
    "schema": {
        **dict.fromkeys(("nullable", "deprecated", "readOnly", "writeOnly", "uniqueItems"), False),
        **dict.fromkeys(("minLength", "minItems", "minProperties"), 0),
        "required": [],
        "allOf": [],
        "properties": {},
        "additionalProperties": {},
        "unevaluatedProperties": {},
        "items": {},
    },
}
"""By the kind of an object, the keys that mean nothing if they have this value."""


def normal(document: Any) -> Any:
    """A copy of a plain document in normal form; None stays None.

    What has no effect is left out, and what an operation inherits from its path or from the document stands in it.
    """
    made = copy.deepcopy(document)
    if not isinstance(made, dict):
        return made
    old = str(made.get("openapi")).startswith("3.0.")
    security = made.pop("security", None)
    own_parameters(made)
    for item in walk(made):  # which yields the outer objects first, and then what they contain after this
        node = item.node
        if (
            isinstance(node.get("$ref"), str)
            and (old or item.kind != "schema")
            and item.kind in REFERABLE - {"path_item"}
        ):
            for key in node.keys() - {"$ref"}:  # only beside that of a schema, and only since 3.1, they have an effect
                del node[key]
        elif item.kind == "operation":
            _inherit_security(node, security)
        elif item.kind in {"parameter", "header"}:
            _drop_default_style(node, item.kind)
        elif item.kind == "schema":
            _write_one_way(node)
        _drop_effectless(node, item.kind)
    return made


def _inherit_security(operation: dict[str, Any], inherited: Any) -> None:
    own = operation.pop("security", inherited)
    if own and own != [{}]:
        operation["security"] = copy.deepcopy(own)


def _drop_default_style(node: dict[str, Any], kind: str) -> None:
    form = kind == "parameter" and node.get("in") in {"query", "cookie"}
    style = node.get("style", "form" if form else "simple")
    if node.get("explode") is (style == "form"):
        del node["explode"]
    if style == ("form" if form else "simple"):
        node.pop("style", None)


def _drop_effectless(node: dict[str, Any], kind: str) -> None:
    for key, value in _EFFECTLESS.get(kind, {}).items():
        if key in node and (not differ(node[key], value) or (value == {} and node[key] is True)):
            del node[key]


def _write_one_way(schema: dict[str, Any]) -> None:
    _drop_effectless(schema, "schema")
    parts = schema.get("allOf")
    if isinstance(parts, list) and len(parts) == 1 and isinstance(parts[0], dict):
        _drop_effectless(parts[0], "schema")
        unwrap(schema, references=True)
        if schema.get("allOf") is not parts:
            _write_one_way(schema)
    for key in ("type", "enum", "required", "allOf", "anyOf"):  # of which a member counts once
        if isinstance(several := schema.get(key), list):
            schema[key] = [one for at, one in enumerate(several) if all(differ(one, other) for other in several[:at])]
    if isinstance(schema.get("type"), list) and len(schema["type"]) == 1:
        schema["type"] = schema["type"][0]
    if "const" in schema and "enum" not in schema:
        schema["enum"] = [schema.pop("const")]

"""How messages name the parts of a document."""

from __future__ import annotations

from typing import Any

from pipeline.openapi import followed

_LONGEST = 80

Members = dict[str, tuple[str, Any]]
"""The children of a node, each with its key, by the label that messages use."""


def members(node: Any, document: Any) -> Members | None:
    """The children of a node; None for a scalar."""
    if isinstance(node, dict):
        return {str(key): (str(key), value) for key, value in node.items()}
    if not isinstance(node, list):
        return None
    named: Members = {}
    for index, item in enumerate(node):
        label = _label(item, document) or f"[{index}]"
        named[label if label not in named else f"[{index}]"] = (str(index), item)
    return named


def _label(item: Any, document: Any) -> str | None:
    if not isinstance(item, (dict, list)):
        return f"`{short(item).strip(chr(39))}`"
    if isinstance(item, dict):
        parameter = followed(document, item)
        if isinstance(parameter, dict) and "name" in parameter and "in" in parameter:
            return f"{parameter['name']} ({parameter['in']})"
        for key in ("$ref", "url", "name"):
            if isinstance(item.get(key), str):
                return str(item[key]).rpartition("/")[2] if key == "$ref" else str(item[key])
        if len(item) == 1:
            return str(next(iter(item)))
    return None


def short(value: Any) -> str:
    if isinstance(value, (dict, list)):
        text = ", ".join(map(str, value))
        text = f"{{{text}}}" if isinstance(value, dict) else f"[{text}]"
    else:
        text = " ".join(repr(value).split())
    text = text.replace("`", "'")  # backquotes mark code in the report
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"

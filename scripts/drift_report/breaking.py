"""Which differences break callers, and which add something that callers may send.

What callers send may be more than before, and what they receive less: the other way round they break. Clients have to
bear further fields of a response, and further values of its enums.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from pipeline.openapi import GRAMMAR, Pointer, followed, references, resolve, target_pointer

SENT, RECEIVED = "sent", "received"
Uses = dict[Pointer, set[str]]
"""By the pointer of a component, whether it is sent in requests, received in responses, or both."""

_UPPER = frozenset(("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties"))
_LOWER = frozenset(("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties"))
_LIMITS = _UPPER | _LOWER | {"pattern", "multipleOf", "uniqueItems", "enum", "additionalProperties", "not"}
"""What a schema accepts; a client reads a response without them just as well."""
_TYPES = frozenset(("type", "format", "contentEncoding", "required", "schema", "items", "allOf", "anyOf", "oneOf"))
"""What a client has to know to read a response; those in `_UNITED` accept more with each of their members."""
_UNITED = frozenset(("type", "enum", "anyOf", "oneOf"))
_ABSENT = object()


def uses(*documents: Any) -> Uses:
    links: dict[Pointer, set[Pointer]] = {}
    waiting: list[tuple[Pointer, str]] = []
    for document in documents:
        for at, holder, key in references(document):
            target = target_pointer(holder[key])[:3]
            if at[0] == "paths":
                waiting += [(target, direction) for direction in _directions(at, {})]
            else:
                links.setdefault(at[:3], set()).add(target)
    result: Uses = {}
    while waiting:
        at, direction = waiting.pop()
        if direction not in result.setdefault(at, set()):
            result[at].add(direction)
            waiting += [(linked, direction) for linked in links.get(at, ())]
    return result


def judge(kind: str, old: tuple[Any, Pointer | None], new: tuple[Any, Pointer | None], used: Uses) -> tuple[bool, bool]:
    """Whether a difference breaks callers, and whether it adds what they may send.

    `old` and `new` are the documents, each with the pointer to the difference; None where a document does not have it.
    A component without a use counts as received.
    """
    was, now = (_ABSENT if at is None else resolve(document, at, _ABSENT) for document, at in (old, new))
    pointer = old[1] or new[1] or ()
    held, what, rest = _position(pointer)
    if pointer[:1] not in {("paths",), ("components",)} or "".join(rest[:1]).startswith("x-"):
        return False, False
    directions = _directions(pointer, used)
    if not rest and was is _ABSENT and what != "requirement":
        offers = what in {"parameter", "request_body"} or (held == "properties" and SENT in directions)
        return _came(held, what, followed(new[0], now), directions), offers
    if kind == "renamed":
        return held == "properties" or (held == "parameters" and followed(new[0], now).get("in") != "path"), False
    if what == "requirement":
        return _demands(old, new), False
    return _changed(held, what, rest, (was, now), directions), False


def _changed(held: str, kind: str, rest: Pointer, nodes: tuple[Any, Any], directions: Collection[str]) -> bool:
    """Whether callers break when an object goes, or what is at `rest` in it comes, goes or changes."""
    if not rest:
        return nodes[1] is not _ABSENT or _went(held, kind, directions)
    if kind in {"schema", "media_type"}:
        return _limits(rest, *nodes, directions)
    if rest == ("required",):
        return kind != "header" and nodes[1] is True
    demanding = {"parameter", "header", "security_scheme", "discriminator"}
    return kind in demanding and rest[0] not in {"deprecated", "allowEmptyValue", "mapping"}


def _position(pointer: Pointer) -> tuple[str, str, Pointer]:
    """The innermost object on the way of a pointer: the key that holds it, its kind, and the way from there on."""
    held, kind = "", "document"
    while pointer:
        rule = GRAMMAR[kind].get(pointer[0], "")
        size = 1 + rule.startswith(("[", "{", "<"))
        if not rule or len(pointer) < size:
            break
        held, kind, pointer = pointer[0], rule.strip("[]{}<>"), pointer[size:]
    return held, kind, pointer


def _directions(pointer: Pointer, used: Uses) -> Collection[str]:
    if pointer[0] == "paths":
        return {SENT if {"parameters", "requestBody"} & {*pointer[3:4]} else RECEIVED}
    return used.get(pointer[:3]) or {SENT if pointer[1] in {"parameters", "requestBodies"} else RECEIVED}


def _came(held: str, kind: str, node: Any, directions: Collection[str]) -> bool:
    if kind in {"parameter", "request_body"}:
        return isinstance(node, dict) and node.get("required") is True
    return kind == "schema" and held not in {"properties", "schemas"} and _turns(held in _UNITED, held, directions)


def _went(held: str, kind: str, directions: Collection[str]) -> bool:
    if kind == "schema" and held not in {"properties", "schemas"}:
        return _turns(held not in _UNITED, held, directions)
    needed = {"operation", "parameter", "request_body", "response", "media_type", "header", "schema"}
    return held != "schemas" and kind in needed


def _turns(wider: bool, key: str, directions: Collection[str]) -> bool:
    """Whether callers break when a schema accepts more, or else less."""
    return RECEIVED in directions and key in _TYPES if wider else SENT in directions


def _limits(rest: Pointer, was: Any, now: Any, directions: Collection[str]) -> bool:
    key = rest[0]
    if key not in _LIMITS | _TYPES:
        return False
    if was is _ABSENT or now is _ABSENT:
        if rest == ("enum",) and RECEIVED in directions:  # what callers read becomes another type
            return True
        return _turns((now is _ABSENT) != (len(rest) > 1 and key in _UNITED), key, directions)
    if key == "type":
        before, after = ({*side, *["integer"] * ("number" in side)} for side in map(listed, (was, now)))
        wider, narrower = bool(after - before), bool(before - after)
    elif key in _UPPER | _LOWER and all(isinstance(side, (int, float)) for side in (was, now)):
        wider = was < now if key in _UPPER else now < was
        narrower = not wider
    else:
        wider = narrower = True
    return any(turned and _turns(one, key, directions) for turned, one in ((wider, True), (narrower, False)))


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _demands(old: tuple[Any, Pointer | None], new: tuple[Any, Pointer | None]) -> bool:
    """Whether a way to authenticate that came is the only one, or one that went leaves others, which must be used."""
    (document, at), came = (new, True) if new[1] else ((new[0], old[1]), False)
    left = resolve(document, (at or ())[:-1]) or ()
    return len(left) == 1 if came else bool(left)

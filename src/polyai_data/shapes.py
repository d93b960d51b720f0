"""The shapes of JSON responses: the types, lengths and forms of text at each place, counted. No value, no I/O.

What is kept of a value: its JSON type, the form of a text (a date-time, a URL, …), how long it is roughly, and words at
places where the document lists words. Names are kept where the document says that an object has named properties, or
where every one of many objects has them; those of free maps are counted together, as `*`.
"""

from __future__ import annotations

import functools
import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from polyai_data.openapi import Operation

OFTEN = 20
"""How often a word must be seen to be shown, and in how many objects a name that no document gives."""
MOST_PLACES = 20_000
MOST_NAMES = 64
"""Names of one object; of those beyond that no document gives, none is kept."""
MOST_WORDS = 16
"""Words of one place beyond those of the document; with more, they are no words of a list."""
DEEPEST = 64
ANY_NAME, ITEMS = "*", "[]"
NOT_JSON, EMPTY = "not JSON", "empty"
"""Kinds of bodies, beside the types of JSON."""
KINDS = frozenset({"null", "boolean", "integer", "number", "string", "array", "object", NOT_JSON, EMPTY})
FORMATS: Mapping[str, str] = {"date-time": "date-time", "date": "date", "uri": "url", "url": "url", "email": "e-mail"}
"""The form that a text of each format has; texts of other formats are not judged."""
OTHER = ""
"""Stands for all words that are not shown."""
NAME = re.compile(r"(?!.*\d{4})[a-z][A-Za-z0-9_]{0,39}")
"""What a name that no document gives must look like to be kept."""
WORD = re.compile(r"[A-Za-z][A-Za-z_-]{0,39}")

_DATE = r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])"
_FORMS = {
    "date-time": re.compile(_DATE + r"[Tt]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d+)?([Zz]|[+-]\d\d:\d\d)", re.ASCII),
    "date": re.compile(_DATE, re.ASCII),
    "number": re.compile(r"-?\d+(\.\d+)?", re.ASCII),
    "url": re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://\S+"),
    "path": re.compile(r"/?[\w.~-]+(/[\w.~-]+)+/?"),
    "e-mail": re.compile(r"[^@\s]+@[^@\s]+"),
    "JSON": re.compile(r"\{.*\}|\[.*\]", re.DOTALL),
}
FORMS = frozenset({*_FORMS, "empty", "other"})
_LENGTHS = ((1, "0"), (2, "1"), (10, "2-9"), (100, "10-99"), (1000, "100-999"))
LENGTHS = frozenset({*(name for _, name in _LENGTHS), "1000+"})

Pointer = tuple[str, ...]
Written = tuple[Mapping[str, Any], Pointer]
"""A schema, and where in its document it is written."""


def kind_of(value: object) -> str:
    """The JSON type of a value. A number without a fraction is an integer, as in JSON Schema."""
    if isinstance(value, float):
        return "integer" if value.is_integer() else "number"
    return _KINDS.get(type(value), "null")


_KINDS = {dict: "object", list: "array", str: "string", bool: "boolean", int: "integer"}


def form_of(text: str) -> str:
    """What a text looks like."""
    if not text:
        return "empty"
    if len(text) < 10_000:
        for name, form in _FORMS.items():
            if form.fullmatch(text):
                return name
    return "other"


def length_of(size: int) -> str:
    """How long a text or an array is, roughly."""
    for limit, name in _LENGTHS:
        if size < limit:
            return name
    return "1000+"


# What a document says of a place.


@dataclass(frozen=True)
class Plain:
    """A schema without references and alternatives.

    Attributes:
        schema: its keywords.
        pointer: where it is written.
        owners: where the schema is written that names a property, by the property; parts of `allOf` differ there.
    """

    schema: Mapping[str, Any]
    pointer: Pointer
    owners: Mapping[str, Pointer]

    @functools.cached_property
    def listed(self) -> tuple[Any, ...] | None:
        """The values that are allowed; None where the schema lists none."""
        return (self.schema["const"],) if "const" in self.schema else tuple(self.schema.get("enum", ())) or None

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """The JSON types that are allowed."""
        named = self.schema.get("type") or [kind_of(each) for each in self.listed or ()]
        named = named or next((kind for word, kind in _IMPLIED.items() if word in self.schema), KINDS)
        kinds = frozenset([named] if isinstance(named, str) else named)
        return kinds | {"integer"} if "number" in kinds else kinds

    @functools.cached_property
    def open(self) -> bool:
        """Whether an object may have properties that have no name."""
        rest = self.schema.get(_REST)
        return not self.schema.get("properties") if rest is None else rest is not False

    def inner(self, *keys: str) -> Written:
        """A schema in this one."""
        schema = functools.reduce(lambda inside, key: inside[key], keys, self.schema)
        return schema, (*(self.owners[keys[1]] if keys[0] == "properties" else self.pointer), *keys)


_REST = "additionalProperties"
_IMPLIED = {"properties": "object", _REST: "object", "items": "array", "format": "string"}


def text_of(value: object) -> str:
    """A value as words are counted: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def _plains(schema: Mapping[str, Any], pointer: Pointer, components: Mapping[str, Any]) -> list[Plain]:
    if "$ref" in schema:
        at = tuple(schema["$ref"].removeprefix("#/").split("/"))
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        return _plains({**components[at[1]][at[2]], **siblings}, at, components)

    def parts(word: str) -> list[list[Plain]]:
        each = enumerate(schema[word])
        return [_plains(part, (*pointer, word, str(index)), components) for index, part in each]

    for word in ("anyOf", "oneOf"):
        if word in schema:
            return [plain for part in parts(word) for plain in part]
    own = {key: value for key, value in schema.items() if key != "allOf"}
    plain = Plain(own, pointer, dict.fromkeys(own.get("properties", ()), pointer))
    return [functools.reduce(_both, each, plain) for each in product(*parts("allOf"))] if "allOf" in schema else [plain]


def _both(one: Plain, other: Plain) -> Plain:
    names = {**one.schema.get("properties", {}), **other.schema.get("properties", {})}
    required = [*one.schema.get("required", ()), *other.schema.get("required", ())]
    schema = {**one.schema, **other.schema, "required": required, **({"properties": names} if names else {})}
    return Plain(schema, other.pointer, {**one.owners, **other.owners})


class Guide:
    """What a document says of one place.

    Attributes:
        pointer: where it is written; empty where it cannot be said.
        known: whether a document says anything of the place.
        plains: the alternatives; none where anything is allowed.
    """

    def __init__(self, written: Sequence[Written] = (), components: Mapping[str, Any] | None = None) -> None:
        self.known = bool(written)
        self.pointer: Pointer = written[0][1] if written else ()
        self.plains = [plain for each in written for plain in _plains(*each, components or {})]
        self._components = components
        self._inner: dict[str, tuple[str, Guide]] = {}

    @functools.cached_property
    def kinds(self) -> frozenset[str]:
        """The JSON types that are allowed."""
        return frozenset().union(*(plain.kinds for plain in self.plains)) if self.plains else KINDS

    @functools.cached_property
    def values(self) -> tuple[str, ...] | None:
        """The texts and booleans that are allowed, as text; None where any are."""
        every = [plain.listed for plain in self.plains if plain.kinds & {"string", "boolean"}]
        return None if not every or None in every else tuple(text_of(each) for listed in every for each in listed or ())

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """The words that the document lists or gives as examples."""
        every = (word for plain in self.plains for word in (*(plain.listed or ()), *plain.schema.get("examples", ())))
        return frozenset(word for word in every if isinstance(word, str) and WORD.fullmatch(word))

    @functools.cached_property
    def structured(self) -> bool:
        """Whether the names of an object's properties are the document's to give."""
        objects = self.allowing("object")
        return bool(objects) and not any(plain.open for plain in objects)

    @functools.cached_property
    def items(self) -> Guide:
        """The guide to the items of an array."""
        arrays = self.allowing("array")
        return self._guide([plain.inner("items") for plain in arrays if "items" in plain.schema], arrays)

    def step(self, name: str) -> tuple[str, Guide]:
        """The name under which a property is counted, and the guide to it."""
        if name in self._inner:
            return self._inner[name]
        objects = self.allowing("object")
        named = [plain.inner("properties", name) for plain in objects if name in plain.owners]
        if self.structured and not named:
            objects = []  # what a document should have named
        key = name if named or (not objects and NAME.fullmatch(name)) else ANY_NAME
        if not objects and not named:
            # Of what no document describes, one level may be a structure; below that, names are taken for data.
            return key, UNKNOWN if self.structured else FREE
        if key not in self._inner:
            inside = named or [each.inner(_REST) for each in objects if isinstance(each.schema.get(_REST), Mapping)]
            self._inner[key] = key, self._guide(inside, objects)
        return self._inner[key]

    def allowing(self, kind: str) -> list[Plain]:
        """The alternatives that allow a JSON type."""
        return [plain for plain in self.plains if kind in plain.kinds]

    def _guide(self, inside: Sequence[Written], around: Sequence[Plain]) -> Guide:
        if inside:
            return Guide(inside, self._components)
        return FREE if around else UNKNOWN if self.plains else self


class _Free(Guide):
    def step(self, name: str) -> tuple[str, Guide]:
        return ANY_NAME, self


UNKNOWN = Guide()
"""The guide to what no document names."""
FREE = _Free()
"""The guide to what a document leaves open: its names are data."""


# What was seen.


class Node:
    """What was seen at one place.

    Attributes:
        kinds, forms, lengths, sizes, words: how often each was seen; `lengths` are those of texts, `sizes` of arrays.
        children: what was seen inside: by name, `*` for names that are not kept, `[]` for the items of arrays.
    """

    __slots__ = ("children", "forms", "kinds", "lengths", "sizes", "words")

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.forms: Counter[str] = Counter()
        self.lengths: Counter[str] = Counter()
        self.sizes: Counter[str] = Counter()
        self.words: Counter[str] = Counter()
        self.children: dict[str, Node] = {}

    @property
    def total(self) -> int:
        """How many values were seen."""
        return self.kinds.total()

    def merge(self, other: Node) -> None:
        """Add what another node has seen."""
        for name in COUNTS:
            getattr(self, name).update(getattr(other, name))
        for name, child in other.children.items():
            self.child(name).merge(child)

    def child(self, name: str) -> Node:
        """The node of what is inside, which is made if there is none."""
        if name not in self.children:
            self.children[name] = Node()
        return self.children[name]

    def forget_names(self) -> None:
        """Count all properties together, as those of a map."""
        named = {name: child for name, child in self.children.items() if name not in {ANY_NAME, ITEMS}}
        for name, child in named.items():
            del self.children[name]
            self.child(ANY_NAME).merge(child)


COUNTS = {"kinds": KINDS, "forms": FORMS, "lengths": LENGTHS, "sizes": LENGTHS, "words": frozenset[str]()}
"""The counts of a node, and what each counts; words are those of `WORD`."""


class Shapes:
    """The shapes of responses, by operation and status.

    Attributes:
        roots: what was seen, by operation id and status. What `published` leaves out is in it still.
        left_out: how many values were not looked at, as there were too many places or levels.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = {operation.id: operation for operation in operations}
        self.roots: dict[tuple[str, int], Node] = {}
        self.left_out = 0
        self._places = 0
        self._guides: dict[tuple[str, int], Guide] = {}

    def guide(self, key: tuple[str, int]) -> Guide:
        """What the document says of a body; `UNKNOWN` where it says nothing."""
        if key not in self._guides:
            shape = self.operations[key[0]].responses.get(key[1], {}).get("application/json")
            self._guides[key] = Guide([(shape.schema, ())], shape.components) if shape else UNKNOWN
        return self._guides[key]

    def add(self, operation_id: str, status: int, body: bytes) -> None:
        """Add the body of a response."""
        key = operation_id, status
        root = self.roots.setdefault(key, Node())
        try:
            value = json.loads(body)
        except (ValueError, RecursionError):
            root.kinds[NOT_JSON if body.strip() else EMPTY] += 1
        else:
            self._add(root, value, self.guide(key), 0)

    def _add(self, node: Node, value: Any, guide: Guide, depth: int) -> None:
        kind = kind_of(value)
        node.kinds[kind] += 1
        if kind in {"string", "boolean"} and (guide.words or guide.values):
            _count_word(node, text_of(value), guide)
        if kind == "string":
            node.forms[form_of(value)] += 1
            node.lengths[length_of(len(value))] += 1
        elif kind == "array":
            node.sizes[length_of(len(value))] += 1
            for each in value:
                self._add_inside(node, ITEMS, each, guide.items, depth)
        elif kind == "object":
            for name, each in value.items():
                key, inner = guide.step(name)
                self._add_inside(node, key, each, inner, depth)

    def _add_inside(self, node: Node, name: str, value: Any, guide: Guide, depth: int) -> None:
        child = self.child(node, name, guide) if depth < DEEPEST else None
        if child is None:
            self.left_out += 1
        else:
            self._add(child, value, guide, depth + 1)

    def child(self, node: Node, name: str, guide: Guide) -> Node | None:
        """The node of what is inside another, which is made if there is none; None where there are too many."""
        if not guide.known and name not in node.children and name != ITEMS and len(node.children) >= MOST_NAMES:
            name = ANY_NAME
        if name not in node.children:
            if self._places >= MOST_PLACES:
                return None
            self._places += 1
        return node.child(name)

    def published(self) -> Shapes:
        """A copy that can be sent on: without words and names that were not seen often."""
        copy = Shapes(self.operations.values())
        copy.left_out = self.left_out
        for key, root in self.roots.items():
            copy.roots[key] = made = Node()
            made.merge(root)
            _publish(made, self.guide(key))
        return copy


def _count_word(node: Node, text: str, guide: Guide) -> None:
    listed = text in (guide.values or ()) or text in guide.words or text in {"true", "false"}
    style = any(text.islower() == word.islower() and text.isupper() == word.isupper() for word in guide.words)
    kept = listed or (style and WORD.fullmatch(text) and (text in node.words or len(node.words) < 2 * MOST_WORDS))
    node.words[text if kept else OTHER] += 1


def _publish(node: Node, guide: Guide) -> None:
    own = {word for word in node.words if word in (guide.values or ()) or word in guide.words or word == OTHER}
    more = node.words.keys() - own
    for word in more:
        if len(more) > MOST_WORDS or node.words[word] < OFTEN:
            node.words[OTHER] += node.words.pop(word)
    # Of an object that no document describes, only many others with the same names say that these are no data; a map
    # with one key can have the same one often.
    unknown = not guide.known or "object" not in guide.kinds
    names = node.children.keys() - {ITEMS}
    objects = node.kinds["object"]
    alike = len(names) > 1 and ANY_NAME not in names and all(node.children[name].total == objects for name in names)
    if unknown and not (alike and objects >= OFTEN):
        node.forget_names()
    for name, child in node.children.items():
        _publish(child, guide.items if name == ITEMS else guide.step(name)[1])

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
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from polyai_data.openapi import Operation
from polyai_data.schema import KINDS, Shape, kind_of, listed

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


def text_of(value: object) -> str:
    """A value as words are counted: a text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


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


class Guide:
    """What a document says of one place; `shape` is None where it says nothing."""

    def __init__(self, shape: Shape | None = None) -> None:
        self.shape = shape
        self._inner: dict[str, tuple[str, Guide]] = {}

    @property
    def kinds(self) -> frozenset[str]:
        """The JSON types that are allowed."""
        return self.shape.kinds if self.shape else KINDS

    @functools.cached_property
    def values(self) -> tuple[str, ...] | None:
        """The texts and booleans that are allowed, as text; None where any are."""
        variants = self.shape.variants if self.shape else []
        every = [listed(each.schema) for each in variants if each.kinds & {"string", "boolean"}]
        return None if not every or None in every else tuple(text_of(each) for values in every for each in values or ())

    @functools.cached_property
    def words(self) -> frozenset[str]:
        """The words that the document lists or gives as examples."""
        schemas = [each.schema for each in self.shape.variants] if self.shape else []
        every = (word for schema in schemas for word in (*(listed(schema) or ()), *schema.get("examples", ())))
        return frozenset(word for word in every if isinstance(word, str) and WORD.fullmatch(word))

    @functools.cached_property
    def structured(self) -> bool:
        """Whether the names of an object's properties are the document's to give."""
        objects = [each.schema for each in self.shape.allowing("object")] if self.shape else []
        closed = (each.get("additionalProperties", not each.get("properties")) is False for each in objects)
        return bool(objects) and all(closed)

    @functools.cached_property
    def items(self) -> Guide:
        """The guide to the items of an array."""
        if self.shape is None:
            return self
        return Guide(self.shape.items) if self.shape.items else FREE if "array" in self.kinds else UNKNOWN

    def step(self, name: str) -> tuple[str, Guide]:
        """The name under which a property is counted, and the guide to it."""
        if name in self._inner:
            return self._inner[name]
        named = self.shape.properties.get(name) if self.shape else None
        if self.shape is None or (named is None and (self.structured or "object" not in self.kinds)):
            # Of what no document describes, one level may be a structure; below that, names are taken for data.
            return name if NAME.fullmatch(name) else ANY_NAME, UNKNOWN if self.structured else FREE
        key, inside = (name, named) if named else (ANY_NAME, self.shape.others)
        return self._inner.setdefault(key, (key, Guide(inside) if inside else FREE))


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

    def forget(self, names: Collection[str]) -> None:
        """Count properties together, as those of a map."""
        for name in names:
            self.child(ANY_NAME).merge(self.children.pop(name))


COUNTS = {
    "kinds": KINDS | {NOT_JSON, EMPTY},
    "forms": FORMS,
    "lengths": LENGTHS,
    "sizes": LENGTHS,
    "words": frozenset[str](),
}
"""The counts of a node, and what each counts; words are those of `WORD`."""


class Shapes:
    """The shapes of responses, by operation and status.

    Attributes:
        roots: what was seen, by operation id and status. What `published` leaves out is in it still.
        earlier: what records say, which is published already.
        left_out: how many values were not looked at, as there were too many places or levels.
    """

    def __init__(self, operations: Iterable[Operation]) -> None:
        self.operations = {operation.id: operation for operation in operations}
        self.roots: dict[tuple[str, int], Node] = {}
        self.earlier: dict[tuple[str, int], Node] = {}
        self.left_out = 0
        self._places = 0
        self._guides: dict[tuple[str, int], Guide] = {}

    def guide(self, key: tuple[str, int]) -> Guide:
        """What the document says of a body; `UNKNOWN` where it says nothing."""
        if key not in self._guides:
            self._guides[key] = Guide(self.operations[key[0]].responses.get(key[1], {}).get("application/json"))
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
        if guide.shape is None and name not in node.children and name != ITEMS and len(node.children) >= MOST_NAMES:
            name = ANY_NAME
        if name not in node.children:
            if self._places >= MOST_PLACES:
                return None
            self._places += 1
        return node.child(name)

    def published(self) -> Shapes:
        """A copy that can be sent on: without words and names that were not seen often, now or earlier."""
        copy = Shapes(self.operations.values())
        copy.left_out = self.left_out
        for key in self.earlier | self.roots:
            copy.roots[key] = made = Node()
            made.merge(self.roots.get(key, _NOTHING))
            publish(made, self.guide(key), self.earlier.get(key, _NOTHING))
            made.merge(self.earlier.get(key, _NOTHING))
        return copy


_NOTHING = Node()


def _count_word(node: Node, text: str, guide: Guide) -> None:
    listed = text in (guide.values or ()) or text in guide.words or text in {"true", "false"}
    style = any(text.islower() == word.islower() and text.isupper() == word.isupper() for word in guide.words)
    kept = listed or (style and WORD.fullmatch(text) and (text in node.words or len(node.words) < 2 * MOST_WORDS))
    node.words[text if kept else OTHER] += 1


def publish(node: Node, guide: Guide, earlier: Node = _NOTHING) -> None:
    """Take out words and names that were not seen often, unless they were `earlier`."""
    more = {word for word in node.words if word not in {*(guide.values or ()), *guide.words, *earlier.words, OTHER}}
    for word in more:
        if len(more) > MOST_WORDS or node.words[word] < OFTEN:
            node.words[OTHER] += node.words.pop(word)
    names = node.children.keys() - {ITEMS, ANY_NAME}
    if guide.shape and "object" in guide.kinds:
        hidden = {name for name in names if guide.step(name)[1].shape is None and node.children[name].total < OFTEN}
    else:
        # Of an object that no document describes, only many others with the same names say that these are no data; a
        # map with one key can have the same one often.
        objects = node.kinds["object"]
        alike = len(names) > 1 and ANY_NAME not in node.children and objects >= OFTEN
        hidden = set() if alike and all(node.children[name].total == objects for name in names) else names
    node.forget(hidden - earlier.children.keys())
    for name, child in node.children.items():
        inner = guide.items if name == ITEMS else guide.step(name)[1]
        publish(child, inner, earlier.children.get(name, _NOTHING))

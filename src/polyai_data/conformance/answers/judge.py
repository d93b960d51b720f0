"""What responses hold that the patched document does not say, from their shapes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from polyai_data.schema import Pointer, Shape, listed
from polyai_data.shape_record import inside
from polyai_data.shapes import ANY_NAME, FORMATS, ITEMS, OFTEN, OTHER, Guide, Node, Shapes


@dataclass(frozen=True)
class Difference:
    """One difference, in all responses of an operation and a status.

    Attributes:
        place: the path within the body; empty for the body itself.
        code: `kind`, `format`, `values`, `length`, `absent`, `unnamed` or `status`.
        seen, of: how often it was seen, of how many values or objects.
        what: what was seen.
        documented: what the document says.
        detail: the JSON type, the name of the property, or the status.
        pointer: where the document is to be changed; empty where that cannot be said.
        node: what was seen at the place.
    """

    place: str
    code: str
    seen: int
    of: int
    what: str
    documented: str
    detail: str
    pointer: Pointer
    node: Node = field(repr=False, compare=False)
    operation: str = ""
    status: int = 0

    def __str__(self) -> str:
        return f"{self.place or 'the body'}: {self.counted}, {self.documented}"

    @property
    def counted(self) -> str:
        """What was seen, and how often."""
        if self.code == "unnamed" and self.detail == ANY_NAME:
            return f"{self.what}: {number_of(self.seen, 'value')} in {number_of(self.of, 'object')}"
        return f"{self.what} in {self.seen} of {self.of}"


def number_of(count: int, noun: str) -> str:
    """A number with its noun: `1 value`, `2 values`, `no value`."""
    return f"{count or 'no'} {noun}{'s' * (count > 1)}"


def differences(shapes: Shapes) -> list[Difference]:
    """Every difference of shapes that are published, by operation, status and place."""
    made = []
    for (name, status), root in sorted(shapes.roots.items()):
        operation = shapes.operations[name]
        if status in operation.responses:
            judged = list(_of_value(root, shapes.guide((name, status)), ""))
        else:
            known = f"documented {', '.join(map(str, sorted(operation.responses)))}"
            pointer = ("paths", operation.path, operation.method.lower(), "responses")
            of = sum(each.total for (other, _), each in shapes.roots.items() if other == name)
            what = f"status {status}"
            judged = [Difference("", "status", root.total, of, what, known, str(status), pointer, root)]
        made += [replace(each, operation=name, status=status) for each in judged]
    return made


def _of_value(node: Node, guide: Guide, place: str) -> Iterator[Difference]:
    shape = guide.shape
    if shape is None:
        return
    for kind, seen in sorted(node.kinds.items()):
        if kind not in shape.kinds:
            yield Difference(place, "kind", seen, node.total, kind, shape.expected, kind, shape.pointer, node)
    yield from _of_texts(node, guide, shape, place)
    lists = shape.allowing("array")
    shortest = min((each.schema.get("minItems", 0) for each in lists), default=0)
    if short := sum(node.sizes[size] for size in ("0", "1") if int(size) < shortest):
        what, says = "a shorter list", f"documented at least {shortest}"
        yield Difference(place, "length", short, node.kinds["array"], what, says, "", lists[0].pointer, node)
    if node.kinds["object"] and (objects := shape.allowing("object")):
        yield from _of_objects(node, guide, objects, place)
    if ITEMS in node.children:
        yield from _of_value(node.children[ITEMS], guide.items, place + ITEMS)


def _of_texts(node: Node, guide: Guide, shape: Shape, place: str) -> Iterator[Difference]:
    texts = shape.allowing("string")
    forms = {FORMATS.get(each.schema.get("format", ""), "") for each in texts}
    total = node.forms.total()
    if texts and "" not in forms and (seen := total - sum(node.forms[form] for form in forms)):
        name = " or ".join(sorted(forms))
        what, says = f"text that is no {name}", f"documented {name}"
        yield Difference(place, "format", seen, total, what, says, name, texts[0].pointer, node)
    if guide.values is not None:
        others = {word: n for word, n in sorted(node.words.items()) if word not in guide.values}
        often = ", ".join(f"{word} ({n})" for word, n in others.items() if word != OTHER and n >= OFTEN)
        what = "a value that is not listed" + (f" (seen often: {often})" if often else "")
        pointer = next(each.pointer for each in shape.variants if listed(each.schema) is not None)
        if seen := sum(others.values()):
            says = f"documented {', '.join(guide.values)}"
            yield Difference(place, "values", seen, node.words.total(), what, says, "", pointer, node)


def _of_objects(node: Node, guide: Guide, objects: list[Shape], place: str) -> Iterator[Difference]:
    total, pointer = node.kinds["object"], objects[0].pointer
    for name in sorted(set.intersection(*({*each.schema.get("required", ())} for each in objects))):
        if seen := total - (node.children[name].total if name in node.children else 0):
            at, says = inside(place, name), "documented as required"
            yield Difference(at, "absent", seen, total, "absent", says, name, pointer, node)
    for name, child in sorted(node.children.items()):
        at, inner = inside(place, name), guide.step(name)[1]
        if inner.shape:
            yield from _of_value(child, inner, at)
        elif guide.structured and name != ITEMS:
            what = "names that are not shown" if name == ANY_NAME else " or ".join(sorted(child.kinds))
            yield Difference(at, "unnamed", child.total, total, what, "not documented", name, pointer, child)

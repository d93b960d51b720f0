"""What responses hold that the patched document does not say, from their shapes alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from polyai_data.shape_record import inside
from polyai_data.shapes import ANY_NAME, FORMATS, ITEMS, OFTEN, OTHER, Guide, Node, Pointer, Shapes


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
        return f"{self.place or 'the body'}: {self.what} in {self.seen} of {self.of}, {self.documented}"


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
    if not guide.known:
        return
    says = f"documented {' or '.join(sorted(guide.kinds - ({'integer'} if 'number' in guide.kinds else set())))}"
    for kind, seen in sorted(node.kinds.items()):
        if kind not in guide.kinds:
            yield Difference(place, "kind", seen, node.total, kind, says, kind, guide.pointer, node)
    yield from _of_texts(node, guide, place)
    lists = guide.allowing("array")
    shortest = min((plain.schema.get("minItems", 0) for plain in lists), default=0)
    if short := sum(node.sizes[size] for size in ("0", "1") if int(size) < shortest):
        says = f"documented at least {shortest}"
        yield Difference(
            place, "length", short, node.kinds["array"], "a shorter list", says, "", lists[0].pointer, node
        )
    if node.kinds["object"] and guide.allowing("object"):
        yield from _of_objects(node, guide, place)
    if ITEMS in node.children:
        yield from _of_value(node.children[ITEMS], guide.items, place + ITEMS)


def _of_texts(node: Node, guide: Guide, place: str) -> Iterator[Difference]:
    texts = guide.allowing("string")
    forms = {FORMATS.get(plain.schema.get("format", "")) for plain in texts}
    total = node.forms.total()
    if None not in forms and (seen := total - sum(node.forms[form or ""] for form in forms)):
        name = " or ".join(sorted(form or "" for form in forms))
        if texts:
            what, says = f"text that is no {name}", f"documented {name}"
            yield Difference(place, "format", seen, total, what, says, name, texts[0].pointer, node)
    if guide.values is not None:
        others = {word: n for word, n in sorted(node.words.items()) if word not in guide.values}
        often = ", ".join(f"{word} ({n})" for word, n in others.items() if word != OTHER and n >= OFTEN)
        what = "a value that is not listed" + (f" (seen often: {often})" if often else "")
        pointer = next(plain.pointer for plain in guide.plains if plain.listed is not None)
        if seen := sum(others.values()):
            says = f"documented {', '.join(guide.values)}"
            yield Difference(place, "values", seen, node.words.total(), what, says, "", pointer, node)


def _of_objects(node: Node, guide: Guide, place: str) -> Iterator[Difference]:
    objects = guide.allowing("object")
    total, pointer = node.kinds["object"], objects[0].pointer
    for name in sorted(set.intersection(*({*plain.schema.get("required", ())} for plain in objects))):
        if seen := total - (node.children[name].total if name in node.children else 0):
            yield Difference(
                inside(place, name), "absent", seen, total, "absent", "documented as required", name, pointer, node
            )
    for name, child in sorted(node.children.items()):
        _, inner = guide.step(name)
        if inner.known:
            yield from _of_value(child, inner, inside(place, name))
        elif guide.structured and name != ITEMS:
            what = "names that are not shown" if name == ANY_NAME else " or ".join(sorted(child.kinds))
            yield Difference(
                inside(place, name), "unnamed", child.total, total, what, "not documented", name, pointer, child
            )

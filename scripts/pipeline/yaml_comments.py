"""Copies of YAML nodes that share nothing, and comments that stay with the key that they are about.

ruamel.yaml ties the lines between two keys to the end of what comes before them, however deep that is; an
insertion there would move them into the inserted part, a removal would take its neighbour's along. So, while actions
are applied, every such line is tied to the key that it precedes. In ruamel's terms, a key's four slots are: after the
key, before the key, after the value, before the value; an array's item has its end-of-line comment in the first slot.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from ruamel.yaml.anchor import Anchor
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.error import CommentMark
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.scalarstring import FoldedScalarString, LiteralScalarString
from ruamel.yaml.tokens import CommentToken

BLOCK_TEXT = (LiteralScalarString, FoldedScalarString)


def own_copy(node: Any, column: int | None = None, *, commented: bool = False) -> Any:
    """A copy of `node` that shares nothing with it that can change.

    Style is kept, and so are comments, in their own column or in the one given. With `commented`, plain dicts and lists
    become such as can have comments.
    """
    if isinstance(node, dict):
        mapping: dict[Any, Any] = CommentedMap() if commented or isinstance(node, CommentedMap) else {}
        mapping.update({key: own_copy(value, column, commented=commented) for key, value in node.items()})
        return _dressed(mapping, node, column)
    if isinstance(node, list):
        items = [own_copy(value, column, commented=commented) for value in node]
        return _dressed(CommentedSeq(items) if commented or isinstance(node, CommentedSeq) else items, node, column)
    if isinstance(node, ScalarBoolean):  # an anchored boolean, which is no bool to Python
        return bool(node)
    if getattr(node, Anchor.attrib, None) is not None:
        node = copy.copy(node)
        delattr(node, Anchor.attrib)
    return node


def _dressed(new: Any, node: Any, column: int | None) -> Any:
    if isinstance(node, CommentedMap | CommentedSeq):
        if node.fa.flow_style() is not None:
            new.fa._flow_style = node.fa.flow_style()
        new.ca.comment = fresh(node.ca.comment, column)
        new.ca.end = fresh(node.ca.end, column)
        new.ca.items.update({key: fresh(slots, column) for key, slots in node.ca.items.items()})
    return new


def fresh(comment: Any, column: int | None) -> Any:
    if isinstance(comment, list):
        return [fresh(part, column) for part in comment]
    if not isinstance(comment, CommentToken):
        return comment
    return CommentToken(comment.value, comment.start_mark if column is None else CommentMark(column))


def hang(node: Any, lines: list[str]) -> list[str]:
    """Tie each comment below `node` to the key that follows it; `lines` precede `node`, what is returned follows it."""
    own = comments_of(node)
    end = 2 if isinstance(node, dict) else 0
    for key, value in list(entries(node)):
        slots = [*own.get(key, ()), None, None, None, None][:4]
        before = lines + _lines(slots[1])
        slots[1] = [CommentToken(f"{line}\n", CommentMark(0)) for line in before] or None
        slots[end], lines = _split(slots[end], value)
        if _is_block(value):
            if isinstance(node, dict):
                lines, slots[3] = lines + _lines(slots[3]), None
            lines = hang(value, lines)
        if isinstance(value, CommentedMap | CommentedSeq):
            value.ca.comment = None  # the parent's slots say the same
        if any(slots):
            own[key] = slots
        else:
            own.pop(key, None)
    if isinstance(node, CommentedMap | CommentedSeq):
        lines, node.ca.end = lines + _lines(node.ca.end), []
    return lines


def _split(token: Any, value: Any) -> tuple[Any, list[str]]:
    """The end-of-line comment in `token`, and the lines below it."""
    if token is None:
        return None, []
    if isinstance(value, BLOCK_TEXT):  # whose end is the end of a line already
        return None, _lines([token])
    first, _, rest = token.value.partition("\n")
    eol = CommentToken(f"{first}\n", token.start_mark) if first.strip() else None
    return eol, _lines([CommentToken(rest, token.start_mark)])


def _lines(tokens: Iterable[Any] | None) -> list[str]:
    return [line.strip() for token in tokens or () for line in token.value.splitlines()]


def align(node: Any, column: int) -> None:
    """Put the comments before each key into the column in which yamlio writes that key."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            _lift(node, index, item)
    own = comments_of(node)
    key_column = column if isinstance(node, dict) else column + 2
    for key, value in entries(node):
        if own.get(key) and own[key][1]:
            own[key][1] = [
                CommentToken(f"{line}\n", CommentMark(key_column if line else 0)) for line in _lines(own[key][1])
            ]
        if not _is_block(value):
            _strip(value)
        else:
            align(value, column + 4 if isinstance(node, list) else column + 2 * isinstance(value, dict))


def _strip(node: Any) -> None:
    """Take the comments out of a flow collection: its lines have no place for them."""
    if isinstance(node, CommentedMap | CommentedSeq) and not node:
        node.fa.set_flow_style()  # lest a comment come between its key and the brackets
    if isinstance(node, dict | list):
        comments_of(node).clear()
        for _, value in entries(node):
            _strip(value)


def _lift(array: list[Any], index: int, item: Any) -> None:
    """Move the comment before an item's first key to before the item: it would stand between the dash and the key."""
    if not _is_block(item) or not isinstance(item, CommentedMap):
        return
    slots = comments_of(item).get(next(iter(item)))
    if slots and slots[1]:
        own = comments_of(array).setdefault(index, [None, None, None, None])
        own[1], slots[1] = [*(own[1] or ()), *slots[1]], None


def hang_last(node: Any, lines: list[str]) -> None:
    """Tie `lines` to the end of the document, as ruamel.yaml has it."""
    if not lines or not _is_block(node):
        return
    key, value = list(entries(node))[-1]
    while _is_block(value):
        node = value
        key, value = list(entries(node))[-1]
    end = 2 if isinstance(node, dict) else 0
    slots = comments_of(node).setdefault(key, [None, None, None, None])
    literal = isinstance(value, BLOCK_TEXT)
    start = slots[end].value if slots[end] else "" if literal else "\n"
    mark = slots[end].start_mark if slots[end] else CommentMark(0)
    slots[end] = CommentToken(start + "".join(f"{line}\n" for line in lines), mark)


def comments_of(node: Any) -> dict[Any, list[Any]]:
    """The comments of the keys of `node`; for a plain dict or list a dict that nobody keeps."""
    items: dict[Any, list[Any]] = node.ca.items if isinstance(node, CommentedMap | CommentedSeq) else {}
    return items


def entries(node: Any) -> Iterator[tuple[Any, Any]]:
    yield from node.items() if isinstance(node, dict) else enumerate(node)


def _is_block(node: Any) -> bool:
    """Whether `node` is written over several lines; flow collections have no comments inside."""
    if not isinstance(node, dict | list) or not node:
        return False
    return not (isinstance(node, CommentedMap | CommentedSeq) and node.fa.flow_style())

"""An explanation as text: two columns where the screen has room for them, one below the other elsewhere."""

from __future__ import annotations

import io
import os
import shutil
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import Any, TextIO, TypeAlias

from pipeline.overlay.explain import Explanation, Touch
from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import LiteralScalarString

Row: TypeAlias = tuple[str | None, str, str | None]
"""A line on the left, what became of it (` `, `-`, `+`, or `~` when it changed), and the line on the right."""

_SIDE_BY_SIDE = 100
_READABLE = 120
_COLOURS = {"-": "31", "+": "32", "~": "33", "bold": "1", "dim": "2"}


@dataclass(frozen=True)
class Screen:
    """What is written to: its width, None for a pipe or a file, where lines stay whole; and whether it has colours."""

    width: int | None = None
    colour: bool = False
    letters: bool = True  # whether it has more of them than ASCII

    def paint(self, text: str, style: str) -> str:
        """`text` in a colour or weight, where the screen has such."""
        return f"\x1b[{_COLOURS[style]}m{text}\x1b[0m" if self.colour and style in _COLOURS and text.strip() else text


def screen(stream: TextIO) -> Screen:
    """What `stream` is. https://no-color.org holds: NO_COLOR, unless empty, means none."""
    letters = (stream.encoding or "utf-8").lower().replace("-", "").startswith("utf")
    if not stream.isatty():
        return Screen(letters=letters)
    colour = not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
    return Screen(max(shutil.get_terminal_size().columns, 20), colour, letters)


def render(explanation: Explanation, on: Screen) -> str:
    """The whole text."""
    lines = [*_head(explanation, on), "", *_operation(explanation, on), "", *_actions(explanation, on)]
    lines += _components(explanation, on)
    return "".join(f"{line.rstrip()}\n" for line in lines)


def _head(explanation: Explanation, on: Screen) -> Iterator[str]:
    name = explanation.operation_id or "without an operationId"
    yield on.paint(name, "bold")
    yield f"{explanation.method} {explanation.path}"
    places = " and ".join(map(str, explanation.sources))
    maker = next((touch.number for touch in explanation.touches if touch.creates), None)
    if explanation.before is None:
        yield "not published" + (f": action {maker} below adds it" if maker else "")
    else:
        yield f"published  {places}"
    if explanation.after is None:
        yield f"result     none: the overlays of {explanation.vendor} remove it"
    else:
        yield f"result     patched document of {explanation.vendor}"


# The operation, published and patched.


def yaml_lines(node: Any) -> list[str]:
    """A plain node as lines of YAML, none of them folded; text of several lines is written so."""
    if node is None:
        return []
    yaml = YAML()
    yaml.width = 2**31  # folded later, to the room that there is
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump(_literal(node), out)
    return out.getvalue().splitlines()


def _literal(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _literal(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_literal(value) for value in node]
    return LiteralScalarString(node) if isinstance(node, str) and "\n" in node.strip() else node


def rows(before: Sequence[str], after: Sequence[str]) -> list[Row]:
    """The lines of both, aligned."""
    made: list[Row] = []
    for tag, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            made += [(one, " ", other) for one, other in zip(before[i:j], after[k:m], strict=True)]
        else:
            made += _replaced(before[i:j], after[k:m])
    return made


def _replaced(before: Sequence[str], after: Sequence[str]) -> Iterator[Row]:
    """Lines in place of others; those that give the same key another value face each other."""
    keys, others = ([line.split(":", 1)[0] for line in lines] for lines in (before, after))
    for tag, i, j, k, m in SequenceMatcher(None, keys, others, autojunk=False).get_opcodes():
        if tag == "equal":
            yield from ((one, "~", other) for one, other in zip(before[i:j], after[k:m], strict=True))
        else:
            yield from ((one, "-", None) for one in before[i:j])
            yield from ((None, "+", other) for other in after[k:m])


def _operation(explanation: Explanation, on: Screen) -> Iterator[str]:
    before, after = yaml_lines(explanation.before), yaml_lines(explanation.after)
    if not before or not after:  # nothing to compare, so nothing is marked
        yield on.paint("result" if after else "published", "bold")
        for line in after or before:
            yield from ("  " + part for part in _folded(line, None if on.width is None else on.width - 2))
    elif on.width is not None and on.width >= _SIDE_BY_SIDE:
        yield from _side_by_side(rows(before, after), on.width, on)
    else:
        yield from _one_below_the_other(rows(before, after), on)


def _side_by_side(aligned: Sequence[Row], width: int, on: Screen) -> Iterator[str]:
    half = (width - 3) // 2
    bar = "│" if on.letters else "|"
    yield on.paint(f"{'published':<{half}} {bar} result", "bold")
    for one, mark, other in aligned:
        left_style, right_style = ("-", "+") if mark == "~" else (mark, mark)
        for here, there in zip_longest(_folded(one, half), _folded(other, half), fillvalue=""):
            sign = bar if mark == " " else on.paint(mark, mark)
            yield f"{on.paint(f'{here:<{half}}', left_style)} {sign} {on.paint(there, right_style)}"


def _one_below_the_other(aligned: Sequence[Row], on: Screen) -> Iterator[str]:
    yield on.paint("- published, + result", "bold")
    width = None if on.width is None else on.width - 2
    for changed, group in groupby(aligned, key=lambda row: row[1] == "~"):
        together = list(group)
        # Lines in a row that changed come as a block of old ones before a block of new ones.
        lines = [(one, "-") for one, _, _ in together] + [(other, "+") for _, _, other in together]
        if not changed:
            lines = [(other if one is None else one, mark) for one, mark, other in together]
        for line, mark in lines:
            yield from (on.paint(f"{mark} {part}", mark) for part in _folded(line, width))


def _folded(line: str | None, width: int | None) -> list[str]:
    """The line in parts of the given width, the later ones further in; whole when there is no width."""
    if line is None:
        return []
    if width is None or len(line) <= width:
        return [line]
    text = line.lstrip()
    first = line[: len(line) - len(text)]
    later = " " * min(len(first) + (4 if text.startswith("- ") else 2), width // 2)
    # An indentation that leaves no room is given up, as is a word that is longer than the line.
    first = first if len(first) <= width // 2 else later
    return textwrap.wrap(text, width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)


# What was done to it.


def _actions(explanation: Explanation, on: Screen) -> Iterator[str]:
    count = len(explanation.touches)
    yield on.paint(f"{count or 'no'} {'action touches' if count == 1 else 'actions touch'} it", "bold")
    for touch in explanation.touches:
        yield ""
        yield from _action(touch, on)


def _action(touch: Touch, on: Screen) -> Iterator[str]:
    action = touch.action
    place = action.file if action.line is None else f"{action.file}:{action.line}"
    kind = action.modifier or "nothing"
    start = f"{touch.number:>3}. "
    yield f"{start}{on.paint(kind, 'bold')}  {place}"
    label = f"{'':<{len(start)}}"
    yield f"{label}target   {action.target}"  # whole on any screen, to be copied
    if action.modifier == "copy" and action.copy is not None:
        yield f"{label}from     {action.copy}"
    parts = ", ".join(touch.parts) + (" (adds it)" if touch.creates else "")
    yield from _labelled(f"{label}touches  ", parts, on)
    yield from _labelled(f"{label}reason   ", " ".join((action.description or "none").split()), on)


def _labelled(label: str, text: str, on: Screen) -> list[str]:
    if on.width is None:
        return [label + text]
    width, later = max(min(on.width, _READABLE), len(label) + 10), " " * len(label)
    return textwrap.wrap(text, width, initial_indent=label, subsequent_indent=later, break_on_hyphens=False) or [label]


def _components(explanation: Explanation, on: Screen) -> Iterator[str]:
    if not explanation.components:
        return
    yield ""
    yield on.paint("components it refers to", "bold")
    width = max(len(item.name) for item in explanation.components)
    for item in explanation.components:
        by = f"by {', '.join(map(str, item.numbers))}" if item.numbers else ""
        yield f"  {item.name:<{width}}  {item.state:<9} {by}"

"""An explanation on a terminal: two columns where it is wide enough, one below the other elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any, TypeAlias

from pipeline import yaml_files
from pipeline.explain import Explanation, Touch
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

Row: TypeAlias = tuple[str | None, str, str | None]
"""A line on the left, what became of it (` `, `-`, `+`, or `~` when it changed), and the line on the right."""

_SIDE_BY_SIDE = 100
_UNFOLDED = 2**31 - 1
_STYLES = {" ": "", "-": "red", "+": "green", "~": "yellow"}


def show(explanation: Explanation, console: Console) -> None:
    """Print the whole explanation."""
    _show_head(explanation, console)
    _show_operation(explanation, console)
    count = len(explanation.touches)
    _show_line(console, f"\n{count or 'no'} {'action touches' if count == 1 else 'actions touch'} it", style="bold")
    for touch in explanation.touches:
        _show_action(touch, console)
    if explanation.components:
        _show_line(console, "\ncomponents it refers to", style="bold")
    width = max((len(item.name) for item in explanation.components), default=0)
    for item in explanation.components:
        by = f" by {', '.join(map(str, item.numbers))}" if item.numbers else ""
        _show_line(console, f"{item.name:<{width}}  {item.state}{by}", "  ")


def _show_line(console: Console, text: str, first: str = "", style: str = "") -> None:
    """Print a line. On a terminal, what does not fit goes on below `text`; elsewhere lines stay whole."""
    if not first or not console.is_terminal:
        console.print(Text(first + text, style), soft_wrap=not console.is_terminal)
    else:
        grid = Table.grid()
        grid.add_row(Text(first, style), Text(text, style))
        console.print(grid)


def _show_head(explanation: Explanation, console: Console) -> None:
    _show_line(console, explanation.operation_id or "without an operationId", style="bold")
    _show_line(console, f"{explanation.method} {explanation.path}")
    maker = next((touch.number for touch in explanation.touches if touch.creates), None)
    if explanation.before is None:
        _show_line(console, "not published" + (f": action {maker} below adds it" if maker else ""))
    else:
        _show_line(console, f"published  {' and '.join(f'{file}:{line}' for file, line in explanation.sources)}")
    if explanation.after is None:
        _show_line(console, f"result     none: the overlays of {explanation.vendor} remove it\n")
    else:
        _show_line(console, f"result     patched document of {explanation.vendor}\n")


# The operation, published and patched.


def yaml_lines(node: Any) -> list[str]:
    """A node as lines of YAML, none of them folded."""
    return [] if node is None else yaml_files.dumps(node, width=_UNFOLDED).splitlines()


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


def _show_operation(explanation: Explanation, console: Console) -> None:
    before, after = yaml_lines(explanation.before), yaml_lines(explanation.after)
    if not before or not after:  # nothing to compare
        _show_line(console, "result" if after else "published", style="bold")
        for line in after or before:
            _show_code(console, line, "  ", "")
    elif console.is_terminal and console.width >= _SIDE_BY_SIDE:
        _show_side_by_side(rows(before, after), console)
    else:
        _show_below_each_other(rows(before, after), console)


def _show_code(console: Console, line: str, mark: str, style: str) -> None:
    text = line.lstrip()
    _show_line(console, text, mark + line[: len(line) - len(text)], style)


def _show_side_by_side(aligned: Sequence[Row], console: Console) -> None:
    half = (console.width - 3) // 2
    grid = Table.grid(padding=(0, 1, 0, 0))
    for width in (half, 1, half):
        grid.add_column(width=width, overflow="fold")
    grid.add_row(Text("published", "bold"), "|", Text("result", "bold"))
    for one, mark, other in aligned:
        left, right = ("-", "+") if mark == "~" else (mark, mark)
        grid.add_row(_cell(one, left), Text("|" if mark == " " else mark, _STYLES[mark]), _cell(other, right))
    console.print(grid)


def _cell(line: str | None, mark: str) -> Padding:
    text = (line or "").lstrip()
    return Padding(Text(text, _STYLES[mark]), (0, 0, 0, len(line or "") - len(text)))


def _show_below_each_other(aligned: Sequence[Row], console: Console) -> None:
    _show_line(console, "- published, + result", style="bold")
    for changed, group in groupby(aligned, key=lambda row: row[1] == "~"):
        together = list(group)
        # Consecutive lines that changed come as a block of old ones before a block of new ones.
        lines = [(one, "-") for one, _, _ in together] + [(other, "+") for _, _, other in together]
        if not changed:
            lines = [(other if one is None else one, mark) for one, mark, other in together]
        for line, mark in lines:
            _show_code(console, line or "", f"{mark} ", _STYLES[mark])


# What was done to it.


def _show_action(touch: Touch, console: Console) -> None:
    action = touch.action
    _show_line(console, f"{action.modifier or 'nothing'}  {action.position}", f"\n{touch.number:>3}. ")
    console.print(Text(f"     target   {action.target}"), soft_wrap=True)  # whole on any screen, to be copied
    if action.modifier == "copy" and action.copy is not None:
        console.print(Text(f"     from     {action.copy}"), soft_wrap=True)
    _show_line(console, ", ".join(touch.parts) + (" (adds it)" if touch.creates else ""), "     touches  ")
    _show_line(console, " ".join((action.description or "none").split()), "     reason   ")

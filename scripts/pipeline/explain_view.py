"""An explanation for people: the operation with what changed in it, and the actions that changed it."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from pipeline import yaml_files
from pipeline.explain import Explanation, Touch
from rich.console import Console
from rich.table import Table
from rich.text import Text

_UNFOLDED = 2**31 - 1
_STYLES = {" ": "", "-": "red", "+": "green"}


def show(explanation: Explanation, console: Console) -> None:
    """Print the whole explanation."""
    _show_head(explanation, console)
    _show_operation(explanation, console)
    count = len(explanation.touches)
    _show_line(console, f"\n{count or 'no'} {'action touches' if count == 1 else 'actions touch'} it", style="bold")
    for touch in explanation.touches:
        _show_action(touch, console)


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


def yaml_lines(node: Any) -> list[str]:
    """A node as lines of YAML, none of them folded."""
    return [] if node is None else yaml_files.dumps(node, width=_UNFOLDED).splitlines()


def _show_operation(explanation: Explanation, console: Console) -> None:
    before, after = yaml_lines(explanation.before), yaml_lines(explanation.after)
    heading, lines = "result" if after else "published", [f" {line}" for line in after or before]
    if before and after and before != after:
        heading = "- published, + result"
        lines = list(unified_diff(before, after, n=_UNFOLDED, lineterm=""))[3:]  # after the names and the range
    _show_line(console, heading, style="bold")
    for line in lines:
        text = line[1:].lstrip()
        _show_line(console, text, f"{line[0]} {line[1 : len(line) - len(text)]}", _STYLES[line[0]])


def _show_action(touch: Touch, console: Console) -> None:
    action = touch.action
    _show_line(console, f"{action.modifier or 'nothing'}  {action.position}", f"\n{touch.number:>3}. ")
    console.print(Text(f"     target   {action.target}"), soft_wrap=True)  # whole on any screen, to be copied
    if action.modifier == "copy" and action.copy is not None:
        console.print(Text(f"     from     {action.copy}"), soft_wrap=True)
    _show_line(console, ", ".join(touch.parts) + (" (adds it)" if touch.creates else ""), "     touches  ")
    _show_line(console, " ".join((action.description or "none").split()), "     reason   ")

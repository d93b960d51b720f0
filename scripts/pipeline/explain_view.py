"""An explanation for people: the operation with what changed in it, and the actions that changed it."""

from __future__ import annotations

from collections.abc import Iterator
from difflib import unified_diff
from typing import Any

from pipeline import yaml_files
from pipeline.explain import Explanation, Touch
from rich.console import Console
from rich.text import Text

_UNFOLDED = 2**31 - 1
_STYLES = {" ": "", "-": "red", "+": "green"}


def show(explanation: Explanation, console: Console) -> None:
    count = len(explanation.touches)
    console.print(Text(explanation.operation_id or "without an operationId", "bold"))
    for text in (*_head(explanation), *_operation(explanation)):
        console.print(text, soft_wrap=True)
    console.print(Text(f"\n{count or 'no'} {'action touches' if count == 1 else 'actions touch'} it", "bold"))
    for touch in explanation.touches:
        console.print(Text("\n".join(_action(touch))), soft_wrap=True)


def _head(explanation: Explanation) -> Iterator[Text]:
    yield Text(f"{explanation.method} {explanation.path}")
    maker = next((touch.number for touch in explanation.touches if touch.creates), None)
    if explanation.before is None:
        yield Text("not published" + (f": action {maker} below adds it" if maker else ""))
    else:
        yield Text(f"published  {' and '.join(f'{file}:{line}' for file, line in explanation.sources)}")
    if explanation.after is None:
        yield Text(f"result     none: the overlays of {explanation.vendor} remove it\n")
    else:
        yield Text(f"result     patched document of {explanation.vendor}\n")


def yaml_lines(node: Any) -> list[str]:
    """A node as lines of YAML, none of them folded."""
    return [] if node is None else yaml_files.dumps(node, width=_UNFOLDED).splitlines()


def _operation(explanation: Explanation) -> Iterator[Text]:
    before, after = yaml_lines(explanation.before), yaml_lines(explanation.after)
    heading, lines = "result" if after else "published", [f" {line}" for line in after or before]
    if before and after and before != after:
        heading = "- published, + result"
        lines = list(unified_diff(before, after, n=_UNFOLDED, lineterm=""))[3:]  # after the names and the range
    yield Text(heading, "bold")
    yield from (Text(f"{line[0]} {line[1:]}", _STYLES[line[0]]) for line in lines)


def _action(touch: Touch) -> Iterator[str]:
    action = touch.action
    yield f"\n{touch.number:>3}. {action.modifier or 'nothing'}  {action.position}"
    yield f"     target   {action.target}"
    if action.modifier == "copy":
        yield f"     from     {action.copy}"
    yield f"     touches  {', '.join(touch.parts)}{' (adds it)' if touch.creates else ''}"
    yield f"     reason   {' '.join((action.description or 'none').split())}"

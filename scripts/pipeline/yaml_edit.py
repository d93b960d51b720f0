"""Edit the documents of `overlay/` as text: what is not touched stays as a person wrote it, comments included."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

from pipeline.openapi import differ
from ruamel.yaml import YAML


def _yaml() -> YAML:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width, yaml.preserve_quotes = 2**20, True
    return yaml


def read(path: Path) -> Any:
    """The document in a file, to be changed in place and written again."""
    return _yaml().load(path.read_text(encoding="utf-8"))


def write_or_drop(path: Path, document: Any) -> None:
    """Write an overlay, or drop its file where no action is left."""
    if not document.get("actions", True):
        path.unlink()
        return
    text = io.StringIO()
    _yaml().dump(document, text)
    # An empty line belongs to what stands above it, and goes with it.
    spaced = re.sub(r"(?m)^(?!\s*#)(.*\S)\n+(?=  - (?:target|at):)", r"\1\n\n", text.getvalue())
    path.write_text(re.sub(r"(?m)^(\w+:)\n+(?=  - )", r"\1\n", spaced).rstrip("\n") + "\n", encoding="utf-8")


def prune(node: Any, rest: Any) -> None:
    """Drop from `node`, in place, what `rest` lacks; `rest` is a part of it."""
    if isinstance(node, dict) and isinstance(rest, dict):
        for key in list(node):
            if key in rest:
                prune(node[key], rest[key])
            else:
                del node[key]
    elif isinstance(node, list):
        for index in range(len(node) - 1, -1, -1):
            if all(differ(node[index], each) for each in rest):
                del node[index]

"""Edit the documents of `overlay/` as text: what is not touched stays as a person wrote it, comments included."""

from __future__ import annotations

import copy
import io
import re
from pathlib import Path
from typing import Any

from pipeline.openapi import differ
from pipeline.yaml_files import PipelineError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedBase
from ruamel.yaml.error import YAMLError


def _yaml() -> YAML:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width, yaml.preserve_quotes = 2**20, True
    yaml.composer.warn_double_anchors = False
    return yaml


def read(path: Path) -> Any:
    """The document in a file, to be changed in place and written again."""
    try:
        return _yaml().load(path.read_text(encoding="utf-8"))
    except (YAMLError, ValueError) as error:  # such as a date that is none, which is text to `yaml_files`
        problem = " ".join(str(error).split())
        raise PipelineError(f"{path.name}: cannot be edited as it is written: {problem}") from error


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


def pruned(node: Any, rest: Any) -> Any:
    """`node` less what `rest` lacks, which is a part of it; in place, but where other nodes share it by an anchor."""
    if not differ(node, rest):
        return node
    if isinstance(node, CommentedBase) and (node.anchor.value or getattr(node, "merge", None)):
        return copy.deepcopy(rest)
    if isinstance(node, dict):
        for key in list(node):
            if key not in rest:
                del node[key]
            elif (child := pruned(node[key], rest[key])) is not node[key]:
                node[key] = child
    elif isinstance(node, list):
        for index in range(len(node) - 1, -1, -1):
            if all(differ(node[index], each) for each in rest):
                del node[index]
    return node

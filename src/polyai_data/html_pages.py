"""Pages of HTML that jinja2 makes from templates. Needs one of the extras that have pages."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import jinja2


def templates(*folders: Path, **filters: Callable[..., Any]) -> jinja2.Environment:
    """The templates of some folders, which escape what they are given."""
    made = jinja2.Environment(
        loader=jinja2.FileSystemLoader(folders),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    made.filters |= filters
    return made


def page(template: jinja2.Template, **values: Any) -> str:
    """A page, with `?` for what UTF-8 cannot encode, as a server may have sent it."""
    return template.render(**values).encode("utf-8", "replace").decode("utf-8")

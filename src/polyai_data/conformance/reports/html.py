"""The report as one HTML page that needs nothing else, to be sent on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup, escape

TEMPLATE = "page.html.j2"


def page(summary: dict[str, Any]) -> str:
    """The page."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    environment.filters |= {"marked": marked, "wrapped": wrapped}
    # A server may have sent characters that UTF-8 cannot encode.
    text = environment.get_template(TEMPLATE).render(**summary)
    return text.encode("utf-8", "replace").decode("utf-8")


def marked(text: str) -> Markup:
    """The text, with words between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def wrapped(text: str) -> Markup:
    """The text, such as a place in a response, which a line may end after each of its dots."""
    return Markup(str(escape(text)).replace(".", ".<wbr>"))  # noqa: S704 - it is escaped

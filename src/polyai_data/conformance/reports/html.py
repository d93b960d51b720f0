"""The report as one HTML page that needs nothing else, to be sent on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from markupsafe import Markup, escape

from polyai_data import html_pages

TEMPLATE = "page.html.j2"


def page(summary: dict[str, Any]) -> str:
    templates = html_pages.templates(Path(__file__).parent, marked=marked, wrapped=wrapped)
    return html_pages.page(templates.get_template(TEMPLATE), **summary)


def marked(text: str) -> Markup:
    """The text, with words between backticks as code."""
    return Markup(re.sub(r"`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - it is escaped


def wrapped(text: str) -> Markup:
    """The text, such as a place in a response, which a line may end after each of its dots."""
    return Markup(str(escape(text)).replace(".", ".<wbr>"))  # noqa: S704 - it is escaped

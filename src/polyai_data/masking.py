"""Keeps what is secret or personal out of errors: strikes out secrets, and drops frames. No I/O."""

from __future__ import annotations

import json
import traceback
from base64 import b64encode
from collections.abc import Iterable, Iterator
from typing import Any, TypeVar
from urllib.parse import quote

from polyai_data.errors import PolyAIError

STRUCK_OUT = "***"
SHORTEST = 6
"""Characters of a secret. Shorter ones, which no vendor issues, would be struck out of ordinary words."""

E = TypeVar("E", bound=BaseException)


class Mask:
    """Replaces secrets by `***` in texts, bytes and JSON: as they are, and as a server may have encoded them."""

    __slots__ = ("_forms",)

    def __init__(self, secrets: Iterable[str]) -> None:
        self._forms = {form for secret in secrets if len(secret) >= SHORTEST for form in _forms(secret)}

    def __call__(self, value: Any) -> Any:
        """`value` without the secrets; what is not text, bytes or JSON is returned as it is."""
        if isinstance(value, bytes):
            for form in self._forms:
                value = value.replace(form.encode(), STRUCK_OUT.encode())
        elif isinstance(value, str):
            for form in self._forms:
                value = value.replace(form, STRUCK_OUT)
        elif type(value) in {list, tuple, dict}:
            try:
                made = [self(each) for each in (value.items() if type(value) is dict else value)]
            except RecursionError:
                return STRUCK_OUT
            return type(value)(made)
        return value


def _forms(secret: str) -> Iterator[str]:
    quoted = quote(secret, safe="")
    yield from (secret, secret.lower(), secret.upper(), quoted, quoted.lower())
    import html  # noqa: PLC0415 - its table of names takes long to import

    yield from (html.escape(secret), json.dumps(secret)[1:-1])
    for before, begin in enumerate((0, 2, 3)):
        # In Base64, what is before and after the secret has a part in its first and last characters.
        text = b64encode(b"\0" * before + secret.encode()).decode()[begin : (before + len(secret)) * 8 // 6]
        yield from (text, text.translate({ord("+"): "-", ord("/"): "_"}))


def escaped(text: str) -> str:
    """`text` with what no terminal prints escaped: control characters, and halves of surrogate pairs."""
    if text.isprintable():
        return text
    return "".join(
        each if each.isprintable() or each in "\n\t" else each.encode("unicode_escape").decode() for each in text
    )


def bare(error: E, mask: Mask | None = None) -> E:
    """`error` itself, without the frames that it came through, and without secrets.

    Tools that report errors show the variables of frames, and those here hold requests and responses. What led to an
    error that is not ours stays as a note.
    """
    if isinstance(error, Exception) and not isinstance(error, PolyAIError):
        error.add_note("".join(traceback.format_tb(error.__traceback__)))
    error.__traceback__ = error.__context__ = error.__cause__ = None
    if mask is not None:
        error.args = mask(error.args)
        vars(error).update(mask(vars(error)))
    return error

"""What strikes secrets out, and drops frames."""

from __future__ import annotations

import base64
import html
import json
from collections.abc import Callable
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.masking import Mask, bare

SECRETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=6, max_size=50)
ENCODERS: list[Callable[[str], str]] = [
    str,
    str.upper,
    lambda text: quote(text, safe=""),
    lambda text: quote(text, safe="").lower(),
    html.escape,
    lambda text: json.dumps(text)[1:-1],
]


@given(SECRETS, st.sampled_from(ENCODERS), st.sampled_from(["", "é ", "Bearer "]), st.sampled_from(["", ".", "\ud800"]))
def test_a_secret_is_struck_out_in_every_form(
    secret: str, encode: Callable[[str], str], before: str, after: str
) -> None:
    mask, form = Mask([secret]), encode(secret)
    struck = mask(f"{before}{form}{after}")
    assert form not in struck
    assert struck.startswith(before)
    assert struck.endswith(after)
    assert form.encode() not in mask(form.encode() + b"\xff")
    assert mask({form: [form, (form, 7, None)]}) == {mask(form): [mask(form), (mask(form), 7, None)]}


@given(SECRETS, st.binary(max_size=5), st.binary(max_size=5), st.booleans())
def test_a_secret_is_struck_out_of_base64_wherever_it_begins(
    secret: str, before: bytes, after: bytes, url: bool
) -> None:
    encode = base64.urlsafe_b64encode if url else base64.b64encode
    struck = Mask([secret])(encode(before + secret.encode() + after).decode())
    assert "***" in struck
    assert len(struck.replace("***", "")) <= 18  # what is beside the secret, and two characters at each end of it


def test_what_is_no_secret_stays() -> None:
    value = {"a": ["key", b"\xff", 1.5, None, True]}
    assert Mask(["key", "", "unrelated-secret"])(value) == value
    assert "unrelated" not in repr(Mask(["unrelated-secret"]))


def test_what_is_nested_too_deeply_is_struck_out_as_a_whole() -> None:
    value: list[object] = []
    for _ in range(100_000):
        value = [value]
    assert "***" in str(Mask(["unrelated-secret"])(value))[-100_000:]


def test_an_error_of_another_library_keeps_its_lines_as_a_note_without_variables() -> None:
    secret = "unrelated-secret"
    with pytest.raises(ZeroDivisionError) as caught:
        1 / (len(secret) - len(secret))
    error = bare(caught.value)
    assert error.__traceback__ is None
    assert "1 / (len" in error.__notes__[0]
    assert secret not in error.__notes__[0]

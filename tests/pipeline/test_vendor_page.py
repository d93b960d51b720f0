"""What a page holds: the block byte for byte, what its fence declares, the title."""

from __future__ import annotations

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from pipeline import pages

lines = st.lists(st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=12), max_size=6)
ends = st.sampled_from(["\n", "\r\n"])
lengths = st.tuples(st.integers(3, 9), st.integers(0, 3)).map(lambda pair: (pair[0], sum(pair)))


def no_fence(text: str, mark: str) -> bool:
    return not any(line.lstrip(" ").startswith(mark * 3) for line in text.split("\n"))


@given(parts=st.tuples(lines, lines, lines), mark=st.sampled_from("`~"), lengths=lengths, end=ends)
@example(parts=([], [], []), mark="`", lengths=(3, 3), end="\n")
@example(parts=(["a"], ["b", ""], []), mark="`", lengths=(4, 5), end="\r\n")
def test_the_block_comes_out_byte_for_byte(
    parts: tuple[list[str], list[str], list[str]], mark: str, lengths: tuple[int, int], end: str
) -> None:
    head, text, tail = ("".join(line + end for line in part) for part in parts)
    assume(all(no_fence(part, other) for part in (head, text, tail) for other in "`~"))
    opening, closing = (mark * length for length in lengths)
    page = f"{head}{opening}yaml POST /a/{{b}}{end}{text}{closing}{end if tail else ''}{tail}"
    block = pages.extract_block(page)
    assert block.text == text
    assert block.declared == "POST /a/{b}"
    assert page.split("\n")[block.line - 2].rstrip("\r") == f"{opening}yaml POST /a/{{b}}"


@given(length=st.integers(4, 9), shorter=st.integers(3, 8), indent=st.integers(1, 6))
def test_shorter_and_indented_fences_inside_belong_to_the_block(length: int, shorter: int, indent: int) -> None:
    assume(shorter < length)
    text = f"a: |\n  ```\n{'`' * shorter}\n{' ' * indent}{'`' * length}\nb\n"
    assert pages.extract_block(f"{'`' * length}yaml GET /a\n{text}{'`' * length}").text == text


DECLARATIONS = {
    "yaml GET /a": "GET /a",
    "yaml get /a/{b}": "GET /a/{b}",
    "yml DELETE /a": "DELETE /a",
    "yaml openapi.json PATCH /a": "PATCH /a",
    " yaml  GET   /a ": "GET /a",
    "yaml": None,
    "json GET /a": None,
    "yaml FETCH /a": None,
    "yaml GET a": None,
    "yaml webhook thing.made": None,
}


@pytest.mark.parametrize("info", DECLARATIONS)
def test_what_a_fence_declares(info: str) -> None:
    blocks = [block.declared for block in pages.find_blocks(f"```{info}\nopenapi: 3.1.0\n```\n")]
    assert blocks == ([DECLARATIONS[info]] if DECLARATIONS[info] else [])


@pytest.mark.parametrize(
    ("page", "title"),
    [
        ("> # Quoted\n\n# Real #\r\n# Two\n", "Real"),
        ("```\n# Code\n```\n## Small\n# Real\n", "Real"),
        ("```\n# Code\n", None),
    ],
)
def test_the_title_is_the_first_heading_outside_fences(page: str, title: str | None) -> None:
    assert pages.find_title(page) == title


DEEP = {
    "schema/properties/x/type": ({"name": "a", "in": "query", "schema": {"properties": {"x": {"type": "strin"}}}}, ""),
    "required": ({"name": "a", "in": "query", "required": 3, "schema": {}}, '3 is not of type "boolean"'),
    "": ({"name": "a", "schema": {}}, '"in" is a required property'),
}


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize("at", DEEP)
def test_the_deepest_cause_is_named(at: str, version: str) -> None:
    parameter, problem = DEEP[at]
    get = {"parameters": [parameter], "responses": {"200": {"description": "d"}}}
    document = {"openapi": version, "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": get}}}
    ((pointer, text),) = pages.violations(document)
    assert (pointer.removeprefix("/paths/~1a/get/parameters/0").lstrip("/"), text[: len(problem)]) == (at, problem)

"""YAML as OpenAPI means it: JSON's values, one value for each key, errors with positions, and no two readings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pipeline import yaml_files
from pipeline.yaml_files import PipelineError
from ruamel.yaml import YAML

from polyai_data import openapi


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-06-01", "2026-06-01"),
        ("[en, no, on, y]", ["en", "no", "on", "y"]),
        ("12:30", "12:30"),
        ("1e6", 1e6),
        ("010", 10),
        ("0o17", 15),
        ("1_000", "1_000"),
        (".5", 0.5),
        ("TRUE", True),
        ("&x true", True),
        ("{200: 1, true: 2}", {"200": 1, "true": 2}),
        ("[&a {x: [1]}, *a, {<<: *a, y: 2}]", [{"x": [1]}, {"x": [1]}, {"x": [1], "y": 2}]),
        ("{<<: [{x: 1}, {x: 2, y: 3}], y: 4}", {"x": 1, "y": 4}),
    ],
)
def test_values_are_those_of_json(text: str, value: Any) -> None:
    assert json.dumps(yaml_files.loads(f"a: {text}\n", "x.yaml")["a"]) == json.dumps(value)


@pytest.mark.parametrize("name", ["x.yaml", "x.yml", "x.json", "X.JSON"])
def test_a_byte_order_mark_is_not_content(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'\xef\xbb\xbf{"a": [1]}')
    assert yaml_files.load(path) == {"a": [1]}
    assert yaml_files.item_lines(path, "a") == [1]
    assert yaml_files.decoded(path.read_bytes(), name) == '{"a": [1]}'
    path.write_bytes(b'\xef\xbb\xbf{\n"a": \xff}')
    with pytest.raises(PipelineError, match=f"{name}:2:6: not UTF-8"):
        yaml_files.load(path, name)


def test_an_anchor_may_be_there_twice(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("a: [&b {c: 1}, *b, &b 2,\n *b]\n")
    assert yaml_files.load(path) == {"a": [{"c": 1}, {"c": 1}, 2, 2]}
    assert yaml_files.item_lines(path, "a") == [1, 1, 1, 2]


def test_an_alias_is_a_copy() -> None:
    document = yaml_files.loads("a: &a {x: [1]}\nb: *a\n", "x.yaml")
    document["a"]["x"].append(2)
    assert document["b"] == {"x": [1]}


TEN_MILLION = "a0: &a0 [1]\n" + "".join(f"a{n}: &a{n} [{f'*a{n - 1},' * 10}]\n" for n in range(1, 8))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a: 1\n'a': 2\n", "x.yaml:2:1: duplicate key 'a'"),
        ("a: [1,\n", "x.yaml:2:1: "),
        ("a:\n\t- 1\n", "x.yaml:2:1: "),
        ("a: *missing\n", "x.yaml:1:4: "),
        ("a: &x\n  - *x\n", r"x.yaml:2:5: \*x contains itself"),
        ("a: .inf\n", "x.yaml:1:4: '.inf' is no JSON value"),
        ("a: !!binary abc\n", "x.yaml:1:4: 'abc' is no JSON value"),
        ("? [a]\n: 1\n", "x.yaml:1:3: a key must be a string"),
        ("a: {<<: 1}\n", "x.yaml:1:5: `<<` merges mappings only"),
        ("a: 1\n---\nb: 1\n", "x.yaml:2:1: "),
        (TEN_MILLION, r"x.yaml:\d:\d+: \*a\d: aliases stand for more than 100,000 nodes"),
        ("a: \x01\n", "x.yaml: not valid YAML: "),
        ("- " * 100_000, "x.yaml: not valid YAML: nested too deeply"),
    ],
)
def test_an_error_has_line_and_column(text: str, message: str) -> None:
    with pytest.raises(PipelineError, match=f"^{message}"):
        yaml_files.loads(text, "x.yaml")


@pytest.mark.parametrize(
    ("pointer", "expected"),
    [((), None), (("a",), (1, 1)), (("a", "b", "1"), (2, 10)), (("a", "b", "7", "x"), (2, 3)), (("no",), None)],
)
def test_positions(pointer: tuple[str, ...], expected: tuple[int, int] | None) -> None:
    assert yaml_files.position("a:\n  b: [1, {x: 2}]\n", pointer) == expected


@pytest.mark.parametrize(("odd", "seen"), [("\\ud83d\\ude00 \\\\ud83d", {("d",): (1, 31)}), ("\x7f", {})])
def test_positions_in_json_that_yaml_cannot_read(odd: str, seen: dict[tuple[str, ...], tuple[int, int]]) -> None:
    assert yaml_files.positions(f'{{"c": "{odd}", "d": 1}}', [("d",)]) == seen


def test_order_stays_and_comments_do_not() -> None:
    document = yaml_files.loads("# first\nb: '1'  # one\n# then\na:\n- x\n", "x.yaml")
    assert yaml_files.dumps(document, "# header\n") == '# header\nb: "1"\na:\n- x\n'


def test_what_json_does_not_have_cannot_be_written() -> None:
    for value in (float("nan"), float("inf"), {"a": object()}, "\ud800"):
        with pytest.raises(ValueError, match=r"."):
            yaml_files.dumps([value])


# What is written means the same to every reader.


def _ruamel(version: tuple[int, int]) -> Callable[[str], Any]:
    def load(text: str) -> Any:
        reader = YAML(typ="safe", pure=True)
        reader.version = version
        return reader.load(text)

    return load


READERS: dict[str, Callable[[str], Any]] = {
    "ours": lambda text: yaml_files.loads(text, "x"),
    "PyYAML": yaml.safe_load,
    "the package's": lambda text: yaml.load(text, openapi._LOADER),
    "ruamel.yaml 1.1": _ruamel((1, 1)),
    "ruamel.yaml 1.2": _ruamel((1, 2)),
}
WORDS = """
no on y N Yes off true TRUE null ~ = << - -- --- ... 12:30 190:20:30 1e6 1e+3 1.5 .5 +1 -_ 010 0o17 0x1f 0b1 1_000 1,000
.inf -.INF .nan 2026-01-01 2026-01-01T00:00:00Z 3.1.0 : :a a: # a#b &a *a !a !!str % @ ` ' " [ ] { } , > | |- é 😀
""".split()  # noqa: SIM905 - a list literal would be four times as long
TEXTS = st.one_of(
    st.sampled_from([*WORDS, "", " ", "a: b", "a #b", "- a", "? a", "2001-12-14 21:59:43.10 -5", "a b " * 80]),
    st.sampled_from(["a\nb", "a\n", "a\n\n", "\n", "\na", " a\nb", "a \nb", "a\n b\n", "x: y\n  z", "a\tb\n", "\r\n"]),
    st.sampled_from(["\u2028", "a\x85b", "\ufeff", "\x00", "\x7f", "\ufffe"]),
    st.text(max_size=30),
    st.text("01eE.+-:_xo ynNY~=<\n\t#", max_size=12),
)  # fmt: skip
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4),
    max_leaves=12,
)


@given(VALUES)
def test_every_reader_reads_what_was_written(value: Any) -> None:
    text = yaml_files.dumps(value)
    for name, read in READERS.items():
        assert json.dumps(read(text)) == json.dumps(value), name


def test_every_reader_reads_each_word_as_value_and_key() -> None:
    value = {word: [word, {"enum": [word]}] for word in WORDS}
    for name, read in READERS.items():
        assert read(yaml_files.dumps(value)) == value, name

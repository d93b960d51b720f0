"""YAML as OpenAPI means it: JSON's types, one value for each key, and errors that say where."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.yaml_files import PipelineError


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2026-06-01", "2026-06-01"),
        ("2026-06-01T00:00:00Z", "2026-06-01T00:00:00Z"),
        ("yes", "yes"),
        ("true", True),
        ("&x true", True),
        ("012", 12),
        ("1.5", 1.5),
        ("'200'", "200"),
        ("~", None),
    ],
)
def test_values_are_of_jsons_types(text: str, value: Any) -> None:
    found = yaml_files.plain(yaml_files.loads(f"a: {text}\n", "x.yaml"))["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("a: 1\na: 2\n", "x.yaml:2:1: .*duplicate key"),
        ("a: [1,\n", r"x.yaml:2:1: "),
        ("a:\n\t- 1\n", r"x.yaml:2:1: "),
        ("a: *missing\n", r"x.yaml:1:4: "),
    ],
)
def test_what_is_no_yaml_is_an_error_with_line_and_column(text: str, where: str) -> None:
    with pytest.raises(PipelineError, match=where):
        yaml_files.loads(text, "x.yaml")


def test_bytes_that_are_not_utf8_are_named() -> None:
    with pytest.raises(PipelineError, match=r"x.yaml:1:4: not UTF-8 at byte 3"):
        yaml_files.loads(b"a: \xff", "x.yaml")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(PipelineError, match="No such file"):
        yaml_files.load(tmp_path / "missing.yaml")


def test_comments_quotes_and_order_stay() -> None:
    text = "# first\nb: '1'  # one\n# then\na:\n  - x\n"
    assert yaml_files.dumps(yaml_files.loads(text, "x.yaml"), "# header\n") == "# header\n" + text.replace(
        "  - x", "  - x"
    )

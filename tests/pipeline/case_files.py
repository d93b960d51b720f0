"""Cases that are data: read from `cases/`, and given to a test one by one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files

FOLDER = Path(__file__).with_name("cases")


def cases_of(name: str) -> list[Any]:
    """The cases in `cases/<name>.yaml`."""
    cases: list[Any] = yaml_files.load(FOLDER / f"{name}.yaml")
    assert len({str(case["name"]) for case in cases}) == len(cases), "two cases have one name"
    return cases


def each(name: str) -> pytest.MarkDecorator:
    """Run a test with each case in `cases/<name>.yaml` as its argument `case`."""
    cases = cases_of(name)
    return pytest.mark.parametrize("case", cases, ids=[case["name"] for case in cases])

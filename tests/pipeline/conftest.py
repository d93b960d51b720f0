"""Fixtures of the tests of the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def save(tmp_path: Path) -> Callable[[bytes], Path]:
    """Save a page outside the project folder."""

    def save(data: bytes) -> Path:
        path = tmp_path / "saved page.md"
        path.write_bytes(data)
        return path

    return save


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """An empty project folder."""
    folder = tmp_path / "project"
    folder.mkdir()
    return folder

"""Fixtures of the tests of the pipeline."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from vendor import main as vendor_main

from tests.pipeline.projects import write


@dataclass(frozen=True)
class Done:
    """How a program ended, and what it printed."""

    status: int
    out: str
    err: str


class Run(Protocol):
    """Run the main function of a program in this process."""

    def __call__(self, main: Callable[[Sequence[str] | None], int], /, *arguments: object) -> Done: ...


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    """Run a program in this process; warnings are errors, and a mistake on the command line has a status too."""

    def run(main: Callable[[Sequence[str] | None], int], /, *arguments: object) -> Done:
        capfd.readouterr()
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            try:
                status: Any = main(list(map(str, arguments)))
            except SystemExit as leave:
                status = leave.code
        printed = capfd.readouterr()
        assert "Traceback" not in printed.err
        return Done(status, printed.out, printed.err)

    return run


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


@pytest.fixture
def project(root: Path) -> Callable[[dict[str, str]], Path]:
    """Write files into the project folder."""

    return lambda files: write(root, files)


@pytest.fixture
def vendor(run: Run, root: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Done]:
    """Run `scripts/vendor.py` on the project folder, without proxies; what is new is polyai's."""
    for name in [name for name in os.environ if name.lower().endswith("_proxy")]:
        monkeypatch.delenv(name)

    def vendor(*arguments: object) -> Done:
        done = run(vendor_main, "--vendor", "polyai", *arguments, "--root", root)
        return Done(done.status, done.out.partition("next: ")[0], done.err)

    return vendor

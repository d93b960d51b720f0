"""The wheel: three typed packages, each generated one with the document that it was made from, and nothing else."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"polyai_data", "polyai_data_client", "assemblyai_client"}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT)
    return zipfile.ZipFile(next(folder.glob("*.whl")))


def test_it_carries_three_packages_and_their_types(wheel: zipfile.ZipFile) -> None:
    names = wheel.namelist()
    tops = {name.partition("/")[0] for name in names}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES
    for package in PACKAGES:
        assert f"{package}/py.typed" in names
    for package in PACKAGES - {"polyai_data"}:
        assert f"{package}/openapi.yaml" in names
        assert f"{package}/servers.py" in names
    assert "polyai_data/_sync/client.py" in names
    assert not [name for name in names if "__pycache__" in name]


def test_it_says_what_it_needs_and_what_is_optional(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    lines = wheel.read(name).decode().splitlines()
    needed = {
        line.split()[1].rstrip(",").partition(">")[0]
        for line in lines
        if line.startswith("Requires-Dist") and "extra" not in line
    }
    assert {name.partition("<")[0] for name in needed} == {
        "attrs",
        "httpx",
        "platformdirs",
        "python-dateutil",
        "tomli-w",
    }
    assert {line.split()[1] for line in lines if line.startswith("Provides-Extra")} == {
        "conformance",
        "emulator",
        "strict",
    }


def test_pytest_finds_its_plugin(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "polyai_data = polyai_data.emulator.pytest_plugin" in wheel.read(name).decode()

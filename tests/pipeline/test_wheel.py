"""The wheel: three typed packages, each generated one with the document that it was made from, and nothing else."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = {"polyai_data", "polyai_data_client", "assemblyai_client"}
REPOSITORY = "https://repository.example/polyai-data"
BUILDING = os.environ | {"REPOSITORY_URL": REPOSITORY}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=BUILDING)
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


def test_its_links_lead_to_the_repository(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("METADATA"))
    text = wheel.read(name).decode()
    assert f"Project-URL: Repository, {REPOSITORY}\n" in text
    assert {link for link in re.findall(r"\]\((.*?)\)", text) if not link.startswith(f"{REPOSITORY}/")} == set()


def test_pytest_finds_its_plugin(wheel: zipfile.ZipFile) -> None:
    name = next(name for name in wheel.namelist() if name.endswith("entry_points.txt"))
    assert "polyai_data = polyai_data.emulator.pytest_plugin" in wheel.read(name).decode()


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution, unpacked."""
    folder = tmp_path_factory.mktemp("sdist")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "sdist", "--directory", str(folder)]
    subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=BUILDING)
    shutil.unpack_archive(next(folder.glob("*.tar.gz")), folder, filter="data")
    return next(path for path in folder.iterdir() if path.is_dir())


def test_the_source_distribution_makes_the_same_wheel(unpacked: Path, wheel: zipfile.ZipFile, tmp_path: Path) -> None:
    """Also where REPOSITORY_URL is not set any more."""
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=unpacked)
    made = zipfile.ZipFile(next(tmp_path.glob("*.whl")))
    assert {one: made.read(one) for one in made.namelist()} == {one: wheel.read(one) for one in wheel.namelist()}


def test_the_source_distribution_names_what_is_not_generated_and_takes_the_tour(unpacked: Path, tmp_path: Path) -> None:
    made = Path(shutil.copytree(unpacked / "generated", tmp_path / "generated"))
    (made / "polyai_data_client" / "py.typed").write_text("edited\n", encoding="utf-8")
    (made / "assemblyai_client" / "py.typed").unlink()
    (made / "own.py").touch()
    wrong = """error: generated/ is not what specs/ and overlay/ give; run `make generate`:
  assemblyai_client/py.typed: missing
  own.py: not made by make generate
  polyai_data_client/py.typed: differs
"""
    clean = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("POLYAI_", "ASSEMBLYAI_", "COVERAGE_"))
    }
    environment = {**clean, "HOME": str(tmp_path), "PYTHONPATH": f"{unpacked / 'src'}:{unpacked / 'generated'}"}
    generator = str(ROOT / ".venv-generator" / "bin" / "python")
    programs: tuple[tuple[tuple[str, ...], int, str], ...] = (
        ((generator, "scripts/generate.py", "--check", "--output", str(made)), 1, wrong),
        ((sys.executable, "scripts/tour.py", "--output", str(tmp_path / "out")), 0, ""),
        (("make", "--dry-run", "run", "quick", "check", "test"), 0, ""),
    )
    for program, status, error in programs:
        done = subprocess.run(program, cwd=unpacked, env=environment, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (status, error), program
    assert len(list((tmp_path / "out").iterdir())) == 3
    assert (made / "own.py").exists()

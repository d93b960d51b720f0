"""`scripts/vendor.py` on pages without a block, and what is vendored in this project."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from pipeline import pages, sources, yaml_files
from pipeline.openapi import operations

from tests.pipeline.vendoring import (
    BLOCK,
    ENTRY_KEYS,
    GET_THING,
    OPERATION,
    PAGES,
    ROOT,
    URL,
    run,
    snapshot,
    sources_of,
    today,
    visit,
)

PROSE = (PAGES / "prose.md").read_bytes()


@pytest.fixture
def written(root: Path) -> Path:
    """A document that a person wrote."""
    path = root / "specs/other/get-thing.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# by hand\n" + BLOCK)
    return path


def test_a_transcribed_page_is_recorded_by_its_own_hash(
    root: Path, written: Path, save: Callable[[bytes], Path]
) -> None:
    result = run(root, save(PROSE), "--url", URL, "--transcribed", "specs/other/get-thing.yaml")
    assert (result.stdout, result.stderr) == (f"new: specs/other/get-thing.yaml ({OPERATION})\n", "")
    entry = sources_of(root)["other/get-thing.yaml"]
    assert list(entry) == ENTRY_KEYS
    assert entry["first_seen"] <= today()
    assert {key: entry[key] for key in ("kind", "title", "url", "operation", "sha256")} == {
        "kind": "transcribed",
        "title": "Get a thing",
        "url": URL,
        "operation": OPERATION,
        "sha256": hashlib.sha256(PROSE).hexdigest(),
    }
    assert written.read_bytes() == b"# by hand\n" + BLOCK


def test_a_transcribed_page_that_changed_sends_a_person_to_look(
    root: Path, written: Path, save: Callable[[bytes], Path]
) -> None:
    visit(root, save(PROSE), "--url", URL, "--transcribed", written)
    before = snapshot(root)
    assert run(root, save(PROSE), "--transcribed", written).stdout.startswith("unchanged: ")
    assert snapshot(root) == before
    result = run(root, save(PROSE + b"And more.\n"), "--transcribed", written)
    assert result.stdout.startswith("changed: ")
    assert f"hold the file against {URL}" in result.stdout
    assert sources_of(root)["other/get-thing.yaml"]["sha256"] == hashlib.sha256(PROSE + b"And more.\n").hexdigest()
    assert written.read_bytes() == b"# by hand\n" + BLOCK


BAD_TRANSCRIPTIONS: dict[str, tuple[bytes, bytes, str]] = {
    "page has a block": (GET_THING, BLOCK, "carries an OpenAPI block"),
    "file is no OpenAPI": (PROSE, b"title: Things\n", "not an OpenAPI"),
    "file is broken": (PROSE, b"openapi: [\n", "get-thing.yaml:2:1"),
    "file has no operation": (PROSE, b"openapi: 3.1.0\npaths: {}\n", "0 operations"),
    "page is not UTF-8": (b"# \xff\n", BLOCK, "not UTF-8"),
}


@pytest.mark.parametrize("case", BAD_TRANSCRIPTIONS)
def test_a_bad_transcription_is_an_error(case: str, root: Path, written: Path, save: Callable[[bytes], Path]) -> None:
    page, document, message = BAD_TRANSCRIPTIONS[case]
    written.write_bytes(document)
    before = snapshot(root)
    result = run(root, save(page), "--url", URL, "--transcribed", written)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert snapshot(root) == before


def test_a_transcribed_file_must_exist_inside_specs(root: Path, tmp_path: Path, save: Callable[[bytes], Path]) -> None:
    missing = run(root, save(PROSE), "--url", URL, "--transcribed", "specs/other/none.yaml")
    assert (missing.returncode, "No such file" in missing.stderr) == (1, True)
    (tmp_path / "outside.yaml").write_bytes(BLOCK)
    outside = run(root, save(PROSE), "--url", URL, "--transcribed", tmp_path / "outside.yaml")
    assert (outside.returncode, "not inside" in outside.stderr) == (1, True)
    assert snapshot(root) == {}


def test_a_transcribed_page_wants_its_address_once(root: Path, written: Path, save: Callable[[bytes], Path]) -> None:
    result = run(root, save(PROSE), "--transcribed", written)
    assert (result.returncode, "URL=" in result.stderr) == (1, True)


def test_a_published_block_takes_over_from_a_transcription(root: Path, save: Callable[[bytes], Path]) -> None:
    path = root / "specs/polyai/get-thing.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# by hand\n" + BLOCK)
    visit(root, save(PROSE), "--url", URL, "--transcribed", path)
    result = run(root, save(GET_THING), "--url", URL)
    assert result.stdout.startswith("changed: ")
    assert "had transcribed" in result.stdout
    assert path.read_bytes() == BLOCK
    assert sources_of(root)["polyai/get-thing.yaml"]["kind"] == "published"


SPECS = ROOT / "specs"
SOURCES = sources.load_sources(SPECS)


def test_every_file_has_its_entry_and_every_entry_its_file() -> None:
    files = {path.relative_to(SPECS).as_posix() for path in SPECS.glob("*/*.yaml")}
    assert files == set(SOURCES)
    assert (SPECS / "sources.yaml").read_bytes() == sources.dump_sources(SOURCES)


@pytest.mark.parametrize("file", SOURCES)
def test_an_entry_agrees_with_its_file(file: str) -> None:
    entry = SOURCES[file]
    assert list(entry) == ENTRY_KEYS
    document = yaml_files.load(SPECS / file)
    pages.check_openapi(document, file)
    assert entry["operation"] in operations(document)
    assert entry["url"] == pages.page_address(entry["url"])
    assert datetime.strptime(entry["first_seen"], "%Y-%m-%d").date().isoformat() == entry["first_seen"]
    assert entry["kind"] in {"published", "transcribed"}


@pytest.mark.parametrize("file", [file for file, entry in SOURCES.items() if entry["kind"] == "published"])
def test_a_published_file_is_the_block_of_its_page(file: str, root: Path, save: Callable[[bytes], Path]) -> None:
    entry, data = SOURCES[file], (SPECS / file).read_bytes()
    assert hashlib.sha256(data).hexdigest() == entry["sha256"]
    page = f"# {entry['title']}\n\n````yaml {entry['operation']}\n".encode() + data + b"````"
    result = run(root, save(page), "--url", entry["url"])
    assert (result.returncode, result.stderr) == (0, "")
    assert (root / "specs" / file).read_bytes() == data
    assert {**sources_of(root)[file], "first_seen": ""} == {**entry, "first_seen": ""}

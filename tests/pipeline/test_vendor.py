"""`scripts/vendor.py` on saved pages: the block comes out byte for byte, and nothing is written unless all is well."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from pipeline import pages, sources, yaml_files
from pipeline.openapi import operations

from tests.pipeline.conftest import Done
from tests.pipeline.projects import snapshot
from tests.pipeline.vendoring import BLOCK, ENTRY_KEYS, GET_THING, OPERATION, OTHER, PROSE, ROOT, URL, sources_of, today

Vendor = Callable[..., Done]
Save = Callable[[bytes], Path]
FILE = "polyai/get-thing.yaml"


def test_a_new_page_is_written_and_recorded(root: Path, save: Save) -> None:
    before = today()
    command = [sys.executable, str(ROOT / "scripts/vendor.py"), str(save(GET_THING)), "--root", str(root)]
    options = ["--url", f"{URL}.md", "--vendor", "polyai"]
    done = subprocess.run([*command, *options], capture_output=True, text=True, check=False)
    first, following = done.stdout.splitlines()
    assert (done.returncode, first, done.stderr) == (0, f"new: specs/{FILE} ({OPERATION})", "")
    assert following.startswith("next: ")
    assert set(snapshot(root)) == {"specs/sources.yaml", f"specs/{FILE}"}
    assert (root / "specs" / FILE).read_bytes() == BLOCK
    entry = sources_of(root)[FILE]
    assert list(entry) == ENTRY_KEYS
    assert before <= entry.pop("first_seen") <= today()
    assert entry == {
        "kind": "published",
        "title": "Get a thing",
        "url": URL,
        "operation": OPERATION,
        "sha256": hashlib.sha256(BLOCK).hexdigest(),
    }


def test_a_date_is_that_of_the_block(vendor: Vendor, root: Path, save: Save) -> None:
    vendor(save(GET_THING), "--url", URL)
    record = root / "specs/sources.yaml"
    record.write_text(record.read_text().replace(today(), "2024-02-29"))
    before = snapshot(root)
    done = vendor(save(GET_THING))  # the address is known from the first visit
    assert done.out == f"unchanged: specs/{FILE} ({OPERATION})\n"
    assert snapshot(root) == before
    assert vendor(save(GET_THING.replace(b"# Get a thing", b"# Get one thing"))).out.startswith("changed: ")
    entry = sources_of(root)[FILE]
    assert (entry["title"], entry["first_seen"]) == ("Get one thing", "2024-02-29")
    assert vendor(save(GET_THING.replace(b"All about things", b"A lot about things"))).out.startswith("changed: ")
    written = (root / "specs" / FILE).read_bytes()
    assert written == BLOCK.replace(b"All about", b"A lot about")
    entry = sources_of(root)[FILE]
    assert (entry["sha256"], entry["first_seen"]) == (hashlib.sha256(written).hexdigest(), today())


def test_a_file_edited_by_hand_gets_its_block_back(vendor: Vendor, root: Path, save: Save) -> None:
    vendor(save(GET_THING), "--url", URL)
    record = (root / "specs/sources.yaml").read_bytes()
    (root / "specs" / FILE).write_bytes(b"openapi: 3.0.1\n")
    done = vendor(save(GET_THING))
    assert done.out.startswith("changed: ")
    assert "is back" in done.out
    assert (root / "specs" / FILE).read_bytes() == BLOCK
    assert (root / "specs/sources.yaml").read_bytes() == record


BROKEN_YAML = GET_THING.replace(b"  version: 1.0.0", b"  version: {1")
BAD_PAGES: dict[str, tuple[bytes, str]] = {
    "no block": (PROSE, "no OpenAPI block"),
    "cut inside the block": (GET_THING[:-4], ":23: the OpenAPI block that opens here is never closed"),
    "two blocks": (GET_THING + b"\n\n" + OTHER, "2 OpenAPI blocks"),
    # The page's line 24 is the block's first one.
    "broken YAML": (BROKEN_YAML, ":33:"),
    "wrong path": (GET_THING.replace(b"yaml GET /v1/things", b"yaml GET /v2"), ":23: the fence declares GET /v2/"),
    "no mapping": (b"````yaml GET /a\n- GET /a\n````\n", "it is not a mapping"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_PAGES)
def test_a_bad_page_writes_nothing(case: str, vendor: Vendor, root: Path, save: Save) -> None:
    page, message = BAD_PAGES[case]
    vendor(save(GET_THING), "--url", URL)
    before = snapshot(root)
    path = save(page)
    done = vendor(path, "--url", URL)
    assert (done.status, done.out) == (1, "")
    assert done.err.startswith(f"error: {path}")
    assert message in done.err
    assert snapshot(root) == before


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("ftp://docs.example.test/get-thing", "not the http(s) address"),
        ("get-thing", "not the http(s) address"),
        ("file:../thing.md", "its path below the project's folder"),
    ],
)
def test_a_bad_address(url: str, message: str, vendor: Vendor, root: Path, save: Save) -> None:
    done = vendor(save(GET_THING), "--url", url)
    assert done.status == 1
    assert done.err.startswith("error: ")
    assert message in done.err
    assert snapshot(root) == {}


@pytest.mark.parametrize(("page", "message"), [("missing.md", "No such file"), (".", "directory"), ("", "which page?")])
def test_a_file_that_cannot_be_read(page: str, message: str, vendor: Vendor, root: Path, tmp_path: Path) -> None:
    done = vendor(tmp_path / page if page else "", "--url", URL)
    assert done.status == 1
    assert message in done.err
    assert snapshot(root) == {}


def test_two_pages_of_one_name_do_not_overwrite_each_other(vendor: Vendor, root: Path, save: Save) -> None:
    vendor(save(GET_THING), "--url", URL)
    done = vendor(save(OTHER), "--url", "https://docs.example.test/v2/get-thing")
    assert done.out == "new: specs/polyai/get-a-thing.yaml (GET /v1/boxes/{thingId})\n"
    assert (root / "specs" / FILE).read_bytes() == BLOCK
    assert vendor(save(OTHER), "--url", URL).out.startswith("changed: ")  # the page itself may describe another
    assert sources_of(root)[FILE]["operation"] == "GET /v1/boxes/{thingId}"


@pytest.mark.parametrize(
    "case",
    [
        (f"specs/{FILE}", "mine", f"specs/{FILE}: exists, but is not in sources.yaml"),
        ("specs/sources.yaml", "a: {kind: published}\n", "specs/sources.yaml: an entry is not as"),
    ],
)
def test_a_file_in_the_way_is_left_alone(case: tuple[str, str, str], vendor: Vendor, root: Path, save: Save) -> None:
    file, text, message = case
    (root / file).parent.mkdir(parents=True)
    (root / file).write_text(text)
    done = vendor(save(GET_THING), "--url", URL)
    assert done.status == 1
    assert message in done.err
    assert [(name, data) for name, (data, _) in snapshot(root).items()] == [(file, text.encode())]


def test_a_source_can_be_dropped(vendor: Vendor, root: Path, save: Save) -> None:
    vendor(save(GET_THING), "--url", URL)
    done = vendor("--drop", f"specs/{FILE}")
    assert (done.status, done.out) == (0, f"dropped: specs/{FILE} ({OPERATION})\n")
    assert set(snapshot(root)) == {"specs/sources.yaml"}
    assert sources_of(root) == {}
    again = vendor("--drop", f"specs/{FILE}")
    assert (again.status, "is not in sources.yaml" in again.err) == (1, True)


# Pages without a block, which a person transcribes.


@pytest.fixture
def written(root: Path) -> Path:
    """A document that a person wrote."""
    path = root / "specs/other/get-thing.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"# by hand\n" + BLOCK)
    return path


def test_a_transcribed_page_is_recorded_by_its_own_hash(vendor: Vendor, root: Path, written: Path, save: Save) -> None:
    done = vendor(save(PROSE), "--url", URL, "--transcribed", "specs/other/get-thing.yaml")
    assert (done.out, done.err) == (f"new: specs/other/get-thing.yaml ({OPERATION})\n", "")
    entry = sources_of(root)["other/get-thing.yaml"]
    assert entry == {
        "kind": "transcribed",
        "title": "Get a thing",
        "url": URL,
        "operation": OPERATION,
        "sha256": hashlib.sha256(PROSE).hexdigest(),
        "first_seen": today(),
    }
    before = snapshot(root)
    assert vendor(save(PROSE), "--transcribed", written).out.startswith("unchanged: ")
    assert snapshot(root) == before
    done = vendor(save(PROSE + b"And more.\n"), "--transcribed", written)
    assert done.out.startswith("changed: ")
    assert f"hold the file against {URL}" in done.out
    assert sources_of(root)["other/get-thing.yaml"]["sha256"] == hashlib.sha256(PROSE + b"And more.\n").hexdigest()
    assert written.read_bytes() == b"# by hand\n" + BLOCK


@pytest.mark.parametrize(
    "case",
    [
        (GET_THING, BLOCK, "carries an OpenAPI block"),
        (PROSE, b"title: Things\n", "not an OpenAPI"),
        (PROSE, b"openapi: 3.1.0\npaths: {}\n", "0 operations"),
    ],
)
def test_a_bad_transcription(case: tuple[bytes, bytes, str], vendor: Vendor, written: Path, save: Save) -> None:
    page, document, message = case
    root = written.parents[2]
    written.write_bytes(document)
    before = snapshot(root)
    done = vendor(save(page), "--url", URL, "--transcribed", written)
    assert done.status == 1
    assert message in done.err
    assert snapshot(root) == before


def test_a_transcribed_file_must_be_in_specs(vendor: Vendor, root: Path, tmp_path: Path, save: Save) -> None:
    (tmp_path / "outside.yaml").write_bytes(BLOCK)
    done = vendor(save(PROSE), "--url", URL, "--transcribed", tmp_path / "outside.yaml")
    assert (done.status, "not inside" in done.err, snapshot(root)) == (1, True, {})


# What is vendored in this project.

SPECS = ROOT / "specs"
SOURCES = sources.load_sources(SPECS)


def test_every_file_has_its_entry_and_every_entry_its_file() -> None:
    assert {path.relative_to(SPECS).as_posix() for path in SPECS.glob("*/*.yaml")} == set(SOURCES)
    assert (SPECS / "sources.yaml").read_bytes() == sources.dump_sources(SOURCES)


@pytest.mark.parametrize("file", SOURCES)
def test_an_entry_agrees_with_its_file(file: str, vendor: Vendor, root: Path, save: Save) -> None:
    entry, data = SOURCES[file], (SPECS / file).read_bytes()
    assert list(entry) == ENTRY_KEYS
    document = yaml_files.load(SPECS / file)
    pages.check_openapi(document, file)
    assert entry["operation"] in operations(document)
    assert entry["url"] == pages.page_address(entry["url"])
    if entry["kind"] == "published":
        assert hashlib.sha256(data).hexdigest() == entry["sha256"]
        page = f"# {entry['title']}\n\n````yaml {entry['operation']}\n".encode() + data + b"````"
        assert vendor(save(page), "--url", entry["url"]).status == 0
        assert (root / "specs" / file).read_bytes() == data
        assert {**sources_of(root)[file], "first_seen": ""} == {**entry, "first_seen": ""}
    else:
        assert entry["kind"] == "transcribed"

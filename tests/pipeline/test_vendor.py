"""`scripts/vendor.py` on saved pages: the block comes out byte for byte, and nothing is written unless all is well."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.pipeline.vendoring import (
    BLOCK,
    GET_THING,
    OPERATION,
    PAGES,
    URL,
    run,
    snapshot,
    sources_of,
    today,
    visit,
)


def test_a_new_page_is_written_and_recorded(root: Path, save: Callable[[bytes], Path]) -> None:
    before = today()
    result = run(root, save(GET_THING), "--url", URL + ".md")
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"new: specs/polyai/get-thing.yaml ({OPERATION})\n"
    assert set(snapshot(root)) == {"specs/sources.yaml", "specs/polyai/get-thing.yaml"}
    assert (root / "specs/polyai/get-thing.yaml").read_bytes() == BLOCK
    entry = sources_of(root)["polyai/get-thing.yaml"]
    assert before <= entry.pop("first_seen") <= today()
    assert entry == {
        "kind": "published",
        "title": "Get a thing",
        "url": URL,
        "operation": OPERATION,
        "sha256": hashlib.sha256(BLOCK).hexdigest(),
    }


def test_sources_is_readable_and_says_who_writes_it(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", "https://docs.example.test/z-last")
    visit(root, save(GET_THING), "--url", "https://docs.example.test/a-first")
    text = (root / "specs/sources.yaml").read_text()
    assert text.startswith("# ")
    assert "make vendor" in text.splitlines()[0]
    assert text.index("polyai/a-first.yaml:") < text.index("polyai/z-last.yaml:")
    assert f'  first_seen: "{sources_of(root)["polyai/a-first.yaml"]["first_seen"]}"\n' in text


def test_unchanged_changes_nothing_the_date_included(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    record = root / "specs/sources.yaml"
    record.write_text(record.read_text().replace(today(), "2024-02-29"))
    before = snapshot(root)
    result = run(root, save(GET_THING))  # the address is known from the first visit
    assert result.stdout == f"unchanged: specs/polyai/get-thing.yaml ({OPERATION})\n"
    assert snapshot(root) == before


def test_a_changed_block_is_rewritten_and_dated_anew(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    record = root / "specs/sources.yaml"
    record.write_text(record.read_text().replace(today(), "2024-02-29"))
    result = run(root, save(GET_THING.replace(b"All about things", b"A lot about things")))
    assert result.stdout.startswith("changed: ")
    written = (root / "specs/polyai/get-thing.yaml").read_bytes()
    assert written == BLOCK.replace(b"All about", b"A lot about")
    entry = sources_of(root)["polyai/get-thing.yaml"]
    assert entry["sha256"] == hashlib.sha256(written).hexdigest()
    assert entry["first_seen"] >= "2026"


def test_a_new_title_keeps_the_date_of_the_block(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    record = root / "specs/sources.yaml"
    record.write_text(record.read_text().replace(today(), "2024-02-29"))
    assert run(root, save(GET_THING.replace(b"# Get a thing", b"# Get one thing"))).stdout.startswith("changed: ")
    entry = sources_of(root)["polyai/get-thing.yaml"]
    assert (entry["title"], entry["first_seen"]) == ("Get one thing", "2024-02-29")


def test_a_file_edited_by_hand_gets_its_block_back(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    record = (root / "specs/sources.yaml").read_bytes()
    (root / "specs/polyai/get-thing.yaml").write_bytes(b"openapi: 3.0.1\n")
    result = run(root, save(GET_THING))
    assert result.stdout.startswith("changed: ")
    assert "is back" in result.stdout
    assert (root / "specs/polyai/get-thing.yaml").read_bytes() == BLOCK
    assert (root / "specs/sources.yaml").read_bytes() == record


def test_the_same_operation_on_another_page_is_pointed_out(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    result = run(root, save(GET_THING), "--url", "https://docs.example.test/moved/fetch-thing")
    assert result.stdout.startswith("new: specs/polyai/fetch-thing.yaml")
    assert "specs/polyai/get-thing.yaml holds the same operation" in result.stdout


OTHER = GET_THING.replace(b"/v1/things", b"/v2/things")
BAD_PAGES: dict[str, tuple[bytes, str]] = {
    "no block": ((PAGES / "prose.md").read_bytes(), "no OpenAPI block"),
    "empty page": (b"", "no OpenAPI block"),
    "swallowed by an open fence": (b"~~~\n" + GET_THING, "line 1 is never closed"),
    "cut inside the block": (GET_THING[:-4], ":23: the OpenAPI block that opens here is never closed"),
    "closing fence too short": (GET_THING[:-1], "never closed"),
    "two blocks": (GET_THING + b"\n\n" + OTHER, "2 OpenAPI blocks"),
    # The page's line 24 is the block's first one.
    "broken YAML": (GET_THING.replace(b"  version: 1.0.0", b"  version: {1.0.0"), ":33:"),
    "broken YAML, Windows line ends": (
        GET_THING.replace(b"  version: 1.0.0", b"  version: {1").replace(b"\n", b"\r\n"),
        ":33:",
    ),
    "duplicate key": (GET_THING.replace(b"  version: 1.0.0", b"  title: Again"), ":32:3: "),
    "other operation": (
        GET_THING.replace(b"yaml GET /v1/things", b"yaml GET /v1/thing"),
        ":23: the fence declares GET /v1/thing/",
    ),
    "other method": (GET_THING.replace(b"    get:", b"    put:"), "but the block has PUT /v1/things/{thingId}"),
    "not UTF-8": (GET_THING.replace(b"\xe2\x80\x94", b"\x97"), "not UTF-8 at byte"),
    "no OpenAPI": (GET_THING.replace(b"openapi: 3.0.1\ninfo", b"arazzo: 1.0.1\ninfo"), "not an OpenAPI"),
    "Swagger 2": (GET_THING.replace(b"openapi: 3.0.1\ninfo", b"swagger: '2.0'\ninfo"), "not an OpenAPI"),
    "no mapping": (b"````yaml GET /a\n- GET /a\n````\n", "holds no mapping"),
    "empty block": (b"````yaml GET /a\n````\n", "holds no mapping"),
    "no paths": (b"````yaml GET /a\nopenapi: 3.1.0\n````\n", "`paths` is missing"),
    "paths is a list": (b"````yaml GET /a\nopenapi: 3.1.0\npaths: [/a]\n````\n", "`paths` is missing or no mapping"),
    "two documents": (b"````yaml GET /a\nopenapi: 3.1.0\n---\nopenapi: 3.1.0\n````\n", ":3:1: "),
}


@pytest.mark.parametrize("case", BAD_PAGES)
def test_a_bad_page_is_an_error_and_writes_nothing(case: str, root: Path, save: Callable[[bytes], Path]) -> None:
    page, message = BAD_PAGES[case]
    assert page != GET_THING
    visit(root, save(GET_THING), "--url", URL)
    before = snapshot(root)
    path = save(page)
    result = run(root, path, "--url", URL)
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr.startswith(f"error: {path}")
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert snapshot(root) == before


BAD_ADDRESSES = {
    "not http": ("ftp://docs.example.test/get-thing", "not the http(s) address"),
    "no host": ("https:///get-thing", "not the http(s) address"),
    "no address": ("get-thing", "not the http(s) address"),
    "no page": ("https://docs.example.test/", "makes no file name"),
    "dots": ("https://docs.example.test/..", "makes no file name"),
    "escapes": ("https://docs.example.test/a%2Fb", "makes no file name"),
    "broken brackets": ("https://[docs/get-thing", "Invalid IPv6 URL"),
}


@pytest.mark.parametrize("case", BAD_ADDRESSES)
def test_a_bad_address_is_an_error(case: str, root: Path, save: Callable[[bytes], Path]) -> None:
    url, message = BAD_ADDRESSES[case]
    result = run(root, save(GET_THING), "--url", url)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert snapshot(root) == {}


@pytest.mark.parametrize("url", [[], ["--url", ""]])
def test_a_saved_page_that_nobody_knows_wants_its_address(
    url: list[str], root: Path, save: Callable[[bytes], Path]
) -> None:
    result = run(root, save(GET_THING), *url)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "URL=" in result.stderr
    assert snapshot(root) == {}


def test_a_saved_page_that_two_addresses_declare_wants_its_address(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    visit(root, save(GET_THING), "--url", URL + "-again")
    result = run(root, save(GET_THING))
    assert result.returncode == 1
    assert f"{URL}-again and {URL}:" in result.stderr


@pytest.mark.parametrize(
    ("page", "message"),
    [("missing.md", "No such file"), ("folder", "directory"), ("", "which page?")],
)
def test_an_unreadable_file_is_an_error(page: str, message: str, root: Path, tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    result = run(root, tmp_path / page if page else "", "--url", URL)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert message in result.stderr
    assert snapshot(root) == {}


def test_two_pages_of_one_name_do_not_overwrite_each_other(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    before = snapshot(root)
    result = run(root, save(OTHER), "--url", "https://docs.example.test/v2/get-thing")
    assert result.returncode == 1
    assert f"already holds {OPERATION} from {URL}" in result.stderr
    assert snapshot(root) == before


def test_a_page_may_come_to_describe_another_operation(root: Path, save: Callable[[bytes], Path]) -> None:
    visit(root, save(GET_THING), "--url", URL)
    assert run(root, save(OTHER), "--url", URL).stdout.startswith("changed: ")
    assert sources_of(root)["polyai/get-thing.yaml"]["operation"] == "GET /v2/things/{thingId}"


def test_a_file_that_nobody_recorded_is_left_alone(root: Path, save: Callable[[bytes], Path]) -> None:
    path = root / "specs/polyai/get-thing.yaml"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"mine")
    result = run(root, save(GET_THING), "--url", URL)
    assert result.returncode == 1
    assert "specs/polyai/get-thing.yaml: exists" in result.stderr
    assert set(snapshot(root)) == {"specs/polyai/get-thing.yaml"}
    assert path.read_bytes() == b"mine"


@pytest.mark.parametrize("text", ["- a list\n", "a: b\n", "a: {kind: published}\n", "a: [\n"])
def test_a_broken_record_stops_before_anything_is_written(text: str, root: Path, save: Callable[[bytes], Path]) -> None:
    (root / "specs").mkdir()
    (root / "specs/sources.yaml").write_text(text)
    result = run(root, save(GET_THING), "--url", URL)
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {root}/specs/sources.yaml")
    assert set(snapshot(root)) == {"specs/sources.yaml"}


def test_nothing_is_written_when_one_of_the_files_cannot_be(root: Path, save: Callable[[bytes], Path]) -> None:
    (root / "specs").mkdir()
    (root / "specs/polyai").write_bytes(b"a file where a folder should be")
    result = run(root, save(GET_THING), "--url", URL)
    assert result.returncode == 1
    assert result.stderr.startswith("error: ")
    assert "Traceback" not in result.stderr
    assert set(snapshot(root)) == {"specs/polyai"}

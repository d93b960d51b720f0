"""`scripts/vendor.py` on pages that it fetches and on several: every source again, folders, indexes, bare files."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from pipeline import yaml_files

from tests.pipeline.conftest import Done
from tests.pipeline.projects import snapshot
from tests.pipeline.vendoring import BLOCK, GET_THING, OPERATION, OTHER, PROSE, URL, site, sources_of
from tests.support.scripted_server import ScriptedServer, by_path, cut, response

Vendor = Callable[..., Done]
LOGIN = b"<!doctype html><title>Please sign in</title>"
DOCUMENT = json.dumps(yaml_files.loads(BLOCK, "block"), indent=1).encode()
ADDRESSED = b"# Get a thing\n\nSource: " + f"<{URL}.md>\n\n".encode() + GET_THING.partition(b"# Get a thing")[2]
CHANGED = GET_THING.replace(b"The thing.", b"Changed.")


@pytest.fixture
def folder(tmp_path: Path) -> Callable[[dict[str, bytes]], Path]:
    """A folder of saved pages."""

    def made(files: dict[str, bytes]) -> Path:
        saved = tmp_path / "saved"
        saved.mkdir(exist_ok=True)
        for name, data in files.items():
            (saved / name).write_bytes(data)
        return saved

    return made


Folder = Callable[[dict[str, bytes]], Path]

# Fetched pages.


@pytest.mark.parametrize("page", ["get-thing", "get-thing.md", "get-thing.md#openapi"])
def test_a_page_is_fetched_from_its_address(page: str, vendor: Vendor, root: Path) -> None:
    with site({"/docs/get-thing": GET_THING, "/docs/get-thing.md": GET_THING}) as server:
        done = vendor(f"{server.url}/docs/{page}")
    assert (done.status, done.err) == (0, "")
    assert (root / "specs/polyai/get-thing.yaml").read_bytes() == BLOCK
    assert sources_of(root)["polyai/get-thing.yaml"]["url"] == f"{server.url}/docs/get-thing"


def test_redirects_and_failures(vendor: Vendor, root: Path) -> None:
    steps = {
        "/moved": response(302, b"", "Location: /page"),
        "/page": response(200, GET_THING),
        "/gone": response(404, GET_THING),
        "/broken": response(503, GET_THING),
        "/cut": cut(response(200, GET_THING, length=len(GET_THING) + 1)),
        "/html": response(200, LOGIN),
        "/latin": response(200, GET_THING.replace(b"\xe2\x80\x94", b"\x97")),
    }
    messages = {"gone": "HTTP status 404", "broken": "HTTP status 503", "cut": "cannot be read", "html": "ends in .md"}
    messages["latin"] = "not UTF-8"
    with ScriptedServer(by_path(steps)) as server:
        for page, message in messages.items():
            done = vendor(f"{server.url}/{page}", "--url", URL)
            assert done.status == 1
            assert done.err.startswith(f"error: {server.url}/{page}:")
            assert message in done.err
            assert snapshot(root) == {}
        assert vendor(f"{server.url}/moved", "--url", URL).out == f"new: specs/polyai/get-thing.yaml ({OPERATION})\n"
    assert sources_of(root)["polyai/get-thing.yaml"]["url"] == URL


# Every source again.


def test_without_a_page_every_source_is_visited_in_its_text_form(vendor: Vendor, root: Path) -> None:
    pages = {"/docs/thing.md": GET_THING, "/docs/box.md": OTHER, "/docs/a": OTHER.replace(b"/v1/boxes", b"/v1/a")}
    with site(pages) as server:
        for path in pages:
            vendor(f"{server.url}{path}")
        before = snapshot(root)
        same = vendor()
        assert (same.status, same.err, same.out.count("unchanged: specs/polyai/")) == (0, "", 3)
        assert snapshot(root) == before
        assert {"/docs/a.md", "/docs/a"} <= {request.target for request in server.requests}
        pages["/docs/box.md"] = OTHER.replace(b"The thing.", b"The box.")
        changed = vendor()
    assert changed.status == 0
    assert "changed: specs/polyai/box.yaml" in changed.out
    assert "unchanged: specs/polyai/thing.yaml" in changed.out
    assert b"The box." in (root / "specs/polyai/box.yaml").read_bytes()


def test_bad_sources_are_all_named_and_nothing_is_written(vendor: Vendor, root: Path) -> None:
    pages = {f"/docs/{name}.md": GET_THING.replace(b"/v1/things", b"/v1/" + name.encode()) for name in ("a", "b", "c")}
    with site(pages) as server:
        for path in pages:
            vendor(f"{server.url}{path}")
        before = snapshot(root)
        pages["/docs/a.md"] = pages["/docs/a.md"].replace(b"The thing.", b"Changed.")
        del pages["/docs/b.md"]
        done = vendor()
        assert (done.status, done.out) == (1, "")
        gone = f"error: {server.url}/docs/b: HTTP status 404; `make vendor DROP=specs/polyai/b.yaml` forgets it\n"
        assert done.err == gone
        pages |= {"/docs/b.md": LOGIN, "/docs/c.md": LOGIN}
        done = vendor()
    assert (done.status, done.err.count("no OpenAPI block")) == (1, 2)
    assert snapshot(root) == before


# Folders and indexes.


def test_a_folder_of_saved_pages(vendor: Vendor, root: Path, folder: Folder) -> None:
    saved = folder({})
    assert "no page in this folder" in vendor(saved).err
    assert vendor(folder({"a.md": GET_THING})).out.startswith("new: specs/polyai/get-a-thing.yaml")
    vendor("--drop", "polyai/get-a-thing.yaml")
    (saved / "a.md").unlink()
    assert vendor(folder({"get-thing.md": ADDRESSED})).out.startswith("new: specs/polyai/get-thing.yaml")
    done = vendor(folder({"get-thing.md": CHANGED, "prose.md": PROSE.replace(b"# Get a thing", b"# Guide")}))
    changed = f"changed: specs/polyai/get-thing.yaml ({OPERATION})\n1 pages without an OpenAPI block\n"
    assert (done.status, done.out, done.err) == (0, changed, "")
    assert sources_of(root)["polyai/get-thing.yaml"]["url"] == URL
    renamed = CHANGED.replace(b"thingId", b"thing_id")
    done = vendor(folder({"copy.md": renamed}))
    assert (done.status, "2 pages would become this file" in done.err) == (1, True)
    assert vendor(saved / "copy.md").out.startswith("changed: specs/polyai/get-thing.yaml")


def test_an_index_leads_to_the_pages_that_carry_a_block(vendor: Vendor, root: Path) -> None:
    index = b"# Docs\n\n- [Thing](/docs/thing.md): one\n- [Prose](/docs/prose.md)\n- [Else](https://other.test/a.md)\n"
    pages = {"/llms.txt": index, "/docs/thing.md": GET_THING, "/docs/prose.md": PROSE, "/a/llms.txt": b"# Nothing\n"}
    with site(pages) as server:
        done = vendor(f"{server.url}/llms.txt")
        assert (done.status, done.err) == (0, "")
        assert done.out == f"new: specs/polyai/thing.yaml ({OPERATION})\n1 pages without an OpenAPI block\n"
        assert sources_of(root)["polyai/thing.yaml"]["url"] == f"{server.url}/docs/thing"
        del pages["/docs/prose.md"]
        before = snapshot(root)
        broken = vendor(f"{server.url}/llms.txt")
        assert "lists no pages" in vendor(f"{server.url}/a/llms.txt").err
    assert (broken.status, "/docs/prose: HTTP status 404" in broken.err) == (1, True)
    assert snapshot(root) == before


# Bare OpenAPI files.


@pytest.mark.parametrize(("name", "data"), [("api.json", DOCUMENT), ("api.yaml", BLOCK), ("api", DOCUMENT)])
def test_a_bare_openapi_file_becomes_a_source(name: str, data: bytes, vendor: Vendor, root: Path) -> None:
    file = "polyai/api.json" if data == DOCUMENT else "polyai/api.yaml"
    with site({f"/docs/{name}": data}) as server:
        done = vendor(f"{server.url}/docs/{name}")
        assert (done.status, done.out, done.err) == (0, f"new: specs/{file} ({OPERATION})\n", "")
        assert (root / "specs" / file).read_bytes() == data
        entry = sources_of(root)[file]
        assert (entry["kind"], entry["title"]) == ("document", "Things")
        assert vendor().out == f"unchanged: specs/{file} ({OPERATION})\n"


def test_a_bare_file_with_operations_that_pages_have_says_so(vendor: Vendor, folder: Folder) -> None:
    document = yaml_files.loads(BLOCK, "block")
    document["paths"]["/v1/boxes"] = {"get": {"responses": {"200": {"description": "Boxes."}}}}
    saved = folder({"get-thing.md": GET_THING, "all.json": json.dumps(document).encode()})
    vendor(saved / "get-thing.md", "--url", URL)
    done = vendor(saved / "all.json", "--url", f"{URL}/all.json")
    assert done.out == (
        f"new: specs/polyai/all.json ({OPERATION}); OPERATIONS= chooses among its 2 operations;"
        " specs/polyai/get-thing.yaml holds the same operation\n"
    )


NOT_VALID = BLOCK.replace(b"          required: true\n", b"          required: 3\n")
AT = "/paths/~1v1~1things~1{thingId}/get/parameters/0"
BROKEN: dict[str, tuple[str, bytes, str]] = {
    "reference without a target": (
        "a.yaml",
        BLOCK.replace(b"            type: string", b"            $ref: '#/components/schemas/Id'"),
        f"a.yaml:19:13: {AT}/schema/$ref: #/components/schemas/Id has no target",
    ),
    "not valid": ("a.yaml", NOT_VALID, f"a.yaml:17:11: {AT}/required: 3 is not of type"),
    "too large": ("a.yaml", b"openapi: 3.1.0\n" + b"# junk\n" * 5_000_000, "larger than 32 MiB"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_an_error_with_its_position(case: str, vendor: Vendor, root: Path, folder: Folder) -> None:
    name, data, message = BROKEN[case]
    done = vendor(folder({name: data}) / name, "--url", f"{URL}/{name}")
    assert done.status == 1
    assert message in done.err
    assert snapshot(root) == {}


def test_what_was_not_valid_before_is_no_error(vendor: Vendor, root: Path, folder: Folder) -> None:
    saved = folder({"a.yaml": BLOCK})
    vendor(saved / "a.yaml", "--url", f"{URL}/a.yaml")
    (root / "specs/polyai/a.yaml").write_bytes(NOT_VALID)
    folder({"a.yaml": NOT_VALID.replace(b"The thing.", b"Changed.")})
    assert vendor(saved / "a.yaml", "--url", f"{URL}/a.yaml").status == 0

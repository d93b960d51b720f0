"""`scripts/vendor.py` on more than one page: every source again, folders, indexes, bare OpenAPI files, what went."""

from __future__ import annotations

import http.server
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import ClassVar

import pytest
from pipeline import yaml_files

from tests.pipeline.vendoring import BLOCK, GET_THING, OPERATION, PAGES, URL, loopback, run, snapshot, sources_of, visit

PROSE = (PAGES / "prose.md").read_bytes()
OTHER = GET_THING.replace(b"/v1/things/{thingId}", b"/v1/boxes/{thingId}")
DOCUMENT = json.dumps(yaml_files.plain(yaml_files.loads(BLOCK, "block")), indent=1).encode()


class _Handler(http.server.BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, bytes]] = {}
    asked: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        body = self.pages.get(self.path)
        self.send_response(404 if body is None else 200)
        self.send_header("Content-Length", str(len(body or b"")))
        self.end_headers()
        self.wfile.write(body or b"")

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@contextmanager
def serving(**pages: bytes) -> Iterator[str]:
    """A docs site on loopback; `__` stands for a slash and `_dot_` for a dot."""
    _Handler.pages = {"/" + name.replace("__", "/").replace("_dot_", "."): body for name, body in pages.items()}
    _Handler.asked = []
    with loopback(_Handler) as address:
        yield address


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A folder of saved pages."""

    def made(**files: bytes) -> Path:
        place = tmp_path / "saved"
        place.mkdir(exist_ok=True)
        for name, data in files.items():
            (place / name.replace("_dot_", ".").replace("_", "-")).write_bytes(data)
        return place

    return made


def test_without_a_page_every_source_is_visited_in_its_text_form(root: Path) -> None:
    with serving(docs__thing_dot_md=GET_THING, docs__box_dot_md=OTHER) as host:
        visit(root, f"{host}/docs/thing.md")
        visit(root, f"{host}/docs/box.md")
        before = snapshot(root)
        same = run(root)
        assert (same.returncode, same.stderr) == (0, "")
        assert same.stdout.count("unchanged: specs/polyai/") == 2
        assert snapshot(root) == before
        _Handler.pages["/docs/box.md"] = OTHER.replace(b"The thing.", b"The box.")
        changed = run(root)
    assert changed.returncode == 0, changed.stderr
    assert "changed: specs/polyai/box.yaml" in changed.stdout
    assert "unchanged: specs/polyai/thing.yaml" in changed.stdout
    assert b"The box." in (root / "specs/polyai/box.yaml").read_bytes()


def test_a_page_without_a_text_form_is_visited_as_it_is(root: Path) -> None:
    with serving(docs__thing=GET_THING) as host:
        visit(root, f"{host}/docs/thing")
        assert run(root).stdout == f"unchanged: specs/polyai/thing.yaml ({OPERATION})\n"
    assert _Handler.asked == ["/docs/thing", "/docs/thing.md", "/docs/thing"]


def test_one_bad_source_of_several_writes_nothing_and_all_are_told(root: Path) -> None:
    with serving(docs__thing_dot_md=GET_THING, docs__box_dot_md=OTHER, docs__gone_dot_md=OTHER) as host:
        for name in ("thing", "box"):
            visit(root, f"{host}/docs/{name}.md")
        visit(root, f"{host}/docs/gone.md")
        before = snapshot(root)
        _Handler.pages = {
            "/docs/thing.md": GET_THING.replace(b"The thing.", b"Changed."),
            "/docs/box.md": b"<html>Please sign in</html>",
        }
        result = run(root)
    assert (result.returncode, result.stdout) == (1, "")
    assert len(result.stderr.splitlines()) == 1
    assert "/docs/gone: answers HTTP status 404; `make vendor DROP=<its file>` forgets a source" in result.stderr
    assert snapshot(root) == before


def test_a_page_that_had_a_block_must_have_one(root: Path) -> None:
    with serving(docs__thing_dot_md=GET_THING) as host:
        visit(root, f"{host}/docs/thing.md")
        _Handler.pages = {"/docs/thing.md": b"<html>Please sign in</html>"}
        before = snapshot(root)
        result = run(root)
    assert result.returncode == 1
    assert "no OpenAPI block" in result.stderr
    assert snapshot(root) == before


def test_nothing_recorded_is_an_error_that_says_how_to_begin(root: Path) -> None:
    result = run(root)
    assert result.returncode == 1
    assert "make vendor PAGE=" in result.stderr


def test_a_folder_of_saved_pages(root: Path, folder: Callable[..., Path]) -> None:
    visit(root, *_known(root, folder(thing_dot_md=GET_THING)))
    pages = folder(get_thing_dot_md=GET_THING.replace(b"The thing.", b"Changed."), prose_dot_md=PROSE)
    (pages / "thing.md").unlink()
    result = run(root, pages)
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout == f"changed: specs/polyai/get-thing.yaml ({OPERATION})\n1 pages without an OpenAPI block\n"


def _known(root: Path, pages: Path) -> list[str]:
    return [str(next(pages.iterdir())), "--url", URL]


def test_a_saved_page_of_a_known_name_may_declare_another_operation(root: Path, folder: Callable[..., Path]) -> None:
    visit(root, *_known(root, folder(get_thing_dot_md=GET_THING)))
    result = run(root, folder(get_thing_dot_md=OTHER))
    assert result.stdout == "changed: specs/polyai/get-thing.yaml (GET /v1/boxes/{thingId})\n"
    assert sources_of(root)["polyai/get-thing.yaml"]["url"] == URL


def test_an_unknown_saved_page_in_a_folder_wants_its_address(root: Path, folder: Callable[..., Path]) -> None:
    result = run(root, folder(box_dot_md=OTHER))
    assert result.returncode == 1
    assert "URL=" in result.stderr
    assert snapshot(root) == {}


def test_two_pages_of_a_folder_that_would_be_one_file(root: Path, folder: Callable[..., Path]) -> None:
    visit(root, *_known(root, folder(get_thing_dot_md=GET_THING)))
    result = run(root, folder(get_thing_dot_md=GET_THING, copy_dot_md=GET_THING))
    assert result.returncode == 1
    assert "2 pages would become this file" in result.stderr


def test_an_empty_folder_is_an_error(root: Path, folder: Callable[..., Path]) -> None:
    assert "no page in this folder" in run(root, folder()).stderr


def test_an_index_leads_to_the_pages_that_carry_a_block(root: Path) -> None:
    index = b"# Docs\n\n- [Thing](/docs/thing.md): one\n- [Prose](/docs/prose.md)\n- [Else](https://other.test/a.md)\n"
    with serving(llms_dot_txt=index, docs__thing_dot_md=GET_THING, docs__prose_dot_md=PROSE) as host:
        result = run(root, f"{host}/llms.txt")
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"new: specs/polyai/thing.yaml ({OPERATION})\n1 pages without an OpenAPI block\n"
        assert sources_of(root)["polyai/thing.yaml"]["url"] == f"{host}/docs/thing"
        _Handler.pages.pop("/docs/prose.md")
        before = snapshot(root)
        broken = run(root, f"{host}/llms.txt")
    assert broken.returncode == 1
    assert "/docs/prose: answers HTTP status 404" in broken.stderr
    assert snapshot(root) == before


def test_an_index_without_links_is_an_error(root: Path) -> None:
    with serving(llms_dot_txt=b"# Nothing here\n") as host:
        assert "lists no pages" in run(root, f"{host}/llms.txt").stderr


@pytest.mark.parametrize(("name", "data"), [("api.json", DOCUMENT), ("api.yaml", BLOCK), ("api", DOCUMENT)])
def test_a_bare_openapi_file_becomes_a_source(name: str, data: bytes, root: Path) -> None:
    with serving(**{f"docs__{name.replace('.', '_dot_')}": data}) as host:
        result = run(root, f"{host}/docs/{name}")
        file = "polyai/api.json" if data == DOCUMENT else "polyai/api.yaml"
        assert (result.returncode, result.stderr) == (0, "")
        assert result.stdout == f"new: specs/{file} ({OPERATION})\n"
        assert (root / "specs" / file).read_bytes() == data
        entry = sources_of(root)[file]
        assert (entry["kind"], entry["title"]) == ("document", "Things")
        assert run(root).stdout == f"unchanged: specs/{file} ({OPERATION})\n"


def test_a_bare_file_with_operations_that_pages_have_says_so(root: Path, tmp_path: Path) -> None:
    visit(root, *_saved(tmp_path, "get-thing.md", GET_THING), "--url", URL)
    document = yaml_files.plain(yaml_files.loads(BLOCK, "block"))
    document["paths"]["/v1/boxes"] = {"get": {"responses": {"200": {"description": "Boxes."}}}}
    result = run(root, *_saved(tmp_path, "all.json", json.dumps(document).encode()), "--url", URL + "/all.json")
    assert result.stdout == "new: specs/polyai/all.json (*); specs/polyai/get-thing.yaml holds the same operation\n"


def _saved(place: Path, name: str, data: bytes) -> list[str]:
    (place / name).write_bytes(data)
    return [str(place / name)]


BROKEN: dict[str, tuple[str, bytes, str]] = {
    "trailing comma": ("a.json", b'{\n "openapi": "3.1.0",\n}', ": not valid JSON: "),
    "duplicate key": ("a.json", b'{"openapi": "3.1.0",\n "openapi": "3.0.0"}', "a.json:2:2: "),
    "no number": ("a.json", b'{"openapi": NaN}', "a.json: not valid JSON: NaN is no JSON number"),
    "truncated": ("a.json", DOCUMENT[:-30], "not valid JSON"),
    "no operation": ("a.json", b'{"openapi": "3.1.0", "paths": {}}', "without any operation"),
    "reference to nowhere": (
        "a.yaml",
        BLOCK.replace(b"            type: string", b"            $ref: '#/components/schemas/Id'"),
        "a.yaml:19:13: /paths/~1v1~1things~1{thingId}/get/parameters/0/schema/$ref: ",
    ),
    "reference in a circle": (
        "a.yaml",
        BLOCK + b"components: {schemas: {A: {$ref: '#/components/schemas/B'}, B: {$ref: '#/components/schemas/A'}}}\n",
        "leads round in a circle",
    ),
    "not as OpenAPI wants it": (
        "a.yaml",
        BLOCK.replace(b"          required: true\n", b"          required: 3\n"),
        "a.yaml:15:11: /paths/~1v1~1things~1{thingId}/get/parameters/0",
    ),
    "too large": ("a.yaml", b"openapi: 3.1.0\n" + b"# junk\n" * 1_500_000, "larger than 8 MiB"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_an_error_with_its_place(case: str, root: Path, tmp_path: Path) -> None:
    name, data, message = BROKEN[case]
    result = run(root, *_saved(tmp_path, name, data), "--url", f"{URL}/{name}")
    assert result.returncode == 1
    assert message in result.stderr
    assert "Traceback" not in result.stderr
    assert snapshot(root) == {}


def test_what_was_wrong_before_is_no_news(root: Path, tmp_path: Path) -> None:
    wrong = BLOCK.replace(b"          required: true\n", b"          required: 3\n")
    visit(root, *_saved(tmp_path, "a.yaml", BLOCK), "--url", f"{URL}/a.yaml")
    (root / "specs/polyai/a.yaml").write_bytes(wrong)
    result = run(root, *_saved(tmp_path, "a.yaml", wrong.replace(b"The thing.", b"Changed.")), "--url", f"{URL}/a.yaml")
    assert (result.returncode, result.stderr) == (0, "")


def test_a_file_of_the_project_is_a_source_too(root: Path) -> None:
    (root / "kept").mkdir()
    (root / "kept" / "thing.md").write_bytes(GET_THING)
    visit(root, root / "kept" / "thing.md", "--url", "file:kept/thing.md")
    assert sources_of(root)["polyai/thing.yaml"]["url"] == "file:kept/thing.md"
    (root / "kept" / "thing.md").write_bytes(GET_THING.replace(b"The thing.", b"Changed."))
    assert run(root).stdout == f"changed: specs/polyai/thing.yaml ({OPERATION})\n"
    for outside in ("file:/etc/passwd", "file:../thing.md"):
        result = run(root, root / "kept" / "thing.md", "--url", outside)
        assert "its path below the project's folder" in result.stderr


def test_a_transcribed_page_that_changed_is_for_a_person(root: Path) -> None:
    written = root / "specs/acme/thing.yaml"
    written.parent.mkdir(parents=True)
    written.write_bytes(BLOCK)
    with serving(docs__prose_dot_md=PROSE) as host:
        visit(root, f"{host}/docs/prose.md", "--transcribed", "specs/acme/thing.yaml")
        assert run(root).stdout == f"unchanged: specs/acme/thing.yaml ({OPERATION})\n"
        _Handler.pages["/docs/prose.md"] = PROSE + b"\nMore.\n"
        before = snapshot(root)
        result = run(root)
    assert result.returncode == 0
    assert result.stdout.startswith("read: specs/acme/thing.yaml")
    assert "TRANSCRIBED=specs/acme/thing.yaml" in result.stdout
    assert snapshot(root) == before  # recording it is for whoever has read it


def test_a_source_can_be_dropped(root: Path, tmp_path: Path) -> None:
    visit(root, *_saved(tmp_path, "get-thing.md", GET_THING), "--url", URL)
    result = run(root, "--drop", "specs/polyai/get-thing.yaml")
    assert (result.returncode, result.stdout) == (0, f"dropped: specs/polyai/get-thing.yaml ({OPERATION})\n")
    assert set(snapshot(root)) == {"specs/sources.yaml"}
    assert sources_of(root) == {}
    again = run(root, "--drop", "specs/polyai/get-thing.yaml")
    assert again.returncode == 1
    assert "sources.yaml does not know it" in again.stderr

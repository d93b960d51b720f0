"""The drift cases whose edit is code: bytes that are no text, and responses of servers."""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.sources import dump_sources, load_sources

from tests.pipeline.drift_cases.case import Case, Expected, Offered, load
from tests.support.scripted_server import ScriptedServer, by_path, response

PHOTO, THING, BOOK = "get-photo", "get-thing", "books/book.yaml"
FIELD = {"in": THING, "at": "#/components/schemas/ThingResponse/properties", "update": {"mood": {"type": "string"}}}
ADDED = ["added schema ThingResponse: properties mood"]

cases: list[Case] = []
Prepare = Callable[[Offered], None]


def case(name: str, group: str, verdict: str, **lines: list[str]) -> Callable[[Prepare], Prepare]:
    """Enter the decorated function as a case."""

    def enter(prepare: Prepare) -> Prepare:
        cases.append(Case(name, group, Expected(verdict, **lines), prepare))
        return prepare

    return enter


@contextmanager
def served(offered: Offered) -> Iterator[Path]:
    """Serve the responses of a case while it lasts; the result is the project to offer it to."""
    with (
        tempfile.TemporaryDirectory(prefix="drift-cases-") as scratch,
        ScriptedServer(by_path(offered.responses)) as server,
    ):
        offered.locations = offered.locations and [
            where.replace("{address}", server.url) for where in offered.locations
        ]
        if not offered.recorded:
            yield offered.project
            return
        project = Path(shutil.copytree(offered.project, Path(scratch, "project")))
        sources = load_sources(project / "specs")
        for entry in sources.values():
            entry["url"] = re.sub(r"https://[^/]*", server.url, entry["url"])
        sources[BOOK]["sha256"] = hashlib.sha256(offered.book).hexdigest()
        (project / "specs" / "sources.yaml").write_bytes(dump_sources(sources))
        yield project


# Files.


@case("the blocks of two sources on one page", "pages", "broken source", broken=["both.md: 2 OpenAPI blocks"])
def two_blocks(offered: Offered) -> None:
    text = "\n\n".join(offered.pages[name].text() for name in (PHOTO, THING))
    offered.locations = [str(offered.save("both.md", text))]


@case("a byte that is not UTF-8", "broken page", "broken source", broken=["get-photo.md:9:6: UTF-8"])
def _latin(offered: Offered) -> None:
    text = offered.pages[PHOTO].text()
    offered.files["get-photo.md"] = text.replace("\ninfo:", "\n# caf\xe9\ninfo:").encode("latin-1")


@case("CRLF and a byte order mark", "page", "regenerates", documents=ADDED)
def _line_ends(offered: Offered) -> None:
    offered.edit(FIELD)
    for name, page in offered.pages.items():
        offered.files[f"{name}.md"] = page.text().replace("\n", "\r\n").encode("utf-8-sig")


@case("a picture among the pages", "page", "unchanged")
def _picture(offered: Offered) -> None:
    offered.files["picture.png"] = b"\x89PNG\r\n\x1a\n\xff\xfe"


# Responses of servers.


@case("not the gzip that it claims to be", "broken response", "broken source", broken=["/a.md: cannot be read"])
def _gzip(offered: Offered) -> None:
    offered.responses["/a.md"] = response(200, b"words", "Content-Encoding: gzip")
    offered.locations = ["{address}/a.md"]


@case("a closed port", "broken response", "broken source", broken=["/openapi.json: cannot be read"])
def _closed(offered: Offered) -> None:
    offered.locations = ["http://127.0.0.1:9/openapi.json"]  # the port of `discard`


def _serve_all(offered: Offered) -> None:
    """Serve the pages at their recorded addresses, and offer what is recorded."""
    for name, page in offered.pages.items():
        offered.responses[f"/{name}.md"] = response(200, page.text().encode(), content_type="text/markdown")
    offered.responses["/get-book.md"] = response(200, offered.book)
    offered.recorded, offered.locations = True, []


@case("recorded sources as they were", "recorded", "unchanged")
def _recorded(offered: Offered) -> None:
    _serve_all(offered)


@case("a recorded source changed", "recorded", "regenerates", documents=ADDED)
def _recorded_changed(offered: Offered) -> None:
    offered.edit(FIELD)
    _serve_all(offered)


def _recorded_gone(offered: Offered) -> None:
    del offered.pages[PHOTO]
    _serve_all(offered)


GONE = next(case.expected for case in load() if case.name == "a page is gone")
cases.append(Case("a recorded source returns 404", "recorded", GONE, _recorded_gone))


@case("a recorded source returns 500", "recorded", "broken source", broken=["/get-photo.md: 500"], documents=ADDED)
def _recorded_broken(offered: Offered) -> None:
    offered.edit(FIELD)
    _serve_all(offered)
    offered.responses["/get-photo.md"] = response(500)


# A page that a person transcribed: its hash is all that is recorded of it.


@case("a transcribed page changed", "transcribed", "needs a person", overlay=[f"read reread specs/{BOOK} "])
def _transcribed(offered: Offered) -> None:
    offered.files["get-book.md"] = "# Get a book\n\nIn other words.\n"


@case("a transcribed page as it was", "transcribed", "unchanged")
def _transcribed_same(offered: Offered) -> None:
    offered.files["get-book.md"] = offered.book


@case("a transcribed page has a block now", "transcribed", "regenerates")
def _transcribed_block(offered: Offered) -> None:
    block = (offered.project / "specs" / BOOK).read_text(encoding="utf-8")
    offered.files["get-book.md"] = f"# Get a book\n\n````yaml GET /books/{{id}}\n{block}````\n"

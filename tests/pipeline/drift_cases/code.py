"""The drift cases whose edit is code: responses of servers, and what another file holds."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.sources import dump_sources, load_sources

from tests.pipeline.drift_cases.case import Case, Expected, Offered, load
from tests.support.scripted_server import ScriptedServer, by_path, response

PHOTO, BOOK = "get-photo", "books/book.yaml"


@contextmanager
def served(offered: Offered) -> Iterator[Path]:
    """Serve the responses of a case while it lasts; the result is the project to offer it to."""
    if not offered.recorded:
        yield offered.project
        return
    with (
        tempfile.TemporaryDirectory(prefix="drift-cases-") as scratch,
        ScriptedServer(by_path(offered.responses)) as server,
    ):
        project = Path(shutil.copytree(offered.project, Path(scratch, "project")))
        sources = load_sources(project / "specs")
        for entry in sources.values():
            entry["url"] = re.sub(r"https://[^/]*", server.url, entry["url"])
        (project / "specs" / "sources.yaml").write_bytes(dump_sources(sources))
        yield project


def recorded(change: Callable[[Offered], object] = str) -> Callable[[Offered], None]:
    """Serve the changed pages at their recorded addresses, and offer what is recorded."""

    def prepare(offered: Offered) -> None:
        change(offered)
        pages = {f"/{name}.md": page.text().encode() for name, page in offered.pages.items()}
        for path, data in {**pages, "/get-book.md": b"# Get a book\n"}.items():
            offered.responses.setdefault(path, response(200, data, content_type="text/markdown"))
        offered.recorded, offered.locations = True, []

    return prepare


def _broken(offered: Offered) -> None:
    properties = {"in": "get-thing", "at": "#/components/schemas/ThingResponse/properties"}
    offered.edit({**properties, "update": {"mood": {"type": "string"}}})
    offered.responses[f"/{PHOTO}.md"] = response(500)


def _transcribed(offered: Offered) -> None:
    block = (offered.project / "specs" / BOOK).read_text(encoding="utf-8")
    offered.files["get-book.md"] = f"# Get a book\n\n````yaml GET /books/{{id}}\n{block}````\n"


GONE = next(case.expected for case in load() if case.name == "a page is gone")
BROKEN = Expected(
    "broken source", ["added schema ThingResponse: properties mood"], broken=["/get-photo.md: HTTP status 500"]
)
cases = [
    Case("recorded sources as they were", "recorded", Expected("unchanged"), recorded()),
    Case("a recorded source returns 404", "recorded", GONE, recorded(lambda offered: offered.pages.pop(PHOTO))),
    Case("a recorded source returns 500", "recorded", BROKEN, recorded(_broken)),
    Case("a transcribed page has a block now", "transcribed", Expected("regenerates"), _transcribed),
]

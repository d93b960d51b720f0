"""What the tests of `scripts/vendor.py` share: a page, and a docs site on loopback."""

from __future__ import annotations

import socket
from datetime import UTC, datetime
from pathlib import Path

from pipeline import sources

from tests.support.scripted_server import Received, ScriptedServer, response

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).with_name("pages")
URL = "https://docs.example.test/reference/get-thing"
GET_THING = (PAGES / "get-thing.md").read_bytes()
PROSE = (PAGES / "prose.md").read_bytes()
BLOCK = GET_THING[GET_THING.index(b"{thingId}\nopenapi") + len(b"{thingId}\n") : -len(b"````")]
OTHER = GET_THING.replace(b"/v1/things/{thingId}", b"/v1/boxes/{thingId}")
OPERATION = "GET /v1/things/{thingId}"
ENTRY_KEYS = ["kind", "title", "url", "operation", "sha256", "first_seen"]


def site(pages: dict[str, bytes]) -> ScriptedServer:
    """A docs site on loopback: pages by path. They may change while it runs."""

    def respond(_: socket.socket, request: Received) -> bytes:
        page = pages.get(request.target)
        return response(404) if page is None else response(200, page, content_type="text/markdown")

    return ScriptedServer(respond)


def sources_of(root: Path) -> sources.Sources:
    return sources.load_sources(root / "specs")


def today() -> str:
    return datetime.now(UTC).date().isoformat()

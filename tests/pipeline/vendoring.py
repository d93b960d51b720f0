"""What the tests of `scripts/vendor.py` share: a page, and the program run on a project folder."""

from __future__ import annotations

import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline import sources, vendor

ROOT = Path(__file__).parents[2]
PAGES = Path(__file__).with_name("pages")
URL = "https://docs.example.test/reference/get-thing"
GET_THING = (PAGES / "get-thing.md").read_bytes()
BLOCK = GET_THING[GET_THING.index(b"{thingId}\nopenapi") + len(b"{thingId}\n") : -len(b"````")]
OPERATION = "GET /v1/things/{thingId}"
ENTRY_KEYS = ["kind", "title", "url", "operation", "sha256", "first_seen"]


def run(root: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The program on the project folder `root`, without proxies."""
    environment = {key: value for key, value in os.environ.items() if not key.lower().endswith("_proxy")}
    command = [sys.executable, str(ROOT / "scripts" / "vendor.py"), *map(str, arguments), "--root", str(root)]
    return subprocess.run(command, capture_output=True, text=True, check=False, env=environment, timeout=60)


def visit(root: Path, *arguments: str | Path) -> None:
    """An earlier visit, which went well; in this process, since it is not what the test is about."""
    assert vendor.main([*map(str, arguments), "--root", str(root)]) == 0


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder: its bytes and when it was written."""
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file()
    }


def sources_of(root: Path) -> sources.Sources:
    return sources.load_sources(root / "specs")


def today() -> str:
    return datetime.now(UTC).date().isoformat()


@contextmanager
def loopback(handler: type[http.server.BaseHTTPRequestHandler]) -> Iterator[str]:
    """A server on loopback that answers with `handler`, and its address."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            thread.join()

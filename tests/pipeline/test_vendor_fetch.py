"""`scripts/vendor.py` on pages that it fetches, from a real server."""

from __future__ import annotations

import http.server
import socket
from pathlib import Path
from typing import ClassVar

import pytest

from tests.pipeline.vendoring import (
    BLOCK,
    GET_THING,
    OPERATION,
    URL,
    loopback,
    run,
    snapshot,
    sources_of,
)


class _Handler(http.server.BaseHTTPRequestHandler):
    pages: ClassVar[dict[str, tuple[int, bytes]]] = {
        "/docs/get-thing": (200, GET_THING),
        "/docs/get-thing.md": (200, GET_THING),
        "/docs/html": (200, b"<!doctype html><title>Get a thing</title>"),
        "/docs/latin": (200, GET_THING.replace(b"\xe2\x80\x94", b"\x97")),
        "/docs/gone": (404, GET_THING),
        "/docs/broken": (503, GET_THING),
    }

    def do_GET(self) -> None:
        if self.path == "/docs/moved":
            self.send_response(302)
            self.send_header("Location", "/docs/get-thing")
            self.end_headers()
            return
        if self.path == "/docs/cut":
            self.send_response(200)
            self.send_header("Content-Length", str(len(GET_THING) + 1))
            self.end_headers()
            self.wfile.write(GET_THING)
            return
        status, body = self.pages[self.path]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.mark.parametrize("page", ["get-thing", "get-thing.md", "get-thing.md#openapi"])
def test_a_page_is_fetched_from_its_address(page: str, root: Path) -> None:
    with loopback(_Handler) as host:
        result = run(root, f"{host}/docs/{page}")
    assert (result.returncode, result.stderr) == (0, "")
    assert (root / "specs/polyai/get-thing.yaml").read_bytes() == BLOCK
    assert sources_of(root)["polyai/get-thing.yaml"]["url"] == f"{host}/docs/get-thing"


def test_a_fetched_page_may_be_told_its_address(root: Path) -> None:
    with loopback(_Handler) as host:
        result = run(root, f"{host}/docs/moved", "--url", URL)
    assert result.stdout == f"new: specs/polyai/get-thing.yaml ({OPERATION})\n"
    assert sources_of(root)["polyai/get-thing.yaml"]["url"] == URL


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("gone", "HTTP status 404"),
        ("broken", "HTTP status 503"),
        ("cut", "cannot be read"),
        ("html", "ends in .md"),
        ("latin", "not UTF-8"),
    ],
)
def test_a_page_that_cannot_be_fetched_is_an_error(page: str, message: str, root: Path) -> None:
    with loopback(_Handler) as host:
        result = run(root, f"{host}/docs/{page}", "--url", URL)
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {host}/docs/{page}:")
    assert message in result.stderr
    assert snapshot(root) == {}


def test_an_unreachable_address_is_an_error(root: Path) -> None:
    with socket.socket() as held:
        # Bound, the port can be nobody else's, and a connection to it is refused.
        held.bind(("127.0.0.1", 0))
        host = f"http://127.0.0.1:{held.getsockname()[1]}"
        result = run(root, f"{host}/docs/get-thing")
    assert result.returncode == 1
    assert result.stderr.startswith(f"error: {host}/docs/get-thing: cannot be read")
    assert snapshot(root) == {}

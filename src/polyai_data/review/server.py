"""The review as a server of its own on this machine."""

from __future__ import annotations

import hashlib
import os
import secrets
import socket
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Self

import platformdirs
import uvicorn

from polyai_data.errors import ConfigError
from polyai_data.review.app import Pages
from polyai_data.review.guard import LOOPBACK
from polyai_data.review.outbox import Outbox

if TYPE_CHECKING:
    from polyai_data import AsyncPolyAI

_STOP_SECONDS = 10


class Review:
    """The calls of an agent in a browser, at an address of this machine that only who was given it can open.

        with Review(AsyncPolyAI()) as review:
            print(review.address())
            review.wait()

    Args:
        client: a client with an agent and its account. The review uses it in its own event loop, and closes it.
        port: port to listen on; 0, the default, takes a free one.
        folder: where saved queues are, and what is to be sent. Default: `review` in the user's data folder of the
            package. Only its owner can read it.
        hold: seconds for which an annotation can be undone before it is sent. Default 3.

    Raises:
        ConfigError: when it starts: the client has no agent, another review of the agent is running, the folder cannot
            be written, or the port cannot be used.
    """

    def __init__(
        self, client: AsyncPolyAI, *, port: int = 0, folder: str | Path | None = None, hold: float = 3
    ) -> None:
        self._client = client
        self._port = port
        self._folder = Path(folder or platformdirs.user_data_path("polyai-data", appauthor=False) / "review")
        self._hold = hold
        self._token = secrets.token_urlsafe(24)
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        config = self._client._session.config
        # Another server, such as an emulator, has other calls by the same ids.
        where = repr((config.region, config.base_url, config.connect_to, config.agent(None)))
        name = f"{hashlib.sha256(where.encode()).hexdigest()[:16]}.sqlite"
        self._outbox = Outbox(self._folder / name, hold=self._hold)
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":
                listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((LOOPBACK[0], self._port))
            listener.listen()
        except (OSError, OverflowError) as error:
            listener.close()
            self._outbox.close()
            raise ConfigError(
                f"port: {self._port} cannot be used: {getattr(error, 'strerror', None) or error}", argument="port"
            ) from None
        self.url = f"http://{LOOPBACK[0]}:{listener.getsockname()[1]}"
        self._pages = Pages(self._client, self._outbox, self._token)
        # No access log: its lines would have the token. Errors are on the pages, and tracebacks for who asks for them.
        options = uvicorn.Config(
            self._pages.app,
            log_config=None,
            log_level="error" if os.environ.get("POLYAI_DEBUG") else "critical",
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(options)
        self._thread = threading.Thread(target=self._run, args=(listener,), name="polyai-review", daemon=True)
        self._thread.start()
        return self

    def _run(self, listener: socket.socket) -> None:
        try:
            self._server.run([listener])
        finally:
            self._ended.set()

    def __exit__(self, *error: object) -> None:
        self._server.should_exit = True
        self._thread.join(_STOP_SECONDS)
        self._outbox.close()

    @property
    def left(self) -> int:
        """How many annotations and notes were not sent when it ended; the next review of the agent has them."""
        return self._pages.left

    def address(self, queue: str = "") -> str:
        """The address to open, with its token, for a queue as a query string, such as `handoff=yes`."""
        return f"{self.url}/?{queue}{'&' if queue else ''}token={self._token}"

    def wait(self) -> None:
        """Wait until it ends, as by Ctrl-C."""
        # No join: one that Ctrl-C interrupts takes the thread for ended.
        while not self._ended.wait(0.5):
            pass

"""The HTTP server below the application: its connections, its thread's loop and its port."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import threading
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from polyai_data.emulator.app import Application
from polyai_data.emulator.faults import delivery
from polyai_data.emulator.http.request import Receive, Scope, Send

LOOPBACK = "127.0.0.1"


class Protocol(HttpToolsProtocol):
    """HTTP with a way for the application to break the connection."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        inner = self.app

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            scope.setdefault("extensions", {})[delivery.TRANSPORT] = self.transport
            await inner(scope, receive, send)

        self.app = app


class Server(uvicorn.Server):
    """A server that signals when it is ready, and that another thread can end."""

    def __init__(self, app: Application) -> None:
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            lifespan="off",
            loop="asyncio",
            log_config=None,
            access_log=False,
            server_header=False,
            date_header=False,  # each response has its own, which matches its Retry-After
            timeout_graceful_shutdown=1,
            timeout_keep_alive=75,  # after 5 s clients close; if both do, a request meets a closed connection
        )
        super().__init__(config)
        self.ready = threading.Event()
        self._application = app
        self._loop: asyncio.AbstractEventLoop | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._loop = asyncio.get_running_loop()
        self.ready.set()

    def end(self) -> None:
        self.should_exit = True
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._application.stop)


def listen(port: int) -> socket.socket:
    """A socket that listens on that port of this machine; OSError: the port is taken."""
    # The protocol is named because asyncio turns off Nagle's algorithm, which costs 40 ms a response, only then.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    if os.name == "posix":
        # Elsewhere this option would let two servers share a port.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((LOOPBACK, port))
        listener.listen(128)
    except (OSError, OverflowError) as error:
        listener.close()
        if getattr(error, "errno", None) == errno.EADDRINUSE:
            raise OSError(errno.EADDRINUSE, f"port {port} of {LOOPBACK} is taken") from error
        raise
    return listener

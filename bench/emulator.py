"""emulator: our emulator beside Prism, which plays the same document with the same bytes as its examples.

What the emulator responds is put into Prism's document as examples, so that responses are of equal size. Both are asked
over connections that stay open, so that what is measured is the server.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from bench.measure import Line, in_turns
from polyai_data import openapi

PRISM = Path(__file__).parents[1] / ".venv-independent" / "node_modules" / ".bin" / "prism"
CONNECTIONS, TIMES = 8, 25
RECORDING_BYTES = 160_000


def rows(rounds: int) -> list[Line]:
    """The lines; none where Prism is not installed."""
    if not PRISM.exists():
        print(f"emulator: left out, as {PRISM} is not installed, for which Node.js is needed", file=sys.stderr)
        return []
    with ExitStack() as stack:
        ours, environment = stack.enter_context(_running(
            sys.executable, "-m", "polyai_data.emulator", "--port=0", "--print-env", "--conversations=100",
            f"--recording-bytes={RECORDING_BYTES}", "--as-documented",
        ))  # fmt: skip
        asked = _asked(ours, environment)
        document = Path(stack.enter_context(tempfile.TemporaryDirectory()), "openapi.json")
        document.write_text(json.dumps(_with_examples(asked)), encoding="utf-8")
        theirs, _ = stack.enter_context(_running(str(PRISM), "mock", "--port=0", "--verboseLevel=info", str(document)))
        made = []
        for name, (request, body) in asked.items():
            contenders: dict[str, Callable[[], object]] = {
                who: stack.enter_context(_Connections(url, request)).all
                for who, url in (("polyai-data", ours), ("Prism", theirs))
            }
            medians = {who: CONNECTIONS / each for who, each in in_turns(contenders, rounds, times=TIMES).items()}
            case = f"{name}, {len(body):,} bytes"
            made.append(Line("emulator", case, medians["polyai-data"], "Prism", medians["Prism"], "/ms", at_least=3.0))
        return made


def _asked(url: str, environment: str) -> dict[str, tuple[bytes, bytes]]:
    """Request and body of what is measured, by operation."""
    env = dict(re.findall(r"export (\w+)=(\S+)", environment))
    asked: dict[str, tuple[bytes, bytes]] = {}
    call = ""
    for name in ("listConversations", "getConversation", "getConversationRecording"):
        operation = openapi.load("polyai").operation(name)
        path = operation.path.format(agentId=env["POLYAI_AGENT_ID"], conversationId=call)
        host = f"Host: {operation.servers[0].hostname}\r\n{operation.key_header}: {env['POLYAI_API_KEY']}"
        request = f"GET {path}{'' if call else '?limit=50'} HTTP/1.1\r\n{host}\r\n\r\n".encode()
        with _Connections(url, request, 1) as one:
            asked[name] = request, bytes(one.all()[0])
        call = call or next(
            each["conversationId"] for each in json.loads(asked[name][1])["conversations"] if each.get("audioUrl")
        )
    return asked


def _with_examples(asked: dict[str, tuple[bytes, bytes]]) -> Any:
    """The document, with those responses as examples."""
    document = openapi.content("polyai")
    for item in document["paths"].values():
        for operation in item.values():
            if isinstance(operation, dict) and operation.get("operationId") in asked:
                body = asked[operation["operationId"]][1]
                ((kind, content),) = operation["responses"]["200"]["content"].items()
                content["example"] = json.loads(body) if kind == "application/json" else "x" * len(body)
    return document


@contextmanager
def _running(*command: str) -> Iterator[tuple[str, str]]:
    """A server in a process of its own: its URL, and what it printed up to that."""
    environment = {**os.environ, "NO_COLOR": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        printed = ""
        try:
            for line in process.stdout:
                printed += line
                if url := re.search(r"listening on (http://\S+)", line):
                    break
            else:
                raise RuntimeError(f"{command[0]} ended: {printed}")
            yield url[1], printed
        finally:
            process.terminate()


class _Connections:
    """Connections that stay open, on each of which a request is sent before the responses are read."""

    def __init__(self, url: str, request: bytes, number: int = CONNECTIONS) -> None:
        parts = urlsplit(url)
        self._request = request
        self._sockets = [socket.create_connection((parts.hostname, parts.port)) for _ in range(number)]

    def __enter__(self) -> _Connections:
        return self

    def __exit__(self, *_: object) -> None:
        for each in self._sockets:
            each.close()

    def all(self) -> list[bytearray]:
        """The bodies of a response on each."""
        for each in self._sockets:
            each.sendall(self._request)
        return [*map(_body, self._sockets)]


def _body(connection: socket.socket) -> bytearray:
    received = connection.recv(1 << 16)
    while (end := received.find(b"\r\n\r\n") + 4) < 4:
        received += connection.recv(1 << 16)
    head, begun = received[:end], received[end:]
    length = re.search(rb"(?i)content-length: *(\d+)", head)
    if not head.startswith(b"HTTP/1.1 200") or not length:
        raise RuntimeError(f"{head.decode()}: not a success with a length")
    body = bytearray(int(length[1]))
    body[: len(begun)] = begun
    rest = memoryview(body)[len(begun) :]
    while rest:
        rest = rest[connection.recv_into(rest) :]
    return body

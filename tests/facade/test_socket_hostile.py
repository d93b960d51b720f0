"""Hostile answers: each call ends with what was sent or an error of ours, in time, and shows no secret."""

from __future__ import annotations

import asyncio
import gzip
import json
import logging
import pickle
import random
import socket
import sys
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Literal, NamedTuple

import pytest

from polyai_data import AsyncPolyAI, PolyAI, PolyAIError
from tests.facade.blocking import Blocking
from tests.facade.masking import ACCOUNT_ID, AGENT_ID, HEADER, KEY, SECOND_KEY, check_error, check_logs
from tests.facade.scripted import example_response, wav
from tests.support.document import JSON
from tests.support.scripted_server import Received, ScriptedServer, Step, reset

DEADLINE = 0.8
"""Seconds that a call may take whose answer may hang; one that takes HANGS has missed it, also on a busy machine."""
HANGS = 30.0
SPACES = b" " * 2**24
Expected = Literal["value", "error", "any"]


@dataclass(frozen=True)
class Target:
    """What is called, and what is sent when all is well: `requests` at most for one call."""

    call: Callable[[Any, Path], Any]
    body: bytes
    kind: str = JSON
    status: int = 200
    requests: int = 2

    @property
    def broken(self) -> Expected:
        """What may become of a success whose body is broken: of a write, the status alone decides."""
        return "any" if self.requests == 1 else "error"

    def head(
        self, *lines: str, start: str = "", status: int = 0, kind: str | None = None, length: object = None
    ) -> bytes:
        more = [f"Content-Type: {self.kind if kind is None else kind}"] * (kind != "")
        more += [f"Content-Length: {length}"] * (length is not None)
        first = start or f"HTTP/1.1 {status or self.status} Hostile"
        return "\r\n".join([first, *more, *lines, "", ""]).encode("latin-1")

    def whole(self, *lines: str, body: bytes | None = None, **options: Any) -> bytes:
        body = self.body if body is None else body
        return self.head(*lines, length=len(body), **options) + body


def rows(client: Any, _: Path) -> Any:
    listing = client.conversations.search(on_invalid="raw")
    return {"conversations": [each if isinstance(each, dict) else each.to_dict() for each in listing]}


def saved(client: Any, folder: Path) -> bytes:
    return Path(client.conversations.recording("CA1").save(folder / "audio.wav")).read_bytes()


def body_of(operation_id: str, **changes: Any) -> bytes:
    return example_response(operation_id, **changes).partition(b"\r\n\r\n")[2]


TARGETS = {
    "get": Target(
        lambda client, _: client.conversations.get("CA1").to_dict(), body_of("getConversation", conversationId="CA1")
    ),
    # Pages that bring nothing new are asked for again.
    "search": Target(rows, body_of("searchConversations", cursor=None, next_offset=None), requests=40),
    "set_note": Target(
        lambda client, _: client.conversations.set_note("CA1", "x"), body_of("upsertNote"), status=201, requests=1
    ),
    # A recording begins again as often as it is resumed.
    "recording": Target(saved, wav(bytes(range(1, 256)) * 8), "audio/wav", requests=8),
}


class Answer(NamedTuple):
    """Bytes that are sent, and what comes after them: nothing, `close`, `reset`, or a piece for so many seconds."""

    name: str
    content: bytes
    end: bytes | str = ""
    expected: Expected = "any"
    sent: bytes | None = None
    calls: int = 1
    seconds: float = HANGS


def chunks(*pieces: bytes, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    parts = (b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces)
    return b"".join(parts) + b"0\r\n" + trailers + b"\r\n"


def lengths(target: Target) -> Iterator[Answer]:
    body, size = target.body, len(target.body)
    odd = ["", " ", "-1", "1e3", hex(size), f"+{size}", f"0{size}", f"{size};"]
    odd += [f"{size}, {size}", f"{size}, {size + 1}"]
    large = [f"{size + 1}", f"{size}000", "9" * 30, "9" * 5000, f"{2**63}", f"{2**64 + size}"]
    for text in odd + large:
        expected: Expected = target.broken if text in large else "any"
        yield Answer(f"length {text[:40]}", target.head(length=text) + body, "close", expected)
    for shorter in (0, size // 2, size - 1):
        yield Answer(f"length {shorter} of {size}", target.head(length=shorter) + body, sent=body[:shorter])
    for other in (0, size, size + 1):
        both = target.head(f"Content-Length: {other}", length=size) + body
        yield Answer(f"length twice, {other}", both, "close", "value" if other == size else "any")
    yield Answer("length and chunks", target.head("Transfer-Encoding: chunked", length=size) + chunks(body), "close")
    yield Answer("no length until close", target.head() + body, "close", "value")
    yield Answer("no length, and no close", target.head() + body, "", target.broken)


def chunked(target: Target) -> Iterator[Answer]:
    head, body, size = target.head("Transfer-Encoding: chunked"), target.body, len(target.body)
    right = {
        "each byte": chunks(*(body[at : at + 1] for at in range(size))),
        "extension": chunks(body, extension=b";name=value"),
        "trailers that lie": chunks(body, trailers=b"Content-Length: 3\r\nContent-Encoding: gzip\r\n"),
    }
    wrong = {
        "no end": chunks(body)[:-5],
        "half an end": chunks(body)[:-2],
        "too long": b"%x\r\n%s" % (size + 9, body),
        "no number": b"size\r\n%s\r\n0\r\n\r\n" % body,
        "largest": b"FFFFFFFFFFFFFFFF\r\n%s" % body,
        "line feeds": b"%x\n%s\n0\n\n" % (size, body),
        "no break after it": b"%x\r\n%s0\r\n\r\n" % (size, body),
        "long trailer": chunks(body, trailers=b"X-Long: " + b"x" * 200_000 + b"\r\n"),
        "broken trailer": chunks(body, trailers=b"no colon here\r\n"),
        "plain body": body,
    }
    endless = {"zeros": (b"", b"0" * 100), "extension": (b"5;", b"x" * 100), "spaces": (b"", b"1\r\n \r\n")}
    endless["trailers"] = chunks(body)[:-2], b"X-T: 1\r\n"
    yield from (Answer(f"chunks, {name}", head + content, "", "value") for name, content in right.items())
    yield from (Answer(f"chunks, {name}", head + content, "close") for name, content in wrong.items())
    yield Answer("chunks, zero first", head + b"0\r\n\r\n" + chunks(body), "close", sent=b"")
    for name, (begin, piece) in endless.items():
        # A recording may take as long as it goes on.
        seconds = 1.0 if name == "spaces" and target.kind != JSON else HANGS
        yield Answer(f"chunks, endless {name}", head + begin, piece, target.broken, seconds=seconds)
    for coding in ("identity", "gzip, chunked", "chunked, chunked", "xchunked", "", "CHUNKED", "\x0bchunked"):
        content = target.head(f"Transfer-Encoding: {coding}") + chunks(body)
        yield Answer(f"chunks, coding {coding!r}", content, "close", sent=None if "HUNK" in coding.upper() else b"?")


def interim(target: Target) -> Iterator[Answer]:
    for status, count in ((100, 30), (102, 1), (103, 30), (199, 1)):
        lines = f"HTTP/1.1 {status} Wait\r\nLink: </a>\r\n\r\n".encode() * count
        yield Answer(f"{count} of {status}", lines + target.whole(), "", "any" if status == 199 else "value")
        yield Answer(f"endless {status}", b"", lines, "error")
    yield Answer("101", b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + target.body, "close")
    long = b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello"
    yield Answer("100 with a body", long + target.whole(), "close")


def closed(target: Target) -> Iterator[Answer]:
    whole = target.whole()
    head = len(whole) - len(target.body)
    for at in (0, 1, 8, 12, 40, head - 1, head, head + 1, head + len(target.body) // 2, len(whole) - 1):
        for end in ("close", "reset"):
            yield Answer(f"{end} after {at}", whole[:at], end, "error" if at < head else target.broken)
    for end in ("close", ""):
        yield Answer(f"says that it closes, {end!r}", target.whole("Connection: close"), end, "value")
    yield Answer("silence", b"", "", "error")
    yield Answer("half of the body, then silence", whole[: head + len(target.body) // 2], "", target.broken)


def kept(target: Target) -> Iterator[Answer]:
    """More than the response on a connection that is kept: the next call must not take it for its own."""
    evil = target.body.replace(b"Ada", b"Eve").replace(b"CA1", b"CA6").replace(b"\xfe", b"\xff")
    evil = b'{"success": false, "error_message": "evil"}' if target.broken == "any" else evil
    other = target.whole(body=evil)
    for name, more in {
        "a response": other,
        "an error": target.whole(status=500, body=b"{}"),
        "garbage": b"garbage\r\n\r\n",
        "a line": b"\r\n",
        "half a response": other[:30],
    }.items():
        yield Answer(f"kept, {name}", target.whole() + more, "", "value", calls=3)
        extra = target.head("Transfer-Encoding: chunked") + chunks(target.body) + more
        yield Answer(f"kept, {name} after chunks", extra, "", "value", calls=3)


def starts(target: Target) -> Iterator[Answer]:
    rest = b"\r\n" + target.whole().partition(b"\r\n")[2]
    right = ["HTTP/1.1 {} ", "HTTP/1.1 {}", "HTTP/1.0 {} OK", "HTTP/1.1 {} Très bien", "HTTP/1.1 {} " + "x" * 5000]
    odd = ["HTTP/2 {}", "HTTP/0.9 {} OK", "http/1.1 {} OK", "HTTP/1.1  {} OK", " HTTP/1.1 {} OK", "HTTP/1.1\t{}\tOK"]
    odd += ["\r\nHTTP/1.1 {} OK", "{} OK", "HTTP/1.1 2OO OK", "HTTP/1.1 \uff12\uff10\uff10 OK", "HTTP/1.1 {} \x00"]
    wrong = ["HTTP/1.1 {}0 OK", "HTTP/1.1 -{} OK", "HTTP/1.1 OK", "HTTP/1.1 {} " + "x" * 2_000_000, "\ufeffHTTP/1.1 {}"]
    for line in right + odd + wrong:
        expected: Expected = "value" if line in right else "error" if line in wrong else "any"
        yield Answer(f"start {line[:30]!r}", line.format(target.status).encode() + rest, "close", expected)
    chance = random.Random(len(target.body))
    garbage = {
        "0.9": target.body,
        "a TLS alert": b"\x15\x03\x01\x00\x02\x02\x28",
        "HTTP/2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
        "SSH": b"SSH-2.0-OpenSSH_9\r\n",
        "the request": b"GET / HTTP/1.1\r\nHost: example\r\n\r\n",
        "zeros": bytes(5000),
        "HTML": b"<html><title>Bad</title></html>",
        **{f"noise {number}": chance.randbytes(chance.randrange(1, 4000)) for number in range(5)},
    }
    yield from (Answer(f"start {name}", content, "close", "error") for name, content in garbage.items())
    for number in range(15):
        flipped = bytearray(target.whole())
        for _ in range(3):  # in the head, where each bit counts
            flipped[chance.randrange(60)] ^= 1 << chance.randrange(8)
        yield Answer(f"flipped bits {number}", bytes(flipped), "close")
    for piece in (b"HTTP" * 50, b"x" * 65536):
        yield Answer(f"start, endless {piece[:4]!r}", b"", piece, "error")


def heads(target: Target) -> Iterator[Answer]:
    for line in ("X-Fold: a\r\n b\r\n\tc", "X-Empty:", "X-A:b", "X-Name: caf\xe9", "X-A: " + "a," * 5000):
        yield Answer(f"head {line[:20]!r}", target.whole(line), "", "value")
    odd = ["X-Nothing", " X-A: b", "X-A: a\x00b", "X\x00A: b", "X-A: a\rb", "X-A: \x1b[31m\x07", "X-\xe9: a"]
    odd += [
        "Content-Type: text/html",
        "Retry-After: 100000000000",
        "Connection: upgrade, close, keep-alive",
        "Upgrade: a",
    ]
    odd += ["Content-Range: bytes 5-9/3", "X: " + "a" * 10**6, "\r\n".join(f"X-{each}: a" for each in range(50_000))]
    yield from (Answer(f"head {line[:20]!r}", target.whole(line), "close") for line in odd)
    bare = target.whole().partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n\n" + target.body
    yield Answer("head, line feeds only", bare, "close")
    for begin, piece in ((b"", b"X-A: b\r\n"), (b"X-A: ", b"a")):
        yield Answer(f"head, endless {piece!r}", target.head()[:-2] + begin, piece, "error")
    for kind in ("", ";", "text/html", "text/plain; charset=utf-16", "application/json; charset=x-nothing"):
        yield Answer(f"type {kind!r}", target.whole(kind=kind))


def packed(target: Target) -> Iterator[Answer]:
    body, raw = target.body, zlib.compressobj(wbits=-15)
    zipped, bare = gzip.compress(body, mtime=0), raw.compress(body) + raw.flush()
    right = {"gzip": zipped, "GZIP": zipped, "deflate": zlib.compress(body), "Deflate ": bare, "identity": body}
    member = gzip.compress(body[:50], mtime=0) + gzip.compress(body[50:], mtime=0)
    wrong = {"gzip, deflate": zlib.compress(zipped), "gzip, gzip": zipped, "rot13": body, "DEFLATE": b"\xff" * 50}
    wrong |= {"br": b"\x0b\x02\x80" + body[:30], "zstd": b"\x28\xb5\x2f\xfd" + body[:30]}
    cut = {"no gzip": body, "cut": zipped[:-20], "no end": zipped[:-8], "a wrong sum": zipped[:-8] + bytes(8)}
    cut |= {"more": zipped + b"garbage", "two members": member, "nothing": b""}
    for coding, content in [*right.items(), *wrong.items()]:
        end: tuple[str, Expected] = ("", "value") if coding in right else ("close", "any")
        yield Answer(f"packed, {coding}", target.whole(f"Content-Encoding: {coding}", body=content), *end)
    for name, content in cut.items():
        yield Answer(f"packed, {name}", target.whole("Content-Encoding: gzip", body=content), "close")
    nothing = b"\x00\x00\x00\xff\xff" * 50  # stored blocks without content
    yield Answer("packed, endless", target.head("Content-Encoding: gzip") + zipped[:10], nothing, target.broken)
    bomb = target.whole("Content-Encoding: gzip", body=gzip.compress(SPACES, mtime=0))
    yield Answer("packed, a bomb", bomb, "", "error" if target.kind == JSON and target.requests > 1 else "any", SPACES)


FAMILIES = (lengths, chunked, interim, closed, kept, starts, heads, packed)


def played(answer: Answer) -> Step:
    def step(connection: socket.socket, request: Received) -> None:
        connection.sendall(answer.content)
        until = time.monotonic() + answer.seconds
        while isinstance(answer.end, bytes) and time.monotonic() < until:
            connection.sendall(answer.end)
            time.sleep(0.002)
        if answer.end == "reset":
            reset(connection, request)
        elif answer.end:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            connection.close()

    return step


def faults(target: Target, answer: Answer, flavour: str, folder: Path) -> Iterator[str]:
    """What must not become of an answer, and does."""
    folder.mkdir()
    limit = 30 if answer.expected == "value" else DEADLINE
    ids = {"agent_id": AGENT_ID, "account_id": ACCOUNT_ID, "conversations_api_key": SECOND_KEY}
    options: dict[str, Any] = {**ids, "region": "us", "headers": {"X-Own": HEADER}, "max_retries": 1}
    options |= {"timeout": limit / 2, "deadline": limit}
    value: Any = None
    with ScriptedServer(played(answer)) as server, asyncio.Runner() as runner:
        make = PolyAI if flavour == "sync" else lambda *given, **named: Blocking(AsyncPolyAI(*given, **named), runner)
        with make(KEY, connect_to=server.url, **options) as client:
            for _ in range(answer.calls):
                began = time.monotonic()
                try:
                    value = target.call(client, folder)
                except PolyAIError as error:
                    if answer.expected == "value":
                        yield f"refused: {type(error).__name__}: {error}"[:300]
                    yield from shown(error)
                except BaseException as error:  # noqa: BLE001 - that nothing else comes through is what is tested
                    yield f"escaped: {error!r}"
                else:
                    sent = target.body if answer.sent is None else answer.sent
                    if answer.expected == "error" or not (target.requests == 1 or same(value, sent)):
                        yield f"accepted: {value!r}"[:300]
                if time.monotonic() - began > HANGS:
                    yield "late"
        if len(server.requests) > target.requests * answer.calls:
            yield f"{len(server.requests)} requests"
    left = sorted(each.name for each in folder.iterdir())
    if left != ["audio.wav"] * isinstance(value, bytes):
        yield f"left {left}"


def shown(error: PolyAIError) -> Iterator[str]:
    try:
        check_error(error)
        assert not any(each.encode() in pickle.dumps(error) for each in (KEY, SECOND_KEY)), "a pickle holds a key"
    except AssertionError as wrong:
        yield str(wrong).splitlines()[0]


def same(value: Any, sent: bytes) -> bool:
    if isinstance(value, bytes):
        return value == sent
    with suppress(ValueError, RecursionError):
        expected = json.loads(sent)
        expected = {name: expected[name] for name in value} if "conversations" in value else expected
        one, other = (json.dumps(each, sort_keys=True).replace('Z"', '+00:00"') for each in (value, expected))
        return one == other
    return False


class Checking(logging.Handler):
    """Checks each record as it is made, and keeps none."""

    wrong: list[str]

    def emit(self, record: logging.LogRecord) -> None:
        try:
            check_logs([record])
        except AssertionError:
            self.wrong.append(f"{record.name}: {record.msg}")


@pytest.fixture
def logged(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What logs show and must not; clients pause for no time."""
    for module in ("_sync.session", "_sync.recording", "_async.session", "_async.recording"):
        monkeypatch.setattr(f"polyai_data.{module}.random", lambda: 0.0)
    if find_spec("sniffio") is None:
        # The HTTP library looks for it again with each step, and many event loops in threads would wait in turn.
        monkeypatch.setitem(sys.modules, "sniffio", None)
    checking = Checking()
    checking.wrong = []
    # No other handler, as the test runner's keeps every record.
    monkeypatch.setattr(logging.getLogger(), "handlers", [checking])
    monkeypatch.setattr(logging.getLogger(), "level", logging.DEBUG)
    return checking.wrong


@pytest.mark.parametrize("name", TARGETS)
def test_every_answer_gives_what_was_sent_or_an_error_of_ours(name: str, logged: list[str], tmp_path: Path) -> None:
    target = TARGETS[name]
    answers = [each for family in FAMILIES for each in family(target)]

    def run(number: int) -> list[str]:
        answer, flavour = answers[number], ("sync", "async")[(number + len(name)) % 2]
        return [f"{answer.name}, {flavour}: {each}" for each in faults(target, answer, flavour, tmp_path / str(number))]

    with ThreadPoolExecutor(24) as pool:
        # The first of each flavour imports what many threads at once would break on.
        results = [run(0), run(1), *pool.map(run, range(2, len(answers)))]
    assert [each for result in results for each in result] == logged == []


def test_the_body_of_an_error_takes_little_memory_however_far_it_unpacks(logged: list[str], tmp_path: Path) -> None:
    packer = zlib.compressobj(wbits=31)
    pieces = [packer.compress(SPACES) + packer.flush(zlib.Z_FULL_FLUSH) for _ in range(16)]
    flavours: Mapping[str, str] = {"get": "sync", "search": "async", "set_note": "async", "recording": "sync"}
    tracemalloc.start()
    try:
        for name, flavour in flavours.items():
            content = TARGETS[name].whole("Content-Encoding: gzip", status=500, body=b"".join(pieces))
            answer = Answer("", content, "", "error")
            assert list(faults(TARGETS[name], answer, flavour, tmp_path / name)) == logged == []
        assert tracemalloc.get_traced_memory()[1] < 12 * len(SPACES)  # one piece can unpack to a third
    finally:
        tracemalloc.stop()

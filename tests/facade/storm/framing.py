"""Answers whose framing is wrong or odd: lengths, chunks, interim responses, closed connections, heads, packing."""

from __future__ import annotations

import functools
import gzip
import random
import zlib
from collections.abc import Iterator

from tests.facade.storm.answer import Answer, Drip, Endless, Expected, Honest, chunks, halves, one

CHUNKED = "Transfer-Encoding: chunked"
SPACES = b" " * 2**24


def framing(honest: Honest) -> Iterator[Answer]:
    """All answers of this file for one target."""
    yield from lengths(honest)
    yield from chunked(honest)
    yield from interim(honest)
    yield from closed(honest)
    yield from kept(honest)
    yield from starts(honest)
    yield from heads(honest)
    yield from packed(honest)


def lengths(honest: Honest) -> Iterator[Answer]:
    size = len(honest.body)
    table: dict[str, Expected] = {
        f"{size}, {size}": "any",
        **dict.fromkeys(
            ("-1", f"-{size}", f"+{size}", f"{size}, {size + 1}", hex(size), "1e3", "NaN", f"{size}.0"), "any"
        ),
        **dict.fromkeys(("", " ", f"{size};", f"{size} bytes", '"5"', "٣".encode().decode("latin-1"), "1_000"), "any"),
        **dict.fromkeys((str(size + 1), str(size + 7), str(size * 1000), "9" * 18), honest.broken),
        **dict.fromkeys(("9" * 30, "9" * 5000, str(2**63), str(2**64 + size)), honest.broken),
        f"000{size}": "any",
    }
    for text, expected in table.items():
        yield one(honest, f"length/{text[:40]!r}", honest.head(length=text) + honest.body, "close", expected=expected)
    for shorter in (0, 1, size // 2, size - 1):
        body = honest.body[:shorter]
        yield one(honest, f"length/{shorter} of {size}", honest.head(length=shorter) + honest.body, sent=body)
    twice = f"Content-Length: {size}"
    yield one(honest, "length/twice the same", honest.head(twice, length=size) + honest.body, "close", expected="value")
    for other in (0, size - 1, size + 1):
        both = honest.head(f"Content-Length: {other}", length=size) + honest.body
        yield one(honest, f"length/twice, then {other - size:+}", both, "close")
    both = honest.head(CHUNKED, length=size) + chunks(honest.body)
    yield one(honest, "length/and chunks", both, "close")
    yield one(honest, "length/none until close", honest.head() + honest.body, "close", expected="value")
    yield one(honest, "length/none, and no close", honest.head() + honest.body, expected=honest.broken)


def chunked(honest: Honest) -> Iterator[Answer]:
    head, body = honest.head(CHUNKED), honest.body
    size = len(body)
    right: dict[str, bytes] = {
        "one": chunks(body),
        "each byte": chunks(*(body[index : index + 1] for index in range(size))),
        "halves": chunks(*halves(body)),
        "extension": chunks(body, extension=b";name=value"),
        "trailers": chunks(body, trailers=b"X-Sum: 1\r\nX-More: 2\r\n"),
        "trailers that lie": chunks(body, trailers=b"Content-Length: 3\r\nContent-Encoding: gzip\r\n"),
    }
    for name, content in right.items():
        yield one(honest, f"chunks/{name}", head + content, expected="value")
    wrong: dict[str, bytes] = {
        "no end": chunks(body)[:-5],
        "half an end": chunks(body)[:-2],
        "too long": b"%x\r\n%s" % (size + 9, body),
        "no number": b"size\r\n%s\r\n0\r\n\r\n" % body,
        "largest": b"FFFFFFFFFFFFFFFF\r\n%s" % body,
        "spaces": b"  %x  \r\n%s\r\n0\r\n\r\n" % (size, body),
        "line feeds": b"%x\n%s\n0\n\n" % (size, body),
        "no break after it": b"%x\r\n%s0\r\n\r\n" % (size, body),
        "long trailer": chunks(body, trailers=b"X-Long: " + b"x" * 200_000 + b"\r\n"),
        "broken trailer": chunks(body, trailers=b"no colon here\r\n"),
        "plain body": body,
        "zero first": b"0\r\n\r\n" + chunks(body),
    }
    for name, content in wrong.items():
        sent = b"" if name == "zero first" else None
        yield one(honest, f"chunks/{name}", head + content, "close", sent=sent)
    for name, piece in {"zeros": b"0", "extension": b"x"}.items():
        start = b"" if name == "zeros" else b"5;"
        yield one(honest, f"chunks/endless {name}", head + start, Endless(piece * 100), expected=honest.broken)
    ends = Endless(b"X-T: 1\r\n")
    yield one(honest, "chunks/endless trailers", head + chunks(body)[:-2], ends, expected=honest.broken)
    spaces = Endless(b"1\r\n \r\n", honest.patience)
    yield one(honest, "chunks/endless", head, spaces, expected=honest.broken)
    odd = ("identity", "gzip, chunked", "chunked, chunked", "xchunked", "")
    for coding in (*odd, "chunked;q=1", "CHUNKED", "\x0bchunked"):
        content = honest.head(f"Transfer-Encoding: {coding}") + chunks(body)
        yield one(
            honest, f"chunks/coding {coding!r}", content, "close", sent=None if "HUNK" in coding.upper() else b"?"
        )


def interim(honest: Honest) -> Iterator[Answer]:
    for status, count in ((100, 1), (100, 30), (102, 1), (103, 1), (103, 30), (199, 1)):
        lines = f"HTTP/1.1 {status} Wait\r\nLink: </a>\r\n\r\n".encode() * count
        expected: Expected = "any" if status == 199 else "value"
        yield one(honest, f"interim/{count} of {status}", lines + honest.whole(), expected=expected)
    for status in (100, 102, 103, 150):
        piece = f"HTTP/1.1 {status} Wait\r\n\r\n".encode()
        yield one(honest, f"interim/endless {status}", Endless(piece), expected="error")
    yield one(honest, "interim/torrent", Endless(b"HTTP/1.1 100 C\r\n\r\n" * 50, pause=0.0), expected="error")
    yield one(
        honest, "interim/101", b"HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n" + honest.body, "close"
    )
    long = b"HTTP/1.1 100 Continue\r\nContent-Length: 5\r\n\r\nhello"
    yield one(honest, "interim/with a body", long + honest.whole(), "close")


def closed(honest: Honest) -> Iterator[Answer]:
    whole = honest.whole()
    head = len(whole) - len(honest.body)
    middle = head + len(honest.body) // 2
    for place, at in {"nothing": 0, "H": 1, "version": 8, "status": 12, "header": 40, "head": head - 1}.items():
        for end in ("close", "reset"):
            yield one(honest, f"{end}/after {place}", whole[:at], end, expected="error")
    for place, at in {"the head": head, "a byte": head + 1, "half": middle, "all but one": len(whole) - 1}.items():
        for end in ("close", "reset"):
            yield one(honest, f"{end}/after {place} of it", whole[:at], end, expected=honest.broken)
    yield one(honest, "close/says so and does", honest.whole("Connection: close"), "close", expected="value")
    yield one(honest, "close/says so and does not", honest.whole("Connection: close"), expected="value")
    yield one(honest, "close/silence", expected="error")
    yield one(honest, "close/half of the body, then silence", whole[:middle], expected=honest.broken)


def kept(honest: Honest) -> Iterator[Answer]:
    """More than the response on a connection that is kept: the next call must not take it for its own."""
    evil = honest.body.replace(b"Ada", b"Eve").replace(b"CA1", b"CA6").replace(b"\xfe", b"\xff")
    if honest.is_write:
        evil = b'{"success": false, "error_message": "evil"}'
    for name, more in {
        "a response": honest.whole(body=evil),
        "three": honest.whole(body=evil) * 3,
        "an error": honest.whole(status=500, body=b"{}"),
        "garbage": b"garbage\r\n\r\n",
        "a line": b"\r\n",
        "half a response": honest.whole(body=evil)[:30],
    }.items():
        whole = honest.whole()
        yield one(honest, f"kept/{name}", whole + more, expected="value", calls=3)
        if honest.target == "getConversation":  # what comes later can be told by its identity alone
            yield one(honest, f"kept/{name} late", whole, Drip(more[:1], 0.03), more[1:], calls=3)
        extra = honest.head(CHUNKED) + chunks(honest.body) + more
        yield one(honest, f"kept/{name} after chunks", extra, expected="value", calls=3)


def starts(honest: Honest) -> Iterator[Answer]:
    rest = b"\r\n" + honest.whole().partition(b"\r\n")[2]
    odd: dict[str, Expected] = {
        **dict.fromkeys(("HTTP/1.1 {} ", "HTTP/1.1 {}", "HTTP/1.0 {} OK", "HTTP/1.1 {} Très bien"), "value"),
        "HTTP/1.1 {} " + "x" * 5000: "value",
        **dict.fromkeys(("HTTP/2 {}", "HTTP/2.0 {} OK", "HTTP/0.9 {} OK", "HTTP/1.2 {} OK", "HTTP/9.9 {} OK"), "any"),
        **dict.fromkeys(("http/1.1 {} OK", "HTTP {} OK", "HTTP/1.1  {} OK", " HTTP/1.1 {} OK", "ICY {} OK"), "any"),
        **dict.fromkeys(("HTTP/1.1\t{}\tOK", "\r\nHTTP/1.1 {} OK", "\r\n" * 50 + "HTTP/1.1 {} OK", "{} OK"), "any"),
        **dict.fromkeys(("HTTP/1.1 {}0 OK", "HTTP/1.1 -{} OK", "HTTP/1.1 {}.0 OK", "HTTP/1.1 OK", "HTTP/1.1"), "error"),
        **dict.fromkeys(
            ("HTTP/1.1 2OO OK", "HTTP/1.1 20 OK", "HTTP/1.1 \uff12\uff10\uff10 OK", "HTTP/1.1 {} \x00", "+OK"), "any"
        ),
        "HTTP/1.1 {} " + "x" * 2_000_000: "error",
        "\ufeffHTTP/1.1 {} OK": "error",
    }
    for line, expected in odd.items():
        first = line.format(honest.status)
        yield one(honest, f"start/{line[:30]!r} {len(line)}", first.encode() + rest, "close", expected=expected)
    for name, content in {
        "0.9": honest.body,
        "TLS alert": b"\x15\x03\x01\x00\x02\x02\x28",
        "HTTP/2 settings": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00" + bytes(18),
        "SSH": b"SSH-2.0-OpenSSH_9\r\n",
        "the request": b"GET / HTTP/1.1\r\nHost: example\r\n\r\n",
        "zeros": bytes(5000),
        "a line break": b"\r\n\r\n",
        "HTML": b"<html><title>Bad</title></html>",
    }.items():
        for end in ((), ("close",)):
            yield one(honest, f"start/{name} {end}", content, *end, expected="error")
    chance = random.Random(honest.index)
    for number in range(10):
        noise = chance.randbytes(chance.randrange(1, 4000))
        yield one(honest, f"start/noise {number}", noise, "close", expected="error")
    for number in range(15):
        flipped = bytearray(honest.whole())
        for _ in range(3):  # in the head, where each bit counts
            flipped[chance.randrange(60)] ^= 1 << chance.randrange(8)
        yield one(honest, f"start/flipped bits {number}", bytes(flipped), "close")
    yield one(honest, "start/endless", Endless(b"HTTP" * 50), expected="error")
    yield one(honest, "start/torrent", Endless(b"x" * 65536, pause=0.0), expected="error")


def heads(honest: Honest) -> Iterator[Answer]:
    for name, line in {
        "folded": "X-Fold: a\r\n b\r\n\tc",
        "empty value": "X-Empty:",
        "no space": "X-A:b",
        "latin-1": "X-Name: caf\xe9",
        "many values": "X-A: " + ",".join("a" * 9 for _ in range(500)),
    }.items():
        yield one(honest, f"head/{name}", honest.whole(line), expected="value")
    for name, line in {
        "no colon": "X-Nothing",
        "space first": " X-A: b",
        "NUL in value": "X-A: a\x00b",
        "NUL in name": "X\x00A: b",
        "carriage return": "X-A: a\rb",
        "control characters": "X-A: \x1b[31m\x07",
        "high name": "X-\xe9: a",
        "1 MB": "X-A: " + "a" * 1_000_000,
        "50,000 headers": "\r\n".join(f"X-{number}: a" for number in range(50_000)),
        "two types": "Content-Type: text/html",
        "cookies": "\r\n".join(f"Set-Cookie: c{number}=v; Path=/" for number in range(50)),
        "retry later": "Retry-After: 100000000000",
        "connection lies": "Connection: upgrade, close, keep-alive",
        "upgrade": "Upgrade: h2c",
        "range": "Content-Range: bytes 5-9/3",
    }.items():
        yield one(honest, f"head/{name}", honest.whole(line), "close")
    bare = honest.whole().partition(b"\r\n\r\n")[0].replace(b"\r\n", b"\n") + b"\n\n" + honest.body
    yield one(honest, "head/line feeds only", bare, "close")
    yield one(honest, "head/endless headers", honest.head()[:-2], Endless(b"X-A: b\r\n"), expected="error")
    yield one(honest, "head/endless header", honest.head()[:-2] + b"X-A: ", Endless(b"a"), expected="error")
    kinds = ("", ";", "text/html", "text/plain; charset=utf-16", "image/png", "application/json; charset=x-nothing")
    for kind in kinds:
        yield one(honest, f"head/type {kind!r}", honest.whole(kind=kind))


def packed(honest: Honest) -> Iterator[Answer]:
    body = honest.body
    zipped, deflated = gzip.compress(body, mtime=0), zlib.compress(body)
    raw = zlib.compressobj(wbits=-15)
    bare = raw.compress(body) + raw.flush()
    right = {
        "gzip": zipped,
        "GZIP": zipped,
        "deflate": deflated,
        "Deflate ": bare,
        "identity": body,
        "gzip, deflate": zlib.compress(zipped),
        "gzip, gzip": gzip.compress(zipped, mtime=0),
    }
    for coding, content in right.items():
        answer = honest.whole(f"Content-Encoding: {coding}", body=content)
        yield one(honest, f"packed/{coding}", answer, expected="any" if "," in coding else "value")
    member = gzip.compress(body[:50], mtime=0) + gzip.compress(body[50:], mtime=0)
    wrong: dict[str, tuple[str, bytes]] = {
        "not at all": ("gzip", body),
        "cut": ("gzip", zipped[:-20]),
        "without its end": ("gzip", zipped[:-8]),
        "with a wrong sum": ("gzip", zipped[:-8] + b"\x00" * 8),
        "and more": ("gzip", zipped + b"garbage"),
        "in two members": ("gzip", member),
        "once of two": ("gzip, gzip", zipped),
        "nothing": ("gzip", b""),
        "br": ("br", b"\x0b\x02\x80" + body[:30]),
        "zstd": ("zstd", b"\x28\xb5\x2f\xfd" + body[:30]),
        "unknown": ("rot13", body),
        "broken deflate": ("deflate", b"\xff" * 50),
    }
    for name, (coding, content) in wrong.items():
        yield one(honest, f"packed/{name}", honest.whole(f"Content-Encoding: {coding}", body=content), "close")
    empty = b"\x00\x00\x00\xff\xff"  # a stored block without content
    head = honest.head("Content-Encoding: gzip")
    blocks = Endless(empty * 50, honest.patience)
    yield one(honest, "packed/endless nothing", head + zipped[:10], blocks, expected=honest.broken)
    for status in (honest.status, 400, 500):
        for coding, wbits in (("gzip", 31), ("deflate", 15)):
            answer = honest.whole(
                f"Content-Encoding: {coding}", status=status, body=bomb(wbits, 16 if status >= 400 else 1)
            )
            expected: Expected = "error" if status >= 400 or (honest.is_json and not honest.is_write) else "any"
            yield one(honest, f"packed/{coding} bomb, status {status}", answer, expected=expected, sent=SPACES)


@functools.cache
def bomb(wbits: int, times: int) -> bytes:
    """`SPACES`, packed so many times in a row. More than one have no end: nobody unpacks so far."""
    packing = zlib.compressobj(wbits=wbits)
    once = packing.compress(SPACES) + packing.flush(zlib.Z_FULL_FLUSH)
    if times == 1:
        return once + packing.flush()
    return once + (packing.compress(SPACES) + packing.flush(zlib.Z_FULL_FLUSH)) * (times - 1)

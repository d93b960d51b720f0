"""The drift corpus: answers to every operation that are not, or not quite, what the patched documents say.

    python scripts/corpus.py [--operation ID] [--list | --write DIR]

It is made from generated/*/openapi.yaml alone, so it grows with them. Each answer to an operation differs from an
example in one thing: a property, the body as a whole, or the status. Prints how many there are, lists them, or writes
their bodies to a folder for each operation.
"""

from __future__ import annotations

import argparse
import gzip
import json
import struct
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.facade.corpus_edits import Drift, Outcome, applied, drifts
from tests.facade.corpus_schema import Operation, Shape, accepts, example, operations

UNDOCUMENTED = (204, 299, 302, 418, 520, 599)
"""Statuses that no document names."""
JSON = "application/json"
HTML = b"<!DOCTYPE html><html><head><title>Bad Gateway</title></head><body><h1>Bad Gateway</h1></body></html>"
NO_TEXT = b"\xff\xfe\x00\x81Ada\xc3("
SHORT_ERROR = {"error_message": "Ada is not here"}
LONG_ERROR = {
    "success": False,
    "error": "NotFound",
    "error_id": "2f9c",
    "error_code": "CONVERSATIONS_NOT_FOUND",
    "error_message": "Ada is not here",
    "data": None,
}

ERROR_BODIES = {
    "the shorter body": (JSON, json.dumps(SHORT_ERROR).encode()),
    "the longer body": (JSON, json.dumps(LONG_ERROR).encode()),
    "an HTML page": ("text/html", HTML),
    "nothing": (JSON, b""),
    "no text": (JSON, NO_TEXT),
    "a number as its message": (JSON, b'{"error_message": 7}'),
    "a list as its message": (JSON, b'{"error_message": ["Ada"], "error": {"a": 1}, "error_id": [1]}'),
    "a list": (JSON, b"[7]"),
    "null": (JSON, b"null"),
    "a deep list": (JSON, b"[" * 20_000),
    "a body cut in half": (JSON, json.dumps(LONG_ERROR).encode()[:40]),
}
"""Bodies of errors by name, each with its content type."""


@dataclass(frozen=True, slots=True)
class Case:
    """An answer.

    Attributes:
        operation_id: the operation that it answers.
        name: what is wrong with it; no two answers to one operation share it.
        status, content_type, headers, body: the answer.
        kind: `example`, `body`, `status`, `recording`, or the kind of change to a property.
        outcome: what a call ends in, where that is certain.
        valid: whether the body is what the document says a success holds.
        drift: the change, where it is one to a property.
    """

    operation_id: str
    name: str
    status: int
    content_type: str
    body: bytes
    kind: str
    outcome: Outcome = "any"
    valid: bool = False
    drift: Drift | None = None
    headers: tuple[tuple[str, str], ...] = ()


def corpus(operation_id: str | None = None) -> Iterator[Case]:
    """All answers to one operation, or to every one."""
    for operation in operations():
        if operation_id in {None, operation.id}:
            yield from (_json_answers if operation.media_type == JSON else _recordings)(operation)
            yield from _statuses(operation)


def _encoded(value: Any) -> bytes:
    return json.dumps(value).encode()


def _json_answers(operation: Operation) -> Iterator[Case]:
    shape, whole = operation.shape, example(operation.shape)

    def case(name: str, body: bytes, kind: str, outcome: Outcome, **more: Any) -> Case:
        return Case(operation.id, name, operation.success, more.pop("content_type", JSON), body, kind, outcome, **more)

    yield case("an example", _encoded(whole), "example", "value", valid=True)
    for drift in drifts(shape, whole):
        drifted = applied(whole, drift)
        yield case(drift.name, _encoded(drifted), drift.kind, drift.outcome, valid=accepts(shape, drifted), drift=drift)
    for name, (body, outcome) in _bodies(whole).items():
        yield case(name, body, "body", outcome, valid=outcome == "value")
    for kind in ("", "text/html", "text/plain; charset=latin-1", "application/json; charset=klingon", "nonsense", "/"):
        yield case(f"of the type {kind!r}", _encoded(whole), "body", "value", valid=True, content_type=kind)
    squeezed = (("Content-Encoding", "gzip"),)
    yield case("compressed", gzip.compress(_encoded(whole), mtime=0), "body", "value", valid=True, headers=squeezed)
    yield case("said to be compressed", _encoded(whole), "body", "error", headers=squeezed)


def _bodies(whole: Any) -> dict[str, tuple[bytes, Outcome]]:
    """Bodies that are wrong as a whole, or written in another way, by name."""
    good = _encoded(whole)
    wrong = {
        "null": b"null",
        "an empty list": b"[]",
        "in a list": b"[" + good + b"]",
        "a number": b"7",
        "no number": b"NaN",
        "true": b"true",
        "a string": b'"Ada"',
        "in a string": _encoded(good.decode()),
        "empty": b"",
        "blank": b" \r\n\t",
        "an HTML page": HTML,
        "plain text": b"upstream connect error: Ada",
        "XML": b'<?xml version="1.0"?><error>Ada</error>',
        "no text": NO_TEXT,
        "NUL bytes": bytes(64),
        "cut in half": good[: len(good) // 2],
        "cut by one": good[:-1],
        "twice": good + good,
        "with a comma too many": good[:-1] + b",}",
        "in Latin-1": b'{"x_brand_new":"\xe9",' + good[1:],
        "100,000 lists deep": b"[" * 100_000,
        "100,000 objects deep": b'{"a":' * 100_000,
        "a number of 5,000 digits": b"1" * 5000,
        "the shorter error body": _encoded(SHORT_ERROR),
        "the longer error body": _encoded(LONG_ERROR),
        "an empty object": b"{}",
    }
    other: dict[str, bytes] = {
        "with a byte order mark": b"\xef\xbb\xbf" + good,
        "in UTF-16": good.decode().encode("utf-16"),
        "in UTF-32": good.decode().encode("utf-32"),
        "on many lines": json.dumps(whole, indent=2).encode(),
        "with a key twice": b'{"x_brand_new":1,"x_brand_new":2,' + good[1:],
        "100 levels in an extra field": _deep(whole, 100),
    }
    return {
        **{name: (body, "error") for name, body in wrong.items()},
        **{name: (body, "value") for name, body in other.items()},
    }


def _deep(whole: Any, depth: int) -> bytes:
    return b'{"x_brand_new":' + b'{"a":' * depth + b"1" + b"}" * depth + b"," + _encoded(whole)[1:]


def _statuses(operation: Operation) -> Iterator[Case]:
    """Answers with other statuses than that of success."""
    for status in (*UNDOCUMENTED, *operation.errors):
        bodies = {"nothing": ("", b"")} if status == 204 else ERROR_BODIES
        if status == min(operation.errors):
            bodies = bodies | _drifted_errors(operation.errors[status])
        for name, (content_type, body) in bodies.items():
            yield Case(operation.id, f"{status} with {name}", status, content_type, body, "status", "error")
    for value in ("soon", "-1", "1e400", "", "9" * 400, "Wed, 99 Foo 2026 10:00:00 GMT", "\xb2"):
        waits = (("Retry-After", value), ("Retry-After-Ms", value), ("Date", value))
        name = f"503 to be retried after {value[:40]!r}"
        yield Case(operation.id, name, 503, JSON, _encoded(SHORT_ERROR), "status", "error", headers=waits)


def _drifted_errors(shape: Shape) -> dict[str, tuple[str, bytes]]:
    """The documented body of an error with one change each."""
    whole = example(shape)
    return {
        f"its body, {drift.name}": (JSON, _encoded(applied(whole, drift)))
        for drift in [*drifts(shape, whole), *drifts(shape, LONG_ERROR)]
    }


def wav(
    *, form: int = 1, channels: int = 1, rate: int = 8000, bits: int = 16, sound: int = 320, said: int | None = None
) -> bytes:
    """A WAV file; `said` is what its header says of the sizes when that is not true."""
    width = channels * bits // 8
    chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, form, channels, rate, rate * width, width, bits)
    body = b"WAVE" + chunk + struct.pack("<4sI", b"data", sound if said is None else said) + bytes(sound)
    return struct.pack("<4sI", b"RIFF", len(body) if said is None else said) + body


def _recordings(operation: Operation) -> Iterator[Case]:
    def case(name: str, body: bytes, outcome: Outcome, content_type: str = operation.media_type) -> Case:
        return Case(operation.id, name, operation.success, content_type, body, "recording", outcome, outcome == "value")

    good = wav()
    yield Case(operation.id, "an example", operation.success, operation.media_type, good, "example", "value", True)
    for kind in ("", "audio/x-wav", "application/octet-stream", "AUDIO/WAV; codec=1", "nonsense", ";"):
        yield case(f"of the type {kind!r}", good, "value", kind)
    for kind in ("text/html", "application/json; charset=utf-8", "TEXT/PLAIN"):
        yield case(f"of the type {kind!r}", good, "error", kind)
    for name, body in _no_recordings(good).items():
        yield case(name, body, "error")
        yield case(f"{name}, as bytes", body, "error", "application/octet-stream")
    for name, body in _odd_recordings(good).items():
        yield case(name, body, "value")


def _no_recordings(good: bytes) -> dict[str, bytes]:
    short = struct.pack("<4sI", b"fmt ", 4) + bytes(4)
    cut = {f"cut after {length} bytes": good[:length] for length in (1, 4, 8, 12, 19, 20, 35, 36, 43)}
    return cut | {
        "JSON": _encoded(LONG_ERROR),
        "an HTML page": HTML,
        "XML": b"<?xml version='1.0'?><Error/>",
        "plain text": b"no recording of Ada",
        "empty": b"",
        "no text": NO_TEXT,
        "an MP3": b"ID3\x04\x00" + bytes(400),
        "big-endian": b"RIFX" + good[4:],
        "of 64 bits": b"RF64" + good[4:],
        "no WAVE": good[:8] + b"AVI " + good[12:],
        "sound before its format": good[:12] + good[36:],
        "a format that is too short": good[:12] + short + good[36:],
        "a chunk of 4 GB before its sound": good[:12] + struct.pack("<4sI", b"LIST", 2**32 - 2) + good[12:],
        "no sound in 100,000 bytes": good[:36] + struct.pack("<4sI", b"LIST", 100_000) + bytes(100_000),
    }


def _odd_recordings(good: bytes) -> dict[str, bytes]:
    return {
        "no channels": wav(channels=0),
        "65,535 channels": wav(channels=65_535, bits=8),
        "0 samples a second": wav(rate=0),
        "0 bits": wav(bits=0),
        "another form": wav(form=0xFFFE),
        "no sound": wav(sound=0),
        "sizes of 0": wav(said=0),
        "sizes not known": wav(said=0xFFFFFFFF),
        "a list before its sound": good[:36] + struct.pack("<4sI", b"LIST", 3) + bytes(4) + good[36:],
        "two formats": good[:36] + good[12:],
        "more after its sound": good + b"LIST" + bytes(50),
        "header alone": good[:44],
    }


def main() -> None:
    """Print the counts, or list or write the answers."""
    parser = argparse.ArgumentParser(description="The drift corpus.")
    parser.add_argument("--operation", metavar="ID", choices=[operation.id for operation in operations()])
    action = parser.add_mutually_exclusive_group()
    action.add_argument("--list", action="store_true", help="a line for each answer")
    action.add_argument("--write", type=Path, metavar="DIR", help="write index.jsonl and the bodies there")
    given = parser.parse_args()
    cases = list(corpus(given.operation))
    if given.list:
        for case in cases:
            print(f"{case.operation_id}\t{case.status}\t{case.kind}\t{case.outcome}\t{case.name}")
    elif given.write:
        _write(cases, given.write)
    else:
        _print_counts(cases)


def _write(cases: list[Case], folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "index.jsonl").open("w", encoding="utf-8") as index:
        for number, case in enumerate(cases):
            path = Path(case.operation_id, f"{number:05}.body")
            (folder / path).parent.mkdir(exist_ok=True)
            (folder / path).write_bytes(case.body)
            told = {"status": case.status, "content_type": case.content_type, "headers": dict(case.headers)}
            about = {"operation_id": case.operation_id, "name": case.name, "kind": case.kind, "outcome": case.outcome}
            index.write(json.dumps({**about, **told, "valid": case.valid, "body": path.as_posix()}) + "\n")


def _print_counts(cases: list[Case]) -> None:
    counts = Counter((case.operation_id, case.kind) for case in cases)
    kinds = list(dict.fromkeys(case.kind for case in cases))
    print(f"{'':28}" + "".join(f"{kind:>10}" for kind in kinds) + f"{'total':>8}")
    for operation_id in dict.fromkeys(case.operation_id for case in cases):
        row = [counts[operation_id, kind] for kind in kinds]
        print(f"{operation_id:28}" + "".join(f"{count:>10}" for count in row) + f"{sum(row):>8}")
    print(f"{'total':28}" + "".join(f"{sum(case.kind == kind for case in cases):>10}" for kind in kinds), end="")
    print(f"{len(cases):>8}")


if __name__ == "__main__":
    main()

"""Reads recorded traffic into shapes: a HAR, a cassette of vcrpy, a folder of JSON bodies, a record of shapes.

Files are read as streams: memory does not grow with them. Messages name files and entries, and never what these hold.
"""

from __future__ import annotations

import base64
import gzip
import io
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import ijson
import yaml

from polyai_data import shape_record
from polyai_data.conformance.exchange import JSON
from polyai_data.openapi import Operation
from polyai_data.shapes import Shapes

LARGEST = 64 << 20
"""Bytes of the largest body or entry that is looked at."""
_PIECE = 1 << 20
"""Bytes that are read at once. The parser looks at a long text from its beginning for each piece."""
_KEPT = 16
_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class InputError(Exception):
    """Files that cannot be judged; the message names the file and the entry."""


@dataclass
class Tally:
    """What was read, beside the shapes.

    Attributes:
        responses: how many bodies were judged.
        kinds: the kinds of the files.
        others: how many responses were not judged, by the reason.
        where: for each reason, where the first one stands.
    """

    responses: int = 0
    kinds: dict[str, None] = field(default_factory=dict)
    others: Counter[str] = field(default_factory=Counter)
    where: dict[str, str] = field(default_factory=dict)

    def leave_out(self, reason: str, where: str) -> None:
        """Count a response that is not judged."""
        self.others[reason] += 1
        self.where.setdefault(reason, where)


Advance = Callable[[int], None]
"""Called with the bytes that were read since the last time."""


class Reader:
    """Reads files into `shapes`.

    Attributes:
        tally: what was read so far.
    """

    def __init__(self, shapes: Shapes, advance: Advance = lambda _: None) -> None:
        self.tally = Tally()
        self._shapes = shapes
        self._advance = advance
        self._hosts = {server.hostname for each in shapes.operations.values() for server in each.servers}

    def read(self, path: Path) -> None:
        """Read a file or a folder.

        Raises:
            InputError: it cannot be judged.
            OSError: it cannot be read.
        """
        if path.is_dir():
            self._kind("a folder of bodies", self._folder, path)
        else:
            self._file(path)

    def _kind(self, name: str, read: Callable[[Path], None], path: Path) -> None:
        self.tally.kinds[name] = None
        before = self.tally.responses
        read(path)
        if self.tally.responses == before:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.tally.others.items())
            none = f"{path}: {name} without a JSON response of a documented operation"
            raise InputError(f"{none}; left out: {reasons}" if reasons else none)

    def _file(self, path: Path) -> None:
        with path.open("rb") as file:
            head = file.read(4096).removeprefix(b"\xef\xbb\xbf").lstrip()
        if head.startswith(shape_record.START):
            self._kind("a record of shapes", self._record, path)
        elif path.suffix in {".yaml", ".yml"}:
            self._kind(
                "a cassette", lambda file: self._entries(file, _interactions, self._interaction, shorten=False), path
            )
        elif head.startswith(b"{") and (prefix := _array_in(path)):
            kind, read = ("a HAR", self._har_entry) if prefix == "log.entries" else ("a cassette", self._interaction)
            items = partial(ijson.items, prefix=f"{prefix}.item", use_float=True)
            self._kind(kind, lambda file: self._entries(file, items, read, shorten=True), path)
        elif path.suffix == ".json" and path.name.split(".")[0] in self._shapes.operations:
            self._kind("a body", self._body, path)
        else:
            known = "no HAR, no cassette of vcrpy, no record of shapes"
            raise InputError(f"{path}: is {known}, and its name begins with no operation")

    # Folders of bodies, and records.

    def _folder(self, path: Path) -> None:
        for folder, folders, names in os.walk(path):
            folders.sort()
            for name in sorted(names):
                each = Path(folder, name)
                if each.suffix != ".json":
                    self.tally.leave_out("no .json file", str(each))
                else:
                    self._body(each)

    def _body(self, path: Path) -> None:
        name, *rest = path.name.split(".")
        operation = self._shapes.operations.get(name)
        if operation is None:
            known = ", ".join(sorted(self._shapes.operations))
            raise InputError(
                f"{path}: no operation is called {name!r}; name it <operationId>[.<status>][.<anything>].json, "
                f"with one of {known}"
            )
        size = path.stat().st_size
        self._advance(size)
        if size > LARGEST:
            self.tally.leave_out(_TOO_LARGE, str(path))
            return
        status = int(rest[0]) if _STATUS.fullmatch(rest[0]) else operation.success
        self._add(operation, status, path.read_bytes(), str(path))

    def _record(self, path: Path) -> None:
        earlier = self._shapes.earlier
        before = sum(root.total for root in earlier.values())
        try:
            shape_record.read(path, self._shapes)
        except ValueError as error:
            raise InputError(str(error)) from None
        self._advance(path.stat().st_size)
        self.tally.responses += sum(root.total for root in earlier.values()) - before

    # HARs and cassettes.

    def _entries(
        self,
        path: Path,
        entries: Callable[[_Bounded], Iterable[Any]],
        read: Callable[[Any, str], None],
        *,
        shorten: bool,
    ) -> None:
        number = 0
        with path.open("rb") as file:
            stream = _Bounded(file, self._advance, shorten=shorten)
            try:
                for number, entry in enumerate(entries(stream), 1):
                    self._entry(entry, f"{path} entry {number}", stream, read)
            except (ijson.JSONError, yaml.YAMLError, RecursionError, ValueError):
                raise InputError(f"{path}: is cut off or broken after entry {number}") from None
            except InputError as error:
                raise InputError(f"{path}: entry {number + 1} {error}") from None

    def _entry(self, entry: Any, where: str, stream: _Bounded, read: Callable[[Any, str], None]) -> None:
        if stream.shortened:
            self.tally.leave_out(_TOO_LARGE, where)
        else:
            try:
                read(entry, where)
            except _MISFITS:
                self.tally.leave_out("not an entry as its format has it", where)
        stream.begin_entry()

    def _har_entry(self, entry: Any, where: str) -> None:
        response = entry["response"]
        content = response.get("content") or {}
        text: Any = content.get("text")
        if not response["status"] or (text is None and content.get("size")):
            body = None
        elif content.get("encoding") == "base64":
            body = base64.b64decode(text or "")
        else:
            body = (text or "").encode("utf-8", "surrogatepass")
        self._exchange(entry["request"]["method"], entry["request"]["url"], response["status"], body, where)

    def _interaction(self, entry: Any, where: str) -> None:
        response = entry["response"]
        status = response["status_code"] if "status_code" in response else response["status"]["code"]
        body = response["content"] if "content" in response else response["body"]["string"]
        body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
        if body.startswith(b"\x1f\x8b"):
            body = _unzipped(body)
        self._exchange(entry["request"]["method"], entry["request"]["uri"], int(status), body, where)

    def _exchange(self, method: str, url: str, status: int, body: bytes | None, where: str) -> None:
        operation = self._operation(method, url)
        if operation is None:
            self.tally.leave_out("for no operation of the documents", where)
        elif body is None:
            self.tally.leave_out("without a response, or without its body in the file", where)
        else:
            self._add(operation, status, body, where)

    def _operation(self, method: str, url: str) -> Operation | None:
        parts = urlsplit(url)
        segments = tuple(map(unquote, parts.path.strip("/").split("/")))
        for operation in self._shapes.operations.values():
            # A gateway may put something before the path; a vendor's own hosts do not.
            if parts.hostname not in self._hosts:
                given = segments[-len(operation.segments) :]
            elif any(server.hostname == parts.hostname for server in operation.servers):
                given = segments
            else:
                continue
            if operation.method == method and operation.match(given) is not None:
                return operation
        return None

    def _add(self, operation: Operation, status: int, body: bytes, where: str) -> None:
        if type(status) is not int or not 100 <= status < 600:
            raise ValueError
        documented = operation.responses.get(status)
        if documented and JSON not in documented:
            self.tally.leave_out("not documented as JSON, such as recordings", where)
            return
        self._shapes.add(operation.id, status, body)
        self.tally.responses += 1


_STATUS = re.compile("[1-5][0-9][0-9]")
_TOO_LARGE = f"larger than {LARGEST >> 20} MiB"
_MISFITS = (KeyError, TypeError, ValueError, AttributeError, IndexError, EOFError, OSError, zlib.error)


def _unzipped(body: bytes) -> bytes:
    with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError
    return content


class _Bounded:
    """A file that ijson and PyYAML read in pieces, and that bounds each entry.

    An entry beyond `LARGEST` can be the base64 text of a recording: its middle is not passed on, which leaves JSON
    valid. `shortened` says so. Any other entry beyond twice that is an error.
    """

    def __init__(self, file: BinaryIO, advance: Advance, *, shorten: bool = True) -> None:
        self._file, self._advance, self._shorten = file, advance, shorten
        self._passed = 0
        self._first = True
        self.shortened = False

    def begin_entry(self) -> None:
        """The next entry begins."""
        self._passed, self.shortened = 0, False

    def read(self, size: int = -1) -> bytes:
        """The next piece, of any size; no bytes at the end, or where none are asked for."""
        if size == 0:
            return b""
        piece = self._file.read(_PIECE)
        self._advance(len(piece))
        if self._first:
            self._first, piece = False, piece.removeprefix(b"\xef\xbb\xbf")
        inside_text = self._shorten and piece.isascii() and b'"' not in piece and b"\\" not in piece
        if self._passed > LARGEST and inside_text and len(piece) > _KEPT:
            self.shortened, piece = True, piece[:_KEPT]
        self._passed += len(piece)
        if self._passed > 2 * LARGEST:
            raise InputError(_TOO_LARGE.replace("larger", "is larger"))
        return piece


def _array_in(path: Path) -> str | None:
    """Where the entries of a JSON file are: those of a HAR, or of a cassette; None where it is neither."""
    with path.open("rb") as file, suppress(ijson.JSONError, InputError):
        for prefix, event, _ in ijson.parse(_Bounded(file, lambda _: None)):
            if event == "start_array" and prefix in {"log.entries", "interactions"}:
                return str(prefix)
    return None


def _interactions(stream: Any) -> Iterator[Any]:
    """The interactions of a cassette in YAML, one after the other."""
    loader = _YAML(stream)
    anchors: dict[str, Any] = {}
    keys = set()
    try:
        for _ in range(2):  # the stream and the document begin
            loader.get_event()
        event = loader.get_event()
        if not isinstance(event, yaml.MappingStartEvent):
            raise yaml.YAMLError
        while not isinstance(event := loader.get_event(), yaml.MappingEndEvent):
            key = _built(loader, event, anchors)
            keys.add(key)
            event = loader.get_event()
            if key != "interactions" or not isinstance(event, yaml.SequenceStartEvent):
                _built(loader, event, anchors)
                continue
            while not isinstance(event := loader.get_event(), yaml.SequenceEndEvent):
                yield _built(loader, event, anchors)
                for name in list(anchors)[:-_ANCHORS]:
                    del anchors[name]
        if "version" not in keys:  # the last line; YAML that is cut can be YAML still
            raise yaml.YAMLError
    finally:
        loader.dispose()


_ANCHORS = 64
"""How many values that later ones may refer to are kept."""


def _built(loader: Any, event: Any, anchors: dict[str, Any]) -> Any:
    """The value that begins with an event: mappings, lists and texts, as a cassette needs no more."""
    if isinstance(event, yaml.AliasEvent):
        return anchors.get(str(event.anchor))
    value: Any
    if isinstance(event, yaml.ScalarEvent):
        coded = event.tag == "tag:yaml.org,2002:binary"
        value = base64.b64decode(event.value) if coded else event.value
        if event.implicit[0] and event.value in {"", "~", "null"}:
            value = None
    elif isinstance(event, yaml.SequenceStartEvent):
        value = []
        while not isinstance(inner := loader.get_event(), yaml.SequenceEndEvent):
            value.append(_built(loader, inner, anchors))
    else:
        value = {}
        while not isinstance(inner := loader.get_event(), yaml.MappingEndEvent):
            key = _built(loader, inner, anchors)
            value[str(key)] = _built(loader, loader.get_event(), anchors)
    if event.anchor:
        anchors[event.anchor] = value
    return value


def size_of(paths: Sequence[Path]) -> int:
    """The bytes of files and folders together."""
    return sum(
        each.stat().st_size for path in paths for each in (_files(path) if path.is_dir() else [path]) if each.is_file()
    )


def _files(folder: Path) -> Iterable[Path]:
    return (Path(at, name) for at, _, names in os.walk(folder) for name in names)

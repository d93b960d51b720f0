"""Reads recorded traffic into shapes: a HAR, a cassette of vcrpy, a folder of JSON bodies, a record of shapes.

Files are read as streams: memory does not grow with them. Messages name files and entries, and never what these hold.
"""

from __future__ import annotations

import base64
import codecs
import gzip
import io
import os
import re
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import unquote, urlsplit

import ijson
import yaml
from rich.progress import Progress

from polyai_data import shape_record
from polyai_data.conformance.exchange import JSON
from polyai_data.openapi import Operation
from polyai_data.shapes import Shapes

LARGEST = 64 << 20
"""Bytes of the largest body or entry that is looked at."""
_PIECE = 1 << 20
"""Bytes that are read at once. The parser looks at a long text from its beginning for each piece."""
_KEPT = 16
_IN_HAR = "log.entries"
_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class InputError(Exception):
    """Files that cannot be judged; the message names the file and the entry."""


class Reader:
    """Reads files into `shapes`; `bar` shows how far.

    Attributes:
        responses: how many bodies were judged.
        kinds: the kinds of the files.
        others: how many responses were not judged, by the reason.
        where: for each reason, where the first one stands.
    """

    def __init__(self, shapes: Shapes, bar: Progress | None = None) -> None:
        self.responses = 0
        self.kinds: dict[str, None] = {}
        self.others: Counter[str] = Counter()
        self.where: dict[str, str] = {}
        self._shapes = shapes
        self._bar = bar or Progress(disable=True)
        self._hosts = {server.hostname for each in shapes.operations.values() for server in each.servers}

    def read(self, path: Path) -> None:
        """Read a file or a folder.

        Raises:
            InputError: it cannot be judged.
            OSError: it cannot be read.
        """
        kind, read = self._form_of(path)
        self.kinds[kind] = None
        before = self.responses
        read(path)
        if self.responses == before:
            reasons = ", ".join(f"{count} {reason}" for reason, count in self.others.items())
            none = f"{path}: {kind} without a JSON response of a documented operation"
            raise InputError(f"{none}; left out: {reasons}" if reasons else none)

    def _form_of(self, path: Path) -> tuple[str, Callable[[Path], None]]:
        if path.is_dir():
            return "a folder of bodies", self._folder
        with path.open("rb") as file:
            head = file.read(4096).removeprefix(codecs.BOM_UTF8).lstrip()
        if head.startswith(shape_record.START):
            return "a record of shapes", self._record
        if path.suffix in {".yaml", ".yml"}:
            return "a cassette", partial(self._entries, entries=_interactions, read=_interaction)
        if head.startswith(b"{") and (prefix := _array_in(path)):
            kind, read = ("a HAR", _har_entry) if prefix == _IN_HAR else ("a cassette", _interaction)
            items = partial(ijson.items, prefix=f"{prefix}.item", use_float=True)
            return kind, partial(self._entries, entries=items, read=read)
        if path.suffix == ".json" and path.name.split(".")[0] in self._shapes.operations:
            return "a body", self._body
        known = "no HAR, no cassette of vcrpy, no record of shapes"
        raise InputError(f"{path}: is {known}, and its name begins with no operation")

    def _leave_out(self, reason: str, where: object) -> None:
        self.others[reason] += 1
        self.where.setdefault(reason, str(where))

    def _folder(self, path: Path) -> None:
        for folder, folders, names in os.walk(path):
            folders.sort()
            for each in (Path(folder, name) for name in sorted(names)):
                if each.suffix == ".json":
                    self._body(each)
                else:
                    self._leave_out("no .json file", each)

    def _body(self, path: Path) -> None:
        name, *rest = path.name.split(".")
        operation = self._shapes.operations.get(name)
        if operation is None:
            known = ", ".join(sorted(self._shapes.operations))
            raise InputError(
                f"{path}: no operation is called {name!r}; name it <operationId>[.<status>][.<anything>].json, "
                f"with one of {known}"
            )
        if path.stat().st_size > LARGEST:
            self._leave_out(_TOO_LARGE, path)
        else:
            status = int(rest[0]) if _STATUS.fullmatch(rest[0]) else operation.success
            self._add(operation, status, path.read_bytes(), str(path))

    def _record(self, path: Path) -> None:
        earlier = self._shapes.earlier
        before = sum(root.total for root in earlier.values())
        try:
            shape_record.read(path, self._shapes)
        except ValueError as error:
            raise InputError(str(error)) from None
        self.responses += sum(root.total for root in earlier.values()) - before

    def _entries(
        self, path: Path, *, entries: Callable[[_Bounded], Iterable[Any]], read: Callable[[Any], _Exchange]
    ) -> None:
        number = 0
        with self._bar.open(path, "rb", description=path.name) as file:
            stream = _Bounded(file, shorten=entries is not _interactions)
            try:
                for number, entry in enumerate(entries(stream), 1):
                    where = f"{path} entry {number}"
                    if stream.shortened:
                        self._leave_out(_TOO_LARGE, where)
                    else:
                        try:
                            self._exchange(*read(entry), where)
                        except _MISFITS:
                            self._leave_out("not an entry as its format has it", where)
                    stream.begin_entry()
            except (ijson.JSONError, yaml.YAMLError, RecursionError, ValueError):
                raise InputError(f"{path}: is cut off or broken after entry {number}") from None
            except InputError as error:
                raise InputError(f"{path}: entry {number + 1} {error}") from None

    def _exchange(self, method: str, url: str, status: int, body: bytes | None, where: str) -> None:
        operation = self._operation(method, url)
        if operation is None:
            self._leave_out("for no operation of the documents", where)
        elif body is None:
            self._leave_out("without a response, or without its body in the file", where)
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
            self._leave_out("not documented as JSON, such as recordings", where)
            return
        self._shapes.add(operation.id, status, body)
        self.responses += 1


_STATUS = re.compile("[1-5][0-9][0-9]")
_TOO_LARGE = f"larger than {LARGEST >> 20} MiB"
_MISFITS = (KeyError, TypeError, ValueError, AttributeError, IndexError, EOFError, OSError, zlib.error)


_Exchange = tuple[str, str, int, bytes | None]
"""Method, URL, status, and the body, if the file has it."""


def _har_entry(entry: Any) -> _Exchange:
    response = entry["response"]
    content = response.get("content") or {}
    text: Any = content.get("text")
    if not response["status"] or (text is None and content.get("size")):
        body = None
    elif content.get("encoding") == "base64":
        body = base64.b64decode(text or "")
    else:
        body = (text or "").encode("utf-8", "surrogatepass")
    return entry["request"]["method"], entry["request"]["url"], response["status"], body


def _interaction(entry: Any) -> _Exchange:
    response = entry["response"]
    status = response["status_code"] if "status_code" in response else response["status"]["code"]
    body = response["content"] if "content" in response else response["body"]["string"]
    body = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body or b""
    if body.startswith(b"\x1f\x8b"):
        body = _unzipped(body)
    return entry["request"]["method"], entry["request"]["uri"], int(status), body


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

    def __init__(self, file: BinaryIO, *, shorten: bool) -> None:
        self._file, self._shorten = file, shorten
        self._passed, self._first, self.shortened = 0, True, False

    def begin_entry(self) -> None:
        self._passed, self.shortened = 0, False

    def read(self, size: int = -1) -> bytes:
        """The next piece, of any size; no bytes at the end, or where none are asked for."""
        if size == 0:
            return b""
        piece = self._file.read(_PIECE)
        if self._first:
            self._first, piece = False, piece.removeprefix(codecs.BOM_UTF8)
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
        for prefix, event, _ in ijson.parse(_Bounded(file, shorten=True)):
            if event == "start_array" and prefix in {_IN_HAR, "interactions"}:
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

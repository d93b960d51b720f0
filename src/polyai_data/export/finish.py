"""The parts of an export become its result, which is complete where it is at all."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
from fsspec.implementations.local import LocalFileSystem

from polyai_data.atomic_file import Target, try_out
from polyai_data.errors import ConfigError, DownloadError
from polyai_data.export import fetch
from polyai_data.export.formats import FORMATS, Row, Writer, blocks, row
from polyai_data.export.order import State
from polyai_data.export.plan import Task
from polyai_data.export.schema import Layout

MAKING, AHEAD = 2, 4
"""Threads that make blocks ready, and blocks that wait to be written: a row group takes as long as several."""
NO_DAY = "__HIVE_DEFAULT_PARTITION__"
"""The day of what has no start, as Hive names it."""


class Destination:
    """Where the result goes: a file, or a folder of a file for each day, here or at any URL that fsspec knows.

    Args:
        url: path or URL.
        format: one of `FORMATS`, for a folder whose name does not end with it; None for what the name ends with.
        by_day: whether it is a folder with a file for each day.

    Raises:
        ConfigError: the format is unknown, or has no folders; or there is no library for such a URL.
    """

    def __init__(self, url: str, format: str | None, *, by_day: bool) -> None:
        names = [name for name, each in FORMATS.items() if url.rstrip("/").endswith(each.suffix)]
        if not names and not (format and by_day):
            endings = ", ".join(each.suffix for each in FORMATS.values())
            message = f"{url} names no format; end it with one of {endings}"
            raise ConfigError(message, argument="destination")
        self.url, self.format, self.by_day = url.rstrip("/"), format or names[-1], by_day
        if self.format not in FORMATS:
            raise ConfigError(f"format is {format!r}, and none of {', '.join(FORMATS)}", argument="format")
        if by_day and self.format == "duckdb":
            raise ConfigError("a DuckDB file has all days; leave partition out", argument="partition")
        if not by_day and not self.url.endswith(suffix := FORMATS[self.format].suffix):
            raise ConfigError(f"{url} is to be {self.format}; end its name with {suffix}", argument="destination")
        try:
            self._files, self.path = fsspec.core.url_to_fs(self.url)
        except Exception as error:  # noqa: BLE001 - whatever a library raises
            raise ConfigError(f"{self.url} cannot be written to: {error}", argument="destination") from None
        self._local = isinstance(self._files, LocalFileSystem)

    def name(self, table: str, day: str = "") -> str:
        """What the state calls the file of a table, and a day: the same wherever the result is moved to."""
        if self.by_day:
            return f"day={day}/{table}{FORMATS[self.format].suffix}"
        return "conversations" if self.format == "duckdb" else table

    def file(self, name: str) -> str:
        """The path of a file."""
        suffix, path = FORMATS[self.format].suffix, self.path
        if self.by_day:
            return f"{path}/{name}"
        if name == "conversations":
            return str(path)
        return f"{path.removesuffix(suffix)}.{name}{suffix}"

    @property
    def state(self) -> str:
        """The path of the file that says how far the result goes."""
        return f"{self.path}.export.json"

    def _at(self, call: str, *arguments: Any, **options: Any) -> Any:
        """What a call of the file system gives.

        Raises:
            FileNotFoundError: there is no such file.
            DownloadError: any other failure; the libraries of clouds have errors of their own.
        """
        try:
            return getattr(self._files, call)(*arguments, **options)
        except FileNotFoundError:
            raise
        except Exception as error:  # noqa: BLE001 - whatever a library raises
            raise DownloadError.unwritable(self.url, error) from None

    def check(self, tables: Iterable[str]) -> str | None:
        """The path of what is there already, of a result with these tables; None where nothing is.

        Raises:
            ConfigError: what is there is a folder where a file is to be, or a file where a folder is to be.
            DownloadError: it cannot be written.
        """
        if self._at("exists", self.path) and self._at("isdir", self.path) is not self.by_day:
            kind = "a file; leave partition out" if self.by_day else "a folder; give the name of a file"
            raise ConfigError(f"{self.url} is {kind}", argument="destination")
        if self._local:
            try_out(Path(self.path))
        paths = [self.path] if self.by_day else [self.file(self.name(table)) for table in tables]
        return next(filter(partial(self._at, "exists"), paths), None)

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where it is missing."""
        with suppress(FileNotFoundError):
            content: bytes = self._at("cat_file", path)
            return content
        return None

    def old(self, path: str, folder: Path) -> Path | None:
        """A file of before, on this machine; None where it is missing."""
        if not self._at("exists", path):
            return None
        if self._local:
            return Path(path)
        copy = folder / "old"
        self._at("get_file", path, str(copy))
        return copy

    def publish(self, made: Path, path: str) -> None:
        """Give a file that is complete its name."""
        made.chmod(0o600)
        if self._local:
            for folder in [Path(self.path), Path(path).parent] if self.by_day else []:
                folder.mkdir(exist_ok=True, mode=0o700)
            with made.open("rb") as file:
                os.fsync(file.fileno())
                with suppress(OSError):
                    os.replace(made, os.path.realpath(path))  # noqa: PTH105 - one call on every platform
                    return
                with Target(Path(path), private=True) as target:  # on another disk
                    while piece := file.read(2**20):
                        target.write(piece)
                    target.keep()
        else:
            self._at("makedirs", path.rpartition("/")[0], exist_ok=True)
            self._at("put_file", str(made), path)
        made.unlink()

    def remove(self, path: str) -> None:
        """Remove a file, where it is."""
        with suppress(FileNotFoundError):
            self._at("rm_file", path)


def write(
    destination: Destination,
    parts: list[tuple[Task, fetch.Part]],
    layout: Layout,
    *,
    nested: bool,
    folder: Path,
    state: State | None = None,
    append: bool = False,
) -> list[str]:
    """Write the result, and give the names of the files that were written.

    Args:
        destination: where to.
        parts: the tasks that have rows, in order, and what each came to.
        layout: the columns.
        nested: whether turns are columns.
        folder: the work folder.
        state: what there is; no other file is read or removed.
        append: whether its rows stay, but for those that were asked for again; otherwise it is replaced.

    Raises:
        DownloadError: it cannot be written. What was there is there still, and the parts are.
    """
    files = [fetch.data(folder, task) for task, _ in parts]
    before, written = state.files if state else [], list[str]()
    with _explained(destination.url):
        for left in folder.glob("new*"):  # what an interrupted run left
            shutil.rmtree(left, ignore_errors=True)
        # Of another name each time, as a process keeps a database that failed.
        new = Path(tempfile.mkdtemp(prefix="new", dir=folder))
        undated = _undated(parts)
        known, days = _index(files) if destination.by_day or append else (set(), {})
        left_out = [Row(*each) for _, part in parts for each in part.left_out]
        known |= {each.key for each in [*map(row, undated.values()), *left_out]}
        groups = {"": files}
        if destination.by_day:
            unsettled = _unsettled(destination, state, left_out) if append and state else set()
            groups = {day: [] for day in unsettled | ({NO_DAY} if undated else set())} | days
        for day, those in sorted(groups.items()):
            writer = Writer(destination.format, layout, nested=nested, folder=new)
            for table in writer.tables if append else ():
                name = destination.name(table, day)
                if name in before and (old := destination.old(destination.file(name), new)) is not None:
                    writer.keep(table, old, known)
            ours = map(partial(_of_day, day), chain.from_iterable(map(blocks, those)))
            last = "".join(undated.values()).encode() if day in {"", NO_DAY} else b""
            for made in _made(writer, filter(None, chain(ours, [last]))):
                writer.add(made)
            writer.close()
            for table, file in writer.files.items():
                written.append(destination.name(table, day))
                destination.publish(file, destination.file(written[-1]))
        for name in set(before) - set(written) if not append else ():
            destination.remove(destination.file(name))
    return written


def _made(writer: Writer, blocks: Iterable[bytes]) -> Iterator[dict[str, Any]]:
    """What a writer makes of blocks, of which other threads make the next while one is used."""
    with ThreadPoolExecutor(MAKING) as pool:
        under_way = deque[Future[dict[str, Any]]]()
        for block in blocks:
            under_way.append(pool.submit(writer.made, block))
            if len(under_way) > AHEAD:
                yield under_way.popleft().result()
        while under_way:
            yield under_way.popleft().result()


def _unsettled(destination: Destination, state: State, left_out: list[Row]) -> set[str]:
    """The days there of conversations that may not be theirs now: they had not ended, had no start, or are left out."""
    days = {NO_DAY, *(each.date().isoformat() for through in state.through for each in through.open)}
    days |= {each.started_at[:10] for each in left_out if each.started_at}
    return {day for day in days if destination.name("conversations", day) in state.files}


def _index(files: list[Path]) -> tuple[set[str], dict[str, list[Path]]]:
    """The keys of all rows, and for each day the files that have any of it."""
    keys, days = set[str](), dict[str, list[Path]]()
    for file in files:
        rows = [row(line) for block in blocks(file) for line in block.splitlines()]
        keys.update(each.key for each in rows)
        for day in {str(each.started_at)[:10] for each in rows}:
            days.setdefault(day, []).append(file)
    return keys, days


def _of_day(day: str, block: bytes) -> bytes:
    """The rows of a day, or of all."""
    if not day:
        return block
    lines = block.splitlines(keepends=True)
    return b"".join(line for line in lines if str(row(line).started_at).startswith(day))


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Let what the libraries of the formats raise be an error of ours that says what cannot be written."""
    import duckdb  # noqa: PLC0415

    try:
        yield
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        made = DownloadError.unwritable(url, error)
        raise made from None


def _undated(parts: list[tuple[Task, fetch.Part]]) -> dict[tuple[str, str], str]:
    """The rows without a start, by their agents and ids; the first part that has one decides."""
    return {(task.agent, key): line for task, part in reversed(parts) for key, line in part.undated.items()}


def lines(folder: Path, parts: list[tuple[Task, fetch.Part]]) -> Iterator[bytes]:
    """The rows of all parts as lines of JSON, many at once; those without a start last."""
    for task, _ in parts:
        yield from blocks(fetch.data(folder, task))
    yield from (line.encode() for line in _undated(parts).values())

"""The parts of an export become its result, which is complete where it is at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import fsspec
import msgspec
import pyarrow as pa

from polyai_data.atomic_file import Target, try_out
from polyai_data.errors import ConfigError, DownloadError
from polyai_data.export import fetch
from polyai_data.export.formats import FORMATS, Writer, blocks
from polyai_data.export.plan import Task
from polyai_data.export.schema import Layout

NO_DAY = "__HIVE_DEFAULT_PARTITION__"
"""The day of what has no start, as Hive names it."""


class Destination:
    """Where the result goes: a file, or a folder of a file for each day, here or at any URL that fsspec knows.

    Args:
        url: path or URL.
        format: one of `FORMATS`; None for what the name ends with.
        by_day: whether it is a folder with a file for each day.

    Raises:
        ConfigError: the format is unknown, or has no folders; or there is no library for such a URL.
    """

    def __init__(self, url: str, format: str | None, *, by_day: bool) -> None:
        names = [name for name, each in FORMATS.items() if url.rstrip("/").endswith(each.suffix)]
        if format is None and not names:
            endings = ", ".join(each.suffix for each in FORMATS.values())
            message = f"{url} names no format; end it with one of {endings}, or give the format"
            raise ConfigError(message, argument="format")
        self.url, self.format, self.by_day = url.rstrip("/"), format or names[-1], by_day
        if self.format not in FORMATS:
            raise ConfigError(f"format is {format!r}, and none of {', '.join(FORMATS)}", argument="format")
        if by_day and self.format == "duckdb":
            raise ConfigError("a DuckDB file has all days; leave partition out", argument="partition")
        try:
            self._files, self.path = fsspec.core.url_to_fs(self.url)
        except (ImportError, ValueError) as error:
            raise ConfigError(f"{self.url} cannot be written to: {error}", argument="destination") from None
        self._local = "://" not in self.url

    def file(self, table: str, day: str) -> str:
        """The path of the file of a table, and a day."""
        suffix, path = FORMATS[self.format].suffix, self.path
        if table != "conversations":
            path = f"{path.removesuffix(suffix)}.{table}{suffix if path.endswith(suffix) else ''}"
        return f"{path}/day={day}/{table}{suffix}" if self.by_day else path

    @property
    def state(self) -> str:
        """The path of the file that says how far the result goes."""
        return f"{self.path}.export.json"

    def check(self) -> bool:
        """Whether there is a result.

        Raises:
            ConfigError: what is there is a folder where a file is to be, or a file where a folder is to be.
            DownloadError: it cannot be written.
        """
        exists = bool(self._files.exists(self.path))
        if exists and self._files.isdir(self.path) is not self.by_day:
            kind = "a file; leave partition out" if self.by_day else "a folder; give the name of a file"
            raise ConfigError(f"{self.url} is {kind}", argument="destination")
        if self._local:
            try_out(Path(self.path))
        return exists

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where it is missing."""
        with suppress(FileNotFoundError):
            content: bytes = self._files.cat_file(path)
            return content
        return None

    def old(self, path: str, folder: Path) -> Path | None:
        """A file of before, on this machine; None where it is missing."""
        if not self._files.exists(path):
            return None
        if self._local:
            return Path(path)
        copy = folder / "old"
        self._files.get_file(path, str(copy))
        return copy

    def publish(self, made: Path, path: str) -> None:
        """Give a file that is complete its name."""
        made.chmod(0o600)
        if self._local:
            Path(path).parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with made.open("rb") as file:
                os.fsync(file.fileno())
                with suppress(OSError):
                    os.replace(made, path)  # noqa: PTH105 - one call on every platform
                    return
                with Target(Path(path), private=True) as target:  # on another disk
                    while piece := file.read(2**20):
                        target.write(piece)
                    target.keep()
        else:
            self._files.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._files.put_file(str(made), path)
        made.unlink()

    def others(self, written: list[str]) -> list[str]:
        """Files of days that are none of those that were written."""
        roots = {each.partition("/day=")[0] for each in written} if self.by_day else set()
        return [each for root in roots for each in self._files.find(root) if "/day=" in each and each not in written]

    def remove(self, path: str) -> None:
        """Remove a file."""
        self._files.rm_file(path)


class _Row(msgspec.Struct):
    conversation_id: str
    started_at: str | None = None


_row = msgspec.json.Decoder(_Row).decode


def write(
    destination: Destination,
    parts: list[tuple[Task, fetch.Part]],
    layout: Layout,
    *,
    nested: bool,
    append: bool,
    folder: Path,
    about: Mapping[str, Any],
) -> list[str]:
    """Write the result, and give the paths of its files.

    Args:
        destination: where to.
        parts: the tasks that have rows, in order, and what each came to.
        layout: the columns.
        nested: whether turns are columns.
        append: whether rows of before stay, but for those that were fetched again.
        folder: the work folder.
        about: what the table `export` of a DuckDB file says.

    Raises:
        DownloadError: it cannot be written. What was there is there still, and the parts are.
    """
    undated = _undated(parts)
    by_day = destination.by_day
    files = [fetch.data(folder, task) for task, _ in parts]
    written: list[str] = []
    with _explained(destination.url):
        ids, days = _index(files) if by_day or append else (set(), {})
        groups = days if by_day else {"": files}
        if by_day and undated:
            groups[NO_DAY] = []
        for day, those in sorted(groups.items()):
            writer = Writer(destination.format, layout, nested=nested, folder=folder)
            for table in writer.tables if append else ():
                if (old := destination.old(destination.file(table, day), folder)) is not None:
                    writer.keep(table, old, ids | undated.keys())
            _fill(writer, those, day)
            if day in {"", NO_DAY}:
                writer.lines("".join(undated.values()).encode())
            writer.close(about)
            for table, made in writer.files.items():
                path = destination.file(table, day)
                destination.publish(made, path)
                written.append(path)
        for path in destination.others(written) if by_day and not append else ():
            destination.remove(path)
    return written


def _fill(writer: Writer, files: list[Path], day: str) -> None:
    for file in files:
        if not day:
            writer.part(file)
            continue
        for block in blocks(file):
            writer.lines(_of_day(block, day))


def _index(files: list[Path]) -> tuple[set[str], dict[str, list[Path]]]:
    """The ids of all rows, and for each day the files that have any of it."""
    ids, days = set[str](), dict[str, list[Path]]()
    for file in files:
        rows = [_row(line) for block in blocks(file) for line in block.splitlines()]
        ids.update(row.conversation_id for row in rows)
        for day in {(row.started_at or NO_DAY)[:10] for row in rows}:
            days.setdefault(day, []).append(file)
    return ids, days


def _of_day(block: bytes, day: str) -> bytes:
    lines = block.splitlines(keepends=True)
    return b"".join(line for line in lines if (_row(line).started_at or "").startswith(day))


@contextmanager
def _explained(url: str) -> Iterator[None]:
    """Let what the libraries of the formats raise be an error of ours that says what cannot be written."""
    import duckdb  # noqa: PLC0415

    try:
        yield
    except (OSError, pa.ArrowException, duckdb.Error) as error:
        made = DownloadError.unwritable(url, error)
        raise made from None


def _undated(parts: list[tuple[Task, fetch.Part]]) -> dict[str, str]:
    """The rows without a start, by their ids; the first part that has one decides."""
    return {key: line for _, part in reversed(parts) for key, line in part.undated.items()}


def lines(folder: Path, parts: list[tuple[Task, fetch.Part]]) -> Iterator[bytes]:
    """The rows of all parts as lines of JSON, many at once; those without a start last."""
    for task, _ in parts:
        yield from blocks(fetch.data(folder, task))
    yield from (line.encode() for line in _undated(parts).values())

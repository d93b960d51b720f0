"""Rows become files: JSON lines, CSV, Parquet, DuckDB. Each in the memory of a few thousand rows."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
from pyarrow import compute

from polyai_data.export import schema
from polyai_data.export.schema import Column, Layout

if TYPE_CHECKING:
    import duckdb

pc: Any = compute  # which makes its functions when it is imported
BLOCK = 4 * 2**20
"""Bytes of JSON that are read at once."""
ROW_GROUP = 64 * 2**20
"""Bytes in memory of a row group of Parquet."""
ID = "conversation_id"


class Format(NamedTuple):
    """A format: what names of its files end with, and how turns are kept unless that is asked for."""

    suffix: str
    nested: bool


FORMATS = {
    "jsonl": Format(".jsonl", True),
    "jsonl.gz": Format(".jsonl.gz", True),
    "jsonl.zst": Format(".jsonl.zst", True),
    "csv": Format(".csv", False),
    "parquet": Format(".parquet", True),
    "duckdb": Format(".duckdb", False),
}


def blocks(path: Path, compression: str | None = "zstd") -> Iterator[bytes]:
    """The lines of a file, so many whole ones at once."""
    with pa.input_stream(str(path), compression=compression) as stream:
        rest = b""
        while piece := stream.read(BLOCK):
            lines, end, rest = (rest + piece).rpartition(b"\n")
            if end:
                yield lines + end
    if rest:
        yield rest + b"\n"


class Writer:
    """Writes the tables of one format into files of a folder.

    Args:
        format: one of `FORMATS`.
        layout: the columns.
        nested: whether turns and function events are columns of their conversations.
        folder: where the files are written, under names of their own.

    Attributes:
        tables: the columns of each table.
        files: the file of each table; one for all of DuckDB.
    """

    def __init__(self, format: str, layout: Layout, *, nested: bool, folder: Path) -> None:
        self._format, self._layout = format, layout
        self.tables = schema.tables(layout, nested=nested)
        names = ["conversations"] if format == "duckdb" else list(self.tables)
        self.files = {name: folder / f"new.{name}{FORMATS[format].suffix}" for name in names}
        self._database = _database(self.files["conversations"]) if format == "duckdb" else None
        kind: Any = {"csv": _Csv, "parquet": _Parquet, "duckdb": partial(_DuckDB, self._database)}.get(format, _Json)
        path = self.files["conversations"]
        self._outputs = {name: kind(self.files.get(name, path), each) for name, each in self.tables.items()}
        self._whole = schema.arrow(schema.tables(layout, nested=True)["conversations"])
        self._texts = format == "csv"

    def keep(self, table: str, old: Path, without: Collection[str]) -> None:
        """Take over the rows of a file that was written before, but for the conversations `without`."""
        self._outputs[table].keep(old, without)

    def part(self, path: Path) -> None:
        """Write the rows of a part."""
        if self._format == "jsonl.zst" and len(self.tables) == 1:
            self._outputs["conversations"].copy(path)
            return
        for block in blocks(path):
            self.lines(block)

    def lines(self, block: bytes) -> None:
        """Write rows, as lines of JSON."""
        if not block:
            return
        if self._format.startswith("jsonl"):
            for name, lines in _lines(block, self.tables).items():
                self._outputs[name].add(lines)
        else:
            whole = arrow_table(block, _as_texts(self._whole) if self._texts else self._whole)
            for name, columns in self.tables.items():
                self._outputs[name].add(_table(whole, name, columns))

    def close(self, about: Mapping[str, Any]) -> None:
        """Complete the files. `about` the export is a row of the table `export` of a DuckDB file."""
        for output in self._outputs.values():
            output.close()
        if self._database is not None:
            _describe(self._database, about)


def arrow_table(block: bytes, fields: pa.Schema) -> pa.Table:
    """Lines of JSON as an Arrow table."""
    from pyarrow import json  # noqa: PLC0415 - it takes long

    parse = json.ParseOptions(explicit_schema=fields, unexpected_field_behavior="ignore")
    read = json.ReadOptions(block_size=max(len(block) + 1, 1024), use_threads=False)
    return json.read_json(BytesIO(block), read, parse).combine_chunks()


def _table(whole: pa.Table, name: str, columns: tuple[Column, ...]) -> pa.Table:
    """One of the tables that rows with nested lists become."""
    if name == "conversations":
        return whole.select([each.name for each in columns])
    lists = whole[name].combine_chunks()
    keys = whole.select(list(schema.KEYS[name])).take(pc.list_parent_indices(lists))
    parts = pc.list_flatten(lists).flatten()
    names = [each.name for each in columns]
    return pa.table([*keys.columns, *parts], names=names)


def _lines(block: bytes, tables: Mapping[str, Any]) -> dict[str, bytes]:
    if len(tables) == 1 and "turns" not in tables:
        return {"conversations": block}
    made: dict[str, list[Any]] = {name: [] for name in tables}
    for row in msgspec.json.Decoder().decode_lines(block):
        for name in list(tables)[1:]:
            keys = {key: row[key] for key in schema.KEYS[name]}
            made[name] += [{**keys, **each} for each in row.pop(name) or ()]
        made["conversations"].append(row)
    encoder = msgspec.json.Encoder()
    return {name: encoder.encode_lines(rows) for name, rows in made.items()}


class _Json:
    def __init__(self, path: Path, _: tuple[Column, ...]) -> None:
        self._compression = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix)
        self._raw = path.open("wb")
        self._file = pa.CompressedOutputStream(self._raw, self._compression) if self._compression else self._raw

    def add(self, lines: bytes) -> None:
        self._file.write(lines)

    def copy(self, path: Path) -> None:
        """Append a file that is compressed alike."""
        self._file.flush()
        with path.open("rb") as part:
            shutil.copyfileobj(part, self._raw)

    def keep(self, old: Path, without: Collection[str]) -> None:
        decode = msgspec.json.Decoder(_Identified).decode
        for block in blocks(old, self._compression):
            self.add(
                b"".join(
                    line for line in block.splitlines(keepends=True) if decode(line).conversation_id not in without
                )
            )

    def close(self) -> None:
        self._file.close()
        self._raw.close()


class _Identified(msgspec.Struct):
    conversation_id: str | None = None


class _Csv:
    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        from pyarrow import csv  # noqa: PLC0415 - and below: late, as each format does without the others

        self._csv = csv
        self._fields = pa.schema(
            [
                (each.name, pa.string() if pa.types.is_list(each.type) else each.type)
                for each in _as_texts(schema.arrow(columns))
            ]
        )
        self._file = self._csv.CSVWriter(str(path), self._fields)

    def add(self, table: pa.Table) -> None:
        encode = msgspec.json.encode
        for index, field in enumerate(table.schema):
            if pa.types.is_list(field.type):
                texts = [None if each is None else encode(each).decode() for each in table[index].to_pylist()]
                table = table.set_column(index, field.name, pa.array(texts, pa.string()))
        self._file.write(table)

    def keep(self, old: Path, without: Collection[str]) -> None:
        convert = self._csv.ConvertOptions(
            column_types=self._fields, strings_can_be_null=True, quoted_strings_can_be_null=False
        )
        parse = self._csv.ParseOptions(newlines_in_values=True)
        for batch in self._csv.open_csv(str(old), self._csv.ReadOptions(block_size=BLOCK), parse, convert):
            self._file.write(_without(pa.Table.from_batches([batch]), without))

    def close(self) -> None:
        self._file.close()


class _Parquet:
    def __init__(self, path: Path, columns: tuple[Column, ...]) -> None:
        from pyarrow import parquet  # noqa: PLC0415

        self._parquet = parquet
        self._file = self._parquet.ParquetWriter(str(path), schema.arrow(columns), compression="zstd")
        self._held: list[pa.Table] = []

    def add(self, table: pa.Table) -> None:
        self._held.append(table)
        if sum(each.nbytes for each in self._held) >= ROW_GROUP:
            self._flush()

    def _flush(self) -> None:
        if self._held:
            self._file.write_table(pa.concat_tables(self._held))
            self._held = []

    def keep(self, old: Path, without: Collection[str]) -> None:
        with self._parquet.ParquetFile(str(old)) as file:
            for batch in file.iter_batches(4096):
                self.add(_without(pa.Table.from_batches([batch]), without))

    def close(self) -> None:
        self._flush()
        self._file.close()


class _DuckDB:
    def __init__(self, database: Any, _: Path, columns: tuple[Column, ...]) -> None:
        self._name, self._database = schema.table_of(columns), database
        self._database.register("part", schema.arrow(columns).empty_table())
        self._database.execute(f"CREATE TABLE {self._name} AS FROM part")

    def add(self, table: pa.Table) -> None:
        self._database.register("part", table)
        self._database.execute(f"INSERT INTO {self._name} FROM part")

    def keep(self, old: Path, without: Collection[str]) -> None:
        self._database.execute(f"ATTACH '{str(old).replace(chr(39), chr(39) * 2)}' AS old (READ_ONLY)")
        self._database.register("without", pa.table({ID: pa.array(list(without), pa.string())}))
        self._database.execute(f"INSERT INTO {self._name} FROM old.{self._name} ANTI JOIN without USING ({ID})")
        if self._name == "conversations":
            self._database.execute("CREATE TABLE export AS FROM old.export")
        self._database.execute("DETACH old")

    def close(self) -> None:
        self._database.unregister("part")


def _database(path: Path) -> duckdb.DuckDBPyConnection:
    import duckdb  # noqa: PLC0415

    return duckdb.connect(str(path))


def _describe(database: duckdb.DuckDBPyConnection, about: Mapping[str, Any]) -> None:
    row = pa.table({name: [value] for name, value in about.items()})
    database.register("about", row)
    database.execute("CREATE TABLE IF NOT EXISTS export AS FROM about LIMIT 0")
    database.execute("INSERT INTO export FROM about")
    database.close()


def _without(table: pa.Table, ids: Collection[str]) -> pa.Table:
    return table.filter(pc.invert(pc.is_in(table[ID], pa.array(list(ids), pa.string()))))


def _as_texts(fields: pa.Schema) -> pa.Schema:
    """A schema with texts for times, also of those in lists."""

    def texts(kind: pa.DataType) -> pa.DataType:
        if pa.types.is_timestamp(kind):
            return pa.string()
        if pa.types.is_list(kind) and pa.types.is_struct(kind.value_type):
            return pa.list_(pa.struct(list(_as_texts(pa.schema(list(kind.value_type))))))
        return kind

    return pa.schema([(each.name, texts(each.type)) for each in fields])

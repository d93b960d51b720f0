"""Rows become files: JSON lines, CSV, Parquet, DuckDB. Each in the memory of a few thousand rows."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from io import BytesIO
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pyarrow as pa
from pyarrow import compute

from polyai_data.export import schema
from polyai_data.export.schema import Column, Layout

pc: Any = compute  # which makes its functions when it is imported
BLOCK = 2 * 2**20
"""Bytes of JSON that are read at once."""
CSV_BLOCK = 32 * 2**20
"""Bytes of CSV that are read at once, in which a row must end."""
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
            if end := piece.rfind(b"\n") + 1:
                yield b"".join((rest, memoryview(piece)[:end]))
                rest = b""
            rest += piece[end:]
    if rest:
        yield rest + b"\n"


class Row(msgspec.Struct):
    """What identifies a line of any table."""

    conversation_id: str
    agent_id: str | None = None
    started_at: str | None = None

    @property
    def key(self) -> str:
        """Its conversation's, also where two agents have one of the same id."""
        return f"{self.agent_id or ''}\n{self.conversation_id}"


row = msgspec.json.Decoder(Row).decode


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
        kind: Any = {"csv": _Csv, "parquet": _Parquet, "duckdb": _DuckDB}.get(format, _Json)
        path = self.files["conversations"]
        self._outputs = {name: kind(self.files.get(name, path), name, each) for name, each in self.tables.items()}
        self._whole = schema.arrow(schema.tables(layout, nested=True)["conversations"])

    def keep(self, table: str, old: Path, without: Collection[str]) -> None:
        """Take over the rows of a file that was written before, but for the conversations with the keys `without`."""
        self._outputs[table].keep(old, without)

    def made(self, block: bytes) -> dict[str, Any]:
        """What `add` writes of rows, which come as lines of JSON."""
        if self._format.startswith("jsonl"):
            return _lines(block, self.tables)
        whole = arrow_table(block, self._whole)
        return {name: _table(whole, name, columns) for name, columns in self.tables.items()}

    def add(self, made: dict[str, Any]) -> None:
        """Write rows."""
        for name, rows in made.items():
            self._outputs[name].add(rows)

    def close(self) -> None:
        """Complete the files."""
        for output in self._outputs.values():
            output.close()


def arrow_table(block: bytes, fields: pa.Schema) -> pa.Table:
    """Lines of JSON as an Arrow table."""
    from pyarrow import json as reader  # noqa: PLC0415 - it takes long

    parse = reader.ParseOptions(explicit_schema=fields, unexpected_field_behavior="ignore")
    read = reader.ReadOptions(block_size=max(len(block) + 1, 1024), use_threads=False)
    return reader.read_json(BytesIO(block), read, parse).combine_chunks()


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
    for one in msgspec.json.Decoder().decode_lines(block):
        for name in list(tables)[1:]:
            keys = {key: one[key] for key in schema.KEYS[name]}
            made[name] += [{**keys, **each} for each in one.pop(name) or ()]
        made["conversations"].append(one)
    encoder = msgspec.json.Encoder()
    return {name: encoder.encode_lines(rows) for name, rows in made.items()}


class _Json:
    def __init__(self, path: Path, *_: Any) -> None:
        self._compression = {".gz": "gzip", ".zst": "zstd"}.get(path.suffix)
        self._raw = path.open("wb")
        self._file = pa.CompressedOutputStream(self._raw, self._compression) if self._compression else self._raw

    def add(self, lines: bytes) -> None:
        self._file.write(lines)

    def keep(self, old: Path, without: Collection[str]) -> None:
        for block in blocks(old, self._compression):
            self.add(b"".join(line for line in block.splitlines(keepends=True) if row(line).key not in without))

    def close(self) -> None:
        self._file.close()
        self._raw.close()


class _Csv:
    def __init__(self, path: Path, _: str, columns: tuple[Column, ...]) -> None:
        from pyarrow import csv  # noqa: PLC0415 - and below: late, as each format does without the others

        self._csv = csv
        fields = [(each.name, pa.string() if _is_text(each.type) else each.type) for each in schema.arrow(columns)]
        self._fields = pa.schema(fields)
        self._file = self._csv.CSVWriter(str(path), self._fields)

    def add(self, table: pa.Table) -> None:
        for index, field in enumerate(table.schema):
            if _is_text(field.type):
                table = table.set_column(index, field.name, _texts(table[index]))
        self._file.write(table)

    def keep(self, old: Path, without: Collection[str]) -> None:
        convert = self._csv.ConvertOptions(
            column_types=self._fields, strings_can_be_null=True, quoted_strings_can_be_null=False
        )
        parse = self._csv.ParseOptions(newlines_in_values=True)
        for batch in self._csv.open_csv(str(old), self._csv.ReadOptions(block_size=CSV_BLOCK), parse, convert):
            self._file.write(_without(pa.Table.from_batches([batch]), without))

    def close(self) -> None:
        self._file.close()


def _is_text(kind: pa.DataType) -> bool:
    """Whether values are texts in CSV that are none elsewhere."""
    return bool(pa.types.is_timestamp(kind) or pa.types.is_list(kind))


def _texts(values: pa.ChunkedArray) -> pa.ChunkedArray | pa.Array:
    if pa.types.is_timestamp(values.type):
        texts = pc.replace_substring(values.cast(pa.timestamp("us")).cast(pa.string()), " ", "T")
        return pc.binary_join_element_wise(texts, "Z", "")
    encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), default=_text).encode
    return pa.array([None if each is None else encode(each) for each in values.to_pylist()], pa.string())


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds").replace("+00:00", "Z")


class _Parquet:
    def __init__(self, path: Path, _: str, columns: tuple[Column, ...]) -> None:
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
    def __init__(self, path: Path, name: str, columns: tuple[Column, ...]) -> None:
        import duckdb  # noqa: PLC0415

        self._name, self._database = name, duckdb.connect(str(path))
        self._database.register("part", schema.arrow(columns).empty_table())
        self._database.execute(f"CREATE TABLE {self._name} AS FROM part")

    def add(self, table: pa.Table) -> None:
        self._database.register("part", table)
        self._database.execute(f"INSERT INTO {self._name} FROM part")

    def keep(self, old: Path, without: Collection[str]) -> None:
        self._database.execute(f"ATTACH '{str(old).replace(chr(39), chr(39) * 2)}' AS old (READ_ONLY)")
        self._database.register("without", pa.table({"key": pa.array(list(without), pa.string())}))
        key = f"coalesce(agent_id, '') || chr(10) || {ID}"
        self._database.execute(f"INSERT INTO {self._name} FROM old.{self._name} ANTI JOIN without ON key = {key}")
        self._database.execute("DETACH old")

    def close(self) -> None:
        self._database.execute("CHECKPOINT")  # raises where the disk is full, which closing does not
        self._database.close()


def _without(table: pa.Table, keys: Collection[str]) -> pa.Table:
    own = pc.binary_join_element_wise(pc.fill_null(table["agent_id"], ""), table[ID], "\n")
    return table.filter(pc.invert(pc.is_in(own, pa.array(list(keys), pa.string()))))

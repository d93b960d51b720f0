"""What exported conversations show: volumes, durations, latency, handoffs, hang-ups, metrics. DuckDB does the sums.

The queries are in analysis.sql; docs/analysis.md says exactly what each number means.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyai_data import arguments, manifest
from polyai_data.errors import ConfigError

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

GROUPS = ("day", "hour", "channel", "variant", "agent", "environment")
"""What conversations can be grouped by."""
IN_ORDER = ("day", "hour")
"""Groups that follow each other in time."""
_TEXTS = ("agent_id", "conversation_id", "environment", "channel", "variant_id", "variant_name", "handoff_reason")
_NUMBERS = ("duration_seconds", "agent_duration_seconds", "num_turns", "num_silences", "num_ood", "score")
_TURN = "STRUCT(user_input VARCHAR, user_input_dtmf VARCHAR, latency_seconds DOUBLE)[]"
# The columns of an export's tables together. A row with an index is a turn, one with an id or a name is an event.
_COLUMNS = {
    **dict.fromkeys((*_TEXTS, "metrics", "id", "name", "user_input", "user_input_dtmf"), "VARCHAR"),
    **dict.fromkeys((*_NUMBERS, "latency_seconds"), "DOUBLE"),
    **dict.fromkeys(("started_at", "finished_at"), "TIMESTAMPTZ"),
    **dict.fromkeys(("in_progress", "handoff"), "BOOLEAN"),
    "index": "BIGINT",
    "turns": _TURN,
}
_JSON_COLUMNS = ", ".join(f"{name}: '{_TURN if name == 'turns' else 'VARCHAR'}'" for name in _COLUMNS)
_READERS = {
    "json": f"read_json(?, format = 'newline_delimited', columns = {{{_JSON_COLUMNS}}})",
    # A line can have all turns of a conversation.
    "csv": "read_csv(?, all_varchar = true, header = true, union_by_name = true, delim = ',', "
    "quote = '\"', escape = '\"', max_line_size = 16777216)",
    "parquet": "read_parquet(?, union_by_name = true, hive_partitioning = false)",
}
_FORMATS = {
    **dict.fromkeys((".jsonl", ".jsonl.gz", ".jsonl.zst"), "json"),
    **dict.fromkeys((".csv", ".csv.gz", ".csv.zst"), "csv"),
    ".parquet": "parquet",
    ".duckdb": "duckdb",
}
# What was said is dropped as it is read: a year of transcripts need not fit into memory.
_SAID = "trim(coalesce({0}user_input, '')) || trim(coalesce({0}user_input_dtmf, '')) <> ''"
_GIVEN = f"""
    SELECT * EXCLUDE (id, name, user_input, user_input_dtmf) REPLACE (len(turns) AS turns),
        [t.latency_seconds FOR t IN turns IF t.latency_seconds IS NOT NULL] AS latencies,
        CASE WHEN index IS NULL THEN len([t FOR t IN turns IF {_SAID.format("t.")}]) > 0
            ELSE {_SAID.format("")} END AS said
    FROM read WHERE coalesce(id, name) IS NULL OR conversation_id IS NULL
"""  # noqa: S608 - the names are ours
_MOST_VALUES = 10
_MOST_DAYS = 3 * 366
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Table:
    """Numbers in rows.

    Attributes:
        name: identifies it, such as `duration` or `metric_CSAT`.
        title: its heading.
        unit: what its averages and percentiles are: `duration` or `seconds` (both in seconds), or "" as a metric is.
        columns: their names; those that end in `share` hold 0 to 1.
        rows: in the order of the columns; None where there is nothing to measure.
        whole: the row of all conversations together, where the table has one.
    """

    name: str
    title: str
    unit: str
    columns: list[str]
    rows: list[tuple[Any, ...]]
    whole: tuple[Any, ...] | None = None


@dataclass(frozen=True)
class Analysis:
    """What an export shows.

    Attributes:
        files: the names of the files and folders that were given.
        by: what the tables are grouped by.
        zone: the time zone of days and hours.
        facts: name → number of the whole export; the times are texts in that zone, or None.
        tables: `volumes`, `duration`, `latency`, `handoffs`, `hangups`, `metrics`, and `metric_<name>` for each that
            was asked for.
        worst: the conversations to look at: (kind, agent, conversation, seconds), five of each kind: the longest
            `latency` of a turn, the last `hangup`, the longest `duration`. It is not in the JSON.
    """

    files: list[str]
    by: str
    zone: str
    facts: dict[str, Any]
    tables: list[Table]
    worst: list[tuple[Any, ...]]

    def to_dict(self) -> dict[str, Any]:
        """As JSON. A table is a list of objects, in which `null` as day, hour, … stands for all together."""
        rows = {each.name: [*each.rows, *([each.whole] if each.whole else [])] for each in self.tables}
        tables = {
            each.name: [dict(zip(each.columns, row, strict=True)) for row in rows[each.name]] for each in self.tables
        }
        return {"files": self.files, "by": self.by, "zone": self.zone, "facts": self.facts, "tables": tables}


def analyze(
    files: str | Path | Iterable[str | Path],
    *,
    by: str = "day",
    metrics: Sequence[str] = (),
    since: datetime | str | None = None,
    until: datetime | str | None = None,
    environments: Sequence[str] = (),
    utc: bool = False,
) -> Analysis:
    """Analyze exported conversations. Needs the extra `export`.

    Args:
        files: exported files of any format, or folders of them. The table of turns that an export wrote beside its
            conversations is read with them. A conversation that is in several files counts once.
        by: what to group by: `day`, `hour` (of the day), `channel`, `variant`, `agent` or `environment`.
        metrics: names of metrics to group, or of the columns `duration_seconds`, `agent_duration_seconds`, `num_turns`,
            `num_silences`, `num_ood`, `score`.
        since: only what started at or after this time.
        until: only what started before it.
        environments: only conversations of these; none for all.
        utc: whether days and hours are those of UTC instead of the local time zone.

    Raises:
        ConfigError: a file is missing or no export, no conversation has a metric, or another argument is invalid.
    """
    if by not in GROUPS:
        raise ConfigError(f"by must be one of {', '.join(GROUPS)}, not {by!r}", argument="by")
    paths = [Path(each) for each in ([files] if isinstance(files, str | Path) else files)]
    sources = _sources(paths)
    limits = {"since": arguments.moment("since", since), "until": arguments.moment("until", until)}
    import duckdb  # noqa: PLC0415 - it takes long

    # Nothing is downloaded, and nothing personal is written to disk for what does not fit into memory.
    with duckdb.connect(config={"autoinstall_known_extensions": False, "temp_directory": ""}) as sql:
        if utc:
            sql.execute("SET TimeZone = 'UTC'")
        for number, (kind, those) in enumerate(sources):
            _read(sql, number, kind, those)
        if sql.execute("SELECT bool_and(index IS NOT NULL) FROM given").fetchone() == (True,):
            raise ConfigError(f"{paths[0]}: turns alone; name the file of their conversations", argument="files")
        sql.execute("SET VARIABLE grouping = ?", [by])
        sql.execute("SET VARIABLE most_values = ?", [_MOST_VALUES])
        sql.execute("SET VARIABLE environments = ?", [list(environments) or None])
        for name, limit in limits.items():
            microseconds = (limit - _EPOCH) // timedelta(microseconds=1) if limit else None
            sql.execute(f"SET VARIABLE {name} = CAST(? AS BIGINT)", [microseconds])
        sql.execute(Path(__file__).with_name("analysis.sql").read_text(encoding="utf-8"))
        names, (values,) = _rows(sql, "facts")
        ((zone,),) = sql.execute("SELECT current_setting('TimeZone')").fetchall()
        tables = [*_tables(sql, by), *_metric_tables(sql, by, metrics)]
        _, worst = _rows(sql, "worst")
    given = [path.resolve().name for path in paths]
    return Analysis(given, by, zone, dict(zip(names, values, strict=True)), tables, worst)


def _sources(files: list[Path]) -> list[tuple[str, list[Path]]]:
    """The files by format, each once; a DuckDB file stands alone."""
    sources: dict[tuple[str, Path | None], dict[Path, None]] = {}
    for path in files:
        if not path.exists():
            raise ConfigError(f"{path}: there is no such file", argument="files")
        inside = [each for one in (path, _turns(path)) for each in ([one] if one.is_file() else _inside(one))]
        if not inside:
            raise ConfigError(f"{path}: no exported file is in this folder", argument="files")
        for each in inside:
            if (kind := _kind(each)) is None:
                message = f"{each}: no format of exports by its name, which would end in {', '.join(_FORMATS)}"
                raise ConfigError(message, argument="files")
            sources.setdefault((kind, each if kind == "duckdb" else None), {})[each] = None
    if not sources:
        raise ConfigError("files is empty; name at least one exported file", argument="files")
    return [(kind, list(paths)) for (kind, _), paths in sources.items()]


def _turns(path: Path) -> Path:
    """The file or folder with the turns of an export, where they are not in it."""
    end = next((each for each in _FORMATS if path.name.endswith(each)), "") if path.is_file() else ""
    return path.with_name(f"{path.name.removesuffix(end)}.turns{end}")


def _inside(folder: Path) -> list[Path]:
    """The exported files in a folder. What ends in `.parts` is an export that is not complete."""
    every = sorted(each for each in folder.rglob("*") if _kind(each) and each.name != manifest.NAME and each.is_file())
    return [each for each in every if not any(part.endswith(".parts") for part in each.relative_to(folder).parts)]


def _kind(path: Path) -> str | None:
    return next((kind for end, kind in _FORMATS.items() if path.name.endswith(end)), None)


def _read(sql: DuckDBPyConnection, number: int, kind: str, paths: list[Path]) -> None:
    """Read the files of one format into the table `given`."""
    import duckdb  # noqa: PLC0415

    shown = f"{paths[0]}" + (f" and {len(paths) - 1} more" if len(paths) > 1 else "")
    parameters: list[Any] = [list(map(str, paths))]
    try:
        if kind == "duckdb":
            path = str(paths[0]).replace("'", "''")  # before DuckDB 2, ATTACH takes no parameter
            sql.execute(f"ATTACH '{path}' AS export{number} (READ_ONLY)")
            sql.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = ?", [f"export{number}"])
            tables = {name for (name,) in sql.fetchall()} & {"conversations", "turns"}
            reader = " UNION ALL BY NAME ".join(f"FROM export{number}.{name}" for name in sorted(tables))
            parameters = []
        else:
            reader = f"FROM {_READERS[kind]}"
        kinds = {name: str(kind) for name, kind, *_ in sql.execute(f"DESCRIBE {reader}", parameters).fetchall()}
        columns = ", ".join(f"{_column(name, kinds)} AS {name}" for name in _COLUMNS)
        begin = "CREATE TEMP TABLE given AS" if number == 0 else "INSERT INTO given"
        sql.execute(f"{begin} WITH read AS (SELECT {columns} FROM ({reader})) {_GIVEN}", parameters)  # noqa: S608 - the names are ours
        ((missing,),) = sql.execute("SELECT count(*) FROM given WHERE conversation_id IS NULL").fetchall()
    except duckdb.Error as error:
        # Its message can hold a row, and so personal data.
        message = f"{shown}: cannot be read; it is damaged, incomplete, or not what its name says"
        if isinstance(error, duckdb.OutOfMemoryException):
            message = f"{shown}: too much for the memory; analyze fewer files at a time"
        raise ConfigError(message, argument="files") from None
    if "conversation_id" not in kinds or missing:
        rows = f"{missing} rows have" if "conversation_id" in kinds else "it has"
        raise ConfigError(f"{shown}: not an export of conversations; {rows} no conversation_id", argument="files")


def _column(name: str, kinds: dict[str, str]) -> str:
    """How a column reads, whatever its type in the file is."""
    wanted = _COLUMNS[name]
    if name not in kinds:
        return f"CAST(NULL AS {wanted})"
    if name == "turns" and kinds[name] == "VARCHAR":  # nested in CSV
        return f"TRY_CAST(TRY_CAST(turns AS JSON) AS {wanted})"
    return f"TRY_CAST({name} AS {wanted})"


def _rows(sql: DuckDBPyConnection, view: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    sql.execute(f"FROM {view}")
    return [name for name, *_ in sql.description or ()], sql.fetchall()


def _tables(sql: DuckDBPyConnection, by: str) -> list[Table]:
    handoffs, hangups = _rows(sql, "handoffs"), _rows(sql, "hangups")
    return [
        _grouped(sql, by, "volumes", "Conversations"),
        _grouped(sql, by, "duration", "Duration", "duration"),
        _grouped(sql, by, "latency", "Latency of a turn", "seconds"),
        Table("handoffs", "Handoffs by reason", "", *handoffs),
        Table("hangups", "Hang-ups", "", *hangups),
    ]


def _metric_tables(sql: DuckDBPyConnection, by: str, metrics: Sequence[str]) -> Iterable[Table]:
    """A table of all metrics, and one for each that is asked for."""
    columns, rows = _rows(sql, "overview")
    yield Table("metrics", "Metrics", "", columns, rows)
    texts = {row[0]: row[-1] is not None for row in rows}
    for name in dict.fromkeys(metrics):
        if rows and name not in texts:
            near = difflib.get_close_matches(name, texts, 3)
            hint = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(texts)}"
            raise ConfigError(f"no conversation has the metric {name!r}; {hint}", argument="metrics")
        sql.execute("SET VARIABLE metric = ?", [name])
        if texts.get(name):
            columns, values = _rows(sql, "texts")
            yield Table(f"metric_{name}", f"{name} by {by}", "", [by, *columns[1:]], values)
        else:
            yield _grouped(sql, by, "numbers", name, name=f"metric_{name}")


def _grouped(
    sql: DuckDBPyConnection, by: str, view: str, what: str, unit: str = "", *, name: str | None = None
) -> Table:
    columns, rows = _rows(sql, view)
    whole = next((row for row in rows if row[0] is None), None)
    parts = _filled(by, [row for row in rows if row[0] is not None])
    return Table(name or view, f"{what} by {by}", unit, [by, *columns[1:]], parts, whole)


def _filled(by: str, rows: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """The rows, with one for each day or hour between others that has no conversation."""
    given = {row[0]: row for row in rows}
    parts = [part for part in given if part != "-"]
    if by not in IN_ORDER or not parts:
        return rows
    if by == "hour":
        every = [f"{hour:02}:00" for hour in range(24)]
    else:
        first, last = map(date.fromisoformat, (parts[0], parts[-1]))
        every = [(first + timedelta(days=day)).isoformat() for day in range((last - first).days + 1)]
    if len(every) > _MOST_DAYS:
        return rows
    empty = [0 if isinstance(each, int) else None for each in rows[0][1:]]
    return [given.get(part, (part, *empty)) for part in every] + [row for row in rows if row[0] == "-"]

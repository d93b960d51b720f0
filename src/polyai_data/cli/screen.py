"""What a terminal shows: tables, times, links. Rich is imported when something is drawn."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import click

from polyai_data import shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress
    from rich.table import Table
    from rich.text import Text

moment, duration, plain = shown.moment, shown.duration, shown.plain
_LONGEST = len("LOCAL-00000000-0000-0000-0000-000000000000")
"""Width of a column before others: that of the longest ID."""


def console(*, err: bool = False) -> Console:
    """The console; where output is no terminal it has no colours and no width of its own."""
    from rich.console import Console  # noqa: PLC0415 - and below: late, as `--help` and `--json` do without

    file = sys.stderr if err else sys.stdout
    return Console(file=file, highlight=False, soft_wrap=not file.isatty())


def write_json(value: Any) -> None:
    """Write a value as JSON on one line; a model by its `to_dict`."""
    value = value.to_dict() if hasattr(value, "to_dict") else value
    click.echo(json.dumps(value, ensure_ascii=False, default=str))


def table(*columns: str, title: str | None = None) -> Table:
    """A table without lines between its rows."""
    from rich.table import Table  # noqa: PLC0415

    made = Table(box=None, padding=(0, 2, 0, 0), header_style="bold underline", title=title, title_justify="left")
    for column in columns:
        add_column(made, column)
    return made


def add_column(table: Table, heading: str, **options: Any) -> None:
    """Add a column to a table, which breaks no word of the heading where the terminal is narrow, and cuts no value."""
    table.add_column(heading, min_width=max(map(len, heading.split()), default=0), overflow="fold", **options)


def show(table: Table) -> None:
    """Write a table; where the words of its headings do not fit beside each other, they break, as columns would go."""
    made = console()
    if sum((column.min_width or 0) + 2 for column in table.columns) > made.width + 2:
        for column in table.columns:
            column.min_width = None
    made.print(table)


def fitted(columns: Sequence[str], rows: Sequence[Sequence[Text]], *, width: int) -> Table:
    """A table of the columns that fit into `width`, from the first on. What is long, or last, may be cut."""
    from rich.cells import cell_len  # noqa: PLC0415

    room, widths = width, list[int]()
    for index, column in enumerate(columns):
        need = max([cell_len(column), *(row[index].cell_len for row in rows)])
        need = min(need, _LONGEST) if index + 1 < len(columns) else need
        if index and room < min(need, 16):  # of a long text, its begin is worth a column
            break
        widths.append(min(need, room))
        room -= need + 2
    made = table()
    for column, needed in zip(columns, widths, strict=False):
        made.add_column(column, no_wrap=True, overflow="ellipsis", min_width=needed, max_width=needed)
    for row in rows:
        made.add_row(*row[: len(widths)])
    return made


def link(text: str, url: str | None) -> Text:
    """`text`, which leads to `url` where the terminal knows links."""
    from rich.text import Text  # noqa: PLC0415

    return Text(plain(text), style=f"link {url}" if url else "")


def dim(text: str) -> Text:
    """A remark."""
    from rich.text import Text  # noqa: PLC0415

    return Text(plain(text), style="dim")


def remark(text: str) -> None:
    """Say something beside the output, on standard error, where that is a terminal."""
    if sys.stderr.isatty():
        console(err=True).print(dim(text))


def progress() -> Progress:
    """A progress bar on standard error, which shows only at a terminal."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
        console=console(err=True),
        disable=not sys.stderr.isatty(),
    )


def records(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """Write a few rows of the same keys: as JSON, one a line, or as a table with `*` for True and lists in words."""
    if as_json:
        return echo_rows(rows)
    drawn = table(*(name.replace("default", "") for name in rows[0]))
    for row in rows:
        words = (", ".join(each) if isinstance(each, list) else each for each in row.values())
        drawn.add_row(*("*" * each if isinstance(each, bool) else plain(each) for each in words))
    return show(drawn)


def echo_rows(rows: Iterable[Any]) -> None:
    """Write each row as a line of JSON."""
    for row in rows:
        write_json(row)

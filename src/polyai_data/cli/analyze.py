"""`polyai-data analyze`: what exported conversations show."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from polyai_data.cli import screen
from polyai_data.cli.options import environments_option, json_option, time_options, utc_option
from polyai_data.cli.program import extra
from polyai_data.export.analysis import GROUPS

if TYPE_CHECKING:
    from polyai_data.export.analysis import Analysis


@click.command()
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path), metavar="FILE…")
@click.option(
    "--by", type=click.Choice(GROUPS), default="day", show_default=True, help="What to group by; hour is of the day."
)
@click.option("--metric", "metrics", metavar="NAME", multiple=True, help="Group this metric, too. Can be repeated.")
@time_options
@environments_option
@utc_option
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page with charts to this file.")
@json_option
def analyze(
    files: tuple[Path, ...],
    *,
    by: str,
    metrics: tuple[str, ...],
    since: datetime | None,
    until: datetime | None,
    environments: tuple[str, ...],
    utc: bool,
    html: Path | None,
    as_json: bool,
) -> None:
    """Show volumes, durations, latency, handoffs, hang-ups and metrics of exported conversations.

    FILE is what `polyai-data export` wrote: a file of any format, or a folder of them. Numbers of several files are
    those of all their conversations together. docs/analysis.md says what each number means.

    \b
    polyai-data analyze calls.parquet
    polyai-data analyze calls.parquet --by channel --metric CSAT --html calls.html
    """
    extra("export", "duckdb", "jinja2")
    from polyai_data.export.analysis import analyze as run  # noqa: PLC0415 - DuckDB takes long to import

    with screen.console(err=True).status("reading"):
        made = run(files, by=by, metrics=metrics, since=since, until=until, environments=environments, utc=utc)
    if html:
        from polyai_data.atomic_file import Target  # noqa: PLC0415
        from polyai_data.export.analysis_page import page  # noqa: PLC0415

        with Target(html, private=True) as target:
            target.write(page(made).encode())
            target.keep()
        click.echo(f"wrote {html}", err=True)
    if as_json:
        screen.write_json(made)
    elif not html:
        _draw(made)


def _draw(analysis: Analysis) -> None:
    from rich.text import Text  # noqa: PLC0415

    from polyai_data.export.analysis_page import WORDS, facts, heading, notes, shown  # noqa: PLC0415

    console = screen.console()
    for name, text in facts(analysis):
        console.print(f"{name:20} {text}", markup=False)
    console.print(f"{'time zone':20} {analysis.zone}", markup=False)
    for note in notes(analysis):
        console.print(Text(note, style="yellow"), soft_wrap=False)
    for each in filter(lambda table: table.rows, analysis.tables):
        console.print()
        drawn = screen.table(title=each.title)
        for name in each.columns:
            text = "count" if name == "conversations" else heading(name)  # which fits
            screen.add_column(drawn, text, justify="left" if name in WORDS else "right")
        for row in [*each.rows, *([each.whole] if each.whole and len(each.rows) > 1 else [])]:
            texts = [shown(value, name, each.unit) for name, value in zip(each.columns, row, strict=True)]
            texts[0] = "all" if row[0] is None else texts[0]
            drawn.add_row(*(Text(screen.plain(text)) for text in texts))
        screen.show(drawn)

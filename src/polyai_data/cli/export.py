"""`polyai-data export`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import asdict
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from polyai_data.cli import options, screen
from polyai_data.cli.program import FAILED, extra
from polyai_data.errors import ConfigError, PolyAIError

if TYPE_CHECKING:
    from polyai_data.export import Estimate, Progress, Report


@click.command()
@click.argument("destination", type=click.Path())
@partial(options.client_options, several=True)
@click.option("--all-agents", is_flag=True, help="All agents of the profile, its own too.")
@options.time_options
@options.environments_option
@options.search_options
@options.query_options
@options.condition_options
@click.option(
    "--format",
    metavar="FORMAT",
    help="With --partition: the format, where the name of DESTINATION does not end with it.",
)
@click.option(
    "--partition", type=click.Choice(["day"]), help="A folder with a folder for each day (UTC): day=2026-05-04."
)
@click.option(
    "--turns", type=click.Choice(["nested", "table", "none"]), help="Turns as a column, or as a second table."
)
@click.option("--metric", "metrics", multiple=True, metavar="NAME", help="A metric to have as a column, metric_NAME.")
@click.option("--details", is_flag=True, help="Ask for summary and language too: one more request per conversation.")
@click.option("--function-events", is_flag=True, help="Function events too; includes --details.")
@click.option("--mask", is_flag=True, help="Mask phone, e-mail and card numbers, in texts too.")
@click.option("--since-last", is_flag=True, help="Add what is new since the last export to this destination.")
@click.option("--overwrite", is_flag=True, help="Replace a destination that exists.")
@click.option("--route", type=click.Choice(["v3", "agents"]), help="agents: list and get, where v3 is not open.")
@options.rate_option
@options.parallel_option
@click.option("--work", type=click.Path(), help="Folder to keep what was fetched so far in; by default DESTINATION's.")
@click.option(
    "--scheduler", metavar="URL", help="Dask scheduler to fetch on, tcp://…, or local for processes of this machine."
)
@click.option("--dry-run", is_flag=True, help="Show what the export would cost; write nothing.")
@options.json_option
@click.pass_context
def export(
    ctx: click.Context,
    settings: options.Settings,
    /,
    *,
    destination: str,
    partition: str | None,
    rate: float,
    scheduler: str | None,
    dry_run: bool,
    as_json: bool,
    **rest: Any,
) -> None:
    """Write conversations to DESTINATION: a path or a URL such as s3://bucket/calls.parquet.

    Its end names the format: .jsonl, .jsonl.gz, .jsonl.zst, .csv, .parquet or .duckdb. The same command goes on where
    an interrupted one ended.

    \b
    polyai-data export calls.parquet --since "7 days ago"
    polyai-data export calls.duckdb --all-agents --since-last
    polyai-data export s3://bucket/calls.parquet --partition day --mask
    """
    extra("export", "duckdb", "fsspec", "msgspec", "pyarrow")
    if destination.startswith("memory:"):
        raise click.UsageError(f"{destination} would be gone when the command ends; give a path or another URL")
    from polyai_data import export as exports  # noqa: PLC0415 - late, as `--help` does without
    from polyai_data.export.work import folder  # noqa: PLC0415

    how = {name: rest.pop(name) for name in ("format", "since_last", "overwrite", "parallel", "work")}
    # As they were written: `3 days ago` is another time whenever the command goes on.
    wanted = exports.Options(spelled={name: ctx.meta.get(name) for name in ("since", "until")}, **rest)
    with settings.client(requests_per_minute=rate or None) as client, ExitStack() as stack:
        if dry_run:
            _show_estimates(exports.estimate(client, wanted), rate, as_json=as_json)
            return
        progress = _bar(stack)
        if scheduler is not None:
            how["run"] = _cluster(scheduler, settings, rate, how["parallel"], progress)
        try:
            made = exports.export(destination, client, wanted, progress=progress, by_day=partition == "day", **how)
        except (KeyboardInterrupt, PolyAIError) as error:
            if not isinstance(error, ConfigError) and folder(destination, how["work"]).exists():
                error.add_note("what was fetched is kept; the same command goes on from there")
            raise
    _show(made, as_json=as_json)
    ctx.exit(FAILED if made.failed else 0)


def _cluster(
    scheduler: str, settings: options.Settings, rate: float, parallel: int, progress: Callable[[Progress], None]
) -> Any:
    extra("distributed", "distributed")
    from polyai_data.export.distributed import on_cluster  # noqa: PLC0415 - as above

    names = {"profile": settings.profile, "region": settings.region, "account_id": settings.account}
    return on_cluster(scheduler, names, per_minute=rate or None, parallel=parallel, progress=progress)


def _bar(stack: ExitStack) -> Callable[[Progress], None]:
    """A bar of how much is complete; it shows only at a terminal."""
    from rich import progress as rich  # noqa: PLC0415

    text = rich.TextColumn("{task.fields[rows]}")
    columns = (rich.BarColumn(), rich.TaskProgressColumn(), text, rich.TimeRemainingColumn())
    bar = rich.Progress(*columns, console=screen.console(err=True), disable=not sys.stderr.isatty())
    stack.callback(bar.stop)
    task = bar.add_task("", total=1.0, rows="")

    def update(progress: Progress) -> None:
        bar.start()
        rate = (progress.rows - progress.resumed) / max(monotonic() - progress.begun, 0.001)
        bar.update(task, completed=progress.part, rows=f"{progress.rows:,} conversations, {rate:,.0f}/s")

    return update


def _show(report: Report, *, as_json: bool) -> None:
    if as_json:
        counts = [{"agent": agent, "environment": env, "rows": rows} for (agent, env), rows in report.counts.items()]
        screen.write_json({**asdict(report), "counts": counts})
        return
    if report.since is None:
        click.echo("nothing new: the destination goes further than what is asked for")
        return
    took = screen.duration(report.seconds)
    click.echo(f"{report.rows:,} conversations with {report.turns:,} turns in {took}: {_files(report.files)}")
    if len(report.counts) > 1:
        table = screen.table("agent", "environment", "conversations")
        for (agent, environment), rows in report.counts.items():
            table.add_row(screen.plain(agent), environment, f"{rows:,}")
        screen.show(table)
    notes = (
        (report.in_progress, "conversations had not ended; --since-last fetches them again"),
        (report.hidden, "conversations have no turns, as the project hides transcripts (API keys, Configuration)"),
        (report.undated, "conversations have no readable start"),
        (report.filtered, "conversations do not fulfil the filters and are not in it"),
    )
    for count, text in notes:
        if count:
            click.echo(f"{count:,} {text}")
    for text in report.warnings:
        click.echo(f"warning: {text}", err=True)
    left_out = [each for each in options.ENVIRONMENTS if each not in report.environments]
    if left_out and report.environments != ["all"]:
        click.echo(f"not asked for: the environments {', '.join(left_out)}")
    for agent, error in report.failed.items():
        click.echo(f"error: {agent} is not in it: {error}", err=True)


def _files(files: Sequence[str]) -> str:
    return ", ".join(files) or "no file" if len(files) < 4 else f"{len(files):,} files, {files[0]} …"


def _show_estimates(estimates: Sequence[Estimate], rate: float, *, as_json: bool) -> None:
    if as_json:
        screen.echo_rows(map(asdict, estimates))
        return
    table = screen.table("agent", "environment", "conversations", "requests", "size")
    for each in estimates:
        table.add_row(
            screen.plain(each.agent),
            each.environment or "all",
            f"{'' if each.exact else 'about '}{each.rows:,}",
            f"{each.requests:,}",
            f"{each.bytes / 1e6:,.1f} MB" if each.bytes else "-",
        )
    screen.show(table)
    requests = sum(each.requests for each in estimates)
    needed = f", at least {requests / rate:,.0f} minutes at {rate:,.0f} a minute" if rate and requests > rate else ""
    click.echo(f"{requests:,} requests{needed}. Sizes are of JSON without compression; nothing was written.")

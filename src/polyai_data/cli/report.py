"""`polyai-data report`: conversations as a page."""

from __future__ import annotations

from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import click

from polyai_data.cli import options, screen
from polyai_data.cli.program import extra
from polyai_data.cli.recordings import named
from polyai_data.recording import file_name

_HOURLY = timedelta(hours=25)
"""A range up to this, a day in which clocks are set back, is shown hour by hour."""


@click.command()
@click.argument("conversations", nargs=-1, type=options.ConversationType(), metavar="[ID|URL|-]...")
@options.client_options
@options.time_options
@options.environments_option
@options.search_options
@options.rate_option
@click.option("--audio", flag_value="redacted", help="Put the redacted recordings into the page.")
@click.option("--raw-audio", "audio", flag_value="raw", help="Put the recordings with personal data into it.")
@click.option("--mask", is_flag=True, help="Mask phone, e-mail and card numbers in all texts, and keys pressed.")
@click.option(
    "--to",
    type=click.Path(dir_okay=False, path_type=Path),
    metavar="FILE.html",
    help="The page.  [default: ID.html, or report.html]",
)
@options.utc_option
def report(
    settings: options.Settings,
    *,
    conversations: tuple[options.Conversation, ...],
    since: datetime | None,
    until: datetime | None,
    audio: Any,
    mask: bool,
    to: Path | None,
    utc: bool,
    rate: float,
    **filters: Any,
) -> None:
    """Write a page of conversations: to read, to listen to, to hand on.

    Of those named, it has transcripts with latencies, function events, metrics and, with --audio, the recordings. Of a
    time range (--since), which filters narrow, it has volumes, durations, latencies, handoffs and hang-ups as charts
    and tables, and the slowest, the longest and the latest hung up conversations. The page is one file that needs no
    network; it replaces one of the same name, and only you can read it. `-` reads IDs from standard input.

    \b
    polyai-data report CAabcd1234 --audio --mask
    polyai-data report --since '7 days ago' --channel VOICE-SIP --to week.html
    """
    if bool(conversations) == bool(since):
        raise click.UsageError("give either IDs of conversations, or --since")
    if conversations and (others := options.given("until", "rate", *filters)):
        raise click.UsageError(f"IDs of conversations do not go with {others}")
    if since and audio:
        raise click.UsageError("recordings are for IDs of conversations; the page of a time range has none")
    if mask and audio == "raw":
        raise click.UsageError("--raw-audio has what --mask takes out; use --audio")
    extra("review", "jinja2")
    from polyai_data.atomic_file import Target  # noqa: PLC0415 - late, as `--help` needs none

    chosen = list(named(conversations))
    if not chosen and not since:
        raise click.UsageError("standard input has no IDs")
    to = to or Path(file_name(chosen[0].id, ".html") if len(chosen) == 1 else "report.html")
    with Target(to, private=True) as target:
        if since:
            made = _over(settings, since, until, rate=rate, utc=utc, mask=mask, **filters)
        else:
            made = _read(settings, chosen, utc=utc, mask=mask, audio=audio)
        target.write(made.encode())
        target.keep()
    click.echo(to)


def _read(settings: options.Settings, chosen: list[options.Conversation], *, utc: bool, mask: bool, audio: Any) -> str:
    from polyai_data import report as reports  # noqa: PLC0415 - as above

    with ExitStack() as stack, screen.console(err=True).status("reading …") as status:
        client = cache(lambda own: stack.enter_context(own.client()))
        entries = []
        for number, each in enumerate(chosen):
            status.update(f"reading … {number + 1} of {len(chosen)}")
            entries.append(reports.read(client(settings.of(each)), each.id, audio=audio, mask=mask))
    return reports.page(entries, mask=mask, utc=utc)


def _over(
    settings: options.Settings,
    since: datetime,
    until: datetime | None,
    *,
    rate: float,
    utc: bool,
    mask: bool,
    **filters: Any,
) -> str:
    extra("export", "duckdb", "fsspec", "msgspec", "pyarrow")
    from polyai_data import report as reports  # noqa: PLC0415 - as above
    from polyai_data.export import Options  # noqa: PLC0415

    until = until or datetime.now(UTC)
    wanted = Options(since=since, until=until, mask=mask, **filters)
    by = "hour" if until - since <= _HOURLY else "day"
    with (
        settings.client(requests_per_minute=rate or None) as client,
        screen.console(err=True).status("reading …") as status,
    ):
        analysis, entries = reports.over(
            client, wanted, by=by, utc=utc, progress=lambda done: status.update(f"reading … {done}")
        )
        about = [client._session.config.agent(None), f"environment {', '.join(filters['environments']) or 'all'}"]
    about += filters["channel"]
    about += [f"variant {each}" for each in (filters["variant_name"], filters["variant_id"]) if each]
    about += [] if (open_ := filters["in_progress"]) is None else ["in progress" if open_ else "ended"]
    begin, end = (screen.moment(at, utc=utc)[:16] for at in (since, until))
    return reports.page(
        entries, analysis, title=f"Conversations from {begin} to {end}", about=[" · ".join(about)], mask=mask, utc=utc
    )

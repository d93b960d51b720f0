"""`polyai-data recordings`: the recordings of many conversations, saved into a folder."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import partial
from itertools import islice
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from polyai_data import manifest, row_filters
from polyai_data.cli import listing as listings
from polyai_data.cli import options, screen
from polyai_data.cli.program import FAILED
from polyai_data.errors import DownloadError
from polyai_data.manifest import NAME, Saved
from polyai_data_client.models.recording_direction import RECORDING_DIRECTION_VALUES

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

_ID = re.compile(r"(?=.*[A-Za-z])[\w.-]+")
"""An ID of a conversation, which no number of a phone, time or address of e-mail is."""
_SHOWN = 5
"""Conversations without a recording that are named; `--json` has all."""


@click.group()
def recordings() -> None:
    """Save recordings, many at once.

    \b
    polyai-data recordings get CAabcd1234
    """


@recordings.command()
@click.argument("conversations", nargs=-1, type=options.ConversationType(), metavar="[ID|URL|-]...")
@options.client_options
@options.time_options
@listings.filter_options
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="With --since: only so many conversations.")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path), default="recordings", show_default=True, help="Folder."
)
@click.option("--redacted", is_flag=True, help="Recordings with personal data silenced, in a folder of their own.")
@click.option(
    "--direction",
    type=click.Choice([*sorted(RECORDING_DIRECTION_VALUES), "all"]),
    default="combined",
    show_default=True,
    help="Whom to hear; `all` saves a file of each.",
)
@options.parallel_option
@options.json_option
def get(
    settings: options.Settings,
    listing: listings.Listing,
    *,
    conversations: tuple[options.Conversation, ...],
    since: datetime | None,
    until: datetime | None,
    to: Path,
    redacted: bool,
    direction: Any,
    parallel: int,
    **filters: Any,
) -> int:
    """Save the recordings of conversations named, or of a listing.

    `-` reads IDs, addresses or the lines of `conversations list`, with or without --json, from standard input. What
    manifest.jsonl lists and has its size is not fetched again, and what was cut goes on: begin a run that ended early
    again with the same line. Only you can read the files.

    Exit status: 0 done, and some may have no recording, as chats; 1 a recording could not be saved, or there was none.

    \b
    polyai-data recordings get CAabcd1234 CAabcd1235 --redacted
    polyai-data recordings get --since '3 days ago' --channel VOICE-SIP --to calls
    polyai-data conversations list --filter 'RESOLVED = false' --json | polyai-data recordings get -
    """
    if bool(conversations) == bool(since):
        raise click.UsageError("give either IDs of conversations, or --since")
    if conversations and (others := options.given("until", "limit", "filters", "any_filter", *filters)):
        raise click.UsageError(f"IDs of conversations do not go with {others}")
    groups: dict[options.Settings, list[str]] = {}
    for each in named(conversations):
        groups.setdefault(settings.of(each), []).append(each.id)
    results = []
    for own, ids in groups.items() or [(settings, [])]:
        with own.client() as client, screen.progress() as bar:
            task = bar.add_task("recordings", total=None, rate="")
            if not conversations:  # listed first, so that the progress knows how many there are
                rows = listings.rows(client, listing, {**filters, "start_time": since, "end_time": until})
                for row in islice(listing.chosen(rows), listing.limit):
                    ids.append(row["id"])
                    bar.update(task, description=f"listing … {len(ids)}")
            bar.update(task, description="recordings", total=len(ids))
            show = partial(_show, bar, task, monotonic())
            try:
                result = client.recordings.save_all(
                    ids, to, redacted=redacted, direction=direction, parallel=parallel, progress=show
                )
            except (KeyboardInterrupt, DownloadError) as error:
                if (to / NAME).exists():
                    error.add_note("what was saved is kept; the same command goes on from there")
                raise
        results.append(result)
        if listing.as_json:
            screen.echo_rows(_rows(result, set(ids)))
    return _report(results, to, quiet=listing.as_json)


def _show(bar: Progress, task: TaskID, begun: float, done: int, _total: int | None, size: int) -> None:
    bar.update(task, completed=done, rate=f"{_size(size / max(monotonic() - begun, 0.001))}/s")


def named(conversations: Iterable[options.Conversation]) -> Iterator[options.Conversation]:
    """The conversations, with those that standard input names for a `-`."""
    for each in conversations:
        if each.id != "-":
            yield each
            continue
        lines = [(number, line) for number, line in enumerate(sys.stdin or (), 1) if line.strip()]
        if not lines:
            raise click.ClickException("standard input has no conversation")
        for number, line in lines:
            if (conversation := _of_line(line)) is None:  # not quoted, as it can be personal
                raise click.UsageError(f"standard input, line {number}: neither an ID nor a conversation in JSON")
            yield conversation


def _of_line(line: str) -> options.Conversation | None:
    """The conversation of a line that a listing or an export writes, with or without JSON, or of an ID or address."""
    if not line.lstrip().startswith("{"):
        first = line.partition("\t")[0].strip()
        return options.ConversationType().convert(first, None, None) if _ID.fullmatch(first) or "://" in first else None
    try:
        row = json.loads(line)
    except (ValueError, RecursionError):
        return None

    names = ("id", "conversation_id", "account_id", "project_id", "agent_id")
    texts = {name: each for name in names if isinstance(each := row_filters.value(row, name), str)}
    identifier, agent = (
        texts.get("id") or texts.get("conversation_id"),
        texts.get("project_id") or texts.get("agent_id"),
    )
    return options.Conversation(identifier, account=texts.get("account_id"), agent=agent) if identifier else None


def _size(size: float) -> str:
    return f"{size / 1e6:.1f} MB" if size >= 1e6 else f"{size / 1e3:.0f} kB"


def _rows(result: Saved, ids: set[str]) -> Iterator[dict[str, Any]]:
    """A row for each file of the conversations, and for each that has none."""
    with result.manifest.open("rb") as file:
        entries = {(entry["id"], entry["direction"]): entry for entry in manifest.read(file)}
    yield from (entry for entry in entries.values() if entry["id"] in ids and entry["id"] not in result.failed)
    missing = set(result.without_recording)
    for identifier, error in result.failed.items():
        yield {"id": identifier, "file": None, "has_recording": identifier not in missing, "error": str(error)}


def _report(results: list[Saved], to: Path, *, quiet: bool) -> int:
    missing = [each for result in results for each in result.without_recording]
    failed = {identifier: error for result in results for identifier, error in result.failed.items()}
    for identifier in missing:
        del failed[identifier]
    saved, present = sum(each.saved for each in results), sum(each.present for each in results)
    if not sum(each.total or 0 for each in results):
        click.echo("No conversation matches.", err=True)
    elif not quiet:
        size = _size(sum(each.bytes for each in results))
        there = f", {present} were there already" if present else ""
        click.echo(f"{saved} saved in {to} ({size}){there}; {to / NAME} lists all")
    if missing:
        names = ", ".join(map(screen.plain, missing[:_SHOWN]))
        more = f" and {len(missing) - _SHOWN} more" if len(missing) > _SHOWN else ""
        click.echo(f"{len(missing)} without a recording: {names}{more}", err=True)
    for identifier, error in failed.items():
        click.echo(f"error: {screen.plain(identifier)}: {error}", err=True)
    return FAILED if failed or not (saved or present) else 0

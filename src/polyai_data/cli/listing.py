"""The listings of conversations: their options, their rows, and the table, lines or JSON that they are shown as."""

from __future__ import annotations

import heapq
import itertools
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from polyai_data import hosts, row_filters, views
from polyai_data.arguments import moment
from polyai_data.cli import options, output, screen
from polyai_data.errors import ConfigError

if TYPE_CHECKING:
    from rich.text import Text

    from polyai_data import PolyAI

AT_A_TERMINAL = 50
"""Rows that a listing has at a terminal when no limit is given."""
COLUMNS = "id started_at total_duration channel num_turns from_number handoff_reason variant_name note"
AGENTS_COLUMNS = "id started_at total_duration channel environment from_number handoff_reason summary"
_HEADINGS = {
    "started_at": "started",
    "total_duration": "length",
    "num_turns": "turns",
    "from_number": "from",
    "handoff_reason": "handoff",
    "variant_name": "variant",
}


class Listing(NamedTuple):
    """What a listing shows, and how."""

    filter: row_filters.Filter
    limit: int | None
    columns: str
    as_json: bool
    utc: bool

    @property
    def most(self) -> int | None:
        """How many rows, or None for all."""
        return AT_A_TERMINAL if self.limit is None and sys.stdout.isatty() and not self.as_json else self.limit

    def chosen(self, rows: Iterable[dict[str, Any]]) -> Iterator[dict[str, Any]]:
        """The rows that fulfil the filters, while output goes on; warns of names that no row has."""
        unknown, row = _names(self.columns), None
        try:
            for row in rows:
                unknown = tuple(name for name in unknown if not row_filters.has(row, name))
                if self.filter(row):
                    yield row
                    if output.failure():
                        return
        finally:
            for name in dict.fromkeys([*self.filter.unknown, *unknown]) if row else ():
                click.echo(f"warning: no row has {name!r}", err=True)


def listing_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add what `list` and `search` have in common: what `filter_options` adds, and how rows are shown."""
    limit = click.option(
        "--limit",
        type=click.IntRange(min=1),
        metavar="N",
        help=f"Rows in all.  [default: {AT_A_TERMINAL} at a terminal, else all]",
    )
    return filter_options(limit(options.json_option(options.utc_option(command))))


def filter_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose conversations: as arguments a `Listing`, and filters of the API as keywords."""

    @wraps(command)
    def wrapped(
        settings: options.Settings,
        *,
        filters: tuple[str, ...],
        any_filter: bool,
        limit: int | None,
        columns: str | None = None,
        as_json: bool = False,
        utc: bool = False,
        **rest: Any,
    ) -> Any:
        chosen = row_filters.Filter(filters, any_filter=any_filter)
        return command(settings, Listing(chosen, limit, columns or "", as_json, utc), **rest)

    return options.env_option(options.search_options(options.condition_options(wrapped)))


def page(listing: Listing, most: int) -> int | None:
    """The size of pages: what is shown, and one more; pages of which filters leave a part are not too long."""
    if listing.filter or listing.most is None:
        return min(200, most) if listing.filter else None
    return min(listing.most + 1, most)


def rows(client: PolyAI, listing: Listing, filters: dict[str, Any], **more: Any) -> Iterator[dict[str, Any]]:
    """The rows of a search, of all environments in order of time, or the best where something is searched for."""
    environment = filters.pop("env") or "live"
    filters = {**filters, **more, "channel": filters["channel"] or None, "limit": page(listing, 1000)}
    environments: list[Any] = options.ENVIRONMENTS if environment == "all" else [environment]
    each = [client.conversations.search(**filters, client_env=name).rows() for name in environments]
    if len(each) == 1:
        return each[0]
    if filters.get("query"):
        return itertools.chain.from_iterable(each)
    heads = [list(itertools.islice(some, 2)) for some in each]
    begun = [[str(row.get("started_at")) for row in head] for head in heads]
    joined = [itertools.chain(*both) for both in zip(heads, each, strict=True)]
    # As each of them comes, the newest or the oldest first.
    newest = not any(times[0] < times[-1] for times in begun if times)
    return heapq.merge(*joined, key=lambda row: str(row.get("started_at")), reverse=newest)


def limited(listing: Listing, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows that are wanted, up to the limit; says at a terminal when there are more, or none."""
    wanted, none = listing.chosen(rows), True
    for row in itertools.islice(wanted, listing.most):
        none = False
        yield row
    if none and sys.stdout.isatty():
        screen.remark("No conversation matches.")
    elif listing.most is not None and sys.stdout.isatty() and next(wanted, None) is not None:
        screen.remark(f"{listing.most} shown, and there are more: --limit {4 * listing.most}")


def show(client: PolyAI, listing: Listing, rows: Iterator[dict[str, Any]], usual: str) -> None:
    """Write rows as JSON, as lines with tabs, or as a table; `usual` are the columns where none are chosen."""
    wanted = limited(listing, rows)
    if listing.as_json:
        return screen.echo_rows(wanted)
    columns = _names(listing.columns) if listing.columns else tuple(usual.split())
    if not sys.stdout.isatty():
        for row in wanted:
            click.echo("\t".join(_cell(row, name, utc=listing.utc).replace("\t", " ") for name in columns))
        return None
    made: list[list[Text]] = []
    with screen.console(err=True).status("listing …") as status:
        for row in itertools.islice(wanted, listing.most):
            made.append(_cells(client, row, columns, utc=listing.utc))
            status.update(f"listing … {len(made)}")
    console = screen.console()
    if made:
        drawn = screen.fitted([_HEADINGS.get(name, name) for name in columns], made, width=console.width)
        console.print(drawn)
        if left_out := columns[len(drawn.columns) :]:
            screen.remark(f"no room for {', '.join(left_out)}; --columns chooses")
    next(wanted, None)  # says whether there are more
    return None


def _names(columns: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in columns.split(",") if each.strip())


def _cells(client: PolyAI, row: Mapping[str, Any], columns: tuple[str, ...], *, utc: bool) -> list[Text]:
    from rich.text import Text  # noqa: PLC0415

    return [
        screen.link(_cell(row, name, utc=utc), url(client, row)) if name == "id" else Text(_cell(row, name, utc=utc))
        for name in columns
    ]


def _cell(row: Mapping[str, Any], name: str, *, utc: bool) -> str:
    """What a row has under a name, as a person reads it."""
    value = row_filters.value(row, name)
    if name in {"started_at", "created_at", "finished_at"} and isinstance(value, str):
        with suppress(ConfigError):
            return screen.moment(moment(name, value), utc=utc)
    if name.endswith("duration") and isinstance(value, int | float):
        return screen.duration(value)
    shown = row_filters.values(row, name)
    if name == "summary" and isinstance(value, dict | str):
        from polyai_data.models import ShortSummary  # noqa: PLC0415 - models take long to import

        summary = views.summary_text(ShortSummary.from_dict(value) if isinstance(value, dict) else value)
        shown = [summary] if summary else []
    return screen.plain(" ".join(", ".join(row_filters.text(each) for each in shown).split()))


def url(client: PolyAI, row: Mapping[str, Any]) -> str | None:
    """Where Agent Studio shows the conversation of a row, or None."""
    ids = [row_filters.value(row, name) for name in ("account_id", "project_id", "id")]
    return hosts.POLYAI.conversation_url(client.region, *ids) if all(isinstance(each, str) for each in ids) else None

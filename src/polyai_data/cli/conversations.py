"""`polyai-data conversations`: listing, searching, reading; annotations and notes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import click

from polyai_data.cli import listing as listings
from polyai_data.cli import options, output, screen
from polyai_data.errors import PolyAIError
from polyai_data_client.models.annotation_type import ANNOTATION_TYPE_VALUES
from polyai_data_client.models.speaker import SPEAKER_VALUES

if TYPE_CHECKING:
    from polyai_data import PolyAI
    from polyai_data.models import ConversationDetailResponse

SEARCHED = timedelta(days=7)
"""The time that a search covers when none is given; the API needs one."""


@click.group()
def conversations() -> None:
    """List, search and read conversations; annotate them, set notes.

    An ID can be the address of the conversation in Agent Studio, too.

    \b
    polyai-data conversations list --since '3 days ago' --filter 'CALL_DURATION > 60'
    polyai-data conversations search --words refund --since 2026-05-01 --context 2
    polyai-data conversations get CAabcd1234
    """


@conversations.command("list")
@options.client_options
@options.time_options
@listings.listing_options
@click.option("--sample", flag_value="random", help="A random sample, of --limit rows; needs --since.")
@click.option("--columns", metavar="A,B,…", help="Fields and metrics to show instead of the usual ones.")
@click.option(
    "--agents-route",
    is_flag=True,
    help="By the older route: no account needed, with summaries, of all environments; no filters of the API.",
)
def list_(
    settings: options.Settings,
    listing: listings.Listing,
    *,
    since: datetime | None,
    until: datetime | None,
    sample: str | None,
    agents_route: bool,
    **filters: Any,
) -> None:
    """List conversations, in the order of the server.

    In a pipe, a row is a line and tabs separate its columns.

    \b
    polyai-data conversations list --since yesterday --channel VOICE-SIP
    polyai-data conversations list --filter 'RESOLVED = false' --columns id,RESOLVED,CALL_REASON
    polyai-data conversations list --since '7 days ago' --env all --json > week.jsonl
    polyai-data conversations list --since '7 days ago' --sample --limit 20
    """
    if sample and not since:
        raise click.UsageError("--sample needs --since")
    until = until or (datetime.now(UTC) if sample else None)
    filters |= {"start_time": since, "end_time": until, "sample": sample}
    with settings.client() as client:
        if agents_route:
            if any(each not in {None, ()} for each in filters.values()):
                raise click.UsageError(
                    "--agents-route has no filters of the API; use --filter, such as 'clientEnv = live'"
                )
            rows: Iterator[dict[str, Any]] = client.conversations.list(limit=listings.page(listing, 1000)).rows()
        else:
            rows = listings.rows(client, listing, filters)
        listings.show(client, listing, rows, listings.AGENTS_COLUMNS if agents_route else listings.COLUMNS)


@conversations.command()
@options.client_options
@options.time_options
@listings.listing_options
@options.query_options
@click.option(
    "--context",
    type=click.IntRange(min=0),
    metavar="N",
    help="With --words: turns to show around each match.  [default: 1]",
)
def search(
    settings: options.Settings,
    listing: listings.Listing,
    *,
    since: datetime | None,
    until: datetime | None,
    query: str | None,
    query_type: str | None,
    turn_type: str | None,
    context: int | None,
    **filters: Any,
) -> None:
    """Search what was said, by words or by meaning.

    Words are marked in the transcripts. Without --since, the last 7 days are searched.

    \b
    polyai-data conversations search --words 'cancel booking' --turn-type user --context 2
    polyai-data conversations search --meaning 'the caller is angry' --since '30 days ago'
    """
    if not query:
        raise click.UsageError("give either --words or --meaning")
    words = query if query_type == "transcript" else None
    if context is not None and not words:
        raise click.UsageError("--context goes with --words alone")
    until = until or datetime.now(UTC)
    if since is None:
        since = until - SEARCHED
        screen.remark(
            f"Searching the {SEARCHED.days} days before {screen.moment(until, utc=listing.utc)}; --since changes that."
        )
    filters |= {
        "start_time": since,
        "end_time": until,
        "query": query,
        "turn_type": turn_type,
        "query_type": query_type,
    }
    with settings.client() as client:
        rows = listings.rows(client, listing, filters, include_latency=True)
        if not words or listing.as_json:
            listings.show(client, listing, rows, listings.COLUMNS)
        else:
            for row in listings.limited(listing, rows):
                _show_matches(client, row, words, turn_type, 1 if context is None else context, utc=listing.utc)


def _show_matches(
    client: PolyAI, row: dict[str, Any], words: str, side: str | None, context: int, *, utc: bool
) -> None:
    from polyai_data import shown_rich  # noqa: PLC0415 - and below: late, as `--help` and `--json` do without
    from polyai_data.models import ConversationSummaryV3  # noqa: PLC0415

    conversation = ConversationSummaryV3.from_dict(row)
    console = screen.console()
    heading = screen.link(conversation.id, listings.url(client, row))
    heading.stylize("bold")
    details = (
        screen.moment(conversation.started_at, utc=utc),
        screen.duration(conversation.total_duration),
        conversation.channel,
    )
    console.print(heading.append_text(screen.dim(f"  {'  '.join(each or '-' for each in details)}")))
    for each in shown_rich.transcript(
        conversation, terminal=console.is_terminal, utc=utc, query=words, side=side, context=context
    ):
        console.print(each)
    console.print()


@conversations.command()
@options.client_options
@click.argument("conversation", metavar="ID|URL", type=options.ConversationType())
@options.json_option
@options.utc_option
def get(settings: options.Settings, conversation: options.Conversation, *, as_json: bool, utc: bool) -> None:
    """Show one conversation.

    It has summary, metrics, and the transcript with latencies and functions. The number before a turn is the one that
    `annotate` takes.

    \b
    polyai-data conversations get CAabcd1234
    polyai-data conversations get https://studio.example/ws-1/PROJECT-1/conversations/CAabcd1234
    """
    with settings.of(conversation).client() as client:
        got = client.conversations.get(conversation.id)
        if as_json:
            screen.write_json(got)
        else:
            _show_conversation(client, got, utc=utc)


def _show_conversation(client: PolyAI, got: ConversationDetailResponse, *, utc: bool) -> None:
    from polyai_data import shown_rich  # noqa: PLC0415

    console = screen.console()
    url = listings.url(client, {"account_id": got.account_id, "project_id": got.project_id, "id": got.id})
    for each in shown_rich.conversation(got, terminal=console.is_terminal, utc=utc, url=url):
        console.print(each)


@contextmanager
def _written(what: str) -> Iterator[None]:
    """Say of a failure whether `what` may have been written all the same, as then it must not be sent again blindly."""
    try:
        yield
    except PolyAIError as error:
        if not error.sent:
            raise
        raise click.ClickException(
            f"{error}\n{what} may have been written; look in Agent Studio before you send it again."
        ) from None


@conversations.command()
@options.client_options
@click.argument("conversation", metavar="ID|URL", type=options.ConversationType())
@click.argument("text")
def note(settings: options.Settings, conversation: options.Conversation, text: str) -> None:
    """Set the note of a conversation; it replaces the one before. TEXT is `-` for standard input.

    \b
    polyai-data conversations note CAabcd1234 'called back'
    """
    text = sys.stdin.read().rstrip("\n") if text == "-" else text
    if not text.strip():
        raise click.UsageError("the text is empty, and would replace the note")
    with settings.of(conversation).client() as client, _written("The note"):
        client.conversations.set_note(conversation.id, text)
    output.confirm(f"The note of {conversation.id} is: {screen.plain(text)}")


@conversations.command()
@options.client_options
@click.argument("conversation", metavar="ID|URL", type=options.ConversationType())
@click.argument("turn", type=click.IntRange(min=0))
@click.argument("annotation_type", metavar="TYPE", type=click.Choice(sorted(ANNOTATION_TYPE_VALUES)))
@click.option(
    "--role",
    type=click.Choice(sorted(SPEAKER_VALUES)),
    help="Whose words are wrong.  [default: user for wrong_transcript, else agent]",
)
def annotate(
    settings: options.Settings, conversation: options.Conversation, turn: int, annotation_type: Any, role: Any
) -> None:
    """Flag what is wrong with a turn.

    TURN is the number of the turn from 0, as `get` shows it. TYPE is missing_topic, wrong_info or wrong_transcript.

    \b
    polyai-data conversations annotate CAabcd1234 3 wrong_transcript
    """
    role = role or ("user" if annotation_type == "wrong_transcript" else "agent")
    with settings.of(conversation).client() as client, _written("The annotation"):
        client.conversations.annotate(conversation.id, turn_id=turn, role=role, annotation_type=annotation_type)
    output.confirm(f"Turn {turn} of {conversation.id} ({role}) is annotated: {annotation_type}")

"""`polyai-data review`."""

from __future__ import annotations

import sys
import tempfile
import webbrowser
from contextlib import suppress
from datetime import datetime
from html import escape
from pathlib import Path

import click

from polyai_data.cli.options import Settings, client_options, time_options
from polyai_data.cli.program import extra
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES


@click.command()
@client_options
@time_options
@click.option("--env", type=click.Choice(sorted(CLIENT_ENVIRONMENT_VALUES)), help="Environment; default: live.")
@click.option("--channel", multiple=True, metavar="NAME", help="Only this channel, such as VOICE-SIP. Repeatable.")
@click.option("--port", type=click.IntRange(0, 65535), default=0, help="Port to listen on; default: a free one.")
@click.option("--no-open", is_flag=True, help="Only print the address; open no browser.")
def review(
    settings: Settings,
    *,
    since: datetime | None,
    until: datetime | None,
    env: str | None,
    channel: tuple[str, ...],
    port: int,
    no_open: bool,
) -> None:
    """Look at calls and listen to them in a browser; annotate them, and set notes.

    The pages are served by this machine, to this machine alone, until Ctrl-C. Recordings are the redacted ones unless
    you switch. Every filter is on the page too.

    \b
    polyai-data review --since '3 days ago' --env live
    """
    extra("review", "jinja2", "starlette", "uvicorn")
    from polyai_data import AsyncPolyAI  # noqa: PLC0415 - late, as `--help` needs none
    from polyai_data.review import Review  # noqa: PLC0415
    from polyai_data.review.queue import Filters  # noqa: PLC0415

    client = AsyncPolyAI(
        profile=settings.profile, region=settings.region, account_id=settings.account, agent_id=settings.agent
    )
    times = {
        name: at.astimezone().strftime("%Y-%m-%dT%H:%M") for name, at in (("since", since), ("until", until)) if at
    }
    queue = Filters(**times, env=env or "", channel=",".join(channel))

    with tempfile.TemporaryDirectory(prefix="polyai-data-") as folder, Review(client, port=port) as served:
        address = served.address(str(queue))
        click.echo(f"Open {address}")
        click.echo("It opens these calls on this machine alone: keep it to yourself. Ctrl-C ends the review.", err=True)
        if not no_open and sys.stdout.isatty():
            # By a page that only its owner can read: other users can see the arguments of a program.
            page = Path(folder) / "calls.html"
            page.write_text(f'<!doctype html><meta http-equiv="refresh" content="0; url={escape(address)}">')
            webbrowser.open(page.as_uri())
        with suppress(KeyboardInterrupt):
            served.wait()
    if served.left:
        click.echo(f"{served.left} not sent yet: the next review of this agent sends or shows them", err=True)

"""`polyai-data mcp`: a server for assistants, over standard input and output."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import threading
from typing import NoReturn

import click

from polyai_data import hosts
from polyai_data.cli.options import Settings, client_options
from polyai_data.cli.program import extra


@click.command()
@client_options
@click.option("--unmasked", is_flag=True, help="Show phone, e-mail and card numbers, and give recordings unredacted.")
@click.option("--write", is_flag=True, help="Also offer to annotate turns and to set notes.")
def mcp(settings: Settings, *, unmasked: bool, write: bool) -> None:
    """Let an assistant search and read conversations, by the Model Context Protocol over stdio.

    An assistant starts it by itself; at a terminal, it shows the configuration that most of them take. It only reads,
    and masks phone, e-mail and card numbers.

    \b
    Example:
      polyai-data mcp --profile work
    """
    extra("mcp", "mcp", "msgspec")
    from polyai_data.mcp import server  # noqa: PLC0415 - it takes long to import

    with settings.client(requests_per_minute=hosts.POLYAI.requests_per_minute) as client:
        if not sys.stdin.isatty():
            signal.signal(signal.SIGTERM, _end)
            chosen = [part for name, value in vars(settings).items() if value for part in (f"--{name}", value)]
            server(client, masked=not unmasked, write=write, options=chosen).run()
            return
    program = {"command": shutil.which("polyai-data") or "polyai-data", "args": sys.argv[1:]}
    click.echo("An assistant starts this by itself, with such a configuration (docs/mcp.md has more):", err=True)
    click.echo(json.dumps({"mcpServers": {"polyai": program}}, indent=2))
    if not settings.profile:
        click.echo("It may not pass your environment on: keep the key in a profile, see polyai-data config.", err=True)


def _end(*_: object) -> NoReturn:
    """End in order, so that what an analysis has fetched is removed; in a second at most, as input may stay open."""
    last = threading.Timer(1, os._exit, [128 + signal.SIGTERM])
    last.daemon = True
    last.start()
    sys.exit(128 + signal.SIGTERM)

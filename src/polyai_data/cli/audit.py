"""`polyai-data audit`: compliance folders."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cache
from pathlib import Path
from typing import Any

import click

from polyai_data.cli import screen
from polyai_data.cli.options import Conversation, ConversationType, Settings, client_options, json_option
from polyai_data.cli.program import FAILED
from polyai_data.cli.recordings import named
from polyai_data.errors import PolyAIError, fails_all


@click.command()
@click.argument("conversations", nargs=-1, required=True, type=ConversationType(), metavar="[ID|URL|-]...")
@client_options
@click.option(
    "--to", type=click.Path(path_type=Path), default="audit", show_default=True, help="Folder, or FILE.zip for all."
)
@click.option("--raw", is_flag=True, help="The recording with personal data, instead of the redacted one.")
@click.option("--require-recording", is_flag=True, help="Exit status 1 where a conversation has no recording.")
@json_option
def audit(
    settings: Settings,
    *,
    conversations: tuple[Conversation, ...],
    to: Path,
    raw: bool,
    require_recording: bool,
    as_json: bool,
) -> int:
    """Write a folder for compliance for each conversation.

    It has the masked metadata and transcript, the redacted recording, hashes, and index.html, a page to read. What is
    there already is not written over. `-` reads IDs or the lines of `conversations list` from standard input.

    \b
    polyai-data audit CAabcd1234 --to evidence
    polyai-data conversations list --since yesterday --json | polyai-data audit - --to yesterday.zip
    """
    if raw:
        click.echo("warning: --raw asks for recordings with personal data", err=True)
    chosen = [(settings.of(each), each.id) for each in named(conversations)]
    if to.suffix.lower() != ".zip":
        return _save(chosen, to, raw=raw, require_recording=require_recording, as_json=as_json)
    from polyai_data.audit import hidden_folder, pack  # noqa: PLC0415 - late, as `--help` needs none

    if to.exists():
        raise click.UsageError(f"{to} exists, and evidence is not written over; move it away, or name another file")
    with hidden_folder(to.parent) as folder:
        status = _save(chosen, folder, raw=raw, require_recording=require_recording, as_json=as_json, named=to)
        if any(folder.iterdir()):
            pack(folder, to)
    return status


def _save(
    conversations: list[tuple[Settings, str]],
    folder: Path,
    *,
    raw: bool,
    require_recording: bool,
    as_json: bool,
    named: Path | None = None,
) -> int:
    """Write the folders, and say so; `named` is what the folder is called. The exit status."""
    from polyai_data.audit import save  # noqa: PLC0415 - as above

    failed = False
    with ExitStack() as stack:
        client = cache(lambda own: stack.enter_context(own.client()))
        for settings, identifier in conversations:
            row: dict[str, Any] = {"id": identifier, **dict.fromkeys(("path", "has_recording", "in_progress", "error"))}
            try:
                made = save(client(settings), identifier, folder, raw=raw)
                row |= made._asdict() | {"path": str((named or folder) / made.path.name)}
                failed |= require_recording and not made.has_recording
            except PolyAIError as error:
                if fails_all(error):
                    raise
                failed, row["error"] = True, str(error)
            _show(row, as_json=as_json)
    return FAILED if failed else 0


def _show(row: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        screen.write_json(row)
    elif row["error"]:
        click.echo(f"error: {screen.plain(row['id'])}: {row['error']}", err=True)
    else:
        remarks = ["no recording"] * (not row["has_recording"]) + ["in progress"] * row["in_progress"]
        click.echo(row["path"] + (f"  ({', '.join(remarks)})" if remarks else ""))

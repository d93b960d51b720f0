"""`polyai-data assemblyai`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from polyai_data.cli import screen
from polyai_data.cli.options import json_option, prefer, profile_option, region_option
from polyai_data.options import WAIT_TIMEOUT
from polyai_data.recording import file_name


@click.group()
def assemblyai() -> None:
    """Redacted audio of AssemblyAI's transcripts.

    The key comes from ASSEMBLYAI_API_KEY, or from a profile.

    \b
    polyai-data assemblyai redacted-audio TRANSCRIPT_ID
    """


@click.command()
@click.argument("transcript_id")
@click.option(
    "--to",
    type=click.Path(),
    default=".",
    help="File, or folder, where it is named after the transcript; FOLDER/ is created.",
)
@click.option("--overwrite", is_flag=True, help="Replace a file that exists.")
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until the file is ready.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=WAIT_TIMEOUT, show_default=True, help="Seconds to wait at most."
)
@profile_option()
@region_option("Region of the key: us or eu.")
@json_option
def redacted_audio(
    *, transcript_id: str, to: str, overwrite: bool, wait: bool, timeout: float, as_json: bool, **options: Any
) -> None:
    """Save the redacted audio of a transcript. It is an MP3 or WAV file, which AssemblyAI keeps for 24 hours.

    \b
    polyai-data assemblyai redacted-audio 7fb321fd-380b-4625-b9e8-b936bb54ff99 --to call.mp3
    """
    prefer(options["profile"])
    from polyai_data import AssemblyAI  # noqa: PLC0415 - late, as `--help` needs none

    path = Path(to)
    files = [path, *(path / file_name(transcript_id, ending) for ending in (".mp3", ".wav", ""))]
    if not overwrite and (present := next(filter(Path.is_file, files), None)):
        raise click.UsageError(f"{present} exists; name another file, or replace it with --overwrite")
    if to.endswith("/"):
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    with AssemblyAI(**options) as client, screen.progress() as bar:
        task = bar.add_task("waiting" if wait else "saving", total=None, rate="")
        if wait:
            client.redacted_audio.wait(transcript_id, timeout=timeout)
        saved = client.redacted_audio.save(
            transcript_id,
            path,
            progress=lambda done, size: bar.update(task, description="saving", completed=done, total=size),
        )
    if as_json:
        screen.write_json({"id": transcript_id, "file": str(saved), "bytes": saved.stat().st_size})
    else:
        click.echo(saved)


assemblyai.add_command(redacted_audio)

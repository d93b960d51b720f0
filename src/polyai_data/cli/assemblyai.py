"""`polyai-data assemblyai`."""

from __future__ import annotations

from pathlib import Path

import click

from polyai_data.cli import screen
from polyai_data.cli.options import json_option, prefer, profile_option, region_option
from polyai_data.options import WAIT_TIMEOUT


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
    type=click.Path(path_type=Path),
    default=".",
    help="File, or folder, where it is named after the transcript.",
)
@click.option("--wait/--no-wait", default=True, show_default=True, help="Wait until the file is ready.")
@click.option(
    "--timeout", type=click.FloatRange(min=0), default=WAIT_TIMEOUT, show_default=True, help="Seconds to wait at most."
)
@profile_option()
@region_option("Region of the key: us or eu.")
@json_option
def redacted_audio(
    *, transcript_id: str, to: Path, wait: bool, timeout: float, profile: str | None, region: str | None, as_json: bool
) -> None:
    """Save the redacted audio of a transcript. It is an MP3 or WAV file, which AssemblyAI keeps for 24 hours.

    \b
    polyai-data assemblyai redacted-audio 7fb321fd-380b-4625-b9e8-b936bb54ff99 --to call.mp3
    """
    prefer(profile)
    from polyai_data import AssemblyAI  # noqa: PLC0415 - late, as `--help` needs none

    with AssemblyAI(profile=profile, region=region) as client, screen.progress() as bar:
        task = bar.add_task("waiting" if wait else "saving", total=None, rate="")
        if wait:
            client.redacted_audio.wait(transcript_id, timeout=timeout)
        saved = client.redacted_audio.save(
            transcript_id,
            to,
            progress=lambda done, size: bar.update(task, description="saving", completed=done, total=size),
        )
    if as_json:
        screen.write_json({"id": transcript_id, "file": str(saved), "bytes": saved.stat().st_size})
    else:
        click.echo(saved)


assemblyai.add_command(redacted_audio)

"""What AssemblyAI's own SDK makes of a server: both of its clients link, wait and save. It runs in .venv-independent.

    python assemblyai_sdk.py URL KEY FOLDER TRANSCRIPT…

writes each transcript's file into the folder, or what the SDK raised instead.
"""
# mypy: ignore-errors
# pyright: reportMissingImports=false

import asyncio
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from assemblyai import AsyncClient, Client, Settings, Transcript
from assemblyai.prerecorded.v2.async_transcript import AsyncTranscript
from assemblyai.types import AssemblyAIError, TranscriptResponse

url, key, folder, *transcripts = sys.argv[1:]
settings = Settings(base_url=url, api_key=key, polling_interval=0.01)


def of(transcript: str) -> TranscriptResponse:
    """The transcript as the SDK has it once the words are there; the emulator serves the audio alone."""
    asked = {"redact_pii": True, "redact_pii_audio": True, "redact_pii_policies": ["person_name"]}
    return TranscriptResponse(id=transcript, status="completed", audio_url="", **asked)


@contextmanager
def saved(transcript: str, client: str) -> Iterator[Path]:
    path = Path(folder, f"{transcript}.{client}")
    try:
        yield path
    except AssemblyAIError as error:
        path.write_text(f"{type(error).__name__} {error.status_code}")


async def asynchronously() -> None:
    async with AsyncClient(settings=settings) as client:
        for transcript in transcripts:
            with saved(transcript, "async") as path:
                await AsyncTranscript.from_response(client=client, response=of(transcript)).save_redacted_audio(path)


client = Client(settings=settings)
for transcript in transcripts:
    with saved(transcript, "sync") as path:
        Transcript.from_response(client=client, response=of(transcript)).save_redacted_audio(path)
asyncio.run(asynchronously())

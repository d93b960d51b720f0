"""AssemblyAI's redacted audio: the link, the wait for it, and the file behind it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from time import monotonic

from assemblyai_client.api.transcripts import get_redacted_audio
from assemblyai_client.models import RedactedAudio
from polyai_data import decode
from polyai_data._async.recording import AsyncRecording, Progress
from polyai_data._async.session import AsyncSession, LinkRefusedError
from polyai_data._async.transport import AsyncResponse
from polyai_data.arguments import path_id
from polyai_data.atomic_file import try_out
from polyai_data.config import FIRST_POLL, LONGEST_POLL, WAIT_TIMEOUT, Secret
from polyai_data.errors import BadRequestError, DownloadError, NotFoundError, TimeoutError  # noqa: A004 - ours


class AsyncRedactedAudios:
    """`client.redacted_audio`: the redacted audio of transcripts."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def get(self, transcript_id: str) -> RedactedAudio:
        """The state of the redacted audio, and a signed link to it. Operation `getRedactedAudio`.

        The file is kept for 24 hours. The link may expire sooner; while the file exists, `get` gives a new one.

        Args:
            transcript_id: the transcript.

        Raises:
            BadRequestError: the file is not ready yet; `wait` polls until it is.
            NotFoundError: the server has no such transcript, or the file is gone.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        request = get_redacted_audio._get_kwargs(path_id("transcript_id", transcript_id))
        return await self._session.call("getRedactedAudio", request, partial(decode.model, RedactedAudio))

    async def wait(self, transcript_id: str, *, timeout: float = WAIT_TIMEOUT) -> RedactedAudio:
        """As `get`, once the file is ready. Polls with doubling pauses of 1 to 15 seconds.

        Args:
            transcript_id: the transcript.
            timeout: seconds to wait at most.

        Raises:
            TimeoutError: the file was not ready in time. The server's last error is its cause.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        end = monotonic() + timeout
        pause = FIRST_POLL
        while True:
            try:
                return await self.get(transcript_id)
            except BadRequestError as not_ready:
                if not_ready.status != 400:
                    raise
                if monotonic() + pause > end:
                    raise TimeoutError(
                        f"the redacted audio of {transcript_id} was not ready within {timeout:g} seconds"
                    ) from not_ready
            await asyncio.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)

    async def save(self, transcript_id: str, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write the redacted audio to the file `path`, in constant memory, as `Recording.save` does.

        The signed link is fetched without the key, and renewed when it has expired.

        Args:
            transcript_id: the transcript.
            path: the file to write, or an existing folder, in which the file is named after the transcript.
            progress: called after each piece with the bytes written so far, and the size where it is known.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written, or the file is gone.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        path_id("transcript_id", transcript_id)

        async def source(headers: Mapping[str, str]) -> AsyncResponse:
            try:
                return await self._session.open_link(await self._link(transcript_id), headers)
            except LinkRefusedError as refused:
                if refused.status not in {401, 403, 404, 410}:
                    raise
                gone = refused.status == 404
            if gone:
                raise _gone(transcript_id)
            # Links expire long before their files do.
            return await self._session.open_link(await self._link(transcript_id), headers)

        what = f"redacted audio of {transcript_id}"
        try_out(Path(path))
        recording = AsyncRecording(source, self._session.config.policy, what, transcript_id)
        try:
            await recording.begin(must_be_wav=False)
            return await recording.save(path, progress=progress)
        finally:
            await recording.aclose()

    async def _link(self, transcript_id: str) -> Secret:
        try:
            # No variable holds the link, as tracebacks show variables.
            return _link_of(await self.get(transcript_id), transcript_id)
        except NotFoundError as error:
            raise _gone(transcript_id) from error


def _link_of(audio: RedactedAudio, transcript_id: str) -> Secret:
    if isinstance(audio.redacted_audio_url, str):
        return Secret(audio.redacted_audio_url)
    del audio
    raise DownloadError(f"the response for {transcript_id} has no link; call get() or save() again")


def _gone(transcript_id: str) -> DownloadError:
    return DownloadError(
        f"the redacted audio of {transcript_id} is gone: files are kept for 24 hours; transcribe again to get a new one"
    )

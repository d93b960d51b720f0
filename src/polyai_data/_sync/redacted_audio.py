# Written by `make generate` from _async/redacted_audio.py. Do not edit it: change that and run it again.
"""AssemblyAI's redacted audio: the link, the wait for it, and the file behind it."""

from __future__ import annotations

import os
import time
from pathlib import Path
from time import monotonic

from assemblyai_client.api.transcripts import get_redacted_audio
from assemblyai_client.models import RedactedAudio
from polyai_data._sync._session import Session
from polyai_data._sync.recording import Recording
from polyai_data.arguments import path_id
from polyai_data.config import FIRST_POLL, LONGEST_POLL, WAIT_TIMEOUT
from polyai_data.errors import BadRequestError, TimeoutError  # noqa: A004 - ours, which is a builtin one too


class RedactedAudios:
    """`client.redacted_audio`: the redacted audio of transcripts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, transcript_id: str) -> RedactedAudio:
        """The state of the redacted audio and a signed link to it. Operation `getRedactedAudio`.

        The file is kept for 24 hours; the link may expire sooner, and can be asked for again while the file exists.

        Args:
            transcript_id: the transcript.

        Raises:
            BadRequestError: the file is not ready yet; `wait` looks until it is.
            NotFoundError: the server does not know the transcript, or the file is gone.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """
        request = get_redacted_audio._get_kwargs(path_id("transcript_id", transcript_id))
        return self._session.call("getRedactedAudio", request, RedactedAudio)

    def wait(self, transcript_id: str, *, timeout: float = WAIT_TIMEOUT) -> RedactedAudio:
        """As `get`, once the file is ready. It looks again and again, with doubling pauses of 1 to 15 seconds.

        Args:
            transcript_id: the transcript.
            timeout: seconds to wait at most.

        Raises:
            TimeoutError: the file was not ready in time. The server's last answer is its cause.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """
        end = monotonic() + timeout
        pause = FIRST_POLL
        while True:
            try:
                return self.get(transcript_id)
            except BadRequestError as not_ready:
                if monotonic() + pause > end:
                    raise TimeoutError(
                        f"the redacted audio of {transcript_id} was not ready within {timeout:g} seconds"
                    ) from not_ready
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)

    def save(self, transcript_id: str, path: str | os.PathLike[str]) -> Path:
        """Write the redacted audio to the file `path`, in constant memory, as `Recording.save` does.

        The signed link is fetched without the key.

        Args:
            transcript_id: the transcript.
            path: the file to write.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written, or the link was refused.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """
        found = self.get(transcript_id)
        with self._session.stream_link(found.redacted_audio_url) as answer:
            return Recording(answer, f"redacted audio of {transcript_id}").save(path)

# Written by `make generate` from _async/redacted_audio.py. Do not edit it: change that and run it again.
"""AssemblyAI's redacted audio: the link, the wait for it, and the file behind it."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path
from time import monotonic

from assemblyai_client.api.transcripts import get_redacted_audio
from assemblyai_client.models import RedactedAudio
from polyai_data import decode
from polyai_data._sync.recording import Progress, Recording
from polyai_data._sync.session import LinkRefusedError, Session
from polyai_data._sync.transport import Response
from polyai_data.arguments import path_id
from polyai_data.atomic_file import try_out
from polyai_data.config import FIRST_POLL, LONGEST_POLL, WAIT_TIMEOUT, Secret
from polyai_data.errors import BadRequestError, DownloadError, NotFoundError, TimeoutError  # noqa: A004 - ours


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
        read = decode.reader(RedactedAudio, strict=self._session.config.strict)
        return self._session.call("getRedactedAudio", request, read)

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
                if not_ready.status != 400:
                    raise
                if monotonic() + pause > end:
                    raise TimeoutError(
                        f"the redacted audio of {transcript_id} was not ready within {timeout:g} seconds"
                    ) from not_ready
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_POLL)

    def save(self, transcript_id: str, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write the redacted audio to the file `path`, in constant memory, as `Recording.save` does.

        The signed link is fetched without the key; one that has expired is asked for again.

        Args:
            transcript_id: the transcript.
            path: the file to write, or an existing folder, in which it is called after the transcript.
            progress: is called after each piece with the bytes written so far, and the size where that is known.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written, or the file is gone.
            PolyAIError: any other failure, as `polyai_data.errors` tells.
        """

        path_id("transcript_id", transcript_id)

        def source(headers: Mapping[str, str]) -> Response:
            try:
                return self._session.open_link(self._link(transcript_id), headers)
            except LinkRefusedError as refused:
                if refused.status not in {401, 403, 404, 410}:
                    raise
                gone = refused.status == 404
            if gone:
                raise _gone(transcript_id)
            # Links expire long before their files do.
            return self._session.open_link(self._link(transcript_id), headers)

        what = f"redacted audio of {transcript_id}"
        try_out(Path(path))
        recording = Recording(source, self._session.config.policy, what, transcript_id)
        try:
            recording.begin(must_be_wav=False)
            return recording.save(path, progress=progress)
        finally:
            recording.close()

    def _link(self, transcript_id: str) -> Secret:
        try:
            # No variable holds the link itself, which a traceback would show.
            return _kept(self.get(transcript_id), transcript_id)
        except NotFoundError as error:
            raise _gone(transcript_id) from error


def _kept(found: RedactedAudio, transcript_id: str) -> Secret:
    if isinstance(found.redacted_audio_url, str):
        return Secret(found.redacted_audio_url)
    del found
    raise DownloadError(f"the answer for {transcript_id} holds no link; ask for it again")


def _gone(transcript_id: str) -> DownloadError:
    return DownloadError(
        f"the redacted audio of {transcript_id} is not there: files are kept for 24 hours; "
        "transcribe again to get it anew"
    )

# Written by `make generate` from _async/redacted_audio.py. Do not edit it: change that and run it again.
"""AssemblyAI's redacted audio: the link, the wait for it, and the file behind it."""

from __future__ import annotations

import math
import os
import re
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from time import monotonic

from assemblyai_client.api.transcripts import get_redacted_audio
from assemblyai_client.models import RedactedAudio
from polyai_data import decode
from polyai_data._sync.recording import Progress, Recording
from polyai_data._sync.session import LinkRefusedError, Session
from polyai_data._sync.transport import Response
from polyai_data.arguments import path_id
from polyai_data.errors import (
    APIError,
    BadRequestError,
    ConfigError,
    DownloadError,
    NotFoundError,
    NotReadyError,
    PolyAIError,
    RateLimitError,
    TimeoutError,  # noqa: A004 - ours
)
from polyai_data.options import FIRST_POLL, LONGEST_POLL, WAIT_TIMEOUT, Secret


class RedactedAudios:
    """`client.redacted_audio`: the redacted audio of transcripts."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def get(self, transcript_id: str) -> RedactedAudio:
        """The state of the redacted audio, and a signed link to it. Operation `getRedactedAudio`.

        The file is kept for 24 hours. The link may expire sooner; while the file exists, `get` gives a new one.

        Args:
            transcript_id: the transcript.

        Raises:
            NotReadyError: the file is still being made (202); `wait` polls until it is ready.
            BadRequestError: the file is not ready yet, is gone, or redaction was not enabled; the message says which.
            NotFoundError: the server has no such transcript, or the file is gone.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        return self._look(transcript_id, math.inf)

    def _look(self, transcript_id: str, until: float) -> RedactedAudio:
        request = get_redacted_audio._get_kwargs(path_id("transcript_id", transcript_id))
        read = partial(decode.own, RedactedAudio, "id", transcript_id)  # no document has it, but other operations do
        return self._session.call("getRedactedAudio", request, read, until=until)

    def wait(self, transcript_id: str, *, timeout: float = WAIT_TIMEOUT) -> RedactedAudio:
        """As `get`, once the file is ready. Polls with doubling pauses of 1 to 15 seconds, or as the server asks.

        202, 429, a 400 whose message does not say that the file is gone or that redaction was not enabled, and a 200
        without a link or with another status than ready, all mean: not yet.

        Args:
            transcript_id: the transcript.
            timeout: seconds to wait at most; 0 for a single look, which has the client's own deadline.

        Raises:
            ConfigError: `timeout` is negative, or no number.
            TimeoutError: the file was not ready in time. The last error is its cause.
            BadRequestError: the file is gone, or redaction was not enabled.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        if isinstance(timeout, bool) or not isinstance(timeout, int | float) or not timeout >= 0:
            raise ConfigError(f"timeout must be a number of seconds of at least 0, not {timeout!r}", argument="timeout")
        end = monotonic() + timeout
        pause = FIRST_POLL
        while True:
            asked = 0.0
            last: PolyAIError | None = None
            try:
                audio = self._look(transcript_id, end if timeout else math.inf)
                if audio.status == _READY and isinstance(audio.redacted_audio_url, str) and audio.redacted_audio_url:
                    return audio
                del audio  # it can hold a link, and tracebacks show variables
            except APIError as error:
                if not _may_become_ready(error):
                    raise
                asked, last = error.retry_after or 0, error
            except TimeoutError as error:
                if monotonic() + _SHORTEST_POLL < end:
                    raise
                last = error
            left = end - monotonic()
            # The last looks are close to the end, and still have time to be answered.
            wait = max(min(pause, left / 2), asked)
            if wait >= left or left < _SHORTEST_POLL:
                raise TimeoutError(
                    f"the redacted audio of {transcript_id} was not ready within {timeout:g} seconds"
                ) from last
            time.sleep(wait)
            pause = min(2 * pause, LONGEST_POLL)

    def save(self, transcript_id: str, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write the redacted audio to the file `path`, in constant memory, as `Recording.save` does.

        The signed link is fetched without the key, and renewed when it has expired.

        Args:
            transcript_id: the transcript.
            path: the file to write, or an existing folder, in which the file is named after the transcript, with the
                ending that its bytes call for: `.mp3`, or `.wav`.
            progress: called after each piece with the bytes written so far, and the size where it is known.

        Returns:
            The path of the file.

        Raises:
            NotReadyError: the file is still being made; call `wait` first.
            DownloadError: the target cannot be written, or the file is gone.
            PolyAIError: any other failure; see `polyai_data.errors`.
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
        recording = Recording(source, self._session.config.policy, what, transcript_id, must_be_wav=False)
        return recording.save(path, progress=progress)

    def _link(self, transcript_id: str) -> Secret:
        try:
            # No variable holds the link, as tracebacks show variables.
            return _link_of(self.get(transcript_id), transcript_id)
        except (NotFoundError, BadRequestError) as error:
            if isinstance(error, BadRequestError) and not _GONE.search(error.message):
                raise
            raise _gone(transcript_id) from error


_SHORTEST_POLL = 0.1
_READY = "redacted_audio_ready"
# The vendor has no codes for its 400s, so their words decide; others than these mean that the file is still being made.
_GONE = re.compile(r"(?i)no longer|expired|deleted|\bgone\b")
_NOT_ENABLED = re.compile(r"(?i)\b(en|dis)abled?\b|not requested")


def _may_become_ready(error: APIError) -> bool:
    """Whether a later look may find the file ready."""
    if error.status == 400:
        return not (_GONE.search(error.message) or _NOT_ENABLED.search(error.message))
    return isinstance(error, NotReadyError | RateLimitError)


def _link_of(audio: RedactedAudio, transcript_id: str) -> Secret:
    if isinstance(audio.redacted_audio_url, str):
        return Secret(audio.redacted_audio_url)
    del audio
    raise DownloadError(f"the response for {transcript_id} has no link: the file is not ready; call wait() first")


def _gone(transcript_id: str) -> DownloadError:
    return DownloadError(
        f"the redacted audio of {transcript_id} is gone: files are kept for 24 hours; transcribe again to get a new one"
    )

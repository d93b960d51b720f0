# Written by `make generate` from _async/recording.py. Do not edit it: change that and run it again.
"""A recording, as it arrives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from random import random
from typing import Protocol

from polyai_data import recording as wav
from polyai_data import retry
from polyai_data._sync.transport import Response
from polyai_data.atomic_file import Target, is_folder
from polyai_data.errors import DownloadError, TransportError

Progress = Callable[[int, int | None], object]
"""Called with the bytes written so far, and the size of the file where it is known."""


class Source(Protocol):
    """Sends the request for a recording, with the given headers in addition."""

    def __call__(self, headers: Mapping[str, str]) -> Response: ...


class Recording:
    """A recording whose bytes have not arrived yet. They arrive once: save, read or iterate.

    A connection that breaks on the way is made again. The recording resumes where it broke when the server supports
    ranges, and else starts again.

    Attributes:
        content_type: the media type, as the server states it.
        size: bytes, or None where the server does not state it.
        redaction_requested: whether the redacted recording was asked for; a key without PII access always gets it.
        file_name: the conversation's id as a file name that is valid on every system, and ends as the bytes say.
        sample_rate: samples per second and channel, by the WAV header; None for audio that is no WAV file.
        channels: number of channels, by the WAV header; None for audio that is no WAV file.
        duration: seconds of sound, by the WAV header; None for audio that is no WAV file, or when its length is
            unknown.
    """

    def __init__(self, source: Source, policy: retry.Policy, what: str, file_name: str) -> None:
        self._source = source
        self._policy = policy
        self._what = what
        self._response: Response
        self._pieces = self._arriving()
        self._begun: list[bytes] = []
        self._position = 0
        self._header: wav.WavHeader | None = None
        self._consumed = False
        self.content_type = ""
        self.size: int | None = None
        self.redaction_requested = False
        self.file_name = file_name

    def begin(self, *, must_be_wav: bool) -> None:
        """Send the request and read the header.

        Raises:
            DownloadError: the response is not a recording.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        self._request_whole()
        self.content_type = self._response.headers.get("Content-Type", "")
        wav.check_content_type(self.content_type, self._what)
        start, problem, ended = b"", "", False
        # Where it is no WAV file, four bytes say how its name should end.
        while self._header is None and not ended and (not problem or len(start) < 4):
            piece = next(self._pieces, b"")
            if piece is None:
                start, problem = b"", ""
                self._begun.clear()
                continue
            ended = not piece
            start += piece
            self._begun.append(piece)
            try:
                self._header = wav.parse_wav(start)
            except ValueError as error:
                problem = str(error)
            if ended:
                problem = problem or ("it ends in its header" if start else "it is empty")
        text = wav.looks_like_text(start)
        if problem and (must_be_wav or not start or text):
            seen = repr(start[:200].decode("utf-8", "replace")) if text else problem
            raise DownloadError(f"{self._what}: the response is not a recording ({seen}); nothing was written")
        self.file_name = wav.file_name(self.file_name, wav.ending(start))

    @property
    def sample_rate(self) -> int | None:
        """Samples per second and channel."""
        return self._header.sample_rate if self._header else None

    @property
    def channels(self) -> int | None:
        """Number of channels."""
        return self._header.channels if self._header else None

    @property
    def duration(self) -> float | None:
        """Seconds of sound."""
        return self._header.duration(self.size) if self._header else None

    def iter_bytes(self) -> Iterator[bytes]:
        """The recording in pieces, as they arrive, in constant memory.

        Raises:
            TransportError: the connection broke again and again, or the server took too long.
            DownloadError: the connection broke and the server cannot resume, or the bytes were read already.
        """
        for piece in self._all_pieces():
            if piece is None:
                reason = "the connection broke, and the server cannot resume the recording; save() starts again"
                raise DownloadError(f"{self._what}: {reason}")
            yield piece

    def read(self) -> bytes:
        """The whole recording in memory; `save` needs constant memory only.

        Raises:
            TransportError: the connection broke again and again, or the server took too long.
            DownloadError: it arrived incomplete, or its bytes were read already.
        """
        pieces: list[bytes] = []
        for piece in self._all_pieces():
            if piece is None:
                pieces.clear()
            else:
                pieces.append(piece)
        whole = b"".join(pieces)
        self._check_size(len(whole))
        return whole

    def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write the recording to the file `path`, in constant memory.

        The bytes go to a temporary file beside it, which replaces the target once it is complete.

        Args:
            path: the file, or an existing folder, in which the file is called `file_name`.
            progress: called after each piece with the bytes written so far, and the size where it is known.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written, which is checked before the body is read, or the recording
                arrived incomplete.
            TransportError: the connection broke again and again, or the server took too long.
        """
        wanted = Path(path)
        with Target(wanted / self.file_name if is_folder(wanted) else wanted) as target:
            for piece in self._all_pieces():
                if piece is None:
                    target.begin_again()
                else:
                    target.write(piece)
                    if progress is not None:
                        progress(target.written, self.size)
            self._check_size(target.written)
            target.keep()
        return target.path

    def _check_size(self, written: int) -> None:
        expected = self.size if self.size is not None else self._header.size if self._header else None
        if expected is not None and written < expected:
            raise DownloadError(f"{self._what}: {written} of {expected} bytes arrived; nothing was written")

    def _all_pieces(self) -> Iterator[bytes | None]:
        if self._consumed:
            raise DownloadError(f"{self._what}: its bytes were read already; ask for the recording again")
        self._consumed = True
        begun, self._begun = self._begun, []
        for piece in begun:
            yield piece
        for rest in self._pieces:
            yield rest

    def _arriving(self) -> Generator[bytes | None, None]:
        """The bytes as they arrive, over as many connections as it takes. None: they start again from the first."""
        failures, furthest = 0, 0
        while True:
            try:
                for piece in self._response.iter_bytes():
                    self._position += len(piece)
                    yield piece
            except TransportError as error:
                # A connection that got further than all before it is no sign that the next one will fail.
                failures = 1 if self._position > furthest else failures + 1
                furthest = max(furthest, self._position)
                failed = retry.Attempt(failures, idempotent=True, sent=error.sent)
                pause = retry.pause(failed, self._policy, random())  # noqa: S311 - spreads load, guards nothing
                if pause is None:
                    raise
            else:
                return
            time.sleep(pause)
            if not self._resume():
                self._position = 0
                yield None

    def _resume(self) -> bool:
        """Ask again, for the rest where that is possible; whether the recording continues where it broke."""
        self._response.close()
        asked = wav.resume_headers(self._response.headers, self._position)
        if not asked:
            self._request_whole()
            return False
        self._response = response = self._source(asked)
        if wav.resumes(response.status, response.headers, self._position, asked):
            return True
        if response.status in {206, 416}:
            response.close()
            self._request_whole()
        self.size = wav.content_length(self._response.headers)
        return False

    def _request_whole(self) -> None:
        self._response = self._source({})
        if self._response.status not in {200, 201}:
            raise DownloadError(
                f"{self._what}: the response has status {self._response.status}, not the whole recording; "
                "nothing was written"
            )
        self.size = wav.content_length(self._response.headers)

    def close(self) -> None:
        """Close the connection. Bytes that have not arrived yet are lost."""
        self._consumed = True
        self._pieces.close()
        if hasattr(self, "_response"):
            self._response.close()

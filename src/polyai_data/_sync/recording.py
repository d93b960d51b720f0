# Written by `make generate` from _async/recording.py. Do not edit it: change that and run it again.
"""A recording, as it arrives."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Generator, Iterator, Mapping
from pathlib import Path
from random import random
from types import TracebackType
from typing import TYPE_CHECKING, Protocol, Self

from polyai_data import recording as wav
from polyai_data import retry
from polyai_data._sync.transport import Response
from polyai_data.atomic_file import Target, is_folder, try_out
from polyai_data.crew import current
from polyai_data.deadline import Runtime
from polyai_data.errors import DownloadError, TransportError

if TYPE_CHECKING:
    from polyai_data.shown_html import Player

Progress = Callable[[int, int | None], object]
"""Called with the bytes written so far, and the size of the file where it is known."""


class Source(Protocol):
    """Sends the request for a recording, with the given headers in addition."""

    def __call__(self, headers: Mapping[str, str]) -> Response: ...


class Recording:
    """A recording whose bytes have not arrived yet. They arrive once: save, read or iterate.

    Nothing is sent before that. As a context manager it sends its request and reads the recording's header when it is
    entered, so that its attributes are known before its bytes are used.

    A connection that breaks on the way is made again. The recording resumes where it broke when the server supports
    ranges, and else starts again.

    Attributes:
        content_type: the media type, as the server states it.
        size: bytes, or None where the server does not state it; once all have arrived, how many they were.
        redaction_requested: whether the redacted recording was asked for; a key without PII access always gets it.
        file_name: the conversation's id as a file name that is valid on every system, and ends as the bytes say; that
            of one side of a call names the side.
        sample_rate: samples per second and channel, by the WAV header; None for audio that is no WAV file.
        channels: number of channels, by the WAV header; None for audio that is no WAV file.
        duration: seconds of sound, by the WAV header and the size; None for audio that is no WAV file, or when its
            length is unknown.
    """

    def __init__(
        self,
        source: Source,
        policy: retry.Policy,
        what: str,
        identifier: str,
        *,
        must_be_wav: bool = True,
        side: str | None = None,
    ) -> None:
        self._source = source
        self._policy = policy
        self._what = what
        self._identifier = identifier
        self._side = f"~{side}" if side else ""
        self._must_be_wav = must_be_wav
        self._response: Response
        self._pieces = self._arriving()
        self._beginning = b""
        self._position = self._furthest = self._failures = 0
        self._header: wav.WavHeader | None = None
        self._begun = False
        self._consumed = False
        self.content_type = ""
        self.size: int | None = None
        self.redaction_requested = False
        self.file_name = wav.file_name(identifier, f"{self._side}.wav")

    def __enter__(self) -> Self:
        """Send the request and read the header.

        Raises:
            DownloadError: the response is not a recording, or this was used before.
            PolyAIError: any other failure; see `polyai_data.errors`.
        """
        if self._begun:
            raise self._used()
        self._begun = True
        try:
            self._take(self._source({}))
            beginning = next(self._pieces)
            self._beginning = beginning or b""
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

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
        if not self._begun:
            with self:
                for piece in self.iter_bytes():
                    yield piece
            return
        for arrived in self._all_pieces():
            if arrived is None:
                reason = "the connection broke, and the server cannot resume the recording; save() starts again"
                raise DownloadError(f"{self._what}: {reason}")
            yield arrived

    def read(self) -> bytes:
        """The whole recording in memory; `save` needs constant memory only.

        Raises:
            TransportError: the connection broke again and again, or the server took too long.
            DownloadError: it arrived incomplete, or its bytes were read already.
        """
        if not self._begun:
            with self:
                return self.read()
        pieces: list[bytes] = []
        for piece in self._all_pieces():
            if piece is None:
                pieces.clear()
            else:
                pieces.append(piece)
        return b"".join(pieces)

    def player(self) -> Player:
        """Read the whole recording, as `read`, for a notebook to play. What the notebook saves has it inside.

        Raises:
            TransportError: the connection broke again and again, or the server took too long.
            DownloadError: it arrived incomplete, or its bytes were read already.
        """
        from polyai_data.shown_html import Player  # noqa: PLC0415 - for notebooks alone

        return Player(self.read())

    def __repr__(self) -> str:
        state = "bytes were read" if self._consumed else "save, read, iterate, or in a notebook call player()"
        return f"<{type(self).__name__} {self._identifier!r}: {state}>"

    def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None, keep_part: bool = False) -> Path:
        """Write the recording to the file `path`, in constant memory.

        The bytes go to a hidden file beside it, which replaces the target once it is complete. Only its owner can read
        it, as a new target; an existing one keeps its mode. One that a killed process left is deleted.

        Args:
            path: the file, or an existing folder, in which the file is called `file_name`.
            progress: called after each piece with the bytes written so far, and the size where it is known.
            keep_part: whether the hidden file stays when this ends early, so that the next call with `keep_part` goes
                on after it, if the server still has the same recording and offers ranges.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written, which is checked before the body is read, or the recording
                arrived incomplete.
            TransportError: the connection broke again and again, or the server took too long.
        """
        wanted = Path(path)
        if not self._begun:
            try_out(wanted)
            with self:
                return self.save(path, progress=progress, keep_part=keep_part)
        version = wav.resume_headers(self._response.headers, 1).get("If-Range") if keep_part else None
        with Target(wanted / self.file_name if is_folder(wanted) else wanted, version=version) as target:
            for piece in self._all_pieces(after=target.written):
                if piece is None:
                    target.begin_again()
                else:
                    Runtime.off_loop(target.write, piece)
                    if progress is not None:
                        progress(target.written, self.size)
            Runtime.off_loop(target.keep)
        return target.path

    def _used(self) -> DownloadError:
        return DownloadError(f"{self._what}: its bytes were read already; ask for the recording again")

    def _all_pieces(self, *, after: int = 0) -> Iterator[bytes | None]:
        """All bytes, or those after so many, where the server can give these alone. None: all come, from the first."""
        if self._consumed:
            raise self._used()
        self._consumed = True
        beginning, self._beginning = self._beginning, b""
        if after:
            self._pieces.close()
            self._position = after
            resumed = self._resume()
            self._pieces = self._arriving(resumed=resumed)
            if not resumed:
                yield None
        else:
            yield beginning
        for piece in self._pieces:
            yield piece

    def _arriving(self, *, resumed: bool = False) -> Generator[bytes | None, None]:
        """The bytes as they arrive, over as many connections as it takes. None: they start again from the first.

        Args:
            resumed: whether the response that is there continues a recording that began before.
        """
        given = resumed
        beginning = None if resumed else wav.Beginning()
        while True:
            try:
                for piece in self._response.iter_bytes():
                    self._position += len(piece)
                    if beginning is None:
                        yield piece
                        continue
                    enough = beginning.add(piece)
                    del piece  # it can be an error's body, and tracebacks show variables
                    if enough:
                        given = True
                        yield self._checked(beginning)
                        beginning = None
                if beginning is not None:
                    yield self._checked(beginning)
            except TransportError as error:
                pause = self._pause(error)
            else:
                self._check_size()
                return
            (current.get() or time).sleep(pause)
            if not self._resume():
                beginning = wav.Beginning()
                if given:
                    given = False
                    yield None

    def _pause(self, error: TransportError) -> float:
        """Seconds to wait before the next connection. Raises `error` where there is to be none."""
        # A connection that got further than all before it is no sign that the next one will fail.
        self._failures = 1 if self._position > self._furthest else self._failures + 1
        self._furthest = max(self._furthest, self._position)
        failed = retry.Attempt(self._failures, idempotent=True, sent=error.sent)
        pause = retry.pause(failed, self._policy, random())  # noqa: S311 - spreads load, guards nothing
        if pause is None:
            raise error
        return pause

    def _checked(self, beginning: wav.Beginning) -> bytes:
        """The first bytes of a response, which are those of a recording."""
        beginning.check(self._what, must_be_wav=self._must_be_wav)
        start, self._header = bytes(beginning.data), beginning.header
        self.file_name = wav.file_name(self._identifier, self._side + wav.ending(start))
        return start

    def _check_size(self) -> None:
        least = wav.least_size(self._response.headers, self._header)
        if self._position < least or self.size not in {None, self._position}:
            raise DownloadError(f"{self._what}: {self._position} of {self.size or least} bytes arrived")
        self.size = self._position

    def _resume(self) -> bool:
        """Ask again, for the rest where that is possible; whether the recording continues where it broke."""
        self._response.close()
        asked = wav.resume_headers(self._response.headers, self._position)
        if asked:
            self._response = response = self._source(asked)
            size = wav.resumed_size(response.status, response.headers, self._position, asked, self.size)
            if size is not None:
                self.size = size
                return True
            if response.status not in {206, 416}:
                self._take(response)
                return False
            response.close()
        self._take(self._source({}))
        return False

    def _take(self, response: Response) -> None:
        """Take a response for the recording from its first byte on."""
        self._response = response
        if response.status not in {200, 201}:
            raise DownloadError(
                f"{self._what}: the response has status {response.status}, not the whole recording; nothing was written"
            )
        self.content_type = response.headers.get("Content-Type", "")
        wav.check_content_type(self.content_type, self._what)
        self.size = wav.content_length(response.headers)
        self._position = 0

    def close(self) -> None:
        """Close the connection. Bytes that have not arrived yet are lost."""
        self._begun = self._consumed = True
        self._pieces.close()
        if hasattr(self, "_response"):
            self._response.close()

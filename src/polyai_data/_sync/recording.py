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
from polyai_data._sync.transport import Answer
from polyai_data.atomic_file import Target, is_folder
from polyai_data.errors import DownloadError, TransportError

Progress = Callable[[int, int | None], object]
"""Is called with the bytes that are written so far, and with the size of the file where that is known."""


class Source(Protocol):
    """Where a recording comes from: asks for it, or with a `Range` header for the rest of it."""

    def __call__(self, headers: Mapping[str, str]) -> Answer: ...


class Recording:
    """A recording whose bytes have not arrived yet. They come once: save, read or iterate.

    A connection that breaks on the way is made again, and goes on where it broke when the server offers ranges.

    Attributes:
        content_type: as the server names it.
        size: bytes, or None where the server does not tell.
        redaction_requested: whether the redacted recording was asked for; a key without PII access gets it in any case.
        file_name: a name for its file that is one on every system.
        sample_rate, channels, duration: samples in a second, how many channels, and seconds of sound, as the
        recording's
            header says; None for audio that is no WAV file, and a duration of None where the header does not tell.
    """

    def __init__(self, source: Source, policy: retry.Policy, what: str, file_name: str) -> None:
        self._source = source
        self._policy = policy
        self._what = what
        self._answer: Answer
        self._pieces = self._arriving()
        self._begun: list[bytes] = []
        self._position = 0
        self._header: wav.WavHeader | None = None
        self._given_out = False
        self.content_type = ""
        self.size: int | None = None
        self.redaction_requested = False
        self.file_name = wav.file_name(file_name)

    def begin(self, *, must_be_wav: bool) -> None:
        """Ask for the recording and read as much as tells what it is.

        Raises:
            DownloadError: something else came.
            PolyAIError: it could not be had, as `polyai_data.errors` tells.
        """
        self._answer = self._source({})
        if self._answer.status not in {200, 201}:
            raise DownloadError(f"{self._what}: a part came where the whole was asked for; nothing was written")
        self.content_type = self._answer.headers.get("Content-Type", "")
        wav.check_content_type(self.content_type, self._what)
        self.size = _size(self._answer)
        start = b""
        problem = ""
        while self._header is None and not problem:
            piece = next(self._pieces, b"")
            if piece is None:
                start = b""
                self._begun.clear()
                continue
            start += piece
            self._begun.append(piece)
            try:
                self._header = wav.parse_wav(start)
            except ValueError as error:
                problem = str(error)
            if not piece:
                problem = problem or ("it ends in its header" if start else "it is empty")
        if problem and (must_be_wav or not start or wav.looks_like_text(start)):
            said = repr(start[:200].decode("utf-8", "replace")) if wav.looks_like_text(start) else problem
            raise DownloadError(f"{self._what}: what came is no recording ({said}); nothing was written")

    @property
    def sample_rate(self) -> int | None:
        """Samples of one channel in a second."""
        return self._header.sample_rate if self._header else None

    @property
    def channels(self) -> int | None:
        """How many channels there are."""
        return self._header.channels if self._header else None

    @property
    def duration(self) -> float | None:
        """Seconds of sound."""
        return self._header.duration(self.size) if self._header else None

    def iter_bytes(self) -> Iterator[bytes]:
        """The recording in pieces, as they arrive, in constant memory.

        Raises:
            TransportError: the connection broke, and going on where it broke is not possible.
            DownloadError: its bytes were read already.
        """
        for piece in self._from_the_start():
            if piece is None:
                raise DownloadError(
                    f"{self._what}: the connection broke, and the server cannot go on where it did; save() begins again"
                )
            yield piece

    def read(self) -> bytes:
        """The whole recording in memory; `save` does without.

        Raises:
            TransportError: the connection broke again and again, or the server took too long.
            DownloadError: it came incomplete, or its bytes were read already.
        """
        pieces: list[bytes] = []
        for piece in self._from_the_start():
            if piece is None:
                pieces.clear()
            else:
                pieces.append(piece)
        whole = b"".join(pieces)
        self._check_size(len(whole))
        return whole

    def save(self, path: str | os.PathLike[str], *, progress: Progress | None = None) -> Path:
        """Write the recording to the file `path`, in constant memory.

        The bytes go to a temporary file beside it, which takes the target's name only when it is whole; a file that was
        there stays as it is until then.

        Args:
            path: the file, or an existing folder, in which the file is called `file_name`.
            progress: is called after each piece with the bytes written so far, and the size where that is known.

        Returns:
            The path of the file.

        Raises:
            DownloadError: the target cannot be written (found before the body is read), or the recording came
                incomplete.
            TransportError: the connection broke again and again, or the server took too long.
        """
        wanted = Path(path)
        with Target(wanted / self.file_name if is_folder(wanted) else wanted) as target:
            for piece in self._from_the_start():
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
        told = self.size if self.size is not None else self._header.size if self._header else None
        if told is not None and written < told:
            raise DownloadError(f"{self._what}: {written} bytes came of {told}; nothing was written")

    def _from_the_start(self) -> Iterator[bytes | None]:
        if self._given_out:
            raise DownloadError(f"{self._what}: its bytes were read already; ask for the recording again")
        self._given_out = True
        begun, self._begun = self._begun, []
        for piece in begun:
            yield piece
        for rest in self._pieces:
            yield rest

    def _arriving(self) -> Generator[bytes | None, None]:
        """The bytes as they arrive, over as many connections as it takes. None: they begin again from the start."""
        failures, furthest = 0, 0
        while True:
            try:
                for piece in self._answer.iter_bytes():
                    self._position += len(piece)
                    yield piece
            except TransportError as error:
                # A connection that got further than any before it is no sign that the next one will not.
                failures = 1 if self._position > furthest else failures + 1
                furthest = max(furthest, self._position)
                failed = retry.Attempt(failures, idempotent=True, sent=error.sent)
                pause = retry.pause(failed, self._policy, random())  # noqa: S311 - spreads load, guards nothing
                if pause is None:
                    raise
            else:
                return
            time.sleep(pause)
            if not self._goes_on():
                self._position = 0
                yield None

    def _goes_on(self) -> bool:
        """Ask again, for the rest where the server offers ranges; whether it goes on where it broke."""
        self._answer.close()
        headers = self._answer.headers
        validator = headers.get("ETag") or headers.get("Last-Modified") or ""
        # A position in what was unpacked is none in what was sent.
        packed = bool(headers.get("Content-Encoding"))
        ranged = self._position > 0 and bool(validator) and not validator.startswith("W/") and not packed
        asked = {"Range": f"bytes={self._position}-", "If-Range": validator} if ranged else {}
        answer = self._source(asked)
        told = answer.headers.get("ETag") or validator
        goes_on = _begins_at(answer, self._position) and validator in {told, answer.headers.get("Last-Modified")}
        if answer.status == 416 or (answer.status == 206 and not goes_on):
            answer.close()
            answer = self._source({})
        self._answer = answer
        if answer.status == 206:
            return True
        self.size = _size(answer)
        return False

    def close(self) -> None:
        """Give the connection back. What has not arrived yet will not."""
        self._given_out = True
        self._pieces.close()
        if hasattr(self, "_answer"):
            self._answer.close()


def _size(answer: Answer) -> int | None:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdecimal() and not answer.headers.get("Content-Encoding") else None


def _begins_at(answer: Answer, position: int) -> bool:
    return answer.headers.get("Content-Range", "").startswith(f"bytes {position}-")

"""The recordings of many conversations at once."""

from __future__ import annotations

import os
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Sized
from contextlib import aclosing
from functools import partial
from pathlib import Path
from typing import Literal, Protocol

from polyai_data import arguments
from polyai_data._async.conversations import AsyncConversations
from polyai_data._async.recording import AsyncRecording
from polyai_data.crew import AsyncCrew
from polyai_data.deadline import AsyncRuntime
from polyai_data.errors import ConfigError, PolyAIError, fails_all
from polyai_data.manifest import Manifest, Saved
from polyai_data_client.models.recording_direction import RECORDING_DIRECTION_VALUES, RecordingDirection

Progress = Callable[[int, int | None, int], object]
"""Called with how many conversations are done, how many there are where that is known, and the bytes saved so far."""


class HasId(Protocol):
    """A conversation, as listings give it out."""

    @property
    def id(self) -> str: ...


class AsyncRecordings:
    """`client.recordings`: the recordings of many conversations."""

    def __init__(self, conversations: AsyncConversations) -> None:
        self._conversations = conversations

    async def save_all(
        self,
        conversations: Iterable[str | HasId] | AsyncIterable[str | HasId],
        folder: str | os.PathLike[str],
        *,
        parallel: int = arguments.PARALLEL,
        direction: RecordingDirection | Literal["all"] | None = None,
        redacted: bool | None = None,
        agent_id: str | None = None,
        must_be_wav: bool = True,
        on_error: Literal["collect", "raise"] = "collect",
        progress: Progress | None = None,
    ) -> Saved:
        """Save the recordings of conversations, several at once. Operation `getConversationRecording`.

        Files are named and written as by `recording(…).save(folder)`; `manifest.jsonl` beside them has a line for each.
        What it names and has its size is not fetched again, although its bytes may differ: only their hash, which is in
        the manifest, shows that. What was cut goes on where the server offers ranges, so that a run that ended early,
        by Ctrl-C or a kill, is begun again with the same call.

        Args:
            conversations: their ids, or conversations, such as a listing. They are taken as they are needed.
            folder: the folder, which is created where it is missing.
            parallel: how many recordings arrive at once, from 1 to 64. A `Retry-After` binds all.
            direction: as for `conversations.recording`; `all` saves each of them, in a file of its own.
            redacted, agent_id, must_be_wav: as for `conversations.recording`.
            on_error: `collect` keeps the error of a conversation in the result and goes on; `raise` raises it.
            progress: called for each conversation that is done, in this thread.

        Returns:
            What was saved, and what failed.

        Raises:
            ConfigError: an argument is invalid, the folder has recordings of the other kind, redacted or not, or
                recordings and no manifest, or another run saves recordings into it, or the client was closed.
            AuthenticationError: the key is refused.
            DownloadError: the folder cannot be written.
            PolyAIError: the listing failed, or a recording with `on_error="raise"`; see `polyai_data.errors`.
        """
        arguments.choice("on_error", on_error, {"collect", "raise"}, required=True)
        arguments.choice("direction", direction, RECORDING_DIRECTION_VALUES | {"all"})
        arguments.kinds((Iterable, AsyncIterable), "ids or conversations", "conversations", conversations=conversations)
        if isinstance(conversations, str):
            raise ConfigError(f"conversations is one string; pass [{conversations!r}]", argument="conversations")
        crew = AsyncCrew(arguments.parallel(parallel) or 1)
        recording = partial(
            self._conversations.recording, redacted=redacted, agent_id=agent_id, must_be_wav=must_be_wav
        )
        directions = RECORDING_DIRECTION_VALUES if direction == "all" else [direction or "combined"]
        recording("CA")  # which checks the options
        with Manifest(Path(folder), redacted=bool(redacted), directions=sorted(directions)) as manifest:
            result = Saved(manifest.path, len(conversations) if isinstance(conversations, Sized) else None)
            take = partial(_take, result, progress, collect=on_error == "collect")
            async with aclosing(crew):
                async for identifier in _ids(conversations):
                    missing = manifest.begin(identifier)
                    if missing:
                        crew.start(_save, identifier, missing, recording, manifest, crew)
                    else:
                        take([(identifier, None)])
                    take(await crew.finished(wait=crew.full))
                while not crew.idle:
                    take(await crew.finished(wait=True))
        return result


async def _ids(conversations: Iterable[str | HasId] | AsyncIterable[str | HasId]) -> AsyncIterator[str]:
    if isinstance(conversations, AsyncIterable):
        async for each in conversations:
            yield _id(each)
    else:
        for each in conversations:
            yield _id(each)


def _id(conversation: str | HasId) -> str:
    identifier = getattr(conversation, "id", conversation)
    arguments.texts("conversations", conversations=identifier)
    return str(identifier)


async def _save(
    identifier: str,
    directions: list[RecordingDirection],
    recording: Callable[..., AsyncRecording],
    manifest: Manifest,
    crew: AsyncCrew,
) -> tuple[str, int | PolyAIError]:
    size = 0
    try:
        for direction in directions:
            # Begun before it is saved, so that the folder is not tried out again.
            async with recording(identifier, direction=direction) as one:
                path = await one.save(manifest.path.parent, progress=crew.check, keep_part=True)
            size += await AsyncRuntime.off_loop(manifest.add, identifier, direction, path, one.duration)
    except PolyAIError as error:
        return identifier, error
    return identifier, size


def _take(
    result: Saved, progress: Progress | None, finished: list[tuple[str, int | PolyAIError | None]], *, collect: bool
) -> None:
    for identifier, outcome in finished:
        if isinstance(outcome, PolyAIError):
            if not collect or fails_all(outcome):
                raise outcome
            result.failed[identifier] = outcome.with_traceback(None)  # its frames hold what was received
        elif outcome is None:
            result.present += 1
        else:
            result.saved, result.bytes = result.saved + 1, result.bytes + outcome
        if progress is not None:
            progress(result.saved + result.present + len(result.failed), result.total, result.bytes)

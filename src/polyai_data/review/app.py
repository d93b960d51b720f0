"""The pages: the queue, a call, its recording, and what is sent from there."""

from __future__ import annotations

import asyncio
import json
import sqlite3
import sys
from collections import OrderedDict
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from polyai_data import html_pages, shown
from polyai_data.errors import ConfigError, NotFoundError, PolyAIError
from polyai_data.models import Annotation
from polyai_data.review import waveform
from polyai_data.review.audio import RANGE, Sounds
from polyai_data.review.call import Call, call
from polyai_data.review.guard import Guard
from polyai_data.review.outbox import NOTE, NoteChangedError, Outbox, Write, state
from polyai_data.review.queue import ROWS, Filters, Place, Queue
from polyai_data.row_filters import marks
from polyai_data_client.models.annotation_type import ANNOTATION_TYPE_VALUES
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES
from polyai_data_client.models.speaker import SPEAKER_VALUES

if TYPE_CHECKING:
    from polyai_data import AsyncPolyAI

HERE = Path(__file__).parent
COLUMNS = 1200
"""Bars of a waveform."""
_KEPT = 20
_SAID = 2000
"""Utterances that a page begins with: a browser takes seconds for 20,000."""
_T = TypeVar("_T")
_SENT_IN_TIME = 5
_PLACE_SECONDS = 1
"""How long a call's page waits for its place in the queue."""


def marked(text: str, query: str) -> Markup:
    """The text, escaped, with the words of a search marked."""
    made, last = Markup(), 0
    for begin, end in marks(text, query):
        made += escape(text[last:begin]) + Markup("<mark>{}</mark>").format(text[begin:end])
        last = end
    return made + escape(text[last:])


async def _unless_left(request: Request, work: Coroutine[Any, Any, _T]) -> _T | None:
    """What is awaited; None where the browser left meanwhile."""

    async def left() -> None:
        while (await request.receive())["type"] != "http.disconnect":
            pass

    working, leaving = asyncio.create_task(work), asyncio.create_task(left())
    await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
    leaving.cancel()
    if not working.done():
        working.cancel()
        return None
    return working.result()


class Pages:
    """The application of one agent's calls.

    Args:
        client: what asks for them. It is closed when the application ends.
        outbox: what sends.
        token: the token of the printed address.
    """

    def __init__(self, client: AsyncPolyAI, outbox: Outbox, token: str) -> None:
        self._client = client
        self._writer = client.with_options(max_retries=0, deadline=30)  # the outbox waits, and says so
        self._outbox = outbox
        self._sounds = Sounds(client)
        self._queues: OrderedDict[str, Queue] = OrderedDict()
        self._calls: OrderedDict[str, Call] = OrderedDict()
        self._templates = html_pages.templates(
            HERE / "templates",
            clock=shown.duration,
            moment=partial(shown.moment, utc=False),
            facts=partial(shown.facts, utc=False),
            marked=marked,
            segment=partial(quote, safe=""),
        )
        config = client._session.config
        self._templates.globals |= {
            "agent": config.agent(None),
            "region": config.region or config.base_url,
            "environments": sorted(CLIENT_ENVIRONMENT_VALUES),
        }
        self.left = 0
        """How many writes were not sent when it ended."""
        app = Starlette(
            routes=[
                Route("/", self.queue),
                Route("/queues", self.save_queue, methods=["POST"]),
                Route("/call/{id}", self.call),
                Route("/call/{id}/waveform", self.waveform),
                Route("/call/{id}/audio", self.audio),
                Route("/call/{id}/writes", self.writes),
                Route("/call/{id}/annotations", self.annotate, methods=["POST"]),
                Route("/call/{id}/note", self.note, methods=["POST"]),
                Route("/call/{id}/undo", self.undo, methods=["POST"]),
                Route("/writes/{number:int}", self.decide, methods=["POST"]),
                Mount("/static", StaticFiles(directory=HERE / "static")),
            ],
            exception_handlers=dict.fromkeys((PolyAIError, sqlite3.Error, Exception), self.failed)
            | dict.fromkeys((KeyError, OverflowError, TypeError, ValueError), self.malformed),
            lifespan=self._lifespan,
        )
        self.app = Guard(app, token)

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        sender = asyncio.create_task(self._outbox.run(self._send))
        yield
        self.left = await self._outbox.finish(_SENT_IN_TIME)
        sender.cancel()
        with suppress(asyncio.CancelledError):
            await sender
        self._sounds.close()
        await self._client.aclose()

    async def _send(self, write: Write) -> None:
        conversations = self._writer.conversations
        if write.kind != NOTE:
            annotation = Annotation.from_dict({"turnId": write.turn, "role": write.role, "annotationType": write.kind})
            await conversations.annotate(write.conversation, annotations=[annotation])
            return
        now = _lines((await conversations.get(write.conversation)).note or "")
        if now == _lines(write.text or ""):
            return
        if now not in map(_lines, write.bases):
            raise NoteChangedError(now)
        await conversations.set_note(write.conversation, write.text or "")

    async def _page(self, name: str, status: int = 200, **values: Any) -> HTMLResponse:
        # In a thread, as a call of hours takes seconds, while others play.
        text = await asyncio.to_thread(html_pages.page, self._templates.get_template(name), **values)
        return HTMLResponse(text, status)

    async def failed(self, request: Request, error: Exception) -> Response:
        """What is shown where the API refuses or cannot be reached, the disk is full, or this has a fault."""
        known = isinstance(error, PolyAIError | sqlite3.Error)
        text = str(error) if known else f"a fault of polyai-data ({type(error).__name__})"
        status = 404 if isinstance(error, NotFoundError) else 400 if isinstance(error, ConfigError) else 502
        if request.method == "POST" or request.url.path.endswith("/audio"):
            return JSONResponse({"error": text}, status)
        name = "waveform.html" if request.url.path.endswith("/waveform") else "failed.html"
        return await self._page(name, status, error=text, missing=status == 404)

    async def malformed(self, request: Request, error: Exception) -> Response:
        """The response to a body that the pages do not send."""
        if request.method != "POST":
            raise error
        return JSONResponse({"error": "this is no request of these pages"}, 400)

    def _queue_of(self, filters: Filters, *, again: bool = False) -> Queue:
        key = str(filters)
        if again or key not in self._queues:
            self._queues[key] = Queue(self._client, filters)
        self._queues.move_to_end(key)
        while len(self._queues) > _KEPT:
            self._queues.popitem(last=False)
        return self._queues[key]

    async def queue(self, request: Request) -> Response:
        """A page of the queue. The first one lists anew."""
        filters = Filters.read(request.query_params)
        page = request.query_params.get("page", "1")
        number = max(1, int(page[:9])) if page.isdecimal() else 1
        queue, problem = None, ""
        try:
            queue = self._queue_of(filters, again="page" not in request.query_params)
            await queue.load(number * ROWS)
        except PolyAIError as error:
            problem = str(error)
        rows = queue.rows[(number - 1) * ROWS : number * ROWS] if queue else []
        return await self._page(
            "queue.html",
            filters=filters,
            queue=queue,
            rows=rows,
            number=number,
            more=queue and (len(queue.rows) > number * ROWS or (len(rows) == ROWS and not queue.ended)),
            problem=problem,
            counts=self._outbox.counts(),
            queues=self._outbox.queues(),
            unsettled=[state(write) for write in self._outbox.unsettled()],
        )

    async def save_queue(self, request: Request) -> Response:
        """Save or delete a queue."""
        asked = await request.json()
        name, query = str(asked["name"]).strip()[:80], asked["query"]
        if not name:
            raise ValueError
        saved = self._outbox.save_queue(name, None if query is None else str(Filters.read(dict(query))))
        if query is not None and not saved:
            return JSONResponse({"error": f"there is a queue named {name}; delete it first, or take another name"}, 409)
        return JSONResponse({})

    async def _call(self, conversation: str, *, again: bool) -> Call:
        if again or conversation not in self._calls:
            detail = await self._client.conversations.get(conversation)
            self._calls[conversation] = await asyncio.to_thread(call, detail)
        self._calls.move_to_end(conversation)
        while len(self._calls) > _KEPT:
            self._calls.popitem(last=False)
        return self._calls[conversation]

    async def call(self, request: Request) -> Response:
        """A call."""
        conversation = request.path_params["id"]
        filters = Filters.read(request.query_params)
        placing = asyncio.create_task(self._place(filters, conversation))
        shown_call = await self._call(conversation, again=True)
        await asyncio.wait({placing}, timeout=_PLACE_SECONDS)  # it goes on, for the next call
        return await self._page(
            "call.html",
            call=shown_call,
            place=placing.result() if placing.done() else Place(),
            filters=filters,
            raw="raw" in request.query_params,
            most=sys.maxsize if "all" in request.query_params else _SAID,
            writes=self._writes_of(conversation),
        )

    async def _place(self, filters: Filters, conversation: str) -> Place:
        with suppress(PolyAIError):  # the call itself can be shown without the queue that it is from
            return await self._queue_of(filters).place(conversation)
        return Place()

    def _writes_of(self, conversation: str) -> dict[str, Any]:
        return {
            "writes": [state(write) for write in self._outbox.of(conversation)],
            "unsettled": len(self._outbox.unsettled()),
        }

    async def waveform(self, request: Request) -> Response:
        """What the recording looks like, once it is here: part of a page."""
        conversation, raw = request.path_params["id"], "raw" in request.query_params
        sound = self._sounds.get(conversation, redacted=not raw)
        with sound.used():
            shown_call = await self._call(conversation, again=False)
            shape = await _unless_left(request, sound.waveform())
        if shape is None:
            return Response(status_code=499)
        # In a thread: an hour has 180,000 levels.
        peaks, silences, muted = await asyncio.to_thread(
            lambda: (shape.peaks(COLUMNS), shape.silences(), [] if raw else shape.muted(shown_call.waits))
        )
        return await self._page(
            "waveform.html",
            error="",
            call=shown_call,
            path=waveform.path(peaks),
            columns=max(1, len(peaks)),
            seconds=shape.seconds,
            silences=json.dumps(silences),
            muted=muted,
        )

    async def audio(self, request: Request) -> Response:
        """The recording, or the range of it that is asked for, while it arrives."""
        sound = self._sounds.get(request.path_params["id"], redacted="raw" not in request.query_params)
        asked = RANGE.fullmatch(request.headers.get("range", "").strip())
        with sound.used():
            span = await _unless_left(request, sound.range(asked))
        headers = {"Accept-Ranges": "bytes"}
        if span is None:
            return Response(status_code=416, headers={**headers, "Content-Range": f"bytes */{sound.size}"})
        begin, end = span
        headers["Content-Length"] = str(end - begin)
        if asked:
            headers["Content-Range"] = f"bytes {begin}-{end - 1}/{sound.size}"
        return StreamingResponse(
            sound.pieces(begin, end), 206 if asked else 200, headers, media_type=sound.content_type
        )

    async def writes(self, request: Request) -> Response:
        """What was sent for a call, and what was not."""
        return JSONResponse(self._writes_of(request.path_params["id"]))

    async def annotate(self, request: Request) -> Response:
        """Annotate a turn."""
        asked = await request.json()
        turn, role, kind = int(asked["turn"]), asked["role"], asked["kind"]
        if role not in SPEAKER_VALUES or kind not in ANNOTATION_TYPE_VALUES or turn < 0:
            raise ValueError
        self._outbox.annotate(request.path_params["id"], turn, role, kind)
        return await self.writes(request)

    async def note(self, request: Request) -> Response:
        """Set the note."""
        asked = await request.json()
        self._outbox.set_note(request.path_params["id"], str(asked["text"]), str(asked["base"]))
        return await self.writes(request)

    async def undo(self, request: Request) -> Response:
        """Take back an annotation that is not on its way yet."""
        asked = await request.json()
        undone = self._outbox.undo(request.path_params["id"], int(asked["turn"]), asked["role"], asked["kind"])
        return JSONResponse({**self._writes_of(request.path_params["id"]), "undone": undone})

    async def decide(self, request: Request) -> Response:
        """Send a write again, drop it, or take it for sent."""
        decided = self._outbox.decide(request.path_params["number"], str((await request.json())["decision"]))
        return JSONResponse({"decided": decided})


def _lines(note: str) -> str:
    """A note as a browser gives it back."""
    return note.replace("\r\n", "\n").replace("\r", "\n")

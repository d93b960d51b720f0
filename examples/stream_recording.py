"""An endpoint that streams redacted recordings, with FastAPI: for a page of your own that plays calls.

    pip install polyai-data fastapi uvicorn
    uvicorn stream_recording:app

Bytes go through as they arrive, in constant memory. Put your own login before it: recordings are personal data.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated

from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.responses import StreamingResponse

from polyai_data import AsyncPolyAI, AsyncRecording
from polyai_data.errors import NotFoundError, PolyAIError


@asynccontextmanager
async def lifespan(app: FastAPI) -> AsyncIterator[None]:
    async with AsyncPolyAI() as app.state.polyai:
        yield


app = FastAPI(lifespan=lifespan)


async def opened(conversation_id: str, request: Request) -> AsyncIterator[AsyncRecording]:
    """The recording, whose size and type are known, and which is closed however the response ends."""
    try:
        async with request.app.state.polyai.conversations.recording(conversation_id, redacted=True) as recording:
            yield recording
    except PolyAIError as error:
        if isinstance(error, NotFoundError) or getattr(error, "argument", None) == "conversation_id":  # it can be no id
            raise HTTPException(404, "this conversation has no recording") from error
        raise HTTPException(502, "the recording cannot be fetched now") from error


@app.get("/recordings/{conversation_id}")
async def stream(recording: Annotated[AsyncRecording, Depends(opened)]) -> StreamingResponse:
    headers = {} if recording.size is None else {"Content-Length": str(recording.size)}
    return StreamingResponse(recording.iter_bytes(), media_type=recording.content_type, headers=headers)

"""The host of signed links: who has the link needs no key, and must not send one."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

from polyai_data.emulator.data import audio
from polyai_data.emulator.data.speech import COMBINED
from polyai_data.emulator.http import ranges as files
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import Answer, Refusal
from polyai_data.emulator.state.state import READY, State, Transcript

HOST = "redacted-audio.example"
"""A host of nobody's: the vendor's own links lead to an object store that is not part of the API."""
LINK_LASTS = timedelta(minutes=15)
"""How long a link opens the file."""
_FOLDER = "/redacted-audio/"


def link(transcript: Transcript, seed: int, now: datetime) -> str:
    """A link to the redacted recording of `transcript` that works from `now` on for `LINK_LASTS`."""
    path = f"{_FOLDER}{transcript.id}.wav"
    expires = str(int((now + LINK_LASTS).timestamp()))
    query = urlencode({"Expires": expires, "Signature": _signature(seed, path, expires)})
    return f"https://{HOST}{path}?{query}"


def serve(
    state: State, request: Request, key_headers: set[str], *, ranges: bool, recording_bytes: int | None
) -> Answer:
    """What the host answers: the file or a part of it, or an error as object stores word it.

    Args:
        state: what is served.
        request: what came in.
        key_headers: names of the headers that carry keys, none of which may come here.
        ranges: whether parts are given out.
        recording_bytes: size of the file, when it is not to have its own.
    """
    if leaked := sorted(key_headers.intersection(request.headers)):
        message = f"an API key must not be sent to this host, yet the request carries {', '.join(leaked)}"
        return _xml(400, "KeyLeak", message)
    if request.method not in {"GET", "HEAD"}:
        return _xml(405, "MethodNotAllowed", "this host only gives out files", Allow="GET, HEAD")
    query = {name: values[-1] for name, values in request.query_values.items()}
    expires = query.get("Expires", "")
    signature = _signature(state.world.seed, request.path, expires)
    if not hmac.compare_digest(query.get("Signature", "").encode(), signature.encode()):
        return _xml(403, "SignatureDoesNotMatch", "the signature of the link is not right")
    if state.clock.now().timestamp() >= int(expires):
        return _xml(403, "AccessDenied", "Request has expired")
    transcript = state.transcripts.get(request.path.removeprefix(_FOLDER).removesuffix(".wav"))
    if transcript is None or transcript.state != READY:
        return _xml(404, "NoSuchKey", "the file is not there, or no longer")
    recording = audio.render(transcript.plan, COMBINED, redacted=True, size=recording_bytes)
    return _file(recording, request, ranges=ranges)


def _file(recording: audio.Recording, request: Request, *, ranges: bool) -> Answer:
    try:
        return files.answer(recording, request, ranges=ranges)
    except Refusal as refusal:
        return _xml(refusal.status, "InvalidRange", refusal.message, **refusal.headers)


def _signature(seed: int, path: str, expires: str) -> str:
    return hmac.new(f"emulator-{seed}".encode(), f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()


def _xml(status: int, code: str, message: str, **headers: str) -> Answer:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Answer(status, body.encode(), "application/xml", headers)

"""The host of signed links: a link opens its file without a key, and must not come with one."""

from __future__ import annotations

import hashlib
import hmac
from datetime import datetime, timedelta
from urllib.parse import urlencode

from polyai_data.emulator.data import audio
from polyai_data.emulator.data.speech import COMBINED
from polyai_data.emulator.http.errors import Refusal
from polyai_data.emulator.http.locate import SIGNED_LINK_HOST
from polyai_data.emulator.http.ranges import file_response
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import Response
from polyai_data.emulator.state.state import READY, State, Transcript

LINK_LASTS = timedelta(minutes=15)
"""How long a link opens the file."""
_FOLDER = "/redacted-audio/"


def link(transcript: Transcript, seed: int, now: datetime) -> str:
    """A link to the redacted recording of `transcript` that works from `now` on for `LINK_LASTS`."""
    path = f"{_FOLDER}{transcript.id}.wav"
    expires = str(int((now + LINK_LASTS).timestamp()))
    query = urlencode({"Expires": expires, "Signature": _signature(seed, path, expires)})
    return f"https://{SIGNED_LINK_HOST}{path}?{query}"


def respond(  # noqa: PLR0911 - an object store has as many errors
    state: State, request: Request, *, ranges: bool, recording_bytes: int | None
) -> Response:
    """The file, of `recording_bytes` or its own size, or a part of it, or an error in the XML of object stores."""
    if leaked := sorted(state.world.key_headers.intersection(request.headers)):
        message = f"an API key must not be sent to this host, but the request has {', '.join(leaked)}"
        return _xml(400, "KeyLeak", message)
    if request.method not in {"GET", "HEAD"}:
        return _xml(405, "MethodNotAllowed", f"this host does not take {request.method}", Allow="GET, HEAD")
    query = {name: values[-1] for name, values in request.query_values.items()}
    expires = query.get("Expires", "")
    signature = _signature(state.world.seed, request.path, expires)
    if not hmac.compare_digest(query.get("Signature", "").encode(), signature.encode()):
        return _xml(403, "SignatureDoesNotMatch", "the signature of the link is wrong")
    if state.clock.now().timestamp() >= int(expires):
        return _xml(403, "AccessDenied", "Request has expired")
    transcript = state.transcripts.get(request.path.removeprefix(_FOLDER).removesuffix(".wav"))
    if transcript is None or transcript.state != READY:
        return _xml(404, "NoSuchKey", "the file does not exist, or no longer")
    recording = audio.render(transcript.plan, COMBINED, redacted=True, size=recording_bytes)
    try:
        return file_response(recording, request, ranges=ranges)
    except Refusal as refusal:
        return _xml(refusal.status, "InvalidRange", refusal.message, **refusal.headers)


def _signature(seed: int, path: str, expires: str) -> str:
    return hmac.new(f"emulator-{seed}".encode(), f"{path}?{expires}".encode(), hashlib.sha256).hexdigest()


def _xml(status: int, code: str, message: str, **headers: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, body.encode(), "application/xml", headers)

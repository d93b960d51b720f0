"""Signed links: a link opens its file without a key, and must not come with one."""

from __future__ import annotations

import hashlib
import hmac
from datetime import timedelta
from urllib.parse import urlencode

from polyai_data.emulator.data import audio
from polyai_data.emulator.data.speech import COMBINED
from polyai_data.emulator.http.errors import Refusal
from polyai_data.emulator.http.locate import LOOPBACK_HOSTS, SIGNED_LINK_FOLDER, SIGNED_LINK_HOST
from polyai_data.emulator.http.ranges import file_response
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import Response
from polyai_data.emulator.state.state import READY, State, Transcript

LINK_LASTS = timedelta(minutes=30)
"""How long a link opens the file."""


def link(state: State, transcript: Transcript, request: Request) -> str:
    """A new link to the redacted recording of `transcript` that works for `LINK_LASTS`.

    It leads to another host than the API's, but a client whose request names this machine would not get there.
    """
    host = request.headers["host"] if request.host in LOOPBACK_HOSTS else SIGNED_LINK_HOST
    path = f"{SIGNED_LINK_FOLDER}{transcript.id}.{'wav' if transcript.wav or state.settings.as_documented else 'mp3'}"
    expires, number = str(int((state.clock.now() + LINK_LASTS).timestamp())), state.fresh_id("link")
    signature = _signature(state, path, expires, number)
    query = urlencode({"Expires": expires, "Link": number, "Signature": signature})
    return f"{'https' if host == SIGNED_LINK_HOST else 'http'}://{host}{path}?{query}"


def respond(  # noqa: PLR0911 - an object store has as many errors
    state: State, request: Request, *, ranges: bool, recording_bytes: int | None
) -> Response:
    """The file, of `recording_bytes` or its own size, or a part of it, or an error in the XML of object stores."""
    if leaked := sorted(state.world.key_headers.intersection(request.headers)):
        message = f"an API key must not be sent to this host, but the request has {', '.join(leaked)}"
        return _xml(400, "KeyLeak", message)
    if request.method == "HEAD":
        return _xml(403, "SignatureDoesNotMatch", "the link is signed for GET")
    if request.method != "GET":
        return _xml(405, "MethodNotAllowed", f"this host does not take {request.method}", Allow="GET")
    query = {name: values[-1] for name, values in request.query_values.items()}
    expires = query.get("Expires", "")
    signature = _signature(state, request.path, expires, query.get("Link", ""))
    if not hmac.compare_digest(query.get("Signature", "").encode(), signature.encode()):
        return _xml(403, "SignatureDoesNotMatch", "the signature of the link is wrong")
    if state.clock.now().timestamp() >= int(expires):
        return _xml(403, "AccessDenied", "Request has expired")
    transcript = state.transcripts.get(request.path.removeprefix(SIGNED_LINK_FOLDER).rpartition(".")[0])
    if transcript is None or transcript.state != READY:
        return _xml(404, "NoSuchKey", "the file does not exist, or no longer")
    recording: audio.Recording = (
        audio.render(transcript.plan, COMBINED, redacted=True, size=recording_bytes)
        if request.path.endswith(".wav")
        else audio.silent_mp3(transcript.plan, size=recording_bytes)
    )
    try:
        return file_response(recording, request, ranges=ranges)
    except Refusal as refusal:
        return _xml(refusal.status, "InvalidRange", refusal.message, **refusal.headers)


def _signature(state: State, path: str, expires: str, number: str) -> str:
    key, signed = f"emulator-{state.world.seed}", f"{path}?{expires}&{number}"
    return hmac.new(key.encode(), signed.encode(), hashlib.sha256).hexdigest()


def _xml(status: int, code: str, message: str, **headers: str) -> Response:
    body = f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    return Response(status, body.encode(), "application/xml", headers)

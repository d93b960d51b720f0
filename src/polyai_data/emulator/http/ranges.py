"""Recordings as files: the whole file, or the part that a request asks for.

The documents mention neither, but file servers offer both, and a client that lost its connection in the middle of a
recording resumes only that way. RFC 9110, sections 13 and 14, for a single range; a request for several ranges gets the
whole file, which is always allowed.
"""

from __future__ import annotations

import re
from dataclasses import replace

from polyai_data.emulator.data.audio import Recording
from polyai_data.emulator.http.errors import CODES, Refusal
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import Response

_RANGE = re.compile(r"bytes=[ \t]*([0-9]{0,18})-([0-9]{0,18})[ \t]*", re.IGNORECASE)


def file_response(recording: Recording, request: Request, *, ranges: bool) -> Response:
    """The recording or, with `ranges`, the requested part; a refusal (416) when that begins after the end."""
    if not ranges:
        return Response(200, recording, recording.content_type)
    headers = {"accept-ranges": "bytes", "etag": recording.etag}
    part = _requested(request, recording)
    if part is None:
        return Response(200, recording, recording.content_type, headers)
    begin, end = part
    if begin >= end:
        message = f"the recording has {len(recording)} bytes; the range {request.headers['range']!r} is outside of them"
        raise Refusal(416, CODES[416], message, {**headers, "content-range": f"bytes */{len(recording)}"})
    headers["content-range"] = f"bytes {begin}-{end - 1}/{len(recording)}"
    return Response(206, replace(recording, begin=begin, end=end), recording.content_type, headers)


def _requested(request: Request, recording: Recording) -> tuple[int, int] | None:
    """Begin and end of the part, empty when it has no byte; None for the whole file."""
    match = _RANGE.fullmatch(request.headers.get("range", ""))
    if request.method != "GET" or match is None or request.headers.get("if-range", recording.etag) != recording.etag:
        return None
    first, last = match.groups()
    size = len(recording)
    if not first:
        # The last so many bytes.
        return (max(0, size - int(last)), size) if last else None
    if last and int(last) < int(first):
        return None
    return int(first), min(int(last) + 1, size) if last else size

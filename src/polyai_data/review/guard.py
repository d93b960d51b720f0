"""Who may use the pages: the browser that was given the printed address, and nothing that another page asks it for."""

from __future__ import annotations

import secrets
from html import escape
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "media-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
LOOPBACK = ("127.0.0.1", "localhost")


class Guard:
    """Middleware that lets in who has the token or its cookie, on a name of this machine, from a page of its own.

    Args:
        app: what is guarded.
        token: the token of the printed address.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        # The cookie is another secret: addresses are kept in a browser's history.
        self._session = secrets.token_urlsafe(32)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        await (self._refusal(scope) or self._app)(scope, receive, guarded)

    def _refusal(self, scope: Scope) -> Response | None:
        """The response to a request that is not let through."""
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        cookie = f"polyai_review_{scope['server'][1]}"
        if host.split(":")[0] not in LOOPBACK:  # a name that was made to lead here
            return PlainTextResponse("This is no name of this machine.", 421)
        query = dict(parse_qsl(scope["query_string"].decode("latin-1")))
        if scope["method"] == "GET" and secrets.compare_digest(query.pop("token", "").encode(), self._token.encode()):
            # No redirect: a browser sends a strict cookie along none that began at a page of another site.
            to = escape(f"{scope['path']}?{urlencode(query)}".rstrip("?"))
            response = HTMLResponse(f'<!doctype html><meta http-equiv="refresh" content="0; url={to}">')
            response.set_cookie(cookie, self._session, httponly=True, samesite="strict")
            return response
        if headers.get("sec-fetch-site", "none") not in {"same-origin", "none"}:  # such as of another port
            return PlainTextResponse("Only its own pages may ask for this. Open the printed address.", 403)
        sent = HTTPConnection(scope).cookies.get(cookie, "")
        if not secrets.compare_digest(sent.encode(), self._session.encode()):
            return PlainTextResponse("Open the address that `polyai-data review` printed when it started.", 403)
        if scope["method"] not in {"GET", "HEAD"} and headers.get("origin") != f"http://{host}":
            return PlainTextResponse("Only its own pages may change anything.", 403)
        return None

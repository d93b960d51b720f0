"""What every resource sends through: the host and the key of a call, and what its answer means."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlsplit

from polyai_data import decode
from polyai_data._async._http import AsyncAnswer, AsyncHTTP
from polyai_data.config import Config
from polyai_data.decode import M
from polyai_data.errors import DownloadError


class AsyncSession:
    """The connections and the configuration that the resources of one client share."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._http = AsyncHTTP(config.timeout, config.connect_to)

    async def call(self, operation_id: str, request: dict[str, Any], kind: type[M]) -> M:
        """Send a request and decode its answer.

        Args:
            operation_id: the operation, as the patched document names it.
            request: what its generated request builder gives.
            kind: the generated model of its answer.

        Raises:
            ConfigError: the region does not serve the operation, or there is no key for its host.
            TransportError: no complete answer came.
            APIError: the server answered with an error.
            DecodeError: the answer is not what the document says.
        """
        async with self.stream(operation_id, request) as answer:
            body = await answer.read()
        return decode.model(kind, body, self.config.table.route(operation_id, self.config.region))

    @asynccontextmanager
    async def stream(self, operation_id: str, request: dict[str, Any]) -> AsyncIterator[AsyncAnswer]:
        """Send a request; gives its answer with the body unread. Arguments and errors are those of `call`."""
        route = self.config.table.route(operation_id, self.config.region)
        operation = route.operation
        headers = {
            **self.config.headers,
            **request.get("headers", {}),
            "Accept": operation.media_type,
            operation.key_header: self.config.key(route).reveal(),
        }
        options = {name: value for name, value in request.items() if name in {"params", "json"}}
        what = f"{operation.method} {operation.path} at {route.base_url}"
        url = route.base_url + request["url"]
        async with self._http.stream(operation.method, url, what=what, headers=headers, **options) as answer:
            if not 200 <= answer.status <= 299:
                raise decode.api_error(answer.status, answer.headers, await answer.read(), route)
            yield answer

    @asynccontextmanager
    async def stream_link(self, url: str) -> AsyncIterator[AsyncAnswer]:
        """Fetch a signed link of another host: without the key, and without the client's own headers.

        Raises:
            TransportError: no complete answer came.
            DownloadError: the host refused the link.
        """
        # The query is the signature, and whoever has it can fetch the file: it stays out of every message.
        what = f"GET the signed link at {urlsplit(url).hostname}"
        async with self._http.stream("GET", url, what=what) as answer:
            if not 200 <= answer.status <= 299:
                raise DownloadError(
                    f"{what}: answered with {answer.status}; the link may have expired, ask for it again"
                )
            yield answer

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

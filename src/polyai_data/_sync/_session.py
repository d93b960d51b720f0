# Written by `make generate` from _async/_session.py. Do not edit it: change that and run it again.
"""What every resource sends through: the host and the key of a call, and what its answer means."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

from polyai_data import decode
from polyai_data._sync._http import HTTP, Answer
from polyai_data.config import Config
from polyai_data.decode import M
from polyai_data.errors import DownloadError


class Session:
    """The connections and the configuration that the resources of one client share."""

    def __init__(self, config: Config) -> None:
        self.config = config
        self._http = HTTP(config.timeout, config.connect_to)

    def call(self, operation_id: str, request: dict[str, Any], kind: type[M]) -> M:
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
        with self.stream(operation_id, request) as answer:
            body = answer.read()
        return decode.model(kind, body, self.config.table.route(operation_id, self.config.region))

    @contextmanager
    def stream(self, operation_id: str, request: dict[str, Any]) -> Iterator[Answer]:
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
        with self._http.stream(operation.method, url, what=what, headers=headers, **options) as answer:
            if not 200 <= answer.status <= 299:
                raise decode.api_error(answer.status, answer.headers, answer.read(), route)
            yield answer

    @contextmanager
    def stream_link(self, url: str) -> Iterator[Answer]:
        """Fetch a signed link of another host: without the key, and without the client's own headers.

        Raises:
            TransportError: no complete answer came.
            DownloadError: the host refused the link.
        """
        # The query is the signature, and whoever has it can fetch the file: it stays out of every message.
        what = f"GET the signed link at {urlsplit(url).hostname}"
        with self._http.stream("GET", url, what=what) as answer:
            if not 200 <= answer.status <= 299:
                raise DownloadError(
                    f"{what}: answered with {answer.status}; the link may have expired, ask for it again"
                )
            yield answer

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

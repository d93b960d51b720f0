"""What the emulator's tests share: a caller that holds every response against the documents."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from polyai_data.emulator import Emulator
from tests.support.document import Operation, operations
from tests.support.rooms import complete

KNOWN_CONVERSATION = "CAabcd1234567abcdef1250065d4fc7389"
PARTIAL = 206
RECORDINGS = ["getConversationRecording", "getConversationRecordingV3"]
READS = [name for name, operation in complete().items() if operation.method == "GET"]
EVER = {"start_time": "2000-01-01T00:00:00Z", "end_time": "2027-01-01T00:00:00Z"}
"""Bounds around all conversations."""


def vendor_hosts() -> list[str]:
    return list(dict.fromkeys(each.host(region) for each in operations().values() for region in each.servers))


class Caller:
    """Calls operations of a running emulator over its real socket."""

    def __init__(self, emulator: Emulator, http: httpx.Client) -> None:
        self.emulator = emulator
        self.http = http

    def __call__(
        self,
        operation_id: str,
        *,
        region: str = "us",
        host: str | None = None,
        key: str | None = "",
        params: Any = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        faulty: bool = False,
        **path: str,
    ) -> httpx.Response:
        """Call an operation, by default with a key that may do everything; `key=None` sends none.

        The response is held against the document unless it is `faulty`.
        """
        operation = operations()[operation_id]
        sent = dict(headers or {})
        if key is not None:
            default = region if operation.vendor == "polyai" else f"assemblyai-{region}"
            sent[operation.key_header] = self.emulator.keys[key or default].value
        if json is None and content is None and operation.method == "POST":
            json = operation.body
        response = self.send(
            operation.method,
            host or operation.host(region),
            self.path(operation, region, **path),
            params=params,
            json=json,
            content=content,
            headers=sent,
        )
        if not faulty and response.status_code in {*operation.statuses, PARTIAL}:
            check(operation, response)
        return response

    def send(self, method: str, host: str, path: str, **options: Any) -> httpx.Response:
        """Send a request to any host; `path` is sent as it is."""
        headers = {**options.pop("headers", {}), "Host": host}
        return self.http.request(method, self.emulator.url + path, headers=headers, **options)

    def arriving(self, operation_id: str, **headers: str) -> tuple[bytes, bool]:
        """The bytes of the body as they were sent, and whether the connection broke before their end."""
        operation = operations()[operation_id]
        key = self.emulator.keys["us" if operation.vendor == "polyai" else "assemblyai-us"].value
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        sent |= {"Host": operation.host("us"), operation.key_header: key}
        arrived = bytearray()
        try:
            with self.http.stream("GET", self.emulator.url + self.path(operation), headers=sent) as response:
                for piece in response.iter_raw():
                    arrived += piece
        except httpx.TransportError:
            return bytes(arrived), True
        return bytes(arrived), False

    def link(self, region: str = "us", **path: Any) -> tuple[str, str]:
        """Host, and path with query, of the signed link to a recording."""
        url = urlsplit(self("getRedactedAudio", region=region, **path).json()["redacted_audio_url"])
        return url.netloc, f"{url.path}?{url.query}"

    def path(self, operation: Operation, region: str = "us", **given: str) -> str:
        account = self.emulator.accounts.get(region) or self.emulator.accounts["us"]
        values = {
            "agentId": account.agents[0].id,
            "project_id": account.agents[0].id,
            "account_id": account.id,
            "conversationId": self.some_call(region),
            "conversation_id": self.some_call(region),
            "transcript_id": self.some_transcript(region),
            **given,
        }
        return operation.path.format(**{name: quote(value, safe="") for name, value in values.items()})

    def some_call(self, region: str = "us") -> str:
        """ID of a conversation with a recording, of the region's first agent."""
        account = self.emulator.accounts.get(region) or self.emulator.accounts["us"]
        return next((each.id for each in self.emulator.conversations(account.agents[0]) if each.recorded), "none")

    def some_transcript(self, region: str = "us", state: str = "ready", *, wav: bool = False) -> str:
        """ID of a transcript of that region in that state, which asked for WAV or not."""
        wanted = (region, state, wav)
        transcripts = self.emulator.transcripts.values()
        return next((each.id for each in transcripts if (each.region, each.state, each.wav) == wanted), "none")


def items(call: Caller, **params: Any) -> list[dict[str, Any]]:
    """The conversations of a page of the v3 listing."""
    response = call("searchConversations", params=params)
    assert response.status_code == 200, response.text
    conversations: list[dict[str, Any]] = response.json()["conversations"]
    return conversations


def check(operation: Operation, response: httpx.Response) -> None:
    """Fail when the document does not allow the response."""
    # HTTP lets a server send parts of what it sends, and the documents need not say so.
    status = operation.success if response.status_code == PARTIAL else response.status_code
    media_type, schema = operation.content(status)
    assert response.headers["content-type"].split(";")[0] == media_type, response.text
    if media_type == "application/json":
        assert not operation.errors(schema, response.json())
    if operation.vendor == "polyai":
        assert response.headers["x-polyai-correlation-id"]

"""What the emulator's tests share: the documents read anew, and a caller that holds every answer against them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
import jsonschema_rs
import yaml

from polyai_data.emulator import Emulator

KNOWN_CONVERSATION = "CAabcd1234567abcdef1250065d4fc7389"
PARTIAL = 206
BODIES: dict[str, Any] = {
    "addAnnotations": {"annotations": [{"turnId": 0, "role": "agent", "annotationType": "wrong_info"}]},
    "upsertNote": {"note": "Größe geprüft ✓"},
    "createDebugChat": {"clientEnv": "sandbox"},
    "sendDebugChatMessage": {"clientEnv": "sandbox", "message": "hello"},
}


@functools.cache
def document(vendor: str) -> Any:
    package = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}[vendor]
    return yaml.safe_load(files(package).joinpath("openapi.yaml").read_text(encoding="utf-8"))


@dataclass(frozen=True)
class Operation:
    id: str
    vendor: str
    method: str
    path: str
    raw: Mapping[str, Any]

    @property
    def logical_host(self) -> str:
        return str(self.raw["x-logical-host"])

    @property
    def success(self) -> int:
        return min(self.statuses)

    @property
    def statuses(self) -> list[int]:
        return [int(status) for status in self.raw["responses"]]

    @property
    def key_header(self) -> str:
        scheme = next(iter(self.raw["security"][0]))
        return str(document(self.vendor)["components"]["securitySchemes"][scheme]["name"])

    def host(self, region: str) -> str:
        return next(
            str(urlsplit(server["url"]).netloc) for server in self.raw["servers"] if server["x-region"] == region
        )

    @property
    def regions(self) -> list[str]:
        return [server["x-region"] for server in self.raw["servers"]]

    def contents(self, status: int) -> Mapping[str, Any]:
        response = self.raw["responses"][str(status)]
        if "$ref" in response:
            response = document(self.vendor)["components"]["responses"][response["$ref"].rpartition("/")[2]]
        return dict(response["content"])

    def complaints(self, status: int, value: Any) -> list[str]:
        return [f"{error.instance_path}: {error.message}" for error in validator(self.id, status).iter_errors(value)]


@functools.cache
def validator(operation_id: str, status: int) -> jsonschema_rs.Draft202012Validator:
    operation = operations()[operation_id]
    schema = operation.contents(status)["application/json"]["schema"]
    whole = {**schema, "components": document(operation.vendor)["components"]}
    return jsonschema_rs.Draft202012Validator(whole, validate_formats=True)


@functools.cache
def operations() -> Mapping[str, Operation]:
    return {operation.id: operation for vendor in ("polyai", "assemblyai") for operation in _operations(vendor)}


def _operations(vendor: str) -> Iterator[Operation]:
    for path, item in document(vendor)["paths"].items():
        for method, raw in item.items():
            if "operationId" in raw:
                yield Operation(raw["operationId"], vendor, method.upper(), path, raw)


def vendor_hosts() -> list[str]:
    return list(dict.fromkeys(each.host(region) for each in operations().values() for region in each.regions))


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

        The answer is held against the document unless it is `faulty`.
        """
        operation = operations()[operation_id]
        sent = dict(headers or {})
        if key is not None:
            default = region if operation.vendor == "polyai" else f"assemblyai-{region}"
            sent[operation.key_header] = self.emulator.keys[key or default].value
        if json is None and content is None and operation.method == "POST":
            json = BODIES[operation_id]
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

    def link(self, region: str = "us") -> tuple[str, str]:
        """Host, and path with query, of the signed link to a recording."""
        url = urlsplit(self("getRedactedAudio", region=region).json()["redacted_audio_url"])
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

    def some_transcript(self, region: str = "us", state: str = "ready") -> str:
        """ID of a transcript of that region in that state."""
        transcripts = self.emulator.transcripts.items()
        return next((key for key, each in transcripts if (each.region, each.state) == (region, state)), "none")


def check(operation: Operation, response: httpx.Response) -> None:
    """Fail when the document does not allow the answer."""
    content_type = response.headers["content-type"].split(";")[0]
    # HTTP lets a server give parts of what it gives, and the documents need not say so.
    status = operation.success if response.status_code == PARTIAL else response.status_code
    assert content_type in operation.contents(status), response.text
    if content_type == "application/json":
        assert not operation.complaints(response.status_code, response.json())
    if operation.vendor == "polyai":
        assert response.headers["x-polyai-correlation-id"]

"""The control API of an emulator, in this process or in another one: its data, its clock and its state."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from polyai_data.conformance.client import HTTP, SendError
from polyai_data.conformance.exchange import JSON, Request
from polyai_data.hosts import Loopback


class ControlError(Exception):
    """The server is no emulator, or refuses the request. The message says what it responded."""


class Control:
    """What only an emulator can do for a run.

    Args:
        address: where the emulator listens.
    """

    def __init__(self, address: Loopback) -> None:
        self._address = address

    def saved(self) -> dict[str, Any]:
        """Its `seed`, how many `conversations` an agent has, and what was changed since, as `entries`."""
        value: dict[str, Any] = self._call("state")
        if not isinstance(value, dict) or not value.keys() >= {"seed", "conversations", "entries"}:
            raise ControlError("the response has no state of an emulator")
        return value

    def restore(self, saved: dict[str, Any]) -> None:
        self._call("state", {"entries": saved["entries"]})

    def now(self) -> datetime:
        return datetime.fromisoformat(self._call("clock")["now"])

    def set(self, moment: datetime) -> None:
        self._call("clock", {"now": moment.isoformat()})

    def advance(self, seconds: float) -> None:
        self._call("clock", {"advance": seconds})

    def add_conversation(self, agent: str) -> str:
        """Add a conversation of an agent that takes place now, and return its id."""
        return str(self._call("conversations", {"agentId": agent})["conversationId"])

    def annotations(self, conversation: str) -> list[dict[str, Any]]:
        """The annotations of a conversation, oldest first."""
        entries: list[tuple[str, str, Any]] = self.saved()["entries"]
        return next((value for kind, key, value in entries if (kind, key) == ("annotations", conversation)), [])

    def _call(self, name: str, body: dict[str, Any] | None = None) -> Any:
        # A connection for each call: they are few, and a target may be made for a server that is not there.
        content, url = None if body is None else json.dumps(body).encode(), f"{self._address.url}/_emulator/{name}"
        request = Request("GET" if body is None else "POST", url, {"content-type": JSON}, content)
        try:
            with HTTP(self._address) as http:
                response = http.send(request, None)
            if response.ok:
                return response.value()
        except (SendError, ValueError) as error:
            raise ControlError(str(error)) from None
        raise ControlError(f"/_emulator/{name} responded with {response.status}")

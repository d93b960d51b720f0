"""A valid request of an operation, as handlers get it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polyai_data.emulator.data.keys import Key
from polyai_data.emulator.data.model import Agent, Conversation
from polyai_data.emulator.http.errors import NOT_FOUND, Refusal
from polyai_data.emulator.http.request import Request
from polyai_data.emulator.http.response import Written, checked, to_json
from polyai_data.emulator.state.state import State
from polyai_data.openapi import Operation


@dataclass(frozen=True, slots=True)
class Call:
    state: State
    operation: Operation
    region: str
    key: Key
    path: Mapping[str, str]
    query: Mapping[str, Any]
    """All query parameters of the operation: as sent, else the default, else None."""
    body: Any
    request: Request
    recording_bytes: int | None = None
    """Size of recordings; None: each has its own."""

    def count_effect(self, identifier: str) -> None:
        self.state.count_effect(self.operation.id, identifier)

    @property
    def live(self) -> bool:
        """Whether the response is as the live API's; else it is as documented."""
        return not self.state.settings.as_documented

    @property
    def agent(self) -> Agent:
        """The agent in the path, in either spelling of the parameter."""
        return self.state.world.agents[self.path.get("agentId") or self.path["project_id"]]

    @property
    def conversation_id(self) -> str:
        """The conversation in the path, in either spelling of the parameter."""
        return self.path.get("conversationId") or self.path["conversation_id"]

    def checked(self, value: Any) -> Any:
        """What of the value the document allows as the body of the successful response."""
        return checked(self.operation, self.operation.success, value)

    def written(self, conversation_id: str, make: Callable[[], Any]) -> Written:
        """A conversation as the operation shows it, and the checked value of `make` in JSON, which is kept."""
        shown = self.region, self.live, self.key.pii, self.query.get("include_latency")
        changed = self.state.database.get("notes", conversation_id)
        key = (self.operation.id, self.agent.id, conversation_id, changed, *shown)
        return self.state.written.get(key, lambda: Written(to_json(make())))

    def conversation(self) -> Conversation:
        """The conversation in the path; a refusal with 404 when the agent has none of that id."""
        conversation = self.state.conversation(self.agent.id, self.conversation_id)
        if conversation is None:
            raise Refusal(404, NOT_FOUND, f"the agent {self.agent.id} has no conversation {self.conversation_id!r}")
        return conversation


Handler = Callable[[Call], Any]
"""Returns the body of the successful response: a JSON value, a recording or rows; or another response. Raises a refusal
otherwise."""

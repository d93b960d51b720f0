"""A request that has passed all checks, as handlers see it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from polyai_data.emulator.data.keys import Key
from polyai_data.emulator.data.model import Agent, Conversation
from polyai_data.emulator.http.response import NOT_FOUND, Refusal
from polyai_data.emulator.state.state import State
from polyai_data.openapi import Operation


@dataclass(frozen=True, slots=True)
class Call:
    """A call of an operation."""

    state: State
    operation: Operation
    region: str
    key: Key
    agent: Agent | None
    """The agent that the path names; None when it names none."""
    path: Mapping[str, str]
    query: Mapping[str, Any]
    """All query parameters of the operation: as sent, else the default, else None."""
    body: Any
    recording_bytes: int | None = None
    """Size of the recordings, when they are not to have their own."""

    def took_effect(self, identifier: str) -> None:
        """Count that the call has changed something of that conversation or chat."""
        self.state.database.count_effect(self.operation.id, identifier)

    @property
    def the_agent(self) -> Agent:
        """The agent, of an operation whose path names one."""
        if self.agent is None:
            raise LookupError(f"the path of {self.operation.id} names no agent")
        return self.agent

    @property
    def conversation_id(self) -> str:
        """The conversation that the path names, in either spelling of the parameter."""
        return self.path.get("conversationId") or self.path["conversation_id"]

    def conversation(self) -> Conversation:
        """The conversation that the path names; a refusal with 404 when the agent has none of that id."""
        found = self.state.conversation(self.the_agent.id, self.conversation_id)
        if found is None:
            raise Refusal(404, NOT_FOUND, f"the agent {self.the_agent.id} has no conversation {self.conversation_id!r}")
        return found


Handler = Callable[[Call], Any]
"""Gives a JSON value, a recording, or rows that are made while they are sent."""

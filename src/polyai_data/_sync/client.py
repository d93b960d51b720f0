# Written by `make generate` from _async/client.py. Do not edit it: change that and run it again.
"""The clients: what holds the configuration, the connections and the resources."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from polyai_data import config
from polyai_data._sync._session import Session
from polyai_data._sync.conversations import Conversations
from polyai_data._sync.debug_chat import DebugChats
from polyai_data._sync.redacted_audio import RedactedAudios


class _Client:
    """What the clients of both vendors have in common: they are context managers that close their connections."""

    def __init__(self, settings: config.Config) -> None:
        self._session = Session(settings)

    @property
    def region(self) -> str:
        """Canonical name of the region that the client calls."""
        return self._session.config.region

    def close(self) -> None:
        """Close the connections. Closing again does nothing."""
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}(region={self.region!r})"


class PolyAI(_Client):
    """The client of PolyAI's Data API. It finds the host of every operation by the region.

    What is not passed is taken from the environment.

    Args:
        api_key: key from the Agent Studio of the region, or POLYAI_API_KEY.
        conversations_api_key: key for the platform hosts (`conversations.search`), or POLYAI_CONVERSATIONS_API_KEY;
            `api_key` when there is none.
        region: `us`, `eu`, `uk`, `studio` or an alias such as `us-1`, or POLYAI_REGION.
        agent_id: the agent that calls are about when they name none, or POLYAI_AGENT_ID. It is the project ID.
        account_id: the account (workspace) that calls are about when they name none, or POLYAI_ACCOUNT_ID.
        connect_to: a loopback address such as `http://127.0.0.1:8765` to send everything to instead, with true URLs and
            Host headers, or POLYAI_CONNECT_TO. For the emulator.
        timeout: seconds to wait between two pieces of an answer (60 when not given), and at most for a connection (10).
        headers: headers to send with every request to PolyAI.

    Raises:
        ConfigError: something is missing or cannot work.

    Attributes:
        conversations: conversations, recordings, annotations and notes.
        debug_chat: debug chats.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        conversations_api_key: str | None = None,
        region: str | None = None,
        agent_id: str | None = None,
        account_id: str | None = None,
        connect_to: str | None = None,
        timeout: float | config.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        settings = config.polyai(
            api_key=api_key,
            conversations_api_key=conversations_api_key,
            region=region,
            agent_id=agent_id,
            account_id=account_id,
            connect_to=connect_to,
            timeout=timeout,
            headers=headers,
        )
        super().__init__(settings)
        self.conversations = Conversations(self._session)
        self.debug_chat = DebugChats(self._session)


class AssemblyAI(_Client):
    """The client of AssemblyAI's redacted audio.

    What is not passed is taken from the environment.

    Args:
        api_key: the key, or ASSEMBLYAI_API_KEY.
        region: `us` or `eu`, or ASSEMBLYAI_REGION; `us` when neither is given.
        connect_to: as for `PolyAI`; signed links are fetched from that address too.
        timeout: as for `PolyAI`.
        headers: headers to send with every request to AssemblyAI; a signed link's host does not get them.

    Raises:
        ConfigError: something is missing or cannot work.

    Attributes:
        redacted_audio: the redacted audio of transcripts.
    """

    def __init__(
        self,
        api_key: str | None = None,
        *,
        region: str | None = None,
        connect_to: str | None = None,
        timeout: float | config.Timeout | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        settings = config.assemblyai(
            api_key=api_key, region=region, connect_to=connect_to, timeout=timeout, headers=headers
        )
        super().__init__(settings)
        self.redacted_audio = RedactedAudios(self._session)

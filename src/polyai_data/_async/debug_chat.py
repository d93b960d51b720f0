"""Debug chats: talk to an agent outside of its production traffic."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from polyai_data import decode
from polyai_data._async.session import AsyncSession
from polyai_data.arguments import choice, kinds, path_id, texts
from polyai_data.errors import PolyAIError
from polyai_data_client.api.debug_chat import create_debug_chat, send_debug_chat_message
from polyai_data_client.models import (
    CreateDebugChat,
    CreateDebugChatIntegrationAttributes,
    DebugChatResponse,
    SendDebugChatMessage,
    SendDebugChatMessageMetadata,
)
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES, ClientEnvironment


class AsyncDebugChat:
    """A debug chat session.

    Attributes:
        id: the session's id.
        reply: the agent's latest turn.
        ended: whether the agent has ended the session; it accepts no more messages then.
    """

    def __init__(
        self, session: AsyncSession, agent_id: str, client_env: ClientEnvironment, reply: DebugChatResponse
    ) -> None:
        self._session = session
        self._agent_id = agent_id
        self._client_env: ClientEnvironment = client_env
        self.id = reply.conversation_id
        self.reply = reply

    @property
    def ended(self) -> bool:
        """Whether the agent has ended the session; False where its response does not say."""
        return bool(self.reply.conversation_ended)

    async def send(
        self,
        message: str,
        *,
        metadata: Mapping[str, Any] | None = None,
        asr_lang_code: str | None = None,
        tts_lang_code: str | None = None,
    ) -> DebugChatResponse:
        """Send `message` and return the agent's turn. Operation `sendDebugChatMessage`.

        Args:
            message: the user's words.
            metadata: free-form data for the agent.
            asr_lang_code: language in which the user speaks.
            tts_lang_code: language in which the agent speaks.

        Raises:
            GoneError: the chat has ended.
            NotFoundError: the server has no such chat.
            PolyAIError: any other failure; see `polyai_data.errors`. Its `done` is True when the message was delivered
                and only the response was lost, and its `sent` when it may have been delivered.
        """
        texts("message", message=message, asr_lang_code=asr_lang_code, tts_lang_code=tts_lang_code)
        kinds(Mapping, "a mapping", metadata=metadata)
        body = SendDebugChatMessage(
            client_env=self._client_env,
            message=message,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            metadata=None if metadata is None else SendDebugChatMessageMetadata.from_dict(metadata),
        )
        request = send_debug_chat_message._get_kwargs(self._agent_id, path_id("conversation_id", self.id), body=body)
        self.reply = await _reply(self._session, "sendDebugChatMessage", request, self.id, "the message was delivered")
        return self.reply


class AsyncDebugChats:
    """`client.debug_chat`: debug chats of an agent."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def start(
        self,
        *,
        client_env: ClientEnvironment,
        agent_id: str | None = None,
        conversation_id: str | None = None,
        variant_id: str | None = None,
        channel: str | None = None,
        asr_lang_code: str | None = None,
        tts_lang_code: str | None = None,
        integration_attributes: Mapping[str, Any] | None = None,
    ) -> AsyncDebugChat:
        """Start a debug chat. Operation `createDebugChat`.

        Args:
            client_env: the environment to chat with: `sandbox`, `pre-release` or `live`.
            agent_id: the agent; defaults to the client's.
            conversation_id: id for the new session; defaults to one that the server makes.
            variant_id: the variant to chat with.
            channel: the channel to simulate.
            asr_lang_code: language in which the user speaks.
            tts_lang_code: language in which the agent speaks.
            integration_attributes: attributes that an integration would pass to the agent.

        Returns:
            The session; its `reply` is the agent's greeting.

        Raises:
            PolyAIError: any failure; see `polyai_data.errors`. Its `done` is True when the chat was started and only
                the response was lost, and its `sent` when it may have been started.
        """
        choice("client_env", client_env, CLIENT_ENVIRONMENT_VALUES, required=True)
        texts(variant_id=variant_id, channel=channel, asr_lang_code=asr_lang_code, tts_lang_code=tts_lang_code)
        kinds(Mapping, "a mapping", integration_attributes=integration_attributes)
        agent = self._session.config.agent(agent_id)
        attributes = None
        if integration_attributes is not None:
            attributes = CreateDebugChatIntegrationAttributes.from_dict(integration_attributes)
        body = CreateDebugChat(
            client_env=client_env,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            conversation_id=None if conversation_id is None else path_id("conversation_id", conversation_id),
            variant_id=variant_id,
            channel=channel,
            integration_attributes=attributes,
        )
        request = create_debug_chat._get_kwargs(agent, body=body)
        reply = await _reply(self._session, "createDebugChat", request, None, "the chat was started")
        return AsyncDebugChat(self._session, agent, client_env, reply)


async def _reply(
    session: AsyncSession, operation_id: str, request: dict[str, Any], chat: str | None, done: str
) -> DebugChatResponse:
    """The agent's turn in the chat with the id `chat`, or in a new one.

    An error that comes after the request was carried out says so, in the words `done`.
    """
    read = partial(decode.model, DebugChatResponse)
    if chat is not None:
        read = partial(decode.own, DebugChatResponse, "conversationId", chat)
    try:
        return await session.call(operation_id, request, read)
    except PolyAIError as error:
        if error.done:
            error.args = (f"{done}; its response was lost: {error}",)
        raise

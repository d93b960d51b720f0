# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.client_environment import ClientEnvironment


@_attrs_define(kw_only=True, repr=False)
class CreateDebugChat(_types.Model[Any]):
    """CreateDebugChat

    Attributes:
        client_env (ClientEnvironment): The environment that a conversation runs in.
        asr_lang_code (str | None): Language in which the user speaks.
        tts_lang_code (str | None): Language in which the agent speaks.
        conversation_id (str | None): ID for the new session; the server makes one when it is absent.
        variant_id (str | None): Variant to chat with.
        channel (str | None): Conversation medium to pretend.
        integration_attributes (CreateDebugChatIntegrationAttributes | None): Attributes that an integration would hand
            to the agent.
    """

    client_env: ClientEnvironment
    asr_lang_code: str | None = None
    tts_lang_code: str | None = None
    conversation_id: str | None = None
    variant_id: str | None = None
    channel: str | None = None
    integration_attributes: CreateDebugChatIntegrationAttributes | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("clientEnv")
        self.client_env = self._read("clientEnv", value)
        value = get("asrLangCode")
        self.asr_lang_code = value if type(value) is str or value is None else self._read("asrLangCode", value)
        value = get("ttsLangCode")
        self.tts_lang_code = value if type(value) is str or value is None else self._read("ttsLangCode", value)
        value = get("conversationId")
        self.conversation_id = value if type(value) is str or value is None else self._read("conversationId", value)
        value = get("variantId")
        self.variant_id = value if type(value) is str or value is None else self._read("variantId", value)
        value = get("channel")
        self.channel = value if type(value) is str or value is None else self._read("channel", value)
        value = get("integrationAttributes")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["integration_attributes"] = ("integrationAttributes", value)
        else:
            self.integration_attributes = value if value is None else self._read("integrationAttributes", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.create_debug_chat_integration_attributes import CreateDebugChatIntegrationAttributes

CreateDebugChat._properties = {
    "clientEnv": ("client_env", _types.one_of(ClientEnvironment)),
    "asrLangCode": ("asr_lang_code", _types.text),
    "ttsLangCode": ("tts_lang_code", _types.text),
    "conversationId": ("conversation_id", _types.text),
    "variantId": ("variant_id", _types.text),
    "channel": ("channel", _types.text),
    "integrationAttributes": ("integration_attributes", _types.model(CreateDebugChatIntegrationAttributes)),
}
CreateDebugChat._required = ("clientEnv",)

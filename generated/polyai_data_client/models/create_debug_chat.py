# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.client_environment import ClientEnvironment, check_client_environment

T = TypeVar("T", bound="CreateDebugChat")


@_attrs_define(kw_only=True)
class CreateDebugChat:
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["clientEnv"] = self.client_env
        if self.asr_lang_code is not None:
            field_dict["asrLangCode"] = self.asr_lang_code
        if self.tts_lang_code is not None:
            field_dict["ttsLangCode"] = self.tts_lang_code
        if self.conversation_id is not None:
            field_dict["conversationId"] = self.conversation_id
        if self.variant_id is not None:
            field_dict["variantId"] = self.variant_id
        if self.channel is not None:
            field_dict["channel"] = self.channel
        if self.integration_attributes is not None:
            field_dict["integrationAttributes"] = self.integration_attributes.to_dict()
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        client_env = check_client_environment(d.pop("clientEnv"))
        asr_lang_code = d.pop("asrLangCode", None)
        tts_lang_code = d.pop("ttsLangCode", None)
        conversation_id = d.pop("conversationId", None)
        variant_id = d.pop("variantId", None)
        channel = d.pop("channel", None)
        _integration_attributes = d.pop("integrationAttributes", None)
        integration_attributes: CreateDebugChatIntegrationAttributes | None
        if _integration_attributes is None:
            integration_attributes = None
        else:
            integration_attributes = CreateDebugChatIntegrationAttributes.from_dict(_integration_attributes)
        made = cls(
            client_env=client_env,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            conversation_id=conversation_id,
            variant_id=variant_id,
            channel=channel,
            integration_attributes=integration_attributes,
        )
        made.additional_properties = d
        return made

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: object) -> bool:
        return key in self.additional_properties


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.create_debug_chat_integration_attributes import CreateDebugChatIntegrationAttributes

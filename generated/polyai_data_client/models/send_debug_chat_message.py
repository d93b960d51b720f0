# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.client_environment import ClientEnvironment, check_client_environment

T = TypeVar("T", bound="SendDebugChatMessage")


@_attrs_define(kw_only=True)
class SendDebugChatMessage:
    """SendDebugChatMessage

    Attributes:
        client_env (ClientEnvironment): The environment that a conversation runs in.
        asr_lang_code (str | None): Language in which the user speaks.
        tts_lang_code (str | None): Language in which the agent speaks.
        message (str | None): What the user says.
        metadata (SendDebugChatMessageMetadata | None): Free-form data handed to the agent with the message.
    """

    client_env: ClientEnvironment
    asr_lang_code: str | None = None
    tts_lang_code: str | None = None
    message: str | None = None
    metadata: SendDebugChatMessageMetadata | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        field_dict["clientEnv"] = self.client_env
        if self.asr_lang_code is not None:
            field_dict["asrLangCode"] = self.asr_lang_code
        if self.tts_lang_code is not None:
            field_dict["ttsLangCode"] = self.tts_lang_code
        if self.message is not None:
            field_dict["message"] = self.message
        if self.metadata is not None:
            field_dict["metadata"] = self.metadata.to_dict()
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        client_env = check_client_environment(d.pop("clientEnv"))
        asr_lang_code = d.pop("asrLangCode", None)
        tts_lang_code = d.pop("ttsLangCode", None)
        message = d.pop("message", None)
        _metadata = d.pop("metadata", None)
        metadata: SendDebugChatMessageMetadata | None
        if _metadata is None:
            metadata = None
        else:
            metadata = SendDebugChatMessageMetadata.from_dict(_metadata)
        made = cls(
            client_env=client_env,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            message=message,
            metadata=metadata,
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
from ..models.send_debug_chat_message_metadata import SendDebugChatMessageMetadata

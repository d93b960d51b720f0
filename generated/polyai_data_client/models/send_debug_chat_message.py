# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types
from ..models.client_environment import ClientEnvironment


@_attrs_define(kw_only=True, repr=False)
class SendDebugChatMessage(_types.Model[Any]):
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

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("clientEnv")
        self.client_env = self._read("clientEnv", value)
        value = get("asrLangCode")
        self.asr_lang_code = value if type(value) is str or value is None else self._read("asrLangCode", value)
        value = get("ttsLangCode")
        self.tts_lang_code = value if type(value) is str or value is None else self._read("ttsLangCode", value)
        value = get("message")
        self.message = value if type(value) is str or value is None else self._read("message", value)
        value = get("metadata")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["metadata"] = ("metadata", value)
        else:
            self.metadata = value if value is None else self._read("metadata", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.send_debug_chat_message_metadata import SendDebugChatMessageMetadata

SendDebugChatMessage._properties = {
    "clientEnv": ("client_env", _types.one_of(ClientEnvironment)),
    "asrLangCode": ("asr_lang_code", _types.text),
    "ttsLangCode": ("tts_lang_code", _types.text),
    "message": ("message", _types.text),
    "metadata": ("metadata", _types.model(SendDebugChatMessageMetadata)),
}
SendDebugChatMessage._required = ("clientEnv",)

# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

import datetime
from typing import Any

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from .. import types as _types


@_attrs_define(kw_only=True, repr=False)
class ConversationTurn(_types.Model[Any]):
    """Info about a single turn.

    Attributes:
        user_input (str | None): The transcription of what the user spoke or typed. May be an empty string when no
            input is present.
        user_input_dtmf (str | None): DTMF digits captured for this turn (e.g. keypad input). May be an empty string
            when no DTMF was entered.
        user_input_datetime (datetime.datetime | None): The time when the agent received the user's input. For speech,
            this is when ASR finished transcribing.
        agent_response (str | None): The transcription of the agent's response to the user. May be an empty string when
            no response was produced.
        agent_response_datetime (datetime.datetime | None): The time when the agent responded. For speech, this is when
            the agent started speaking.
        latency (float | TurnLatency | None): Agent latency for this turn (for example, time in seconds between
            receiving user input and starting the agent response).
        translated_user_input (str | None): User input translated into the agent's working language (typically English)
            if translation is enabled. May be an empty string when not applicable.
        english_agent_response (str | None): Agent response in English when translation is enabled. May be an empty
            string when not applicable.
        intents (list[str] | None): The list of intents that were found in this turn's input.
        entities (list[ConversationTurnEntitiesItem] | None): The list of entities that were found in this turn's
            input.
        is_ood (bool | None): Whether the turn is classified as Out of Domain (OOD).
        is_silence (bool | None): Whether the turn is classified as a silence.
        turn_id (int | None): An ID of the turn, a large number; annotations count turns from 0 instead.
        barge_in (bool | None): Whether the user spoke over the agent.
        asr_lang_code (str | None): Language in which the user was understood.
        tts_lang_code (str | None): Language in which the agent spoke.
        user_input_audio_url (str | None): Relative path to the sound of the user's side; empty where there is none.
        user_input_dtmf_finish_key (str | None): The key that ended the DTMF digits.
        reviews (list[Any] | None): Reviews of the turn.
        llm_requests (list[Any] | None): Requests to language models.
        metadata (TurnMetadata | None): How the agent understood the turn.
    """

    user_input: str | None = None
    user_input_dtmf: str | None = None
    user_input_datetime: datetime.datetime | None = None
    agent_response: str | None = None
    agent_response_datetime: datetime.datetime | None = None
    latency: float | TurnLatency | None = None
    translated_user_input: str | None = None
    english_agent_response: str | None = None
    intents: list[str] | None = None
    entities: list[ConversationTurnEntitiesItem] | None = None
    is_ood: bool | None = None
    is_silence: bool | None = None
    turn_id: int | None = None
    barge_in: bool | None = None
    asr_lang_code: str | None = None
    tts_lang_code: str | None = None
    user_input_audio_url: str | None = None
    user_input_dtmf_finish_key: str | None = None
    reviews: list[Any] | None = None
    llm_requests: list[Any] | None = None
    metadata: TurnMetadata | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def _fill(self, get: Any, whole: bool) -> None:
        value = get("user_input")
        self.user_input = value if type(value) is str or value is None else self._read("user_input", value)
        value = get("user_input_dtmf")
        self.user_input_dtmf = value if type(value) is str or value is None else self._read("user_input_dtmf", value)
        value = get("user_input_datetime")
        self.user_input_datetime = value if value is None else self._moment("user_input_datetime", value)
        value = get("agent_response")
        self.agent_response = value if type(value) is str or value is None else self._read("agent_response", value)
        value = get("agent_response_datetime")
        self.agent_response_datetime = value if value is None else self._moment("agent_response_datetime", value)
        value = get("latency")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["latency"] = ("latency", value)
        else:
            self.latency = (
                value
                if type(value) is int or (type(value) is float and value - value == 0) or value is None
                else self._read("latency", value)
            )
        value = get("translated_user_input")
        self.translated_user_input = (
            value if type(value) is str or value is None else self._read("translated_user_input", value)
        )
        value = get("english_agent_response")
        self.english_agent_response = (
            value if type(value) is str or value is None else self._read("english_agent_response", value)
        )
        value = get("intents")
        self.intents = value if value is None else self._read("intents", value)
        value = get("entities")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["entities"] = ("entities", value)
        else:
            self.entities = value if value is None else self._read("entities", value)
        value = get("is_ood")
        self.is_ood = value if type(value) is bool or value is None else self._read("is_ood", value)
        value = get("is_silence")
        self.is_silence = value if type(value) is bool or value is None else self._read("is_silence", value)
        value = get("turn_id")
        self.turn_id = value if type(value) is int or value is None else self._read("turn_id", value)
        value = get("barge_in")
        self.barge_in = value if type(value) is bool or value is None else self._read("barge_in", value)
        value = get("asr_lang_code")
        self.asr_lang_code = value if type(value) is str or value is None else self._read("asr_lang_code", value)
        value = get("tts_lang_code")
        self.tts_lang_code = value if type(value) is str or value is None else self._read("tts_lang_code", value)
        value = get("user_input_audio_url")
        self.user_input_audio_url = (
            value if type(value) is str or value is None else self._read("user_input_audio_url", value)
        )
        value = get("user_input_dtmf_finish_key")
        self.user_input_dtmf_finish_key = (
            value if type(value) is str or value is None else self._read("user_input_dtmf_finish_key", value)
        )
        value = get("reviews")
        self.reviews = value if value is None else self._read("reviews", value)
        value = get("llm_requests")
        self.llm_requests = value if value is None else self._read("llm_requests", value)
        value = get("metadata")
        if not whole and value and (type(value) is dict or type(value) is list):
            self._parts["metadata"] = ("metadata", value)
        else:
            self.metadata = value if value is None else self._read("metadata", value)


# Models refer to each other: imported at the end, each finds the other's classes defined.
from ..models.conversation_turn_entities_item import ConversationTurnEntitiesItem
from ..models.turn_latency import TurnLatency
from ..models.turn_metadata import TurnMetadata

ConversationTurn._properties = {
    "user_input": ("user_input", _types.text),
    "user_input_dtmf": ("user_input_dtmf", _types.text),
    "user_input_datetime": ("user_input_datetime", _types.moment),
    "agent_response": ("agent_response", _types.text),
    "agent_response_datetime": ("agent_response_datetime", _types.moment),
    "latency": (
        "latency",
        _types.any_of(
            _types.number,
            _types.model(TurnLatency),
        ),
    ),
    "translated_user_input": ("translated_user_input", _types.text),
    "english_agent_response": ("english_agent_response", _types.text),
    "intents": ("intents", _types.items(_types.text)),
    "entities": ("entities", _types.items(_types.model(ConversationTurnEntitiesItem))),
    "is_ood": ("is_ood", _types.boolean),
    "is_silence": ("is_silence", _types.boolean),
    "turn_id": ("turn_id", _types.integer),
    "barge_in": ("barge_in", _types.boolean),
    "asr_lang_code": ("asr_lang_code", _types.text),
    "tts_lang_code": ("tts_lang_code", _types.text),
    "user_input_audio_url": ("user_input_audio_url", _types.text),
    "user_input_dtmf_finish_key": ("user_input_dtmf_finish_key", _types.text),
    "reviews": ("reviews", _types.items(_types.anything)),
    "llm_requests": ("llm_requests", _types.items(_types.anything)),
    "metadata": ("metadata", _types.model(TurnMetadata)),
}

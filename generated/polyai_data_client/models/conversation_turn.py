# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.
from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar, cast

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..types import format_datetime, parse_datetime

T = TypeVar("T", bound="ConversationTurn")


@_attrs_define(kw_only=True)
class ConversationTurn:
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

    def to_dict(self) -> dict[str, Any]:
        """As JSON, without the properties that are None."""
        field_dict: dict[str, Any] = dict(self.additional_properties)
        if self.user_input is not None:
            field_dict["user_input"] = self.user_input
        if self.user_input_dtmf is not None:
            field_dict["user_input_dtmf"] = self.user_input_dtmf
        if self.user_input_datetime is not None:
            field_dict["user_input_datetime"] = format_datetime("user_input_datetime", self.user_input_datetime)
        if self.agent_response is not None:
            field_dict["agent_response"] = self.agent_response
        if self.agent_response_datetime is not None:
            field_dict["agent_response_datetime"] = format_datetime(
                "agent_response_datetime", self.agent_response_datetime
            )
        if self.latency is not None:
            if self.latency is None:
                field_dict["latency"] = None
            elif isinstance(self.latency, TurnLatency):
                field_dict["latency"] = self.latency.to_dict()
            else:
                field_dict["latency"] = self.latency
        if self.translated_user_input is not None:
            field_dict["translated_user_input"] = self.translated_user_input
        if self.english_agent_response is not None:
            field_dict["english_agent_response"] = self.english_agent_response
        if self.intents is not None:
            field_dict["intents"] = self.intents
        if self.entities is not None:
            field_dict["entities"] = []
            for entities_item_data in self.entities:
                entities_item = entities_item_data.to_dict()
                field_dict["entities"].append(entities_item)
        if self.is_ood is not None:
            field_dict["is_ood"] = self.is_ood
        if self.is_silence is not None:
            field_dict["is_silence"] = self.is_silence
        if self.turn_id is not None:
            field_dict["turn_id"] = self.turn_id
        if self.barge_in is not None:
            field_dict["barge_in"] = self.barge_in
        if self.asr_lang_code is not None:
            field_dict["asr_lang_code"] = self.asr_lang_code
        if self.tts_lang_code is not None:
            field_dict["tts_lang_code"] = self.tts_lang_code
        if self.user_input_audio_url is not None:
            field_dict["user_input_audio_url"] = self.user_input_audio_url
        if self.user_input_dtmf_finish_key is not None:
            field_dict["user_input_dtmf_finish_key"] = self.user_input_dtmf_finish_key
        if self.reviews is not None:
            field_dict["reviews"] = self.reviews
        if self.llm_requests is not None:
            field_dict["llm_requests"] = self.llm_requests
        if self.metadata is not None:
            field_dict["metadata"] = self.metadata.to_dict()
        return field_dict

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        """From JSON. What the document does not name is kept in `additional_properties`."""
        d = dict(src_dict)
        user_input = d.pop("user_input", None)
        user_input_dtmf = d.pop("user_input_dtmf", None)
        user_input_datetime = parse_datetime(d.pop("user_input_datetime", None))
        agent_response = d.pop("agent_response", None)
        agent_response_datetime = parse_datetime(d.pop("agent_response_datetime", None))

        def _parse_latency(data: object) -> float | TurnLatency | None:
            if data is None:
                return data
            try:
                if not isinstance(data, dict):
                    raise TypeError()
                latency_type_1 = TurnLatency.from_dict(data)

                return latency_type_1
            except (TypeError, ValueError, AttributeError, KeyError):
                pass
            return cast(float | TurnLatency | None, data)

        latency = _parse_latency(d.pop("latency", None))
        translated_user_input = d.pop("translated_user_input", None)
        english_agent_response = d.pop("english_agent_response", None)
        intents = cast(list[str], d.pop("intents", None))
        _entities = d.pop("entities", None)
        entities: list[ConversationTurnEntitiesItem] | None = None
        if _entities is not None:
            entities = []
            for entities_item_data in _entities:
                entities_item = ConversationTurnEntitiesItem.from_dict(entities_item_data)

                entities.append(entities_item)
        is_ood = d.pop("is_ood", None)
        is_silence = d.pop("is_silence", None)
        turn_id = d.pop("turn_id", None)
        barge_in = d.pop("barge_in", None)
        asr_lang_code = d.pop("asr_lang_code", None)
        tts_lang_code = d.pop("tts_lang_code", None)
        user_input_audio_url = d.pop("user_input_audio_url", None)
        user_input_dtmf_finish_key = d.pop("user_input_dtmf_finish_key", None)
        reviews = cast(list[Any], d.pop("reviews", None))
        llm_requests = cast(list[Any], d.pop("llm_requests", None))
        _metadata = d.pop("metadata", None)
        metadata: TurnMetadata | None
        if _metadata is None:
            metadata = None
        else:
            metadata = TurnMetadata.from_dict(_metadata)
        made = cls(
            user_input=user_input,
            user_input_dtmf=user_input_dtmf,
            user_input_datetime=user_input_datetime,
            agent_response=agent_response,
            agent_response_datetime=agent_response_datetime,
            latency=latency,
            translated_user_input=translated_user_input,
            english_agent_response=english_agent_response,
            intents=intents,
            entities=entities,
            is_ood=is_ood,
            is_silence=is_silence,
            turn_id=turn_id,
            barge_in=barge_in,
            asr_lang_code=asr_lang_code,
            tts_lang_code=tts_lang_code,
            user_input_audio_url=user_input_audio_url,
            user_input_dtmf_finish_key=user_input_dtmf_finish_key,
            reviews=reviews,
            llm_requests=llm_requests,
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
from ..models.conversation_turn_entities_item import ConversationTurnEntitiesItem
from ..models.turn_latency import TurnLatency
from ..models.turn_metadata import TurnMetadata

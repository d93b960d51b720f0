"""One conversation over a socket: its details, annotations and note; and debug chats."""

from __future__ import annotations

from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.errors import BadRequestError, ConfigError, GoneError, NotFoundError
from polyai_data.models import Annotation
from tests.facade.calls import AGENTS_HOSTS, Connect, recorded


def test_a_conversation_has_its_turns_metrics_and_function_events(connect: Connect, polyai: PolyAI) -> None:
    true = next(each for each in connect.emulator.conversations() if each.functions)
    found = polyai.conversations.get(true.id)
    assert found.conversation_id == true.id
    assert [turn.agent_response for turn in found.turns or ()] == [turn.agent for turn in true.turns]
    assert found.metrics is not None
    assert found.metrics["CALL_REASON"] == true.topics[0]
    assert found.function_events is not None
    assert found.function_events.to_dict() == true.functions
    assert found.short_summary == true.summary
    assert found.poly_score == true.score
    assert found.additional_properties == {}
    assert (connect.last.host, connect.last.operation_id) == (AGENTS_HOSTS["us"], "getConversation")


def test_every_conversation_that_is_listed_can_be_got(connect: Connect, polyai: PolyAI) -> None:
    for summary in polyai.conversations.list():
        found = polyai.conversations.get(summary.conversation_id)
        assert found.started_at == summary.started_at
        assert found.note == summary.note
        assert found.in_progress is summary.in_progress
    assert connect.sent.count("getConversation") == 40


def test_a_conversation_that_is_not_there_is_not_found(polyai: PolyAI) -> None:
    with pytest.raises(NotFoundError, match="CONVERSATIONS_NOT_FOUND"):
        polyai.conversations.get("CA00000000000000000000000000000000")


def test_a_conversation_of_another_agent_is_got_by_naming_the_agent(connect: Connect, polyai: PolyAI) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    true = connect.emulator.conversations(other)[0]
    with pytest.raises(NotFoundError):
        polyai.conversations.get(true.id)
    assert polyai.conversations.get(true.id, agent_id=other.id).conversation_id == true.id


def test_one_turn_is_annotated(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    polyai.conversations.annotate(conversation, turn_id=0, role="user", annotation_type="wrong_transcript")
    assert connect.emulator.annotations[conversation] == (
        {"turnId": 0, "role": "user", "annotationType": "wrong_transcript"},
    )
    assert (connect.last.host, connect.last.operation_id) == (AGENTS_HOSTS["us"], "addAnnotations")


def test_several_turns_are_annotated_at_once(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    polyai.conversations.annotate(
        conversation,
        annotations=(
            Annotation(turn_id=1, role="agent", annotation_type="wrong_info"),
            Annotation(turn_id=0, role="user", annotation_type="missing_topic"),
        ),
    )
    assert [each["turnId"] for each in connect.emulator.annotations[conversation]] == [1, 0]
    assert len(connect.sent) == 1


ONE: dict[str, Any] = {"turn_id": 0, "role": "user", "annotation_type": "wrong_info"}


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({}, "annotations"),
        ({"annotations": []}, "annotations"),
        ({"turn_id": 0}, "annotations"),
        ({"turn_id": 0, "role": "user"}, "annotations"),
        ({**ONE, "annotations": [Annotation(turn_id=0, role="user", annotation_type="wrong_info")]}, "annotations"),
        (
            {"turn_id": 0, "annotations": [Annotation(turn_id=0, role="user", annotation_type="wrong_info")]},
            "annotations",
        ),
        ({**ONE, "turn_id": -1}, "turn_id"),
        ({**ONE, "turn_id": True}, "turn_id"),
        ({**ONE, "role": "nobody"}, "role"),
        ({**ONE, "annotation_type": "rude"}, "annotation_type"),
        (
            {
                "annotations": [
                    Annotation(turn_id=0, role="user", annotation_type="wrong_info"),
                    Annotation(turn_id=-1, role="user", annotation_type="wrong_info"),
                ]
            },
            "turn_id",
        ),
    ],
)
def test_an_annotation_that_cannot_work_is_not_sent(
    connect: Connect, polyai: PolyAI, given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        polyai.conversations.annotate("CA1", **given)
    assert caught.value.argument == argument
    assert connect.sent == []


def test_a_turn_that_the_conversation_does_not_have_is_refused_by_the_server(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    with pytest.raises(BadRequestError, match="turnId"):
        polyai.conversations.annotate(conversation, turn_id=1000, role="user", annotation_type="wrong_info")
    assert connect.emulator.annotations == {}


def test_a_note_takes_the_place_of_the_one_before(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    for note in ("first", 'Größe "geprüft" ✓\nsecond line'):
        polyai.conversations.set_note(conversation, note)
        assert (connect.last.host, connect.last.operation_id) == (AGENTS_HOSTS["us"], "upsertNote")
        assert polyai.conversations.get(conversation).note == note


def test_a_note_is_taken_away_by_an_empty_one(connect: Connect, polyai: PolyAI) -> None:
    conversation = next(each for each in connect.emulator.conversations() if each.note)
    polyai.conversations.set_note(conversation.id, "")
    assert not polyai.conversations.get(conversation.id).note


def test_a_debug_chat_goes_on_until_the_agent_ends_it(connect: Connect, polyai: PolyAI) -> None:
    chat = polyai.debug_chat.start(client_env="sandbox")
    assert (connect.last.host, connect.last.operation_id) == (AGENTS_HOSTS["us"], "createDebugChat")
    assert chat.id.startswith("AS_CHAT_")
    assert "help you" in chat.reply.response
    assert chat.ended is False
    reply = chat.send("I want my money back.")
    assert (connect.last.host, connect.last.operation_id) == (AGENTS_HOSTS["us"], "sendDebugChatMessage")
    assert connect.last.path.endswith(f"/debug-chat/{chat.id}")
    assert "refund" in reply.response
    assert reply.user_input == "I want my money back."
    assert chat.reply is reply
    chat.send("That is all, goodbye!")
    assert chat.ended is True
    with pytest.raises(GoneError) as caught:
        chat.send("One more thing…")
    assert caught.value.status == 410
    assert caught.value.code == "ChatConversationEnded"
    assert chat.ended is True


def test_a_debug_chat_keeps_its_agent_and_environment(connect: Connect, polyai: PolyAI) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    chat = polyai.debug_chat.start(client_env="pre-release", agent_id=other.id, conversation_id="my-chat")
    assert chat.id == "my-chat"
    reply = chat.send("hello", asr_lang_code="de", tts_lang_code="fr", metadata={"from": "test", "depth": {"n": 1}})
    assert other.id in connect.last.path
    assert reply.metadata is not None
    assert reply.metadata.state is not None
    assert reply.metadata.state.to_dict()["environment"] == "pre-release"
    assert reply.metadata.asr_lang_code == "de"
    assert reply.metadata.tts_lang_code == "fr"
    assert reply.metadata.node_trace
    assert reply.metadata.current_node == reply.metadata.node_trace[-1]


def test_two_debug_chats_of_one_client_do_not_mix(polyai: PolyAI) -> None:
    first, second = (polyai.debug_chat.start(client_env="sandbox") for _ in range(2))
    first.send("goodbye")
    assert first.ended
    second.send("hello")
    assert not second.ended
    assert first.id != second.id


@pytest.mark.parametrize(
    ("given", "argument"),
    [
        ({"client_env": "production"}, "client_env"),
        ({"client_env": "sandbox", "conversation_id": ".."}, "conversation_id"),
        ({"client_env": "sandbox", "agent_id": ""}, "agent_id"),
    ],
)
def test_a_debug_chat_that_cannot_work_is_not_started(
    connect: Connect, polyai: PolyAI, given: dict[str, Any], argument: str
) -> None:
    with pytest.raises(ConfigError) as caught:
        polyai.debug_chat.start(**given)
    assert caught.value.argument == argument
    assert connect.sent == []


def test_a_debug_chat_takes_what_an_integration_would_hand_over(connect: Connect, polyai: PolyAI) -> None:
    chat = polyai.debug_chat.start(
        client_env="live", variant_id="VAR-2", channel="WEBCHAT", integration_attributes={"caller": {"vip": True}}
    )
    assert chat.reply.metadata is not None
    assert chat.reply.metadata.state is not None
    assert chat.reply.metadata.state.to_dict()["environment"] == "live"
    assert connect.last.status == 201

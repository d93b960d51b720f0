"""One conversation over a socket: its details, annotations and note; and debug chats."""

from __future__ import annotations

import pytest

from polyai_data import PolyAI
from polyai_data.errors import BadRequestError, GoneError, NotFoundError
from tests.facade.calls import Connect, one_flavour, recorded

pytestmark = one_flavour


def test_a_conversation_has_its_turns_metrics_and_function_events(connect: Connect, polyai: PolyAI) -> None:
    expected = next(each for each in connect.emulator.conversations() if each.functions)
    conversation = polyai.conversations.get(expected.id)
    assert conversation.conversation_id == expected.id
    assert [turn.agent_response for turn in conversation.turns or ()] == [turn.agent for turn in expected.turns]
    assert conversation.metrics is not None
    assert conversation.metrics["CALL_REASON"] == expected.topics[0]
    assert conversation.function_events is not None
    assert conversation.function_events.to_dict() == expected.functions
    assert (conversation.short_summary, conversation.poly_score) == (expected.summary, expected.score)
    assert conversation.additional_properties == {}


def test_a_conversation_of_another_agent_is_fetched_by_naming_the_agent(connect: Connect, polyai: PolyAI) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    expected = connect.emulator.conversations(other)[0]
    with pytest.raises(NotFoundError, match="CONVERSATIONS_NOT_FOUND"):
        polyai.conversations.get(expected.id)
    assert polyai.conversations.get(expected.id, agent_id=other.id).conversation_id == expected.id


def test_one_turn_is_annotated(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    polyai.conversations.annotate(conversation, turn_id=0, role="user", annotation_type="wrong_transcript")
    assert connect.emulator.annotations[conversation] == (
        {"turnId": 0, "role": "user", "annotationType": "wrong_transcript"},
    )


def test_the_server_refuses_a_turn_that_the_conversation_does_not_have(connect: Connect, polyai: PolyAI) -> None:
    with pytest.raises(BadRequestError, match="turnId"):
        polyai.conversations.annotate(
            recorded(connect.emulator), turn_id=1000, role="user", annotation_type="wrong_info"
        )
    assert connect.emulator.annotations == {}


def test_a_note_replaces_the_one_before_and_an_empty_one_removes_it(connect: Connect, polyai: PolyAI) -> None:
    conversation = recorded(connect.emulator)
    for note in ("first", 'Größe "geprüft" ✓\nsecond line', ""):
        polyai.conversations.set_note(conversation, note)
        assert (polyai.conversations.get(conversation).note or "") == note


def test_a_debug_chat_lasts_until_the_agent_ends_it(connect: Connect, polyai: PolyAI) -> None:
    chat = polyai.debug_chat.start(client_env="sandbox")
    assert chat.id.startswith("AS_CHAT_")
    assert "help you" in chat.reply.response
    assert chat.ended is False
    reply = chat.send("I want my money back.")
    assert connect.last.path.endswith(f"/debug-chat/{chat.id}")
    assert "refund" in reply.response
    assert reply.user_input == "I want my money back."
    assert chat.reply is reply
    chat.send("That is all, goodbye!")
    assert chat.ended is True
    with pytest.raises(GoneError) as caught:
        chat.send("One more thing…")
    assert (caught.value.status, caught.value.code) == (410, "ChatConversationEnded")
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
    assert (reply.metadata.asr_lang_code, reply.metadata.tts_lang_code) == ("de", "fr")
    assert reply.metadata.node_trace
    assert reply.metadata.current_node == reply.metadata.node_trace[-1]


def test_two_debug_chats_of_one_client_are_apart(polyai: PolyAI) -> None:
    first, second = (
        polyai.debug_chat.start(
            client_env="live", variant_id="VAR-2", channel="WEBCHAT", integration_attributes={"caller": {"vip": True}}
        )
        for _ in range(2)
    )
    first.send("goodbye")
    assert first.ended
    second.send("hello")
    assert not second.ended
    assert first.id != second.id

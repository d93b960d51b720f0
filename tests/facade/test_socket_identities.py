"""A response to another request, over a socket: it is not taken for one's own, and its connection is not used again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from polyai_data.errors import ConnectionError  # noqa: A004 - ours
from tests.facade.calls import Connect
from tests.facade.scripted import RESPONSES, example_response, json_response
from tests.support.scripted_server import Received, ScriptedServer


def about(conversation: str) -> bytes:
    return example_response("getConversation", conversationId=conversation)


def asked(_: Any, request: Received) -> bytes:
    """The conversation that was asked for."""
    return about(request.target.rpartition("/")[2])


pytestmark = pytest.mark.usefixtures("pauses")


def test_one_response_too_many_is_not_taken_for_the_next(connect: Connect) -> None:
    with ScriptedServer(about("CA-A") + about("CA-EVIL"), asked) as server:
        client = connect.polyai(connect_to=server.url, max_retries=1)
        for each in ("CA-A", "CA-B", "CA-C"):
            assert client.conversations.get(each).conversation_id == each
        # A connection with more than its response on it is left.
        assert [each.connection for each in server.requests] == [1, 2, 2]


def test_a_server_that_only_knows_another_conversation_is_an_error(connect: Connect) -> None:
    with ScriptedServer(about("CA-EVIL")) as server:
        client = connect.polyai(connect_to=server.url, max_retries=2)
        with pytest.raises(ConnectionError, match=r"about another conversationId than 'CA-B'") as caught:
            client.conversations.get("CA-B")
        assert "EVIL" not in str(caught.value)
        assert [each.connection for each in server.requests] == [1, 2, 3]


def test_the_response_of_another_chat_is_an_error_and_the_message_is_not_sent_twice(connect: Connect) -> None:
    started = RESPONSES["createDebugChat"]
    other = example_response("createDebugChat", conversationId="AS_CHAT_2")
    with ScriptedServer(started, other, started) as server:
        client = connect.polyai(connect_to=server.url, max_retries=2)
        chat = client.debug_chat.start(client_env="sandbox")
        with pytest.raises(ConnectionError, match="another conversationId than 'AS_CHAT_1'") as caught:
            chat.send("hello")
        assert (caught.value.sent, caught.value.done) == (True, False)
        assert chat.reply.conversation_id == "AS_CHAT_1"
        assert chat.send("hello").conversation_id == "AS_CHAT_1"
        assert [each.connection for each in server.requests] == [1, 1, 2]


def test_the_redacted_audio_of_another_transcript_is_asked_for_again(connect: Connect) -> None:
    ready = json.loads(RESPONSES["getRedactedAudio"].partition(b"\r\n\r\n")[2])
    with ScriptedServer(json_response({**ready, "id": "T2"}), json_response({**ready, "id": "T1"})) as server:
        client = connect.assemblyai(connect_to=server.url, max_retries=1)
        assert client.redacted_audio.get("T1")["id"] == "T1"
        assert [each.connection for each in server.requests] == [1, 2]

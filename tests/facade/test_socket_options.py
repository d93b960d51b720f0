"""Options over a socket: copies share the connections of their original."""

from __future__ import annotations

import pytest

from polyai_data.errors import ConfigError, DecodeError, ServerError, TimeoutError  # noqa: A004 - ours
from tests.facade.calls import Connect, one_flavour
from tests.facade.scripted import RESPONSES, example_response
from tests.support.scripted_server import ScriptedServer, late, response

FETCHED = RESPONSES["getConversation"]


def test_a_copy_uses_the_connection_of_its_original(connect: Connect) -> None:
    with ScriptedServer(FETCHED) as server:
        client = connect.polyai(connect_to=server.url)
        copy = client.with_options(timeout=5, max_retries=2, deadline=9)
        for each in (client, copy, copy.with_options(strict=False), client):
            each.conversations.get("CA1")
        assert [each.connection for each in server.requests] == [1, 1, 1, 1]
        assert server.connections == 1


@pytest.mark.usefixtures("pauses")
def test_a_copy_retries_as_it_says(connect: Connect) -> None:
    with ScriptedServer(response(503), response(503), FETCHED) as server:
        client = connect.polyai(connect_to=server.url, max_retries=1)
        with pytest.raises(ServerError):
            client.with_options(max_retries=0).conversations.get("CA1")
        assert client.conversations.get("CA1").conversation_id == "CA1"
        assert len(server.requests) == 3


def test_a_copy_waits_as_long_as_it_says(connect: Connect) -> None:
    with ScriptedServer(late(FETCHED, 0.2)) as server:
        client = connect.polyai(connect_to=server.url)
        with pytest.raises(TimeoutError, match="within the timeout"):
            client.with_options(timeout=0.05).conversations.get("CA1")
        assert client.conversations.get("CA1").conversation_id == "CA1"


@one_flavour
def test_a_copy_is_as_strict_as_it_says(connect: Connect) -> None:
    with ScriptedServer(example_response("getConversation", conversationId="CA1", duration="many")) as server:
        client = connect.polyai(connect_to=server.url)
        strict = connect.polyai(connect_to=server.url, strict=True)
        for each in (client, strict.with_options(strict=False)):
            assert each.conversations.get("CA1").conversation_id == "CA1"
        for each in (client.with_options(strict=True), strict):
            with pytest.raises(DecodeError):
                each.conversations.get("CA1")


def test_a_copy_does_not_close_its_original_which_closes_both(connect: Connect) -> None:
    with ScriptedServer(FETCHED) as server:
        client = connect.polyai(connect_to=server.url)
        copy = client.with_options(timeout=5)
        with copy:
            copy.conversations.get("CA1")
        copy.close()
        for each in (client, client.with_options(timeout=1)):
            each.conversations.get("CA1")
        client.close()
        for each in (client, copy, copy.with_options(timeout=1)):
            with pytest.raises(ConfigError, match="the client is closed"):
                each.conversations.get("CA1")
        assert [each.connection for each in server.requests] == [1, 1, 1]

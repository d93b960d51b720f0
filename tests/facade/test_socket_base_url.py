"""Clients that know the emulator by its base URL alone, as they know a gateway: path and key select host and region."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.facade.calls import OPERATIONS, Connect, one_flavour, perform, transcript


def alone(connect: Connect) -> dict[str, str | None]:
    return {"base_url": connect.emulator.url, "region": None, "connect_to": None}


@one_flavour
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_every_operation_works(connect: Connect, operation_id: str) -> None:
    perform(connect, operation_id, **alone(connect))
    assert (connect.last.operation_id, connect.last.host) == (operation_id, "127.0.0.1")


def test_the_key_selects_the_region(connect: Connect) -> None:
    emulator, agent = connect.emulator, connect.emulator.accounts["uk"].agents[0]
    polyai = connect.polyai(**alone(connect), api_key=emulator.keys["uk"].value, account_id=agent.account_id)
    expected = {each.id for each in emulator.conversations(agent)}
    assert {each.conversation_id for each in polyai.conversations.list(agent_id=agent.id)} == expected
    assert {each.id for each in polyai.conversations.search(agent_id=agent.id)} <= expected


def test_the_signed_link_leads_back_and_gets_no_key(connect: Connect, tmp_path: Path) -> None:
    audios = connect.assemblyai(**alone(connect)).redacted_audio
    saved = audios.save(transcript(connect.emulator, "ready"), tmp_path / "audio.mp3").read_bytes()
    assert saved.startswith(b"ID3")
    assert (connect.last.path[:16], connect.last.status) == ("/redacted-audio/", 200)
    assert not {"authorization", "x-api-key"} & connect.last.header_names

"""What each key opens, and the errors of each host."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.emulator.support import Caller
from tests.support.document import operations

POLYAI = [name for name, operation in operations().items() if operation.vendor == "polyai"]
EXPIRY = datetime(2026, 5, 3, 12, tzinfo=UTC)


def code(response: httpx.Response) -> object:
    return response.json().get("error_code")


@pytest.mark.parametrize("region", ["us", "eu", "uk", "studio"])
def test_every_region_has_its_keys(call: Caller, region: str) -> None:
    names = {"", "-agents", "-no-pii", "-no-permission", "-one-agent", "-expired"}
    names |= {"-platform"} if region in operations()["searchConversations"].servers else set()
    assert {name.removeprefix(region) for name in call.emulator.keys if name.startswith(region)} == names
    values = [key.value for key in call.emulator.keys.values()]
    assert len(set(values)) == len(values)
    assert all("not-a-real-key" in value for value in values)


@pytest.mark.parametrize("operation_id", list(operations()))
def test_a_missing_or_unknown_key_is_401(call: Caller, operation_id: str) -> None:
    operation = operations()[operation_id]
    assert call(operation_id, key=None).status_code == 401
    for value in ("", "unknown"):
        assert call(operation_id, key=None, headers={operation.key_header: value}).status_code == 401


@pytest.mark.parametrize("operation_id", POLYAI)
def test_a_key_works_where_it_says(call: Caller, operation_id: str) -> None:
    here = operations()[operation_id].logical_host
    other = {"agents": "platform", "platform": "agents"}[here]
    first, second = call.emulator.accounts["us"].agents
    stranger = call.emulator.accounts["eu"].agents[0]
    unknown = 404 if 404 in operations()[operation_id].statuses else 403
    for key, agent_id, refused in (
        ("us", first.id, None),
        (f"us-{here}", first.id, None),
        (f"us-{other}", first.id, 401),
        ("us-expired", first.id, 401),
        ("eu", first.id, 401),
        ("us-no-permission", first.id, 403),
        ("us-one-agent", first.id, None),
        ("us-one-agent", second.id, 403),
        ("us", stranger.id, 403),
        ("us", "PROJECT-UNKNOWN", unknown),
    ):
        status = call(operation_id, key=key, agentId=agent_id, project_id=agent_id).status_code
        assert status == refused if refused else status not in {401, 403}, (key, agent_id)


@pytest.mark.parametrize("operation_id", ["searchConversations", "getConversationRecordingV3"])
def test_an_account_that_is_not_the_keys_is_refused(call: Caller, operation_id: str) -> None:
    assert call(operation_id, account_id=call.emulator.accounts["eu"].id).status_code == 403
    assert call(operation_id, account_id="ws-unknown").status_code == 404


def test_a_key_expires_by_the_emulators_clock(call: Caller) -> None:
    call.emulator.clock.set(EXPIRY)
    assert code(call("listConversations", key="us-expired")) == "AUTH_USER_INVALID_TOKEN"
    call.emulator.clock.set(EXPIRY - timedelta(milliseconds=1))
    assert call("listConversations", key="us-expired").status_code == 200


def test_the_errors_have_the_codes_of_the_vendor(call: Caller) -> None:
    assert code(call("listConversations", key=None)) == "AUTH_USER_UNAUTHORISED"
    assert code(call("listConversations", key="eu")) == "AUTH_USER_UNAUTHORISED"
    assert code(call("listConversations", key=None, headers={"x-api-key": "x"})) == "AUTH_USER_INVALID_TOKEN"
    assert code(call("listConversations", key="us-no-permission")) == "USER_ACCESS_FORBIDDEN"


def test_a_key_of_another_region_or_host_is_described(call: Caller) -> None:
    message = call("listConversations", key="us-platform").json()["error_message"]
    assert message == "the key works in the region us on platform, not in us on agents"
    message = call("searchConversations", region="eu", key="us").json()["error_message"]
    assert message == "the key works in the region us on agents and platform, not in eu on platform"


def test_the_platform_host_has_the_short_error_and_codes_only_for_400_and_404(call: Caller) -> None:
    assert set(call("searchConversations", key=None).json()) == {"error_message"}
    assert set(call("searchConversations", key="us-no-permission").json()) == {"error_message"}
    assert code(call("searchConversations", params={"limit": 0})) == "CONVERSATIONS_VALIDATION_FAILED"
    assert code(call("searchConversations", params={"cursor": "x"})) == "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
    assert code(call("getConversationRecordingV3", conversation_id="x")) == "CONVERSATIONS_NOT_FOUND"


def test_the_agents_host_has_the_long_error_with_the_correlation_id(call: Caller) -> None:
    response = call("listConversations", key=None)
    body = response.json()
    assert set(body) == {"success", "error", "error_id", "error_code", "error_message", "data"}
    assert body["success"] is False
    assert body["error_id"] == response.headers["x-polyai-correlation-id"]


@pytest.mark.parametrize("operation_id", POLYAI)
def test_the_correlation_id_of_the_client_comes_back(call: Caller, operation_id: str) -> None:
    for key in ("us", None):
        response = call(operation_id, key=key, headers={"X-PolyAI-Correlation-Id": "mine-1"})
        assert response.headers["x-polyai-correlation-id"] == "mine-1"


def test_every_response_has_a_correlation_id_of_its_own(call: Caller) -> None:
    responses = [call("listConversations") for _ in range(5)]
    responses.append(call.send("GET", operations()["listConversations"].host("us"), "/nothing"))
    assert len({response.headers["x-polyai-correlation-id"] for response in responses}) == 6
    assert "x-polyai-correlation-id" not in call("getRedactedAudio").headers


def test_assemblyai_takes_its_key_without_a_prefix_and_in_its_region(call: Caller) -> None:
    value = call.emulator.keys["assemblyai-us"].value
    assert call("getRedactedAudio", key=None, headers={"AUTHORIZATION": value}).status_code == 200
    assert call("getRedactedAudio", key=None, headers={"Authorization": f"Bearer {value}"}).status_code == 401
    assert set(call("getRedactedAudio", key="assemblyai-eu").json()) == {"error"}
    assert call("getRedactedAudio", key="us").status_code == 401

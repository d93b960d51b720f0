"""What each key opens, and what it does not."""

from __future__ import annotations

import pytest

from tests.emulator.support import Caller, operations

POLYAI = [name for name, operation in operations().items() if operation.vendor == "polyai"]
REGIONS = ["us", "eu", "uk", "studio"]


def code(response: object) -> object:
    return response.json().get("error_code")  # type: ignore[attr-defined]


@pytest.mark.parametrize("region", REGIONS)
def test_every_region_has_its_keys(call: Caller, region: str) -> None:
    names = {"", "-agents", "-no-pii", "-no-permission", "-one-agent", "-expired"}
    names |= {"-platform"} if region in operations()["searchConversations"].regions else set()
    assert {name.removeprefix(region) for name in call.emulator.keys if name.startswith(region)} == names
    values = [key.value for key in call.emulator.keys.values()]
    assert len(set(values)) == len(values)
    assert all("not-a-real-key" in value for value in values)


@pytest.mark.parametrize("operation_id", list(operations()))
def test_no_key_an_unknown_key_and_an_expired_key_are_answered_with_401(call: Caller, operation_id: str) -> None:
    operation = operations()[operation_id]
    assert call(operation_id, key=None).status_code == 401
    assert call(operation_id, key=None, headers={operation.key_header: ""}).status_code == 401
    assert call(operation_id, key=None, headers={operation.key_header: "nobody's"}).status_code == 401
    if operation.vendor == "polyai":
        assert call(operation_id, key="us-expired").status_code == 401


@pytest.mark.parametrize("operation_id", POLYAI)
def test_a_key_works_on_its_logical_hosts_only(call: Caller, operation_id: str) -> None:
    home = operations()[operation_id].logical_host
    other = {"agents": "platform", "platform": "agents"}[home]
    assert call(operation_id, key=f"us-{home}").status_code not in {401, 403}
    assert call(operation_id, key=f"us-{other}").status_code == 401
    assert call(operation_id, key="us").status_code not in {401, 403}


@pytest.mark.parametrize("operation_id", POLYAI)
def test_a_key_without_the_permission_is_answered_with_403(call: Caller, operation_id: str) -> None:
    assert call(operation_id, key="us-no-permission").status_code == 403


@pytest.mark.parametrize("operation_id", POLYAI)
def test_a_key_for_one_agent_opens_no_other(call: Caller, operation_id: str) -> None:
    first, second = call.emulator.accounts["us"].agents
    assert call(operation_id, key="us-one-agent", agentId=first.id, project_id=first.id).status_code not in {401, 403}
    assert call(operation_id, key="us-one-agent", agentId=second.id, project_id=second.id).status_code == 403


@pytest.mark.parametrize("operation_id", POLYAI)
def test_an_agent_of_another_account_is_forbidden_and_an_unknown_one_not_found(call: Caller, operation_id: str) -> None:
    stranger = call.emulator.accounts["eu"].agents[0].id
    assert call(operation_id, agentId=stranger, project_id=stranger).status_code == 403
    expected = 404 if 404 in operations()[operation_id].statuses else 403
    assert call(operation_id, agentId="PROJECT-NOBODY", project_id="PROJECT-NOBODY").status_code == expected


@pytest.mark.parametrize("operation_id", ["searchConversations", "getConversationRecordingV3"])
def test_an_account_that_is_not_the_keys_is_refused(call: Caller, operation_id: str) -> None:
    assert call(operation_id, account_id=call.emulator.accounts["eu"].id).status_code == 403
    assert call(operation_id, account_id="ws-nobody").status_code == 404


def test_the_errors_carry_the_codes_of_the_vendor(call: Caller) -> None:
    assert code(call("listConversations", key=None)) == "AUTH_USER_UNAUTHORISED"
    assert code(call("listConversations", key="eu")) == "AUTH_USER_UNAUTHORISED"
    assert code(call("listConversations", key="us-expired")) == "AUTH_USER_INVALID_TOKEN"
    assert code(call("listConversations", key=None, headers={"x-api-key": "x"})) == "AUTH_USER_INVALID_TOKEN"
    assert code(call("listConversations", key="us-no-permission")) == "USER_ACCESS_FORBIDDEN"


def test_the_header_is_found_in_any_case(call: Caller) -> None:
    value = call.emulator.keys["us"].value
    assert call("listConversations", key=None, headers={"X-API-KEY": value}).status_code == 200


def test_the_platform_host_answers_the_short_error_but_where_a_code_tells_more(call: Caller) -> None:
    assert set(call("searchConversations", key=None).json()) == {"error_message"}
    assert set(call("searchConversations", key="us-no-permission").json()) == {"error_message"}
    assert code(call("searchConversations", params={"limit": 0})) == "CONVERSATIONS_VALIDATION_FAILED"
    assert code(call("searchConversations", params={"cursor": "x"})) == "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
    assert code(call("getConversationRecordingV3", conversation_id="x")) == "CONVERSATIONS_NOT_FOUND"


def test_the_agents_host_answers_the_long_error_with_the_correlation_id(call: Caller) -> None:
    response = call("listConversations", key=None)
    body = response.json()
    assert set(body) == {"success", "error", "error_id", "error_code", "error_message", "data"}
    assert body["success"] is False
    assert body["error_id"] == response.headers["x-polyai-correlation-id"]


@pytest.mark.parametrize("operation_id", POLYAI)
def test_the_correlation_id_of_the_caller_comes_back(call: Caller, operation_id: str) -> None:
    for key in ("us", None):
        response = call(operation_id, key=key, headers={"X-PolyAI-Correlation-Id": "mine-1"})
        assert response.headers["x-polyai-correlation-id"] == "mine-1"


def test_every_answer_has_a_correlation_id_of_its_own(call: Caller) -> None:
    identifiers = [call("listConversations").headers["x-polyai-correlation-id"] for _ in range(5)]
    assert len(set(identifiers)) == 5
    unknown = call.send("GET", operations()["listConversations"].host("us"), "/nothing")
    assert unknown.headers["x-polyai-correlation-id"] not in identifiers
    assert "x-polyai-correlation-id" not in call("getRedactedAudio").headers


def test_a_key_expires_by_the_emulators_clock(call: Caller) -> None:
    call.emulator.clock.advance(-7 * 24 * 3600)
    assert call("listConversations", key="us-expired").status_code == 200


def test_assemblyai_takes_its_key_without_a_prefix_and_in_its_region(call: Caller) -> None:
    value = call.emulator.keys["assemblyai-us"].value
    assert call("getRedactedAudio", key=None, headers={"Authorization": value}).status_code == 200
    assert call("getRedactedAudio", key=None, headers={"Authorization": f"Bearer {value}"}).status_code == 401
    refused = call("getRedactedAudio", key="assemblyai-eu")
    assert refused.status_code == 401
    assert set(refused.json()) == {"error"}
    assert call("getRedactedAudio", key="us").status_code == 401

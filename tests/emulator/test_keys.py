"""The keys, and the errors of each host. What each key opens is proved by the conformance rules `keys.*`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.emulator.support import Caller
from tests.support.document import operations

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


def test_a_key_expires_by_the_emulators_clock(call: Caller) -> None:
    call.emulator.clock.set(EXPIRY)
    assert code(call("listConversations", key="us-expired")) == "AUTH_USER_INVALID_TOKEN"
    call.emulator.clock.set(EXPIRY - timedelta(milliseconds=1))
    assert call("listConversations", key="us-expired").status_code == 200


@pytest.mark.parametrize("operation_id", operations())
def test_a_key_that_is_not_the_emulators_is_shown_nowhere(
    call: Caller, capfd: pytest.CaptureFixture[str], operation_id: str
) -> None:
    hidden = "a-real-key-0123456789"
    operation = operations()[operation_id]
    sent = {operation.key_header: hidden, "X-Token": hidden, "Cookie": f"k={hidden}"}
    refused = call(operation_id, key=None, headers=sent)
    page = call.http.get(call.emulator.url)
    assert refused.status_code in {401, 403}
    assert hidden not in f"{refused.headers} {refused.text} {page.text} {call.emulator.requests}"
    assert hidden not in "".join(capfd.readouterr())


_SEARCH = operations()["searchConversations"]
REQUIRED = _SEARCH.resolve(_SEARCH.content(401)[1]).get("required", ())
"""What the document wants of every error."""


def test_a_key_that_does_not_fit_is_described(call: Caller) -> None:
    for status, error_code, message, response in (
        (401, "AUTH_USER_UNAUTHORISED", "the header x-api-key is missing", call("listConversations", key=None)),
        (
            401,
            "AUTH_USER_UNAUTHORISED",
            "the key works in the region us on platform, not in us on agents",
            call("listConversations", key="us-platform"),
        ),
        (
            401,
            "AUTH_USER_UNAUTHORISED" if "error_code" in REQUIRED else None,
            "the key works in the region us on agents and platform, not in eu on platform",
            call("searchConversations", region="eu", key="us"),
        ),
        (
            403,
            "USER_ACCESS_FORBIDDEN",
            "the key has no permission for conversations",
            call("listConversations", key="us-no-permission"),
        ),
    ):
        assert (response.status_code, code(response), response.json()["error_message"]) == (status, error_code, message)


def test_the_platform_host_has_the_short_error_and_codes_only_for_400_and_404(call: Caller) -> None:
    assert set(call("searchConversations", key="us-no-permission").json()) == {"error_message", *REQUIRED}
    assert code(call("searchConversations", params={"limit": 0})) == "CONVERSATIONS_VALIDATION_FAILED"
    assert code(call("searchConversations", params={"cursor": "x"})) == "GET_CONVERSATIONS_FILTER_PARSE_ERROR"
    assert code(call("getConversationRecordingV3", conversation_id="x")) == "CONVERSATIONS_NOT_FOUND"


def test_the_agents_host_has_the_long_error_with_the_correlation_id(call: Caller) -> None:
    for sent in ({}, {"X-PolyAI-Correlation-Id": "mine-1"}):
        response = call("listConversations", key=None, headers=sent)
        body, identifier = response.json(), response.headers["x-polyai-correlation-id"]
        assert set(body) == {"success", "error", "error_id", "error_code", "error_message", "data"}
        assert (body["success"], body["error_id"]) == (False, identifier)
        assert (identifier == "mine-1") == bool(sent)


def test_assemblyai_has_errors_and_headers_of_its_own(call: Caller) -> None:
    assert set(call("getRedactedAudio", key="assemblyai-eu").json()) == {"error"}
    assert "x-polyai-correlation-id" not in call("getRedactedAudio").headers

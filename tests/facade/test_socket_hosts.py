"""Every operation goes to its own host in every region, with the key of that host; errors tell wrong keys apart."""

from __future__ import annotations

import pytest

from polyai_data.errors import AuthenticationError, PermissionDeniedError
from tests.facade.calls import (
    OPERATIONS,
    POLYAI_OPERATIONS,
    STUDIOS,
    Connect,
    documented,
    hosts,
    one_flavour,
    perform,
)

REGIONS = [(operation_id, region) for operation_id in OPERATIONS for region in hosts(operation_id)]


def test_there_is_a_call_of_every_documented_operation() -> None:
    assert sorted(documented()) == OPERATIONS
    for operation_id, operation in documented().items():
        published = {server["x-region"]: server["url"] for server in operation["servers"]}
        assert published == {region: f"https://{host}" for region, host in hosts(operation_id).items()}


@pytest.mark.parametrize(("operation_id", "region"), REGIONS)
def test_an_operation_goes_to_its_host_in_each_region(connect: Connect, operation_id: str, region: str) -> None:
    perform(connect, operation_id, region=region)
    assert connect.last.operation_id == operation_id
    assert connect.last.host == hosts(operation_id)[region]
    assert connect.last.method == documented()[operation_id]["method"]
    assert connect.last.status == documented()[operation_id]["statuses"][0]


@one_flavour
@pytest.mark.parametrize(("region", "other"), [("us", "eu"), ("eu", "uk"), ("uk", "us")])
def test_the_error_of_another_regions_key_says_where_to_get_the_right_one(
    connect: Connect, region: str, other: str
) -> None:
    for operation_id in POLYAI_OPERATIONS:
        with pytest.raises(AuthenticationError, match=f"region {region!r}") as caught:
            perform(connect, operation_id, region=region, api_key=connect.emulator.keys[other].value)
        assert STUDIOS[region] in str(caught.value)
        assert connect.last.host == hosts(operation_id)[region]
    with pytest.raises(AuthenticationError, match="region 'eu'"):
        perform(connect, "getRedactedAudio", region="eu", api_key=connect.emulator.keys["assemblyai-us"].value)


@one_flavour
@pytest.mark.parametrize("key", ["us-expired", "unknown-key"])
def test_a_key_that_does_not_work_is_not_shown(connect: Connect, key: str) -> None:
    value = connect.emulator.keys[key].value if key in connect.emulator.keys else key
    for operation_id in POLYAI_OPERATIONS:
        with pytest.raises(AuthenticationError, match=STUDIOS["us"]) as caught:
            perform(connect, operation_id, api_key=value)
        assert value not in str(caught.value)


@one_flavour
@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_a_key_without_the_permission_is_another_error(connect: Connect, operation_id: str) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        perform(connect, operation_id, api_key=connect.emulator.keys["us-no-permission"].value)
    assert caught.value.status == 403
    assert "permission" in caught.value.message


@one_flavour
def test_a_key_that_does_not_cover_the_agent_is_denied(connect: Connect) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    client = connect.polyai(api_key=connect.emulator.keys["us-one-agent"].value)
    assert len(list(client.conversations.list())) == 40
    for listing in (client.conversations.list, client.conversations.search):
        with pytest.raises(PermissionDeniedError):
            list(listing(agent_id=other.id))


@one_flavour
@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_each_host_gets_its_own_key(connect: Connect, operation_id: str) -> None:
    agents, platform = (connect.emulator.keys[f"us-{host}"].value for host in ("agents", "platform"))
    perform(connect, operation_id, api_key=agents, conversations_api_key=platform)
    with pytest.raises(AuthenticationError, match="logical host"):
        perform(connect, operation_id, api_key=platform, conversations_api_key=agents)
    perform(connect, operation_id, api_key=connect.emulator.keys["us"].value)

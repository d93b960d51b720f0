"""Every operation goes to its own host in every region, with the key of that host, and a wrong key is told apart."""

from __future__ import annotations

import pytest

from polyai_data.errors import AuthenticationError, ConfigError, PermissionDeniedError
from tests.facade.calls import (
    AGENTS_HOSTS,
    ALIASES,
    OPERATIONS,
    PLATFORM_HOSTS,
    PLATFORM_OPERATIONS,
    POLYAI_OPERATIONS,
    STUDIOS,
    Connect,
    documented,
    hosts,
    perform,
)

PLACES = [(operation_id, region) for operation_id in OPERATIONS for region in hosts(operation_id)]
AGENTS_OPERATIONS = [name for name in POLYAI_OPERATIONS if name not in PLATFORM_OPERATIONS]
WRONG_REGIONS = [
    (operation_id, region, home)
    for operation_id, region in PLACES
    if operation_id in POLYAI_OPERATIONS
    for home in hosts(operation_id)
    if home != region
]


def test_there_is_a_call_of_every_operation_of_the_documents() -> None:
    assert sorted(documented()) == OPERATIONS
    for operation_id, operation in documented().items():
        published = {server["x-region"]: server["url"] for server in operation["servers"]}
        assert published == {region: f"https://{host}" for region, host in hosts(operation_id).items()}


@pytest.mark.parametrize(("operation_id", "region"), PLACES)
def test_an_operation_goes_to_its_host_in_each_region(connect: Connect, operation_id: str, region: str) -> None:
    perform(connect, operation_id, region=region)
    assert connect.last.operation_id == operation_id
    assert connect.last.host == hosts(operation_id)[region]
    assert connect.last.method == documented()[operation_id]["method"]
    assert connect.last.status == documented()[operation_id]["statuses"][0]


@pytest.mark.parametrize("operation_id", PLATFORM_OPERATIONS)
def test_what_the_studio_region_does_not_serve_is_not_sent(connect: Connect, operation_id: str) -> None:
    with pytest.raises(ConfigError) as caught:
        perform(connect, operation_id, region="studio")
    assert caught.value.argument == "region"
    assert operation_id in str(caught.value)
    assert "us, eu, uk" in str(caught.value)
    assert connect.sent == []


@pytest.mark.parametrize(("alias", "region"), list(ALIASES.items()))
def test_a_region_goes_by_its_aliases_too(connect: Connect, alias: str, region: str) -> None:
    for spelling in (alias, alias.upper(), f" {alias} "):
        client = connect.polyai(region=spelling, **kept(connect, region))
        assert client.region == region
        list(client.conversations.list(limit=40))
        assert connect.last.host == AGENTS_HOSTS[region]
        list(client.conversations.search())
        assert connect.last.host == PLATFORM_HOSTS[region]


def kept(connect: Connect, region: str) -> dict[str, str]:
    account = connect.emulator.accounts[region]
    key = connect.emulator.keys[region].value
    return {"api_key": key, "account_id": account.id, "agent_id": account.agents[0].id}


@pytest.mark.parametrize(("operation_id", "region", "home"), WRONG_REGIONS)
def test_a_key_of_another_region_is_told_where_the_right_one_comes_from(
    connect: Connect, operation_id: str, region: str, home: str
) -> None:
    with pytest.raises(AuthenticationError) as caught:
        perform(connect, operation_id, region=region, api_key=connect.emulator.keys[home].value)
    assert caught.value.status == 401
    assert STUDIOS[region] in str(caught.value)
    assert f"region {region!r}" in str(caught.value)
    assert connect.last.host == hosts(operation_id)[region]


def test_a_key_of_assemblyais_other_region_is_told_so(connect: Connect) -> None:
    with pytest.raises(AuthenticationError, match="region 'eu'"):
        perform(connect, "getRedactedAudio", region="eu", api_key=connect.emulator.keys["assemblyai-us"].value)


@pytest.mark.parametrize("key", ["us-expired", "unknown"])
@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_a_key_that_does_not_work_is_told_so(connect: Connect, operation_id: str, key: str) -> None:
    value = connect.emulator.keys[key].value if key in connect.emulator.keys else "nobody-knows-this-key"
    with pytest.raises(AuthenticationError) as caught:
        perform(connect, operation_id, api_key=value)
    assert value not in str(caught.value)
    assert STUDIOS["us"] in str(caught.value)


@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_a_key_without_the_permission_is_told_apart_from_a_wrong_one(connect: Connect, operation_id: str) -> None:
    with pytest.raises(PermissionDeniedError) as caught:
        perform(connect, operation_id, api_key=connect.emulator.keys["us-no-permission"].value)
    assert caught.value.status == 403
    assert "permission" in caught.value.message


def test_a_key_that_does_not_cover_the_agent_is_denied(connect: Connect) -> None:
    other = connect.emulator.accounts["us"].agents[1]
    client = connect.polyai(api_key=connect.emulator.keys["us-one-agent"].value)
    assert len(list(client.conversations.list())) == 40
    for listing in (client.conversations.list(agent_id=other.id), client.conversations.search(agent_id=other.id)):
        with pytest.raises(PermissionDeniedError):
            list(listing)


@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_each_host_gets_its_own_key(connect: Connect, operation_id: str) -> None:
    keys = connect.emulator.keys
    right = {"api_key": keys["us-agents"].value, "conversations_api_key": keys["us-platform"].value}
    perform(connect, operation_id, **right)
    with pytest.raises(AuthenticationError, match="logical host"):
        perform(connect, operation_id, api_key=right["conversations_api_key"], conversations_api_key=right["api_key"])


@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_one_key_opens_both_hosts_when_there_is_no_other(connect: Connect, operation_id: str) -> None:
    perform(connect, operation_id, api_key=connect.emulator.keys["us"].value)
    assert connect.last.operation_id == operation_id


def test_the_conversations_key_alone_opens_the_platform_hosts_alone(connect: Connect) -> None:
    client = connect.polyai(api_key=None, conversations_api_key=connect.emulator.keys["us-platform"].value)
    assert list(client.conversations.search())
    before = len(connect.sent)
    for attempt in (lambda: client.conversations.get("CA1"), lambda: list(client.conversations.list())):
        with pytest.raises(ConfigError) as caught:
            attempt()
        assert caught.value.argument == "api_key"
    assert len(connect.sent) == before

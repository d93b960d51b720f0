"""Hosts: regions and aliases resolve to the servers of the document; addresses that keys must not reach are refused."""

from __future__ import annotations

import pytest

from polyai_data.errors import ConfigError
from polyai_data.hosts import ASSEMBLYAI, POLYAI, Loopback, StudioURL, loopback, studio_url
from tests.facade.calls import STUDIOS
from tests.support.document import operations, regions


def test_the_tables_name_the_regions_hosts_and_operations_of_the_documents() -> None:
    assert {*POLYAI.operations, *ASSEMBLYAI.operations} == set(operations())
    for table, vendor in ((POLYAI, "polyai"), (ASSEMBLYAI, "assemblyai")):
        documented = [operation for operation in operations().values() if operation.vendor == vendor]
        assert set(table.logical_hosts) == {operation.logical_host for operation in documented}
        assert set(table.regions) == set(regions(vendor).values())


@pytest.mark.parametrize("name", ["", "usa", "us-2", "api.us", "https://studio.example"])
def test_an_unknown_region_is_refused_with_the_known_ones(name: str) -> None:
    with pytest.raises(ConfigError, match=r"one of us, eu, uk, studio .*us-1") as caught:
        POLYAI.region(name)
    assert repr(name) in str(caught.value)
    assert caught.value.argument == "region"


def test_a_vendor_without_aliases_names_none() -> None:
    with pytest.raises(ConfigError, match=r"'uk' is not a region of AssemblyAI; use one of us, eu$"):
        ASSEMBLYAI.region("uk")


def test_a_region_that_does_not_serve_an_operation_names_those_that_do() -> None:
    with pytest.raises(ConfigError, match=r"'studio' does not serve searchConversations .*us, eu, uk") as caught:
        POLYAI.route("searchConversations", "studio")
    assert caught.value.argument == "region"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("http://127.0.0.1:8765", Loopback("127.0.0.1", 8765)),
        ("127.0.0.1:8765", Loopback("127.0.0.1", 8765)),
        ("http://127.0.0.1:8765/", Loopback("127.0.0.1", 8765)),
        ("localhost:1", Loopback("127.0.0.1", 1)),
        ("http://127.9.9.9", Loopback("127.9.9.9", 80)),
        ("[::1]:8765", Loopback("::1", 8765)),
    ],
)
def test_a_loopback_address_is_read(text: str, address: Loopback) -> None:
    assert loopback(text) == address


@pytest.mark.parametrize(
    "text",
    ["https://127.0.0.1:8765", "http://10.0.0.1:80", "http://127.0.0.1.example.com", "0.0.0.0:80",
     "http://user:secret@127.0.0.1:80", "http://127.0.0.1:80/path", "http://127.0.0.1:80?query",
     "http://127.0.0.1:80#part", "http://127.0.0.1:99999", "http://[::1", "unix:/x", "8765", "http://"],
)  # fmt: skip
def test_any_other_address_is_refused(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        loopback(text)
    assert caught.value.argument == "connect_to"
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("region", STUDIOS)
@pytest.mark.parametrize("form", ["{}/{}", "{}/{}/conversations/CA1?tab=turns#last", " {}/{}/\n", "{}//{}"])
def test_the_address_of_a_studio_names_region_account_and_agent(region: str, form: str) -> None:
    address = form.format(STUDIOS[region], "ws-1/PROJECT-1")
    for agreeing in (None, *(name for name, canonical in regions("polyai").items() if canonical == region)):
        assert studio_url(address, agreeing) == StudioURL(region, "ws-1", "PROJECT-1")


def test_an_address_may_lack_its_scheme_and_be_in_capitals() -> None:
    assert studio_url(STUDIOS["uk"].removeprefix("https://").upper() + "/a/b").region == "uk"


def test_an_address_and_another_region_are_refused() -> None:
    with pytest.raises(ConfigError, match=r"'us'.*'eu'") as caught:
        studio_url(f"{STUDIOS['us']}/ws-1/PROJECT-1", "eu")
    assert caught.value.argument == "region"


def test_an_address_of_an_unknown_host_names_account_and_agent_only() -> None:
    address = "https://old.example/acme/my%20agent/x"
    assert studio_url(address) == StudioURL(None, "acme", "my agent")
    assert studio_url(address, "eu").region == "eu"


@pytest.mark.parametrize(
    "address",
    ["", " ", "us", "https://", "https:///a/b", "https://studio.us.poly.ai/ws-1/", "ftp://studio.us.poly.ai/a/b",
     "https://[studio/a/b", "https://me:secret@studio.us.poly.ai/a", "https://studio.us.poly.ai/a?token=secret"],
)  # fmt: skip
def test_another_url_than_a_studios_is_refused_and_not_shown(address: str) -> None:
    with pytest.raises(ConfigError, match="is not an Agent Studio URL") as caught:
        studio_url(address)
    assert caught.value.argument == "url"
    assert "secret" not in f"{caught.value}{caught.value.args}"


@pytest.mark.parametrize(
    ("text", "url"),
    [
        (" https://gateway.example/polyai/ ", "https://gateway.example/polyai"),
        ("https://gateway.example:8443", "https://gateway.example:8443"),
        ("HTTPS://gateway.example", "HTTPS://gateway.example"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_a_base_url_is_read(text: str, url: str) -> None:
    assert POLYAI.base_url(text) == url


@pytest.mark.parametrize(
    "text",
    ["", "gateway.example", "https://", "https:///path", "http://gateway.example", "http://10.0.0.1",
     "ftp://gateway.example", "https://gateway.example?key=secret", "https://gateway.example#secret",
     "https://secret@gateway.example", "https://user:secret@gateway.example", "https://@gateway.example",
     "https://gateway.example:secret", "https://gateway.example:99999", "https://[::1"],
)  # fmt: skip
def test_a_base_url_that_keys_must_not_reach_is_refused_and_not_shown(text: str) -> None:
    with pytest.raises(ConfigError, match="base_url must read https://host") as caught:
        POLYAI.base_url(text)
    assert caught.value.argument == "base_url"
    assert "secret" not in str(caught.value)


def test_a_request_has_the_whole_url_the_key_and_the_headers_that_are_not_its_own() -> None:
    own = {"Content-Type": "application/json"}
    headers = {"Host": "elsewhere.example", "accept": "text/html", "X-API-Key": "not-the-key", "X-Team": "one"}
    request = {"method": "post", "url": "/v1/a", "json": {}, "headers": own}
    route = POLYAI.route("upsertNote", "eu")
    arguments = POLYAI.client(route.base_url, "key", headers).request_arguments(route.operation, request)
    assert arguments.pop("headers") == {"Accept": "application/json", **own, "x-api-key": "key", "X-Team": "one"}
    assert arguments == {"method": "post", "url": "https://api.eu.poly.ai/v1/a", "json": {}}


@pytest.mark.parametrize("region", POLYAI.regions)
def test_the_address_of_a_conversation_names_its_region_account_and_agent(region: str) -> None:
    url = POLYAI.conversation_url(region, "ws-1", "a/b", "CA1")
    assert url is not None
    assert studio_url(url) == StudioURL(region, "ws-1", "a/b")
    assert url.endswith("/CA1")
    assert POLYAI.conversation_url(None, "ws-1", "PROJECT-1", "CA1") is None

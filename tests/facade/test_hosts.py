"""Hosts: every region and alias of the document leads to the servers that the document lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from polyai_data.errors import ConfigError
from polyai_data.hosts import ASSEMBLYAI, POLYAI, Hosts, Loopback, StudioURL, base_url, loopback, studio_url

GENERATED = Path(__file__).resolve().parents[2] / "generated"


def rows(package: str) -> list[tuple[str, dict[str, Any]]]:
    """Operation id and server of every pair in the patched document."""
    document = yaml.safe_load((GENERATED / package / "openapi.yaml").read_text(encoding="utf-8"))
    return [
        (operation["operationId"], server)
        for item in document["paths"].values()
        for operation in item.values()
        for server in operation["servers"]
    ]


PAIRS = [(POLYAI, *row) for row in rows("polyai_data_client")] + [
    (ASSEMBLYAI, *row) for row in rows("assemblyai_client")
]


@pytest.mark.parametrize(
    ("table", "operation", "server"), PAIRS, ids=[f"{operation}-{server['x-region']}" for _, operation, server in PAIRS]
)
def test_a_region_and_its_aliases_lead_to_the_server_of_the_document(
    table: Hosts, operation: str, server: dict[str, Any]
) -> None:
    for name in [server["x-region"], *server["x-region-aliases"]]:
        route = table.route(operation, table.region(name))
        assert route.base_url == server["url"]
        assert route.region == server["x-region"]
        assert route.operation.logical_host == server["x-logical-host"]
        assert route.studio_url == server.get("x-studio-url")


@pytest.mark.parametrize(
    ("name", "region"), [("US", "us"), (" us-1 ", "us"), ("euw", "eu"), ("EUW-1", "eu"), ("uk-1", "uk")]
)
def test_regions_are_read_as_people_write_them(name: str, region: str) -> None:
    assert POLYAI.region(name) == region


@pytest.mark.parametrize("name", ["", "usa", "us-2", "api.us", "https://studio.example"])
def test_an_unknown_region_is_named_with_those_there_are(name: str) -> None:
    with pytest.raises(ConfigError, match=r"one of us, eu, uk, studio|one of us, uk, eu, studio") as caught:
        POLYAI.region(name)
    assert repr(name) in str(caught.value)
    assert "us-1" in str(caught.value)
    assert caught.value.argument == "region"


def test_a_region_that_does_not_serve_an_operation_says_which_do() -> None:
    with pytest.raises(ConfigError, match=r"'studio' does not serve searchConversations .*its regions are us, eu, uk"):
        POLYAI.route("searchConversations", "studio")


def test_all_hosts_use_tls_and_have_no_path() -> None:
    for _, _, server in PAIRS:
        parts = urlsplit(server["url"])
        assert (parts.scheme, parts.path, parts.query) == ("https", "", "")


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
    [
        "https://127.0.0.1:8765",
        "http://10.0.0.1:80",
        "http://127.0.0.1.example.com",
        "http://example.com",
        "0.0.0.0:80",
        "http://user@127.0.0.1:80",
        "http://127.0.0.1:80/path",
        "http://127.0.0.1:80?query",
        "http://127.0.0.1:99999",
        "http://[::1",
        "ftp://127.0.0.1",
        "8765",
        "http://",
    ],
)
def test_everything_else_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="connect_to") as caught:
        loopback(text)
    assert caught.value.argument == "connect_to"


STUDIOS = {server["x-studio-url"]: server["x-region"] for _, _, server in PAIRS if "x-studio-url" in server}


@pytest.mark.parametrize(("studio", "region"), STUDIOS.items())
@pytest.mark.parametrize("rest", ["", "/", "/conversations?page=2#top"])
def test_an_address_of_agent_studio_tells_region_account_and_agent(studio: str, region: str, rest: str) -> None:
    assert studio_url(f"{studio}/ws-1/PROJECT-1{rest}") == StudioURL(region, "ws-1", "PROJECT-1")
    assert studio_url(f" {studio.removeprefix('https://').upper()}/a/b ").region == region


def test_an_address_that_does_not_tell_the_region_still_tells_the_rest() -> None:
    assert studio_url("https://old.example/acme/my%20agent/x") == StudioURL(None, "acme", "my agent")


@pytest.mark.parametrize(
    "url", ["", "https://", "https://old.example", "https://old.example/ws-1", "ftp://a/b/c", "http://[x"]
)
def test_what_is_no_address_of_agent_studio_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="is not an Agent Studio URL"):
        studio_url(url)


def test_a_table_names_its_regions_its_hosts_and_its_operations() -> None:
    assert set(POLYAI.logical_hosts) == {"agents", "platform"}
    assert ASSEMBLYAI.logical_hosts == ("assemblyai",)
    assert ASSEMBLYAI.regions == ("us", "eu")
    assert {*POLYAI.operations, *ASSEMBLYAI.operations} == {operation_id for _, operation_id, _ in PAIRS}
    for _, operation_id, server in PAIRS:
        table = ASSEMBLYAI if server["x-logical-host"] == "assemblyai" else POLYAI
        assert table.operation(operation_id).id == operation_id
    with pytest.raises(KeyError):
        POLYAI.operation("getEverything")


def test_a_vendor_without_aliases_names_none() -> None:
    with pytest.raises(ConfigError, match=r"'uk' is not a region of AssemblyAI; use one of us, eu$"):
        ASSEMBLYAI.region("uk")


def test_no_studio_is_at_another_host() -> None:
    assert POLYAI.studio_region("studio.example") is None
    assert ASSEMBLYAI.studio_region("studio.poly.ai") is None


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://gateway.example", "https://gateway.example"),
        (" https://gateway.example/polyai/ ", "https://gateway.example/polyai"),
        ("https://gateway.example:8443", "https://gateway.example:8443"),
        ("HTTPS://gateway.example", "HTTPS://gateway.example"),
        ("http://127.0.0.1:8000/x", "http://127.0.0.1:8000/x"),
        ("http://localhost", "http://localhost"),
        ("http://[::1]:80", "http://[::1]:80"),
    ],
)
def test_a_base_url_is_read(text: str, url: str) -> None:
    assert base_url(text) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "gateway.example",
        "https://",
        "https:///path",
        "http://gateway.example",
        "http://10.0.0.1",
        "ftp://gateway.example",
        "https://gateway.example?key=secret",
        "https://gateway.example#secret",
        "https://secret@gateway.example",
        "https://user:secret@gateway.example",
        "https://@gateway.example",
        "https://gateway.example:secret",
        "https://gateway.example:99999",
        "https://[::1",
    ],
)
def test_a_base_url_that_is_none_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(ConfigError, match="base_url must read https://host") as caught:
        base_url(text)
    assert caught.value.argument == "base_url"
    assert "secret" not in str(caught.value)

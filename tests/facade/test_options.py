"""What sets a client up: an address of Agent Studio, a region or a base URL, and options that a copy can change."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

import polyai_data
from polyai_data import config, profiles
from polyai_data.config import Timeout
from polyai_data.errors import ConfigError
from tests.facade.calls import ALIASES, STUDIOS
from tests.facade.test_socket_secrets import KEY, OWN, SECOND_KEY, SIGNATURE, check_error

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clean_environment")
PLACE = "ws-fd112d8f/PROJECT-58RP822I"


@pytest.fixture(params=["PolyAI", "AsyncPolyAI"])
def kind(request: pytest.FixtureRequest) -> Any:
    return getattr(polyai_data, request.param)


@pytest.fixture
def keep() -> Iterator[Make]:
    """Closes the client that it is handed in the end, and gives it back."""
    with asyncio.Runner() as runner, ExitStack() as stack:

        def kept(client: Any) -> Any:
            if hasattr(client, "close"):
                stack.callback(client.close)
            else:
                stack.callback(lambda: runner.run(client.aclose()))
            return client

        yield kept


@pytest.mark.parametrize("region", STUDIOS)
@pytest.mark.parametrize("form", ["{}/{}", "{}/{}/conversations/CA1?tab=turns#last", " {}/{}/\n", "{}//{}"])
def test_an_address_of_each_studio_tells_region_account_and_agent(
    kind: Any, keep: Make, region: str, form: str
) -> None:
    client = keep(kind.from_url(form.format(STUDIOS[region], PLACE), "key"))
    settings = client._session.config
    assert client.region == region
    assert (settings.account(None), settings.agent(None)) == ("ws-fd112d8f", "PROJECT-58RP822I")


def test_an_address_may_leave_out_its_scheme_and_be_in_capitals(kind: Any, keep: Make) -> None:
    host = STUDIOS["uk"].removeprefix("https://")
    assert keep(kind.from_url(f"{host}/{PLACE}", "key")).region == "uk"
    assert keep(kind.from_url(f"HTTPS://{host.upper()}/{PLACE}", "key")).region == "uk"


@pytest.mark.parametrize("region", STUDIOS)
def test_an_address_and_a_region_that_agree_are_one(kind: Any, keep: Make, region: str) -> None:
    names = [region, *(alias for alias, canonical in ALIASES.items() if canonical == region)]
    for name in names:
        assert keep(kind.from_url(f"{STUDIOS[region]}/{PLACE}", "key", region=name)).region == region


@pytest.mark.parametrize(("studio", "region"), [("us", "eu"), ("eu", "us-1"), ("studio", "us"), ("us", "studio")])
def test_an_address_of_another_region_is_refused(kind: Any, studio: str, region: str) -> None:
    with pytest.raises(ConfigError, match=f"the URL is of region '{studio}', not '{region}'") as caught:
        kind.from_url(f"{STUDIOS[studio]}/{PLACE}", "key", region=region)
    assert caught.value.argument == "region"


def test_an_address_that_does_not_tell_its_region_needs_one(
    kind: Any, keep: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = f"https://jupiter.polyai.app/{PLACE}/home"
    with pytest.raises(ConfigError, match="region is missing") as caught:
        kind.from_url(address, "key")
    assert caught.value.argument == "region"
    assert keep(kind.from_url(address, "key", region="euw-1")).region == "eu"
    monkeypatch.setenv("POLYAI_REGION", "uk")
    assert keep(kind.from_url(address, "key")).region == "uk"


def test_the_region_of_an_address_wins_over_the_environment(
    kind: Any, keep: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYAI_REGION", "uk")
    monkeypatch.setenv("POLYAI_AGENT_ID", "another")
    client = keep(kind.from_url(f"{STUDIOS['eu']}/{PLACE}", "key"))
    assert (client.region, client._session.config.agent(None)) == ("eu", "PROJECT-58RP822I")


@pytest.mark.parametrize(
    "address",
    ["", " ", "us", "https://", "https:///a/b", "https://studio.us.poly.ai", "https://studio.us.poly.ai/ws-1/",
     "ftp://studio.us.poly.ai/a/b", "file:///a/b/c", "https://[studio/a/b", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_address_of_studio_is_refused(kind: Any, address: str) -> None:
    with pytest.raises(ConfigError, match="is not an Agent Studio URL") as caught:
        kind.from_url(address, "key", region="us")
    assert caught.value.argument == "url"


@pytest.mark.parametrize("path", ["../x", "a/..", "%2e%2e/b", "a/b%2Fc", "{account}/{project}", "a/b%20c"])
def test_an_address_whose_path_holds_no_ids_is_refused(kind: Any, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        kind.from_url(f"{STUDIOS['us']}/{path}", "key")
    assert caught.value.argument in {"account_id", "agent_id", "url"}


@pytest.mark.parametrize(
    "address", ["https://me:hidden@studio.us.poly.ai/ws-1", "https://studio.us.poly.ai/ws-1?token=hidden"]
)
def test_an_address_that_is_refused_does_not_show_what_may_be_a_secret(kind: Any, address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        kind.from_url(address, "key", region="us")
    assert "hidden" not in f"{caught.value}{caught.value.args}"


def test_options_of_the_class_go_with_an_address(kind: Any, keep: Make) -> None:
    client = keep(kind.from_url(f"{STUDIOS['us']}/{PLACE}", "key", timeout=3, max_retries=1, connect_to="127.0.0.1:9"))
    settings = client._session.config
    assert (settings.timeout, settings.policy.max_retries) == (Timeout(3, 3), 1)
    assert settings.connect_to.port == 9


@pytest.mark.parametrize("name", ["PolyAI", "AsyncPolyAI", "AssemblyAI", "AsyncAssemblyAI"])
def test_a_region_and_a_base_url_exclude_each_other(keep: Make, name: str) -> None:
    make = getattr(polyai_data, name)
    with pytest.raises(ConfigError, match="region and base_url exclude each other") as caught:
        make("key", region="us", base_url="https://gateway.example")
    assert caught.value.argument == "base_url"
    client = keep(make("key", base_url="https://gateway.example/here/"))
    assert client.region is None
    assert repr(client) == f"{name}(base_url='https://gateway.example/here')"


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("timeout", 0), ("timeout", -1.5), ("timeout", float("inf")), ("timeout", float("nan")), ("timeout", "5"),
        ("timeout", Timeout(1, 0)), ("max_retries", -1), ("max_retries", 2.0), ("max_retries", "2"),
        ("deadline", 0), ("deadline", -3), ("deadline", float("nan")), ("deadline", "5"),
    ],
)  # fmt: skip
def test_an_option_that_cannot_work_is_refused_when_made_and_when_changed(
    kind: Any, keep: Make, option: str, value: Any
) -> None:
    with pytest.raises(ConfigError) as caught:
        kind("key", region="us", **{option: value})
    assert caught.value.argument == option
    client = keep(kind("key", region="us"))
    before = client._session.config
    with pytest.raises(ConfigError) as caught:
        client.with_options(**{option: value})
    assert caught.value.argument == option
    assert client._session.config is before


@pytest.mark.parametrize("flavour", ["PolyAI", "AsyncPolyAI"])
def test_an_http_client_of_the_other_flavour_is_refused(flavour: str) -> None:
    httpx = pytest.importorskip("httpx")
    wrong = httpx.Client() if flavour.startswith("Async") else httpx.AsyncClient()
    with pytest.raises(ConfigError) as caught:
        getattr(polyai_data, flavour)("key", region="us", http_client=wrong)
    assert caught.value.argument == "http_client"


def broken_profile(folder: Path, text: str) -> dict[str, str]:
    (folder / "config.toml").write_text(text, encoding="utf-8")
    (folder / "config.toml").chmod(0o600)
    return {"POLYAI_CONFIG": str(folder / "config.toml")}


@pytest.mark.parametrize(
    "text",
    [
        f"[profiles.work]\napi_key = {KEY}",
        f'[profiles.work]\napi_key = "{KEY}"\nunknown = "{SECOND_KEY}"',
        f'[profiles.work]\napi_key = ["{KEY}"]',
        f'[profiles]\nwork = "{KEY}"',
        f'profiles = "{KEY}"',
        f'[profiles.work]\napi_key = "{KEY} {SECOND_KEY}"\nregion = "us"',
        f'[profiles.work]\napi_key = "{KEY}"\nregion = "nowhere"',
        f'[profiles.work]\napi_key = "{KEY}"',
    ],
)
def test_a_profile_that_cannot_work_does_not_show_its_keys(kind: Any, tmp_path: Path, text: str) -> None:
    environment = broken_profile(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.polyai(environment=environment)
    check_error(caught.value)
    with pytest.raises(ConfigError) as caught:
        kind(profile="missing")
    check_error(caught.value)


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "nowhere"},
        {"region": None},
        {"region": "us", "base_url": f"https://me:{SIGNATURE}@gateway.example"},
        {"region": None, "base_url": f"https://me:{SIGNATURE}@gateway.example"},
        {"connect_to": f"http://me:{SIGNATURE}@127.0.0.1:1"},
        {"agent_id": "a/b"},
        {"timeout": 0},
        {"headers": {"X Own": OWN}},
        {"headers": {"X-Own": f"{OWN}\n"}},
        {"api_key": f"{KEY} {KEY}"},
        {"conversations_api_key": f"{KEY}ü"},
    ],
)
def test_a_client_that_cannot_be_made_does_not_show_its_keys(
    kind: Any, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYAI_CONVERSATIONS_API_KEY", SECOND_KEY)
    with pytest.raises(ConfigError) as caught:
        kind(**{"api_key": KEY, "region": "us", "headers": {"X-Own": OWN}, **wrong})
    check_error(caught.value)


def test_an_address_that_cannot_work_does_not_show_the_key(kind: Any) -> None:
    for address, region in (
        ("https://jupiter.polyai.app/a/b", None),
        ("nowhere", "us"),
        (f"{STUDIOS['us']}/a/b", "eu"),
    ):
        with pytest.raises(ConfigError) as caught:
            kind.from_url(address, KEY, conversations_api_key=SECOND_KEY, region=region, headers={"X-Own": OWN})
        check_error(caught.value)


@pytest.mark.parametrize("name", ["PolyAI", "AsyncPolyAI", "AssemblyAI", "AsyncAssemblyAI"])
def test_a_traceback_with_variables_of_a_client_that_cannot_be_made_can_be_written(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        getattr(polyai_data, name)("key", region="nowhere")
    written = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "is not a region of" in "".join(written.format())


def test_saved_profiles_are_not_shown_when_they_cannot_be_written(tmp_path: Path) -> None:
    kept = profiles.Profiles({"work": profiles.Profile(api_key=KEY, conversations_api_key=SECOND_KEY)})
    with pytest.raises(ConfigError) as caught:
        profiles.save(kept, tmp_path)
    check_error(caught.value)

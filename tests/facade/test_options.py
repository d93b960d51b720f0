"""What sets a client up: an address of Agent Studio, a region or a base URL; a client that fails shows no secret."""

from __future__ import annotations

import asyncio
import inspect
import pydoc
import traceback
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import httpx
import pytest

import polyai_data
from polyai_data import options
from polyai_data.errors import ConfigError
from tests.facade.calls import STUDIOS
from tests.facade.masking import HEADER, KEY, SECOND_KEY, SECRETS, SIGNATURE, check_error, check_shown

Make = Callable[..., Any]
pytestmark = pytest.mark.usefixtures("clean_environment")
IDS = "ws-fd112d8f/PROJECT-58RP822I"
UNKNOWN_STUDIO = f"https://jupiter.polyai.app/{IDS}/home"
CLASSES = ["PolyAI", "AsyncPolyAI", "AssemblyAI", "AsyncAssemblyAI"]


@pytest.fixture(params=["PolyAI", "AsyncPolyAI"])
def kind(request: pytest.FixtureRequest) -> Any:
    return getattr(polyai_data, request.param)


@pytest.fixture
def close_later() -> Iterator[Make]:
    """Returns the client that it is given, and closes it at the end."""
    with asyncio.Runner() as runner, ExitStack() as stack:

        def register(client: Any) -> Any:
            stack.callback(getattr(client, "close", None) or (lambda: runner.run(client.aclose())))
            return client

        yield register


def test_an_address_that_names_no_region_needs_one(
    kind: Any, close_later: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(ConfigError, match="region is missing") as caught:
        kind.from_url(UNKNOWN_STUDIO, "key")
    assert caught.value.argument == "region"
    assert close_later(kind.from_url(UNKNOWN_STUDIO, "key", region="euw-1")).region == "eu"
    monkeypatch.setenv("POLYAI_REGION", "uk")
    assert close_later(kind.from_url(UNKNOWN_STUDIO, "key")).region == "uk"


@pytest.mark.parametrize("path", ["../x", "a/..", "%2e%2e/b", "a/b%2Fc", "{account}/{project}", "a/b%20c"])
def test_an_address_whose_path_holds_no_ids_is_refused(kind: Any, path: str) -> None:
    with pytest.raises(ConfigError) as caught:
        kind.from_url(f"{STUDIOS['us']}/{path}", "key")
    assert caught.value.argument in {"account_id", "agent_id", "url"}


@pytest.mark.parametrize("name", CLASSES)
def test_a_client_shows_its_base_url_or_region(close_later: Make, name: str) -> None:
    make = getattr(polyai_data, name)
    client = close_later(make("key", base_url="https://gateway.example/here/"))
    assert client.region is None
    assert repr(client) == f"{name}(base_url='https://gateway.example/here')"
    assert repr(close_later(make("key", region="us"))) == f"{name}(region='us')"


WAYS = {
    "max_retry": "did you mean max_retries=",
    "base_ulr": "did you mean base_url=",
    "timout": "did you mean timeout=",
    "verify": "pass an HTTP client that has it as http_client=",
    "proxies": "pass an HTTP client that has it as http_client=",
    "nothing": "it takes api_key, ",
}


@pytest.mark.parametrize("option", WAYS)
@pytest.mark.parametrize("name", CLASSES)
def test_an_unknown_option_names_the_nearest_or_the_way(name: str, option: str) -> None:
    kind = getattr(polyai_data, name)
    with pytest.raises(TypeError, match=rf"{name}\(\) takes no {option}=; {WAYS[option]}") as caught:
        kind(KEY, **{option: HEADER})
    check_shown(caught.value, SECRETS, [])


def test_an_unknown_option_of_an_address_or_a_copy_names_the_nearest(kind: Any, close_later: Make) -> None:
    with pytest.raises(TypeError, match=r"from_url\(\) takes no max_retry=; did you mean max_retries=") as caught:
        kind.from_url(f"{STUDIOS['us']}/{IDS}", KEY, max_retry=HEADER)
    check_shown(caught.value, SECRETS, [])
    with pytest.raises(TypeError, match=r"with_options\(\) takes no timout=; did you mean timeout="):
        close_later(kind("key", region="us")).with_options(timout=5)


@pytest.mark.parametrize("name", CLASSES)
def test_the_options_of_a_client_are_spelled_out(name: str) -> None:
    kind = getattr(polyai_data, name)
    for make in (kind, *([kind.from_url] if hasattr(kind, "from_url") else ())):
        assert {*options.ClientOptions.__annotations__} <= {*inspect.signature(make).parameters}
    for option in options.ClientOptions.__annotations__:
        assert f"{option}:" in pydoc.plain(pydoc.render_doc(kind.__init__))


def test_an_http_client_of_the_other_flavour_is_refused(kind: Any) -> None:
    wrong = httpx.Client() if kind is polyai_data.AsyncPolyAI else httpx.AsyncClient()
    with pytest.raises(ConfigError) as caught:
        kind("key", region="us", http_client=wrong)
    assert caught.value.argument == "http_client"


@pytest.mark.parametrize(
    "wrong",
    [
        {"region": "nowhere"},
        {"region": None},
        {"profile": "missing"},
        {"region": None, "base_url": f"https://me:{SIGNATURE}@gateway.example"},
        {"connect_to": f"http://me:{SIGNATURE}@127.0.0.1:1"},
        {"agent_id": "a/b"},
        {"timeout": 0},
        {"headers": {"X Own": HEADER}},
        {"headers": {"X-Own": f"{HEADER}\n"}},
        {"api_key": f"{KEY} {KEY}"},
        {"conversations_api_key": f"{KEY}ü"},
    ],
)
def test_a_client_that_cannot_be_made_does_not_show_its_secrets(
    kind: Any, wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("POLYAI_CONVERSATIONS_API_KEY", SECOND_KEY)
    with pytest.raises(ConfigError) as caught:
        kind(**{"api_key": KEY, "region": "us", "headers": {"X-Own": HEADER}, **wrong})
    check_error(caught.value)


@pytest.mark.parametrize("address", [UNKNOWN_STUDIO, "nowhere", f"{STUDIOS['us']}/a/..?token={SIGNATURE}"])
def test_an_address_that_cannot_work_does_not_show_its_secrets(kind: Any, address: str) -> None:
    with pytest.raises(ConfigError) as caught:
        kind.from_url(address, KEY, conversations_api_key=SECOND_KEY, headers={"X-Own": HEADER})
    check_error(caught.value)


@pytest.mark.parametrize("name", CLASSES)
def test_the_traceback_of_a_client_that_cannot_be_made_can_be_written_with_its_variables(name: str) -> None:
    with pytest.raises(ConfigError) as caught:
        getattr(polyai_data, name)("key", region="nowhere")
    written = traceback.TracebackException.from_exception(caught.value, capture_locals=True)
    assert "'nowhere'" in "".join(written.format())

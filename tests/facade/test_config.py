"""Configuration: arguments come first, then the environment; an error names what is missing and where to set it."""

from __future__ import annotations

import fractions
import inspect
import os
import pickle
import sys
from typing import Any

import pytest

from polyai_data import PolyAI, config, options
from polyai_data.errors import ConfigError

NO_PROFILE = {"POLYAI_CONFIG": os.devnull + "/none"}
OPTIONS = options.ClientOptions.__annotations__


def polyai(environment: Any = None, **arguments: Any) -> config.Config:
    arguments = {"api_key": "key", "region": "us", **arguments}
    return config.polyai(**with_options(arguments), environment={**NO_PROFILE, **(environment or {})})


def assemblyai(environment: Any = None, **arguments: Any) -> config.Config:
    return config.assemblyai(**with_options(arguments), environment={**NO_PROFILE, **(environment or {})})


def with_options(arguments: dict[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in arguments.items() if name in OPTIONS}
    return {"options": options, **{name: value for name, value in arguments.items() if name not in OPTIONS}}


def keys(settings: config.Config) -> dict[str, str]:
    return {host: secret.reveal() for host, secret in settings.keys.items()}


def test_a_conversations_key_alone_opens_only_the_platform_hosts() -> None:
    settings = polyai(api_key=None, conversations_api_key="two")
    assert keys(settings) == {"platform": "two"}
    assert settings.key(settings.route("searchConversations")).reveal() == "two"
    with pytest.raises(ConfigError, match=r"api_key is missing.*POLYAI_API_KEY"):
        settings.key(settings.route("getConversation"))


@pytest.mark.parametrize("blank", [None, "", "  \n"])
def test_a_missing_key_names_the_argument_and_the_variable(blank: str | None) -> None:
    for make, variable in ((polyai, "POLYAI_API_KEY"), (assemblyai, "ASSEMBLYAI_API_KEY")):
        with pytest.raises(ConfigError, match=f"api_key=.*{variable}") as caught:
            make(api_key=blank)
        assert caught.value.argument == "api_key"


def test_a_missing_region_names_the_regions() -> None:
    with pytest.raises(ConfigError, match=r"region=.*POLYAI_REGION.*studio") as caught:
        polyai(region=None)
    assert caught.value.argument == "region"


def test_white_space_around_a_key_is_dropped() -> None:
    assert keys(polyai(api_key=" key\n"))["agents"] == "key"


@pytest.mark.parametrize("argument", ["api_key", "conversations_api_key"])
@pytest.mark.parametrize("key", ["one\ntwo", "one two", "schlüssel", "a\x00b", "a\rb"])
def test_a_key_that_would_break_its_header_is_refused_and_not_shown(argument: str, key: str) -> None:
    with pytest.raises(ConfigError) as caught:
        polyai(**{argument: key})
    assert caught.value.argument == argument
    assert key not in str(caught.value)


PLACEHOLDERS = ["YOUR_API_KEY", "your-api-key-here", "<key>", "{api_key}", "$POLYAI_API_KEY", "API_KEY", "xxxx", "..."]


@pytest.mark.parametrize("key", PLACEHOLDERS)
def test_a_placeholder_is_no_key(key: str) -> None:
    for make, argument in ((polyai, "api_key"), (polyai, "conversations_api_key"), (assemblyai, "api_key")):
        with pytest.raises(ConfigError, match=f"{argument} is a placeholder") as caught:
            make(**{argument: key})
        assert caught.value.argument == argument
    with pytest.raises(ConfigError, match="api_key is a placeholder"):
        assemblyai({"ASSEMBLYAI_API_KEY": key})


WRONG: dict[str, list[Any]] = {
    "api_key": [b"key", 7],
    "conversations_api_key": [b"key"],
    "region": [1, b"us"],
    "base_url": [1, b"https://gateway.example"],
    "connect_to": [8765],
    "profile": [7],
    "agent_id": [7],
    "account_id": [7],
    "headers": ["X-Own: 1", [("X-Own", "1")]],
    "http_client": ["client", object()],
    "strict": ["no", 1],
    "record": [7],
    "timeout": [True, 1 + 0j, 0, -1.5, float("inf"), float("nan"), "5", options.Timeout(1, 0), options.Timeout(0, 1)],
    "max_retries": [-1, 2.5, "2", True, float("nan")],
    "deadline": [True, 0, -3, float("nan"), "5"],
}


@pytest.mark.parametrize(("option", "value"), [(name, each) for name, bad in WRONG.items() for each in bad])
def test_an_option_that_cannot_work_is_refused_by_name_in_a_client_and_in_a_copy(option: str, value: Any) -> None:
    makes: list[Any] = [
        make for make in (polyai, assemblyai)
        if option in {*inspect.signature(getattr(config, make.__name__)).parameters, *OPTIONS}
    ]  # fmt: skip
    unchanged: dict[str, Any] = dict.fromkeys(["timeout", "max_retries", "deadline", "strict"])
    if option in unchanged:
        makes.append(lambda **given: polyai().with_options(**{**unchanged, option: given[option]}))
    for make in makes:
        with pytest.raises(ConfigError) as caught:
            make(**{"api_key": "key", "region": None if option == "base_url" else "us", option: value})
        assert caught.value.argument == option


def test_numbers_of_data_frames_are_numbers() -> None:
    five = fractions.Fraction(5)
    settings = polyai(timeout=five, max_retries=five, deadline=five)
    assert (settings.timeout.read, settings.policy.max_retries, settings.deadline) == (5, 5, 5)


def test_assemblyai_is_called_in_the_us_by_default() -> None:
    assert assemblyai(api_key="key").region == "us"
    assert assemblyai({"ASSEMBLYAI_REGION": "eu", "ASSEMBLYAI_API_KEY": "key"}).region == "eu"


@pytest.mark.parametrize("argument", ["agent_id", "account_id"])
@pytest.mark.parametrize("invalid", ["", "..", "a/b"])
def test_ids_of_the_client_are_checked(argument: str, invalid: str) -> None:
    variable = {f"POLYAI_{argument.upper()}": invalid or "."}
    for environment, arguments in ((None, {argument: invalid}), (variable, {})):
        with pytest.raises(ConfigError) as caught:
            polyai(environment, **arguments)
        assert caught.value.argument == argument


def test_a_call_without_an_agent_or_account_says_where_to_set_it() -> None:
    settings = polyai()
    for method, argument in ((settings.agent, "agent_id"), (settings.account, "account_id")):
        with pytest.raises(ConfigError, match=rf"{argument}= .*POLYAI_{argument.upper()}") as caught:
            method(None)
        assert caught.value.argument == argument
        assert method("own") == "own"


@pytest.mark.parametrize(
    ("given", "timeout"), [(None, (10.0, 60.0)), (5, (5, 5)), (300, (10.0, 300)), (options.Timeout(1, 2), (1, 2))]
)
def test_there_is_always_a_timeout(given: Any, timeout: tuple[float, float]) -> None:
    assert polyai(timeout=given).timeout == options.Timeout(*timeout)


def test_a_secret_is_not_shown() -> None:
    settings = polyai(api_key="hidden-key", headers={"X-Own": "hidden-key"})
    assert "hidden-key" not in f"{settings!r} {settings.keys!r} {settings.keys['agents']}"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(settings.keys["agents"])


def test_a_base_url_replaces_the_region() -> None:
    settings = polyai(region=None, base_url="https://gateway.example/polyai/")
    assert settings.region is None
    for operation in ("getConversation", "searchConversations"):
        route = settings.route(operation)
        assert (route.base_url, route.region, route.studio_url) == ("https://gateway.example/polyai", None, None)
    assert polyai({"POLYAI_REGION": "us"}, region=None, base_url="http://127.0.0.1:1").region is None
    with pytest.raises(ConfigError, match="region and base_url") as caught:
        polyai(base_url="https://gateway.example")
    assert caught.value.argument == "base_url"


@pytest.mark.parametrize("headers", [{"X-A": "ü"}, {"X-Ü": "1"}, {"X-A": "a\nb"}, {"X A": "a"}, {"": "a"}, {"X-A": 7}])
def test_a_header_that_cannot_be_sent_is_refused(headers: Any) -> None:
    with pytest.raises(ConfigError) as caught:
        polyai(headers=headers)
    assert caught.value.argument == "headers"


def test_strict_without_its_extra_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYAI_CONFIG", NO_PROFILE["POLYAI_CONFIG"])
    monkeypatch.setitem(sys.modules, "jsonschema_rs", None)
    with PolyAI("key", region="us") as client:
        with pytest.raises(ConfigError, match=r"pip install 'polyai-data\[strict\]'") as caught:
            client.with_options(strict=True)
        assert caught.value.argument == "strict"
        with pytest.raises(ConfigError, match="jsonschema_rs"):
            PolyAI("key", region="us", strict=True)

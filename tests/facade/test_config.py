"""Configuration: arguments first, then the environment; what is missing is named with its remedy."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from polyai_data import config
from polyai_data.errors import ConfigError

OPTIONS = config.ClientOptions.__annotations__


def polyai(environment: dict[str, str] | None = None, **given: Any) -> config.Config:
    return config.polyai(
        **sorted_out(given), environment={"POLYAI_CONFIG": os.devnull + "/none", **(environment or {})}
    )


def assemblyai(environment: dict[str, str] | None = None, **given: Any) -> config.Config:
    return config.assemblyai(**sorted_out(given), environment=without_profile(environment))


def without_profile(environment: dict[str, str] | None) -> dict[str, str]:
    return {"POLYAI_CONFIG": os.devnull + "/none", **(environment or {})}


def sorted_out(given: dict[str, Any]) -> dict[str, Any]:
    options = {name: value for name, value in given.items() if name in OPTIONS}
    return {"options": options, **{name: value for name, value in given.items() if name not in OPTIONS}}


def keys(made: config.Config) -> dict[str, str]:
    return {host: secret.reveal() for host, secret in made.keys.items()}


def test_everything_can_come_from_the_environment() -> None:
    made = polyai(
        {
            "POLYAI_API_KEY": "one",
            "POLYAI_CONVERSATIONS_API_KEY": "two",
            "POLYAI_REGION": "euw-1",
            "POLYAI_AGENT_ID": "agent",
            "POLYAI_ACCOUNT_ID": "account",
            "POLYAI_CONNECT_TO": "127.0.0.1:1",
        }
    )
    assert keys(made) == {"agents": "one", "platform": "two"}
    assert (made.region, made.agent_id, made.account_id) == ("eu", "agent", "account")
    assert made.connect_to is not None


def test_arguments_win_over_the_environment() -> None:
    environment = {"POLYAI_API_KEY": "env", "POLYAI_REGION": "us", "POLYAI_AGENT_ID": "env"}
    made = polyai(environment, api_key="arg", region="uk", agent_id="arg")
    assert keys(made) == {"agents": "arg", "platform": "arg"}
    assert (made.region, made.agent_id) == ("uk", "arg")


def test_a_conversations_key_alone_opens_the_platform_hosts_alone() -> None:
    made = polyai(conversations_api_key="two", region="us")
    assert keys(made) == {"platform": "two"}
    assert made.key(made.route("searchConversations")).reveal() == "two"
    with pytest.raises(ConfigError, match=r"api_key is missing.*POLYAI_API_KEY"):
        made.key(made.route("getConversation"))


@pytest.mark.parametrize("blank", [None, "", "  \n"])
def test_a_missing_key_names_the_argument_and_the_variable(blank: str | None) -> None:
    with pytest.raises(ConfigError, match=r"pass api_key= or set POLYAI_API_KEY") as caught:
        polyai(api_key=blank, region="us")
    assert caught.value.argument == "api_key"
    with pytest.raises(ConfigError, match=r"pass api_key= or set ASSEMBLYAI_API_KEY"):
        assemblyai(api_key=blank)


def test_a_missing_region_names_the_regions() -> None:
    with pytest.raises(ConfigError, match=r"pass region= or set POLYAI_REGION.*studio"):
        polyai(api_key="key")


def test_spaces_and_line_ends_around_a_key_are_dropped() -> None:
    assert keys(polyai(api_key=" key\n", region="us"))["agents"] == "key"


@pytest.mark.parametrize("key", ["one\ntwo", "one two", "schlüssel", "a\x00b", "a\rb"])
def test_a_key_that_would_break_its_header_is_refused_and_not_shown(key: str) -> None:
    with pytest.raises(ConfigError, match="api_key holds a character") as caught:
        polyai(api_key=key, region="us")
    assert key not in str(caught.value)


def test_assemblyai_is_called_in_the_us_unless_told_otherwise() -> None:
    assert assemblyai(api_key="key").region == "us"
    assert assemblyai({"ASSEMBLYAI_REGION": "eu", "ASSEMBLYAI_API_KEY": "key"}).region == "eu"
    with pytest.raises(ConfigError, match="not a region of AssemblyAI; use one of us, eu"):
        assemblyai(api_key="key", region="uk")


def test_ids_of_the_client_are_checked_too() -> None:
    with pytest.raises(ConfigError, match="agent_id"):
        polyai(api_key="key", region="us", agent_id="../x")
    with pytest.raises(ConfigError, match="account_id"):
        polyai({"POLYAI_ACCOUNT_ID": "a/b"}, api_key="key", region="us")


def test_a_call_without_an_agent_says_where_to_name_one() -> None:
    made = polyai(api_key="key", region="us")
    with pytest.raises(ConfigError, match=r"agent_id is missing; pass agent_id= .* POLYAI_AGENT_ID"):
        made.agent(None)
    with pytest.raises(ConfigError, match=r"account_id is missing; pass account_id= .* POLYAI_ACCOUNT_ID"):
        made.account(None)
    assert made.agent("own") == "own"


def test_there_is_always_a_timeout() -> None:
    assert polyai(api_key="key", region="us").timeout == config.Timeout(10.0, 60.0)
    assert polyai(api_key="key", region="us", timeout=5).timeout == config.Timeout(5, 5)
    assert polyai(api_key="key", region="us", timeout=300).timeout == config.Timeout(10.0, 300)
    assert polyai(api_key="key", region="us", timeout=config.Timeout(1, 2)).timeout == config.Timeout(1, 2)
    for wrong in (0, -1, float("nan"), float("inf"), config.Timeout(0, 1)):
        with pytest.raises(ConfigError, match="timeout"):
            polyai(api_key="key", region="us", timeout=wrong)


def test_a_secret_shows_itself_to_nobody() -> None:
    made = polyai(api_key="hidden-key", region="us", headers={"X-Own": "hidden-key"})
    assert "hidden-key" not in repr(made)
    assert "hidden-key" not in repr(made.keys)
    assert "hidden-key" not in f"{made.keys['agents']} {made.keys['agents']!r}"
    with pytest.raises(TypeError, match="cannot be pickled"):
        pickle.dumps(made.keys["agents"])


def test_a_base_url_takes_the_place_of_a_region() -> None:
    made = polyai(api_key="key", base_url="https://gateway.example/polyai/")
    assert made.region is None
    for operation in ("getConversation", "searchConversations"):
        route = made.route(operation)
        assert (route.base_url, route.region, route.studio_url) == ("https://gateway.example/polyai", None, None)
    with pytest.raises(ConfigError, match="region and base_url exclude each other"):
        polyai(api_key="key", base_url="https://gateway.example", region="us")
    assert polyai({"POLYAI_REGION": "us"}, api_key="key", base_url="http://127.0.0.1:1").region is None


@pytest.mark.parametrize(
    "url",
    [
        "gateway.example",
        "http://gateway.example",
        "https://user:secret@gateway.example",
        "https://gateway.example?secret=1",
        "https://",
        "https://[",
        "ftp://gateway.example",
    ],
)
def test_a_base_url_that_keys_must_not_go_to_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(ConfigError, match="base_url must read") as caught:
        polyai(api_key="key", base_url=url)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value", "argument"),
    [
        ("max_retries", -1, "max_retries"),
        ("max_retries", True, "max_retries"),
        ("max_retries", 1.5, "max_retries"),
        ("deadline", 0, "deadline"),
        ("deadline", float("nan"), "deadline"),
        ("headers", {"X-A": "ü"}, "headers"),
        ("headers", {"X-A": "a\nb"}, "headers"),
        ("headers", {"X A": "a"}, "headers"),
        ("headers", {"": "a"}, "headers"),
        ("headers", {"X-A": 7}, "headers"),
    ],
)
def test_an_option_that_cannot_work_is_refused(name: str, value: Any, argument: str) -> None:
    with pytest.raises(ConfigError, match=argument) as caught:
        polyai(api_key="key", region="us", **{name: value})
    assert caught.value.argument == argument


def test_options_can_be_changed_in_a_copy() -> None:
    made = polyai(api_key="key", region="us")
    same = made.with_options(timeout=None, max_retries=None, deadline=None, strict=None)
    assert same == made
    other = made.with_options(timeout=1, max_retries=0, deadline=2, strict=True)
    assert (other.timeout, other.policy.max_retries, other.deadline, other.strict) == (config.Timeout(1, 1), 0, 2, True)
    assert (made.policy.max_retries, made.deadline, made.strict) == (4, 300.0, False)


WITHOUT_EXTRA = """
import sys
from importlib.machinery import PathFinder

find = PathFinder.find_spec
PathFinder.find_spec = lambda name, *rest: None if name == "jsonschema_rs" else find(name, *rest)
from polyai_data import ConfigError, PolyAI

with PolyAI("key", region="us") as polyai:
    for make in (lambda: PolyAI("key", region="us", strict=True), lambda: polyai.with_options(strict=True)):
        try:
            make()
        except ConfigError as error:
            print(error.argument, error)
"""


def test_strict_without_its_extra_says_which_one_to_install_before_anything_is_sent(tmp_path: Path) -> None:
    environment = {**os.environ, "POLYAI_CONFIG": str(tmp_path / "none.toml")}
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_EXTRA], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.splitlines() == ["strict strict=True needs jsonschema_rs: pip install 'polyai-data[strict]'"] * 2

"""Profiles: a file of the user's own that sets clients up, and whose keys are never shown."""

from __future__ import annotations

import os
import stat
import tempfile
import warnings
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from polyai_data import config, profiles
from polyai_data.errors import ConfigError
from polyai_data.profiles import Profile, Profiles
from tests.facade.masking import KEY, check_error

posix = pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")

WORDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
PROFILES = st.builds(
    Profile,
    agents=st.dictionaries(WORDS, WORDS, max_size=3),
    **{one.name: st.none() | WORDS for one in fields(Profile) if one.name != "agents"},
)
AWKWARD = '"hi" it\'s a.b [x] \\ zwei 🎧 = # \n'


@given(st.dictionaries(WORDS, PROFILES, max_size=3), st.none() | WORDS)
@example({AWKWARD: Profile(api_key=AWKWARD, agent=AWKWARD, agents={AWKWARD: AWKWARD})}, AWKWARD)
@settings(max_examples=50)
def test_saved_profiles_are_loaded_unchanged(saved: dict[str, Profile], default: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        profiles.save(Profiles(saved, default), file)
        assert profiles.load(file) == Profiles(saved, default)


def test_unset_values_are_not_written(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    profiles.save(Profiles({"work": Profile(api_key="one", region="")}), file)
    assert file.read_text(encoding="utf-8").split() == ["[profiles.work]", "api_key", "=", '"one"']


@posix
def test_only_the_owner_can_read_the_file_and_its_folder(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "polyai-data" / "config.toml"
    profiles.save(Profiles(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["config.toml"]
    file.chmod(0o644)
    profiles.save(Profiles(), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize(
    ("mode", "warned"), [(0o640, 1), (0o620, 1), (0o604, 1), (0o601, 1), (0o777, 1), (0o600, 0), (0o400, 0)]
)
def test_a_file_that_others_can_read_is_loaded_with_a_warning(tmp_path: Path, mode: int, warned: int) -> None:
    file = written(tmp_path, f'[profiles.work]\napi_key = "{KEY}"')
    file.chmod(mode)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert profiles.load(file).get("work").api_key == KEY
    assert len(caught) == warned
    for each in caught:
        assert f"chmod 600 {file}" in str(each.message)
        assert KEY not in str(each.message)


@pytest.mark.parametrize("name", ["none.toml", "no/such/folder/config.toml", "file/config.toml"])
def test_without_a_file_there_are_no_profiles(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert profiles.load(tmp_path / name) == Profiles()
    assert profiles.load(tmp_path / name).get(None) == Profile()


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    return file


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "no value": (f'[profiles.work]\napi_key = "{KEY}"\nregion =\n', "line 3, column"),
    "no quotes": (f"[profiles.work]\napi_key = {KEY}", "line 2, column"),
    "an open quote": (f'[profiles.work]\napi_key = "{KEY}\nregion = "us"', "line 2, column"),
    "not UTF-8": (f'[profiles.work]\napi_key = "{KEY}"\nregion = "'.encode() + b'\xff"', "UTF-8 at byte 51"),
    "an unknown entry": (f'[profiles.work]\napi_kye = "{KEY}"', "profiles.work: unknown entry 'api_kye'; known are ac"),
    "an unknown entry above": (f'api_key = "{KEY}"', "unknown entry 'api_key'; known are default and profiles"),
    "a number": (f'[profiles.work]\nregion = 7\napi_key = "{KEY}"', "profiles.work.region must be a string"),
    "no table": (f'[profiles]\nwork = "{KEY}"', "profiles.work is not a table"),
    "no profiles": (f'profiles = "{KEY}"', "profiles a table"),
    "no name as default": (f'default = ["{KEY}"]', "default is a name"),
    "no agents": (f'[profiles.work]\nagents = "{KEY}"', "profiles.work.agents names agents"),
    "a key with a space": (f'[profiles.work]\napi_key = "{KEY} {KEY}"', ""),
    "an unknown region": (f'[profiles.work]\napi_key = "{KEY}"\nregion = "nowhere"', ""),
    "numbers as agents": (f'[profiles.work.agents]\nsales = 7\nother = "{KEY}"', "profiles.work.agents names"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_the_error_of_a_broken_file_says_where_and_shows_no_value(tmp_path: Path, case: str) -> None:
    text, where = BROKEN[case]
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        config.polyai(environment={"POLYAI_CONFIG": str(file)})
    check_error(caught.value)
    if where:  # else the file is good, and the client cannot be made from it
        assert caught.value.argument == "profile"
        assert str(file) in str(caught.value)
        assert where in str(caught.value)


def test_a_folder_instead_of_the_file_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{tmp_path} cannot be read"):
        profiles.load(tmp_path)


@pytest.mark.parametrize("invalid", [Profiles({"work": Profile(region="\ud800")}), Profiles({"\ud800": Profile()})])
def test_text_that_no_file_can_hold_is_refused(tmp_path: Path, invalid: Profiles) -> None:
    with pytest.raises(ConfigError) as caught:
        profiles.save(invalid, tmp_path / "config.toml")
    assert caught.value.argument == "profile"
    assert list(tmp_path.iterdir()) == []


def test_a_file_that_cannot_be_written_is_left_as_it_was_and_no_key_is_shown(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    for target in (tmp_path, file / "config.toml"):
        with pytest.raises(ConfigError, match=r"cannot be written|is a folder") as caught:
            profiles.save(Profiles({"work": Profile(api_key=KEY)}), target)
        check_error(caught.value)
    assert list(tmp_path.iterdir()) == [file]


def test_the_default_or_the_only_profile_is_used_when_none_is_named() -> None:
    work, home = Profile(region="us"), Profile(region="eu")
    both = {"work": work, "home": home}
    assert [Profiles(both, "home").get(name) for name in (None, "", "work")] == [home, home, work]
    assert Profiles({"work": work}).get(None) == work
    assert Profiles().get(None) == Profile()
    with pytest.raises(ConfigError, match="there are work, home, and none is the default"):
        Profiles(both).get(None)


@pytest.mark.parametrize("name", [None, "nowhere"])
def test_an_unknown_profile_is_refused_with_the_known_ones(name: str | None) -> None:
    with pytest.raises(ConfigError, match="'nowhere'; the file has home, work") as caught:
        Profiles({"work": Profile(api_key=KEY), "home": Profile(api_key=KEY)}, "nowhere").get(name)
    assert caught.value.argument == "profile"
    check_error(caught.value)
    with pytest.raises(ConfigError, match="the file has none"):
        Profiles().get("nowhere")


def test_a_profile_does_not_show_its_keys() -> None:
    profile = Profile(api_key=KEY, conversations_api_key=KEY, assemblyai_api_key=KEY, region="us")
    assert KEY not in f"{profile} {profile!r} {Profiles({'work': profile})}"
    assert "region='us'" in repr(profile)


Setup = Callable[..., dict[str, str]]


@pytest.fixture
def environment(tmp_path: Path) -> Setup:
    """Makes an environment with a file of two profiles, and with the variables that are passed."""

    def make(**more: str) -> dict[str, str]:
        work = Profile("w-key", "w-conversations", "us", "ws-w", "support", {"support": "P-1"}, "w-assembly", "eu")
        home = Profile("h-key", region="uk")
        profiles.save(Profiles({"work": work, "home": home}, "work"), tmp_path / "config.toml")
        return {"POLYAI_CONFIG": str(tmp_path / "config.toml"), **more}

    return make


def keys(settings: config.Config) -> list[str]:
    return [settings.keys[host].reveal() for host in sorted(settings.keys)]


def shown(settings: config.Config) -> tuple[Any, ...]:
    return keys(settings), settings.region, settings.account(None), settings.agent(None)


def test_arguments_win_over_the_environment_and_that_over_the_profile(environment: Setup) -> None:
    variables = environment()
    assert shown(config.polyai(environment=variables)) == (["w-key", "w-conversations"], "us", "ws-w", "P-1")
    variables |= {"POLYAI_API_KEY": "e-key", "POLYAI_REGION": "eu"}
    variables |= {"POLYAI_ACCOUNT_ID": "ws-e", "POLYAI_AGENT_ID": "P-e"}
    assert shown(config.polyai(environment=variables)) == (["e-key", "e-key"], "eu", "ws-e", "P-e")
    settings = config.polyai(api_key="a-key", region="uk", account_id="ws-a", agent_id="P-a", environment=variables)
    assert shown(settings) == (["a-key", "a-key"], "uk", "ws-a", "P-a")


def test_a_call_takes_an_agent_by_its_name_in_the_profile_or_by_its_id(environment: Setup) -> None:
    settings = config.polyai(environment=environment())
    assert [settings.agent(name) for name in (None, "support", "P-9")] == ["P-1", "P-1", "P-9"]
    assert config.polyai(agent_id="support", environment=environment()).agent(None) == "P-1"
    with pytest.raises(ConfigError, match="agent_id holds ' '"):
        settings.agent("support team")


def test_the_same_order_holds_for_assemblyai(environment: Setup) -> None:
    variables = environment()
    argument: dict[str, Any] = {}
    for key, region in (("w-assembly", "eu"), ("e-assembly", "us"), ("a-assembly", "eu")):
        settings = config.assemblyai(**argument, environment=variables)
        assert (keys(settings), settings.region) == ([key], region)
        argument = {"api_key": "a-assembly", "region": "eu"} if "ASSEMBLYAI_REGION" in variables else {}
        variables |= {"ASSEMBLYAI_API_KEY": "e-assembly", "ASSEMBLYAI_REGION": "us"}


@pytest.mark.parametrize("name", ["POLYAI_API_KEY", "POLYAI_CONVERSATIONS_API_KEY"])
def test_keys_of_the_profile_are_not_mixed_with_others(environment: Setup, name: str) -> None:
    assert {*keys(config.polyai(environment=environment(**{name: "other"})))} == {"other"}
    argument: dict[str, Any] = {name.removeprefix("POLYAI_").lower(): "other"}
    assert {*keys(config.polyai(environment=environment(), **argument))} == {"other"}


def test_a_profile_is_named_by_argument_or_environment(environment: Setup) -> None:
    assert keys(config.polyai(profile="home", environment=environment())) == ["h-key", "h-key"]
    assert keys(config.polyai(environment=environment(POLYAI_PROFILE="home"))) == ["h-key", "h-key"]
    assert config.polyai(profile="work", environment=environment(POLYAI_PROFILE="home")).region == "us"
    for make in (config.polyai, config.assemblyai):
        with pytest.raises(ConfigError, match="'nowhere'; the file has home, work"):
            make(profile="nowhere", environment=environment())


UNREADABLE = {"no TOML": b"[profiles", "not UTF-8": b"\xff\xfe[", "unknown": b"key=1", "no default": b'default = "x"'}


@pytest.mark.parametrize("content", UNREADABLE.values(), ids=UNREADABLE)
def test_a_file_that_is_not_needed_may_be_unreadable(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "config.toml"
    file.write_bytes(content)
    file.chmod(0o600)
    variables = {"POLYAI_CONFIG": str(file)}
    given_: dict[str, Any] = {"api_key": "key", "region": "us"}
    makes: list[Callable[..., config.Config]] = [config.polyai, config.assemblyai]
    for make, prefix in zip(makes, ("POLYAI", "ASSEMBLYAI"), strict=True):
        caplog.clear()
        assert keys(make(environment=variables, **given_))[0] == "key"
        assert [each.getMessage().endswith("; no profile is used") for each in caplog.records] == [True]
        assert make(environment={**variables, f"{prefix}_API_KEY": "key", f"{prefix}_REGION": "us"}).region == "us"
        for missing in ({"api_key": None}, {"region": None}, {"profile": "work"}):
            with pytest.raises(ConfigError) as caught:
                make(environment=variables, **{**given_, **missing})
            assert caught.value.argument == "profile"


def test_a_byte_order_mark_is_no_part_of_the_file(environment: Setup) -> None:
    variables = environment()
    file = Path(variables["POLYAI_CONFIG"])
    file.write_bytes(b"\xef\xbb\xbf" + file.read_bytes())
    assert shown(config.polyai(environment=variables)) == (["w-key", "w-conversations"], "us", "ws-w", "P-1")


def test_the_file_is_in_the_users_configuration_folder_or_where_the_environment_says() -> None:
    assert profiles.path({}).parts[-2:] == ("polyai-data", "config.toml")
    assert profiles.path({"POLYAI_CONFIG": ""}) == profiles.path({})
    assert profiles.path({"POLYAI_CONFIG": "/elsewhere/own.toml"}) == Path("/elsewhere/own.toml")

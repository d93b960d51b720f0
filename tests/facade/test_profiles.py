"""Profiles: a file of the user's own, which sets clients up, and which shows its keys to nobody."""

from __future__ import annotations

import os
import stat
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_data import config, profiles
from polyai_data.errors import ConfigError
from polyai_data.profiles import Profile, Profiles
from tests.facade.calls import POLYAI_OPERATIONS, Connect, documented, perform, recorded, transcript

KEY = "sk-1f9e0c77d2b34a6d-nobody-may-see-this"
posix = pytest.mark.skipif(os.name != "posix", reason="the rights of files are those of POSIX")

words = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
every_profile = st.builds(
    Profile,
    api_key=st.none() | words,
    conversations_api_key=st.none() | words,
    region=st.none() | words,
    account_id=st.none() | words,
    agent=st.none() | words,
    agents=st.dictionaries(words, words, max_size=3),
    assemblyai_api_key=st.none() | words,
    assemblyai_region=st.none() | words,
)


@given(st.dictionaries(words, every_profile, max_size=3), st.none() | words)
@settings(deadline=None, max_examples=150)
def test_what_is_saved_is_what_is_loaded(kept: dict[str, Profile], default: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        profiles.save(Profiles(kept, default), file)
        assert profiles.load(file) == Profiles(kept, default)


@pytest.mark.parametrize("name", ['say "hi"', "it's", "a.b", "[x]", "a\\b", "zwei Wörter", "🎧", "=", "#", "\n"])
def test_names_and_values_may_hold_what_toml_has_a_meaning_for(tmp_path: Path, name: str) -> None:
    kept = Profiles({name: Profile(api_key=name, agent=name, agents={name: name})}, name)
    profiles.save(kept, tmp_path / "config.toml")
    assert profiles.load(tmp_path / "config.toml") == kept


def test_what_is_not_set_is_not_written(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    profiles.save(Profiles({"work": Profile(api_key="one", region="")}), file)
    assert file.read_text(encoding="utf-8").split() == ["[profiles.work]", "api_key", "=", '"one"']


@posix
def test_the_file_and_its_folder_are_for_the_owners_eyes_alone(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "polyai-data" / "config.toml"
    profiles.save(Profiles({"work": Profile(api_key=KEY)}), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [each.name for each in file.parent.iterdir()] == ["config.toml"]


@posix
def test_saving_takes_a_file_that_others_could_read_from_their_eyes(tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text("", encoding="utf-8")
    file.chmod(0o644)
    profiles.save(Profiles({"work": Profile(api_key=KEY)}), file)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


@posix
@pytest.mark.parametrize("mode", [0o644, 0o640, 0o620, 0o604, 0o601, 0o777])
def test_a_file_that_others_can_read_is_warned_about_and_still_loaded(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path, f'[profiles.work]\napi_key = "{KEY}"')
    file.chmod(mode)
    with pytest.warns(UserWarning, match=rf"others can read it; run: chmod 600 {file}") as caught:
        assert profiles.load(file).get("work").api_key == KEY
    assert len(caught) == 1
    assert KEY not in str(caught[0].message)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o400])
def test_a_file_that_is_the_owners_alone_is_not_warned_about(tmp_path: Path, mode: int) -> None:
    file = written(tmp_path, "[profiles.work]")
    file.chmod(mode)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert profiles.load(file) == Profiles({"work": Profile()})
    assert caught == []


@pytest.mark.parametrize("place", ["none.toml", "no/such/folder/config.toml", "file/config.toml"])
def test_no_file_means_no_profiles(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert profiles.load(tmp_path / place) == Profiles()
    assert profiles.load(tmp_path / place).get(None) == Profile()


def written(folder: Path, text: str | bytes) -> Path:
    file = folder / "config.toml"
    file.write_bytes(text if isinstance(text, bytes) else text.encode())
    file.chmod(0o600)
    return file


def chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


BROKEN: dict[str, tuple[str | bytes, str]] = {
    "no value": (f'[profiles.work]\napi_key = "{KEY}"\nregion =\n', "line 3, column"),
    "no quotes": (f"[profiles.work]\napi_key = {KEY}", "line 2, column"),
    "an open quote": (f'[profiles.work]\napi_key = "{KEY}\nregion = "us"', "line 2, column"),
    "twice": (f'[profiles.work]\napi_key = "{KEY}"\napi_key = "{KEY}"\n', "line 3, column"),
    "two tables of a name": (f'[profiles.work]\napi_key = "{KEY}"\n[profiles.work]', "line 3, column"),
    "no TOML at all": (f'{{"api_key": "{KEY}"}}', "line 1, column"),
    "a wrong escape": (f'[profiles.work]\napi_key = "\\{KEY}"', "line 2, column"),
    "not UTF-8": (f'[profiles.work]\napi_key = "{KEY}"\nregion = "'.encode() + b'\xff"', "not UTF-8 at byte 78"),
    "UTF-16": (f'[profiles.work]\napi_key = "{KEY}"'.encode("utf-16"), "not UTF-8 at byte 0"),
    "an unknown entry": (f'[profiles.work]\napi_kye = "{KEY}"', "profiles.work: unknown entry 'api_kye'; known are ac"),
    "an unknown entry above": (f'api_key = "{KEY}"', "unknown entry 'api_key'; known are default and profiles"),
    "a number": (f'[profiles.work]\nregion = 7\napi_key = "{KEY}"', "profiles.work.region must be a string"),
    "a list": (f'[profiles.work]\napi_key = ["{KEY}"]', "profiles.work.api_key must be a string"),
    "a table for a key": (f'[profiles.work.api_key]\nvalue = "{KEY}"', "profiles.work.api_key must be a string"),
    "no table": (f'[profiles]\nwork = "{KEY}"', "profiles.work is not a table"),
    "profiles that are none": (f'profiles = "{KEY}"', "profiles a table"),
    "a list of profiles": (f'[[profiles]]\napi_key = "{KEY}"', "profiles a table"),
    "a default that is no name": (f'default = ["{KEY}"]', "default is a name"),
    "agents that are none": (f'[profiles.work]\nagents = "{KEY}"', "profiles.work.agents names agents"),
    "agents that are numbers": (f'[profiles.work.agents]\nsales = 7\nother = "{KEY}"', "profiles.work.agents names"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_named_with_the_place_and_no_value_is_shown(tmp_path: Path, case: str) -> None:
    text, place = BROKEN[case]
    file = written(tmp_path, text)
    with pytest.raises(ConfigError) as caught:
        profiles.load(file)
    assert str(file) in str(caught.value)
    assert place in str(caught.value)
    assert caught.value.argument == "profile"
    for error in chain(caught.value):
        assert KEY not in f"{error} {error!r} {error.args} {vars(error)}"


def test_a_folder_in_the_files_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=f"{tmp_path} cannot be read"):
        profiles.load(tmp_path)


@pytest.mark.parametrize("spoil", [Profiles({"work": Profile(region="\ud800")}), Profiles({"\ud800": Profile()})])
def test_what_no_file_can_hold_is_a_configuration_error(tmp_path: Path, spoil: Profiles) -> None:
    with pytest.raises(ConfigError) as caught:
        profiles.save(spoil, tmp_path / "config.toml")
    assert caught.value.argument == "profile"
    assert list(tmp_path.iterdir()) == []


def test_a_place_that_cannot_be_written_is_told_and_left_as_it_was(tmp_path: Path) -> None:
    file = written(tmp_path, "")
    for place in (tmp_path, file / "config.toml"):
        with pytest.raises(ConfigError, match=r"cannot be written|is a folder"):
            profiles.save(Profiles({"work": Profile(api_key=KEY)}), place)
    assert list(tmp_path.iterdir()) == [file]


def test_the_default_profile_is_used_when_none_is_named() -> None:
    kept = Profiles({"work": Profile(region="us"), "home": Profile(region="eu")}, "home")
    assert kept.get(None).region == "eu"
    assert kept.get("").region == "eu"
    assert kept.get("work").region == "us"


def test_the_only_profile_is_used_and_of_several_none() -> None:
    assert Profiles({"work": Profile(region="us")}).get(None).region == "us"
    assert Profiles({"work": Profile(region="us"), "home": Profile(region="eu")}).get(None) == Profile()


@pytest.mark.parametrize("name", [None, "nowhere"])
def test_a_profile_that_is_not_there_is_told_with_those_that_are(name: str | None) -> None:
    with pytest.raises(ConfigError, match="there is no 'nowhere'; the file has home, work") as caught:
        Profiles({"work": Profile(api_key=KEY), "home": Profile(api_key=KEY)}, "nowhere").get(name)
    assert caught.value.argument == "profile"
    assert KEY not in str(caught.value)
    with pytest.raises(ConfigError, match="the file has none"):
        Profiles().get("nowhere")


def test_agents_are_found_by_name_and_by_id() -> None:
    profile = Profile(agent="support", agents={"support": "PROJECT-1", "sales": "PROJECT-2"})
    assert [profile.agent_id(name) for name in (None, "sales", "PROJECT-9")] == ["PROJECT-1", "PROJECT-2", "PROJECT-9"]
    assert Profile().agent_id(None) is None


def test_a_profile_does_not_show_its_keys() -> None:
    profile = Profile(api_key=KEY, conversations_api_key=KEY, assemblyai_api_key=KEY, region="us")
    assert KEY not in f"{profile} {profile!r} {Profiles({'work': profile})}"
    assert "region='us'" in repr(profile)


Setup = Callable[..., dict[str, str]]


@pytest.fixture
def environment(tmp_path: Path) -> Setup:
    """An environment with a file of two profiles, and what else is given."""

    def make(**more: str) -> dict[str, str]:
        work = Profile("w-key", "w-conversations", "us", "ws-w", "support", {"support": "P-1"}, "w-assembly", "eu")
        home = Profile("h-key", region="uk")
        profiles.save(Profiles({"work": work, "home": home}, "work"), tmp_path / "config.toml")
        return {"POLYAI_CONFIG": str(tmp_path / "config.toml"), **more}

    return make


def keys(made: config.Config) -> list[str]:
    return [made.keys[host].reveal() for host in sorted(made.keys)]


def test_a_profile_alone_sets_a_client_up(environment: Setup) -> None:
    made = config.polyai(environment=environment())
    assert keys(made) == ["w-key", "w-conversations"]
    assert (made.region, made.account(None), made.agent(None)) == ("us", "ws-w", "P-1")
    other = config.assemblyai(environment=environment())
    assert (keys(other), other.region) == (["w-assembly"], "eu")


def test_arguments_win_over_the_environment_and_that_over_the_profile(environment: Setup) -> None:
    middle = environment(
        POLYAI_API_KEY="e-key",
        POLYAI_REGION="eu",
        POLYAI_ACCOUNT_ID="ws-e",
        POLYAI_AGENT_ID="P-e",
        ASSEMBLYAI_API_KEY="e-assembly",
        ASSEMBLYAI_REGION="us",
    )
    made = config.polyai(environment=middle)
    assert (keys(made), made.region) == (["e-key", "e-key"], "eu")
    assert (made.account(None), made.agent(None)) == ("ws-e", "P-e")
    other = config.assemblyai(environment=middle)
    assert (keys(other), other.region) == (["e-assembly"], "us")
    made = config.polyai(api_key="a-key", region="uk", account_id="ws-a", agent_id="P-a", environment=middle)
    assert (keys(made), made.region) == (["a-key", "a-key"], "uk")
    assert (made.account(None), made.agent(None)) == ("ws-a", "P-a")
    other = config.assemblyai(api_key="a-assembly", region="eu", environment=middle)
    assert (keys(other), other.region) == (["a-assembly"], "eu")


@pytest.mark.parametrize("name", ["POLYAI_API_KEY", "POLYAI_CONVERSATIONS_API_KEY"])
def test_a_key_of_the_profile_is_not_mixed_with_one_from_elsewhere(environment: Setup, name: str) -> None:
    assert "w-key" not in keys(config.polyai(environment=environment(**{name: "other"})))
    assert "w-conversations" not in keys(config.polyai(environment=environment(**{name: "other"})))
    argument: dict[str, Any] = {name.removeprefix("POLYAI_").lower(): "other"}
    assert {"other"} == {*keys(config.polyai(environment=environment(), **argument))}


def test_a_profile_is_named_by_argument_or_environment(environment: Setup) -> None:
    assert keys(config.polyai(profile="home", environment=environment())) == ["h-key", "h-key"]
    assert keys(config.polyai(environment=environment(POLYAI_PROFILE="home"))) == ["h-key", "h-key"]
    assert config.polyai(profile="work", environment=environment(POLYAI_PROFILE="home")).region == "us"
    for make in (config.polyai, config.assemblyai):
        with pytest.raises(ConfigError, match="there is no 'nowhere'; the file has home, work"):
            make(profile="nowhere", environment=environment())


def test_the_place_of_the_file_is_the_users_configuration_folder_or_what_is_named() -> None:
    assert profiles.path({}).parts[-2:] == ("polyai-data", "config.toml")
    assert profiles.path({"POLYAI_CONFIG": ""}) == profiles.path({})
    assert profiles.path({"POLYAI_CONFIG": "/elsewhere/own.toml"}) == Path("/elsewhere/own.toml")


@pytest.fixture
def profiled(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Connect:
    """The emulator's keys, account and agents in a profile that clients find, and nothing else set."""
    emulator, account = connect.emulator, connect.emulator.accounts["us"]
    profile = Profile(
        emulator.keys["us-agents"].value,
        emulator.keys["us-platform"].value,
        "us-1",
        account.id,
        "support desk",
        {"support desk": account.agents[0].id, "sales": account.agents[1].id},
        emulator.keys["assemblyai-us"].value,
        "us",
    )
    profiles.save(Profiles({"work": profile}), tmp_path / "config.toml")
    monkeypatch.setenv("POLYAI_CONFIG", str(tmp_path / "config.toml"))
    monkeypatch.setenv("POLYAI_CONNECT_TO", emulator.url)
    return connect


def test_clients_work_from_a_profile_alone(profiled: Connect) -> None:
    agent = profiled.emulator.accounts["us"].agents[0]
    client = profiled.bare("PolyAI")
    assert {each.project_id for each in client.conversations.list()} == {agent.id}
    assert {each.project_id for each in client.conversations.search()} == {agent.id}
    assert profiled.bare("AssemblyAI").redacted_audio.get(transcript(profiled.emulator, "ready")).redacted_audio_url


def test_a_call_names_another_agent_of_the_profile(profiled: Connect) -> None:
    first, second = profiled.emulator.accounts["us"].agents[:2]
    client = profiled.bare("PolyAI")
    for listing in (client.conversations.list, client.conversations.search):
        assert {each.project_id for each in listing(agent_id="sales")} == {second.id}
        assert {each.project_id for each in listing(agent_id=second.id)} == {second.id}
        assert {each.project_id for each in listing()} == {first.id}
    chat = client.debug_chat.start(client_env="sandbox", agent_id="sales")
    assert chat.send("hello").conversation_id == chat.id
    assert f"/{second.id}/" in profiled.last.path


@pytest.mark.parametrize("operation_id", POLYAI_OPERATIONS)
def test_every_operation_takes_an_agent_by_name(profiled: Connect, operation_id: str) -> None:
    perform(profiled, operation_id, agent_id="support desk")
    agent = profiled.emulator.accounts["us"].agents[0].id
    record = next(each for each in reversed(profiled.emulator.requests) if each.operation_id == operation_id)
    assert agent in record.path.split("/")
    assert documented()[operation_id]["method"] == record.method


def test_a_name_that_the_profile_does_not_know_is_checked_as_an_id(profiled: Connect) -> None:
    client = profiled.bare("PolyAI")
    with pytest.raises(ConfigError, match="agent_id holds ' '"):
        client.conversations.get(recorded(profiled.emulator), agent_id="support team")
    assert profiled.sent == []

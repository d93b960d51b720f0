"""`polyai-data config`: what it asks, what it keeps, and that keys show nowhere."""

from __future__ import annotations

import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from polyai_data import profiles
from polyai_data.cli import config
from polyai_data.emulator import Emulator
from tests.cli.conftest import Run

AGENTS = "emulator-us-agents-not-a-real-key"


@pytest.fixture
def file(environment: dict[str, str | None]) -> Path:
    """The file of profiles, with nothing in the environment but the way to the emulator."""
    for name in ("API_KEY", "CONVERSATIONS_API_KEY", "REGION", "ACCOUNT_ID", "AGENT_ID"):
        environment[f"POLYAI_{name}"] = None
    environment["ASSEMBLYAI_API_KEY"] = None
    return Path(str(environment["POLYAI_CONFIG"]))


def studio(region: str, path: str) -> str:
    from polyai_data.hosts import POLYAI  # noqa: PLC0415

    route = POLYAI.route("getConversation", region)
    return f"{route.studio_url}/{path}"


def test_a_first_run_asks_checks_and_saves_for_its_owner_alone(run: Run, file: Path, emulator: Emulator) -> None:
    key, platform = emulator.keys["us-agents"].value, emulator.keys["us-platform"].value
    url = studio("us", "ws-fd112d8f/PROJECT-58RP822I/conversations/CA1")
    done = run("config", "init", input=f"{url}\n{key}\n{platform}\n")
    assert done.status == 0, done
    assert "The key opens this agent." in done.stderr
    assert profiles.load(file).profiles == {
        "default": profiles.Profile(
            api_key=key,
            conversations_api_key=platform,
            region="us",
            account_id="ws-fd112d8f",
            agent="PROJECT-58RP822I",
        )
    }
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(run("conversations", "list", "--json").stdout.splitlines()) == 30
    assert key not in done.stdout + done.stderr


def test_a_key_that_does_not_open_the_agent_is_not_saved(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text("not-a-key-of-anyone\n", encoding="utf-8")
    # The host does not show its region, so it is asked for.
    given = ["--url", "https://jupiter.example/ws-fd112d8f/PROJECT-58RP822I", "--key-file", str(tmp_path / "key")]
    refused = run("config", "init", *given, input="us\n")
    assert refused.status == 1
    assert "401" in refused.stderr
    assert "Nothing was saved" in refused.stderr
    assert not file.exists()
    assert run("config", "init", *given, "--region", "us-1", "--no-check").status == 0
    assert profiles.load(file).profiles["default"].region == "us"


def test_init_asks_before_it_replaces_and_keeps_what_is_of_the_account(
    run: Run, file: Path, emulator: Emulator, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text(emulator.keys["us-agents"].value, encoding="utf-8")
    url = studio("us", "ws-fd112d8f/PROJECT-58RP822I")
    init = ("config", "init", "--url", url, "--key-file", str(tmp_path / "key"))
    kept = profiles.Profile(
        "old", "old-search", "us", "ws-fd112d8f", agents={"desk": "P-1"}, assemblyai_api_key="other"
    )
    for before, agents in (
        (kept, {"desk": "P-1"}),
        (replace(kept, region="eu"), {}),
        (replace(kept, account_id="w"), {}),
    ):
        profiles.save(profiles.Profiles({"work": before}), file)
        assert run(*init, input="n\n").status == 1
        assert profiles.load(file).profiles == {"work": before}
        done = run(*init, "--yes")
        assert (done.status, done.stdout.endswith("conversations list --agents-route\n")) == (0, True), done
        assert profiles.load(file).profiles["work"] == profiles.Profile(
            AGENTS, None, "us", "ws-fd112d8f", "PROJECT-58RP822I", agents, "other"
        )


def test_a_disk_that_refuses_is_no_wrong_usage(run: Run, environment: dict[str, str | None], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    environment["POLYAI_CONFIG"] = str(tmp_path / "file" / "config.toml")
    done = run("config", "set", "region", "eu")
    assert (done.status, done.stdout, "config.toml cannot be written" in done.stderr) == (1, "", True)


def test_changes_at_once_are_all_kept(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("POLYAI_CONFIG", str(file))
    with ThreadPoolExecutor(8) as threads:
        made = threads.map(lambda name: config._change(name, lambda _, before: before), "abcdefgh")
        assert set(made) == set(profiles.load(file).profiles)


def test_a_profile_that_is_named_wins_over_the_environment(
    run: Run, environment: dict[str, str | None], emulator: Emulator
) -> None:
    file, account = Path(str(environment["POLYAI_CONFIG"])), emulator.accounts["eu"]
    there = profiles.Profile(emulator.keys["eu"].value, None, "eu", account.id, "desk", {"desk": account.agents[0].id})
    us = dict(environment)
    for profile, unset, seen in (
        (there, (), f"{account.id}\n"),
        (there, ("REGION", "ACCOUNT_ID", "AGENT_ID", "API_KEY"), f"{account.id}\n"),
        (replace(there, api_key=None), (), ""),  # keys of the environment are of another region
        (profiles.Profile(region="us-1"), (), "ws-fd112d8f\n"),
    ):
        environment |= {**us, **{f"POLYAI_{name}": None for name in unset}}
        profiles.save(profiles.Profiles({"x": profile, "y": profiles.Profile()}), file)
        emulator.requests.clear()
        done = run("conversations", "list", "--profile", "x", "--limit", "1", "--columns", "account_id")
        assert (done.stdout, len(emulator.requests)) == (seen, len(seen.split())), done
    unknown = run("conversations", "list", "--agent", "desk", "--region", "us")
    assert "--agent desk was taken as an ID" not in unknown.stderr  # no profile has it
    profiles.save(profiles.Profiles({"x": there, "y": profiles.Profile()}), file)
    assert "the profiles' names are desk of x" in run("conversations", "list", "--agent", "desk").stderr
    environment |= dict.fromkeys(name for name in us if name.startswith("POLYAI_") and name != "POLYAI_CONFIG")
    for arguments in (["conversations", "list"], ["config", "set", "region", "us"]):
        several = run(*arguments)
        assert (several.status, "there are x, y, and none is the default; give --profile" in several.stderr) == (
            2,
            True,
        )


def test_profiles_are_set_listed_used_and_removed(run: Run, file: Path, tmp_path: Path) -> None:
    (tmp_path / "key").write_text(f" {AGENTS} \nanother line\n", encoding="utf-8")
    for arguments in (["region", "euw-1"], ["account_id", "ws-1"], ["agent", "sales"], ["account_id", ""]):
        assert run("config", "set", *arguments, "--profile", "work").status == 0
    set_key = run("config", "set", "api_key", "--key-file", str(tmp_path / "key"), "--profile", "work")
    assert set_key.stdout == "profile work: api_key = set\n"
    asked = run("config", "set", "assemblyai_api_key", "--profile", "home", input="a-key-for-assemblyai\n")
    assert (asked.status, asked.stdout) == (0, "profile home: assemblyai_api_key = set\n")
    assert run("config", "use", "work").status == 0
    stored = profiles.load(file)
    assert stored.default == "work"
    assert stored.profiles["work"] == profiles.Profile(api_key=AGENTS, region="eu", agent="sales")
    listed = [json.loads(line) for line in run("config", "list", "--json").stdout.splitlines()]
    assert [(each["name"], each["default"], each["keys"]) for each in listed] == [
        ("work", True, ["api_key"]),
        ("home", False, ["assemblyai_api_key"]),
    ]
    assert run("config", "remove", "work", input="n\n").status == 1
    assert run("config", "remove", "work", "--yes").status == 0
    assert profiles.load(file) == profiles.Profiles({"home": stored.profiles["home"]}, None)


def test_agents_have_names_and_stay_in_their_account(run: Run, file: Path, emulator: Emulator) -> None:
    first, second = (studio("us", f"ws-fd112d8f/{each.id}") for each in emulator.accounts["us"].agents[:2])
    for name, agent in (("desk", first), ("private", second), ("other", "PROJECT-1")):
        assert run("config", "agents", "add", name, agent).status == 0
    for url, problem in (
        (studio("eu", "ws-fd112d8f/P-1"), "profile default is of region us, the URL of eu; use another --profile"),
        (studio("us", "ws-2/P-1"), "profile default is of account ws-fd112d8f, the URL of ws-2"),
    ):
        refused = run("config", "agents", "add", "far", url)
        assert refused.status == 2
        assert problem in refused.stderr
    assert run("config", "agents", "remove", "other").status == 0
    assert "it has desk, private" in run("config", "agents", "remove", "other").stderr
    named = [json.loads(line) for line in run("config", "agents", "list", "--json").stdout.splitlines()]
    assert [tuple(each.values()) for each in named] == [
        (True, "desk", "PROJECT-58RP822I"),
        (False, "private", "PROJECT-SDEV7G0A"),
    ]
    run("config", "set", "api_key", input=f"{AGENTS}\n")
    lists = [run("conversations", "list", "--agents-route", *agent, "--limit", "1", "--columns", "project_id").stdout
             for agent in ([], ["--agent", "private"])]  # fmt: skip
    assert lists == ["PROJECT-58RP822I\n", "PROJECT-SDEV7G0A\n"]


def test_show_says_where_each_setting_comes_from(run: Run, file: Path, environment: dict[str, str | None]) -> None:
    file.write_text(
        'default = "work"\n[profiles.work]\napi_key = "a-key-of-the-profile"\nregion = "us"\naccount_id = "ws-1"\n',
        encoding="utf-8",
    )
    file.chmod(0o600)
    environment |= {"POLYAI_ACCOUNT_ID": "ws-2", "ASSEMBLYAI_REGION": None}
    shown = [json.loads(line) for line in run("config", "show", "--json").stdout.splitlines()]
    assert {each["setting"]: (each["value"], each["from"]) for each in shown if each["value"]} == {
        "profile": ("work", "default"),
        "api_key": ("set", "the profile 'work'"),
        "region": ("us", "the profile 'work'"),
        "account_id": ("ws-2", "POLYAI_ACCOUNT_ID"),
        "connect_to": (environment["POLYAI_CONNECT_TO"], "POLYAI_CONNECT_TO"),
        "assemblyai_region": ("us", "default"),
    }
    # Keys come from one place: beside one of the environment, those of the profile are left out.
    environment["POLYAI_CONVERSATIONS_API_KEY"] = AGENTS
    text = run("config", "show").stdout
    assert re.search(r"conversations_api_key +set +POLYAI_CONVERSATIONS_API_KEY", text)
    assert re.search(r"region +us +the profile 'work'", text)
    assert not {AGENTS, "a-key-of-the-profile"} & set(text.split())


@pytest.mark.parametrize(
    ("arguments", "content", "message"),
    [
        (["show"], "[profiles.work", "is not TOML"),
        (["list"], 'profiles = "x"', "profiles a table of tables"),
        (["set", "region", "eu"], "x = 1", "unknown entry 'x'"),
        (["set", "region", "mars"], "", "'mars' is not a region"),
        (["set", "api_key", AGENTS], "", "a key is no argument"),
        (["set", "api_key", "--key-file", "/dev/null"], "", "api_key is empty"),
        (["set", "region"], "", "region needs a VALUE"),
        (["agents", "add", "a", "https://studio.example/"], "", "not an Agent Studio URL"),
        (["init", "--url", "nonsense"], "", "not an Agent Studio URL"),
    ],
)
def test_a_mistake_changes_nothing(run: Run, file: Path, arguments: list[str], content: str, message: str) -> None:
    file.write_text(content, encoding="utf-8")
    file.chmod(0o600)
    done = run("config", *arguments)
    assert (done.status, done.stdout) == (2, "")
    assert message in done.stderr
    assert AGENTS not in done.stderr
    assert file.read_text(encoding="utf-8") == content

"""`polyai-data config`: profiles, their keys and their agents."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any, TextIO

import click

from polyai_data import config as configuration
from polyai_data import hosts, options, origins, profiles
from polyai_data.arguments import path_id
from polyai_data.cli import screen
from polyai_data.cli.options import Settings, client_options, complete_agent, complete_profile, json_option
from polyai_data.errors import ConfigError, PolyAIError

NAMES = [each.name for each in fields(profiles.Profile) if each.name != "agents"]
_CHECKS: dict[str, Callable[[str], str]] = {
    "region": hosts.POLYAI.region,
    "assemblyai_region": hosts.ASSEMBLYAI.region,
    "account_id": lambda value: path_id("account_id", value),
    "agent": lambda value: path_id("agent", value),
}
key_file_option = click.option(
    "--key-file", type=click.File(), metavar="FILE", help="Read the key from this file, or with - from standard input."
)
profile_option = click.option(
    "--profile", metavar="NAME", shell_complete=complete_profile, help="Profile to change.  [default: the one in use]"
)


@click.group()
def config() -> None:
    """Profiles: keys, regions and agents, in a file that only you can read.

    Keys are asked for, or read from a file. They are never arguments, as other users of the machine see those.

    \b
    polyai-data config init
    polyai-data config agents add sales https://studio.example/ws-1/PROJECT-2
    polyai-data config show
    """


def _load(profile: str | None) -> tuple[profiles.Profiles, str, profiles.Profile]:
    """All profiles, and the one to change, which may be new."""
    stored = configuration.load_profiles()
    only = next(iter(stored.profiles)) if len(stored.profiles) == 1 else "default"
    name = profile or os.environ.get("POLYAI_PROFILE") or stored.default or only
    return stored, name, stored.profiles.get(name, profiles.Profile())


def _save(stored: profiles.Profiles, name: str, profile: profiles.Profile) -> None:
    configuration.save_profiles(replace(stored, profiles={**stored.profiles, name: profile}))


def _key(name: str, file: TextIO | None, *, prompt: str, needed: bool = True) -> str | None:
    """A key, from a file or from a person, whose terminal does not show it."""
    if file:
        text = file.readline()
    else:
        text = click.prompt(prompt, hide_input=True, default=None if needed else "", show_default=False, err=True)
    secret = options.secret_of(name, text)
    if secret is None and needed:
        raise ConfigError(f"{name} is empty", argument=name)
    return secret.reveal() if secret else None


@config.command()
@client_options
@json_option
def show(settings: Settings, *, as_json: bool) -> None:
    """Show the settings in use, and where each comes from. Of keys, only the end is shown.

    \b
    polyai-data config show
    polyai-data config show --profile work
    """
    given = {"region": settings.region, "account_id": settings.account, "agent": settings.agent}
    named = settings.profile or os.environ.get("POLYAI_PROFILE")
    made = origins.settings(configuration.load_profiles(), named, given)
    rows = [{"setting": each.name, "value": each.masked, "from": each.origin} for each in made]
    screen.records(rows, as_json=as_json)
    screen.remark(f"profiles: {profiles.path()}")


@config.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the profiles; * is the one that is used when none is named.

    \b
    polyai-data config list
    """
    stored = configuration.load_profiles()
    rows = [
        {
            "default": name == stored.default or len(stored.profiles) == 1,
            "name": name,
            "region": each.region,
            "account_id": each.account_id,
            "agents": sorted(each.agents) or [each.agent or "-"],
            "keys": [key for key in origins.KEYS if getattr(each, key)],
        }
        for name, each in stored.profiles.items()
    ]
    if rows:
        screen.records(rows, as_json=as_json)
    else:
        click.echo("There is no profile; make one with: polyai-data config init", err=True)


@config.command("set")
@profile_option
@click.argument("name", type=click.Choice(NAMES))
@click.argument("value", required=False)
@key_file_option
def set_(profile: str | None, name: str, value: str | None, key_file: TextIO | None) -> None:
    """Set NAME in a profile, which is made when it is new. An empty VALUE removes it; keys are asked for.

    \b
    polyai-data config set region eu
    polyai-data config set api_key
    polyai-data config set assemblyai_api_key --key-file key.txt --profile work
    """
    if name in origins.KEYS and value:
        raise click.UsageError(f"a key is no argument, as others can see it; leave it out, or give --key-file ({name})")
    if name not in origins.KEYS and (value is None or key_file):
        raise click.UsageError(f"{name} needs a VALUE")
    stored, chosen, before = _load(profile)
    if name in origins.KEYS:
        made = None if value == "" else _key(name, key_file, prompt=name)
    else:
        made = _CHECKS[name](value) if value else None
    changed: dict[str, Any] = {name: made}
    _save(stored, chosen, replace(before, **changed))
    shown = origins.Setting(name, made, None).masked
    click.echo(f"profile {chosen}: {name} {'is removed' if shown is None else f'= {screen.plain(shown)}'}")


@config.command()
@click.argument("name", shell_complete=complete_profile)
def use(name: str) -> None:
    """Make NAME the profile that is used when none is named.

    \b
    polyai-data config use work
    """
    stored = configuration.load_profiles()
    stored.get(name)
    configuration.save_profiles(replace(stored, default=name))
    click.echo(f"The default profile is {name}")


@config.command()
@click.argument("name", shell_complete=complete_profile)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, *, yes: bool) -> None:
    """Remove a profile.

    \b
    polyai-data config remove work
    """
    stored = configuration.load_profiles()
    stored.get(name)
    if not yes and not click.confirm(f"Remove the profile {name}, with its keys?", err=True):
        raise click.ClickException("nothing is removed")
    rest = {each: profile for each, profile in stored.profiles.items() if each != name}
    default = None if stored.default == name else stored.default
    configuration.save_profiles(profiles.Profiles(rest, default))
    click.echo(f"profile {name} is removed")


@config.group()
def agents() -> None:
    """Names for agents, which every --agent takes.

    \b
    polyai-data config agents add support PROJECT-58RP822I
    polyai-data conversations list --agent support
    """


@agents.command()
@profile_option
@click.argument("name")
@click.argument("agent", metavar="URL|ID")
def add(profile: str | None, name: str, agent: str) -> None:
    """Name an agent, by its ID or by its address in Agent Studio, which also gives region and account.

    \b
    polyai-data config agents add sales https://studio.example/ws-1/PROJECT-2
    """
    stored, chosen, before = _load(profile)
    if "://" in agent:
        before, agent = _of_url(before, agent, chosen)
    added = {**before.agents, path_id("name", name): path_id("agent", agent)}
    _save(stored, chosen, replace(before, agents=added, agent=before.agent or name))
    click.echo(f"profile {chosen}: {name} is agent {agent}")


def _of_url(profile: profiles.Profile, url: str, name: str) -> tuple[profiles.Profile, str]:
    """The profile with the region and the account of a Studio URL, and the URL's agent; a key opens one account."""
    region, account, agent = hosts.studio_url(url, profile.region)
    if profile.account_id not in {None, account}:
        raise ConfigError(
            f"profile {name} is of account {profile.account_id}, the URL of {account}; use another --profile"
        )
    return replace(profile, region=profile.region or region, account_id=profile.account_id or account), agent


@agents.command("list")
@profile_option
@json_option
def list_agents(profile: str | None, *, as_json: bool) -> None:
    """List the agents of a profile; * is the one that is used when none is named.

    \b
    polyai-data config agents list
    """
    chosen = configuration.load_profiles().get(profile or os.environ.get("POLYAI_PROFILE"))
    unnamed = {} if chosen.agent in {None, *chosen.agents, *chosen.agents.values()} else {"": chosen.agent}
    named = {**unnamed, **chosen.agents}.items()
    rows = [{"default": chosen.agent in {name, agent}, "name": name, "id": agent} for name, agent in named]
    if rows:
        screen.records(rows, as_json=as_json)


@agents.command("remove")
@profile_option
@click.argument("name", shell_complete=complete_agent)
def remove_agent(profile: str | None, name: str) -> None:
    """Remove the name of an agent.

    \b
    polyai-data config agents remove sales
    """
    stored, chosen, before = _load(profile)
    if name not in before.agents:
        known = ", ".join(before.agents) or "none"
        raise click.UsageError(f"profile {chosen} has no agent {name!r}; it has {known}")
    rest = {each: agent for each, agent in before.agents.items() if each != name}
    _save(stored, chosen, replace(before, agents=rest, agent=None if before.agent == name else before.agent))
    click.echo(f"profile {chosen}: {name} is removed")


@config.command()
@profile_option
@click.option("--url", help="Address of the agent in Agent Studio, as the browser shows it.")
@click.option("--region", metavar="REGION", help="Region of the key, where the address does not show it.")
@key_file_option
@click.option("--no-check", is_flag=True, help="Save without asking the API whether the key works.")
def init(profile: str | None, url: str | None, region: str | None, key_file: TextIO | None, *, no_check: bool) -> None:
    """Make a first profile: asks for an agent's address and a key, tries them with one request, and saves.

    \b
    polyai-data config init
    polyai-data config init --url https://studio.example/ws-1/PROJECT-1 --key-file key.txt
    """
    stored, name, before = _load(profile)
    url = url or click.prompt("Address of an agent in Agent Studio", err=True)
    of_url, account, agent = hosts.studio_url(url, region)
    if of_url is None:
        of_url = click.prompt("Region of the key", type=click.Choice(hosts.POLYAI.regions), err=True)
    made = replace(before, region=hosts.POLYAI.region(of_url), account_id=account, agent=agent)
    made = replace(made, api_key=_key("api_key", key_file, prompt="API key (is not shown)"))
    if key_file is None:
        prompt = "Key for searches, where it is another (Enter: none)"
        made = replace(made, conversations_api_key=_key("conversations_api_key", None, prompt=prompt, needed=False))
    if not no_check:
        _check(made)
    _save(stored, name, made)
    click.echo(f"profile {name} is saved in {profiles.path()}; next: polyai-data conversations list")


def _check(profile: profiles.Profile) -> None:
    """Ask for one conversation."""
    from polyai_data import PolyAI  # noqa: PLC0415 - late, as `--help` needs none

    try:
        given: dict[str, Any] = {"region": profile.region, "account_id": profile.account_id, "agent_id": profile.agent}
        with PolyAI(profile.api_key, **given, max_retries=1) as client:
            next(client.conversations.list(limit=1).rows(), None)
    except PolyAIError as error:
        message = f"{error}\nNothing was saved; --no-check saves without asking the API."
        raise click.ClickException(message) from None
    click.echo("The key opens this agent.", err=True)

"""`polyai-data config`: profiles, their keys and their agents."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from typing import Any, TextIO

import click

from polyai_data import hosts, options, origins, profiles
from polyai_data.arguments import path_id
from polyai_data.cli import output, screen
from polyai_data.cli.options import (
    complete_agent,
    complete_profile,
    complete_region,
    json_option,
    prefer,
    profile_option,
    region_option,
)
from polyai_data.cli.program import in_options
from polyai_data.errors import AuthenticationError, ConfigError, PermissionDeniedError, PolyAIError

NAMES = [each.name for each in fields(profiles.Profile) if each.name != "agents"]
_CHECKS: dict[str, Callable[[str], str]] = {
    "region": hosts.POLYAI.region,
    "assemblyai_region": hosts.ASSEMBLYAI.region,
    "account_id": lambda value: path_id("account_id", value),
    "agent": lambda value: path_id("agent", value),
}
key_file_option = click.option(
    "--key-file",
    type=click.File(encoding="utf-8"),
    metavar="FILE",
    help="Read the key from a file, - is standard input.",
)
changed_option = profile_option("Profile to change.  [default: the one in use]")


def _complete_value(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    complete = {"region": complete_region, "agent": complete_agent}.get(ctx.params.get("name") or "")
    return complete(ctx, param, incomplete) if complete else []


@click.group()
def config() -> None:
    """Profiles: keys, regions and agents, in a file that only you can read.

    Keys are asked for, or read from a file. They are never arguments, as other users of the machine see those.

    \b
    polyai-data config init
    polyai-data config agents add sales https://studio.example/ws-1/PROJECT-2
    polyai-data config show
    """


@contextmanager
def _stored() -> Iterator[profiles.Profiles]:
    """All profiles, to be changed and saved in the block, for which others wait."""
    with profiles.locked(profiles.path()):
        yield profiles.load()


def _save(stored: profiles.Profiles) -> None:
    try:
        profiles.save(stored)
    except ConfigError as error:  # no wrong usage, but a disk
        raise click.ClickException(str(error)) from None


def _name(stored: profiles.Profiles, profile: str | None) -> str:
    """The name of the profile to change, which may be new."""
    return profile or os.environ.get("POLYAI_PROFILE") or stored.default or stored.only or "default"


def _change(profile: str | None, change: Callable[[str, profiles.Profile], profiles.Profile]) -> str:
    """Change a profile, given with its name, and save it. Its name."""
    with _stored() as stored:
        name = _name(stored, profile)
        made = change(name, stored.profiles.get(name, profiles.Profile()))
        _save(replace(stored, profiles={**stored.profiles, name: made}))
    return name


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
@profile_option()
@json_option
def show(profile: str | None, *, as_json: bool) -> None:
    """Show the settings in use, and where each comes from. Keys are not shown.

    \b
    polyai-data config show
    polyai-data config show --profile work
    """
    prefer(profile)
    made = origins.settings(profiles.load(), profile or os.environ.get("POLYAI_PROFILE"))
    rows = [{"setting": each.name, "value": each.masked, "from": each.origin} for each in made]
    screen.records(rows, as_json=as_json)
    screen.remark(f"profiles: {profiles.path()}")


@config.command("list")
@json_option
def list_(*, as_json: bool) -> None:
    """List the profiles.

    * is the one that is used when none is named.

    \b
    polyai-data config list
    """
    stored = profiles.load()
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
@changed_option
@click.argument("name", type=click.Choice(NAMES), metavar="NAME")
@click.argument("value", required=False, shell_complete=_complete_value)
@key_file_option
def set_(profile: str | None, name: str, value: str | None, key_file: TextIO | None) -> None:
    """Set NAME in a profile, which is made when it is new. An empty VALUE removes it; keys are asked for.

    NAME is api_key, conversations_api_key, region, account_id, agent, assemblyai_api_key or assemblyai_region.

    \b
    polyai-data config set region eu
    polyai-data config set api_key
    polyai-data config set assemblyai_api_key --key-file key.txt --profile work
    """
    if name in origins.KEYS and value:
        raise click.UsageError(f"a key is no argument, as others can see it; leave it out, or give --key-file ({name})")
    if name not in origins.KEYS and (value is None or key_file):
        raise click.UsageError(f"{name} needs a VALUE")
    if name in origins.KEYS:
        made = None if value == "" else _key(name, key_file, prompt=name)
    else:
        made = _CHECKS[name](value) if value else None
    changed: dict[str, Any] = {name: made}
    chosen = _change(profile, lambda _, before: replace(before, **changed))
    shown = "set" if made and name in origins.KEYS else made
    output.confirm(f"profile {chosen}: {name} {'is removed' if shown is None else f'= {screen.plain(shown)}'}")


@config.command()
@click.argument("name", shell_complete=complete_profile)
def use(name: str) -> None:
    """Make NAME the profile that is used when none is named.

    \b
    polyai-data config use work
    """
    with _stored() as stored:
        stored.get(name)
        _save(replace(stored, default=name))
    output.confirm(f"The default profile is {name}")


@config.command()
@click.argument("name", shell_complete=complete_profile)
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(name: str, *, yes: bool) -> None:
    """Remove a profile.

    \b
    polyai-data config remove work
    """
    profiles.load().get(name)
    if not yes and not click.confirm(f"Remove the profile {name}, with its keys?", err=True):
        raise click.ClickException("nothing is removed")
    with _stored() as stored:
        rest = {each: profile for each, profile in stored.profiles.items() if each != name}
        _save(profiles.Profiles(rest, None if stored.default == name else stored.default))
    output.confirm(f"profile {name} is removed")


@config.group()
def agents() -> None:
    """Names for agents, which every --agent takes.

    \b
    polyai-data config agents add support PROJECT-58RP822I
    polyai-data conversations list --agent support
    """


@agents.command()
@changed_option
@click.argument("name")
@click.argument("agent", metavar="URL|ID")
def add(profile: str | None, name: str, agent: str) -> None:
    """Name an agent, by its ID or its address in Agent Studio.

    An address also gives region and account.

    \b
    polyai-data config agents add sales https://studio.example/ws-1/PROJECT-2
    """
    if not re.fullmatch(r"[\w.-]+", name):
        raise click.UsageError(f"{name!r} is no name for an agent; use letters, digits, '-', '_' and '.'")
    added = ""

    def change(profile: str, before: profiles.Profile) -> profiles.Profile:
        nonlocal added
        before, added = _of_url(before, agent, profile) if "://" in agent else (before, agent)
        agents = {**before.agents, name: path_id("agent", added)}
        return replace(before, agents=agents, agent=before.agent or name)

    output.confirm(f"profile {_change(profile, change)}: {name} is agent {added}")


def _of_url(profile: profiles.Profile, url: str, name: str) -> tuple[profiles.Profile, str]:
    """The profile with the region and the account of a Studio URL, and the URL's agent; a key opens one account."""
    region, account, agent = hosts.studio_url(url)
    here = profile.region and hosts.POLYAI.region(profile.region)
    for kind, own, other in (("region", here, region), ("account", profile.account_id, account)):
        if own and other and own != other:
            raise ConfigError(f"profile {name} is of {kind} {own}, the URL of {other}; use another --profile")
    return replace(profile, region=profile.region or region, account_id=profile.account_id or account), agent


@agents.command("list")
@changed_option
@json_option
def list_agents(profile: str | None, *, as_json: bool) -> None:
    """List the agents of a profile.

    * is the one that is used when none is named.

    \b
    polyai-data config agents list
    """
    chosen = profiles.load().get(profile or os.environ.get("POLYAI_PROFILE"))
    unnamed = {} if chosen.agent in {None, *chosen.agents, *chosen.agents.values()} else {"": chosen.agent}
    named = {**unnamed, **chosen.agents}.items()
    rows = [{"default": chosen.agent in {name, agent}, "name": name, "id": agent} for name, agent in named]
    if rows:
        screen.records(rows, as_json=as_json)
    else:
        click.echo("There is no agent; name one with: polyai-data config agents add NAME URL", err=True)


@agents.command("remove")
@changed_option
@click.argument("name", shell_complete=complete_agent)
def remove_agent(profile: str | None, name: str) -> None:
    """Remove the name of an agent.

    \b
    polyai-data config agents remove sales
    """

    def change(profile: str, before: profiles.Profile) -> profiles.Profile:
        if name not in before.agents:
            known = ", ".join(before.agents) or "none"
            raise click.UsageError(f"profile {profile} has no agent {name!r}; it has {known}")
        rest = {each: agent for each, agent in before.agents.items() if each != name}
        return replace(before, agents=rest, agent=None if before.agent == name else before.agent)

    output.confirm(f"profile {_change(profile, change)}: {name} is removed")


@config.command()
@changed_option
@click.option("--url", help="Address of the agent in Agent Studio, as the browser shows it.")
@region_option("Region of the key, where the address does not show it.")
@key_file_option
@click.option("--no-check", is_flag=True, help="Save without asking the API whether the key works.")
@click.option("--yes", is_flag=True, help="Do not ask before a profile is replaced.")
def init(
    profile: str | None, url: str | None, region: str | None, key_file: TextIO | None, *, no_check: bool, yes: bool
) -> None:
    """Make a first profile.

    It asks for an agent's address and a key, tries them, and saves. Of a profile that it replaces, the names of agents
    stay where region and account do.

    \b
    polyai-data config init
    polyai-data config init --url https://studio.example/ws-1/PROJECT-1 --key-file key.txt
    """
    stored = profiles.load()
    name = _name(stored, profile)
    before = stored.profiles.get(name)
    if before and not yes and not click.confirm(f"Replace the profile {name}, with its keys?", err=True):
        raise click.ClickException("nothing is changed; --profile NAME makes another one")
    url = url or click.prompt("Address of an agent in Agent Studio", err=True)
    of_url, account, agent = hosts.studio_url(url, region)
    if of_url is None:
        of_url = click.prompt("Region of the key", type=click.Choice(hosts.POLYAI.regions), err=True)
    of_url = hosts.POLYAI.region(of_url)
    key, search_key = _key("api_key", key_file, prompt="API key (is not shown)"), None
    if key_file is None:
        prompt = "Key for searches, where it is another (Enter: none)"
        search_key = _key("conversations_api_key", None, prompt=prompt, needed=False)

    def change(_: str, before: profiles.Profile) -> profiles.Profile:
        agents = before.agents if (before.region, before.account_id) == (of_url, account) else {}
        made = replace(before, region=of_url, account_id=account, agent=agent, agents=agents)
        return replace(made, api_key=key, conversations_api_key=search_key)

    route = "" if no_check else _check(change(name, profiles.Profile()))
    _change(name, change)
    output.confirm(f"profile {name} is saved in {profiles.path()}; next: polyai-data conversations list{route}")


def _check(profile: profiles.Profile) -> str:
    """Ask both hosts for a conversation; the option that `conversations list` needs."""
    from polyai_data import PolyAI  # noqa: PLC0415 - late, as `--help` needs none

    os.environ.pop("POLYAI_PROFILE", None)  # it may name the one that is made
    given: dict[str, Any] = {"region": profile.region, "account_id": profile.account_id, "agent_id": profile.agent}
    given["conversations_api_key"] = profile.conversations_api_key or profile.api_key
    with PolyAI(profile.api_key, **given, max_retries=1) as client:
        try:
            next(client.conversations.list(limit=1).rows(), None)
        except PolyAIError as error:
            message = f"{in_options(str(error))}\nNothing was saved; --no-check saves without asking the API."
            raise click.ClickException(message) from None
        try:
            next(client.conversations.search(limit=1).rows(), None)
        except (AuthenticationError, PermissionDeniedError, ConfigError) as error:
            click.echo(f"The key opens this agent, but no searches: {in_options(str(error))}", err=True)
            return " --agents-route"
    click.echo("The key opens this agent.", err=True)
    return ""

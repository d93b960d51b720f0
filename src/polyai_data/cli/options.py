"""Options that several commands have: which client, which conversations, which times."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias
from urllib.parse import urlsplit

import click
from click.core import ParameterSource

from polyai_data import arguments, hosts, origins, profiles
from polyai_data.errors import ConfigError, NotFoundError, PermissionDeniedError
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES
from polyai_data_client.models.speaker import SPEAKER_VALUES

if TYPE_CHECKING:
    from polyai_data import PolyAI
    from polyai_data.profiles import Profile, Profiles

_Decorator: TypeAlias = Callable[[Callable[..., Any]], Callable[..., Any]]


@dataclass(frozen=True)
class Settings:
    """Which client a command makes; what is None comes from the environment or the profile."""

    profile: str | None = None
    region: str | None = None
    account: str | None = None
    agent: str | None = None

    def client(self, **options: Any) -> PolyAI:
        """A client. `options` are further arguments of it."""
        from polyai_data import PolyAI  # noqa: PLC0415 - late, as `--help` needs none

        return PolyAI(profile=self.profile, region=self.region, account_id=self.account, agent_id=self.agent, **options)

    def of(self, conversation: Conversation) -> Settings:
        """The settings for a conversation, as its Studio URL or its row says.

        Raises:
            UsageError: they say otherwise, or would send the key to another region.
        """
        if conversation.host and not self.region:
            raise click.UsageError(
                f"{conversation.host} is no Agent Studio that is known here; give --region, or the conversation's ID"
            )
        there, variable = conversation.region, origins.VARIABLES["region"]
        here = there and (self.region or os.environ.get(variable) or _profile(self.profile).region)
        if here and hosts.POLYAI.region(here) != there:
            names = ", ".join(name for name, each in _profiles().profiles.items() if each.region == there)
            raise click.UsageError(
                f"the URL is of region {there}, and the key in use of {here}; give --profile with one of that region: "
                f"{names or 'make it with `polyai-data config init --profile NAME`'}"
            )
        for option, given, own in (
            ("--account", self.account, conversation.account),
            ("--agent", _profile(self.profile).agent_id(self.agent) if self.agent else None, conversation.agent),
        ):
            if given and own and given != own:
                raise click.UsageError(f"{option} is {given}, and {conversation.id} is of {own}; leave {option} out")
        return replace(
            self,
            region=self.region or conversation.region,
            account=conversation.account or self.account,
            agent=conversation.agent or self.agent,
        )


class Conversation(NamedTuple):
    """A conversation as a user names it: by its id, or by its URL, which also says where it is."""

    id: str
    region: str | None = None
    account: str | None = None
    agent: str | None = None
    host: str | None = None
    """The host of its URL, where that is no known Agent Studio."""


class ConversationType(click.ParamType[Conversation]):
    """A conversation's id, or its URL in Agent Studio."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Conversation:
        if isinstance(value, Conversation):
            return value
        value = value.strip()
        if not value:
            self.fail("is empty", param, ctx)
        if re.match(r"[\w-]+(\.[\w-]+)+/", value):  # a host
            value = f"https://{value}"
        if "://" not in value:
            return Conversation(value)
        try:
            region, account, agent = hosts.studio_url(value)
        except ConfigError as error:
            self.fail(str(error), param, ctx)
        # https://<studio>/<account>/<project>/…/<conversation>, whatever stands between, and behind a `?` or `#`.
        parts = [part for part in re.split(r"[?#]", value)[0].split("/")[5:] if part]
        if not parts:
            self.fail(f"{value} names an agent, and no conversation", param, ctx)
        return Conversation(parts[-1], region, account, agent, None if region else urlsplit(value).hostname)


class When(click.ParamType[datetime]):
    """A time: ISO 8601, a day, `today`, `yesterday`, `now`, or an age such as `3 days ago`, `36h`.

    Without an offset it is local time. A day is its first moment, or with `end` its last: the day is included.
    """

    name = "time"

    def __init__(self, *, end: bool = False) -> None:
        self._end = end

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        if isinstance(value, datetime):
            return value
        if ctx and param:
            ctx.meta[param.name or ""] = value  # as it was written
        try:
            return arguments.when(value, end=self._end)
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no time; write it as 2026-05-04, 2026-05-04T09:30, '3 days ago', 36h or yesterday",
                param,
                ctx,
            )


def _profiles() -> Profiles:
    """The profiles, for completion, where errors would be in the way."""
    with suppress(ConfigError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return profiles.load()
    return profiles.Profiles()


def complete_profile(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of profiles that begin so."""
    return [name for name in _profiles().profiles if name.startswith(incomplete)]


def _profile(name: str | None) -> Profile:
    """The profile that a command line names, or the one in use; an empty one where it cannot be read."""
    with suppress(ConfigError):
        return _profiles().get(name or os.environ.get("POLYAI_PROFILE"))
    return profiles.Profile()


def complete_agent(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of the profile's agents that begin so."""
    return [name for name in _profile(ctx.params.get("profile")).agents if name.startswith(incomplete)]


def complete_region(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of regions that begin so."""
    return [name for name in hosts.POLYAI.regions if name.startswith(incomplete)]


def profile_option(text: str = "Profile to use; see `polyai-data config`.") -> _Decorator:
    """`--profile`, with this help."""
    return click.option("--profile", metavar="NAME", shell_complete=complete_profile, help=text)


def region_option(text: str = "Region of the key, such as us, eu or uk.") -> _Decorator:
    """`--region`, with this help."""
    return click.option("--region", metavar="REGION", shell_complete=complete_region, help=text)


def prefer(profile: str | None) -> None:
    """Have a profile that the command line names win over the environment; see `origins.replaced`."""
    with suppress(ConfigError):  # which is the client's to raise
        for name in origins.replaced(_profiles().get(profile), os.environ) if profile else ():
            os.environ.pop(name, None)


def client_options(command: Callable[..., Any], *, several: bool = False) -> Callable[..., Any]:
    """Add `--profile`, `--region`, `--account` and `--agent`, as the command's first argument, `Settings`.

    With `several`, agents can be given repeatedly, and are the keyword `agents`, too.
    """

    @profile_option()
    @region_option()
    @click.option("--account", metavar="ID", help="Account (workspace) ID.")
    @click.option(
        "--agent",
        "agents",
        metavar="NAME|ID",
        multiple=several,
        shell_complete=complete_agent,
        help="Agent: its project ID, or its name in the profile." + " Repeatable." * several,
    )
    @wraps(command)
    def wrapped(*positional: Any, profile: Any, region: Any, account: Any, agents: Any, **rest: Any) -> Any:
        prefer(profile)
        if several:
            rest["agents"], agents = agents, next(iter(agents), None)
        try:
            return command(Settings(profile, region, account, agents), *positional, **rest)
        except (NotFoundError, PermissionDeniedError) as error:
            names = [f"{each} of {name}" for name, one in _profiles().profiles.items() for each in one.agents]
            chosen = _profile(profile).agents
            if agents and names and agents not in {*chosen, *chosen.values()}:
                error.add_note(f"--agent {agents} was taken as an ID; the profiles' names are {', '.join(names)}")
            raise

    return wrapped


def time_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--since` and `--until`: datetimes in UTC, the first earlier than the second, or None."""

    @click.option(
        "--since", type=When(), help="Only what started at or after this time: '3 days ago', 2026-05-04, yesterday."
    )
    @click.option("--until", type=When(end=True), help="Only what started before this time; a day is included.")
    @wraps(command)
    def wrapped(*positional: Any, since: datetime | None, until: datetime | None, **rest: Any) -> Any:
        if since and until and since >= until:
            begin, end = (click.get_current_context().meta[name] for name in ("since", "until"))
            raise click.UsageError(f"nothing is between --since {begin} and --until {end}; --since must be the earlier")
        return command(*positional, since=since, until=until, **rest)

    return wrapped


def _all_of(*options: _Decorator) -> _Decorator:
    """Add options, in their order."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        for option in reversed(options):
            command = option(command)
        return command

    return add


# What shows conversations one by one shows live ones, as the API does; what keeps or counts them has all.
ENVIRONMENTS = sorted(CLIENT_ENVIRONMENT_VALUES)
_ENVIRONMENT = click.Choice([*ENVIRONMENTS, "all"])
env_option = click.option("--env", type=_ENVIRONMENT, help="Only conversations of this environment.  [default: live]")
environments_option = click.option(
    "--env",
    "environments",
    type=_ENVIRONMENT,
    multiple=True,
    callback=lambda _, __, value: () if "all" in value else value,
    help="Only conversations of this environment. Repeatable.  [default: all]",
)
search_options = _all_of(
    click.option("--channel", multiple=True, metavar="NAME", help="Only this channel, such as VOICE-SIP. Repeatable."),
    click.option("--variant", "variant_name", metavar="NAME", help="Only the variant with this name."),
    click.option("--variant-id", metavar="ID", help="Only the variant with this ID."),
    click.option(
        "--in-progress/--ended", default=None, help="Only conversations in progress, or ended ones.  [default: both]"
    ),
)
condition_options = _all_of(
    click.option(
        "--filter",
        "filters",
        multiple=True,
        metavar="'NAME OP VALUE'",
        help="Only rows with this value of a field or a metric: = != < <= > >= contains, or 'NAME exists'. "
        "Numbers are compared as numbers, times as in --since, text without its case. Repeatable.",
    ),
    click.option("--any", "any_filter", is_flag=True, help="Fulfilling one of the filters is enough."),
)


def query_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--words`, `--meaning` and `--turn-type`, as `query`, `query_type` and `turn_type`, or None."""

    @click.option("--words", metavar="TEXT", help="Conversations in which these words are said.")
    @click.option("--meaning", metavar="TEXT", help="Conversations in which something of this meaning is said.")
    @click.option("--turn-type", type=click.Choice(sorted(SPEAKER_VALUES)), help="With --words: only this side's.")
    @wraps(command)
    def wrapped(*positional: Any, words: str | None, meaning: str | None, turn_type: str | None, **rest: Any) -> Any:
        if words and meaning:
            raise click.UsageError("give either --words or --meaning")
        if turn_type and not words:
            raise click.UsageError("--turn-type goes with --words alone")
        kind = "transcript" if words else "semantic" if meaning else None
        return command(*positional, query=words or meaning, query_type=kind, turn_type=turn_type, **rest)

    return wrapped


rate_option = click.option(
    "--rate",
    type=click.FloatRange(min=0),
    default=hosts.POLYAI.requests_per_minute,
    show_default=True,
    metavar="N",
    help="Requests a minute for a key; 0 for no limit.",
)
parallel_option = click.option(
    "--parallel",
    type=click.IntRange(1, arguments.MOST_PARALLEL),
    default=arguments.PARALLEL,
    show_default=True,
    metavar="N",
    help="Requests at once.",
)


def given(*names: str) -> str:
    """Those of the options of the command that runs which its command line has, as words for a message."""
    context = click.get_current_context()
    return ", ".join(
        each.opts[0]
        for each in context.command.params
        if each.name in names and context.get_parameter_source(each.name) is ParameterSource.COMMANDLINE
    )


json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON: a list as one object a line.")
utc_option = click.option("--utc", is_flag=True, help="Show times in UTC instead of local time.")

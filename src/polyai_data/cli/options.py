"""Options that several commands have: which client, which conversations, which times."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import wraps
from typing import TYPE_CHECKING, Any, NamedTuple

import click
from click.core import ParameterSource

from polyai_data import config, hosts
from polyai_data.errors import ConfigError

if TYPE_CHECKING:
    from polyai_data import PolyAI
    from polyai_data.profiles import Profiles

UNITS = {"minute": 60, "hour": 3600, "day": 86400, "week": 7 * 86400}
_AGO = re.compile(r"(\d+)\s*(m|h|d|w|minutes?|hours?|days?|weeks?)(?:\s+ago)?", re.IGNORECASE)


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
        """The settings for a conversation: what its Studio URL says wins over what they say."""
        return replace(
            self, **{name: value for name, value in conversation._asdict().items() if name != "id" and value}
        )


class Conversation(NamedTuple):
    """A conversation as a user names it: by its id, or by its URL, which also says where it is."""

    id: str
    region: str | None = None
    account: str | None = None
    agent: str | None = None


class ConversationType(click.ParamType[Conversation]):
    """A conversation's id, or its URL in Agent Studio."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Conversation:
        if isinstance(value, Conversation):
            return value
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
        return Conversation(parts[-1], region, account, agent)


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
        try:
            return self._read(value.strip())
        except (ValueError, OverflowError):
            self.fail(
                f"{value!r} is no time; write it as 2026-05-04, 2026-05-04T09:30, '3 days ago', 36h or yesterday",
                param,
                ctx,
            )

    def _read(self, text: str) -> datetime:
        now = datetime.now(UTC)
        days = {"today": 0, "yesterday": 1}
        if text.lower() == "now":
            return now
        if match := _AGO.fullmatch(text):
            unit = next(seconds for name, seconds in UNITS.items() if name[0] == match[2][0].lower())
            return now - timedelta(seconds=int(match[1]) * unit)
        if text.lower() in days:
            return self._day(datetime.now().astimezone().date() - timedelta(days=days[text.lower()]))
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}|\d{8}", text):
            return self._day(date.fromisoformat(text))
        return datetime.fromisoformat(text).astimezone(UTC)

    def _day(self, day: date) -> datetime:
        if self._end:
            day += timedelta(days=1)
        return datetime.combine(day, time()).astimezone(UTC)


def _profiles() -> Profiles:
    """The profiles, for completion, where errors would be in the way."""
    from polyai_data import profiles  # noqa: PLC0415

    with suppress(ConfigError), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return config.load_profiles()
    return profiles.Profiles()


def complete_profile(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of profiles that begin so."""
    return [name for name in _profiles().profiles if name.startswith(incomplete)]


def complete_agent(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of the profile's agents that begin so."""
    with suppress(ConfigError):
        profile = _profiles().get(ctx.params.get("profile") or os.environ.get("POLYAI_PROFILE"))
        return [name for name in profile.agents if name.startswith(incomplete)]
    return []


def complete_region(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The names of regions that begin so."""
    return [name for name in hosts.POLYAI.regions if name.startswith(incomplete)]


def client_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--profile`, `--region`, `--account` and `--agent`, as the command's first argument, `Settings`."""

    @click.option(
        "--profile", metavar="NAME", shell_complete=complete_profile, help="Profile to use; see `polyai-data config`."
    )
    @click.option(
        "--region", metavar="REGION", shell_complete=complete_region, help="Region of the key, such as us, eu or uk."
    )
    @click.option("--account", metavar="ID", help="Account (workspace) ID.")
    @click.option(
        "--agent",
        metavar="NAME|ID",
        shell_complete=complete_agent,
        help="Agent: its project ID, or its name in the profile.",
    )
    @wraps(command)
    def wrapped(*arguments: Any, profile: Any, region: Any, account: Any, agent: Any, **rest: Any) -> Any:
        return command(Settings(profile, region, account, agent), *arguments, **rest)

    return wrapped


def time_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add `--since` and `--until`: datetimes in UTC, or None."""
    command = click.option(
        "--until", type=When(end=True), help="Only what started before this time; a day is included."
    )(command)
    return click.option(
        "--since", type=When(), help="Only what started at or after this time: '3 days ago', 2026-05-04, yesterday."
    )(command)


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

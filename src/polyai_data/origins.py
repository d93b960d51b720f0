"""Where each setting of the clients comes from: an argument, the environment, or a profile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from polyai_data import hosts, profiles

KEYS = ("api_key", "conversations_api_key", "assemblyai_api_key")
"""The settings that are secret."""
VARIABLES: Mapping[str, str] = {
    "api_key": "POLYAI_API_KEY",
    "conversations_api_key": "POLYAI_CONVERSATIONS_API_KEY",
    "region": "POLYAI_REGION",
    "account_id": "POLYAI_ACCOUNT_ID",
    "agent": "POLYAI_AGENT_ID",
    "connect_to": "POLYAI_CONNECT_TO",
    "assemblyai_api_key": "ASSEMBLYAI_API_KEY",
    "assemblyai_region": "ASSEMBLYAI_REGION",
}
"""The environment variable of each setting; all but `connect_to` can stand in a profile, too."""


def replaced(profile: profiles.Profile, environment: Mapping[str, str]) -> set[str]:
    """The variables in `environment` that a profile named on a command line replaces.

    These are of what the profile has, too; and keys of another region, and ids of another region or account.

    Raises:
        ConfigError: there is no such region.
    """
    names = {name for name in VARIABLES if getattr(profile, name, None)}
    region, account = (environment.get(VARIABLES[name]) for name in ("region", "account_id"))
    abroad = profile.region and region and hosts.POLYAI.region(profile.region) != hosts.POLYAI.region(region)
    if abroad or names & {*KEYS[:2]}:
        names |= {*KEYS[:2]}  # both are of one source, as in `config`
    if abroad or (profile.account_id and account and profile.account_id != account):
        names |= {"account_id", "agent"}
    return {VARIABLES[name] for name in names}


class Setting(NamedTuple):
    """A setting, its value, and what gives it: `the command line`, a variable, a profile, or `default`.

    Both are None where nothing does. `masked`, which `repr` has too, is the value, or `set` for a key.
    """

    name: str
    value: str | None
    origin: str | None

    @property
    def masked(self) -> str | None:
        """The value, or `set` for a key."""
        return "set" if self.value and self.name in KEYS else self.value

    def __repr__(self) -> str:
        return f"Setting({self.name}, {self.masked!r}, {self.origin!r})"


def settings(
    stored: profiles.Profiles,
    profile: str | None = None,
    given: Mapping[str, str | None] | None = None,
    environment: Mapping[str, str] | None = None,
) -> list[Setting]:
    """All settings as clients take them.

    Args:
        stored: all profiles, as `profiles.load` reads them.
        profile: the name of the one to use; None for the default.
        given: what a command line says, by the names in `VARIABLES`.
        environment: instead of the process's.

    Raises:
        ConfigError: there is no such profile.
    """
    environment = os.environ if environment is None else environment
    chosen = stored.get(profile)
    name = next((name for name, each in stored.profiles.items() if each is chosen), None)
    if any(environment.get(VARIABLES[key]) for key in KEYS[:2]):
        chosen = replace(chosen, api_key=None, conversations_api_key=None)  # both are of one source, as in `config`
    made = [Setting("profile", name, name and ("default" if profile is None else "its name"))]
    for each, variable in VARIABLES.items():
        sources = (
            ((given or {}).get(each), "the command line"),
            (environment.get(variable), variable),
            (getattr(chosen, each, None), f"the profile {name!r}"),
            (hosts.ASSEMBLYAI.regions[0] if each == "assemblyai_region" else None, "default"),
        )
        made.append(Setting(each, *next((source for source in sources if source[0]), (None, None))))
    return made

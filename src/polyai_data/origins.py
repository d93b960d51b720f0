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


class Setting(NamedTuple):
    """A setting, its value, and what gives it: `the command line`, a variable, a profile, or `default`.

    Both are None where nothing does. `masked`, which `repr` has too, is the value, or the end of a key.
    """

    name: str
    value: str | None
    origin: str | None

    @property
    def masked(self) -> str | None:
        """The value; of a key its last four characters, where it is long enough to keep the rest."""
        if self.value is None or self.name not in KEYS:
            return self.value
        return f"…{self.value[-4:]}" if len(self.value) >= 16 else "…"

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
        stored: all profiles, as `config.load_profiles` reads them.
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

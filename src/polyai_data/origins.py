"""Where each setting of the clients comes from: an argument, the environment, or a profile."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import NamedTuple

from polyai_data import config, hosts

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
    """A setting, its value, and where it comes from: `argument`, `environment: NAME`, `profile: NAME` or `default`.

    Both are None where nothing sets it. `repr` leaves keys out; `masked` has their end.
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
    profile: str | None = None,
    given: Mapping[str, str | None] | None = None,
    *,
    environment: Mapping[str, str] | None = None,
) -> list[Setting]:
    """All settings as clients take them.

    Args:
        profile: the profile to use; else POLYAI_PROFILE or the file's default.
        given: what is passed as arguments, by the names in `VARIABLES`.
        environment: instead of the process's.

    Raises:
        ConfigError: there is no such profile, or the file cannot be read.
    """
    environment = os.environ if environment is None else environment
    named = profile or environment.get("POLYAI_PROFILE")
    stored = config.load_profiles(environment)
    chosen = stored.get(named)
    name = next((name for name, each in stored.profiles.items() if each is chosen), None)
    origin = "argument" if profile else "environment: POLYAI_PROFILE" if named else "default" if name else None
    made = [Setting("profile", name, origin)]
    # As in `config`: keys come from one place, as those of two can belong to different accounts.
    own_keys = not any(environment.get(VARIABLES[key]) for key in KEYS[:2])
    for each, variable in VARIABLES.items():
        of_profile = getattr(chosen, each, None) if own_keys or each not in KEYS[:2] else None
        if passed := (given or {}).get(each):
            made.append(Setting(each, passed, "argument"))
        elif environment.get(variable):
            made.append(Setting(each, environment[variable], f"environment: {variable}"))
        elif of_profile:
            made.append(Setting(each, of_profile, f"profile: {name}"))
        elif each == "assemblyai_region":
            made.append(Setting(each, hosts.ASSEMBLYAI.regions[0], "default"))
        else:
            made.append(Setting(each, None, None))
    return made

"""Profiles: configurations of a client in a file of the user's.

    default = "work"                  # the profile to use when none is named

    [profiles.work]
    api_key = "…"
    region = "us"
    account_id = "ws-fd112d8f"
    agent = "support"                 # the agent to use when none is named

    [profiles.work.agents]            # names for agents, which every `agent_id=` accepts
    support = "PROJECT-58RP822I"
    sales = "PROJECT-1A2B3C4D"

A profile can also have `conversations_api_key`, `assemblyai_api_key` and `assemblyai_region`. The file is
`polyai-data/config.toml` in the user's configuration folder, or what POLYAI_CONFIG names. It holds keys: only its owner
can read what `save` writes, and `load` warns about a file that others can read.
"""

from __future__ import annotations

import os
import stat
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from polyai_data.errors import ConfigError, DownloadError

try:
    import fcntl
except ImportError:  # on Windows
    fcntl = None  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Profile:
    """One profile; None means not set. Its `repr` leaves keys out."""

    api_key: str | None = field(default=None, repr=False)
    conversations_api_key: str | None = field(default=None, repr=False)
    region: str | None = None
    account_id: str | None = None
    agent: str | None = None
    agents: Mapping[str, str] = field(default_factory=dict)
    assemblyai_api_key: str | None = field(default=None, repr=False)
    assemblyai_region: str | None = None

    def agent_id(self, name: str | None) -> str | None:
        """The id of the agent called `name`, or of the profile's own agent for None. An unknown name is an id."""
        wanted = self.agent if name is None else name
        return None if wanted is None else self.agents.get(wanted, wanted)


@dataclass(frozen=True, slots=True)
class Profiles:
    """All profiles of a file by name, and the name of the default one."""

    profiles: Mapping[str, Profile] = field(default_factory=dict)
    default: str | None = None

    def get(self, name: str | None) -> Profile:
        """The profile called `name`. For None: the default, or the only one; an empty one where there is none at all.

        Raises:
            ConfigError: there is no such profile, or none is the default of several.
        """
        wanted = name or self.default or self.only
        if wanted is None:
            return Profile()
        if wanted not in self.profiles:
            known = ", ".join(sorted(self.profiles)) or "none"
            raise ConfigError(f"profile: there is no {wanted!r}; the file has {known}", argument="profile")
        return self.profiles[wanted]

    @property
    def only(self) -> str | None:
        """The name of the only profile, or None without any; ConfigError where there are several."""
        if len(self.profiles) > 1:
            message = f"profile: there are {', '.join(self.profiles)}, and none is the default"
            raise ConfigError(f"{message}; name one, or run: polyai-data config use NAME", argument="profile")
        return next(iter(self.profiles), None)


def path(environment: Mapping[str, str] | None = None) -> Path:
    """The path of the file: POLYAI_CONFIG, or `polyai-data/config.toml` in the user's configuration folder."""
    named = (os.environ if environment is None else environment).get("POLYAI_CONFIG")
    if named:
        return Path(named)
    import platformdirs  # noqa: PLC0415 - late, as what importers do not need at once costs each of them time

    return platformdirs.user_config_path("polyai-data", appauthor=False) / "config.toml"


def load(file: Path | None = None) -> Profiles:
    """The profiles in `file`, by default that of `path()`; none when there is no such file.

    Raises:
        ConfigError: it cannot be read, is no TOML, or says something that no profile has. Values are not shown.
    """
    file = file or path()
    try:
        data = file.read_bytes()
        mode = file.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return Profiles()
    except OSError as error:
        raise ConfigError(f"{file} cannot be read: {error.strerror}", argument="profile") from None
    if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
        warnings.warn(f"{file} holds keys and others can read it; run: chmod 600 {file}", UserWarning, stacklevel=2)
    import tomllib  # noqa: PLC0415

    document: dict[str, Any] = {}
    problem = ""
    try:
        document = tomllib.loads(data.decode("utf-8-sig"))  # editors of Windows begin files with a mark
    except UnicodeDecodeError as error:
        problem = f"not UTF-8 at byte {error.start}"
    except tomllib.TOMLDecodeError as error:
        problem = str(error)
    del data
    # Raised outside the block, without a context: the parser's error holds the document, and so the keys.
    if problem:
        raise ConfigError(f"{file} is not TOML: {problem}", argument="profile")
    failure: ConfigError
    try:
        return _profiles(document, file)
    except ConfigError as error:
        failure = error.with_traceback(None)
    del document
    raise failure


def _profiles(document: dict[str, Any], file: Path) -> Profiles:
    default, tables = document.get("default"), document.get("profiles", {})
    unknown = sorted(set(document) - {"default", "profiles"})
    if unknown:
        raise ConfigError(f"{file}: unknown entry {unknown[0]!r}; known are default and profiles", argument="profile")
    if not (default is None or isinstance(default, str)) or not isinstance(tables, dict):
        raise ConfigError(f"{file}: default is a name, and profiles a table of tables", argument="profile")
    return Profiles({name: _profile(table, f"{file}: profiles.{name}") for name, table in tables.items()}, default)


def _profile(table: Any, where: str) -> Profile:
    known = {each.name for each in fields(Profile)}
    if not isinstance(table, dict):
        raise ConfigError(f"{where} is not a table", argument="profile")
    if unknown := sorted(set(table) - known):
        message = f"{where}: unknown entry {unknown[0]!r}; known are {', '.join(sorted(known))}"
        raise ConfigError(message, argument="profile")
    agents = table.get("agents", {})
    if not isinstance(agents, dict) or not all(isinstance(value, str) for value in agents.values()):
        raise ConfigError(f"{where}.agents names agents: a table of strings", argument="profile")
    for name, value in table.items():
        if name != "agents" and not isinstance(value, str):
            raise ConfigError(f"{where}.{name} must be a string", argument="profile")
    return Profile(**table)


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Have other processes that change `file` wait, so that what is loaded and saved in the block is not lost."""
    handle = None
    with suppress(OSError):  # no folder can be made, as `save` then says, or its file system has no locks
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        if fcntl is not None:
            # The folder, as saving replaces the file.
            handle = os.open(file.parent, os.O_RDONLY)
            fcntl.flock(handle, fcntl.LOCK_EX)
    try:
        yield
    finally:
        if handle is not None:
            os.close(handle)


def save(profiles: Profiles, file: Path | None = None) -> None:
    """Write all `profiles` to `file`, by default that of `path()`, whole or not at all. Only its owner can read it.

    Raises:
        ConfigError: it cannot be written.
    """
    import tomli_w  # noqa: PLC0415

    from polyai_data.atomic_file import Target  # noqa: PLC0415

    file = file or path()
    document: dict[str, Any] = {"default": profiles.default} if profiles.default else {}
    document["profiles"] = {
        name: {each.name: value for each in fields(Profile) if (value := getattr(profile, each.name))}
        for name, profile in profiles.profiles.items()
    }
    try:
        text = tomli_w.dumps(document).encode()
    except UnicodeEncodeError:
        text = None
    del document
    if text is None:
        raise ConfigError(f"{file} cannot be written: a name or a value is not valid Unicode", argument="profile")
    failure = ""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with Target(file, private=True) as target:
            target.write(text)
            target.keep()
    except OSError as error:
        failure = f"{file} cannot be written: {error.strerror}"
    except DownloadError as error:
        failure = str(error)
    del text, profiles
    if failure:
        raise ConfigError(failure, argument="profile")

"""Reads scripts of debug chats. No I/O but the file."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from polyai_data.errors import ConfigError
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES, ClientEnvironment

_REGEX = re.compile(r"/(.+)/([ims]*)", re.DOTALL)


class ScriptError(ConfigError):
    """A script is wrong; the message begins with the file and the line."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A text, or a regular expression as `/…/`, perhaps with flags: `i`, `m`, `s`.

    Attributes:
        written: as the script has it.
        regex: the regular expression; None for a text.
    """

    written: str
    regex: re.Pattern[str] | None = None

    @classmethod
    def of(cls, written: str) -> Pattern:
        """Read one. ValueError: it is empty, or no regular expression."""
        if not written.strip():
            raise ValueError("is empty; every response has that")
        if (match := _REGEX.fullmatch(written)) is None:
            return cls(written)
        flags = re.NOFLAG
        for letter in match[2]:
            flags |= re.RegexFlag[letter.upper()]
        try:
            return cls(written, re.compile(match[1], flags))
        except (re.error, OverflowError) as error:
            raise ValueError(f"{written!r} is no regular expression: {error}") from None

    def is_in(self, text: str) -> bool:
        """Whether `text` has it: for a text, in any capitals and with any spaces between its words."""
        return _plain(self.written) in _plain(text) if self.regex is None else bool(self.regex.search(text))

    def is_all_of(self, text: str) -> bool:
        """Whether it is `text` as it stands; a regular expression needs to match a part only."""
        return self.written == text if self.regex is None else bool(self.regex.search(text))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


@dataclass(frozen=True, slots=True)
class Turn:
    """A turn of a script.

    Attributes:
        line: its line in the file.
        say: what is sent; None for the start of the chat, whose response is the agent's greeting.
        checks: what is checked, by the name of the check.
    """

    line: int
    say: str | None
    checks: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Case:
    """A chat of a script.

    Attributes:
        file, line: where it stands.
        name: its name.
        env, variant, channel, lang: how the chat is started; None where the script does not say.
        turns: its turns; the first is the greeting, if that is checked.
    """

    file: str
    line: int
    name: str
    turns: tuple[Turn, ...]
    env: ClientEnvironment | None = None
    variant: str | None = None
    channel: str | None = None
    lang: str | None = None


def read(path: str | os.PathLike[str]) -> list[Case]:
    """Read a script, in YAML or JSON.

    Raises:
        ScriptError: it is wrong; the message begins with the file and the line.
        OSError: it cannot be read.
    """
    return _Reader(os.fspath(path)).cases(Path(path).read_bytes())


_SETTINGS = ("env", "variant", "channel", "lang")


class _Reader:
    """Reads a file. Texts are taken as they are written: `say: yes` says yes."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._checks: dict[str, Callable[[str, yaml.Node], Any]] = {
            "expect": self._patterns,
            "expect_not": self._patterns,
            "node": self._patterns,
            "handoff": lambda name, node: self._bool(name, node) if _is_bool(node) else self._text(name, node),
            "ended": self._bool,
            "within": self._seconds,
        }

    def cases(self, content: bytes) -> list[Case]:
        try:
            root = yaml.compose(content, yaml.SafeLoader)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            mark = getattr(error, "problem_mark", None)
            reason = getattr(error, "problem", None) or error
            raise ScriptError(f"{self._file}:{mark.line + 1 if mark else 1}: is not YAML ({reason})") from None
        if root is None:
            raise ScriptError(f"{self._file}:1: is empty; it needs `cases:`, a list")
        top = self._names(root, ("cases", *_SETTINGS))
        settings = self._settings(top)
        if "cases" not in top:
            raise self._wrong(root, "has no `cases:`, a list with `turns:` in each")
        return [self._case(number, each, settings) for number, each in enumerate(self._items("cases", top["cases"]), 1)]

    def _case(self, number: int, node: yaml.Node, settings: dict[str, Any]) -> Case:
        names = self._names(node, ("name", "turns", *_SETTINGS))
        if "turns" not in names:
            raise self._wrong(node, "the case has no `turns:`, a list with `say:` and `expect:`")
        name = self._text("name", names["name"]) if "name" in names else f"case {number}"
        items = self._items("turns", names["turns"])
        turns = tuple(self._turn(each, first=each is items[0]) for each in items)
        return Case(self._file, _line(node), name, turns, **{**settings, **self._settings(names)})

    def _settings(self, names: Mapping[str, yaml.Node]) -> dict[str, Any]:
        settings = {name: self._text(name, names[name]) for name in _SETTINGS if name in names}
        if settings.get("env", "sandbox") not in CLIENT_ENVIRONMENT_VALUES:
            choices = ", ".join(sorted(CLIENT_ENVIRONMENT_VALUES))
            raise self._wrong(names["env"], f"env: {settings['env']!r} is not one of {choices}")
        return settings

    def _turn(self, node: yaml.Node, *, first: bool) -> Turn:
        names = self._names(node, ("say", *self._checks))
        if "say" not in names and not first:
            raise self._wrong(node, "the turn has no `say:`; only the first may have none, and checks the greeting")
        say = self._text("say", names.pop("say")) if "say" in names else None
        return Turn(_line(node), say, {name: self._checks[name](name, each) for name, each in names.items()})

    def _names(self, node: yaml.Node, known: Iterable[str]) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self._wrong(node, f"must have names and values, as in `{next(iter(known))}: …`")
        names: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = self._text("a name", key)
            if name not in known:
                raise self._wrong(key, f"{name}: is not one of {', '.join(known)}")
            if name in names:
                raise self._wrong(key, f"{name}: is given twice")
            names[name] = value
        return names

    def _items(self, name: str, node: yaml.Node) -> list[yaml.Node]:
        if not isinstance(node, yaml.SequenceNode) or not node.value:
            raise self._wrong(node, f"{name}: must be a list with at least one item")
        return list(node.value)

    def _text(self, name: str, node: yaml.Node) -> str:
        if not isinstance(node, yaml.ScalarNode):
            raise self._wrong(node, f"{name}: must be a text")
        return str(node.value)

    def _patterns(self, name: str, node: yaml.Node) -> tuple[Pattern, ...]:
        several = self._items(name, node) if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(self._pattern(name, each) for each in several)

    def _pattern(self, name: str, node: yaml.Node) -> Pattern:
        text = self._text(name, node)
        try:
            return Pattern.of(text)
        except ValueError as error:
            raise self._wrong(node, f"{name}: {error}") from None

    def _bool(self, name: str, node: yaml.Node) -> bool:
        if not _is_bool(node):
            raise self._wrong(node, f"{name}: must be true or false")
        return yaml.SafeLoader.bool_values[node.value.lower()]

    def _seconds(self, name: str, node: yaml.Node) -> float:
        text = self._text(name, node)
        if re.fullmatch(r"\d{1,6}(\.\d{1,6})?", text) and float(text):
            return float(text)
        raise self._wrong(node, f"{name}: {text!r} is no number of seconds above 0")

    def _wrong(self, node: yaml.Node, what: str) -> ScriptError:
        return ScriptError(f"{self._file}:{_line(node)}: {what}")


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _is_bool(node: yaml.Node) -> bool:
    return isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:bool"

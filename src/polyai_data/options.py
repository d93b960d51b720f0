"""The options of a client: their defaults, their types, and whether their values can be used."""

from __future__ import annotations

import math
import numbers
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypedDict

from polyai_data import hosts
from polyai_data.arguments import kinds, texts
from polyai_data.errors import ConfigError
from polyai_data.paging import whole
from polyai_data.rate import Rate
from polyai_data.retry import Policy

if TYPE_CHECKING:
    from polyai_data.shape_record import Recorder

CONNECT_TIMEOUT = 10.0
"""Seconds to connect. A connection of a pool that is busy is waited for until the deadline."""
READ_TIMEOUT = 60.0
"""Seconds between two pieces of a response or of a request. Large pages are slow to begin."""

DEADLINE = 300.0
"""Seconds for a call in all: its attempts, the pauses between them, and the body of its response.

A recording's bytes may take longer: for them, the timeout between two pieces applies. In a synchronous client, so may
the look-up of a host's name, and with an `http_client` of the user's what arrives byte by byte before a body, or
unpacks to nothing.
"""

WAIT_TIMEOUT = 600.0
"""Seconds to wait for AssemblyAI's redacted audio."""
FIRST_POLL, LONGEST_POLL = 1.0, 15.0
"""Seconds between two polls for AssemblyAI's redacted audio: the first pause, and the one that doubling stops at."""

_PLACEHOLDER = r"(?i)your[-_ ].*|[a-z_ -]*api[-_ ]?key[a-z_ -]*|<.*>|\{.*\}|\$\{?\w+\}?|x+|\.+"


class Secret:
    """A key that no `repr`, log or traceback shows. `reveal()` gives it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value itself."""
        return self._value

    def __repr__(self) -> str:
        return "Secret('…')"

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class Timeout:
    """Seconds to wait: for a connection, and between two pieces of a response. Neither can be turned off."""

    connect: float = CONNECT_TIMEOUT
    read: float = READ_TIMEOUT


class ClientOptions(TypedDict, total=False):
    """The options that the clients of both vendors have in common, but for key, region and profile."""

    connect_to: str | None
    timeout: float | Timeout | None
    max_retries: int | None
    deadline: float | None
    headers: Mapping[str, str] | None
    http_client: Any
    strict: bool
    record: str | os.PathLike[str] | None


def checked(
    options: Mapping[str, Any], policy: Policy | None = None, *, environment: Mapping[str, str] | None = None
) -> dict[str, Any]:
    """The fields of a Config that the `options` that are not None, and the `environment`, give."""
    given = {name: value for name, value in options.items() if value is not None}
    made = {name: check(given[name]) for name, check in _CHECKS.items() if name in given}
    if "max_retries" in given:
        made["policy"] = (policy or Policy())._replace(max_retries=_retries(given["max_retries"]))
    if address := given.get("connect_to") or (environment or {}).get("POLYAI_CONNECT_TO"):
        texts(connect_to=address)
        made["connect_to"] = hosts.loopback(address)
    return made


def secret_of(name: str, value: str | None) -> Secret | None:
    if value is not None and not isinstance(value, str):
        kind = type(value).__name__
        del value  # tracebacks show variables
        raise ConfigError(f"{name} must be a string, not {kind}", argument=name)
    if value is None or not value.strip():
        return None
    # Keys are copied with spaces and line ends around them; inside a key, a line end would begin another header.
    secret = Secret(value.strip())
    placeholder = re.fullmatch(_PLACEHOLDER, secret.reveal()) is not None
    valid = secret.reveal().isascii() and secret.reveal().isprintable() and " " not in secret.reveal()
    del value  # tracebacks show variables
    if placeholder:
        raise ConfigError(f"{name} is a placeholder; replace it with your key", argument=name)
    if not valid:
        raise ConfigError(f"{name} holds a character that no key has; copy it again from Agent Studio", argument=name)
    return secret


def _headers(given: Mapping[str, str]) -> dict[str, str]:
    kinds(Mapping, "a mapping", headers=given)
    for name, value in given.items():
        valid = all(isinstance(text, str) and text.isascii() and text.isprintable() for text in (name, value))
        if not valid or not name or set(name) & set(' :,;()<>@[]{}?=/\\"'):
            # The message leaves the value out, as headers can carry secrets.
            raise ConfigError(f"headers: {name!r} and its value must be printable ASCII", argument="headers")
    return dict(given)


def _timeout(value: float | Timeout) -> Timeout:
    seconds = (value.connect, value.read) if isinstance(value, Timeout) else (value,)
    if not all(_is_number(each) for each in seconds):
        raise ConfigError(f"timeout must be a number of seconds or a Timeout, not {value!r}", argument="timeout")
    timeout = value if isinstance(value, Timeout) else Timeout(min(value, CONNECT_TIMEOUT), value)
    if not (timeout.connect > 0 and timeout.read > 0):
        raise ConfigError(f"timeout must be more than 0 seconds, not {value!r}", argument="timeout")
    if math.isinf(timeout.connect) or math.isinf(timeout.read):
        raise ConfigError("timeout must be a finite number of seconds, not infinity", argument="timeout")
    return Timeout(float(timeout.connect), float(timeout.read))


def _strict(value: bool | None) -> bool:
    kinds(bool, "True or False", strict=value)
    if value:
        _check_extra("strict=True")
    return bool(value)


def _record(value: str | os.PathLike[str]) -> Recorder:
    kinds((str, os.PathLike), "a path", record=value)
    _check_extra("record=")
    # Imported here: the document costs more than a client that does not record should pay.
    from polyai_data.shape_record import Recorder  # noqa: PLC0415

    return Recorder(Path(value))


def _check_extra(what: str) -> None:
    for name in ("jsonschema_rs", "yaml"):
        if find_spec(name) is None:
            argument = what.partition("=")[0]
            raise ConfigError(f"{what} needs {name}: pip install 'polyai-data[strict]'", argument=argument)


def _retries(value: int) -> int:
    retries = whole(value)
    if retries is None:
        raise ConfigError(f"max_retries must be a whole number of at least 0, not {value!r}", argument="max_retries")
    return retries


def _deadline(value: float) -> float:
    if not _is_number(value) or not value > 0:
        raise ConfigError(f"deadline must be more than 0 seconds, not {value!r}", argument="deadline")
    return float(value)


def rate(value: float | Rate | None) -> Rate | None:
    """The rate that a client is given, by its number or itself."""
    if value is None or isinstance(value, Rate):
        return value
    if not _is_number(value) or not 0 < value < math.inf:
        problem = f"requests_per_minute must be more than 0, not {value!r}; leave it out for no limit"
        raise ConfigError(problem, argument="requests_per_minute")
    return Rate(float(value))


def _is_number(value: object) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _http_client(value: Any) -> Any:
    if not all(callable(getattr(value, name, None)) for name in ("build_request", "send")):
        kind = f"{type(value).__module__}.{type(value).__qualname__}"
        raise ConfigError(f"http_client must have the interface of httpx's clients, not {kind}", argument="http_client")
    return value


_CHECKS: Mapping[str, Callable[[Any], Any]] = {
    "timeout": _timeout,
    "deadline": _deadline,
    "headers": _headers,
    "http_client": _http_client,
    "strict": _strict,
    "record": _record,
}

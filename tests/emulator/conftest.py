from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from polyai_data.emulator import Emulator
from tests.emulator.support import Caller

Callers = Callable[..., Caller]


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
        yield client


@pytest.fixture
def call(polyai_emulator: Emulator, http: httpx.Client) -> Caller:
    return Caller(polyai_emulator, http)


@pytest.fixture(scope="session")
def _emulators() -> Iterator[Callable[..., Emulator]]:
    with contextlib.ExitStack() as stack:
        yield functools.cache(lambda **options: stack.enter_context(Emulator(**options)))


@pytest.fixture
def caller(_emulators: Callable[..., Emulator], http: httpx.Client) -> Callers:
    """Calls an emulator with these options; one of each kind serves all tests, and is reset for each."""

    def get(**options: Any) -> Caller:
        emulator = _emulators(**options)
        emulator.reset()
        return Caller(emulator, http)

    return get

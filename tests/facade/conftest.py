"""Fixtures of the tests over a socket: clients of both flavours, connected to the emulator."""

from __future__ import annotations

import asyncio
import os
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from polyai_data import http_library
from tests.facade.calls import Connect

if TYPE_CHECKING:
    from polyai_data import AssemblyAI, PolyAI
    from polyai_data.emulator import Emulator


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("POLYAI_", "ASSEMBLYAI_")) and name != http_library.VARIABLE:
            monkeypatch.delenv(name)
    # The profiles of the user who runs the tests must not be read.
    monkeypatch.setenv("POLYAI_CONFIG", os.devnull + ".toml")


@pytest.fixture
def pauses(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that clients of the test's own thread pause between requests. They take no time."""
    recorded: list[float] = []
    thread, real, real_asynchronous = threading.current_thread(), time.sleep, asyncio.sleep

    def sleep(seconds: float) -> None:
        if threading.current_thread() is thread:
            recorded.append(seconds)
        else:
            real(seconds)

    async def asynchronous_sleep(seconds: float) -> None:
        if seconds and threading.current_thread() is thread:
            recorded.append(seconds)
        else:
            await real_asynchronous(seconds)

    monkeypatch.setattr(time, "sleep", sleep)
    monkeypatch.setattr(asyncio, "sleep", asynchronous_sleep)
    return recorded


@pytest.fixture(params=["sync", "async"])
def connect(request: pytest.FixtureRequest, polyai_emulator: Emulator, clean_environment: None) -> Iterator[Connect]:
    with asyncio.Runner() as runner, ExitStack() as stack:
        yield Connect(polyai_emulator, request.param, runner, stack)


@pytest.fixture
def polyai(connect: Connect) -> PolyAI:
    return connect.polyai()


@pytest.fixture
def assemblyai(connect: Connect) -> AssemblyAI:
    return connect.assemblyai()

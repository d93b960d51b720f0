"""Fixtures of the tests over a socket: clients of both flavours, led to the emulator."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from tests.facade.calls import Connect

if TYPE_CHECKING:
    from polyai_data import AssemblyAI, PolyAI
    from polyai_data.emulator import Emulator


@pytest.fixture
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in os.environ:
        if name.startswith(("POLYAI_", "ASSEMBLYAI_")):
            monkeypatch.delenv(name)
    # A profile of whoever runs the tests is none of theirs.
    monkeypatch.setenv("POLYAI_CONFIG", os.devnull + ".toml")


@pytest.fixture
def short_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A die that falls low, so that of the pauses only those that a server asks for take time."""
    for flavour in ("_sync", "_async"):
        for module in ("session", "recording"):
            monkeypatch.setattr(f"polyai_data.{flavour}.{module}.random", lambda: 0.02)


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

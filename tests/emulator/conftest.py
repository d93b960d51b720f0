from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from polyai_data.emulator import Emulator
from tests.emulator.support import Caller


@pytest.fixture(scope="session")
def http() -> Iterator[httpx.Client]:
    with httpx.Client(trust_env=False, verify=False, timeout=30) as client:
        yield client


@pytest.fixture
def call(polyai_emulator: Emulator, http: httpx.Client) -> Caller:
    return Caller(polyai_emulator, http)

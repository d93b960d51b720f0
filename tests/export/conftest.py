"""A client of the emulator that a module of tests starts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator


@pytest.fixture(scope="module")
def client(emulator: Emulator) -> Iterator[PolyAI]:
    with emulator.client() as made:
        yield made

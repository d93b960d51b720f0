"""The pytest fixtures `polyai_emulator` and `polyai_emulator_session`: servers on loopback that play both vendors.

This module is loaded in every pytest run, so it imports nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from polyai_data.emulator import Emulator


@pytest.fixture(scope="session")
def _polyai_emulator_server() -> Iterator[Emulator]:
    with _new_emulator() as emulator:
        yield emulator


def _new_emulator() -> Emulator:
    try:
        from polyai_data.emulator import Emulator  # noqa: PLC0415
    except ModuleNotFoundError as error:
        pytest.fail(str(error), pytrace=False)
    return Emulator()


@pytest.fixture(scope="session")
def polyai_emulator_session() -> Iterator[Emulator]:
    """A running emulator with the data of seed 1, for fixtures of the whole run: it is never reset.

    It is another server than that of `polyai_emulator`.
    """
    with _new_emulator() as emulator:
        yield emulator


@pytest.fixture
def polyai_emulator(_polyai_emulator_server: Emulator) -> Emulator:
    """A running emulator with the data of seed 1.

    One server serves the whole run; it is reset before each test that uses it.
    """
    _polyai_emulator_server.reset()
    return _polyai_emulator_server

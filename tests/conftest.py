"""What the tests of all rooms share: the count of the drift corpus, printed when they are over."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from hypothesis import settings

# A slow machine is no failure, and where a run decides, it must be one that can be repeated.
settings.register_profile("tests", deadline=None, derandomize="CI" in os.environ)
settings.load_profile("tests")


@dataclass
class Tally:
    """How calls ended that were answered from the drift corpus."""

    answers: int = 0
    values: int = 0
    errors: int = 0
    others: int = 0

    def __str__(self) -> str:
        return (
            f"drift corpus: {self.answers} answers, {self.values} values, {self.errors} errors of ours, "
            f"{self.others} others"
        )


_TALLY = pytest.StashKey[Tally]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_TALLY] = Tally()


@pytest.fixture(scope="session")
def tally(pytestconfig: pytest.Config) -> Tally:
    return pytestconfig.stash[_TALLY]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_TALLY].answers:
        terminalreporter.write_line(str(config.stash[_TALLY]))

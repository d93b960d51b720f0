"""What the tests of all rooms share: the count of the drift corpus, printed when they are over."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass
from typing import Any

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

    def add(self, *, answers: int, values: int, errors: int, others: int) -> None:
        self.answers += answers
        self.values += values
        self.errors += errors
        self.others += others

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


def pytest_sessionfinish(session: pytest.Session) -> None:
    # Where the tests are shared out, each process counts its own; what it leaves here goes to the one that prints.
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output["tally"] = asdict(session.config.stash[_TALLY])


@pytest.hookimpl(optionalhook=True)  # it is pytest-xdist's
def pytest_testnodedown(node: Any, error: object) -> None:
    # A process that broke off leaves nothing, and the run has failed.
    if error is None:
        node.config.stash[_TALLY].add(**node.workeroutput["tally"])


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if config.stash[_TALLY].answers:
        terminalreporter.write_line(str(config.stash[_TALLY]))

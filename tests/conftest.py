"""What the tests of all rooms share."""

from __future__ import annotations

import os

import pytest
from hypothesis import settings

# A slow machine is no failure, and where a run decides, it must be one that can be repeated.
# It also has five minutes, so it takes fewer examples.
DECIDES = "CI" in os.environ
settings.register_profile("tests", deadline=None, derandomize=DECIDES, max_examples=30 if DECIDES else 100)
settings.load_profile("tests")
if "PYTEST_XDIST_WORKER" in os.environ:
    # Programs that tests start are not measured: each would take longer to start.
    for _name in ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG"):
        os.environ.pop(_name, None)
# What most users have. Set it to httpx2 to run all tests on what the extra `fast` brings.
os.environ.setdefault("POLYAI_HTTP_LIBRARY", "httpx")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests recorded as their `summary`, from all workers."""
    for report in (each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)):
        for name, value in report.user_properties:
            if name == "summary":
                terminalreporter.write_line(str(value))

"""The program as a whole: help, exit statuses, errors."""

from __future__ import annotations

from tests.cli.conftest import Run


def test_a_command_that_is_not_there_is_wrong_usage(run: Run) -> None:
    done = run("convesations")
    assert (done.status, done.stdout) == (2, "")
    assert "No such command 'convesations'" in done.stderr

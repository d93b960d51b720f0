"""Two versions of the chain, with few of the checks; `make chain` takes in all of them, with all checks."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline import chain

FEW = (
    "import sys; sys.path.insert(0, 'scripts'); import accept\n"
    "accept.CHECKS = {'statuses': accept.PYTEST + ' tests/emulator/test_statuses.py'}\n"
    "sys.exit(accept.main())"
)


def test_an_error_with_more_fields_is_taken_in_and_a_lost_operation_is_not(tmp_path: Path) -> None:
    root = chain.copied(tmp_path / "project")
    versions = {version["version"]: version for version in chain.VERSIONS}
    for name in ("the error has six fields, all required", "an operation is gone"):
        outcome = chain.offer(root, versions[name], "-c", FEW)
        assert not outcome.wrong, outcome

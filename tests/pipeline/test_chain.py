"""Two versions of the chain, with few of the checks; `make chain` takes in all of them, with all checks."""

from __future__ import annotations

from pathlib import Path

from tests.pipeline import chain

FEW = "import accept, sys; accept.CHECKS = {'e': accept._PYTEST + ' tests/emulator/test_changed_documents.py'}"


def test_an_error_with_more_fields_is_taken_in_and_a_parameter_is_not(tmp_path: Path) -> None:
    root = chain.copied(tmp_path / "project")
    for words in ("the error has six fields", "a new query parameter"):
        version = next(each for each in chain.VERSIONS if each["version"].startswith(words))
        few = f"import sys; sys.path.insert(0, 'scripts'); {FEW}; sys.exit(accept.main())"
        outcome = chain.offer(root, version, "-c", few)
        assert not outcome.wrong, outcome

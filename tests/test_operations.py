"""Every operation of the documents is in every room; what is missing fails here, and in no other test."""

from __future__ import annotations

from tests.support.rooms import missing


def test_every_operation_is_in_every_room() -> None:
    lines = missing()
    assert not lines, "\n".join(lines)

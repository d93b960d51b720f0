"""Conversation ids that contain the number of their conversation, so that looking one up needs no table."""

from __future__ import annotations

import uuid

CALL, OUTBOUND, CHAT, LOCAL = PREFIXES = ("CA", "OUT-", "KA-", "LOCAL-")
"""What ids begin with: those of calls to the agent, of its own calls, of chats, and of tests in the sandbox."""
LARGEST = (1 << 48) - 1
"""The largest number that fits into an id."""
_HIGH = 128 - 48


def make(number: int, chance: int, prefix: str) -> str:
    """The id of conversation `number`, from 0 to `LARGEST`: one of `PREFIXES`, and a UUID for all but `CALL`.

    `chance` has 128 random bits. The upper ones hide the number in the lower ones; the version of a UUID is between.
    """
    bits = (chance & ~LARGEST) | (number ^ (chance >> _HIGH))
    return f"{CALL}{bits:032x}" if prefix == CALL else f"{prefix}{uuid.UUID(int=bits, version=4)}"


def number(identifier: str) -> int | None:
    """The number in the id, which another agent's id has too; None when it has another form."""
    prefix = next((each for each in PREFIXES if identifier.startswith(each)), "")
    digits = identifier.removeprefix(prefix).replace("-", "")
    if len(digits) != 32 or not digits.isascii():
        return None
    try:
        bits = int(digits, 16)
    except ValueError:
        return None
    return (bits ^ (bits >> _HIGH)) & LARGEST

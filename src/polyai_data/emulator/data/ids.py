"""Conversation ids that contain the number of their conversation, so that looking one up needs no table."""

from __future__ import annotations

import hashlib
import uuid

CALL, OUTBOUND, CHAT, LOCAL = PREFIXES = ("CA", "OUT-", "KA-", "LOCAL-")
"""What ids begin with: those of calls to the agent, of its own calls, of chats, and of tests in the sandbox."""
_HALF = 31
_MASK = (1 << _HALF) - 1
_ROUNDS = 4
LARGEST = (1 << 2 * _HALF) - 1
"""The largest number that fits into an id."""


class Ids:
    """The ids of an agent's conversations: their numbers, reversibly shuffled.

    Args:
        secret: what the shuffle follows from.
    """

    def __init__(self, secret: str) -> None:
        self._key = hashlib.blake2b(secret.encode()).digest()

    def make(self, number: int, chance: int, prefix: str) -> str:
        """The id of conversation `number`, from 0 to `LARGEST`: one of `PREFIXES`, and a UUID for all but `CALL`.

        `chance` has 128 random bits, of which the upper ones fill what the number leaves free.
        """
        bits = chance & ~LARGEST | self._shuffle(number)
        # The version of a UUID stands above the bits of the number.
        return f"{CALL}{bits:032x}" if prefix == CALL else f"{prefix}{uuid.UUID(int=bits, version=4)}"

    def number(self, identifier: str) -> int | None:
        """The number in the id, which another agent's id has too; None when it has another form."""
        prefix = next((each for each in PREFIXES if identifier.startswith(each)), "")
        digits = identifier.removeprefix(prefix).replace("-", "")
        if len(digits) != 32 or not digits.isascii():
            return None
        try:
            return self._unshuffle(int(digits, 16) & LARGEST)
        except ValueError:
            return None

    def _shuffle(self, number: int) -> int:
        left, right = number >> _HALF, number & _MASK
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._mix(turn, right)
        return left << _HALF | right

    def _unshuffle(self, bits: int) -> int:
        left, right = bits >> _HALF, bits & _MASK
        for turn in reversed(range(_ROUNDS)):
            left, right = right ^ self._mix(turn, left), left
        return left << _HALF | right

    def _mix(self, turn: int, half: int) -> int:
        digest = hashlib.blake2b(bytes([turn]) + half.to_bytes(4, "big"), digest_size=4, key=self._key).digest()
        return int.from_bytes(digest, "big") & _MASK

"""Conversation ids that tell which conversation they are of, so that none needs a table to be found."""

from __future__ import annotations

import hashlib
import uuid

_HALF = 31
_MASK = (1 << _HALF) - 1
_ROUNDS = 4
LARGEST = (1 << 2 * _HALF) - 1
"""The largest number that an id can tell."""


class Ids:
    """The ids of an agent's conversations: a shuffle of their numbers that can be taken back.

    Args:
        secret: what the shuffle follows from; another text, other ids.
    """

    def __init__(self, secret: str) -> None:
        """Make the shuffle."""
        self._key = hashlib.blake2b(secret.encode()).digest()

    def make(self, number: int, chance: int, *, voice: bool) -> str:
        """The id of conversation `number`, from 0 to `LARGEST`: a call's, else a web chat's.

        `chance` has 128 bits, of which the upper ones fill what the number leaves free.
        """
        bits = chance & ~LARGEST | self._shuffled(number)
        # The version of a UUID stands above the bits that tell the number.
        return f"CA{bits:032x}" if voice else str(uuid.UUID(int=bits, version=4))

    def number(self, identifier: str) -> int | None:
        """The number that the id would be of, if it is one of these at all; None when it does not even look like it."""
        digits = identifier.removeprefix("CA").replace("-", "")
        if len(digits) != 32 or not digits.isascii():
            return None
        try:
            return self._sorted(int(digits, 16) & LARGEST)
        except ValueError:
            return None

    def _shuffled(self, number: int) -> int:
        left, right = number >> _HALF, number & _MASK
        for turn in range(_ROUNDS):
            left, right = right, left ^ self._mixed(turn, right)
        return left << _HALF | right

    def _sorted(self, bits: int) -> int:
        left, right = bits >> _HALF, bits & _MASK
        for turn in reversed(range(_ROUNDS)):
            left, right = right ^ self._mixed(turn, left), left
        return left << _HALF | right

    def _mixed(self, turn: int, half: int) -> int:
        found = hashlib.blake2b(bytes([turn]) + half.to_bytes(4, "big"), digest_size=4, key=self._key)
        return int.from_bytes(found.digest(), "big") & _MASK

"""Faults that the storm shows and that are not mended yet. The list only shrinks."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    # Floods that no piece of a response ends, so that the timeout between two pieces never comes.
    "late: */endless*": "the deadline does not bind heads, chunk sizes and trailers",
    "late: interim/torrent*": "the deadline does not bind interim responses",
    "accepted: slow/head*": "the deadline does not bind a head that comes byte by byte",
    "lost: packed/*": "a body that is packed in an unknown way, or in two members, is a file as it came",
}
"""Patterns of `kind: family/name · target`, each with what is wrong. `make storm` fails when one no longer occurs."""

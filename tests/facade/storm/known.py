"""Faults that the storm shows and that are not mended yet. The list only shrinks."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    "lost: packed/*": "a file that is packed is taken as whole where its packing is cut, goes on, or is unknown",
}
"""Patterns of `kind: family/name · target`, each with what is wrong. `make storm` fails when one no longer occurs."""

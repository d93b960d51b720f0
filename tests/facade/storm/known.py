"""Faults that the storm shows and that are not mended yet. The list only shrinks."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {
    "lost: packed/*": "a file that is packed is taken as whole where its packing is cut, goes on, or is unknown",
    "repr: body/wrapped · getRedactedAudio": "a signed link in a property that no document has is shown",
    "shown: echo/header type *": "a Content-Type that is a key is in a variable of a traceback",
}
"""Patterns of `kind: family/name · target`, each with what is wrong. `make storm` fails when one no longer occurs."""

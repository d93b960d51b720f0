"""Faults that the storm shows and that are not mended yet. The list only shrinks."""

from __future__ import annotations

from collections.abc import Mapping

KNOWN: Mapping[str, str] = {}
"""Patterns of `kind: family/name · target`, each with what is wrong. `make storm` fails when one no longer occurs."""

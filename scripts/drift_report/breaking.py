"""Which differences break callers: the judgement of `redocly diff`, where Node is installed."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from drift_report.changes import Difference, Pairs
from pipeline.openapi import Pointer, parse_pointer

REDOCLY = "@redocly/cli@2.77.0"
"""Pinned, so that the judgement does not change by itself."""
TIMEOUT = 180
UNJUDGED = "not judged what breaks callers: "
NO_NODE = f"{UNJUDGED}that needs Node (npx), which is not installed"

_Judgement = tuple[bool, set[Pointer]]
"""Whether a change breaks callers, and its pointers in both documents."""


def judged(differences: Sequence[Difference], pairs: Pairs) -> tuple[list[Difference], str | None]:
    """The differences with `breaking` set; and why it is not, where it is not.

    Whole operations and documents are judged here: callers of a removed or moved operation break.
    """
    result = [_judged_here(difference) for difference in differences]
    changed = {file: pair for file, pair in pairs.items() if None not in pair and pair[0] != pair[1]}
    asked = {one.file for one in result if one.breaking is None} & changed.keys()
    if not asked:
        return result, None
    npx = shutil.which("npx")
    if npx is None:
        return result, NO_NODE
    judgements: dict[str, list[_Judgement]] = {}
    for file in sorted(asked):
        made = _redocly(npx, *changed[file])
        if isinstance(made, str):
            return result, f"{UNJUDGED}{made}"
        judgements[file] = made
    return [_judged(one, judgements[one.file]) if one.file in judgements else one for one in result], None


def _judged_here(difference: Difference) -> Difference:
    if difference.wording:
        return replace(difference, breaking=False)
    if difference.is_whole("operation", "added", "removed", "moved"):
        return replace(difference, breaking=difference.kind != "added")
    if not difference.detail and (difference.kind == "added" or difference.subject == "document"):
        return replace(difference, breaking=False)  # a document's operations are judged one by one
    return difference


def _judged(difference: Difference, judgements: Iterable[_Judgement]) -> Difference:
    if difference.breaking is not None:
        return difference
    own = {pointer for pointer in (difference.old, difference.new) if pointer}
    breaking = any(
        breaks and any(_concerns(one, other) for one in own for other in pointers) for breaks, pointers in judgements
    )
    return replace(difference, breaking=breaking)


def _concerns(one: Pointer, other: Pointer) -> bool:
    """Whether a judgement on `other` concerns `one`: the same node, one that contains it, or an item of its list."""
    if one == other or (len(one) > 3 and other[: len(one)] == one):
        return True
    return one[:-1] == other and "".join(one[-1:]).isdigit()


def _redocly(npx: str, old: Any, new: Any) -> list[_Judgement] | str:
    """The judgements of `redocly diff`, or why there are none."""
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "1"}
    environment["npm_config_fetch_retries"] = "1"  # npm tries for minutes where its registry cannot be reached
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, name) for name in ("old.json", "new.json")]
        for file, document in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(document), encoding="utf-8")
        command = [npx, "--yes", REDOCLY, "diff", *map(str, files), "--format", "json", "--fail-on", "none"]
        options: dict[str, Any] = {"capture_output": True, "encoding": "utf-8", "errors": "replace", "cwd": scratch}
        try:
            done = subprocess.run(command, **options, check=False, timeout=TIMEOUT, env=environment)
        except subprocess.TimeoutExpired:
            return f"{REDOCLY} did not finish within {TIMEOUT} s"
        except OSError as error:
            return f"{REDOCLY} could not be run: {error.strerror}"
        try:
            return [_judgement(change) for change in json.loads(done.stdout)["changes"]]
        except (ValueError, KeyError, TypeError, AttributeError):  # no JSON, or not that of a report
            lines = [line for line in done.stderr.splitlines() if line.strip()]
            return f"{REDOCLY} failed{': ' + lines[-1].strip() if lines else ''}"


def _judgement(change: Any) -> _Judgement:
    texts = [change.get("path")] + [(change.get(side) or {}).get("pointer") for side in ("base", "revision")]
    if change.get("property") == "key":  # a new name: what breaks is that the old one was removed
        texts = texts[1:2]
    pointers = {parse_pointer(unquote(text.removeprefix("#"))) for text in texts if isinstance(text, str)}
    if isinstance(change.get("path"), str) and change.get("property") not in {None, "key"}:
        pointers.add((*parse_pointer(unquote(change["path"].removeprefix("#"))), str(change["property"])))
    return change.get("impact") == "major", pointers

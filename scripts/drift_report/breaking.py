"""Which differences break callers: the verdict of `redocly diff`, where Node is on the machine."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from drift_report.changes import Difference
from pipeline.openapi import Pointer, parse_pointer

REDOCLY = "@redocly/cli@2.77.0"
"""Pinned: the verdicts are part of the report, and must not change from one day to the next by themselves."""
TIMEOUT = 180
NO_NODE = "no verdict on what breaks callers: it comes from Redocly CLI, and there is no Node (npx) on this machine"


def judged(
    differences: Sequence[Difference], pairs: Mapping[str, tuple[Any, Any]]
) -> tuple[list[Difference], str | None]:
    """The differences with their verdicts; and why they have none, where that is so.

    Whole operations that went or moved, and whole documents, need no judge: whoever calls them breaks, or does not.
    """
    plain = [_plainly(difference) for difference in differences]
    changed = {file: pair for file, pair in pairs.items() if None not in pair and pair[0] != pair[1]}
    asked = {one.file for one in plain if one.breaking is None} & changed.keys()
    if not asked:
        return plain, None
    npx = shutil.which("npx")
    if npx is None:
        return plain, NO_NODE
    verdicts: dict[str, list[tuple[bool, set[Pointer]]]] = {}
    for file in sorted(asked):
        answer = _redocly(npx, *changed[file])
        if isinstance(answer, str):
            return plain, f"no verdict on what breaks callers: {answer}"
        verdicts[file] = list(_verdicts(answer))
    return [_with_verdict(one, verdicts[one.file]) if one.file in verdicts else one for one in plain], None


def _plainly(difference: Difference) -> Difference:
    if difference.wording:
        return replace(difference, breaking=False)
    if not difference.detail or difference.kind == "moved":
        if difference.subject == "operation":
            return replace(difference, breaking=difference.kind in {"removed", "moved"})
        if difference.kind == "added" or difference.subject == "document":
            return replace(difference, breaking=False)  # what a document had is told of each operation
    return difference


def _with_verdict(difference: Difference, verdicts: Iterable[tuple[bool, set[Pointer]]]) -> Difference:
    if difference.breaking is not None:
        return difference
    own = {pointer for pointer in (difference.old, difference.new) if pointer}
    found = False
    for breaking, pointers in verdicts:
        if any(_touch(one, other) for one in own for other in pointers):
            found |= breaking
    return replace(difference, breaking=found)


def _touch(one: Pointer, other: Pointer) -> bool:
    """Whether a verdict on `other` speaks of `one`: on the same, on something within, or on the list that it is in."""
    if one == other or (len(one) > 3 and other[: len(one)] == one):
        return True
    return one[:-1] == other and "".join(one[-1:]).isdigit()


def _redocly(npx: str, old: Any, new: Any) -> Any:
    """The report of `redocly diff`, or why there is none."""
    environment = {**os.environ, "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true", "CI": "1"}
    environment["npm_config_fetch_retries"] = "1"  # npm would try for minutes where its registry cannot be reached
    with tempfile.TemporaryDirectory() as scratch:
        files = [Path(scratch, name) for name in ("old.json", "new.json")]
        for file, document in zip(files, (old, new), strict=True):
            file.write_text(json.dumps(document), encoding="utf-8")
        command = [npx, "--yes", REDOCLY, "diff", *map(str, files), "--format", "json", "--fail-on", "none"]
        try:
            done = subprocess.run(
                command,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                timeout=TIMEOUT,
                env=environment,
                cwd=scratch,
            )
        except subprocess.TimeoutExpired:
            return f"{REDOCLY} did not answer within {TIMEOUT} s"
        except OSError:
            return f"{REDOCLY} could not be run"
        try:
            return _checked(json.loads(done.stdout))
        except ValueError:
            said = [line for line in done.stderr.splitlines() if line.strip()]
            return f"{REDOCLY} could not be run{': ' + said[-1].strip() if said else ''}"


def _checked(report: Any) -> Any:
    """A report as Redocly writes it; ValueError for what else is JSON."""
    found = report.get("changes") if isinstance(report, dict) else None
    if not isinstance(found, list) or not all(isinstance(change, dict) for change in found):
        raise ValueError("no report")
    return report


def _verdicts(report: Any) -> Iterable[tuple[bool, set[Pointer]]]:
    """For each change of Redocly's report: whether it is a major one, and where it stands in both documents."""
    for change in report.get("changes", ()):
        texts = [change.get("path")] + [(change.get(side) or {}).get("pointer") for side in ("base", "revision")]
        if change.get("property") == "key":  # one name for another: what breaks is that the old one went
            texts = texts[1:2]
        pointers = {parse_pointer(unquote(text.removeprefix("#"))) for text in texts if isinstance(text, str)}
        if isinstance(change.get("path"), str) and change.get("property") not in {None, "key"}:
            pointers.add((*parse_pointer(unquote(change["path"].removeprefix("#"))), str(change["property"])))
        yield change.get("impact") == "major", pointers

"""What stays of the overlay documents once a vendor publishes what they wrote.

An action of a file that wrote an adopted operation or component keeps what it says beyond what is published. Copies
into it go, and so does every action that selected in it what is not there now.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from pipeline.bundle import units_of
from pipeline.faults import followed, place
from pipeline.openapi import Pointer, differ, resolve, target_pointer
from pipeline.overlay.apply import Step, apply_action, apply_overlay
from pipeline.overlay.format import Action
from pipeline.patch import Patched, overlay_files, patch_vendor
from pipeline.yaml_edit import prune, read, write_or_drop

PROSE = {"description", "summary", "example", "examples", "title", "externalDocs"}
NOTHING: Any = object()
_KEPT = "Not published; the overlay said so when it wrote this itself."
_HEAD = {"overlay": "1.1.0", "info": {"title": "Added", "version": "1.0.0"}}


class Overlays:
    """The overlay documents of a vendor, applied one after the other while they are edited.

    Attributes:
        edits: what became of them, a line each.
        differences: where what is published now says something else; it holds.
    """

    def __init__(self, before: Patched, trial: Path, moved: Mapping[str, str]) -> None:
        """Take what they made before, and how the paths are called that have other names for their parameters now."""
        self.before, self.trial = before, trial
        self.edits: list[str] = []
        self.differences: list[str] = []
        self.document = patch_vendor(trial, before.vendor).published
        published = {tuple(moved.get(part, part) for part in at) for at, _ in units_of(self.document)}
        self.adopted = {at for made in before.made.values() for at in made if at in published}
        self.themes = [file for (file, _), made in before.made.items() if self.adopted & made]
        self.moves = [action for theirs, ours in moved.items() for action in _move(theirs, ours)]
        self.added: list[Any] = []

    def edit(self) -> None:
        """Write what stays of each document."""
        steps = {(step.action.file, step.action.index): step for step in self.before.steps}
        for path in overlay_files(self.trial, self.before.vendor)[0]:
            file = path.relative_to(self.trial).as_posix()
            whole = read(path)
            moves = self.moves if file == self.themes[0] else []
            self._apply(moves)
            self.added = []
            stays = [self._stays(steps[file, index], item) for index, item in enumerate(whole["actions"])]
            for index in [index for index, kept in enumerate(stays) if not kept][::-1]:
                del whole["actions"][index]
            self._apply(self.added)
            whole["actions"][:0] = moves
            whole["actions"] += self.added
            self.edits += [f"add to {file}: {each['target']}" for each in (*moves, *self.added)]
            write_or_drop(path, whole)

    def _apply(self, actions: Sequence[Any]) -> None:
        if actions:
            self.document = apply_overlay(self.document, {**_HEAD, "actions": actions}, name="what is added")

    def _stays(self, old: Step, item: Any) -> bool:
        """Whether the action stays; it is shortened where it must be."""
        action = old.action
        inside = bool(old.matches) and {tuple(map(str, match.parts))[:3] for match in old.matches} <= self.adopted
        if action.file in self.themes:
            if action.modifier == "copy" and inside:
                return self._drop(action)
            if action.modifier == "update" and len(old.matches) == 1:
                at = tuple(map(str, old.matches[0].parts))
                rest = action.update if len(at) > 2 and not inside else self._beyond(action.update, at)
                if rest is NOTHING:
                    return self._drop(action)
                if differ(rest, action.update):
                    item["update"] = copy.deepcopy(item["update"])  # an anchor may stand for it elsewhere
                    prune(item["update"], rest)
                    self.edits.append(f"shorten {action.position} to what is not published; mend its reason")
                action = replace(action, update=rest)
        step = apply_action(self.document, action)
        if inside and not step.matches and not action.may_match_nothing:
            return self._drop(action)
        self.document = step.after
        return True

    def _drop(self, action: Action) -> bool:
        self.edits.append(f"drop {action.position}: {' '.join((action.description or '').split())[:80]}")
        return False

    def _beyond(self, ours: Any, at: Pointer, theirs: Any = NOTHING) -> Any:
        """What `ours` says beyond what is published at `at`, `NOTHING` if that is nothing."""
        theirs = resolve(self.document, at, {}) if theirs is NOTHING else theirs
        if not isinstance(ours, dict) or not isinstance(theirs, dict):
            return self._differing(ours, theirs, at)
        if "$ref" in ours and not _of_schema(at):
            return NOTHING  # a response that operations share: that of the document holds
        if "$ref" in theirs and "$ref" not in ours:
            shared = target_pointer(theirs["$ref"])
            self._add(shared, self._beyond(ours, shared))
            return NOTHING
        if "required" in theirs and "properties" in ours and "required" not in ours:
            required = _short(theirs["required"])
            self.differences.append(f"{json_path(at)}.required: {required} is published, nothing was ours")
        rest: dict[str, Any] = {}
        for key, value in ours.items():
            inner = (*at, key)
            if key == "parameters" and at[0] == "paths" and len(at) == 3:
                more = self._parameters(value, at)
            elif key not in theirs or (len(inner) == 3 and inner not in self.adopted):
                more = value
            else:
                prose = key in PROSE and at[-1] != "properties"
                more = NOTHING if prose else self._beyond(value, inner, theirs[key])
            if more is not NOTHING:
                rest[key] = more
        return rest or NOTHING

    def _differing(self, ours: Any, theirs: Any, at: Pointer) -> Any:
        key = at[-1]
        lists = isinstance(ours, list) and isinstance(theirs, list)
        if not differ(ours, theirs) or (lists and sorted(map(str, ours)) == sorted(map(str, theirs))):
            return NOTHING
        if key == "operationId" or key.startswith("x-"):
            return ours
        nullable = key == "type" and ours in ([theirs, "null"], ["null", theirs])
        if nullable or (key == "tags" and len(at) == 4 and at[0] == "paths"):
            self.added.append({"target": json_path(at), "description": _KEPT, "remove": True})
            self._add(at[:-1], {key: ours})
        else:
            self.differences.append(f"{json_path(at)}: {_short(theirs)} is published, {_short(ours)} was ours")
        return NOTHING

    def _parameters(self, ours: Any, at: Pointer) -> Any:
        """The parameters that are not published; what ours say beyond published ones becomes actions, but for prose."""
        there: dict[tuple[str, str], tuple[Any, Pointer]] = {}
        for each in resolve(self.document, at).get("parameters", ()):
            name, where = place(self.document, each)
            own = (*at, "parameters", f"[?@.name == '{name}' && @.in == '{where}']")
            there[name, where] = followed(self.document, each), target_pointer(each.get("$ref", "")) or own
        rest = []
        for each in ours:
            node = followed(self.before.patched, each)
            theirs, pointer = there.get(place(self.before.patched, each), (None, ()))
            if theirs is None:
                rest.append(each)
            else:
                plain = {key: value for key, value in node.items() if key not in PROSE and value is not False}
                self._add(pointer, self._beyond(plain, pointer, theirs))
        return rest or NOTHING

    def _add(self, at: Pointer, update: Any) -> None:
        if update is not NOTHING:
            self.added.append({"target": json_path(at), "description": _KEPT, "update": copy.deepcopy(update)})


def _of_schema(at: Pointer) -> bool:
    return at[:2] == ("components", "schemas") or "schema" in at


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def json_path(at: Pointer) -> str:
    """A pointer as a JSONPath; a part that is a filter is one already."""
    parts = (part if part.startswith("[?") else f".{part}" if part.isidentifier() else f"['{part}']" for part in at)
    return "$" + "".join(parts)


def _move(theirs: str, ours: str) -> Iterator[dict[str, Any]]:
    """Actions that give a path the names of our parameters."""
    why = "Published with other names for the parameters of its path, which are no part of a request."
    yield {"target": "$.paths", "description": why, "update": {ours: {}}}
    yield {"target": json_path(("paths", ours)), "description": why, "copy": json_path(("paths", theirs))}
    yield {"target": json_path(("paths", theirs)), "description": why, "remove": True}
    for one, other in zip(*(re.findall(r"\{([^}]*)\}", path) for path in (ours, theirs)), strict=True):
        if one != other:
            which = f"..parameters[?@.name == '{other}' && @.in == 'path']"
            yield {"target": json_path(("paths", ours)) + which, "description": why, "update": {"name": one}}

"""What stays of the overlay documents once a vendor publishes what they wrote.

An action of a file that wrote an adopted operation or component keeps what it says beyond what is published. Copies
into it go, and so does every action that selected in it what is not there now. Of every action, what the document says
already goes.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from pipeline.bundle import units_of
from pipeline.lint import repeated
from pipeline.openapi import Pointer, differ, followed, place, resolve, target_pointer
from pipeline.overlay.apply import Step, apply_action, apply_overlay
from pipeline.overlay.format import Action, parse_overlay
from pipeline.patch import Patched, overlay_files, patch_vendor
from pipeline.yaml_edit import pruned, read, write_or_drop

PROSE = {"description", "summary", "example", "examples", "title", "externalDocs"}
NOTHING: Any = object()
_SHAPE = {"$ref", "type", "allOf", "anyOf", "oneOf"}
"""What says which kind of value a schema is for."""
_KEPT = "Not published; the overlay said so when it wrote this itself."
_HEAD = {"overlay": "1.1.0", "info": {"title": "Added", "version": "1.0.0"}}


class Overlays:
    """The overlay documents of a vendor, applied one after the other while they are edited.

    Attributes:
        edits: what became of them, a line each.
    """

    def __init__(self, before: Patched, trial: Path, moved: Mapping[str, str]) -> None:
        """Take what they made before, and how the paths are called that have other names for their parameters now."""
        self.before, self.trial = before, trial
        self.edits: list[str] = []
        self.document = patch_vendor(trial, before.vendor).published
        published = {tuple(moved.get(part, part) for part in at) for at, _ in units_of(self.document)}
        self.adopted = {at for made in before.made.values() for at in made if at in published}
        self.themes = [file for (file, _), made in before.made.items() if self.adopted & made]
        self.moves = [action for theirs, ours in moved.items() for action in _move(theirs, ours)]
        self.added: list[Any] = []

    def edit(self) -> None:
        """Write what stays of each document."""
        steps = {(step.action.file, step.action.index): step for step in self.before.steps}
        for path in chain(*overlay_files(self.trial, self.before.vendor)):
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
                if len(at) < 3 or inside:
                    action = replace(action, update=self._beyond(action.update, at))
        step = apply_action(self.document, action) if action.update is not NOTHING else None
        if step and step.matches and action.modifier == "update" and not action.may_match_nothing:
            nodes = [resolve(self.document, match.parts) for match in step.matches]
            both = zip(step.matches, nodes, strict=True)
            needing = [(match.path, node) for match, node in both if _news(action.update, [node]) is not NOTHING]
            if len(needing) == 1 < len(nodes) and repeated(step):
                path, *nodes = needing[0]
                item["target"] = path
                self.edits.append(f"narrow {action.position} to {path}, as the others have it already")
                one = parse_overlay({**_HEAD, "actions": [{"target": path, "update": {}}]}, action.file)
                action = replace(action, target_query=one.actions[0].target_query)
            action = replace(action, update=_news(action.update, nodes))
            step = apply_action(self.document, action) if action.update is not NOTHING else None
        if step is None or _without_effect(step, gone=inside):
            return self._drop(old.action)
        if differ(action.update, old.action.update):
            item["update"] = pruned(item["update"], action.update)
            self.edits.append(f"shorten {action.position} to what is not published; mend its reason")
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
        shape, published = _SHAPE & ours.keys(), _SHAPE & theirs.keys()
        if _of_schema(at) and at[-1] != "properties" and set() != shape != published != set():
            return self._shaped_otherwise(ours, theirs, at)
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

    def _shaped_otherwise(self, ours: Any, theirs: Any, at: Pointer) -> Any:
        """As `_beyond`, where merging ours would make a schema of two kinds: that of the document holds.

        Ours replaces it if ours is the name of a schema that says all of it, as the package knows it by this name.
        """
        meant = followed(self.before.patched, ours)
        said = [key for key in theirs if key not in PROSE and key != "default"]
        if "$ref" in ours and all(_alike(meant.get(key, NOTHING), theirs[key]) for key in said):
            default = {key: value for key, value in theirs.items() if key == "default"}
            self._replace(f"{json_path(at)}.*", at, {**ours, **default})  # in its place among its siblings
        elif "$ref" in ours:
            return self._beyond(meant, at, theirs)
        return NOTHING

    def _differing(self, ours: Any, theirs: Any, at: Pointer) -> Any:
        key = at[-1]
        if _alike(ours, theirs):
            return NOTHING
        if key == "operationId" or key.startswith("x-"):
            return ours
        nullable = key == "type" and ours in ([theirs, "null"], ["null", theirs])
        if nullable or (key == "tags" and len(at) == 4 and at[0] == "paths"):
            self._replace(json_path(at), at[:-1], {key: ours})
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

    def _replace(self, target: str, at: Pointer, update: Any) -> None:
        self.added.append({"target": target, "description": _KEPT, "remove": True})
        self._add(at, update)

    def _add(self, at: Pointer, update: Any) -> None:
        if update is not NOTHING:
            self.added.append({"target": json_path(at), "description": _KEPT, "update": copy.deepcopy(update)})


def _of_schema(at: Pointer) -> bool:
    return at[:2] == ("components", "schemas") or "schema" in at


def _alike(one: Any, other: Any) -> bool:
    lists = isinstance(one, list) and isinstance(other, list)
    return not differ(one, other) or (lists and sorted(map(str, one)) == sorted(map(str, other)))


def _without_effect(step: Step, *, gone: bool) -> bool:
    """Whether the action can go; `gone` says that what it was for is not there now."""
    if step.action.may_match_nothing or step.action.modifier is None or step.problem is not None:
        return False
    return not step.changes if step.matches else gone


def _news(update: Any, nodes: Sequence[Any]) -> Any:
    """What merging an update into these nodes adds to them all, `NOTHING` if that is nothing."""
    if isinstance(update, dict) and all(isinstance(node, dict) for node in nodes):
        every = {key: _news(value, [node.get(key, NOTHING) for node in nodes]) for key, value in update.items()}
        return {key: more for key, more in every.items() if more is not NOTHING} or NOTHING
    if isinstance(update, list) and all(isinstance(node, list) for node in nodes):
        return [one for one in update if any(all(differ(one, each) for each in node) for node in nodes)] or NOTHING
    return update if any(differ(update, node) for node in nodes) else NOTHING


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

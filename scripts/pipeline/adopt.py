"""Hand operations over from the overlay to the document that publishes them now.

Everything happens in a copy of `specs/` and `overlay/`. There the document is vendored, what it calls otherwise gets our
names in `overlay/bundle.yaml`, and of the actions that wrote the operations only what they say beyond the document stays.
Where the two say different things, the document holds, but for what names something and for null. The draft counts only
if the copy is clean and has every name that the package had.
"""

from __future__ import annotations

import copy
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipeline.bundle import RESOLUTIONS, Source, collect, conflicts, lifted, read_sources, units_of
from pipeline.faults import followed, place
from pipeline.lint import lint, needless_parts
from pipeline.openapi import (
    Pointer,
    changes,
    differ,
    operations,
    parse_pointer,
    pointer_text,
    rename,
    resolve,
    target_pointer,
)
from pipeline.overlay.apply import Step, apply_action, apply_overlay
from pipeline.overlay.format import Action
from pipeline.patch import Patched, overlay_files, own_parameters, patch_vendor
from pipeline.yaml_files import PipelineError
from ruamel.yaml import YAML

_PROSE = {"description", "summary", "example", "examples", "title", "externalDocs"}
_NOTHING: Any = object()
_KEPT = "Not published: kept from what the overlay said when it wrote this itself."
_ROUNDS = 5
"""How often what an edit made needless is dropped."""


@dataclass
class Draft:
    """What handing operations over means.

    Attributes:
        edits: what becomes of the overlay: actions dropped, shortened and added, names given.
        differences: where the document says something else than the overlay did; the document holds.
        gained: the places where the document says more than the overlay did.
    """

    vendor: str
    names: list[str]
    edits: list[str] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)
    gained: list[str] = field(default_factory=list)


def adopt(root: Path, trial: Path, wanted: Sequence[str], vendor: str) -> Draft:
    """Edit `trial`, a copy of the project at `root` in which the document is vendored, until the overlay fits it.

    Raises:
        PipelineError: nobody publishes an operation, the overlay does not write it, or the draft does not fit.
    """
    before = patch_vendor(root, vendor)
    before.check()
    pairs = [_pair(before, trial, each) for each in wanted]
    draft = Draft(vendor, [f"{name} from specs/{vendor}/{source.name}" for name, _, source in pairs])
    _rule(before, trial, pairs, draft)
    _Overlay(before, trial, pairs, draft).edit()
    after = _clean(trial, draft)
    if lost := sorted(_names(before.patched) - _names(after.patched)):
        raise PipelineError("\n  ".join(["the package would lose names:", *lost]))
    units = [pointer for pointer, _ in units_of(before.patched) if pointer in dict(units_of(after.patched))]
    for unit in units:
        one, other = resolve(before.patched, unit), resolve(after.patched, unit)
        more = [at for at in changes(one, other) if resolve(one, at, _NOTHING) is _NOTHING]
        draft.gained += [pointer_text((*unit, *map(str, at))) for at in more]
    return draft


# Which operation is which, and what it is called.

Pair = tuple[str, str, Source]
"""An operation as we write it, as the document writes it (`GET /path`), and the document, lifted to 3.1."""


def _bare(name: str) -> str:
    return re.sub(r"\{[^}]*\}", "{}", name)


def _pair(before: Patched, trial: Path, wanted: str) -> Pair:
    every = operations(before.patched)
    ours = next((name for name, node in every.items() if wanted in {name, node.get("operationId")}), None)
    ours = ours or next((name for name in every if _bare(name) == _bare(wanted)), None)
    if ours is None:
        raise PipelineError(f"we have no operation {wanted!r}; there are {', '.join(every)}")
    if ours in operations(before.published):
        raise PipelineError(f"{ours} is vendored already, and the overlay does not write it")
    for source in (lifted(each)[0] for each in read_sources(trial, before.vendor)[0]):
        for name in operations(source.document):
            if _bare(name) == _bare(ours):
                return ours, name, source
    raise PipelineError(f"no document in specs/{before.vendor} publishes {ours}; name one with --from")


def _node(document: Any, name: str) -> Any:
    return operations(own_parameters(document))[name]


def _called(ours: Any, theirs: Any, pairs: Iterable[tuple[Any, Any]]) -> dict[Pointer, str]:
    """What the schemas and security schemes of a document are called with us, by where they are used."""
    names: dict[Pointer, str] = {}
    pending = list(pairs)
    while pending:
        one, other = pending.pop(0)
        if isinstance(one, dict) and isinstance(other, dict):
            refs = [target_pointer(each["$ref"]) for each in (one, other) if isinstance(each.get("$ref"), str)]
            if len(refs) == 2 and refs[1][:2] == refs[0][:2] == ("components", "schemas"):
                if refs[1] in names or refs[0][2] in names.values():
                    continue
                names[refs[1]] = refs[0][2]
            one, other = followed(ours, one), followed(theirs, other)
            if isinstance(one.get("parameters"), list):
                there = {place(theirs, each): each for each in other.get("parameters", ())}
                pending += [(each, there.get(place(ours, each))) for each in one["parameters"]]
            pending += [(value, other[key]) for key, value in one.items() if key in other and key != "parameters"]
        elif isinstance(one, list) and isinstance(other, list):
            pending += zip(one, other, strict=False)
    return names


def _rule(before: Patched, trial: Path, pairs: Sequence[Pair], draft: Draft) -> None:
    """Give the documents our names, and let what was published before win where they contradict it."""
    ours = before.patched
    path = trial / RESOLUTIONS
    rulings = (_read(path) if path.exists() else {}) or {}
    own = rulings.setdefault(before.vendor, [])
    by_source: dict[str, list[Pair]] = {}
    for pair in pairs:
        by_source.setdefault(pair[2].name, []).append(pair)
    sources = {each.name: copy.deepcopy(lifted(each)[0].document) for each in read_sources(trial, before.vendor)[0]}
    for file, each in by_source.items():
        document = sources[file]
        nodes = [(_node(ours, one), _node(document, other)) for one, other, _ in each]
        names = _called(ours, document, nodes)
        for one, other in nodes:
            schemes = [next(iter((node.get("security") or document.get("security") or [{}])[0]), "") for node in (one, other)]
            names[("components", "securitySchemes", schemes[1])] = schemes[0]
        taken = resolve(ours, ("components", "schemas"), {})
        for key in resolve(document, ("components", "schemas"), {}):
            if key in taken and ("components", "schemas", key) not in names:
                names[("components", "schemas", key)] = f"{key}Published"  # another thing of the same name
        for at, name in names.items():
            if at[2] != name and resolve(document, at) is not None:
                draft.edits.append(f"rename in {file}: {'/'.join(at[1:])} is called {name}")
                there = next((ruling for ruling in own if ruling["at"] == pointer_text(at) and "rename" in ruling), None)
                if there is None:
                    own.append({"at": pointer_text(at), "rename": {}, "reason": "It has this name in the package."})
                    there = own[-1]
                there["rename"][file] = name
    for ruling in own:
        for file, name in ruling.get("rename", {}).items():
            rename(sources[file], parse_pointer(ruling["at"]), name)
    settled = {ruling["at"] for ruling in own if "winner" in ruling}
    for at, values in conflicts(collect([Source(name, document) for name, document in sources.items()])).items():
        if pointer_text(at) not in settled:
            defining = [name for name in values if at in dict(units_of(sources[name]))]
            winner = next((name for name in defining if name not in by_source), defining[0])
            reason = "What was published before holds, as the package is made from it; compare them."
            own.append({"at": pointer_text(at), "winner": winner, "reason": reason})
            draft.edits.append(f"rule on {pointer_text(at)}: {winner} wins")
    if own:
        _write(path, rulings)


# What stays of the overlay.


class _Overlay:
    """The overlay documents of a vendor, applied one after the other while they are edited."""

    def __init__(self, before: Patched, trial: Path, pairs: Sequence[Pair], draft: Draft) -> None:
        self.before, self.trial, self.draft = before, trial, draft
        self.document = patch_vendor(trial, before.vendor).published
        moved = {other.split(" ", 1)[1]: one.split(" ", 1)[1] for one, other, _ in pairs if one != other}
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
            whole = _read(path)
            moves = self.moves if file == self.themes[0] else []
            self._apply(moves)
            self.added = []
            stays = [self._stays(steps[file, index], item) for index, item in enumerate(whole["actions"])]
            for index in [index for index, kept in enumerate(stays) if not kept][::-1]:
                del whole["actions"][index]
            self._apply(self.added)
            whole["actions"][:0] = moves
            whole["actions"] += self.added
            self.draft.edits += [f"add to {file}: {each['target']}" for each in (*moves, *self.added)]
            _write(path, whole) if whole["actions"] else path.unlink()

    def _apply(self, actions: Sequence[Any]) -> None:
        if actions:
            head = {"overlay": "1.1.0", "info": {"title": "Added", "version": "1.0.0"}}
            self.document = apply_overlay(self.document, {**head, "actions": actions}, name="what is added")

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
                if rest is _NOTHING:
                    return self._drop(action)
                if differ(rest, action.update):
                    item["update"] = _pruned(copy.deepcopy(item["update"]), rest)
                    self.draft.edits.append(f"shorten {action.position} to what is not published")
                action = replace(action, update=rest)
        step = apply_action(self.document, action)
        if inside and not step.matches and not action.may_match_nothing:
            return self._drop(action)
        self.document = step.after
        return True

    def _drop(self, action: Action) -> bool:
        self.draft.edits.append(f"drop {action.position}: {' '.join((action.description or '').split())[:80]}")
        return False

    def _beyond(self, ours: Any, at: Pointer, theirs: Any = _NOTHING) -> Any:
        """What `ours` says beyond what is published at `at`, `_NOTHING` if that is nothing."""
        theirs = resolve(self.document, at, {}) if theirs is _NOTHING else theirs
        if not isinstance(ours, dict) or not isinstance(theirs, dict):
            return self._differing(ours, theirs, at)
        if "$ref" in ours and "$ref" not in theirs and not _of_schema(at):
            return _NOTHING
        if "$ref" in theirs and "$ref" not in ours:
            shared = target_pointer(theirs["$ref"])
            self._add(shared, self._beyond(ours, shared))
            return _NOTHING
        rest: dict[str, Any] = {}
        for key, value in ours.items():
            inner = (*at, key)
            if key == "parameters" and at[0] == "paths" and len(at) == 3:
                value = self._parameters(value, at)
            elif key in theirs and (len(inner) != 3 or inner in self.adopted):
                prose = key in _PROSE and at[-1] != "properties"
                value = _NOTHING if prose else self._beyond(value, inner, theirs[key])
            if value is not _NOTHING:
                rest[key] = value
        return rest or _NOTHING

    def _differing(self, ours: Any, theirs: Any, at: Pointer) -> Any:
        key = at[-1]
        lists = isinstance(ours, list) and isinstance(theirs, list)
        if not differ(ours, theirs) or (lists and sorted(map(str, ours)) == sorted(map(str, theirs))):
            return _NOTHING
        if key == "operationId" or key.startswith("x-"):
            return ours
        nullable = key == "type" and isinstance(ours, list) and set(ours) - {"null"} == {theirs}
        if nullable or (key == "tags" and len(at) == 4 and at[0] == "paths"):
            self.added.append({"target": _path(at), "description": _KEPT, "remove": True})
            self._add(at[:-1], {key: ours})
        else:
            self.draft.differences.append(f"{pointer_text(at)}: {_short(theirs)} is published, {_short(ours)} was ours")
        return _NOTHING

    def _parameters(self, ours: Any, at: Pointer) -> Any:
        there: dict[tuple[str, str], tuple[Any, Pointer]] = {}
        for holder in (at[:2], at):
            for each in resolve(self.document, holder).get("parameters", ()):
                name, where = place(self.document, each)
                own = (*holder, "parameters", f"[?@.name == '{name}' && @.in == '{where}']")
                shared = target_pointer(each["$ref"]) if "$ref" in each else own
                there[name, where] = followed(self.document, each), shared
        rest = []
        for each in ours:
            node = followed(self.before.patched, each)
            theirs, where = there.get(place(self.before.patched, each), (None, ()))
            if theirs is None:
                rest.append(each)
            else:
                plain = {key: value for key, value in node.items() if key not in _PROSE and value is not False}
                self._add(where, self._beyond(plain, where, theirs))
        return rest or _NOTHING

    def _add(self, at: Pointer, update: Any) -> None:
        if update is not _NOTHING:
            self.added.append({"target": _path(at), "description": _KEPT, "update": copy.deepcopy(update)})


def _of_schema(at: Pointer) -> bool:
    return at[:2] == ("components", "schemas") or "schema" in at


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 60 else f"{text[:59]}…"


def _path(at: Pointer) -> str:
    """A pointer as a JSONPath; a part that is a filter is one already."""
    parts = (part if part.startswith("[?") else f".{part}" if part.isidentifier() else f"['{part}']" for part in at)
    return "$" + "".join(parts)


def _move(theirs: str, ours: str) -> Iterator[dict[str, Any]]:
    """Actions that give a path the names of our parameters."""
    why = "Published with other names for the parameters of its path, which are no part of a request."
    yield {"target": "$.paths", "description": why, "update": {ours: {}}}
    yield {"target": _path(("paths", ours)), "description": why, "copy": _path(("paths", theirs))}
    yield {"target": _path(("paths", theirs)), "description": why, "remove": True}
    for one, other in zip(*(re.findall(r"\{([^}]*)\}", path) for path in (ours, theirs)), strict=True):
        if one != other:
            which = f"..parameters[?@.name == '{other}' && @.in == 'path']"
            yield {"target": _path(("paths", ours)) + which, "description": why, "update": {"name": one}}


def _clean(trial: Path, draft: Draft) -> Patched:
    """Drop what the edits made needless, until lint finds nothing; the patched result."""
    for _ in range(_ROUNDS):
        result = patch_vendor(trial, draft.vendor)
        result.check()
        findings = lint(trial).findings
        if not findings:
            return result
        if wrong := [finding for finding in findings if finding.kind != "needless"]:
            raise PipelineError("\n  ".join(["the draft does not fit; mend what it names first:", *map(str, wrong)]))
        for step in reversed(result.steps):
            if any((finding.file, finding.index) == (step.action.file, step.action.index) for finding in findings):
                _without_needless(trial / step.action.file, step)
                draft.edits.append(f"drop from {step.action.file} what is needless now: {step.action.target}")
    raise PipelineError(f"the draft still has needless actions after {_ROUNDS} rounds")


def _without_needless(path: Path, step: Step) -> None:
    whole = _read(path)
    item = whole["actions"][step.action.index]
    for pointer in needless_parts(step) if step.changes else ():
        *above, key = parse_pointer(pointer)
        del resolve(item["update"], above)[key]
    if not step.changes:
        del whole["actions"][step.action.index]
    _write(path, whole) if whole["actions"] else path.unlink()


def _names(document: Any) -> set[str]:
    """What the package and the facade call things by."""
    names = {f"schema {name}" for name in resolve(document, ("components", "schemas"), {})}
    for node in operations(document).values():
        own = node.get("operationId")
        names |= {f"{own}: parameter {' in '.join(place(document, each))}" for each in node.get("parameters", ())}
        names |= {f"{own}: tag {tag}" for tag in node.get("tags", ())}
    return names


# Files, with their comments.


def _yaml() -> YAML:
    yaml = YAML()
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.width, yaml.preserve_quotes = 2**20, True
    return yaml


def _read(path: Path) -> Any:
    return _yaml().load(path.read_text(encoding="utf-8"))


def _write(path: Path, document: Any) -> None:
    text = io.StringIO()
    _yaml().dump(document, text)
    # An empty line belongs to what stands above it, and goes with it.
    spaced = re.sub(r"(?m)^(?!\s*#)(.*\S)\n+(?=  - (?:target|at):)", r"\1\n\n", text.getvalue())
    path.write_text(re.sub(r"(?m)^(\w+:)\n+(?=  - )", r"\1\n", spaced).rstrip("\n") + "\n", encoding="utf-8")


def _pruned(node: Any, rest: Any) -> Any:
    """`node` less what `rest` lacks, in place, for the comments in it."""
    if isinstance(node, dict) and isinstance(rest, dict):
        for key in list(node):
            if key in rest:
                node[key] = _pruned(node[key], rest[key])
            else:
                del node[key]
    elif isinstance(node, list):
        for index in range(len(node) - 1, -1, -1):
            if all(differ(node[index], each) for each in rest):
                del node[index]
    return node

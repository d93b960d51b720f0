"""What new client packages change for importers: their public Python surface, old against new.

griffe reads the packages without importing them. An object is reported once, where it is defined.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import griffe

_DETAILED = "sync_detailed"
"""An operation is four functions with the same arguments; the detailed one stands for all."""
_MODELS = {"class", "type"}
_MEMBERS = {"attribute", "parameter"}
_Draft: TypeAlias = tuple[bool, str, str]
"""Whether a change breaks importers, the dotted name that it is about, and its text."""


@dataclass(frozen=True)
class SurfaceChange:
    """A change of the public surface. `exposed` ones can be reached through `polyai_data.models`."""

    breaking: bool
    name: str
    text: str
    exposed: bool


@dataclass(frozen=True)
class Entry:
    """A name of the surface.

    `kind` is operation, class, type, attribute, parameter, method, value, function, constant or export. `owner` says
    what a member belongs to. `type` is an annotation, or the result of an operation; `default` is None for what a
    caller must pass. The `target` of an export is the name under which its object is defined.
    """

    kind: str
    path: str
    owner: str = ""
    type: str = ""
    default: str | None = None
    target: str = ""

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]

    @property
    def parent(self) -> str:
        return self.path.rpartition(".")[0]

    def __str__(self) -> str:
        return f"{self.kind} `{self.name}`{f' of {self.owner}' if self.owner else ''}"


class Packages:
    """The packages below a folder. A package that cannot be read counts as missing.

    Attributes:
        names: the names of the packages.
        modules: the dotted names of all their modules.
        entries: their surface, by dotted name.
    """

    def __init__(self, folder: Path) -> None:
        self.names: list[str] = []
        self.modules: set[str] = set()
        self.entries: dict[str, Entry] = {}
        loader = griffe.GriffeLoader(search_paths=[folder], allow_inspection=False)
        with griffe.logger.disable():
            for path in sorted(folder.glob("*/__init__.py")):
                try:
                    package = loader.load(path.parent.name, try_relative_path=False)
                except griffe.GriffeError:
                    continue
                if isinstance(package, griffe.Module):
                    self.names.append(package.name)
                    self._add(package)

    def _add(self, module: griffe.Module) -> None:
        self.modules.add(module.path)
        for member in module.members.values():
            if isinstance(member, griffe.Module):
                self._add(member)
        self.entries |= {entry.path: entry for entry in _entries(module)}


def _entries(module: griffe.Module) -> Iterator[Entry]:
    detailed = module.members.get(_DETAILED)
    if isinstance(detailed, griffe.Function):
        yield Entry("operation", module.path, type=str(detailed.returns))
        owner = f"operation `{module.name}`"
        for each in detailed.parameters:
            default = None if each.default is None else str(each.default)
            yield Entry("parameter", f"{module.path}.{each.name}", owner, str(each.annotation), default)
        return
    for name, member in module.members.items():
        if not name.startswith("_") and not isinstance(member, griffe.Module):
            yield from _entries_of(member, module)


def _entries_of(member: griffe.Object | griffe.Alias, module: griffe.Module) -> Iterator[Entry]:
    if isinstance(member, griffe.Alias):
        if module.is_init_module and member.target_path.partition(".")[0] == module.path.partition(".")[0]:
            yield Entry("export", member.path, target=member.target_path)
    elif isinstance(member, griffe.Class):
        yield Entry("class", member.path)
        yield from _members(member)
    elif isinstance(member, griffe.Function):
        yield Entry("function", member.path)
    elif isinstance(member, griffe.Attribute) and str(member.value).startswith("Literal["):
        yield Entry("type", member.path)
        for value in sorted(_parts(member.value)):
            yield Entry("value", f"{member.path}.{ast.literal_eval(value)}", f"`{member.name}`")
    elif isinstance(member, griffe.Attribute) and not str(member.value).startswith("TypeVar("):
        yield Entry("constant", member.path)


def _members(model: griffe.Class) -> Iterator[Entry]:
    for name, member in model.members.items():
        if name.startswith("_") or name in {"from_dict", "to_dict"}:
            continue
        if isinstance(member, griffe.Attribute) and "property" not in member.labels:
            default = None if member.value is None else str(member.value)
            yield Entry("attribute", member.path, f"`{model.name}`", str(member.annotation), default)
        else:
            yield Entry("method", member.path, f"`{model.name}`")


def surface(before: Packages, after: Packages, exposed: Collection[str] = ()) -> list[SurfaceChange]:
    """What changes for importers: breaking changes first, then exposed ones, then by name.

    `exposed` are the names that `polyai_data.models` exports.
    """
    reach = _reachable(before, exposed) | _reachable(after, exposed)
    changes = [
        SurfaceChange(breaking, name, text, any(_within(name, path) for path in reach))
        for breaking, name, text in _drafts(before, after)
    ]
    return sorted(changes, key=lambda change: (not change.breaking, not change.exposed, change.name, change.text))


def _within(name: str, path: str) -> bool:
    """Whether `name` is the object at `path` or in it, or the package that contains it."""
    return f"{name}.".startswith(f"{path}.") or path.partition(".")[0] == name


def _drafts(before: Packages, after: Packages) -> Iterator[_Draft]:
    sent = _sent(before) | _sent(after)
    yield from ((True, name, f"package `{name}` was removed") for name in before.names if name not in after.names)
    yield from ((False, name, f"package `{name}` is new") for name in after.names if name not in before.names)
    for path, entry in before.entries.items():
        if path in after.entries:
            yield from _changed(entry, after.entries[path], passed=entry.kind == "parameter" or entry.parent in sent)
        elif entry.kind == "export" and entry.target in after.entries:
            yield True, path, f"`{entry.name}` is no longer available in `{entry.parent}`"
        elif _counts(entry, before, after):
            yield entry.kind != "value" or entry.parent in sent, path, f"{entry} was removed"
    for path, entry in after.entries.items():
        if path not in before.entries and _counts(entry, after, before):
            required = entry.kind in _MEMBERS and entry.default is None
            breaks = required and (entry.kind == "parameter" or entry.parent in sent)
            yield breaks, path, f"{entry} is new{', and required' if required else ''}"


def _sent(packages: Packages) -> set[str]:
    """The paths of the models that callers make, to pass them to operations; others they only read."""
    types = " ".join(entry.type for entry in packages.entries.values() if entry.kind == "parameter")
    return _reachable(packages, set(re.findall(r"\w+", types)))


def _counts(entry: Entry, here: Packages, there: Packages) -> bool:
    """Whether an entry that only one side has is a change by itself, and not a part of one."""
    if entry.path.partition(".")[0] not in there.names or entry.kind == "export":
        return False
    if entry.owner:
        both = [side.entries.get(entry.parent) for side in (here, there)]
        return both[1] is not None and both[0] is not None and both[0].kind == both[1].kind
    # A module also defines what checks a model's values: with the whole module, the model counts.
    return entry.kind in {"operation", *_MODELS} or entry.parent in there.modules


def _changed(old: Entry, new: Entry, *, passed: bool) -> Iterator[_Draft]:
    """What differs between two versions of an entry; `passed` are those that callers give, and not only read."""
    if old.kind != new.kind:
        yield True, old.path, f"{old} is a {new.kind} now"
    elif old.default is not None and new.default is None:
        yield passed, old.path, f"{new} is required now"
    elif old.default is not None and old.default != new.default:
        yield passed, old.path, f"{new} has the default `{new.default}`, had `{old.default}`"
    elif (was := _parts(old.type)) != (now := _parts(new.type)):
        # A literal may have more values; what a caller passes may be more, and what it reads less.
        more = {part for part in now - was if part[0] not in "'\""}
        breaks = bool(was - now if old.kind == "parameter" else (was - now - {"None"} | more) if passed else more)
        which = f"the result of {new}" if new.kind == "operation" else str(new)
        yield breaks, old.path, f"{which} is now `{new.type}`, was `{old.type}`"


def _parts(annotation: object) -> frozenset[str]:
    """The members of a union type, with each value of a `Literal` by itself."""
    text = str(annotation)
    return frozenset(ast.unparse(part) for part in _united(ast.parse(text, mode="eval").body)) if text else frozenset()


def _united(node: ast.expr) -> Iterator[ast.expr]:
    name = node.value.id if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) else None
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _united(node.left)
        yield from _united(node.right)
    elif isinstance(node, ast.Subscript) and name == "Literal":
        yield from node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    elif isinstance(node, ast.Subscript) and name == "Response":
        yield from _united(node.slice)
    else:
        yield node


def _reachable(packages: Packages, exposed: Collection[str]) -> set[str]:
    """The paths of the exposed models, and of the types of their attributes in turn."""
    models = {entry.name: path for path, entry in packages.entries.items() if entry.kind in _MODELS}
    waiting = [name for name in models if name in exposed]
    paths: set[str] = set()
    while waiting:
        path = models[waiting.pop()]
        if path not in paths:
            paths.add(path)
            types = " ".join(entry.type for entry in packages.entries.values() if entry.parent == path)
            waiting += [name for name in re.findall(r"\w+", types) if name in models]
    return paths

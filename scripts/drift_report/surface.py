"""What new client packages change for importers: their public Python surface, old against new.

griffe reads the packages without importing them. It finds most breaking changes; types, values of literals and
additions are compared here. An object is reported once, where it is defined.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

import griffe

_TWINS = ("sync", "asyncio", "asyncio_detailed")
_DETAILED = "sync_detailed"
"""An operation is four functions with the same arguments; the detailed one stands for all."""
_CONVERSIONS = ("from_dict", "to_dict")
Node: TypeAlias = griffe.Object | griffe.Alias
_Draft: TypeAlias = tuple[bool, str, str]
"""Whether a change breaks importers, the dotted name that it is about, and its text."""


@dataclass(frozen=True)
class SurfaceChange:
    """A change of the public surface. `exposed` ones can be reached through `polyai_data.models`."""

    breaking: bool
    name: str
    text: str
    exposed: bool

    def as_json(self) -> dict[str, Any]:
        """The change for a program."""
        return asdict(self)


class Packages:
    """The packages below a folder, loaded once. A package that cannot be read counts as missing."""

    def __init__(self, folder: Path) -> None:
        self.modules: dict[str, griffe.Module] = {}
        loader = griffe.GriffeLoader(search_paths=[folder], allow_inspection=False)
        with griffe.logger.disable():
            for path in sorted(folder.glob("*/__init__.py")):
                try:
                    loaded = loader.load(path.parent.name, try_relative_path=False)
                except griffe.GriffeError:
                    continue
                if isinstance(loaded, griffe.Module):
                    self.modules[loaded.name] = loaded
            for each in self.objects():
                if isinstance(each, griffe.Class):
                    _add_constructor(each)

    def find(self, dotted: str) -> Node | None:
        """The object `dotted` where it is defined; an alias when that is outside; None when there is none."""
        first, *rest = dotted.split(".")
        node: Node | None = self.modules.get(first)
        for name in rest:
            if node is None or isinstance(node, griffe.Alias):
                break  # attributes of imported objects are not checked
            node = _definition(node.members.get(name))
        return node

    def parameters(self, dotted: str) -> list[griffe.Parameter] | None:
        """The parameters of `dotted`, without the `self` of methods; None when it cannot be called."""
        node = self.find(dotted)
        if isinstance(node, griffe.Class):
            node = node.members.get("__init__")
        if not isinstance(node, griffe.Function):
            return None
        return list(node.parameters)[isinstance(node.parent, griffe.Class) and "staticmethod" not in node.labels :]

    def objects(self) -> Iterator[griffe.Object]:
        """The objects that the modules define at their top level."""
        waiting: list[Node] = list(self.modules.values())
        while waiting:
            each = waiting.pop()
            if isinstance(each, griffe.Module):
                waiting += each.members.values()
            elif isinstance(each, griffe.Object):
                yield each


def surface(before: Packages, after: Packages, exposed: Collection[str] = ()) -> list[SurfaceChange]:
    """What changes for importers: breaking changes first, then exposed ones, then by name.

    `exposed` are the names that `polyai_data.models` exports.
    """
    with griffe.logger.disable():
        drafts = dict.fromkeys(_drafts(before, after))
        reach = _reachable(before, exposed) | _reachable(after, exposed)
    broken = {name for breaking, name, _ in drafts if breaking}
    changes = [
        SurfaceChange(breaking, name, text, any(_within(name, path) for path in reach))
        for breaking, name, text in drafts
        if breaking or name not in broken
    ]
    return sorted(changes, key=lambda change: (not change.breaking, not change.exposed, change.name, change.text))


def _within(name: str, path: str) -> bool:
    """Whether `name` is the object at `path` or in it, or the package that contains it."""
    return f"{name}.".startswith(f"{path}.") or path.partition(".")[0] == name


def _drafts(before: Packages, after: Packages) -> Iterator[_Draft]:
    for name, package in before.modules.items():
        if name not in after.modules:
            yield True, name, f"package `{name}` was removed"
            continue
        for breakage in griffe.find_breaking_changes(package, after.modules[name]):
            yield from _broken(breakage, after)
        yield from _compared(package, after.modules[name])
    for name in after.modules.keys() - before.modules.keys():
        yield False, name, f"package `{name}` is new"


# Changes that griffe finds.


def _broken(breakage: griffe.Breakage, after: Packages) -> Iterator[_Draft]:
    kind, obj = breakage.kind, breakage.obj
    if kind is griffe.BreakageKind.OBJECT_REMOVED:
        yield from _removed(obj, after)
    elif not isinstance(obj, griffe.Function):
        yield True, obj.path, f"`{obj.name}`: {kind.value}"
    elif not _is_twin(obj):
        parameter = breakage.old_value or breakage.new_value
        if not isinstance(parameter, griffe.Parameter):
            yield True, _owner_path(obj), f"{_called(obj)} has no return type any more"
        elif text := _parameter_broken(breakage, obj, parameter.name):
            which = f"parameter `{parameter.name}` of {_called(obj)}"
            yield True, f"{_owner_path(obj)}.{parameter.name}", f"{which} {text}"


def _parameter_broken(breakage: griffe.Breakage, function: griffe.Function, name: str) -> str:
    match breakage.kind:
        case griffe.BreakageKind.PARAMETER_REMOVED:
            # The attribute of a model is reported by itself.
            known = function.parent.members if function.name == "__init__" and function.parent else {name: None}
            return "was removed" if name in known else ""
        case griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT:
            return f"has the default `{breakage.new_value.default}`, had `{breakage.old_value.default}`"
        case griffe.BreakageKind.PARAMETER_CHANGED_REQUIRED:
            return "is required now"
        case griffe.BreakageKind.PARAMETER_ADDED_REQUIRED:
            return "is new, and required"
    return str(breakage.kind.value)


def _removed(obj: Node, after: Packages) -> Iterator[_Draft]:
    definition = _definition(obj)
    if not isinstance(definition, griffe.Object) or (obj.is_alias and after.find(definition.path)):
        yield True, obj.path, f"`{obj.name}` is no longer available in `{obj.path.rpartition('.')[0]}`"
        return
    for leaf in _leaves(definition):
        yield True, leaf.path, f"{_described(leaf)} was removed"


# Changes that griffe does not find: additions, types, values.


def _compared(before: griffe.Object, after: griffe.Object) -> Iterator[_Draft]:
    for name, member in after.members.items():
        if isinstance(member, griffe.Alias) or not _is_public(member):
            continue
        other = before.members.get(name)
        if other is None or isinstance(other, griffe.Alias):
            for leaf in _leaves(member):
                yield False, leaf.path, f"{_described(leaf)} is new"
        elif isinstance(member, griffe.Function) and isinstance(other, griffe.Function):
            if not _is_twin(member):
                yield from _functions(other, member)
        elif isinstance(member, griffe.Attribute) and isinstance(other, griffe.Attribute):
            yield from _attributes(other, member)
        elif member.kind is other.kind:
            yield from _compared(other, member)


def _functions(old: griffe.Function, new: griffe.Function) -> Iterator[_Draft]:
    known = {parameter.name: parameter for parameter in old.parameters}
    for parameter in new.parameters:
        if new.name == "__init__" and new.parent and parameter.name in new.parent.members:
            continue  # reported as the model's attribute
        which, name = f"parameter `{parameter.name}` of {_called(new)}", f"{_owner_path(new)}.{parameter.name}"
        if parameter.name not in known:
            yield False, name, f"{which} is new"
        elif change := _retyped(known[parameter.name].annotation, parameter.annotation, accepted=True):
            yield change[0], name, f"{which} {change[1]}"
    if new.returns is not None and (change := _retyped(old.returns, new.returns)):
        yield change[0], _owner_path(new), f"the result of {_called(new)} {change[1]}"


def _attributes(old: griffe.Attribute, new: griffe.Attribute) -> Iterator[_Draft]:
    if _is_literal(old) and _is_literal(new):
        was, now = _parts(old.value), _parts(new.value)
        for value in was ^ now:
            word, fate = value.strip("'\""), "was removed" if value in was else "is new"
            yield value in was, f"{new.path}.{word}", f"value `{word}` of `{new.name}` {fate}"
    elif change := _retyped(old.annotation, new.annotation):
        yield change[0], new.path, f"{_described(new)} {change[1]}"


def _retyped(old: object, new: object, *, accepted: bool = False) -> tuple[bool, str] | None:
    """Whether another type breaks importers, and the text; None for the same type.

    A result may have more values and need no longer be None; what is `accepted` from a caller may be more.
    """
    was, now = _parts(old), _parts(new)
    more = {part for part in now - was if part[0] not in "'\""}
    breaks = bool(was - now if accepted else was - now - {"None"} | more)
    return None if was == now else (breaks, f"is now `{new}`, was `{old}`")


def _parts(annotation: object) -> frozenset[str]:
    """The members of a union type, with each value of a `Literal` by itself."""
    if annotation is None:
        return frozenset()
    return frozenset(ast.unparse(part) for part in _united(ast.parse(str(annotation), mode="eval").body))


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


# Objects and their names.


def _definition(member: Node | None) -> Node | None:
    """`member` where it is defined; still an alias when that is outside the packages."""
    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return member


def _is_public(member: griffe.Object) -> bool:
    if isinstance(member, griffe.Attribute) and str(member.value).startswith("TypeVar("):
        return False
    return bool(member.is_public) and (not member.name.startswith("__") or member.name == "__init__")


def _is_twin(function: griffe.Function) -> bool:
    """Whether the signature follows from another: an operation's detailed function, or the model itself."""
    owner = function.parent
    if isinstance(owner, griffe.Class):
        return function.name in _CONVERSIONS
    return function.name in _TWINS and owner is not None and _DETAILED in owner.members


def _leaves(obj: griffe.Object) -> Iterator[griffe.Object]:
    """`obj`; for a module, the models that it defines, or the module itself for an operation."""
    if not isinstance(obj, griffe.Module):
        if _is_public(obj) and obj.name != "__init__":
            yield obj
        return
    own = [member for member in obj.members.values() if not isinstance(member, griffe.Alias) and _is_public(member)]
    if _DETAILED in obj.members or not own:
        yield obj
        return
    # A module also defines what checks a model's values: what the package exports counts.
    exported = obj.parent.members if obj.parent is not None else {}
    for member in [member for member in own if member.name in exported] or own:
        yield from _leaves(member)


def _described(obj: griffe.Object) -> str:
    owner = obj.parent
    if isinstance(owner, griffe.Class):
        noun = "method" if isinstance(obj, griffe.Function) else "attribute"
        return f"{noun} `{obj.name}` of `{owner.name}`"
    if isinstance(obj, griffe.Module):
        return f"{'operation' if _DETAILED in obj.members else 'module'} `{obj.name}`"
    return f"{'type' if isinstance(obj, griffe.Attribute) and _is_literal(obj) else obj.kind.value} `{obj.name}`"


def _called(function: griffe.Function) -> str:
    """A function in a text: an operation by its module, a constructor by its class."""
    owner = function.parent
    if owner is None or function.name not in {"__init__", _DETAILED}:
        return _described(function)
    return f"`{owner.name}`" if function.name == "__init__" else _described(owner)


def _owner_path(function: griffe.Function) -> str:
    owner = function.parent
    return owner.path if owner is not None and function.name in {"__init__", _DETAILED} else function.path


def _is_literal(attribute: griffe.Attribute) -> bool:
    return str(attribute.value).startswith("Literal[")


def _reachable(packages: Packages, exposed: Collection[str]) -> set[str]:
    """The paths of the exposed objects, and of the types of their attributes in turn."""
    waiting = [obj for obj in packages.objects() if obj.name in exposed]
    paths: set[str] = set()
    while waiting:
        obj = waiting.pop()
        if obj.path in paths:
            continue
        paths.add(obj.path)
        for member in obj.members.values() if isinstance(obj, griffe.Class) else ():
            for name in re.findall(r"\w+", str(getattr(member, "annotation", ""))) if member.is_attribute else ():
                target = _definition(obj.module.members.get(name))
                if isinstance(target, (griffe.Class, griffe.Attribute)):
                    waiting.append(target)
    return paths


def _add_constructor(model: griffe.Class) -> None:
    """Add the constructor of a model, which attrs makes at run time and whose parameters are keyword-only."""
    if "__init__" in model.members or not any("define" in str(each.value) for each in model.decorators):
        return
    parameters = [griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)]
    for attribute in model.attributes.values():
        if attribute.annotation and "init=False" not in str(attribute.value):
            default = None if attribute.value is None else str(attribute.value)
            keyword_only = griffe.ParameterKind.keyword_only
            parameters.append(griffe.Parameter(attribute.name.lstrip("_"), kind=keyword_only, default=default))
    model.set_member("__init__", griffe.Function("__init__", parameters=griffe.Parameters(*parameters)))

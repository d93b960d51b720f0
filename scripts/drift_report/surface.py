"""What new client packages mean for those who import them: the public Python surface, old against new.

Read by griffe, without importing anything: the new packages are on nobody's path yet. griffe finds most breakages; the
types, the values of words and the additions, which it does not tell, are compared here. An object is named once, where
it is defined, however many packages offer it.
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
"""An operation is four functions with the same arguments; the detailed one speaks for all."""
_CONVERSIONS = ("from_dict", "to_dict")
_MOVES = (griffe.BreakageKind.PARAMETER_MOVED, griffe.BreakageKind.PARAMETER_CHANGED_KIND)
_MOVED_SHOWN = 3
Node: TypeAlias = griffe.Object | griffe.Alias
_Draft: TypeAlias = tuple[bool, str, str]
"""Whether it breaks, what it is about, and how it is told."""


@dataclass(frozen=True)
class SurfaceChange:
    """A change of the public surface. `exposed` ones are reachable through `polyai_data.models`, which users import."""

    breaking: bool
    name: str
    text: str
    exposed: bool

    def as_json(self) -> dict[str, Any]:
        """The change for a program."""
        return asdict(self)


class Packages:
    """The packages below a folder. They are loaded once, and can be handed on wherever a folder is asked for."""

    def __init__(self, folder: Path) -> None:
        self.modules: dict[str, griffe.Module] = {}
        loader = griffe.GriffeLoader(search_paths=[folder], allow_inspection=False)
        with griffe.logger.disable():
            for path in sorted(folder.glob("*/__init__.py")):
                try:
                    found = loader.load(path.parent.name, try_relative_path=False)
                except griffe.GriffeError:
                    continue  # what cannot be read cannot be imported either, and counts as missing
                if isinstance(found, griffe.Module):
                    self.modules[found.name] = found
            for each in self.objects():
                if isinstance(each, griffe.Class):
                    _give_constructor(each)

    @classmethod
    def of(cls, folder: Path | Packages) -> Packages:
        """`folder` loaded, unless it is already."""
        return folder if isinstance(folder, Packages) else cls(folder)

    def find(self, dotted: str) -> Node | None:
        """What `dotted` names, where it is defined; an alias when that is elsewhere; None when there is nothing."""
        first, *rest = dotted.split(".")
        here: Node | None = self.modules.get(first)
        for name in rest:
            if here is None or isinstance(here, griffe.Alias):
                break  # what a module has from elsewhere is taken for granted
            here = _own(here.members.get(name))
        return here

    def parameters(self, dotted: str) -> list[griffe.Parameter] | None:
        """What a call of `dotted` takes, but for the `self` of methods; None when it cannot be called."""
        found = self.find(dotted)
        if isinstance(found, griffe.Class):
            found = found.members.get("__init__")
        if not isinstance(found, griffe.Function):
            return None
        return list(found.parameters)[isinstance(found.parent, griffe.Class) and "staticmethod" not in found.labels :]

    def objects(self) -> Iterator[griffe.Object]:
        """What the modules define on their top level."""
        waiting: list[Node] = list(self.modules.values())
        while waiting:
            each = waiting.pop()
            if isinstance(each, griffe.Module):
                waiting += each.members.values()
            elif isinstance(each, griffe.Object):
                yield each


def surface(old: Path | Packages, new: Path | Packages, exposed: Collection[str] = ()) -> list[SurfaceChange]:
    """What changes for those who import the packages: breaking first, then exposed, then by name.

    Args:
        old: the folder that holds the packages as they are.
        new: the folder that holds them as they will be.
        exposed: the names that `polyai_data.models` exports.
    """
    before, after = Packages.of(old), Packages.of(new)
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
    """Whether `name` is the object at `path`, or in it; or the package that has it."""
    return f"{name}.".startswith(f"{path}.") or path.partition(".")[0] == name


def _drafts(before: Packages, after: Packages) -> Iterator[_Draft]:
    for name, package in before.modules.items():
        if name not in after.modules:
            yield True, name, f"package `{name}` was removed"
            continue
        moved: dict[tuple[str, griffe.BreakageKind], list[griffe.Breakage]] = {}
        for breakage in griffe.find_breaking_changes(package, after.modules[name]):
            if breakage.kind in _MOVES:
                moved.setdefault((breakage.obj.path, breakage.kind), []).append(breakage)
            else:
                yield from _broken(breakage, after)
        for breakages in moved.values():
            yield from _moved(breakages, before)
        yield from _compared(package, after.modules[name])
    for name in after.modules.keys() - before.modules.keys():
        yield False, name, f"package `{name}` is new"


# What griffe found.


def _broken(breakage: griffe.Breakage, after: Packages) -> Iterator[_Draft]:
    kind, obj = breakage.kind, breakage.obj
    if kind is griffe.BreakageKind.OBJECT_REMOVED:
        yield from _removed(obj, after)
    elif kind is griffe.BreakageKind.OBJECT_CHANGED_KIND:
        yield (True, obj.path, f"`{obj.name}` was a `{breakage.old_value.value}`, is `{breakage.new_value.value}`")
    elif kind is griffe.BreakageKind.CLASS_REMOVED_BASE:
        yield True, obj.path, f"class `{obj.name}` has lost a base class"
    elif isinstance(obj, griffe.Function) and not _told_elsewhere(obj):
        parameter = breakage.old_value or breakage.new_value
        if not isinstance(parameter, griffe.Parameter):
            yield True, _place(obj), f"{_called(obj)} no longer says what it returns"
        elif text := _parameter_broken(breakage, obj, parameter.name):
            which = f"parameter `{parameter.name}` of {_called(obj)}"
            yield True, f"{_place(obj)}.{parameter.name}", f"{which} {text}"


def _parameter_broken(breakage: griffe.Breakage, function: griffe.Function, name: str) -> str:
    old, new = breakage.old_value, breakage.new_value
    match breakage.kind:
        case griffe.BreakageKind.PARAMETER_REMOVED:
            # The attribute of a model is told by itself.
            known = function.parent.members if function.name == "__init__" and function.parent else {name: None}
            return "was removed" if name in known else ""
        case griffe.BreakageKind.PARAMETER_CHANGED_DEFAULT:
            return f"is now `{new.default}` when not given, was `{old.default}`"
        case griffe.BreakageKind.PARAMETER_CHANGED_REQUIRED:
            return "is required now"
        case griffe.BreakageKind.PARAMETER_ADDED_REQUIRED:
            return "is new, and required"
    return str(breakage.kind.value)


def _moved(breakages: list[griffe.Breakage], before: Packages) -> Iterator[_Draft]:
    """One line for all parameters of a function that moved, but none when only others before them went."""
    function = breakages[0].obj
    old = before.find(function.path)
    if not isinstance(function, griffe.Function) or not isinstance(old, griffe.Function) or _told_elsewhere(function):
        return
    now = [parameter.name for parameter in function.parameters]
    stayed = [parameter.name for parameter in old.parameters if parameter.name in now]
    was, become = breakages[0].old_value.kind.value, breakages[0].new_value.kind.value
    if was == become and stayed == now[: len(stayed)]:
        return
    names = [f"`{breakage.old_value.name}`" for breakage in breakages]
    more = f" and {len(names) - _MOVED_SHOWN} more" if len(names) > _MOVED_SHOWN else ""
    how = "in another place when passed by position" if was == become else f"{become} now, not {was}"
    yield True, _place(function), f"{_called(function)} takes {', '.join(names[:_MOVED_SHOWN])}{more} {how}"


def _removed(obj: Node, after: Packages) -> Iterator[_Draft]:
    canonical = _own(obj)
    if not isinstance(canonical, griffe.Object) or (obj.is_alias and after.find(canonical.path)):
        yield True, obj.path, f"`{obj.name}` is no longer offered by `{obj.path.rpartition('.')[0]}`"
        return
    for leaf in _leaves(canonical):
        yield True, leaf.path, f"{_described(leaf)} was removed"


# What griffe does not tell: additions, types, values.


def _compared(before: griffe.Object, after: griffe.Object) -> Iterator[_Draft]:
    for name, member in after.members.items():
        if isinstance(member, griffe.Alias) or not _is_told(member):
            continue
        other = before.members.get(name)
        if other is None or isinstance(other, griffe.Alias):
            for leaf in _leaves(member):
                yield False, leaf.path, f"{_described(leaf)} is new"
        elif isinstance(member, griffe.Function) and isinstance(other, griffe.Function):
            if not _told_elsewhere(member):
                yield from _functions(other, member)
        elif isinstance(member, griffe.Attribute) and isinstance(other, griffe.Attribute):
            yield from _attributes(other, member)
        elif member.kind is other.kind:
            yield from _compared(other, member)


def _functions(old: griffe.Function, new: griffe.Function) -> Iterator[_Draft]:
    known = {parameter.name: parameter for parameter in old.parameters}
    for parameter in new.parameters:
        if new.name == "__init__" and new.parent and parameter.name in new.parent.members:
            continue  # told as the model's attribute
        which, name = f"parameter `{parameter.name}` of {_called(new)}", f"{_place(new)}.{parameter.name}"
        if parameter.name not in known:
            yield False, name, f"{which} is new"
        elif change := _retyped(known[parameter.name].annotation, parameter.annotation, taken=True):
            yield change[0], name, f"{which} {change[1]}"
    if new.returns is not None and (change := _retyped(old.returns, new.returns)):
        yield change[0], _place(new), f"the result of {_called(new)} {change[1]}"


def _attributes(old: griffe.Attribute, new: griffe.Attribute) -> Iterator[_Draft]:
    if _is_literal(old) and _is_literal(new):
        was, now = _parts(old.value), _parts(new.value)
        for value in was ^ now:
            word, fate = value.strip("'\""), "was removed" if value in was else "is new"
            yield value in was, f"{new.path}.{word}", f"value `{word}` of `{new.name}` {fate}"
    elif isinstance(new.parent, griffe.Class) and _is_enum(new.parent):
        if str(old.value) != str(new.value):
            yield True, new.path, f"{_described(new)} is now {new.value}, was {old.value}"
    elif change := _retyped(old.annotation, new.annotation):
        yield change[0], new.path, f"{_described(new)} {change[1]}"


def _retyped(old: object, new: object, *, taken: bool = False) -> tuple[bool, str] | None:
    """Whether another type breaks, and how it is told; None for the same type.

    What is given out may have more words and need no longer be None; what is `taken` from a caller may be more.
    """
    was, now = _parts(old), _parts(new)
    more = {part for part in now - was if part[0] not in "'\""}
    breaks = bool(was - now if taken else was - now - {"None"} | more)
    return None if was == now else (breaks, f"is now `{new}`, was `{old}`")


def _parts(annotation: object) -> frozenset[str]:
    """The types that a type is the union of, with the values of a `Literal` each by itself."""
    if annotation is None:
        return frozenset()
    return frozenset(ast.unparse(part) for part in _united(ast.parse(str(annotation), mode="eval").body))


def _united(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
        yield from _united(node.left)
        yield from _united(node.right)
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Literal":
        yield from node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    elif isinstance(node, ast.Subscript) and isinstance(node.value, ast.Name) and node.value.id == "Response":
        yield from _united(node.slice)
    else:
        yield node


def _own(member: Node | None) -> Node | None:
    """`member` where it is defined; still an alias when that is outside of the packages."""
    try:
        return member.final_target if isinstance(member, griffe.Alias) else member
    except (griffe.AliasResolutionError, griffe.CyclicAliasError):
        return member


def _is_told(member: griffe.Object) -> bool:
    """Whether the member is for users: public, not one of Python's own names, not a helper of type checkers."""
    if isinstance(member, griffe.Attribute) and str(member.value).startswith("TypeVar("):
        return False
    return bool(member.is_public) and (not member.name.startswith("__") or member.name == "__init__")


def _told_elsewhere(function: griffe.Function) -> bool:
    """Whether the signature is another's: that of an operation's detailed function, or the model's own business."""
    owner = function.parent
    if isinstance(owner, griffe.Class):
        return function.name in _CONVERSIONS
    return function.name in _TWINS and owner is not None and _DETAILED in owner.members


def _leaves(obj: griffe.Object) -> Iterator[griffe.Object]:
    """`obj`, or what a module that came or went is known by: the models that it defines, or itself as an operation."""
    if not isinstance(obj, griffe.Module):
        if _is_told(obj) and obj.name != "__init__":
            yield obj
        return
    own = [member for member in obj.members.values() if not isinstance(member, griffe.Alias) and _is_told(member)]
    if _DETAILED in obj.members or not own:
        yield obj
        return
    # Beside a model its module has what checks its values: where the package offers a part of it, that is what counts.
    offered = obj.parent.members if obj.parent is not None else {}
    for member in [member for member in own if member.name in offered] or own:
        yield from _leaves(member)


def _described(obj: griffe.Object) -> str:
    owner = obj.parent
    if isinstance(owner, griffe.Class):
        noun = "member" if _is_enum(owner) else "method" if isinstance(obj, griffe.Function) else "attribute"
        return f"{noun} `{obj.name}` of `{owner.name}`"
    if isinstance(obj, griffe.Module):
        return f"{'operation' if _DETAILED in obj.members else 'module'} `{obj.name}`"
    return f"{'type' if isinstance(obj, griffe.Attribute) and _is_literal(obj) else obj.kind.value} `{obj.name}`"


def _called(function: griffe.Function) -> str:
    """How a text names a function: an operation by its module, and a constructor by its class."""
    owner = function.parent
    if owner is None or function.name not in {"__init__", _DETAILED}:
        return _described(function)
    return f"`{owner.name}`" if function.name == "__init__" else _described(owner)


def _place(function: griffe.Function) -> str:
    owner = function.parent
    return owner.path if owner is not None and function.name in {"__init__", _DETAILED} else function.path


def _is_literal(attribute: griffe.Attribute) -> bool:
    return str(attribute.value).startswith("Literal[")


def _is_enum(kind: griffe.Class) -> bool:
    return any(str(base).rpartition(".")[2] in {"Enum", "IntEnum", "StrEnum"} for base in kind.bases)


def _reachable(packages: Packages, exposed: Collection[str]) -> set[str]:
    """The exposed objects, and what their attributes hold in turn."""
    waiting = [obj for obj in packages.objects() if obj.name in exposed]
    found: set[str] = set()
    while waiting:
        obj = waiting.pop()
        if obj.path not in found:
            found.add(obj.path)
            waiting += _mentioned(obj)
    return found


def _mentioned(obj: griffe.Object) -> Iterator[griffe.Object]:
    for member in obj.members.values() if isinstance(obj, griffe.Class) else ():
        if isinstance(member, griffe.Attribute):
            for name in re.findall(r"\w+", str(member.annotation)):
                target = _own(obj.module.members.get(name))
                if isinstance(target, (griffe.Class, griffe.Attribute)):
                    yield target


# Constructors, which attrs and named tuples only make when they run.


def _give_constructor(kind: griffe.Class) -> None:
    made = next((each.value for each in kind.decorators if _is_called(each.value, "attrs.define")), None)
    if "__init__" in kind.members or (made is None and "NamedTuple" not in map(str, kind.bases)):
        return
    by_keyword = _given(made).get("kw_only", "False")
    parameters = [griffe.Parameter("self", kind=griffe.ParameterKind.positional_or_keyword)]
    for attribute in kind.members.values():
        value = attribute.value if isinstance(attribute, griffe.Attribute) else None
        given = _given(value) if _is_called(value, "attrs.field") else {"default": str(value)} if value else {}
        if isinstance(attribute, griffe.Attribute) and attribute.annotation and given.get("init") != "False":
            only = given.get("kw_only", by_keyword) == "True"
            parameter = griffe.Parameter(
                given.get("alias", attribute.name.lstrip("_")).strip("'\""),
                kind=griffe.ParameterKind.keyword_only if only else griffe.ParameterKind.positional_or_keyword,
                default=given.get("default", given.get("factory")),
            )
            parameters.append(parameter)
    kind.set_member("__init__", griffe.Function("__init__", parameters=griffe.Parameters(*parameters)))


def _given(call: object) -> dict[str, str]:
    arguments = call.arguments if isinstance(call, griffe.ExprCall) else ()
    return {each.name: str(each.value) for each in arguments if isinstance(each, griffe.ExprKeyword)}


def _is_called(value: object, name: str) -> bool:
    return isinstance(value, griffe.Expr) and value.canonical_path == name

"""Where our own code refers to what is removed: in the facade, the emulator, the tests and the scripts.

And where the facade does not offer what callers may send now, or repeats a number or value of it that changed.

A reference is sure where an import, a name or a string is that of a removed model, operation, path or schema, or where
a removed field or parameter stands beside the model or operation that it belonged to. A field, parameter or value whose
name merely occurs may be unrelated.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import warnings
from collections.abc import Collection, Iterator, Mapping
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from drift_report.breaking import listed
from drift_report.surface import Packages
from pipeline import openapi
from pipeline.faults import snake_case
from pipeline.openapi import followed

_FOLDERS = ("src/polyai_data", "tests", "scripts", "bench")
_SKIPPED = {"__pycache__", "_sync"}
"""`_sync` is written from `_async`, where each of its references is listed once."""
_STATED = ("minimum", "maximum", "default", "minLength", "maxLength", "enum")
_Function = (ast.FunctionDef, ast.AsyncFunctionDef)
_Bounds: TypeAlias = dict[str, dict[str, set[str]]]
"""By argument and keyword, the values."""
_RESERVED = {*dir(builtins), "self", "true", "false", "datetime"} - {"id"}


@dataclass(frozen=True)
class Reference:
    """A line that refers to something removed, or lacks something new. Not `sure`: only the name matches."""

    file: str
    line: int
    name: str
    text: str
    sure: bool
    room: str


@dataclass(frozen=True)
class Facts:
    """The names of a patched document; `names` are its properties and parameters, also as Python spells them.

    `arguments` are the parameters and the fields of the body of each operation, as `operationId name`.
    """

    operation_ids: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    enum_values: frozenset[str] = frozenset()
    arguments: frozenset[str] = frozenset()

    def __or__(self, other: Facts) -> Facts:
        return Facts(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))


def facts(document: Any) -> Facts:
    made: dict[str, set[str]] = {each.name: set() for each in fields(Facts)}
    for item in openapi.walk(document):
        node = item.node
        if item.kind == "document":
            made["paths"].update(_keys(node.get("paths")))
        elif item.kind == "components":
            made["schemas"].update(_keys(node.get("schemas")))
        elif item.kind == "operation" and isinstance(node.get("operationId"), str):
            made["operation_ids"].add(node["operationId"])
            made["arguments"].update(f"{node['operationId']} {name}" for name, _ in _arguments(document, node))
        elif item.kind == "parameter" and isinstance(node.get("name"), str):
            made["names"].update((node["name"], python_name(node["name"])))
        elif item.kind == "schema":
            keys = _keys(node.get("properties"))
            made["names"].update(keys, map(python_name, keys))
            values = node.get("enum") if isinstance(node.get("enum"), list) else [node.get("const")]
            made["enum_values"].update(value for value in values or () if isinstance(value, str))
    return Facts(**{name: frozenset(values) for name, values in made.items()})


def _arguments(document: Any, operation: Any) -> Iterator[tuple[str, Any]]:
    for parameter in operation.get("parameters") or ():
        node = followed(document, parameter) or {}
        yield str(node.get("name")), followed(document, node.get("schema")) or {}
    body = followed(document, operation.get("requestBody")) or {}
    for media_type in (body.get("content") or {}).values():
        properties = (followed(document, media_type.get("schema")) or {}).get("properties") or {}
        yield from ((str(name), followed(document, schema) or {}) for name, schema in properties.items())


def _keys(node: Any) -> list[str]:
    return [str(key) for key in node] if isinstance(node, dict) else []


def python_name(name: str) -> str:
    """`name` as the generator spells it in Python."""
    snake = snake_case(name)
    return f"{snake}_" if keyword.iskeyword(snake) or snake in _RESERVED else snake


def references(root: Path, old: Packages, new: Packages, before: Facts, after: Facts) -> list[Reference]:
    """Where the project at `root` refers to what is removed: the sure ones first, then `src`, tests and the rest.

    `old` and `new` are the client packages, `before` and `after` the names of the documents of all vendors.
    """
    removed = _Removed(old, new, before, after)
    result = {reference for path in _sources(root) for reference in _of_file(root, path, removed)}
    came = [argument.split(" ", 1) for argument in after.arguments - before.arguments]
    result |= set(_unoffered(root, [one for one in came if one[0] in before.operation_ids]))
    order = {"src": 0, "tests": 1}
    return sorted(result, key=lambda each: (not each.sure, order.get(each.file.partition("/")[0], 2), astuple(each)))


def _methods(root: Path) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    """The functions of the facade, each with its file and docstring."""
    for path in sorted((root / "src/polyai_data/_async").glob("*.py")):
        for node in ast.walk(ast.parse(path.read_bytes())):
            if isinstance(node, _Function) and (text := ast.get_docstring(node, clean=False)):
                yield path.relative_to(root).as_posix(), node, text


def _unoffered(root: Path, came: Collection[list[str]]) -> Iterator[Reference]:
    """The methods of the facade that have no argument for what callers may send now."""
    for file, node, text in _methods(root) if came else ():
        offered = {argument.arg for argument in (*node.args.args, *node.args.kwonlyargs)}
        for operation, name in came:
            if f"peration `{operation}`" in text and python_name(name) not in offered:
                what = f"`{name}` of {operation}: no argument of `{node.name}` offers it"
                yield Reference(file, node.lineno, name, what, sure=True, room="facade")


def repeated(root: Path, before: Mapping[str, _Bounds], after: Mapping[str, _Bounds]) -> Iterator[Reference]:
    """Where the facade repeats a number or value of an argument that the vendor changed; see `bounds`."""
    changed = {
        (operation, name): {key for key, values in old.items() if values != after[operation][name].get(key)}
        for operation, arguments in before.items()
        for name, old in arguments.items()
        if name in after.get(operation, {})
    }
    for file, node, text in _methods(root) if any(changed.values()) else ():
        for (operation, name), keys in changed.items():
            argument, values = python_name(name), {value for key in keys for value in before[operation][name][key]}
            said = re.search(rf"^ +{argument}: .*(?:\n {{16}}.*)*", text, re.MULTILINE)
            now = {value for key in keys for value in after[operation][name].get(key, ())}
            is_now = f"of `{name}`, which is now {', '.join(sorted(now)) or 'unbounded'}"
            if f"peration `{operation}`" in text and said and values & {*re.findall(r"[\w-]+", said[0])}:
                line = node.body[0].lineno + text.count("\n", 0, said.start())
                what = f"says {', '.join(sorted(values))} {is_now}"
                yield Reference(file, line, name, what, sure=True, room="facade")
                for call in ast.walk(node) if "enum" in keys else ():
                    if isinstance(call, ast.Call) and call.args and getattr(call.args[0], "value", None) == argument:
                        yield Reference(file, call.lineno, name, f"checks values {is_now}", sure=True, room="facade")


def bounds(document: Any, names: Mapping[str, str]) -> dict[str, _Bounds]:
    """The numbers and values of what callers may send: of each operation in `names`, by its id there."""
    return {
        names[name]: {
            argument: {key: {str(one).lower() for one in listed(schema[key])} for key in _STATED if key in schema}
            for argument, schema in _arguments(document, node)
        }
        for name, node in openapi.operations(document).items()
        if name in names
    }


class _Removed:
    """What the old packages and documents have and the new ones lack.

    `objects` are models and operations; `members` pairs of such an object and a field or parameter.
    """

    def __init__(self, old: Packages, new: Packages, before: Facts, after: Facts) -> None:
        (objects, members), (kept_objects, kept_members) = _python_names(old), _python_names(new)
        self.objects = objects - kept_objects
        self.members = {pair for pair in members - kept_members if pair[0] in kept_objects}
        self.operation_ids = before.operation_ids - after.operation_ids
        self.paths, self.kept_paths = before.paths - after.paths, after.paths
        self.schemas = before.schemas - after.schemas
        self.names = before.names - after.names
        self.values = before.enum_values - after.enum_values - after.names

    def may_be_in(self, text: str) -> bool:
        """Whether a file with this text can refer to any of it, which most cannot: to parse it takes longer."""
        said = {*self.objects, *(name for _, name in self.members), *self.operation_ids, *self.schemas, *self.names}
        return bool(self.paths) or any(word in text for word in said | self.values)

    def by_path(self, text: str) -> str | None:
        """The removed path that a request to `text` matched, unless a kept path matches it too."""
        target = re.sub(r"^(\w+://[^/]*|\{\})?", "", text).partition("?")[0]
        if not target.startswith("/") or any(_matches(template, target) for template in self.kept_paths):
            return None
        return next((template for template in sorted(self.paths) if _matches(template, target)), None)


def _python_names(packages: Packages) -> tuple[set[str], set[tuple[str, str]]]:
    objects = {entry.name for entry in packages.entries.values() if entry.kind in {"class", "type", "operation"}}
    return objects, {(e.parent.rpartition(".")[2], e.name) for e in packages.entries.values() if e.owner}


def _matches(template: str, target: str) -> bool:
    pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, target) is not None


def _sources(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).parts
            if not any(part in _SKIPPED or part.startswith(".") for part in parts):
                yield path


def _room(file: str) -> str:
    first, *rest = Path(file).parts[:-1]
    if first != "src":
        return first
    return rest[1] if len(rest) > 1 and not rest[1].startswith("_") else "facade"


def _of_file(root: Path, path: Path, removed: _Removed) -> Iterator[Reference]:
    file, content = path.relative_to(root).as_posix(), path.read_bytes()
    if not removed.may_be_in(content.decode(errors="replace")):
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about its style
        nodes = list(ast.walk(ast.parse(content)))
    docstrings = {
        id(node.value) for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in nodes:
        if id(node) not in docstrings:
            for line, name, text, sure in _of_node(node, removed):
                yield Reference(file, line, name, text, sure, _room(file))


_Match: TypeAlias = tuple[int, str, str, bool]
"""The line of a reference, the name that is removed, a text, and whether it is sure."""


def _of_node(node: ast.AST, removed: _Removed) -> Iterator[_Match]:
    match node:
        case ast.alias(name):
            for part in removed.objects & {*name.split(".")}:
                yield node.lineno, part, f"imports `{part}`, which is removed", True
        case ast.Name(name) | ast.Attribute(_, name) if name in removed.objects:
            yield node.end_lineno or node.lineno, name, f"uses `{name}`, which is removed", True
        case ast.Attribute(holder, name):
            yield from _of_member(node.end_lineno or node.lineno, holder, name, f"uses `{name}`", removed)
        case ast.Call(function, _, keywords):
            for each in keywords:
                yield from _of_member(each.lineno, function, each.arg or "", f"passes `{each.arg}=`", removed)
        case ast.Constant(str(text)):
            yield from _of_text(node.lineno, text, removed)
        case ast.JoinedStr(values):
            parts = [str(each.value) if isinstance(each, ast.Constant) else "{}" for each in values]
            yield from _of_path(node.lineno, "".join(parts), removed)


def _of_member(line: int, holder: ast.expr, name: str, what: str, removed: _Removed) -> Iterator[_Match]:
    owner = next((owner for owner in _chain(holder) if (owner, name) in removed.members), None)
    if owner is not None:
        yield line, f"{owner}.{name}", f"{what}, which `{owner}` no longer has", True
    elif name in removed.names:
        yield line, name, f"{what}, which is no property or parameter any more", False


def _chain(node: ast.expr) -> list[str]:
    """`a.b.c` as its names; empty for any other expression."""
    if isinstance(node, ast.Attribute):
        return [*_chain(node.value), node.attr]
    return [node.id] if isinstance(node, ast.Name) else []


def _of_text(line: int, text: str, removed: _Removed) -> Iterator[_Match]:
    path = re.sub(r"^[A-Z]+ (?=/)", "", text)  # scripts write `GET /path`
    schema = text.removeprefix("#/components/schemas/")
    if text in removed.operation_ids:
        yield line, text, f"names operation `{text}`, which is removed", True
    elif path in removed.paths:
        yield line, path, f"names path `{path}`, which is removed", True
    elif schema in removed.schemas:
        yield line, schema, f"names schema `{schema}`, which is removed", True
    elif text in removed.names:
        yield line, text, f"contains `{text}`, which is no property or parameter any more", False
    elif text in removed.values:
        yield line, text, f"contains `{text}`, which is no enum value any more", False
    else:
        yield from _of_path(line, path, removed)


def _of_path(line: int, text: str, removed: _Removed) -> Iterator[_Match]:
    if template := removed.by_path(text):
        yield line, template, f"contains a path like `{template}`, which is removed", False

"""Where our own code refers to what is removed: in the facade, the emulator, the tests and the scripts.

What is imported from the client packages is looked up in the new ones, with its attributes and arguments: such a
reference is sure. The names of the document are compared as text: an operation ID, path or schema is sure where a
string equals it, while a property or argument of the same name may be unrelated.
"""

from __future__ import annotations

import ast
import builtins
import keyword
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, astuple, dataclass, fields
from pathlib import Path
from typing import Any, TypeAlias

from drift_report.surface import Packages
from pipeline import openapi

_FOLDERS = ("src/polyai_data", "tests", "scripts", "bench")
_SKIPPED = {"__pycache__", "_sync"}
"""`_sync` is written from `_async`, where each of its references is listed once."""
_RESERVED = {*dir(builtins), "self", "true", "false", "datetime"} - {"id"}
_SCHEMA = "#/components/schemas/"
_NO_NAME = "which is no property or parameter any more"
_Scope: TypeAlias = dict[str, str | None]
"""What names are bound to: a dotted name that was imported, or None for anything else."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Reference:
    """A line that refers to something removed. Not `sure`: only the name matches."""

    file: str
    line: int
    name: str
    text: str
    sure: bool
    room: str

    def as_json(self) -> dict[str, Any]:
        """The reference for a program."""
        return asdict(self)


@dataclass(frozen=True)
class Facts:
    """The names of a patched document; `parameters` and `properties` also as Python spells them."""

    operation_ids: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    enum_values: frozenset[str] = frozenset()

    def __or__(self, other: Facts) -> Facts:
        """The names of both documents."""
        return Facts(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))


def facts(document: Any) -> Facts:
    """The names of a plain OpenAPI document, None for no document."""
    names: dict[str, set[str]] = {each.name: set() for each in fields(Facts)}
    for item in openapi.walk(document):
        node = item.node
        if item.kind == "document":
            names["paths"].update(_keys(node.get("paths")))
        elif item.kind == "components":
            names["schemas"].update(_keys(node.get("schemas")))
        elif item.kind == "operation" and isinstance(node.get("operationId"), str):
            names["operation_ids"].add(node["operationId"])
        elif item.kind == "parameter" and isinstance(node.get("name"), str):
            names["parameters"].update((node["name"], python_name(node["name"])))
        elif item.kind == "schema":
            keys = _keys(node.get("properties"))
            names["properties"].update(keys, map(python_name, keys))
            values = node.get("enum") if isinstance(node.get("enum"), list) else [node.get("const")]
            names["enum_values"].update(value for value in values or () if isinstance(value, str))
    return Facts(**{name: frozenset(values) for name, values in names.items()})


def _keys(node: Any) -> list[str]:
    return [str(key) for key in node] if isinstance(node, dict) else []


def python_name(name: str) -> str:
    """`name` as the generator spells it in Python."""
    plain = re.sub(r"[^\w. -]+", "", name)
    if any(letter.isupper() for letter in plain):
        plain = " ".join(re.split("([A-Z]?[a-z]+)", plain))
    snake = "_".join(re.findall(r"[^. _-]+", plain)).lower()
    return f"{snake}_" if keyword.iskeyword(snake) or snake in _RESERVED else snake


def references(root: Path, old: Packages, new: Packages, before: Facts, after: Facts) -> list[Reference]:
    """Where the project at `root` refers to what is removed: the sure ones first, then `src`, tests and the rest.

    `old` and `new` are the client packages, `before` and `after` the names of the documents of all vendors.
    """
    removed = _Removed(old, new, before, after)
    read = [_read(root, path) for path in _sources(root)]
    files = [each for each in read if isinstance(each, _File)]
    project = {file.module: _scope(file.tree, file) for file in files}
    result = {each for each in read if isinstance(each, Reference)}
    for file in files:
        result.update(_Reader(file, project, removed).references)
    order = {"src": 0, "tests": 1}
    return sorted(result, key=lambda each: (not each.sure, order.get(each.file.partition("/")[0], 2), astuple(each)))


class _Removed:
    """What the old packages and documents have and the new ones lack."""

    def __init__(self, old: Packages, new: Packages, before: Facts, after: Facts) -> None:
        self.old, self.new = old, new
        self.operation_ids = before.operation_ids - after.operation_ids
        self.paths = before.paths - after.paths
        self.kept_paths = after.paths
        self.schemas = before.schemas - after.schemas
        known = after.properties | after.parameters
        self.names = (before.properties | before.parameters) - known
        self.values = before.enum_values - after.enum_values - known

    def part_of(self, dotted: str) -> str | None:
        """The part of `dotted` that is removed; None when all of it is kept, or never was defined."""
        parts = dotted.split(".")
        for count in range(1, len(parts) + 1):
            name = ".".join(parts[:count])
            if self.old.find(name) is None:
                return None
            if self.new.find(name) is None:
                return name
        return None

    def defined(self, dotted: str) -> str:
        """The name under which `dotted` was defined."""
        node = self.old.find(dotted)
        return dotted if node is None else node.path

    def arguments(self, dotted: str, call: ast.Call) -> Iterator[tuple[ast.expr | ast.keyword, str]]:
        """The arguments of the call that its function does not take any more, each with the parameter's name."""
        was, now = self.old.parameters(dotted), self.new.parameters(dotted)
        if was is not None and now is not None:
            removed = {each.name for each in was} - {each.name for each in now}
            by_position = zip(call.args, (each.name for each in was), strict=False)
            yield from ((given, name) for given, name in by_position if name in removed)
            yield from ((each, each.arg) for each in call.keywords if each.arg in removed)

    def by_path(self, text: str) -> str | None:
        """The removed path that a request to `text` matched, unless a kept path matches it too."""
        target = re.sub(r"^(\w+://[^/]*|\{\})?", "", text).partition("?")[0]
        if not target.startswith("/") or any(_matches(template, target) for template in self.kept_paths):
            return None
        return next((template for template in sorted(self.paths) if _matches(template, target)), None)


def _matches(template: str, target: str) -> bool:
    pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, target) is not None


# Files and scopes.


@dataclass(frozen=True)
class _File:
    name: str
    module: str
    package: Sequence[str]
    tree: ast.Module


def _room(file: str) -> str:
    first, *rest = Path(file).parts[:-1]
    if first != "src":
        return first
    return rest[1] if len(rest) > 1 and not rest[1].startswith("_") else "facade"


def _sources(root: Path) -> Iterator[Path]:
    for folder in _FOLDERS:
        for path in sorted((root / folder).rglob("*.py")):
            parts = path.relative_to(root).parts
            if not any(part in _SKIPPED or part.startswith(".") for part in parts):
                yield path


def _read(root: Path, path: Path) -> _File | Reference:
    relative = path.relative_to(root)
    name = relative.as_posix()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # warnings about its style do not matter here
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        why = getattr(error, "msg", None) or getattr(error, "strerror", None) or type(error).__name__
        line = getattr(error, "lineno", None) or 1
        return Reference(name, line, name, f"cannot be read as Python: {why}", True, _room(name))
    parts = relative.with_suffix("").parts
    parts = parts[1:] if parts[0] in {"src", "scripts"} else parts
    package = parts[:-1]
    return _File(name, ".".join(package if parts[-1] == "__init__" else parts), package, tree)


def _resolve(dotted: str, project: Mapping[str, _Scope]) -> str:
    """`dotted` where it is defined, through the imports of the project's modules, which may form a circle."""
    for _ in range(10):
        parts = dotted.split(".")
        cut = next((n for n in range(len(parts) - 1, 0, -1) if ".".join(parts[:n]) in project), 0)
        target = project[".".join(parts[:cut])].get(parts[cut]) if cut else None
        if target is None:
            break
        dotted = ".".join([target, *parts[cut + 1 :]])
    return dotted


def _source(node: ast.ImportFrom, file: _File) -> str:
    if not node.level:
        return node.module or ""
    above = file.package[: len(file.package) - node.level + 1]
    return ".".join([*above, *([node.module] if node.module else [])])


def _scope(scope: ast.AST, file: _File) -> _Scope:
    """The names that a scope itself binds; an import takes precedence."""
    names: _Scope = {}
    waiting = [*ast.iter_child_nodes(scope)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                names[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom):
            names |= {each.asname or each.name: f"{_source(node, file)}.{each.name}" for each in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            names.setdefault(node.name)
        elif isinstance(node, ast.arg):
            names.setdefault(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            names.setdefault(node.id)
        if not isinstance(node, (*_SCOPES, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return names


def _chain(node: ast.expr) -> list[str]:
    """`a.b.c` as its names; empty for any other expression."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


class _Reader(ast.NodeVisitor):
    """Collects the references of a file."""

    def __init__(self, file: _File, project: Mapping[str, _Scope], removed: _Removed) -> None:
        self._file, self._project, self._removed = file, project, removed
        self._ours = {module.partition(".")[0] for module in project}
        self._scopes = [project[file.module]]
        self.references: list[Reference] = []
        self.visit(file.tree)

    def visit(self, node: ast.AST) -> None:
        """Visit a node within its own scope, if it has one."""
        within = [_scope(node, self._file)] if isinstance(node, _SCOPES) else []
        self._scopes += within
        super().visit(node)
        del self._scopes[len(self._scopes) - len(within) :]

    def _add(self, line: int, name: str, text: str, *, sure: bool = True) -> None:
        self.references.append(Reference(self._file.name, line, name, text, sure, _room(self._file.name)))

    def _imported(self, chain: Sequence[str]) -> str | None:
        """The dotted name of a chain that begins with an import."""
        for scope in reversed(self._scopes):
            if chain and chain[0] in scope:
                bound = scope[chain[0]]
                return None if bound is None else ".".join([bound, *chain[1:]])
        return None

    def _look_up(self, line: int, verb: str, written: str, base: str = "") -> None:
        """Report `written` if it is removed, unless `base`, which it is an attribute of, is removed itself."""
        dotted = _resolve(written, self._project)
        part = self._removed.part_of(dotted)
        if part is None or (base and self._removed.part_of(_resolve(base, self._project)) is not None):
            return
        name = self._removed.defined(part)
        if self._removed.new.find(name) is not None:
            name = part  # it is still defined, and not available under this name
        self._add(line, name, f"{verb} `{written}`, {'which' if part == written else f'but `{part}`'} is removed")

    def visit_Import(self, node: ast.Import) -> None:
        for each in node.names:
            self._look_up(each.lineno, "imports", each.name)

    def visit_ImportFrom(self, node: ast.ImportFrom) -> None:
        source = _source(node, self._file)
        for each in node.names:
            self._look_up(each.lineno, "imports", source if each.name == "*" else f"{source}.{each.name}")

    def visit_Attribute(self, node: ast.Attribute) -> None:
        line, chain = node.end_lineno or node.lineno, _chain(node)
        written = self._imported(chain)
        if written is not None:
            self._look_up(line, "uses", written, self._imported(chain[:1]) or "")
            return
        if node.attr in self._removed.names:
            self._add(line, node.attr, f"uses attribute `{node.attr}`, {_NO_NAME}", sure=False)
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        written = self._imported(_chain(node.func))
        dotted = None if written is None else _resolve(written, self._project)
        for given, name in self._removed.arguments(dotted or "", node):
            how = f"`{name}=`" if isinstance(given, ast.keyword) else f"`{name}` by position"
            where = f"{self._removed.defined(dotted or '')}.{name}"
            self._add(given.lineno, where, f"passes {how} to `{written}`, which no longer takes it")
        # Parameters of other libraries are theirs, and those of the client packages are known.
        elsewhere = dotted is not None and dotted.partition(".")[0] not in self._ours
        for each in node.keywords:
            if each.arg in self._removed.names and not elsewhere:
                self._add(each.lineno, str(each.arg), f"passes `{each.arg}=`, {_NO_NAME}", sure=False)
        self.generic_visit(node)

    def visit_Expr(self, node: ast.Expr) -> None:
        if not (isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)):  # a docstring
            self.generic_visit(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        parts = [str(each.value) if isinstance(each, ast.Constant) else "{}" for each in node.values]
        self._path(node.lineno, "".join(parts))
        for each in node.values:
            if isinstance(each, ast.FormattedValue):
                self.visit(each.value)

    def visit_Constant(self, node: ast.Constant) -> None:
        if not isinstance(node.value, str):
            return
        removed, line, text = self._removed, node.lineno, node.value
        path = re.sub(r"^[A-Z]+ (?=/)", "", text)  # scripts write `GET /path`
        names = (
            ("operation", text, removed.operation_ids),
            ("path", path, removed.paths),
            ("schema", text.removeprefix(_SCHEMA), removed.schemas),
        )
        for what, name, among in names:
            if name in among:
                self._add(line, name, f"names {what} `{name}`, which is removed")
                return
        if re.fullmatch(r"\w+(\.\w+)*", text) and text.partition(".")[0] in removed.old.modules:
            self._look_up(line, "names", text)
        elif text in removed.names:
            self._add(line, text, f"contains `{text}`, {_NO_NAME}", sure=False)
        elif text in removed.values:
            self._add(line, text, f"contains `{text}`, which is no enum value any more", sure=False)
        else:
            self._path(line, path)

    def _path(self, line: int, text: str) -> None:
        template = self._removed.by_path(text)
        if template is not None:
            self._add(line, template, f"contains a path like `{template}`, which is removed", sure=False)

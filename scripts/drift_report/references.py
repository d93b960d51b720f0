"""What our own code refers to and would no longer find: in the facade, the emulator, the tests and the scripts.

What is imported from the client packages is looked up in the new ones, and so is what hangs on it: that is sure. The
words of the document are looked for by spelling alone: an id, a path or a schema that went is sure where a string is
exactly that, while a property or an argument of such a name can be somebody else's.
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

import griffe
from drift_report.surface import Node, Packages
from pipeline import openapi

_PLACES = ("src/polyai_data", "tests", "scripts", "bench")
_SKIPPED = {"generated", "__pycache__", "_sync"}
"""`_sync` is written from `_async`, where each of its references is found once."""
_RESERVED = {*dir(builtins), "self", "true", "false", "datetime"} - {"id"}
_SCHEMA = "#/components/schemas/"
_NAMELESS = "a name that no property or parameter has any more"
_Scope: TypeAlias = dict[str, str | None]
"""What names are bound to: a dotted name that was imported, or None for anything else."""
_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)


@dataclass(frozen=True)
class Reference:
    """A place that refers to what is no longer there. Not `sure`: only the name is the same."""

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
    """What a patched document offers by name; `parameters` and `properties` also as Python spells them."""

    operation_ids: frozenset[str] = frozenset()
    paths: frozenset[str] = frozenset()
    schemas: frozenset[str] = frozenset()
    parameters: frozenset[str] = frozenset()
    properties: frozenset[str] = frozenset()
    enum_values: frozenset[str] = frozenset()

    def __or__(self, other: Facts) -> Facts:
        """What either document offers."""
        return Facts(*(getattr(self, each.name) | getattr(other, each.name) for each in fields(self)))


def facts(document: Any) -> Facts:
    """What the plain OpenAPI document offers by name."""
    found: dict[str, set[str]] = {each.name: set() for each in fields(Facts)}
    for place in openapi.walk(document):
        node = place.node
        if place.kind == "document":
            found["paths"].update(_keys(node.get("paths")))
        elif place.kind == "components":
            found["schemas"].update(_keys(node.get("schemas")))
        elif place.kind == "operation" and isinstance(node.get("operationId"), str):
            found["operation_ids"].add(node["operationId"])
        elif place.kind == "parameter" and isinstance(node.get("name"), str):
            found["parameters"].update((node["name"], python_name(node["name"])))
        elif place.kind == "schema":
            keys = _keys(node.get("properties"))
            found["properties"].update(keys, map(python_name, keys))
            values = node.get("enum") if isinstance(node.get("enum"), list) else [node.get("const")]
            found["enum_values"].update(value for value in values or () if isinstance(value, str))
    return Facts(**{name: frozenset(names) for name, names in found.items()})


def _keys(node: Any) -> list[str]:
    return [str(key) for key in node] if isinstance(node, dict) else []


def python_name(name: str) -> str:
    """`name` as the generator spells it in Python."""
    plain = re.sub(r"[^\w. -]+", "", name)
    if any(letter.isupper() for letter in plain):
        plain = " ".join(re.split("([A-Z]?[a-z]+)", plain))
    snake = "_".join(re.findall(r"[^. _-]+", plain)).lower()
    return f"{snake}_" if keyword.iskeyword(snake) or snake in _RESERVED else snake


def references(root: Path, old: Path | Packages, new: Path | Packages, before: Facts, after: Facts) -> list[Reference]:
    """Where the project at `root` refers to what is lost: what is sure first, then `src`, tests and the rest.

    Args:
        root: the project.
        old, new: the folders that hold the client packages as they are, and as they will be.
        before, after: what the documents offer, and will offer; of several vendors together with `|`.
    """
    lost = _Lost(Packages.of(old), Packages.of(new), before, after)
    if not lost.anything():
        return []
    found: dict[Reference, None] = {}
    files: list[_File] = []
    for path in _sources(root):
        read = _read(root, path)
        if isinstance(read, Reference):
            found[read] = None
        else:
            files.append(read)
    project = {file.module: _scope(file.tree, file) for file in files}
    for file in files:
        found.update(dict.fromkeys(_Reader(file, project, lost).found))
    order = {"src": 0, "tests": 1}
    return sorted(found, key=lambda each: (not each.sure, order.get(each.file.partition("/")[0], 2), astuple(each)))


def _room(file: str) -> str:
    first, *rest = Path(file).parts[:-1]
    if first != "src":
        return first
    return rest[1] if len(rest) > 1 and not rest[1].startswith("_") else "facade"


class _Lost:
    def __init__(self, old: Packages, new: Packages, before: Facts, after: Facts) -> None:
        self.old, self.new = old, new
        self.operation_ids = before.operation_ids - after.operation_ids
        self.paths = before.paths - after.paths
        self.kept_paths = after.paths
        self.schemas = before.schemas - after.schemas
        known = after.properties | after.parameters
        self.names = (before.properties | before.parameters) - known
        self.words = before.enum_values - after.enum_values - known

    def anything(self) -> bool:
        in_code = any(_is_less(module, self.new.modules.get(name)) for name, module in self.old.modules.items())
        return bool(in_code or self.operation_ids or self.paths or self.schemas or self.names or self.words)

    def of(self, dotted: str) -> str | None:
        """The part of `dotted` that was there and is not; None when all of it is, or never was."""
        parts = dotted.split(".")
        for count in range(1, len(parts) + 1):
            name = ".".join(parts[:count])
            if self.old.find(name) is None:
                return None
            if self.new.find(name) is None:
                return name
        return None

    def defined(self, dotted: str) -> str:
        """Where what `dotted` named was defined."""
        found = self.old.find(dotted)
        return dotted if found is None else found.path

    def arguments(self, dotted: str, call: ast.Call) -> Iterator[tuple[ast.expr | ast.keyword, str]]:
        """What the call passes that its function took and takes no longer, each with the parameter's name."""
        was, now = self.old.parameters(dotted), self.new.parameters(dotted)
        if was is None or now is None or any(each.kind is griffe.ParameterKind.var_keyword for each in now):
            return
        gone = _taken(was) - _taken(now)
        for given, parameter in zip(call.args, was, strict=False):
            if isinstance(given, ast.Starred) or parameter.kind is griffe.ParameterKind.keyword_only:
                break
            if f"{parameter.name} by position" in gone:
                yield given, parameter.name
        yield from ((each, each.arg) for each in call.keywords if each.arg in gone)

    def by_path(self, text: str) -> str | None:
        """The path that a request to `text` would have had, where no path is left for it."""
        target = re.sub(r"^(\w+://[^/]*|\{\})?", "", text).partition("?")[0]
        if not target.startswith("/") or any(_matches(template, target) for template in self.kept_paths):
            return None
        return next((template for template in sorted(self.paths) if _matches(template, target)), None)


def _matches(template: str, target: str) -> bool:
    pattern = re.sub(r"\\\{.*?\\\}", "[^/]+", re.escape(template))
    return re.fullmatch(pattern, target) is not None


def _taken(parameters: list[griffe.Parameter]) -> set[str]:
    """The arguments that may be passed, and `x by position` for each that need not be passed by name."""
    free = {each.name for each in parameters if each.kind is not griffe.ParameterKind.keyword_only}
    return {each.name for each in parameters} | {f"{name} by position" for name in free}


def _is_less(old: Node, new: Node | None) -> bool:
    if new is None or isinstance(old, griffe.Alias) or isinstance(new, griffe.Alias):
        return new is None
    if isinstance(old, griffe.Function) and isinstance(new, griffe.Function):
        return bool(_taken([*old.parameters]) - _taken([*new.parameters]))
    return any(_is_less(member, new.members.get(name)) for name, member in old.members.items())


@dataclass(frozen=True)
class _File:
    name: str
    module: str
    package: Sequence[str]
    tree: ast.Module


def _sources(root: Path) -> Iterator[Path]:
    for place in _PLACES:
        for path in sorted((root / place).rglob("*.py")):
            parts = path.relative_to(root).parts
            if not any(part in _SKIPPED or part.startswith(".") for part in parts):
                yield path


def _read(root: Path, path: Path) -> _File | Reference:
    relative = path.relative_to(root)
    name = relative.as_posix()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about how it is written, which is not asked here
            tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError) as error:
        line = getattr(error, "lineno", None) or 1
        why = getattr(error, "msg", None) or getattr(error, "strerror", None) or type(error).__name__
        return Reference(name, line, name, f"cannot be read as Python: {why}", True, _room(name))
    parts = relative.with_suffix("").parts
    parts = parts[1:] if parts[0] in {"src", "scripts"} else parts
    package = parts[:-1]
    return _File(name, ".".join(package if parts[-1] == "__init__" else parts), package, tree)


def _resolve(dotted: str, project: Mapping[str, _Scope]) -> str:
    """`dotted` where it comes from, as far as the imports of the project's modules tell, which may go in a circle."""
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
    """The names that a scope itself binds; an import counts more than what stands in for it."""
    found: _Scope = {}
    waiting = [*ast.iter_child_nodes(scope)]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            for each in node.names:
                top = each.name.partition(".")[0]
                found[each.asname or top] = each.name if each.asname else top
        elif isinstance(node, ast.ImportFrom):
            found |= {each.asname or each.name: f"{_source(node, file)}.{each.name}" for each in node.names}
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            found.setdefault(node.name)
        elif isinstance(node, ast.arg):
            found.setdefault(node.arg)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.setdefault(node.id)
        if not isinstance(node, (*_SCOPES, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)
    return found


def _chain(node: ast.expr) -> list[str]:
    """`a.b.c` as its names; empty for what is no chain of names."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    return [node.id, *reversed(names)] if isinstance(node, ast.Name) else []


class _Reader(ast.NodeVisitor):
    """Reads a file for what is lost."""

    def __init__(self, file: _File, project: Mapping[str, _Scope], lost: _Lost) -> None:
        self._file, self._project, self._lost = file, project, lost
        self._ours = {module.partition(".")[0] for module in project}
        self._scopes = [project[file.module]]
        self.found: list[Reference] = []
        self.visit(file.tree)

    def visit(self, node: ast.AST) -> None:
        """Visit a node, in the scope that it makes where it makes one."""
        within = [_scope(node, self._file)] if isinstance(node, _SCOPES) else []
        self._scopes += within
        super().visit(node)
        del self._scopes[len(self._scopes) - len(within) :]

    def _tell(self, line: int, name: str, text: str, *, sure: bool = True) -> None:
        self.found.append(Reference(self._file.name, line, name, text, sure, _room(self._file.name)))

    def _imported(self, chain: Sequence[str]) -> str | None:
        """The dotted name that a chain stands for, when it begins with what was imported."""
        for scope in reversed(self._scopes):
            if chain and chain[0] in scope:
                bound = scope[chain[0]]
                return None if bound is None else ".".join([bound, *chain[1:]])
        return None

    def _look_up(self, line: int, verb: str, written: str, known: str = "") -> None:
        """Tell when `written` is lost, unless that was told of `known`, which it hangs on."""
        dotted = _resolve(written, self._project)
        gone = self._lost.of(dotted)
        if gone is None or (known and self._lost.of(_resolve(known, self._project)) is not None):
            return
        name = self._lost.defined(gone)
        if self._lost.new.find(name) is not None:
            name = gone  # it is there, only no longer under this name
        fate = "which is gone" if gone == written else f"but `{gone}` is gone"
        self._tell(line, name, f"{verb} `{written}`, {fate}")

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
        if node.attr in self._lost.names:
            self._tell(line, node.attr, f"uses attribute `{node.attr}`, {_NAMELESS}", sure=False)
        self.visit(node.value)

    def visit_Call(self, node: ast.Call) -> None:
        written = self._imported(_chain(node.func))
        dotted = None if written is None else _resolve(written, self._project)
        for given, name in self._lost.arguments(dotted or "", node):
            how = f"`{name}=`" if isinstance(given, ast.keyword) else f"`{name}` by position"
            where = f"{self._lost.defined(dotted or '')}.{name}"
            self._tell(given.lineno, where, f"passes {how} to `{written}`, which no longer takes it")
        # What other libraries take is theirs, and what the client packages take is known.
        elsewhere = dotted is not None and dotted.partition(".")[0] not in self._ours
        for each in node.keywords:
            if each.arg in self._lost.names and not elsewhere:
                self._tell(each.lineno, str(each.arg), f"passes `{each.arg}=`, {_NAMELESS}", sure=False)
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
        if isinstance(node.value, str):
            self._string(node.lineno, node.value)

    def _string(self, line: int, text: str) -> None:
        lost = self._lost
        template = re.sub(r"^[A-Z]+ (?=/)", "", text)  # the scripts write `GET /path`
        schema = text.removeprefix(_SCHEMA)
        if text in lost.operation_ids:
            self._tell(line, text, f"names operation `{text}`, which is gone")
        elif template in lost.paths:
            self._tell(line, template, f"names path `{template}`, which is gone")
        elif schema in lost.schemas:
            self._tell(line, schema, f"names schema `{schema}`, which is gone")
        elif re.fullmatch(r"\w+(\.\w+)*", text) and text.partition(".")[0] in lost.old.modules:
            self._look_up(line, "names", text)
        elif text in lost.names:
            self._tell(line, text, f"says `{text}`, {_NAMELESS}", sure=False)
        elif text in lost.words:
            self._tell(line, text, f"says `{text}`, which is no longer one of the documents' values", sure=False)
        else:
            self._path(line, template)

    def _path(self, line: int, text: str) -> None:
        template = self._lost.by_path(text)
        if template is not None:
            self._tell(line, template, f"spells a path like `{template}`, which is gone", sure=False)

"""What a drift case is: an edit of the pages in `project/`, and the lines of the report that it must lead to.

The YAML files of this folder hold the cases. The keys of a case:

    case       its name
    edit       the edits, in order (see `Offered.edit`)
    files      further files of the offered folder, by name
    bare       bare OpenAPI files to offer in place of the pages: by name, the pages whose operations they hold
    offer      names of the offered files, where the whole folder is not offered
    verdict    the verdict of the report
    documents  every difference as `[breaking] KIND SUBJECT NAME: DETAIL`
    overlay    the beginning of every consequence as `ADVICE KIND WHERE TARGET|TEXT`
    broken     every broken source as `FILE[:LINE:COLUMN]: TEXT`, with a part of the message as TEXT
    also       operations that are offered and that we do not have
    nothing    files that have none of ours, each with its title and the number of its operations

`code.py` holds the cases whose edit is code.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.openapi import operations, parse_pointer
from pipeline.sources import load_sources

from tests.support.scripted_server import Step

HERE = Path(__file__).parent
PROJECT = HERE / "project"
VENDOR = "polyai"  # under which `make vendor` files every new page


@dataclass
class Page:
    """A page with an OpenAPI block. `replaced` are edits of its text, after those of its document."""

    title: str
    block: str
    document: Any
    replaced: list[tuple[str, str]] = field(default_factory=list)
    whole: str | None = None
    edited: bool = False

    @property
    def operation(self) -> str:
        """The operation that the page declares, as `GET /path`."""
        return next(iter(operations(self.document)))

    def at(self, pointer: str) -> Any:
        """The node at a pointer; `@` stands for the declared operation."""
        node = self.document
        if pointer.startswith("@"):
            method, _, path = self.operation.partition(" ")
            node = node["paths"][path][method.lower()]
        for part in parse_pointer(pointer):
            node = node[int(part) if isinstance(node, list) else part]
        return node

    def text(self) -> str:
        """The page as the vendor would publish it; the block is the vendored one, unless it was edited."""
        if self.whole is not None:
            return self.whole
        block = yaml_files.dumps(self.document) if self.edited else self.block
        text = f"# {self.title}\n\n> Words.\n\n## OpenAPI\n\n````yaml {self.operation}\n{block}````"
        for old, new in self.replaced:
            assert old in text, f"the page has no {old!r}"
            text = text.replace(old, new)
        return text


@cache
def _vendored() -> dict[str, Page]:
    made = {}
    for file, entry in load_sources(PROJECT / "specs").items():
        if file.startswith(f"{VENDOR}/"):
            block = (PROJECT / "specs" / file).read_text(encoding="utf-8")
            made[Path(file).stem] = Page(entry["title"], block, yaml_files.loads(block, file))
    return made


class Offered:
    """The pages that a case offers, in a folder of its own. `project` is what they are offered to.

    `locations` is what to offer instead of that folder. With `recorded`, the project's sources are recorded at a server
    with these `responses`, by path.
    """

    def __init__(self, folder: Path, project: Path) -> None:
        self.folder, self.project = folder, project
        self.pages = copy.deepcopy(_vendored())
        self.files: dict[str, str | bytes] = {}
        self.locations: list[str] | None = None
        self.responses: dict[str, Step] = {}
        self.recorded = False

    def edit(self, edit: dict[str, Any]) -> None:
        """Carry out an edit of the pages named `in`, separated by blanks.

        `at` is a JSON pointer into the document, and one of `update` (merge a mapping, append to a list), `set`,
        `remove` or `rename` (to another key at the same position) says what becomes of it. Without `at`: `move` the
        operation, `replace` a text of the page `with` another, take a `text` as the page, set the `title`, let the
        page be `gone`, or make a new page of the operation `becomes` with the content `as`.
        """
        for name in edit["in"].split():
            page = self.pages[name] if name in self.pages else self._new(name)
            if "at" in edit:
                edit_document(page, edit)
            elif "move" in edit:
                _move(page, edit["move"])
            elif "becomes" in edit:
                method, _, path = edit["becomes"].partition(" ")
                page.document["paths"] = {path: {method.lower(): edit["as"]}}
                page.edited = True
            elif "replace" in edit:
                page.replaced.append((edit["replace"], edit["with"]))
            elif "gone" in edit:
                del self.pages[name]
            else:
                page.whole, page.title = edit.get("text"), edit.get("title", page.title)

    def _new(self, name: str) -> Page:
        self.pages[name] = copy.deepcopy(_vendored()["get-thing"])
        self.pages[name].title = name
        return self.pages[name]

    def bare(self, name: str, pages: str) -> str:
        """The text of a bare OpenAPI file with what the named pages have, as YAML or as JSON."""
        made: dict[str, Any] = {}
        for each in pages.split():
            made = _merged(made, self.pages[each].document)
        made["info"] = {"title": "All of it", "version": "9.0.0"}
        return json.dumps(made, indent=2) if name.endswith(".json") else yaml_files.dumps(made)

    def save(self, name: str, data: str | bytes) -> Path:
        """Save a file in the offered folder."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return path

    def lay_out(self) -> list[str]:
        """Save everything, and say what to offer to the report."""
        if self.locations is None:
            for name, page in self.pages.items():
                self.save(f"{name}.md", page.text())
            for name, data in self.files.items():
                self.save(name, data)
            self.locations = [str(self.folder)]
        return self.locations


def edit_document(page: Page, edit: dict[str, Any]) -> None:
    page.edited = True
    if "update" in edit:
        node = page.at(edit["at"])
        node.extend(copy.deepcopy(edit["update"])) if isinstance(node, list) else _update(node, edit["update"])
        return
    above, _, key = edit["at"].rpartition("/")
    holder = page.at(above)
    if "rename" in edit:
        member = parse_pointer(f"/{key}")[0]
        members = [(edit["rename"] if name == member else name, value) for name, value in holder.items()]
        holder.clear()
        holder.update(members)
        return
    at: Any = int(key) if isinstance(holder, list) else parse_pointer(f"/{key}")[0]
    if "set" in edit:
        holder[at] = copy.deepcopy(edit["set"])
    else:
        assert edit["remove"]
        del holder[at]


def _update(node: Any, update: Any) -> None:
    merged = _merged(node, update)
    node.clear()
    node.update(merged)


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        rest = {key: copy.deepcopy(value) for key, value in other.items() if key not in one}
        return {key: _merged(value, other[key]) if key in other else value for key, value in one.items()} | rest
    return copy.deepcopy(other)


def _move(page: Page, operation: str) -> None:
    old, _, old_path = page.operation.partition(" ")
    method, _, path = operation.partition(" ")
    item = page.document["paths"].pop(old_path)
    item = {method.lower() if key == old.lower() else key: node for key, node in item.items()}
    page.document["paths"][path] = item
    page.edited = True


@dataclass(frozen=True)
class Expected:
    """What the report must say: every line, and no other."""

    verdict: str
    documents: list[str] = field(default_factory=list)
    overlay: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)
    also: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Case:
    """A case; `prepare` edits what is offered."""

    name: str
    group: str
    expected: Expected
    prepare: Callable[[Offered], None]


def _from_data(data: dict[str, Any], group: str) -> Case:
    def prepare(offered: Offered) -> None:
        for edit in data.get("edit", ()):
            offered.edit(edit)
        offered.files = data.get("files", {}) | {
            name: offered.bare(name, of) for name, of in data.get("bare", {}).items()
        }
        if names := data.get("offer", data.get("bare")):
            offered.lay_out()
            offered.locations = [str(offered.folder / name) for name in names]

    lines = {section: _flat(data.get(section, [])) for section in ("documents", "overlay", "broken", "also", "nothing")}
    return Case(data["case"], group, Expected(data["verdict"], **lines), prepare)


def _flat(lines: list[Any]) -> list[str]:
    """The lines, those of a list among them included."""
    return [line for each in lines for line in (each if isinstance(each, list) else [each])]


@cache
def load() -> list[Case]:
    """The cases of the YAML files."""
    return [_from_data(data, path.stem) for path in sorted(HERE.glob("*.yaml")) for data in yaml_files.load(path)]

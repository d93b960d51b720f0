"""What a case of the drift laboratory is: what is offered, made from the vendored documents, and what that means.

A case changes the pages of a `Bench`, and says what that means. What is expected comes from the meaning of the change;
names are read from the documents where they can be, so that a vendor's next change does not break the laboratory too.
"""

from __future__ import annotations

import copy
import shutil
import tempfile
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import yaml_files
from pipeline.openapi import operations
from pipeline.sources import load_sources

from tests.pipeline.drift_cases.expected import Asked, Expected, Told, Wrong
from tests.pipeline.drift_cases.loopback import Answer, Loopback

__all__ = ["Asked", "Expected", "Told", "Wrong"]  # the words that every module of cases needs

VENDOR = "polyai"
FOLDERS = ("specs", "overlay", "generated", "src", "tests", "scripts", "bench")
"""What the drift report reads of a project, beside pyproject.toml."""


class NotApplicableError(Exception):
    """The documents have nothing that this case could change; the message says what is missing."""


@dataclass(repr=False)
class Sheet:
    """A vendored document, and the page that carries it.

    `dress` are changes of the page's text, after all else.
    """

    file: str
    title: str
    url: str
    block: str
    document: Any
    declared: str
    fence: str = "````"
    words: str = "yaml"
    prose: str = "What this operation does, in a sentence."
    gone: bool = False
    dress: list[Callable[[str], str]] = field(default_factory=list)

    def __repr__(self) -> str:
        """Shortly: the operation."""
        return f"<{self.declared}>"

    @property
    def slug(self) -> str:
        """The page's name."""
        return self.url.rpartition("/")[2]

    @property
    def method(self) -> str:
        """The method of the declared operation."""
        return self.declared.partition(" ")[0].lower()

    @property
    def path(self) -> str:
        """The path of the declared operation."""
        return self.declared.partition(" ")[2]

    @property
    def operation(self) -> Any:
        """The declared operation."""
        return self.document["paths"][self.path][self.method]

    @property
    def answer(self) -> str:
        """The name of the schema that the operation answers."""
        for status, response in self.operation["responses"].items():
            for body in response.get("content", {}).values() if status.startswith("2") else ():
                if "$ref" in body.get("schema", {}):
                    return str(body["schema"]["$ref"]).rpartition("/")[2]
        raise NotApplicableError(f"{self.declared} answers no schema with a name")

    def answered(self) -> str:
        """The same, for who asks after all changes."""
        return self.answer

    @property
    def schema(self) -> Any:
        """The schema that the operation answers."""
        return self.document["components"]["schemas"][self.answer]

    def fields(self, kind: str = "string") -> list[str]:
        """The optional properties of the answer that are of a type and say nothing else about it."""
        required = self.schema.get("required", [])
        return [
            name
            for name, node in self.schema["properties"].items()
            if name not in required and node.keys() <= {"type", "description"} and node["type"] == kind
        ]

    def parameter(self, fits: Callable[[Any], bool]) -> Any:
        """The first query parameter whose schema fits."""
        for one in self.operation.get("parameters", []):
            if one.get("in") == "query" and fits(one.get("schema", {})):
                return one
        raise NotApplicableError(f"{self.declared} has no such parameter")

    def move(self, path: str, method: str | None = None) -> None:
        """Put the operation at another path."""
        self.document["paths"] = {
            path if old == self.path else old: (
                {method or name if name == self.method else name: node for name, node in item.items()}
                if old == self.path
                else item
            )
            for old, item in self.document["paths"].items()
        }
        self.declared = f"{(method or self.method).upper()} {path}"

    def text(self) -> str:
        """The OpenAPI block: the vendored one to the byte, unless something was changed in it."""
        if self.document == yaml_files.loads(self.block, self.file):
            return self.block
        return yaml_files.dumps(self.document)

    def page(self) -> str:
        """The page as the vendor would publish it."""
        head = (
            "> ## Documentation Index\n> Fetch the complete documentation index at: https://docs.example.test/llms.txt"
        )
        marks = self.fence
        text = f"{head}\n\n# {self.title}\n\n> {self.prose}\n\n## OpenAPI\n\n"
        text += f"{marks}{self.words} {self.declared}\n{self.text()}{marks}"
        for change in self.dress:
            text = change(text)
        return text


class Correction(NamedTuple):
    """An action of the overlay."""

    file: str
    target: str
    node: Any


class Bench:
    """Where a case is prepared: a copy of the project that nothing may change, and what is offered to it."""

    def __init__(self, project: Path, folder: Path, stack: ExitStack) -> None:
        self.project = project
        self.folder = folder
        self.stack = stack
        self.extra: dict[str, str | bytes] = {}
        self.sheets = [
            _sheet(project, file, entry)
            for file, entry in load_sources(project / "specs").items()
            if entry["kind"] == "published" and file.startswith(f"{VENDOR}/")
        ]
        self._roles = {_answers_audio(sheet): sheet for sheet in reversed(self.sheets)}

    def _which(self, *, audio: bool) -> Sheet:
        if audio not in self._roles:
            raise NotApplicableError(f"no page is vendored that answers {'audio' if audio else 'JSON'}")
        return self._roles[audio]

    @property
    def audio(self) -> Sheet:
        """The page of the recording."""
        return self._which(audio=True)

    @property
    def detail(self) -> Sheet:
        """The page of a conversation."""
        return self._which(audio=False)

    def corrections(self, fits: Callable[[str, Any], bool]) -> list[Correction]:
        """The actions of the overlay whose target and whole are as asked, and in which file they are."""
        found: list[Correction] = []
        for path in sorted((self.project / "overlay" / VENDOR).glob("*.overlay.yaml")):
            name = path.relative_to(self.project).as_posix()
            actions = yaml_files.load(path)["actions"]
            found += [Correction(name, one["target"], one) for one in actions if fits(one["target"], one)]
        return found

    def about(self, word: str) -> list[Correction]:
        """The actions whose target spells something out."""
        return self.corrections(lambda target, _: word in target)

    def lay_out(self) -> list[str]:
        """Save all pages in a folder, and offer that."""
        for sheet in self.sheets:
            if not sheet.gone:
                self.save(f"{sheet.slug}.md", sheet.page())
        for name, data in self.extra.items():
            self.save(name, data)
        return [str(self.folder)]

    def save(self, name: str, data: str | bytes) -> str:
        """Save a file beside the offered ones."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.encode() if isinstance(data, str) else data)
        return str(path)

    def own_project(self) -> Path:
        """A copy of the project that the case may prepare, before anything is looked at."""
        own = Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="drift-lab-")), "project")
        shutil.copytree(self.project, own, symlinks=True)
        self.project = own
        return own

    def serve(self, answers: dict[str, Answer]) -> str:
        """A server on the loopback interface; the result is its address."""
        return self.stack.enter_context(Loopback(answers)).address


def _answers_audio(sheet: Sheet) -> bool:
    media = sheet.operation["responses"].get("200", {}).get("content", {})
    return any(name.startswith("audio/") for name in media)


def _sheet(project: Path, file: str, entry: dict[str, str]) -> Sheet:
    block = (project / "specs" / file).read_text(encoding="utf-8")
    document = yaml_files.loads(block, file)
    return Sheet(file, entry["title"], entry["url"], block, document, next(iter(operations(document))))


NOTHING = Expected(0)
REWRITTEN = Expected(1)
"""Other bytes that say the same: they are taken in, and nothing comes of it."""

Make = Callable[[Bench], Expected | tuple[Expected, list[str]]]
"""Changes the bench, and says what that means; where the pages are not to be laid out, also what to offer."""


@dataclass(frozen=True)
class Case:
    """One case.

    `touches` names what it changes: two that touch the same are no pair, and with None it is in none. A `program` one
    is put to the program itself. A `derived` one says again what other cases say.
    """

    name: str
    kind: str
    make: Make
    touches: frozenset[str] | None = None
    program: bool = False
    derived: bool = False

    def prepare(self, bench: Bench) -> tuple[Expected, list[str]]:
        """Prepare the bench: what is expected, and what is offered."""
        made = self.make(bench)
        return made if isinstance(made, tuple) else (made, bench.lay_out())


def both(one: Case, other: Case) -> Case:
    """Two changes at once."""

    def make(bench: Bench) -> Expected:
        made = [case.make(bench) for case in (one, other)]
        first, second = (expected for expected in made if isinstance(expected, Expected))
        return first + second

    return Case(f"{one.name} + {other.name}", "pair", make, derived=True)


class Cases:
    """The cases of one module, which enter themselves."""

    def __init__(self) -> None:
        self.all: list[Case] = []

    def __call__(self, kind: str, *touches: str, alone: bool = False, program: bool = False) -> Callable[[Make], Make]:
        """Enter the function as a case, by its name."""

        def enter(make: Make) -> Make:
            name = getattr(make, "__name__", "").strip("_").replace("_", " ")
            self.all.append(Case(name, kind, make, None if alone else frozenset(touches), program))
            return make

        return enter


def pairs(cases: Iterable[Case], stride: int = 1) -> list[Case]:
    """Every case with the next one, `stride` further at least, that it has no part in common with."""
    found: dict[str, Case] = {}
    able = [case for case in cases if case.touches is not None]
    for index, one in enumerate(able):
        for step in range(stride, stride + len(able)):
            other = able[(index + step) % len(able)]
            if one is not other and not (one.touches or frozenset()) & (other.touches or frozenset()):
                pair = both(one, other)
                reverse = f"{other.name} + {one.name}"
                if reverse not in found:
                    found[pair.name] = pair
                break
    return list(found.values())


def clone(node: Any) -> Any:
    """A copy that shares nothing."""
    return copy.deepcopy(node)

"""Which source of specs/ a page is, by its address or by what it holds; and whose and what a new one is.

A saved file may have any name, and files of several sources the same: the address, the title and the operations of a
page say what it is.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from pipeline import yaml_files
from pipeline.bundle import vendors
from pipeline.openapi import operations, walk
from pipeline.pages import (
    check_openapi,
    extract_block,
    find_blocks,
    find_title,
    is_document,
    is_json,
    parse_block,
    parse_document,
)
from pipeline.patch import patch_vendor
from pipeline.sources import EVERY, UNKNOWN, Entry, Page, Sources
from pipeline.yaml_files import PipelineError

_VAGUE = frozenset(("openapi", "swagger", "api-docs", "api-spec", "spec", "schema", "index", "document"))
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Choice:
    """What a person says of a page: its address, its file's name without the suffix, its vendor, the operations wanted.

    `moved`: a page is a source even if it declares another operation or, as a document, lacks some.
    """

    url: str | None = None
    name: str | None = None
    vendor: str | None = None
    operations: str | None = None
    moved: bool = False

    def __post_init__(self) -> None:
        """Refuse what makes no name in `specs/`."""
        for option, value in (("NAME", self.name), ("VENDOR", self.vendor)):
            if value and not _SLUG.fullmatch(value):
                raise PipelineError(f"{option}={value}: letters, digits, dots, dashes and underscores make a name")


NOTHING = Choice()


@dataclass(frozen=True)
class Content:
    """What a page holds: `text` is the document's, `counted` what errors count lines in; `names` are its operations."""

    kind: str  # document or published
    title: str
    document: Any
    names: list[str]
    text: str
    counted: str


def content_of(page: Page) -> Content:
    """The bare OpenAPI document that a page is, or the block that it carries; PipelineError without either."""
    text = page.text()
    if is_document(page.name, text):
        document = parse_document(text, page.name)
        names = list(operations(document))
        return Content(
            "document", str((document.get("info") or {}).get("title") or names[0]), document, names, text, text
        )
    block = extract_block(text, page.name)
    document = parse_block(block, page.name)
    title = find_title(text) or operations(document)[block.declared].get("summary") or block.declared
    counted = "\n" * (block.line - 1) + block.text
    return Content("published", str(title), document, [block.declared], block.text, counted)


def command(**options: str) -> str:
    """The `make vendor` that does it, as a person pastes it."""
    return f"`make vendor {' '.join(f'{name}={shlex.quote(value)}' for name, value in options.items())}`"


def shape(name: str) -> str:
    """An operation's method and path less the names of its parameters, by which it is known."""
    return re.sub(r"\{[^{}]*\}", "{}", name)


def shapes(names: Iterable[str]) -> dict[str, str]:
    return {shape(name): name for name in names}


# Which source a page is.


def named_file(page: Page, sources: Sources) -> str | None:
    """The file of `specs/` of a page without operations: by its address, else its title, else the name of the file."""
    if page.url is not None:
        return next((file for file, entry in sources.items() if entry["url"] == page.url), None)
    stem = PurePosixPath(urlsplit(page.name).path).name.partition(".")[0]
    named = [f for f, entry in sources.items() if stem in {PurePosixPath(f).stem, entry["url"].rpartition("/")[2]}]
    titled = _titled(find_title(page.text()) or "", sources)
    return titled[0] if len(titled) == 1 else named[0] if len(named) == 1 else None


def _titled(title: str, sources: Sources) -> list[str]:
    pages = ((file, str(entry["title"])) for file, entry in sources.items() if entry["kind"] != "document")
    return [file for file, known in pages if known.casefold() == title.casefold()]


def known_file(page: Page, specs: Path, sources: Sources) -> str | None:
    """The file of `specs/` that a page is the source of: by its address, else what it holds, else its title.

    A bare OpenAPI file that lacks operations of a source is a new version of it if it has its title.

    Raises:
        PipelineError: two sources hold the same, or the page is broken.
    """
    if not is_document(page.name, page.text()) and not find_blocks(page.text(), page.name):
        return named_file(page, sources)
    content = content_of(page)
    file, lost = _holder(page, content, specs, sources, NOTHING)
    if file and lost and sources[file]["title"] != content.title:
        return None
    return file or _moved(page, content, specs, sources, NOTHING)


def _holder(
    page: Page, content: Content, specs: Path, sources: Sources, choice: Choice
) -> tuple[str | None, list[str]]:
    """The source with the address of a page, else that with its operations; and what is wanted of it that it lacks."""
    if file := next((file for file, entry in sources.items() if page.url == entry["url"]), None):
        return file, []
    has = shapes(content.names)
    ranks: dict[str, tuple[Any, ...]] = {}
    lost: dict[str, list[str]] = {}
    for file, entry in sources.items():
        other = page.url is not None and entry["url"] != UNKNOWN
        elsewhere = choice.vendor and file.partition("/")[0] != choice.vendor
        if other or elsewhere or (entry["kind"] == "document") != (content.kind == "document"):
            continue
        held = shapes(_held(file, entry, specs))
        if common := held.keys() & has:
            lost[file] = [held[it] for it in held.keys() & shapes(entry.get("operations", held)) if it not in has]
            same = (not lost[file], entry["title"] == content.title, entry["kind"] != "transcribed")
            ranks[file] = (*same, len(common) / len(held.keys() | has))
    files = [file for file, rank in ranks.items() if rank == max(ranks.values())]
    if len(files) > 1:
        ways = [f"{command(PAGE=page.name, NAME=PurePosixPath(file).stem)} for specs/{file}" for file in files]
        raise PipelineError(f"{page.name}: holds what {len(files)} sources hold: {', '.join(ways)}")
    return (files[0], lost[files[0]]) if files else (None, [])


def _moved(page: Page, content: Content, specs: Path, sources: Sources, choice: Choice) -> str | None:
    """The source whose page has the title and the vendor of a page that declares another operation."""
    if page.url is not None or content.kind == "document" or not (files := _titled(content.title, sources)):
        return None
    likely = [choice.vendor] if choice.vendor else _likely(content.document, page, specs.parent)
    files = [file for file in files if not likely or file.partition("/")[0] in likely]
    return files[0] if len(files) == 1 else None


def _held(file: str, entry: Entry, specs: Path) -> set[str]:
    """The operations of a source, whether they are wanted or not."""
    if entry["kind"] != "document" or (document := vendored(specs / file)) is None:
        return {entry["operation"], *entry.get("operations", ())}
    return set(operations(document))


def vendored(path: Path) -> Any:
    """The document in a file of `specs/`; None where it is gone or a person broke it."""
    try:
        check_openapi(document := yaml_files.load(path), str(path))
    except PipelineError:
        return None
    return document


# What is new: whose it is, what it is called, and what we want of it.


def ours(root: Path) -> dict[str, Any]:
    """For each vendor the document of everything that we have, vendored or written by the overlay."""
    have = {}
    for vendor in vendors(root):
        try:
            have[vendor] = patch_vendor(root, vendor).patched
        except PipelineError:  # its documents are broken: that is for others to say
            continue
    return have


def _domains(document: Any) -> set[str]:
    """The domains of the servers, such as `example.com`."""
    lists = [item.node["servers"] for item in walk(document) if isinstance(item.node.get("servers"), list)]
    return {_domain(str(server.get("url"))) for some in lists for server in some if isinstance(server, dict)}


def _domain(url: str) -> str:
    host = re.search(r"//([^/:?#]*)", url)
    return ".".join(host[1].split(".")[-2:]) if host else ""


def _likely(document: Any, page: Page, root: Path) -> list[str]:
    """Whose a document may be: by the operations that it shares with what we have, else by its hosts."""
    domains = {*_domains(document), _domain(page.url or "")} - {""}
    scores = {
        vendor: (len(shapes(operations(document)).keys() & shapes(operations(have))), len(domains & _domains(have)))
        for vendor, have in ours(root).items()
    }
    best = max(scores.values(), default=(0, 0))
    return [vendor for vendor, score in scores.items() if score == best != (0, 0)]


def _vendor_of(document: Any, page: Page, root: Path, choice: Choice) -> str:
    """Whose document it is, which must be clear or chosen."""
    likely = [choice.vendor] if choice.vendor else _likely(document, page, root)
    if len(likely) != 1:
        ways = " or ".join(command(PAGE=page.name, VENDOR=vendor) for vendor in vendors(root))
        raise PipelineError(
            f"{page.name}: its operations and hosts are not those of one vendor of specs/: VENDOR= says whose it is"
            + (f", such as {ways}" if ways else "")
        )
    return likely[0]


def _names(page: Page, title: str) -> Iterator[str]:
    """What the file of a page could be called: after its address, its title, or both."""
    path = re.sub(r"\.(ya?ml|json|mdx?|txt|html?)$", "", urlsplit(page.url or "").path)
    parts = [part for part in (_slug(unquote(part)) for part in path.split("/")) if part]
    if parts and parts[-1].lower() not in _VAGUE:
        yield parts[-1]
    titled = _slug(title.lower()) or "document"
    yield titled
    yield from ("-".join(parts[-count:]) for count in range(2, len(parts) + 1))
    yield from (f"{titled}-{number}" for number in itertools.count(2))


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")


def file_of(page: Page, content: Content, specs: Path, sources: Sources, choice: Choice) -> str:
    """The file of `specs/` of a page, of a source that is known or of a new one.

    Raises:
        PipelineError: a person must say which source it is, with the commands that do.
    """
    suffix = ".json" if content.kind == "document" and is_json(page.name, content.text) else ".yaml"
    if choice.name:
        stem = f"{_vendor_of(content.document, page, specs.parent, choice)}/{choice.name}"
        file = next((file for file in sources if file.rpartition(".")[0] == stem), stem + suffix)
        if file not in sources or sources[file]["url"] == page.url:
            return file
        if shapes(_held(file, sources[file], specs)).keys() & shapes(content.names):
            return file
        raise PipelineError(f"{page.name}: has the name {_other(page, content, file, sources)}")
    known, lost = _holder(page, content, specs, sources, choice)
    if lost and known and not choice.moved:
        raise PipelineError(f"{page.name}: lacks {', '.join(lost)} {_other(page, content, known, sources)}")
    if not known and (known := _moved(page, content, specs, sources, choice)) and not choice.moved:
        raise PipelineError(f"{page.name}: has the title {_other(page, content, known, sources)}")
    return known or _new(page, content, _vendor_of(content.document, page, specs.parent, choice), sources) + suffix


def _new(page: Page, content: Content, vendor: str, sources: Sources) -> str:
    """A file for a new source, less its suffix."""
    taken = {file.rpartition(".")[0].casefold() for file in sources}
    names = (f"{vendor}/{name}" for name in _names(page, content.title))
    return next(name for name in names if name.casefold() not in taken)


def _other(page: Page, content: Content, file: str, sources: Sources) -> str:
    """That a page may be another source than `file`, and the commands that say which it is."""
    entry, vendor = sources[file], file.partition("/")[0]
    name = _new(page, content, vendor, sources).partition("/")[2]
    ways = [f"{command(PAGE=page.name, NAME=name, VENDOR=vendor)} adds it"]
    place = {"URL": entry["url"]} if entry["url"] != UNKNOWN else {"NAME": PurePosixPath(file).stem, "VENDOR": vendor}
    if entry["url"] != UNKNOWN or entry["kind"] == "document":
        ways.append(f"{command(PAGE=page.name, **place)} puts it in the place of that")
    return f"of specs/{file}, which has {entry['operation']}: {'; '.join(ways)}"


def wanted(content: Content, file: str, root: Path, sources: Sources, choice: Choice) -> list[str]:
    """Which operations of a bare OpenAPI file we want: those chosen, those recorded, those that we have, else all."""
    has, previous = content.names, sources.get(file)
    if choice.operations:
        chosen = [" ".join(one.split()) for one in re.split(r",\s*(?=[A-Za-z]+\s+/)", choice.operations.strip())]
        if unknown := [one for one in chosen if one not in has and chosen != [EVERY]]:
            raise PipelineError(f"specs/{file}: has no operation {', '.join(unknown)}; it has {', '.join(has)}")
        return has if chosen == [EVERY] else [one for one in has if one in chosen]
    named = shapes(has)
    if previous and previous["kind"] == "document":
        return [named.get(shape(name), str(name)) for name in previous.get("operations", has)]
    have = shapes(operations(ours(root).get(file.partition("/")[0]) or {"paths": {}}))
    return [name for one, name in named.items() if one in have] or has

"""Which source of specs/ a page is, by its address or by what it holds; and whose and what a new one is.

A saved file may have any name, and files of several sources the same: what a page holds says what it is.
"""

from __future__ import annotations

import itertools
import re
import shlex
from collections.abc import Iterator
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

ALIKE = 0.5
"""The share of common operations from which on a bare OpenAPI file is a new version of one that is vendored."""
_VAGUE = frozenset(("openapi", "swagger", "api-docs", "api-spec", "spec", "schema", "index", "document"))
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Choice:
    """What a person says of a page: its address, its file's name without the suffix, its vendor, the operations wanted.

    `moved`: a page under the name of a source is that source, even if it declares another operation.
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


# Which source a page is.


def named_file(page: Page, sources: Sources) -> str | None:
    """The file of `specs/` of a page by its address, else by the name under which it was saved."""
    if page.url is not None:
        return next((file for file, entry in sources.items() if entry["url"] == page.url), None)
    stem = PurePosixPath(urlsplit(page.name).path).name.partition(".")[0]
    named = [f for f, entry in sources.items() if stem in {PurePosixPath(f).stem, entry["url"].rpartition("/")[2]}]
    return named[0] if len(named) == 1 else None


def known_file(page: Page, specs: Path, sources: Sources) -> str | None:
    """The file of `specs/` that a page is the source of: by its address, else by what it holds.

    A page that holds nothing known may have the name of a source, if it is no bare OpenAPI file.

    Raises:
        PipelineError: two sources hold the same, or the page is broken.
    """
    text = page.text()
    if is_document(page.name, text):
        return _holder(page, "document", set(operations(parse_document(text, page.name))), specs, sources)
    declared = {block.declared for block in find_blocks(text, page.name)}
    if len(declared) > 1:
        extract_block(text, page.name)  # which says so: no source can be named that would hold them both
    return (_holder(page, "published", declared, specs, sources) if declared else None) or named_file(page, sources)


def _holder(page: Page, kind: str, names: set[str], specs: Path, sources: Sources) -> str | None:
    """The source with the address of a page, else that with its operations."""
    known = dict(sources)
    if page.url is not None:
        if file := named_file(page, sources):
            return file
        known = {file: entry for file, entry in sources.items() if entry["url"] == UNKNOWN}
    scores: dict[str, float] = {}
    for file, entry in known.items():
        held = _held(file, entry, specs) if (entry["kind"] == "document") == (kind == "document") else set()
        share = len(held & names) / len(held | names)
        scores[file] = share / 2 if entry["kind"] == "transcribed" else share if share >= ALIKE else 0.0
    best = max(scores.values(), default=0.0)
    files = [file for file, score in scores.items() if score == best > 0]
    if len(files) > 1:
        ways = [f"{command(PAGE=page.name, NAME=PurePosixPath(file).stem)} for specs/{file}" for file in files]
        raise PipelineError(f"{page.name}: holds what {len(files)} sources hold: {', '.join(ways)}")
    return files[0] if files else None


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


def _alike(names: Any) -> dict[str, str]:
    """Operations by what they are without the names of their path's parameters."""
    return {re.sub(r"\{[^{}]*\}", "{}", name): name for name in names}


def _domains(document: Any) -> set[str]:
    """The domains of the servers, such as `example.com`."""
    lists = [item.node["servers"] for item in walk(document) if isinstance(item.node.get("servers"), list)]
    return {_domain(str(server.get("url"))) for some in lists for server in some if isinstance(server, dict)}


def _domain(url: str) -> str:
    host = re.search(r"//([^/:?#]*)", url)
    return ".".join(host[1].split(".")[-2:]) if host else ""


def _vendor_of(document: Any, page: Page, root: Path, choice: Choice) -> str:
    """Whose document it is: by the operations that it shares with what we have, else by its hosts."""
    if choice.vendor:
        return choice.vendor
    domains = {*_domains(document), _domain(page.url or "")} - {""}
    scores = {
        vendor: (len(_alike(operations(document)).keys() & _alike(operations(have))), len(domains & _domains(have)))
        for vendor, have in ours(root).items()
    }
    best = max(scores.values(), default=(0, 0))
    likely = [vendor for vendor, score in scores.items() if score == best]
    if best == (0, 0) or len(likely) > 1:
        ways = " or ".join(command(PAGE=page.name, VENDOR=vendor) for vendor in vendors(root))
        raise PipelineError(
            f"{page.name}: its operations and hosts are not those of one vendor of specs/: VENDOR= says whose it is"
            + (f", such as {ways}" if ways else "")
        )
    return likely[0]


def _names(page: Page, title: str) -> Iterator[str]:
    """What the file of a page could be called: after its address or the saved file, its title, or both."""
    path = urlsplit(page.url or "").path or ("" if page.url else Path(page.name).resolve().as_posix())
    parts = [_slug(unquote(part)) for part in re.sub(r"\.(ya?ml|json|mdx?|txt|html?)$", "", path).split("/")]
    parts = [part for part in parts if part]
    if parts and parts[-1].lower() not in _VAGUE:
        yield parts[-1]
    yield _slug(title.lower()) or "document"
    yield from ("-".join(parts[-count:]) for count in range(2, len(parts) + 1))
    yield from (f"{_slug(title.lower()) or 'document'}-{number}" for number in itertools.count(2))


def _slug(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")


def file_of(page: Page, content: Content, specs: Path, sources: Sources, choice: Choice) -> str:
    """The file of `specs/` of a page, of a source that is known or of a new one."""
    kind, names = content.kind, set(content.names)
    suffix = ".json" if kind == "document" and is_json(page.name, content.text) else ".yaml"
    if choice.name:
        stem = f"{_vendor_of(content.document, page, specs.parent, choice)}/{choice.name}"
        file = next((file for file in sources if file.rpartition(".")[0] == stem), stem + suffix)
        if file in sources and not _held(file, sources[file], specs) & names and sources[file]["url"] != page.url:
            raise PipelineError(_other(page, file, sources, f"{choice.name}-2"))
        return file
    file = _holder(page, kind, names, specs, sources) or ""
    if not file and kind == "published" and (known := named_file(page, sources)):
        if not choice.moved and sources[known]["kind"] != "document":
            raise PipelineError(_other(page, known, sources, f"{PurePosixPath(known).stem}-2"))
        file = known if choice.moved else ""
    if file:
        return file
    vendor = _vendor_of(content.document, page, specs.parent, choice)
    taken = {file.rpartition(".")[0].casefold() for file in sources}
    free = (name for name in _names(page, content.title) if f"{vendor}/{name}".casefold() not in taken)
    return f"{vendor}/{next(free)}{suffix}"


def _other(page: Page, file: str, sources: Sources, name: str) -> str:
    entry = sources[file]
    ways = [f"{command(PAGE=page.name, NAME=name, VENDOR=file.partition('/')[0])} adds it"]
    if entry["url"] != UNKNOWN:
        ways.append(f"{command(PAGE=page.name, URL=entry['url'])} puts it in the place of that")
    return f"{page.name}: has the name of specs/{file}, which has {entry['operation']}: {'; '.join(ways)}"


def wanted(content: Content, file: str, root: Path, sources: Sources, choice: Choice) -> list[str]:
    """Which operations of a bare OpenAPI file we want: those chosen, those recorded, those that we have, else all."""
    has, previous = content.names, sources.get(file)
    if choice.operations:
        chosen = [" ".join(one.split()) for one in re.split(r",\s*(?=[A-Za-z]+\s+/)", choice.operations.strip())]
        if unknown := [one for one in chosen if one not in has and chosen != [EVERY]]:
            raise PipelineError(f"specs/{file}: has no operation {', '.join(unknown)}; it has {', '.join(has)}")
        return has if chosen == [EVERY] else [one for one in has if one in chosen]
    if previous and previous["kind"] == "document":
        return list(previous.get("operations", has))
    have = _alike(operations(ours(root).get(file.partition("/")[0]) or {"paths": {}}))
    return [name for one, name in _alike(has).items() if one in have] or has

"""What a page of a vendor means for specs/: which file it becomes, and whether that is new or changed.

The block of a docs page becomes `specs/polyai/<page>.yaml`, and a bare OpenAPI file a file of the same name;
`specs/sources.yaml` records the page beside its hash. A page without a block is transcribed by a person; the record
then says which state of the page that file was written from. Nothing is written unless everything could be read.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

from pipeline import yaml_files
from pipeline.openapi import operations
from pipeline.pages import (
    check_openapi,
    check_sound,
    extract_block,
    file_name,
    find_blocks,
    find_title,
    is_document,
    is_json,
    parse_block,
    parse_document,
)
from pipeline.sources import (
    Page,
    ProblemsError,
    Sources,
    dated,
    dump_sources,
    each,
    gather,
    read_page,
    visit,
    write,
)
from pipeline.yaml_files import PipelineError

EVERY = "*"
"""The declared operation of a bare OpenAPI file that has several."""


@dataclass
class Change:
    """What a page means for `specs/`: the file it is about, its entry, and the bytes to write (None: none)."""

    file: str
    verdict: str  # new, changed, unchanged, or read: a person must read the page
    entry: dict[str, str]
    remark: str = ""
    data: bytes | None = None

    def __str__(self) -> str:
        """The change in a line."""
        return f"{self.verdict}: specs/{self.file} ({self.entry['operation']}){self.remark}"


@dataclass
class Plan:
    """What the pages mean: the changes, and the pages that have no OpenAPI block and no entry in the record."""

    changes: list[Change] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)

    def carry_out(self, specs: Path, sources: Sources) -> None:
        """Write what changed."""
        done = [change for change in self.changes if change.verdict in {"new", "changed"}]
        if done:
            record = {**sources, **{change.file: change.entry for change in done}}
            files = {specs / change.file: change.data for change in done if change.data is not None}
            write({**files, specs / "sources.yaml": dump_sources(record)})


def known_file(page: Page, sources: Sources) -> str | None:
    """The file of `specs/` that a page is the source of: by its address, else by the name under which it was saved."""
    by_url = [file for file, entry in sources.items() if entry["url"] == page.url]
    if by_url or page.url is not None:
        return by_url[0] if by_url else None
    stem = PurePosixPath(urlsplit(page.name).path).name.partition(".")[0]
    named = [f for f, entry in sources.items() if stem in {PurePosixPath(f).stem, entry["url"].rpartition("/")[2]}]
    return named[0] if len(named) == 1 else None


Invent = Callable[[Page], str]
"""Makes up the address of a saved page whose address is unknown."""


def _address(operation: str, kind: str, page: Page, sources: Sources, invent: Invent | None) -> str:
    """The address of a page, from an earlier visit if it is not given."""
    if page.url:
        return page.url
    known = [entry["url"] for entry in sources.values() if (entry["operation"], entry["kind"]) == (operation, kind)]
    if len(known) == 1:
        return known[0]
    file = known_file(page, sources)
    # A bare file may have the name of a page; a page may replace what a person transcribed.
    if file and (sources[file]["kind"] == kind or kind == "published"):
        return sources[file]["url"]
    if invent:
        return invent(page)
    which = " and ".join(known) or "no recorded page"
    raise PipelineError(f"{page.name}: {operation} is declared by {which}: pass the page's address as URL= (--url)")


def published(page: Page, specs: Path, sources: Sources, invent: Invent | None = None) -> Change:
    """What a page that carries a block, or a bare OpenAPI file, changes."""
    text = page.text()
    if bare := is_document(page.name, text):
        document, counted = parse_document(text, page.name), text
        has = list(operations(document))
        declared = has[0] if len(has) == 1 else EVERY
        title = (document.get("info") or {}).get("title") or declared
    else:
        block = extract_block(text, page.name)
        document, declared = parse_block(block, page.name), block.declared
        title = find_title(text) or operations(document)[declared].get("summary") or declared
        text, counted = block.text, "\n" * (block.line - 1) + block.text
    kind = "document" if bare else "published"
    url = _address(declared, kind, page, sources, invent)
    suffix = ".json" if bare and is_json(page.name, text) else ".yaml"
    file = next((name for name, entry in sources.items() if entry["url"] == url), None) or file_name(url, suffix)
    previous = sources.get(file)
    if previous and previous["url"] != url and previous["operation"] != declared:
        raise PipelineError(
            f"{page.name}: specs/{file} already holds {previous['operation']} from {previous['url']};"
            f" {declared} from {url} needs a different name"
        )
    data = text.encode()
    present = (specs / file).read_bytes() if (specs / file).exists() else None
    if previous is None and present not in {None, data}:
        raise PipelineError(f"specs/{file}: exists, but is not in sources.yaml: move it away first")
    if present != data:
        check_sound(document, counted, page.name, present and previous and yaml_files.load(specs / file))
    entry = {"kind": kind, "title": str(title), "url": url, "operation": declared} | dated(data, previous)
    same = present == data
    remark = _remark(file, entry, list(operations(document)), sources, same_file=same)
    return Change(file, _verdict(previous, entry, same_file=same), entry, remark, data)


def _remark(file: str, entry: dict[str, str], has: list[str], sources: Sources, *, same_file: bool) -> str:
    """What a person should look at, beside the change itself."""
    previous = sources.get(file)
    if previous and previous["kind"] == "transcribed":
        return "; it replaces what a person had transcribed"
    if previous and previous["sha256"] == entry["sha256"] and not same_file:
        return "; the file differed from the published block, which is back"
    others = [f"specs/{name}" for name, known in sources.items() if known["operation"] in has and name != file]
    if len(others) > 1:
        return f"; operations of it are in {', '.join(others)}"
    return f"; {others[0]} holds the same operation" if others else ""


def transcribed(page: Page, written: Path, specs: Path, sources: Sources) -> Change:
    """What a page without a block changes: the record of its state for the file that a person wrote from it."""
    document = yaml_files.load(written)
    check_openapi(document, str(written))
    declared = operations(document)
    if len(declared) != 1:
        raise PipelineError(f"{written}: {len(declared)} operations where the page describes one")
    if find_blocks(page.text(), page.name):
        raise PipelineError(f"{page.name}: carries an OpenAPI block: vendor it without --transcribed")
    try:
        file = written.resolve().relative_to(specs.resolve()).as_posix()
    except ValueError:
        raise PipelineError(f"{written}: not inside {specs}") from None
    previous = sources.get(file)
    url = page.url or (previous["url"] if previous else None)
    if url is None:
        raise PipelineError(f"{page.name}: pass the page's address as URL= (--url)")
    ((operation, node),) = declared.items()
    title = find_title(page.text()) or node.get("summary") or operation
    entry = {"kind": "transcribed", "title": str(title), "url": url, "operation": operation}
    entry |= dated(page.data, previous)
    outdated = previous is not None and previous["sha256"] != entry["sha256"]
    remark = f"; hold the file against {url}" if outdated else ""
    return Change(file, _verdict(previous, entry, same_file=True), entry, remark)


def _verdict(previous: dict[str, str] | None, entry: dict[str, str], *, same_file: bool) -> str:
    if previous is None:
        return "new"
    return "unchanged" if previous == entry and same_file else "changed"


def _reread(page: Page, file: str, sources: Sources) -> Change:
    """What a page that a person transcribed means: nothing, or that a person must read it again."""
    entry = sources[file] | dated(page.data, sources[file])
    if entry == sources[file]:
        return Change(file, "unchanged", entry)
    how = f"; its page differs from the one it was written from: read {entry['url']}, mend the file, and record that"
    return Change(file, "read", entry, f"{how} with `make vendor PAGE=<the page> TRANSCRIBED=specs/{file}`")


def plan(pages: list[Page], specs: Path, sources: Sources, invent: Invent | None = None) -> Plan:
    """What the pages of a folder, an index or the record mean; ProblemsError lists everything that is wrong."""
    result = Plan()
    problems: list[PipelineError] = []
    for page in pages:
        try:
            file = known_file(page, sources)
            text = page.text()
            if is_document(page.name, text) or find_blocks(text, page.name) or (
                file is not None and sources[file]["kind"] != "transcribed"  # it had a block, and must have one
            ):  # fmt: skip
                result.changes.append(published(page, specs, sources, invent))
            elif file is not None:
                result.changes.append(_reread(page, file, sources))
            else:
                result.prose.append(page.name)
        except PipelineError as error:
            problems.append(error)
    files = [change.file for change in result.changes]
    for file in sorted({file for file in files if files.count(file) > 1}):
        same = [change.entry["url"] for change in result.changes if change.file == file]
        problems.append(PipelineError(f"specs/{file}: {len(same)} pages would become this file: {', '.join(same)}"))
    if problems:
        raise ProblemsError(problems)
    return result


def drop(file: str, root: Path, sources: Sources) -> str:
    """Delete a file of `specs/` and its entry in the record; returns a line that says so."""
    name = file.removeprefix("specs/")
    if name not in sources:
        raise PipelineError(f"specs/{name}: is not in sources.yaml, which has {', '.join(sources) or 'no entries'}")
    rest = {other: entry for other, entry in sources.items() if other != name}
    write({root / "specs" / "sources.yaml": dump_sources(rest)}, drop=[root / "specs" / name])
    return f"dropped: specs/{name} ({sources[name]['operation']})"


def plan_of(where: str | None, url: str | None, written: str | None, root: Path, sources: Sources) -> Plan:
    """What the page, folder or index at `where` means; without `where`, what every recorded source means.

    `url` is the address of a saved page; `written` the file that a person transcribed from the page.
    """
    specs = root / "specs"
    if where is None:
        if not sources:
            raise PipelineError("specs/sources.yaml has no sources yet: make vendor PAGE=<file or URL> adds one")
        return plan(each([entry["url"] for entry in sources.values()], lambda page: visit(page, root)), specs, sources)
    if written:
        return Plan([transcribed(read_page(where, url), root / written, specs, sources)])
    if url or not where:
        return Plan([published(read_page(where, url), specs, sources)])
    pages, several = gather(where, root)
    return plan(pages, specs, sources) if several else Plan([published(pages[0], specs, sources)])

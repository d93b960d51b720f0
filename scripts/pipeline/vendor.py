"""What a page of a vendor means for specs/: which file it becomes, and whether that is new or changed.

The block of a docs page and a bare OpenAPI file become a file in `specs/<vendor>/`, byte for byte; `specs/sources.yaml`
records the page beside its hash, and which operations of a bare file we want. A page without a block is transcribed by
a person; the record then says which state of the page that file was written from. Nothing is written unless everything
could be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline import yaml_files
from pipeline.cut import cut
from pipeline.openapi import operations
from pipeline.pages import check, check_openapi, find_blocks, find_title, is_document
from pipeline.recognise import NOTHING, Choice, command, content_of, file_of, named_file, shapes, vendored, wanted
from pipeline.sources import (
    EVERY,
    UNKNOWN,
    Entry,
    GoneError,
    Page,
    ProblemsError,
    Sources,
    dated,
    dump_sources,
    each,
    gather,
    read_page,
    visit,
    visitable,
    write,
)
from pipeline.yaml_files import PipelineError

SHOWN = 10
"""How many things are named that are wrong in a document and do not matter."""


@dataclass
class Change:
    """What a page means for `specs/`: the file it is about, its entry, and the bytes to write (None: none).

    `rest` is what is wrong in the document and does not matter, such as outside of what is wanted, with places.
    """

    file: str
    verdict: str  # new, changed, unchanged, not visited, or read: a person must read the page
    entry: Entry
    remark: str = ""
    data: bytes | None = None
    rest: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        what = ", ".join(self.entry.get("operations", [self.entry["operation"]]))
        return f"{self.verdict}: specs/{self.file} ({what}){self.remark}"


@dataclass
class Plan:
    """What the pages mean: the changes, and the pages that have no OpenAPI block and no entry in the record."""

    changes: list[Change] = field(default_factory=list)
    prose: list[str] = field(default_factory=list)

    @property
    def remarks(self) -> list[str]:
        """What is wrong in the documents and does not matter, some of it for each."""
        lines: list[str] = []
        for change in self.changes:
            lines += change.rest[:SHOWN]
            if more := len(change.rest) - SHOWN:
                lines += [f"specs/{change.file}: {more} more that do not matter"] * (more > 0)
        return lines

    def carry_out(self, specs: Path, sources: Sources) -> None:
        done = [change for change in self.changes if change.verdict in {"new", "changed"}]
        if done:
            record = {**sources, **{change.file: change.entry for change in done}}
            files = {specs / change.file: change.data for change in done if change.data is not None}
            write({**files, specs / "sources.yaml": dump_sources(record)})


def published(page: Page, specs: Path, sources: Sources, choice: Choice = NOTHING) -> Change:
    """What a page that carries a block, or a bare OpenAPI file, changes."""
    content = content_of(page)
    file = file_of(page, content, specs, sources, choice)
    previous, part = sources.get(file), content.document
    declared: dict[str, Any] = {"operation": content.names[0]}
    if content.kind == "document":
        names = wanted(content, file, specs.parent, sources, choice)
        declared = {"operation": names[0] if len(names) == 1 else EVERY}
        if set(names) != set(content.names):
            declared["operations"] = names
        part = cut(content.document, names)
    data = content.text.encode()
    present = (specs / file).read_bytes() if (specs / file).exists() else None
    if previous is None and present not in {None, data}:
        raise PipelineError(f"specs/{file}: exists, but is not in sources.yaml: move it away first")
    url = page.url or (previous["url"] if previous else _address(page, specs.parent))
    entry: Entry = {"kind": content.kind, "title": content.title, "url": url} | declared | dated(data, previous)
    change = Change(file, _verdict(previous, entry, same_file=present == data), entry, data=data)
    has = list(operations(content.document))
    lost: list[str] = []
    if change.verdict != "unchanged":
        earlier = vendored(specs / file) if previous else None
        if previous and earlier:
            had = previous.get("operations", list(operations(earlier)))
            lost = [name for one, name in shapes(had).items() if one not in shapes(has)]
            earlier = cut(earlier, [name for name in operations(part) if name in had])
        change.rest = check(content.document, part, content.counted, page.name, earlier)
    change.remark = _remark(change, has, lost, sources, same_file=present == data)
    return change


def _address(page: Page, root: Path) -> str:
    """The address of a saved page: what is kept in the project has one."""
    path = Path(page.name).resolve()
    return f"file:{path.relative_to(root.resolve()).as_posix()}" if path.is_relative_to(root.resolve()) else UNKNOWN


def _remark(change: Change, has: list[str], lost: list[str], sources: Sources, *, same_file: bool) -> str:
    """What a person should look at, beside the change itself."""
    file, entry, previous = change.file, change.entry, sources.get(change.file)
    if previous and previous["kind"] == "transcribed":
        return "; it replaces what a person had transcribed"
    if previous and previous["sha256"] == entry["sha256"] and not same_file:
        return "; the file differed from the published block, which is back"
    remarks = [f"it no longer has {', '.join(lost)}"] if lost else []
    if change.verdict != "unchanged" and "operations" in entry:
        remarks.append(f"OPERATIONS= chooses among its {len(has)} operations")
    mine = shapes(entry.get("operations", has)).keys()
    same = {f: e for f, e in sources.items() if f != file and mine & shapes(e.get("operations", [e["operation"]]))}
    if same:
        those = ", ".join(f"specs/{name}" for name in same)
        remarks.append(f"{those} holds the same operation" if len(same) == 1 else f"operations of it are in {those}")
    drop = [name for name, other in same.items() if other["kind"] == "transcribed"]
    remarks += [f"{command(DROP=f'specs/{name}')} drops what a person had transcribed" for name in drop]
    if change.verdict == "new" and entry["url"] == UNKNOWN:
        remarks.append("its address is not known (URL= records it), so `make vendor` does not visit it")
    return "".join(f"; {remark}" for remark in remarks)


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
    url = page.url or (previous["url"] if previous else _address(page, specs.parent))
    ((operation, node),) = declared.items()
    title = find_title(page.text()) or node.get("summary") or operation
    entry: Entry = {"kind": "transcribed", "title": str(title), "url": url, "operation": operation}
    entry |= dated(page.data, previous)
    outdated = previous is not None and previous["sha256"] != entry["sha256"]
    remark = f"; hold the file against {url}" if outdated else ""
    return Change(file, _verdict(previous, entry, same_file=True), entry, remark)


def _verdict(previous: Entry | None, entry: Entry, *, same_file: bool) -> str:
    if previous is None:
        return "new"
    return "unchanged" if previous == entry and same_file else "changed"


def _reread(page: Page, file: str, sources: Sources) -> Change:
    """What a page that a person transcribed means: nothing, or that a person must read it again."""
    entry = sources[file] | dated(page.data, sources[file])
    if entry == sources[file]:
        return Change(file, "unchanged", entry)
    how = f"; its page differs from the one it was written from: read {page.name}, mend the file, and record that"
    return Change(file, "read", entry, f"{how} with {command(PAGE=page.name, TRANSCRIBED=f'specs/{file}')}")


def plan(pages: list[Page], specs: Path, sources: Sources, choice: Choice = NOTHING) -> Plan:
    """What the pages of a folder, an index or the record mean; ProblemsError lists everything that is wrong."""
    result = Plan()
    problems: list[PipelineError] = []
    known = dict(sources)  # with what earlier pages add, so that no two get one name
    became: dict[str, tuple[Page, Change]] = {}
    for page in pages:
        try:
            text = page.text()
            holds = is_document(page.name, text) or bool(find_blocks(text, page.name))
            file = None if holds else named_file(page, sources)
            if holds or (file is not None and sources[file]["kind"] != "transcribed"):  # what had a block must have one
                change = published(page, specs, known, choice)
                known.setdefault(change.file, change.entry)
                first, same = became.setdefault(change.file, (page, change))
                if same is change:
                    result.changes.append(change)
                elif same.data != change.data:
                    two = f"specs/{change.file}: 2 pages would become this file"
                    problems.append(PipelineError(f"{two}: {first.name}, {page.name}"))
            elif file is not None:
                result.changes.append(_reread(page, file, sources))
            else:
                result.prose.append(page.name)
        except PipelineError as error:
            problems.append(error)
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


def plan_of(where: str | None, choice: Choice, written: str | None, root: Path, sources: Sources) -> Plan:
    """What the page, folder or index at `where` means; without `where`, what every recorded source means.

    `written` is the file that a person transcribed from the page.
    """
    specs = root / "specs"
    if where is None:
        if not sources:
            raise PipelineError("specs/sources.yaml has no sources yet: make vendor PAGE=<file or URL> adds one")
        return _again(specs, sources)
    if written:
        return Plan([transcribed(read_page(where, choice.url), root / written, specs, sources)])
    if choice.url or not where:
        return Plan([published(read_page(where, choice.url), specs, sources, choice)])
    pages, several = gather(where, root)
    return plan(pages, specs, sources, choice) if several else Plan([published(pages[0], specs, sources, choice)])


def _again(specs: Path, sources: Sources) -> Plan:
    """Every source that has an address."""
    files = visitable(sources)

    def look(url: str) -> Page:
        try:
            return visit(url, specs.parent)
        except GoneError as error:
            raise GoneError(f"{error}; {command(DROP=f'specs/{files[url]}')} forgets it") from error

    result = plan(each(files, look), specs, sources)
    why = "; its address is not known: PAGE= reads a saved file, URL= records the address"
    unknown = ((file, entry) for file, entry in sources.items() if entry["url"] == UNKNOWN)
    result.changes += [Change(file, "not visited", entry, why) for file, entry in unknown]
    return result

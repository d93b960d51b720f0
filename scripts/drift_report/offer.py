"""What vendors offer today, as a copy of the project's specs/ and overlay/ in which it is taken in."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drift_report.likeness import Operation, likeness, matched, operations_of
from pipeline import yaml_files
from pipeline.cut import cut
from pipeline.pages import check_sound, is_document, parse_document
from pipeline.recognise import Choice, known_file
from pipeline.sources import (
    GoneError,
    Page,
    ProblemsError,
    Sources,
    dump_sources,
    each,
    gather,
    load_sources,
    visit,
    visitable,
    write,
)
from pipeline.vendor import Change, Plan, plan
from pipeline.yaml_files import PipelineError

_OF_THE_WHOLE = ("info", "tags", "externalDocs")
"""Keys of a bare file that describe all of its operations together."""


@dataclass
class Offer:
    """What is offered: `root` is a project folder that contains it, `changes` what each page changes in specs/.

    `gone` are files of specs/ whose page was removed, each with the evidence; `also` are operations of a bare OpenAPI
    file that are not vendored.
    """

    root: Path
    changes: list[Change] = field(default_factory=list)
    gone: dict[str, str] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)

    @property
    def unread(self) -> list[Change]:
        """The transcribed pages that a person must read again."""
        return [change for change in self.changes if change.verdict == "read"]


def offer(root: Path, locations: Sequence[str], scratch: Path) -> Offer:
    """Read what is at `locations`, or else every recorded source, into a copy of the project in `scratch`.

    Raises:
        PipelineError: a source cannot be read, or is broken; a ProblemsError has all of them.
    """
    sources = load_sources(root / "specs")
    made = Offer(scratch)
    planned = _asked(root, locations, sources, made) if locations else _recorded(root, sources, made)
    made.changes = planned.changes
    for folder in ("specs", "overlay"):
        shutil.copytree(root / folder, scratch / folder)
    specs = scratch / "specs"
    planned.carry_out(specs, sources)
    if made.gone:
        rest = {file: entry for file, entry in load_sources(specs).items() if file not in made.gone}
        write({specs / "sources.yaml": dump_sources(rest)}, drop=[specs / file for file in made.gone])
    return made


def _recorded(root: Path, sources: Sources, made: Offer) -> Plan:
    files = visitable(sources)

    def look(url: str) -> Page | None:
        try:
            return visit(url, root)
        except GoneError as error:
            made.gone[files[url]] = str(error)
            return None

    return plan(each(files, look), root / "specs", sources)


def _asked(root: Path, locations: Sequence[str], sources: Sources, made: Offer) -> Plan:
    specs = root / "specs"
    pages: list[Page] = []
    whole = False
    problems: list[PipelineError] = []
    for where in locations:
        try:
            more, complete = gather(where, root)
            pages += more
            whole |= complete
        except PipelineError as error:
            problems += getattr(error, "problems", [error])
    if problems:
        raise ProblemsError(problems)
    bare = [page for page in pages if is_document(page.name, page.text()) and not _is_source(page, specs, sources)]
    result = plan([page for page in pages if page not in bare], specs, sources, Choice(moved=True))
    for page in bare:
        result.changes += _from_file(page, specs, sources, made)
    if not result.changes and not whole:
        raise PipelineError(
            f"{', '.join(locations)}: no OpenAPI block, and no page from which a document was transcribed"
        )
    offered = {change.file for change in result.changes}
    if whole and any(change.entry["kind"] == "published" for change in result.changes):
        vendors = {file.partition("/")[0] for file in offered}
        missing = [f for f, e in sources.items() if f not in offered and e["kind"] == "published"]
        for file in missing:
            if file.partition("/")[0] in vendors:
                made.gone[file] = f"{', '.join(locations)}: has no page of {sources[file]['operation']}"
    return result


def _is_source(page: Page, specs: Path, sources: Sources) -> bool:
    """Whether a bare OpenAPI file is vendored as one."""
    file = known_file(page, specs, sources)
    return file is not None and sources[file]["kind"] == "document"


# Bare OpenAPI files that are no source: their operations are compared with those that are vendored from pages.


def _from_file(page: Page, specs: Path, sources: Sources, made: Offer) -> list[Change]:
    text = page.text()
    document = parse_document(text, page.name)
    check_sound(document, text, page.name)
    offered = operations_of(document, page.name)
    vendored = {
        file: next(iter(operations_of(yaml_files.load(specs / file), file).values()), None)
        for file, entry in sources.items()
        if entry["kind"] == "published"
    }
    same = {file: offered.pop(one.name) for file, one in vendored.items() if one is not None and one.name in offered}
    rest = [one for file, one in vendored.items() if one is not None and file not in same]
    if len(same) + len(offered) > 1 or not same:  # a file with one operation is no statement about others
        for one, other in matched(rest, offered.values(), likeness):
            same[one.file] = offered.pop(other.name)
    if not same:
        names = ", ".join(offered)
        raise PipelineError(f"{page.name}: none of its operations is vendored ({names}); `make vendor PAGE=` adds it")
    if same and len(same) + len(offered) > 1:
        vendors = {file.partition("/")[0] for file in same}
        gone = (f for f in vendored if f not in same and f.partition("/")[0] in vendors)
        made.gone |= {file: f"{page.name}: does not have {sources[file]['operation']}" for file in gone}
    made.also += sorted(offered)
    return [_cut_change(document, operation, specs, file, sources) for file, operation in same.items()]


def _cut_change(document: Any, operation: Operation, specs: Path, file: str, sources: Sources) -> Change:
    present = yaml_files.load(specs / file)
    part = cut(document, {operation.name})
    part = {key: part[key] for key in part if key not in _OF_THE_WHOLE}
    part |= {key: present[key] for key in _OF_THE_WHOLE if key in present}
    data = yaml_files.dumps(part).encode()
    if part == present:
        return Change(file, "unchanged", sources[file])
    entry = {**sources[file], "operation": operation.name, "sha256": hashlib.sha256(data).hexdigest()}
    return Change(file, "changed", entry, f"; from {operation.file}", data)

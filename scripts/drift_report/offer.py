"""What vendors offer today, as a copy of the project's specs/ and overlay/ in which it is taken in."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drift_report.changes import compare
from drift_report.likeness import Operation, operations_of
from drift_report.ours import Ours, collection, comparable, have, laid_out_as, pairs, title_of
from drift_report.overlay_effects import Claim, Consequence, differences
from pipeline import yaml_files
from pipeline.bundle import Source, lifted, vendors
from pipeline.cut import cut
from pipeline.pages import check, find_blocks, is_document, parse_document
from pipeline.patch import Patched, patch_vendor
from pipeline.recognise import Choice, content_of, known_file, shape
from pipeline.sources import (
    GoneError,
    Page,
    ProblemsError,
    Sources,
    each,
    gather,
    load_sources,
    visit,
    visitable,
)
from pipeline.vendor import Change, Plan, drop, plan
from pipeline.yaml_files import PipelineError


@dataclass
class Offer:
    """What is offered: `root` is a project folder that contains it, `changes` what each page changes in specs/.

    `claims` are operations that are offered and that only our overlay has, or a person transcribed; `before` is what
    becomes of each vendor's documents today. `gone` are files of specs/ whose page was removed, each with the evidence;
    `also` are operations that we do not have, in files that have some of ours; `nothing` are files with none of ours.
    `broken` is what could not be read, `conflicts` what is offered twice, unlike.
    """

    root: Path
    changes: list[Change] = field(default_factory=list)
    claims: list[Claim] = field(default_factory=list)
    before: dict[str, Patched] = field(default_factory=dict)
    gone: dict[str, str] = field(default_factory=dict)
    also: list[str] = field(default_factory=list)
    nothing: list[str] = field(default_factory=list)
    broken: list[PipelineError] = field(default_factory=list)
    conflicts: list[Consequence] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    @property
    def unread(self) -> list[Change]:
        """The transcribed pages that a person must read again."""
        return [change for change in self.changes if change.verdict == "read"]


def offer(root: Path, locations: Sequence[str], scratch: Path) -> Offer:
    """Read what is at `locations`, or else every recorded source, into a copy of the project in `scratch`."""
    specs = root / "specs"
    sources = load_sources(specs)
    made = Offer(scratch, before={vendor: patch_vendor(root, vendor) for vendor in vendors(root)})
    _Reader(root, sources, made).read(locations)
    for folder in ("specs", "overlay"):
        shutil.copytree(root / folder, scratch / folder)
    Plan(made.changes).carry_out(scratch / "specs", sources)
    for file in made.gone:
        drop(file, scratch, load_sources(scratch / "specs"))
    return made


class _Reader:
    """Takes in what is offered, file by file: what is wrong with one of them does not keep the others out."""

    def __init__(self, root: Path, sources: Sources, made: Offer) -> None:
        self.root, self.specs, self.sources, self.made = root, root / "specs", sources, made
        self.have = have(
            {file: (entry, yaml_files.load(self.specs / file)) for file, entry in sources.items()}, made.before
        )
        self.seen: dict[str, tuple[str, Any]] = {}  # by shape: the file that offers an operation, and what it says
        self.files: dict[str, str] = {}  # what became a file of specs/, by that file

    def read(self, locations: Sequence[str]) -> None:
        """Take in what is at `locations`, or else every recorded source."""
        made = self.made
        pages, whole = self._gathered(locations) if locations else (self._recorded(), False)
        distinct: dict[bytes, Page] = {}
        for page in pages:
            first = distinct.setdefault(page.data, page)
            if first is not page:
                made.remarks.append(f"{page.name} is the same as {first.name}: compared once")
        bare = [page for page in distinct.values() if self._try(self._page, page) is False]
        if whole and not made.broken:
            self._without_page(", ".join(locations))
        for page in bare:
            self._try(self._document, page)
        if locations and not (bare or self.files or made.claims or made.broken or made.conflicts or whole):
            problem = "no OpenAPI block, and no page from which a document was transcribed"
            made.broken.append(PipelineError(f"{', '.join(locations)}: {problem}"))
        for file in self.files.keys() & made.gone.keys():
            del made.gone[file]

    def _try(self, read: Callable[[Page], bool | None], page: Page) -> bool | None:
        try:
            return read(page)
        except PipelineError as error:
            self.made.broken += getattr(error, "problems", [error])
            return None

    def _recorded(self) -> list[Page]:
        files = visitable(self.sources)
        self.made.remarks += [
            f"specs/{file} has no address to look at: offer what its vendor publishes with --from"
            for file in self.sources.keys() - set(files.values())
        ]

        def look(url: str) -> Page | None:
            try:
                return visit(url, self.root)
            except GoneError as error:
                self.made.gone[files[url]] = str(error)
            except PipelineError as error:
                self.made.broken.append(error)
            return None

        return each(files, look)

    def _gathered(self, locations: Sequence[str]) -> tuple[list[Page], bool]:
        pages: list[Page] = []
        whole = False
        for where in locations:
            try:
                more, complete = gather(where, self.root)
            except ProblemsError as error:
                self.made.broken += error.problems
                more, complete = error.pages, False
            except PipelineError as error:
                self.made.broken.append(error)
                continue
            pages += more
            whole |= complete
        return pages, whole

    def _page(self, page: Page) -> bool:
        """Take in a page, or a bare OpenAPI file that is vendored as one; False for a bare file of its own."""
        bare, file = is_document(page.name, page.text()), known_file(page, self.specs, self.sources)
        if bare and (file is None or self.sources[file]["kind"] != "document"):
            return False
        if file is None and find_blocks(page.text(), page.name):
            content = content_of(page)
            matches = pairs(operations_of(content.document, page.name).values(), self.have)
            if matches and all(one.kind != "published" for one, _ in matches):
                self._pass_over(check(content.document, content.document, content.counted, page.name))
                self._claim(matches, content.document, page.name)
                return True
        planned = plan([page], self.specs, self.sources, Choice(moved=True))
        self._pass_over(planned.remarks)
        for change in planned.changes:
            new: list[bool] = []
            if change.data is not None:
                document = parse_document(change.data.decode(), page.name)
                offered = operations_of(document, page.name)
                wanted = change.entry.get("operations", offered)
                new = [self._new(it, document) for name, it in offered.items() if name in wanted]
            if any(new) or not new:
                self._take(change, page.name)
        return True

    def _new(self, it: Operation, document: Any) -> bool:
        """Whether no earlier file offers the operation; where one does and says something else, it is a conflict."""
        content = comparable(document, {it.name: shape(it.name)})
        file, earlier = self.seen.setdefault(shape(it.name), (it.file, content))
        if earlier is content:
            return True
        differences = [str(one) for one in compare({"": (earlier, content)}) if not one.wording]
        if differences:
            text = f"define {it.name} differently, and {file} was compared: offer the one that holds"
            self.made.conflicts.append(
                Consequence("conflict", "rule", f"{file} and {it.file}", text, details=tuple(differences))
            )
        return False

    def _take(self, change: Change, name: str) -> None:
        if (other := self.files.setdefault(change.file, name)) != name:
            text = f"would both become specs/{change.file}, and {other} was compared: offer one of them"
            self.made.conflicts.append(Consequence("conflict", "rule", f"{other} and {name}", text))
        else:
            self.made.changes.append(change)

    def _claim(self, matches: Sequence[tuple[Ours, Operation]], document: Any, name: str) -> None:
        claims = [Claim(one, it, document, name) for one, it in matches if self._new(it, document)]
        # A part of a vendored document is no news where it says the same.
        self.made.claims += [one for one in claims if one.ours.kind != "document" or differences([one])]

    def _without_page(self, where: str) -> None:
        """Note the pages that a folder or an index lacks, of vendors of which it has others."""
        published = {file for file, entry in self.sources.items() if entry["kind"] == "published"}
        offered = {change.file for change in self.made.changes}
        if any(change.entry["kind"] == "published" for change in self.made.changes):
            of = {file.partition("/")[0] for file in offered}
            for file in sorted(published - offered):
                if file.partition("/")[0] in of:
                    self.made.gone[file] = f"{where}: has no page of {self.sources[file]['operation']}"

    def _document(self, page: Page) -> None:
        """Compare the operations of a bare OpenAPI file that is no source with what we have."""
        content = content_of(page)
        offered = operations_of(content.document, page.name)
        matches = pairs(offered.values(), self.have)
        title = title_of(content.document)
        self._absent(title, list(offered.values()), [one for one, _ in matches], page.name)
        if not matches:
            self.made.nothing.append(f"{page.name} ({title}, {len(offered)} operation{'s' * (len(offered) > 1)})")
            return
        ours = [it.name for _, it in matches]
        part = cut(content.document, ours)
        self._pass_over(check(content.document, part, content.counted, page.name))
        self.made.also += [name for name in offered if name not in ours]
        for one, it in matches:
            if one.kind != "published":
                self._claim([(one, it)], part, page.name)
            elif self._new(it, part):
                self._take(self._cut(one, it, content.document), page.name)

    def _pass_over(self, wrong: list[str]) -> None:
        """Note what is wrong in a document and does not matter."""
        if wrong:
            more = f" (and {len(wrong) - 1} more)" if len(wrong) > 1 else ""
            self.made.remarks.append(f"Passed over: {wrong[0]}{more}")

    def _absent(self, title: str | None, offered: list[Operation], had: list[Ours], name: str) -> None:
        """Note our published operations that a document lacks, where it is a statement on them.

        It is one where our page was cut from it, by its title or because others of our pages were, and where it has
        other operations on the same collection. With one operation, which may be a page's, its title must say so.
        """
        cut_from = {one.vendor for one in had if one.kind == "published"}
        for one in self.have:
            at = shape(collection(one.operation.path))
            related = title_of(one.document) == title or (one.vendor in cut_from and len(offered) > 1)
            beside = any(shape(it.path).startswith(at) for it in offered)
            if one.kind == "published" and one not in had and related and beside:
                self.made.gone[one.operation.file] = f"{name}: does not have {one.operation.name}"

    def _cut(self, one: Ours, it: Operation, document: Any) -> Change:
        """What an operation of a bare file changes in the file of the page that has it."""
        file = one.operation.file
        part = laid_out_as(one.document, one.operation, document, it)
        old, new = (lifted(Source("", side))[0].document for side in (one.document, part))
        if not compare({file: (old, new)}):
            return Change(file, "unchanged", self.sources[file])
        data = yaml_files.dumps(part).encode()
        declared = next(iter(operations_of(part, file)))
        entry = {**self.sources[file], "operation": declared, "sha256": hashlib.sha256(data).hexdigest()}
        return Change(file, "changed", entry, f"; from {it.file}", data)

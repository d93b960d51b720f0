"""From what is offered to the drift report. The project stays as it is."""

from __future__ import annotations

import json
import runpy
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drift_report.changes import compare
from drift_report.mend import mend
from drift_report.normal import normal
from drift_report.offer import Offer, offer
from drift_report.overlay_effects import Consequence, commands, consequences, of_pages, published_now, through_overlay
from drift_report.references import bounds, facts, references, repeated
from drift_report.report import Broken, Report
from drift_report.surface import Packages, surface
from pipeline import yaml_files
from pipeline.generate import PACKAGES
from pipeline.openapi import operations, resolve
from pipeline.patch import Patched, patch_vendor, without_unnamed
from pipeline.program import ROOT
from pipeline.yaml_files import PipelineError

from polyai_data import models

GENERATOR = ROOT / ".venv-generator" / "bin" / "python"


def look(root: Path, locations: Sequence[str], *, generate: bool = True, keep: Path | None = None) -> Report:
    """The drift report of the project at `root` on what is offered at `locations`.

    Args:
        root: the project.
        locations: files, addresses, folders or indexes; empty for every recorded source.
        generate: generate the new client packages and compare them with the present ones.
        keep: a folder to write the new specs/ to, which must not exist.
    """
    report = Report(version=_version(root), locations=[*locations])
    with tempfile.TemporaryDirectory(prefix="drift-") as scratch:
        offered = offer(root, locations, Path(scratch, "project"))
        lines = [line for problem in offered.broken for line in str(problem).splitlines()]
        report.broken = [Broken.parse(line.removeprefix(f"{root}/")) for line in lines]
        written = [change for change in offered.changes if change.verdict in {"new", "changed"}]
        report.also = offered.also
        for change in written:
            file = f"specs/{change.file}"
            pair = [yaml_files.load(side / file) for side in (root, offered.root) if change.verdict == "changed"]
            layout = "" if not pair or compare({file: (pair[0], pair[1])}) else "; only its layout changed"
            report.files.append(f"{change.verdict}: {file}{change.remark}{layout}")
        report.nothing, report.remarks = offered.nothing, offered.remarks
        report.commands = commands(offered.claims)
        report.consequences = of_pages(offered.gone, [(change.file, change.remark) for change in offered.unread])
        report.consequences += offered.conflicts
        for vendor, before in offered.before.items():
            report.consequences += published_now([one for one in offered.claims if one.ours.vendor == vendor], before)
        for one in offered.claims:
            ours, theirs, name = one.ours, one.theirs, str(one.ours.operation.node.get("operationId"))
            sides = ((ours.document, ours.operation.name), (one.document, theirs.name))
            said, says = (bounds(normal(document), {own: name}) for document, own in sides)
            report.references += repeated(root, said, says)
        for vendor in sorted({file.partition("/")[0] for file in (*offered.gone, *(one.file for one in written))}):
            report.add(_compared(root, offered, vendor, generate=generate))
        if keep is not None:
            shutil.copytree(offered.root / "specs", keep)
        return report


def since(root: Path, previous: Path) -> Report:
    """The report after generating, on the patched documents: `previous` is what `generated/` was before."""
    report = Report(version=_version(root))
    for package in PACKAGES.values():
        folders = (previous, root / "generated")
        files = [folder / package / "openapi.yaml" for folder in folders]
        old, new = (yaml_files.load(file) if file.exists() else None for file in files)
        report.differences += compare({f"generated/{package}/openapi.yaml": (old, new)})
        report.add(_between(root, package, folders, (old, new)))
    return report


def _version(root: Path) -> str:
    return str(runpy.run_path(str(root / "src/polyai_data/_version.py"))["__version__"])


def _compared(root: Path, offered: Offer, vendor: str, *, generate: bool) -> Report:
    old = offered.before.get(vendor, Patched(vendor))
    try:
        new = patch_vendor(offered.root, vendor, old.made)
    except PipelineError as error:
        return Report(consequences=[Consequence("conflict", "mend", f"specs/{vendor}/", str(error))])
    olds, news = ({source.name: source.document for source in side.sources} for side in (old, new))
    pairs = {f"specs/{vendor}/{name}": (olds.get(name), news.get(name)) for name in dict.fromkeys([*olds, *news])}
    report = Report(differences=compare(pairs))
    added = frozenset().union(*old.made.values())
    edits = mend(offered.root, report.differences, old, new, added)
    if edits:  # then the rest of the report is on what remains after them
        new = patch_vendor(offered.root, vendor, old.made)
        report.differences = [
            one
            for one in report.differences
            if not (one.is_whole("schema", "removed") and resolve(new.patched, one.old or ()))
        ]
    for side in (new, old):
        report.names |= {
            name: node.get("operationId", "") for name, node in operations(side.patched or {"paths": {}}).items()
        }
    report.consequences = edits + consequences(old, new, report.differences)
    report.differences, hiding = through_overlay(report.differences, old, new, report.consequences)
    report.consequences += hiding
    ids = {name: report.names.get(name, "") for name in operations(old.published or {"paths": {}})}
    report.references = [*repeated(root, *(bounds(side.published, ids) for side in (old, new) if side.published))]
    if any(one.kind == "dangling" for one in report.consequences):
        report.remarks.append(f"Python surface of {vendor} not compared: references lead nowhere")
    elif generate:
        report.add(_generated(root, offered.root, old, new))
    return report


def _generated(root: Path, offered: Path, old: Patched, new: Patched) -> Report:
    """What importers and our own code would see of the new client package, or why that is unknown."""
    vendor = new.vendor
    package = PACKAGES.get(vendor)
    if package is None:
        return Report(remarks=[f"{vendor}: has no client package yet"])
    if not GENERATOR.exists():
        return Report(remarks=["Python surface not compared: run `make drift`, which sets up the generator"])
    made, documents = offered / "generated", offered / "patched"
    documents.mkdir(exist_ok=True)
    for name, document in ((vendor, new.patched), (f"{vendor}.generator", new.for_generator)):
        text = json.dumps(without_unnamed(document, new.unnamed))
        (documents / f"{name}.json").write_text(text, encoding="utf-8")
    command = [str(GENERATOR), str(ROOT / "scripts" / "generate.py"), "--root", str(offered)]
    command += ["--patched", str(documents), "--output", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        error = done.stderr.strip().removeprefix("error: ").replace(f"{offered}/", "").partition("\n{")[0]
        if error.startswith("Traceback"):
            error = error.splitlines()[-1]
        text = f"no client can be generated: {' '.join(error.split())}"
        return Report(consequences=[Consequence("generation", "mend", f"overlay/{vendor}/", text)])
    return _between(root, package, (root / "generated", made), (old.patched, new.patched))


def _between(root: Path, package: str, folders: tuple[Path, Path], documents: tuple[Any, Any]) -> Report:
    """What differs between two versions of a client package, in `folders`, made from `documents`."""
    with tempfile.TemporaryDirectory() as scratch:
        for name, folder in zip(("old", "new"), folders, strict=True):
            Path(scratch, name).mkdir()
            if (folder / package).exists():
                Path(scratch, name, package).symlink_to((folder / package).resolve())
        names = facts(None)
        for other in PACKAGES.values():  # the other vendors go on offering their names
            file = root / "generated" / other / "openapi.yaml"
            if other != package and file.exists():
                names |= facts(yaml_files.load(file))
        old, new = Packages(Path(scratch, "old")), Packages(Path(scratch, "new"))
        before, after = (facts(document) | names for document in documents)
        changes = surface(old, new, models.__all__)
        used = references(root, old, new, before, after) if changes or before != after else []
        return Report(surface=changes, references=used)

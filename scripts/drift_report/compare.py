"""From what is offered to the drift report: every room of it filled in, and the project left as it is."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from drift_report.breaking import judged
from drift_report.changes import compare
from drift_report.offer import Offer, Tell, offer
from drift_report.overlay_effects import Consequence, consequences, of_pages
from drift_report.references import Facts, Reference, facts, references
from drift_report.report import Broken, Report
from drift_report.surface import Packages, SurfaceChange, surface
from pipeline import yaml_files
from pipeline.bundle import vendors
from pipeline.generate import PACKAGES
from pipeline.patch import Patched, patch_vendor, without_unnamed
from pipeline.yaml_files import PipelineError

from polyai_data import models

ROOT = Path(__file__).resolve().parents[2]
GENERATOR = ROOT / ".venv-generator" / "bin" / "python"

Pairs = dict[str, tuple[Any, Any]]


def look(
    root: Path, wheres: Sequence[str], *, tell: Tell = lambda _: None, judge: bool = True, keep: Path | None = None
) -> Report:
    """The drift report of the project at `root`, which stays as it is.

    Without `judge`, nobody is asked which differences break callers, nor what the public Python surface becomes. What
    specs/ would be is left as the folder `keep`, which must not exist.
    """
    report = Report(version=_version(root))
    with tempfile.TemporaryDirectory(prefix="drift-") as scratch:
        try:
            made = offer(root, wheres, Path(scratch, "project"), tell)
        except PipelineError as error:
            lines = [line for problem in getattr(error, "problems", [error]) for line in str(problem).splitlines()]
            report.broken = [_below(Broken.parse(line), root) for line in lines]
            return report
        taken = [change for change in made.changes if change.verdict in {"new", "changed"}]
        report.also = made.also
        report.files = [f"{change.verdict}: specs/{change.file}{change.remark}" for change in taken]
        report.consequences = of_pages(made.gone, [(change.file, change.remark) for change in made.unread])
        for vendor in sorted({file.partition("/")[0] for file in (*made.gone, *(change.file for change in taken))}):
            _compare(root, made, vendor, report, judge=judge)
        if keep is not None:
            shutil.copytree(made.root / "specs", keep)
        return report


def _version(root: Path) -> str:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _below(broken: Broken, root: Path) -> Broken:
    """With the file's name as it is called below `root`."""
    path = Path(broken.file)
    if path.is_absolute() and path.is_relative_to(root):
        return replace(broken, file=path.relative_to(root).as_posix())
    return broken


def _compare(root: Path, made: Offer, vendor: str, report: Report, *, judge: bool) -> None:
    """Fill in the rooms of the report for one vendor."""
    old = patch_vendor(root, vendor) if vendor in vendors(root) else Patched(vendor)
    try:
        new = patch_vendor(made.root, vendor, old.made)
    except PipelineError as error:
        report.consequences.append(Consequence("conflict", "mend", f"specs/{vendor}/", str(error)))
        return
    pairs = _pairs(old, new)
    differences = compare(pairs)
    with ThreadPoolExecutor(1) as pool:  # the generator and Redocly are programs of their own, and take a second each
        people = pool.submit(_people, root, made.root, old, new) if judge else None
        if judge:
            differences, why = judged(differences, pairs)
            if why and why not in report.remarks:
                report.remarks.append(why)
        report.differences += differences
        report.consequences += consequences(old, new, differences)
        if people is not None:
            _enter(people.result(), report)


def _pairs(old: Patched, new: Patched) -> Pairs:
    olds, news = ({source.name: source.document for source in side.sources} for side in (old, new))
    return {f"specs/{new.vendor}/{n}": (olds.get(n), news.get(n)) for n in dict.fromkeys([*olds, *news])}


@dataclass
class _People:
    """What importers and our own code would see, or why that cannot be told."""

    surface: list[SurfaceChange] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    remark: str | None = None
    consequence: Consequence | None = None


def _enter(people: _People, report: Report) -> None:
    report.surface += people.surface
    report.references += people.references
    if people.remark:
        report.remarks.append(people.remark)
    if people.consequence:
        report.consequences.append(people.consequence)


def _people(root: Path, offered: Path, old: Patched, new: Patched) -> _People:
    vendor = new.vendor
    package = PACKAGES.get(vendor)
    if package is None:
        return _People(remark=f"{vendor}: no client package is generated for it yet")
    if not GENERATOR.exists():
        return _People(remark="no view of the Python surface: `make drift` sets up the generator's environment first")
    made = offered / "generated"
    documents = offered / "patched"
    documents.mkdir(exist_ok=True)
    for name, document in ((vendor, new.patched), (f"{vendor}.generator", new.for_generator)):
        text = json.dumps(without_unnamed(document, new.unnamed))
        (documents / f"{name}.json").write_text(text, encoding="utf-8")
    command = [str(GENERATOR), str(ROOT / "scripts" / "generate.py"), "--root", str(offered)]
    command += ["--patched", str(documents), "--output", str(made)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().removeprefix("error: ").replace(f"{offered}/", "").partition("\n{")[0]
        if said.startswith("Traceback"):
            said = said.splitlines()[-1]
        text = f"no client can be made: {' '.join(said.split())}"
        return _People(consequence=Consequence("generation", "mend", f"overlay/{vendor}/", text))
    return _between(root, package, (root / "generated", made), (old.patched, new.patched))


def _between(root: Path, package: str, folders: tuple[Path, Path], documents: tuple[Any, Any]) -> _People:
    """What differs between two makes of one client package."""
    with tempfile.TemporaryDirectory() as scratch:
        before, after = Path(scratch, "old"), Path(scratch, "new")
        for here, folder in zip((before, after), folders, strict=True):
            here.mkdir()
            if (folder / package).exists():
                (here / package).symlink_to((folder / package).resolve())
        elsewhere = _facts_of_others(root, package)
        one, other = (facts(document or {"paths": {}}) | elsewhere for document in documents)
        packages = Packages(before), Packages(after)
        return _People(surface(*packages, _exposed()), references(root, *packages, one, other))


def _facts_of_others(root: Path, package: str) -> Facts:
    """What the documents of the other vendors offer by name, and goes on offering."""
    found = facts({"paths": {}})
    for other in PACKAGES.values():
        file = root / "generated" / other / "openapi.yaml"
        if other != package and file.exists():
            found |= facts(yaml_files.load(file))
    return found


def _exposed() -> list[str]:
    """The names that `polyai_data.models` gives to importers."""
    return list(models.__all__)


def since(root: Path, previous: Path) -> Report:
    """The same report after generating, on the patched documents: `previous` is what `generated/` was before."""
    report = Report(version=_version(root))
    for package in PACKAGES.values():
        folders = (previous, root / "generated")
        files = [folder / package / "openapi.yaml" for folder in folders]
        documents = [yaml_files.load(file) if file.exists() else None for file in files]
        pairs = {f"generated/{package}/openapi.yaml": (documents[0], documents[1])}
        differences, why = judged(compare(pairs), pairs)
        report.differences += differences
        if why and why not in report.remarks:
            report.remarks.append(why)
        _enter(_between(root, package, folders, (documents[0], documents[1])), report)
    return report

"""A copy of the project's documents and client packages for the tests of `drift.py` and `accept.py`, and its pages."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from pipeline.patch import patch_vendor

ROOT = Path(__file__).parents[2]
NAME = "get-conversation-by-id"
VENDORED = f"specs/polyai/{NAME}.yaml"
HERE = "/v1/agents/{agentId}/conversations/{conversationId}"
THERE = "/v1/agents/{agentId}/calls/{conversationId}"


def write(root: Path, files: Mapping[str, str]) -> Path:
    """Write files below a folder."""
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")
    return root


def overlay_of(*actions: Any, version: str = "1.1.0") -> dict[str, Any]:
    """An overlay document."""
    return {"overlay": version, "info": {"title": "T", "version": "1"}, "actions": list(actions)}


def patched_document(root: Path, vendor: str) -> Any:
    """The patched document of a vendor; PipelineError when something does not fit."""
    result = patch_vendor(root, vendor)
    result.check()
    return result.patched


def copy_project(root: Path, names: Iterable[str]) -> Path:
    """Copy folders and files of the project."""
    root.mkdir(parents=True)
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(ROOT / name, root / name)
    return root


def snapshot(root: Path) -> dict[str, tuple[bytes, int]]:
    """Every file of a folder, those of Git left out: its bytes and when it was written."""
    return {
        path.relative_to(root).as_posix(): (path.read_bytes(), path.stat().st_mtime_ns)
        for path in root.rglob("*")
        if path.is_file() and not {".git", "__pycache__"} & set(path.parts)
    }


def published(project: Path) -> str:
    """The vendored block of a conversation."""
    return (project / VENDORED).read_text(encoding="utf-8")


def page(folder: Path, text: str, path: str = HERE) -> Path:
    """Save a page with a block."""
    saved = folder / f"{NAME}.md"
    saved.write_text(f"# Get a conversation by ID\n\n````yaml GET {path}\n{text}````\n", encoding="utf-8")
    return saved


def same(project: Path, folder: Path) -> Path:
    """The page as it is vendored."""
    return page(folder, published(project))


def grown(project: Path, folder: Path) -> Path:
    """The page with a new field, which regenerates by itself."""
    mood = "        mood:\n          type: string\n        user_input_dtmf:\n"
    return page(folder, published(project).replace("        user_input_dtmf:\n", mood, 1))


def moved(project: Path, folder: Path) -> Path:
    """The page with its operation at another path, which needs a person."""
    text = published(project).replace("/conversations/{conversationId}:", "/calls/{conversationId}:")
    return page(folder, text, THERE)


def broken(project: Path, folder: Path) -> Path:
    """The page with a block that is no YAML."""
    return page(folder, published(project) + "  broken: [\n")

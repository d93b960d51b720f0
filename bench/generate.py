"""generate: what `make generate` costs over the bare generator, on the same documents.

The bare generator is `openapi-python-client generate` on the document that `scripts/generate.py` hands to it, with the
same settings, and with the formatting that it does by itself.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pipeline import yaml_files
from pipeline.generate import PACKAGES
from pipeline.patch import patch_vendor

from bench.measure import Line, in_turns, lines

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv-generator" / "bin" / "python"
# The generator formats what it made with the ruff that it finds there.
ENVIRONMENT = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def rows(rounds: int) -> list[Line]:
    """The line: seconds of both."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        ours = [str(PYTHON), "scripts/generate.py", "--output", str(scratch / "generated")]
        contenders = {
            "make generate": partial(_run, [ours]),
            "bare generator": partial(_run, [_bare(vendor, scratch) for vendor in PACKAGES]),
        }
        return lines("generate", "both packages", in_turns(contenders, rounds), {"bare generator": 1.5})


def _run(commands: Sequence[Sequence[str]]) -> None:
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=ENVIRONMENT)


def _bare(vendor: str, scratch: Path) -> list[str]:
    """The bare generator's command for one vendor, with the whole settings but for our own templates."""
    document = scratch / f"{vendor}.yaml"
    document.write_text(yaml_files.dumps(patch_vendor(ROOT, vendor).for_generator), encoding="utf-8")
    settings = yaml_files.load(ROOT / "overlay" / "generator" / f"{vendor}.config.yaml")
    settings.pop("post_hooks", None)
    config = scratch / f"{vendor}.config.yaml"
    config.write_text(yaml_files.dumps(settings), encoding="utf-8")
    command = [str(PYTHON), "-m", "openapi_python_client", "generate", "--path", str(document), "--meta", "none"]
    return [*command, "--config", str(config), "--output-path", str(scratch / vendor), "--overwrite"]

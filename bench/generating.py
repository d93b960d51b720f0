"""What `make generate` costs over the bare generator, on the same documents: medians of rounds that take turns.

    python bench/generating.py [--rounds 7]

The bare generator is `openapi-python-client generate` on the document that `scripts/generate.py` hands to it, with the
same settings, and with the formatting that it does by itself.
"""

from __future__ import annotations

import argparse
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from pipeline import yaml_files
from pipeline.generate import PACKAGES
from pipeline.patch import patch_vendor

ROOT = Path(__file__).resolve().parents[1]
PYTHON = ROOT / ".venv-generator" / "bin" / "python"
# The generator formats what it made with the ruff that it finds there.
ENVIRONMENT = {**os.environ, "PATH": f"{PYTHON.parent}{os.pathsep}{os.environ.get('PATH', '')}"}


def _seconds(commands: Sequence[Sequence[str]]) -> float:
    start = time.perf_counter()
    for command in commands:
        subprocess.run(command, check=True, capture_output=True, cwd=ROOT, env=ENVIRONMENT)
    return time.perf_counter() - start


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


def main() -> None:
    """Measure, and print a line for each and the ratio."""
    parser = argparse.ArgumentParser(description="What generating costs over the bare generator.")
    parser.add_argument("--rounds", type=int, default=7)
    rounds = parser.parse_args().rounds
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        bare = [_bare(vendor, scratch) for vendor in PACKAGES]
        ours = [[str(PYTHON), "scripts/generate.py", "--output", str(scratch / "generated")]]
        times: dict[str, list[float]] = {"bare generator": [], "make generate": []}
        for _ in range(rounds):
            times["bare generator"].append(_seconds(bare))
            times["make generate"].append(_seconds(ours))
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<16} {median:6.2f} s")
    print(f"{'ratio':<16} {medians['make generate'] / medians['bare generator']:6.2f}")


if __name__ == "__main__":
    main()

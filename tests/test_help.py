"""What `help()` and editors show of every module: no environment, and no secret in a default."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

RENDER = """
import importlib, inspect, json, os, pkgutil, pydoc, sys, types, warnings

def shown(module):
    yield pydoc.plain(pydoc.render_doc(module))
    for owner in (module, *(each for each in vars(module).values() if isinstance(each, type))):
        for value in list(vars(owner).values()):
            if callable(value := getattr(value, "__func__", value)):
                try:
                    yield str(inspect.signature(value))
                except (TypeError, ValueError):
                    pass

warnings.simplefilter("ignore")
control = types.ModuleType("control")
exec("import os\\ndef show(environment=os.environ): ...", vars(control))
modules = [control]
for name in sys.argv[1:]:
    package = importlib.import_module(name)
    modules += [package, *(importlib.import_module(each.name)
                           for each in pkgutil.walk_packages(package.__path__, name + "."))]
json.dump({each.__name__: "".join(shown(each)) for each in modules}, sys.stdout)
"""
PLANTED = {"POLYAI_API_KEY": "key-hidden-1", "ASSEMBLYAI_API_KEY": "key-hidden-2", "UNRELATED_TOKEN": "token-hidden-3"}


def test_no_help_and_no_signature_shows_the_environment(tmp_path: Path) -> None:
    profiles = tmp_path / "config.toml"
    profiles.write_text('[profiles.work]\napi_key = "key-hidden-4"\n', encoding="utf-8")
    profiles.chmod(0o600)
    environment = {**os.environ, **PLANTED, "POLYAI_CONFIG": str(profiles)}
    packages = ["polyai_data", "polyai_data_client", "assemblyai_client"]
    done = subprocess.run(
        [sys.executable, "-c", RENDER, *packages], env=environment, capture_output=True, text=True, check=True
    )
    texts = json.loads(done.stdout)
    assert "token-hidden-3" in texts.pop("control")
    for name in ("config", "_sync.client", "_async.session", "emulator.server", "conformance.plugin"):
        assert len(texts[f"polyai_data.{name}"]) > 500
    assert [name for name, text in texts.items() if "-hidden-" in text or str(tmp_path) in text] == []

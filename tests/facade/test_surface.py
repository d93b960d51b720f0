"""The public surface: what is exported, from where, and the tree of errors."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import os
import re
import subprocess
import sys
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import pytest

import polyai_data
from polyai_data.retry import Policy

SOURCE = Path(polyai_data.__file__).parent


PACKAGES = ["polyai_data", "polyai_data.models"]
GENERATED = ["assemblyai_client", "assemblyai_client.models", "polyai_data_client", "polyai_data_client.models"]


@pytest.mark.parametrize("name", [*PACKAGES, *GENERATED])
def test_all_is_complete_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    assert [*module.__all__] == sorted(module.__all__)
    for exported in module.__all__:
        assert getattr(module, exported) is not None
    assert set(module.__all__) <= set(dir(module))
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = module.Nothing


def test_dir_shows_what_is_exported_and_nothing_else() -> None:
    assert dir(polyai_data) == polyai_data.__all__


@pytest.mark.parametrize("client", ["AssemblyAI", "AsyncAssemblyAI", "AsyncPolyAI", "PolyAI"])
def test_the_class_of_each_resource_is_exported_for_type_hints(client: str) -> None:
    made = getattr(polyai_data, client).__new__(getattr(polyai_data, client))
    made._session = None
    resources = {name for name, kind in vars(type(made)).items() if isinstance(kind, cached_property)}
    classes = {type(getattr(made, name)) for name in resources}
    assert classes
    assert classes == {getattr(polyai_data, kind.__name__) for kind in classes}


def test_each_attribute_of_a_recording_is_documented() -> None:
    for recording in (polyai_data.Recording, polyai_data.AsyncRecording):
        section = (recording.__doc__ or "").partition("Attributes:")[2]
        documented = set(re.findall(r"^ {8}(\w+): ", section, re.MULTILINE))
        made = recording(cast("Any", None), Policy(), "recording", "CA1")
        public = {name for name in {*vars(made), *vars(recording)} if not name.startswith("_")}
        methods = {name for name in public if inspect.isroutine(getattr(recording, name, None))}
        assert documented == public - methods


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("polyai-data") == polyai_data.__version__


def test_no_vendor_host_is_spelled_in_the_facade() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for host in ("poly.ai", "polyai.app", "assemblyai.com"):
            assert host not in text, f"{path} spells {host}"


PROGRAM = "import runpy, sys; sys.argv[1:] = ['--help']; runpy.run_module('polyai_data.{}', run_name='__main__')"
LATE = {
    "import polyai_data, polyai_data.emulator.pytest_plugin": "httpx",
    "from polyai_data import PolyAI, AsyncPolyAI": "httpx attr dateutil platformdirs tomllib tomli_w difflib "
    "polyai_data_client.client polyai_data_client.types assemblyai_client.client assemblyai_client.types",
    "from polyai_data_client import servers": "attr httpx",
    "from polyai_data_client.models import QueryType": "attr httpx polyai_data_client.types",
    PROGRAM.format("emulator"): "httpx yaml jsonschema_rs uvicorn polyai_data.emulator.data.audio",
    PROGRAM.format("conformance"): "httpx yaml jsonschema_rs pytest polyai_data.emulator",
}
"""What is imported later than by this code, so that it is quick."""


@pytest.mark.parametrize("code", LATE)
def test_what_takes_long_to_import_is_imported_when_it_is_used(code: str) -> None:
    check = f"import atexit, sys; atexit.register(lambda: print(*sys.modules, file=sys.stderr)); {code}"
    # Measuring coverage would import some of it.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True, env=environment)
    assert {*LATE[code].split()} & {*done.stderr.split()} == set()

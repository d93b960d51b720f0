"""The public surface: what is exported, from where, and the tree of errors."""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, cast, get_type_hints

import pytest

import polyai_data
from polyai_data.retry import Policy

SOURCE = Path(polyai_data.__file__).parent


@pytest.mark.parametrize("name", ["polyai_data", "polyai_data.models"])
def test_all_is_complete_and_sorted(name: str) -> None:
    module = importlib.import_module(name)
    assert module.__all__ == sorted(module.__all__)
    for exported in module.__all__:
        assert getattr(module, exported) is not None
    assert set(module.__all__) <= set(dir(module))


def test_dir_shows_what_is_exported_and_nothing_else() -> None:
    assert dir(polyai_data) == polyai_data.__all__


@pytest.mark.parametrize("client", ["AssemblyAI", "AsyncAssemblyAI", "AsyncPolyAI", "PolyAI"])
def test_the_class_of_each_resource_is_exported_for_type_hints(client: str) -> None:
    resources = get_type_hints(getattr(polyai_data, client)).items()
    classes = {kind for name, kind in resources if not name.startswith("_")}
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


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = polyai_data.Nothing


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("polyai-data") == polyai_data.__version__


def test_no_vendor_host_is_spelled_in_the_facade() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for host in ("poly.ai", "polyai.app", "assemblyai.com"):
            assert host not in text, f"{path} spells {host}"


def test_importing_the_package_does_not_import_the_http_library() -> None:
    code = "import sys, polyai_data, polyai_data.emulator.pytest_plugin; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0

"""The public surface: what is exported, from where, and the tree of errors."""

from __future__ import annotations

import builtins
import importlib
import importlib.metadata
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

import polyai_data
from polyai_data import errors

SOURCE = Path(polyai_data.__file__).parent


@pytest.mark.parametrize("module", ["polyai_data", "polyai_data.models"])
def test_all_is_complete_and_sorted(module: str) -> None:
    found = importlib.import_module(module)
    assert found.__all__ == sorted(found.__all__)
    for name in found.__all__:
        assert getattr(found, name) is not None
    assert set(found.__all__) <= set(dir(found))


def test_a_name_that_is_not_there_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'Nothing'"):
        _ = polyai_data.Nothing


def test_the_version_is_that_of_the_distribution() -> None:
    assert importlib.metadata.version("polyai-data") == polyai_data.__version__


def test_every_error_is_ours_and_none_is_the_http_librarys() -> None:
    tree = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    assert len(tree) == 16
    for kind in tree:
        assert issubclass(kind, errors.PolyAIError)
        assert not any(base.__module__.startswith("httpx") for base in kind.__mro__)
        assert kind.__name__ in (errors.__doc__ or "") or kind is errors.PolyAIError
    assert issubclass(errors.TimeoutError, builtins.TimeoutError)
    assert issubclass(errors.ConnectionError, builtins.ConnectionError)


def test_no_vendor_host_is_spelled_in_the_facade() -> None:
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for host in ("poly.ai", "polyai.app", "assemblyai.com"):
            assert host not in text, f"{path} spells {host}"


def test_importing_the_package_does_not_import_the_http_library() -> None:
    code = "import sys, polyai_data, polyai_data.emulator.pytest_plugin; sys.exit('httpx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("package", ["polyai_data", "polyai_data_client", "assemblyai_client"])
def test_each_package_is_typed(package: str) -> None:
    found = importlib.util.find_spec(package)
    assert found is not None
    assert found.origin is not None
    assert (Path(found.origin).parent / "py.typed").exists()

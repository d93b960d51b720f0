"""The example of docs/generated-client.md, and the generated packages with nothing of `polyai_data` importable."""

from __future__ import annotations

import subprocess
import sys
import wave
from pathlib import Path

import httpx
import pytest

from polyai_data.emulator import Emulator

ROOT = Path(__file__).resolve().parents[2]
PROGRAM = """
import sys
class Blocked:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"polyai_data", "dateutil"}:
            raise ModuleNotFoundError(name)
sys.meta_path.insert(0, Blocked())
sys.path.insert(0, sys.argv[1])
import attrs, httpx
before = set(sys.modules)
import assemblyai_client, polyai_data_client
own = {name for name in set(sys.modules) - before if not name.startswith(("polyai_data_client", "assemblyai_client"))}
assert own == set(), own
import pkgutil, importlib
for package in (assemblyai_client, polyai_data_client):
    for module in pkgutil.walk_packages(package.__path__, package.__name__ + "."):
        importlib.import_module(module.name)
new = {name.partition(".")[0] for name in set(sys.modules) - before} - set(sys.stdlib_module_names)
assert new == {"polyai_data_client", "assemblyai_client"}, new
from polyai_data_client.api.conversations import list_conversations
transport = httpx.MockTransport(lambda request: httpx.Response(200, json={"conversations": [], "a": str(request.url)}))
client = polyai_data_client.AuthenticatedClient(token="key", region="uk-1", httpx_args={"transport": transport})
print(list_conversations.sync("PROJECT-1", client=client, limit=2)["a"])
"""


def test_they_import_and_work_alone() -> None:
    command = [sys.executable, "-I", "-W", "error", "-c", PROGRAM, str(ROOT / "generated")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "https://api.uk.poly.ai/v1/agents/PROJECT-1/conversations?limit=2\n"


def test_the_example_of_the_documentation_works_as_written(
    polyai_emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    real, target = httpx.HTTPTransport.handle_request, httpx.URL(polyai_emulator.url)

    def lead(transport: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        request.url = request.url.copy_with(scheme="http", host=target.host, port=target.port)
        return real(transport, request)

    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", lead)
    monkeypatch.setenv("POLYAI_API_KEY", polyai_emulator.keys["us"].value)
    monkeypatch.chdir(tmp_path)
    page = (ROOT / "docs" / "generated-client.md").read_text(encoding="utf-8")
    exec(page.split("```python\n", 1)[1].partition("```")[0], {})
    with wave.open("call.wav") as sound:
        assert sound.getnframes() > 0
    assert [request.host for request in polyai_emulator.requests] == ["api.us.poly.ai"] * 2

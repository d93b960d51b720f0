"""The generated packages with nothing of `polyai_data` importable: they need httpx, attrs and the standard library."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

GENERATED = Path(__file__).resolve().parents[2] / "generated"
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
    command = [sys.executable, "-I", "-W", "error", "-c", PROGRAM, str(GENERATED)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.stderr == ""
    assert done.stdout == "https://api.uk.poly.ai/v1/agents/PROJECT-1/conversations?limit=2\n"

"""Where our own code refers to what is removed: each reference at its line, and none when nothing is removed."""

from __future__ import annotations

import copy
import shutil
from pathlib import Path

import pytest
from drift_report.references import Facts, facts, python_name, references
from drift_report.surface import Packages
from pipeline import yaml_files
from pipeline.openapi import operations

from tests.pipeline.projects import copy_project, write

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "generated"
CLIENT = "polyai_data_client"
NOTHING = Facts()
FILES = {
    "client/__init__.py": "",
    "client/api/__init__.py": "",
    "client/api/get_turn.py": "def sync_detailed(agent_id: str, *, direction: str | None = None): ...\n",
    "client/models/__init__.py": "from .turn import Turn\nfrom .words import Side\n",
    "client/models/turn.py": "class Turn:\n    user_input: str\n    seconds: int | None = None\n",
    "client/models/words.py": 'class Side:\n    LEFT = "left"\n    BOTH = "both"\n',
}


def cut(path: Path, text: str) -> None:
    was = path.read_text(encoding="utf-8")
    assert text in was
    path.write_text(was.replace(text, ""), encoding="utf-8")


def test_what_is_removed_from_the_packages(tmp_path: Path) -> None:
    ours = {
        "src/polyai_data/_async/uses.py": "from client.models.turn import Turn as T\n\nkind = T\n",
        "src/polyai_data/_sync/uses.py": "from client.models.turn import Turn\n",
        "src/polyai_data/emulator/views.py": "from ..models import Side, Turn\n",
        "tests/test_it.py": "from client import api\n\napi.get_turn.sync(\n    'P-1',\n    direction='both',\n)\n",
        "tests/.hidden/x.py": "from client.models import Turn\n",
        "scripts/tour.py": "from polyai_data import models as m\n\na = m.Turn.seconds, m.Side.LEFT, (m.Side\n.BOTH)\n",
        "generated/x.py": "import client.models.turn.Turn\n",
    }
    new = write(tmp_path / "new", FILES)
    (new / "client/models/turn.py").unlink()
    cut(new / "client/models/__init__.py", "from .turn import Turn\n")
    cut(new / "client/models/words.py", '    BOTH = "both"\n')
    cut(new / "client/api/get_turn.py", ", *, direction: str | None = None")
    packages = Packages(write(tmp_path / "old", FILES)), Packages(new)
    result = references(write(tmp_path / "project", ours), *packages, NOTHING, NOTHING)
    assert [(each.file, each.line, each.text) for each in result] == [
        ("src/polyai_data/_async/uses.py", 1, "imports `Turn`, which is removed"),
        ("src/polyai_data/emulator/views.py", 1, "imports `Turn`, which is removed"),
        ("tests/test_it.py", 5, "passes `direction=`, which `get_turn` no longer has"),
        ("scripts/tour.py", 3, "uses `Turn`, which is removed"),
        ("scripts/tour.py", 4, "uses `BOTH`, which `Side` no longer has"),
    ]
    assert all(each.sure for each in result)
    assert [each.room for each in result] == ["facade", "emulator", "tests", "scripts", "scripts"]
    assert references(tmp_path / "project", packages[0], packages[0], NOTHING, NOTHING) == []


BEFORE = Facts(
    operation_ids=frozenset({"getTurn", "getNote"}),
    paths=frozenset({"/v1/{agentId}/turns", "/v1/{agentId}/notes/{noteId}"}),
    schemas=frozenset({"Turn", "Note"}),
    names=frozenset({"agentId", "agent_id", "direction", "userInput", "user_input", "id"}),
    enum_values=frozenset({"both", "left", "id"}),
)
AFTER = Facts(
    operation_ids=frozenset({"getTurn"}),
    paths=frozenset({"/v1/{agentId}/turns"}),
    schemas=frozenset({"Turn"}),
    names=frozenset({"agentId", "agent_id", "id"}),
    enum_values=frozenset({"left"}),
)


def test_the_names_of_the_document(tmp_path: Path) -> None:
    text = '''"""getNote"""


def f(emulator, agent):
    """Note"""
    calls = {"getNote": 1, "getTurn": 2}
    table = ["GET /v1/{agentId}/notes/{noteId}", "#/components/schemas/Note", "Note", "a Note"]
    return f"{emulator}/v1/{agent}/notes/{calls['userInput']}?x=1", f"/v1/{agent}/turns", "/v1/P-1/notes/7"


print(table.user_input, dict(direction="both"), "left")
'''
    nothing = Packages(tmp_path / "none")
    result = references(write(tmp_path, {"scripts/tour.py": text}), nothing, nothing, BEFORE, AFTER)
    path = "/v1/{agentId}/notes/{noteId}"
    assert [(each.line, each.text) for each in result if each.sure] == [
        (6, "names operation `getNote`, which is removed"),
        (7, f"names path `{path}`, which is removed"),
        (7, "names schema `Note`, which is removed"),
    ]
    no_name = "which is no property or parameter any more"
    assert [(each.line, each.text) for each in result if not each.sure] == [
        (8, f"contains a path like `{path}`, which is removed"),
        (8, f"contains `userInput`, {no_name}"),
        (11, "contains `both`, which is no enum value any more"),
        (11, f"passes `direction=`, {no_name}"),
        (11, f"uses `user_input`, {no_name}"),
    ]


# The real packages and documents.


def test_python_names() -> None:
    names = {"conversationId": "conversation_id", "X-PolyAI-Key": "x_poly_ai_key", "type": "type_", "id": "id"}
    assert {name: python_name(name) for name in names} == names


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The rooms in which the references are."""
    rooms = ["src/polyai_data/_async", "src/polyai_data/_sync", "scripts/tour.py", "tests/types/calls_async.py"]
    return copy_project(tmp_path / "project", rooms)


def test_what_the_facade_does_not_offer_yet(root: Path) -> None:
    """Every method of the facade whose operation has a new parameter or field is named, and none that offers it."""
    packages = Packages(GENERATED)
    document = yaml_files.load(GENERATED / CLIENT / "openapi.yaml")
    later = copy.deepcopy(document)
    for node in operations(later).values():
        names = ("deep", "limit") if node["operationId"] == "searchConversations" else ("deep",)
        node["parameters"] = [*node["parameters"], *({"name": name, "in": "query", "schema": {}} for name in names)]
    later["components"]["schemas"]["UpsertNote"]["properties"]["mood"] = {"type": "string"}
    made = references(root, packages, packages, facts(document), facts(later))
    assert all(one.sure and one.room == "facade" for one in made)
    named = {one.text.partition(":")[0] for one in made}
    assert named == {f"`deep` of {name}" for name in facts(document).operation_ids} | {"`mood` of upsertNote"}
    (search,) = [one for one in made if one.text == "`deep` of searchConversations: no argument of `search` offers it"]
    line = (ROOT / search.file).read_text(encoding="utf-8").splitlines()[search.line - 1]
    assert line.strip() == "def search("


def test_what_is_cut_from_the_real_packages(root: Path, tmp_path: Path) -> None:
    packages = Packages(GENERATED)
    document = yaml_files.load(GENERATED / CLIENT / "openapi.yaml")
    before = facts(document)
    assert {"getConversation", "upsertNote"} <= before.operation_ids
    assert {"agentId", "agent_id", "userInput", "user_input"} <= before.names
    assert {"combined", "pre-release"} <= before.enum_values
    fields = {entry.name for entry in packages.entries.values() if entry.kind in {"attribute", "parameter"}}
    assert "user_input" in fields
    new = tmp_path / "new"
    shutil.copytree(GENERATED, new)
    models, api = new / CLIENT / "models", new / CLIENT / "api"
    (models / "upsert_note.py").unlink()
    cut(models / "__init__.py", "    from .upsert_note import UpsertNote\n")
    cut(api / "conversations" / "get_conversation_recording.py", "    direction: RecordingDirection | None = None,\n")
    body = models / "create_debug_chat.py"
    body.write_text(body.read_text(encoding="utf-8").replace("variant_id", "kind_id"), encoding="utf-8")
    later = copy.deepcopy(document)
    del later["paths"]["/v1/agents/{agentId}/conversations/{conversationId}/note"]
    later["components"]["schemas"]["AnnotationType"]["enum"].remove("wrong_info")
    every = references(root, packages, Packages(new), before, facts(later))
    by_name: dict[tuple[str, bool], set[str]] = {}
    for each in every:
        by_name.setdefault((each.name, each.sure), set()).add(each.file)
    facade = "src/polyai_data/_async/conversations.py"
    assert facade in by_name["UpsertNote", True]
    assert facade in by_name["get_conversation_recording.direction", True]
    assert "src/polyai_data/_async/debug_chat.py" in by_name["CreateDebugChat.variant_id", True]
    assert "scripts/tour.py" in by_name["upsertNote", True]
    assert ("wrong_info", False) in by_name
    assert ("wrong_info", True) not in by_name
    assert not any("/_sync/" in each.file for each in every)

"""Where our own code refers to what is removed: each reference at its line, and none when nothing is removed."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drift_report.references import Facts, Reference, facts, python_name, references
from drift_report.surface import Packages
from pipeline import yaml_files

ROOT = Path(__file__).resolve().parents[2]
GENERATED = ROOT / "generated"
CLIENT = "polyai_data_client"
PACKAGES = (CLIENT, "assemblyai_client")
NOTHING = Facts()
MODEL = """from attrs import define


@define(kw_only=True)
class Turn:
    user_input: str
    seconds: int | None = None
"""
CALL = """def _get_kwargs(agent_id: str, *, limit: int | None = None, direction: str | None = None) -> dict[str, str]:
    return {}
"""
WORDS = """class Side:
    LEFT = "left"
    BOTH = "both"
"""
FILES = {
    "client/__init__.py": "",
    "client/api/__init__.py": "",
    "client/api/get_turn.py": CALL,
    "client/models/__init__.py": "from .turn import Turn\nfrom .words import Side\n",
    "client/models/turn.py": MODEL,
    "client/models/words.py": WORDS,
}


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def cut(path: Path, text: str, other: str = "") -> None:
    was = path.read_text(encoding="utf-8")
    assert text in was
    path.write_text(was.replace(text, other), encoding="utf-8")


@pytest.fixture
def project(tmp_path: Path) -> Callable[..., list[Reference]]:
    """The references of a small project to the texts that are cut from the packages, and to lost names."""

    def project(
        ours: dict[str, str],
        *cuts: tuple[str, str],
        before: Facts = NOTHING,
        after: Facts = NOTHING,
    ) -> list[Reference]:
        old, new = write(tmp_path / "old", FILES), write(tmp_path / "new", FILES)
        for name, text in cuts:
            cut(new / name, text)
        root = write(tmp_path / "project", ours)
        return references(root, Packages(old), Packages(new), before, after)

    return project


def lines_of(references: list[Reference]) -> list[tuple[str, int, str]]:
    return [(each.file, each.line, each.text) for each in references]


USES = "src/polyai_data/_async/uses.py"
NO_TURN = (("client/models/turn.py", MODEL), ("client/models/__init__.py", "from .turn import Turn\n"))


def test_every_way_to_import_what_is_removed(project: Callable[..., list[Reference]]) -> None:
    ours = {
        "src/polyai_data/__init__.py": "from . import models\n",
        "src/polyai_data/models.py": '"""Ours."""\n\nfrom client.models import (\n    Side,\n    Turn,\n)\n',
        USES: "from __future__ import annotations\nfrom client.models.turn import Turn as T\n\n\nkind = T\n",
        "src/polyai_data/_sync/uses.py": "from client.models.turn import Turn\n",
        "src/polyai_data/emulator/views.py": "from ..models import Side, Turn\n",
        "tests/test_it.py": "def f():\n    import client\n    from polyai_data import models\n\n    models.Turn\n",
        "scripts/tour.py": "from polyai_data import models as m\n\nprint(m.Side, m.Turn)\n",
        "bench/speed.py": "import client\n\n(client.models.Turn.seconds, client.models)\ny = 'client.models.Turn'\n",
        "generated/x.py": "import client.models.turn.Turn\n",
        "tests/.hidden/x.py": "from client.models import Turn\n",
        "tests/__pycache__/x.py": "from client.models import Turn\n",
    }
    result = project(ours, *NO_TURN)
    gone = "but `client.models.Turn` is removed"
    assert lines_of(result) == [
        (USES, 2, "imports `client.models.turn.Turn`, which is removed"),
        ("src/polyai_data/emulator/views.py", 1, f"imports `polyai_data.models.Turn`, {gone}"),
        ("src/polyai_data/models.py", 5, "imports `client.models.Turn`, which is removed"),
        ("tests/test_it.py", 5, f"uses `polyai_data.models.Turn`, {gone}"),
        ("bench/speed.py", 3, f"uses `client.models.Turn.seconds`, {gone}"),
        ("bench/speed.py", 4, "names `client.models.Turn`, which is removed"),
        ("scripts/tour.py", 3, f"uses `polyai_data.models.Turn`, {gone}"),
    ]
    assert {each.name for each in result} == {"client.models.turn.Turn"}
    assert all(each.sure for each in result)
    assert [each.room for each in result] == ["facade", "emulator", "facade", "tests", "bench", "bench", "scripts"]
    assert result[0].as_json() == {
        "file": USES,
        "line": 2,
        "name": "client.models.turn.Turn",
        "text": "imports `client.models.turn.Turn`, which is removed",
        "sure": True,
        "room": "facade",
    }


def test_a_member_of_a_class(project: Callable[..., list[Reference]]) -> None:
    text = """from client.models import Side, words as w

BOTH = (
    Side
    .BOTH
)
print(Side.LEFT, w.Side.BOTH.value)


def local(Side, w):
    return Side.BOTH, [w.Side.BOTH for w in w]
"""
    result = project({USES: text}, ("client/models/words.py", '    BOTH = "both"\n'))
    assert lines_of(result) == [
        (USES, 5, "uses `client.models.Side.BOTH`, which is removed"),
        (USES, 7, "uses `client.models.words.Side.BOTH.value`, but `client.models.words.Side.BOTH` is removed"),
    ]
    assert {each.name for each in result} == {"client.models.words.Side.BOTH"}


def test_arguments(project: Callable[..., list[Reference]]) -> None:
    text = """from client.api import get_turn
from client.models import Turn

get_turn._get_kwargs(
    "P-1",
    limit=1,
    direction="both",
)
Turn(user_input="hello", seconds=2)
"""
    lost = (
        ("client/api/get_turn.py", ", direction: str | None = None"),
        ("client/models/turn.py", "    user_input: str\n"),
    )
    result = project({"tests/test_it.py": text}, *lost)
    assert lines_of(result) == [
        (
            "tests/test_it.py",
            7,
            "passes `direction=` to `client.api.get_turn._get_kwargs`, which no longer takes it",
        ),
        ("tests/test_it.py", 9, "passes `user_input=` to `client.models.Turn`, which no longer takes it"),
    ]
    assert [each.name for each in result] == [
        "client.api.get_turn._get_kwargs.direction",
        "client.models.turn.Turn.user_input",
    ]


BEFORE = Facts(
    operation_ids=frozenset({"getTurn", "getNote"}),
    paths=frozenset({"/v1/{agentId}/turns", "/v1/{agentId}/notes/{noteId}"}),
    schemas=frozenset({"Turn", "Note"}),
    parameters=frozenset({"agentId", "agent_id", "direction"}),
    properties=frozenset({"userInput", "user_input", "id"}),
    enum_values=frozenset({"both", "left", "id"}),
)


def test_the_names_of_the_document(project: Callable[..., list[Reference]]) -> None:
    text = '''"""getNote"""

import json


def f(emulator, agent):
    """Note"""
    calls = {"getNote": 1, "getTurn": 2}
    table = ["GET /v1/{agentId}/notes/{noteId}", "#/components/schemas/Note", "Note", "a Note"]
    return f"{emulator}/v1/{agent}/notes/{calls['userInput']}?x=1", f"/v1/{agent}/turns", "/v1/P-1/notes/7"


print(table.user_input, dict(direction="both"), json.dumps(table, direction=1), json.direction, "left")
'''
    after = Facts(
        operation_ids=frozenset({"getTurn"}),
        paths=frozenset({"/v1/{agentId}/turns"}),
        schemas=frozenset({"Turn"}),
        parameters=frozenset({"agentId", "agent_id"}),
        properties=frozenset({"id"}),
        enum_values=frozenset({"left"}),
    )
    result = project({"scripts/tour.py": text}, before=BEFORE, after=after)
    path = "/v1/{agentId}/notes/{noteId}"
    assert [(each.line, each.text) for each in result if each.sure] == [
        (8, "names operation `getNote`, which is removed"),
        (9, f"names path `{path}`, which is removed"),
        (9, "names schema `Note`, which is removed"),
    ]
    no_name = "which is no property or parameter any more"
    assert [(each.line, each.text) for each in result if not each.sure] == [
        (10, f"contains a path like `{path}`, which is removed"),
        (10, f"contains `userInput`, {no_name}"),
        (13, "contains `both`, which is no enum value any more"),
        (13, f"passes `direction=`, {no_name}"),
        (13, f"uses attribute `user_input`, {no_name}"),
    ]


def test_a_file_that_cannot_be_read(project: Callable[..., list[Reference]]) -> None:
    ours = {"tests/broken.py": "x = 1\ndef\n", USES: "from client.models import Turn\n", "tests/zero.py": "\0"}
    result = project(ours, *NO_TURN)
    assert [(each.file, each.line) for each in result] == [(USES, 1), ("tests/broken.py", 2), ("tests/zero.py", 1)]
    assert result[1].text == "cannot be read as Python: invalid syntax"
    assert result[2].text.startswith("cannot be read as Python: ")


# The real packages and documents.


@pytest.fixture(scope="module")
def packages() -> Packages:
    return Packages(GENERATED)


@pytest.fixture(scope="module")
def documents() -> dict[str, Any]:
    return {name: yaml_files.load(GENERATED / name / "openapi.yaml") for name in PACKAGES}


def all_facts(documents: dict[str, Any]) -> Facts:
    return facts(documents[CLIENT]) | facts(documents["assemblyai_client"])


def lines(name: str, *fragments: str) -> list[tuple[str, int]]:
    """Where the fragments stand in one of our files."""
    text = (ROOT / name).read_text(encoding="utf-8").splitlines()
    return [(name, index) for index, line in enumerate(text, 1) if any(fragment in line for fragment in fragments)]


def test_facts(documents: dict[str, Any], packages: Packages) -> None:
    result = facts(documents[CLIENT])
    assert {"getConversation", "upsertNote"} <= result.operation_ids
    assert "/v1/agents/{agentId}/conversations/{conversationId}/note" in result.paths
    assert {"ConversationTurn", "Speaker"} <= result.schemas
    assert {"agentId", "agent_id", "direction", "client_env"} <= result.parameters
    assert {"userInput", "user_input", "turnId", "turn_id", "polyaiDuration", "polyai_duration"} <= result.properties
    assert {"combined", "pre-release", "semantic"} <= result.enum_values
    spelled = {
        name for kind in packages.objects() for name in kind.members if kind.path.startswith(f"{CLIENT}.models.")
    }
    assert {python_name(name) for name in result.properties} <= spelled


@pytest.mark.parametrize("document", [None, [], {}, {"paths": None, "components": {"schemas": [1]}}])
def test_a_document_without_names(document: Any) -> None:
    assert facts(document) == NOTHING


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("conversationId", "conversation_id"),
        ("polyScore", "poly_score"),
        ("X-PolyAI-Key", "x_poly_ai_key"),
        ("type", "type_"),
        ("id", "id"),
        ("from", "from_"),
        ("next_offset", "next_offset"),
    ],
)
def test_python_names(name: str, expected: str) -> None:
    assert python_name(name) == expected


def test_what_is_cut_from_the_real_packages(tmp_path: Path, documents: dict[str, Any], packages: Packages) -> None:
    new = tmp_path / "new"
    shutil.copytree(GENERATED, new)
    models, api = new / CLIENT / "models", new / CLIENT / "api"
    (models / "upsert_note.py").unlink()
    cut(models / "__init__.py", "from .upsert_note import UpsertNote\n")
    cut(api / "conversations" / "get_conversation_recording.py", "    direction: RecordingDirection | None = None,\n")
    cut(models / "create_debug_chat.py", "    variant_id: str | None = None\n")
    later = copy.deepcopy(documents)
    del later[CLIENT]["paths"]["/v1/agents/{agentId}/conversations/{conversationId}/note"]
    later[CLIENT]["components"]["schemas"]["AnnotationType"]["enum"].remove("wrong_info")
    every = references(ROOT, packages, Packages(new), all_facts(documents), all_facts(later))
    ours = "src/polyai_data/_async/conversations.py"
    chats = "src/polyai_data/_async/debug_chat.py"
    direction = lines(ours, "get_conversation_recording._get_kwargs(")[0][1] + 1
    for name, expected in {
        f"{CLIENT}.models.upsert_note.UpsertNote": lines(ours, "    UpsertNote,"),
        f"{CLIENT}.api.conversations.get_conversation_recording._get_kwargs.direction": [(ours, direction)],
        f"{CLIENT}.models.create_debug_chat.CreateDebugChat.variant_id": lines(chats, "  variant_id=variant_id,"),
        "upsertNote": lines("scripts/tour.py", '"upsertNote"'),
    }.items():
        assert set(expected) <= {(each.file, each.line) for each in every if each.name == name and each.sure}
    assert not any("/_sync/" in each.file for each in every)
    assert not any(each.sure for each in every if each.name == "wrong_info")
    assert [each.sure for each in every] == sorted((each.sure for each in every), reverse=True)

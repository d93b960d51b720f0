"""What our own code would no longer find: each reference at its true place, and none when nothing was lost."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from dataclasses import replace
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


@define
class Turn:
    user_input: str
    seconds: int | None = None
"""
CALL = """def _get_kwargs(agent_id: str, *, limit: int | None = None, direction: str | None = None) -> dict[str, str]:
    return {}
"""
WORDS = """from enum import Enum


class Side(str, Enum):
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
Found = list[tuple[str, int, str]]


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
    """The references of a small project, with what is taken from the packages and from the documents."""

    def project(
        ours: dict[str, str],
        *lost: tuple[str, str],
        before: Facts = NOTHING,
        after: Facts = NOTHING,
    ) -> list[Reference]:
        old, new = write(tmp_path / "old", FILES), write(tmp_path / "new", FILES)
        for name, text in lost:
            cut(new / name, text)
        return references(write(tmp_path / "project", ours), old, new, before, after)

    return project


def places(found: list[Reference], *, sure: bool | None = None) -> Found:
    return [(each.file, each.line, each.text) for each in found if sure is None or each.sure is sure]


USES = "src/polyai_data/_async/uses.py"
NO_TURN = (("client/models/turn.py", MODEL), ("client/models/__init__.py", "from .turn import Turn\n"))


def test_every_way_to_import_what_is_gone_is_found(project: Callable[..., list[Reference]]) -> None:
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
    found = project(ours, *NO_TURN)
    gone = "but `client.models.Turn` is gone"
    assert places(found) == [
        (USES, 2, "imports `client.models.turn.Turn`, which is gone"),
        ("src/polyai_data/emulator/views.py", 1, f"imports `polyai_data.models.Turn`, {gone}"),
        ("src/polyai_data/models.py", 5, "imports `client.models.Turn`, which is gone"),
        ("tests/test_it.py", 5, f"uses `polyai_data.models.Turn`, {gone}"),
        ("bench/speed.py", 3, f"uses `client.models.Turn.seconds`, {gone}"),
        ("bench/speed.py", 4, "names `client.models.Turn`, which is gone"),
        ("scripts/tour.py", 3, f"uses `polyai_data.models.Turn`, {gone}"),
    ]
    assert {each.name for each in found} == {"client.models.turn.Turn"}
    assert all(each.sure for each in found)
    assert [each.room for each in found] == ["facade", "emulator", "facade", "tests", "bench", "bench", "scripts"]
    assert found[0].as_json() == {
        "file": USES,
        "line": 2,
        "name": "client.models.turn.Turn",
        "text": "imports `client.models.turn.Turn`, which is gone",
        "sure": True,
        "room": "facade",
    }


def test_a_member_is_found_where_it_is_used(project: Callable[..., list[Reference]]) -> None:
    text = """from client.models import Side, words as w

BOTH = (
    Side
    .BOTH
)
print(Side.LEFT, w.Side.BOTH.value)


def local(Side, w):
    return Side.BOTH, [w.Side.BOTH for w in w]
"""
    found = project({USES: text}, ("client/models/words.py", '    BOTH = "both"\n'))
    assert places(found) == [
        (USES, 5, "uses `client.models.Side.BOTH`, which is gone"),
        (USES, 7, "uses `client.models.words.Side.BOTH.value`, but `client.models.words.Side.BOTH` is gone"),
    ]
    assert {each.name for each in found} == {"client.models.words.Side.BOTH"}


def test_an_argument_is_found_where_it_is_passed(project: Callable[..., list[Reference]]) -> None:
    text = """from client.api import get_turn
from client.models import Turn

get_turn._get_kwargs(
    "P-1",
    limit=1,
    direction="both",
)
Turn("hello", seconds=2)
Turn(*["hello"], seconds=2)
"""
    lost = (
        ("client/api/get_turn.py", ", direction: str | None = None"),
        ("client/models/turn.py", "    user_input: str\n"),
    )
    found = project({"tests/test_it.py": text}, *lost)
    assert places(found) == [
        (
            "tests/test_it.py",
            7,
            "passes `direction=` to `client.api.get_turn._get_kwargs`, which no longer takes it",
        ),
        ("tests/test_it.py", 9, "passes `user_input` by position to `client.models.Turn`, which no longer takes it"),
    ]
    assert [each.name for each in found] == [
        "client.api.get_turn._get_kwargs.direction",
        "client.models.turn.Turn.user_input",
    ]


def test_an_argument_that_is_taken_by_name_only_is_found_where_it_is_passed_by_position(tmp_path: Path) -> None:
    old, new = write(tmp_path / "old", FILES), write(tmp_path / "new", FILES)
    cut(new / "client/models/turn.py", "@define", "@define(kw_only=True)")
    ours = write(tmp_path / "project", {USES: "from client.models import Turn\n\nTurn('a', seconds=1)\n"})
    text = "passes `user_input` by position to `client.models.Turn`, which no longer takes it"
    assert places(references(ours, old, new, NOTHING, NOTHING)) == [(USES, 3, text)]


BEFORE = Facts(
    operation_ids=frozenset({"getTurn", "getNote"}),
    paths=frozenset({"/v1/{agentId}/turns", "/v1/{agentId}/notes/{noteId}"}),
    schemas=frozenset({"Turn", "Note"}),
    parameters=frozenset({"agentId", "agent_id", "direction"}),
    properties=frozenset({"userInput", "user_input", "id"}),
    enum_values=frozenset({"both", "left", "id"}),
)


def test_the_words_of_the_document_are_found_by_their_spelling(project: Callable[..., list[Reference]]) -> None:
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
    found = project({"scripts/tour.py": text}, before=BEFORE, after=after)
    path = "/v1/{agentId}/notes/{noteId}"
    assert [(each.line, each.text) for each in found if each.sure] == [
        (8, "names operation `getNote`, which is gone"),
        (9, f"names path `{path}`, which is gone"),
        (9, "names schema `Note`, which is gone"),
    ]
    nameless = "a name that no property or parameter has any more"
    assert [(each.line, each.text) for each in found if not each.sure] == [
        (10, f"spells a path like `{path}`, which is gone"),
        (10, f"says `userInput`, {nameless}"),
        (13, "says `both`, which is no longer one of the documents' values"),
        (13, f"passes `direction=`, {nameless}"),
        (13, f"uses attribute `user_input`, {nameless}"),
    ]


def test_a_file_that_cannot_be_read_is_a_finding(project: Callable[..., list[Reference]]) -> None:
    ours = {"tests/broken.py": "x = 1\ndef\n", USES: "from client.models import Turn\n", "tests/zero.py": "\0"}
    found = project(ours, *NO_TURN)
    assert [(each.file, each.line) for each in found] == [(USES, 1), ("tests/broken.py", 2), ("tests/zero.py", 1)]
    assert found[1].text == "cannot be read as Python: invalid syntax"
    assert found[2].text.startswith("cannot be read as Python: ")


def test_where_nothing_was_lost_nothing_is_read(project: Callable[..., list[Reference]]) -> None:
    more = replace(BEFORE, properties=BEFORE.properties | {"mood"})
    assert project({"tests/broken.py": "def\n"}, before=BEFORE, after=more) == []
    assert places(project({"tests/broken.py": "def\n"}, before=more, after=BEFORE)) != []


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


def test_facts_of_the_real_documents(documents: dict[str, Any], packages: Packages) -> None:
    found = facts(documents[CLIENT])
    assert {"getConversation", "upsertNote"} <= found.operation_ids
    assert "/v1/agents/{agentId}/conversations/{conversationId}/note" in found.paths
    assert {"ConversationTurn", "Speaker"} <= found.schemas
    assert {"agentId", "agent_id", "direction", "client_env"} <= found.parameters
    assert {"userInput", "user_input", "turnId", "turn_id", "polyaiDuration", "polyai_duration"} <= found.properties
    assert {"combined", "pre-release", "semantic"} <= found.enum_values
    spelled = {
        name for kind in packages.objects() for name in kind.members if kind.path.startswith(f"{CLIENT}.models.")
    }
    assert {python_name(name) for name in found.properties} <= spelled


@pytest.mark.parametrize("document", [None, [], {}, {"paths": None, "components": {"schemas": [1]}}])
def test_a_document_without_anything_has_no_facts(document: Any) -> None:
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
def test_names_as_the_generator_spells_them(name: str, expected: str) -> None:
    assert python_name(name) == expected


def test_nothing_is_lost_when_nothing_changed(documents: dict[str, Any], packages: Packages) -> None:
    assert references(ROOT, packages, GENERATED, all_facts(documents), all_facts(documents)) == []


def test_what_is_taken_from_the_real_packages_is_found_where_it_is_used(
    tmp_path: Path, documents: dict[str, Any], packages: Packages
) -> None:
    new = tmp_path / "new"
    shutil.copytree(GENERATED, new)
    models, api = new / CLIENT / "models", new / CLIENT / "api"
    (models / "upsert_note.py").unlink()
    cut(models / "__init__.py", "from .upsert_note import UpsertNote\n")
    (api / "annotations_and_notes" / "upsert_note.py").unlink()
    cut(api / "conversations" / "get_conversation_recording.py", "    direction: RecordingDirection | None = None,\n")
    cut(models / "speaker.py", "SPEAKER_VALUES", "SPEAKERS")
    cut(models / "annotation.py", "class Annotation:", "class Flag:")
    cut(models / "__init__.py", "from .annotation import Annotation\n")
    cut(models / "create_debug_chat.py", "    variant_id: str | None = None\n")
    later = copy.deepcopy(documents)
    note = "/v1/agents/{agentId}/conversations/{conversationId}/note"
    del later[CLIENT]["paths"][note]
    schemas = later[CLIENT]["components"]["schemas"]
    del schemas["UpsertNote"]
    schemas["AnnotationType"]["enum"].remove("wrong_info")
    for schema in schemas.values():
        schema.get("properties", {}).pop("user_input_dtmf", None)

    # But for the drift report's own tests, which name anything.
    everything = references(ROOT, packages, new, all_facts(documents), all_facts(later))
    found = [each for each in everything if "test_drift" not in each.file]

    def at(name: str) -> list[tuple[str, int]]:
        return [(each.file, each.line) for each in found if each.name == name]

    ours = "src/polyai_data/_async/conversations.py"
    assert at(f"{CLIENT}.models.upsert_note.UpsertNote") == lines(ours, "    UpsertNote,")
    assert at(f"{CLIENT}.api.annotations_and_notes.upsert_note") == lines(ours, "import add_annotations, upsert_note")
    assert at(f"{CLIENT}.api.conversations.get_conversation_recording._get_kwargs.direction") == [
        (ours, lines(ours, "get_conversation_recording._get_kwargs(")[0][1] + 1)
    ]
    for name in (ours, "src/polyai_data/arguments.py"):
        assert set(lines(name, "import SPEAKER_VALUES")) <= set(at(f"{CLIENT}.models.speaker.SPEAKER_VALUES"))
    annotation = at(f"{CLIENT}.models.annotation.Annotation")
    for name, fragment in (
        (ours, "    Annotation,"),
        ("src/polyai_data/models.py", "    Annotation,"),
        ("tests/types/calls_async.py", "models.Annotation("),
    ):
        assert set(lines(name, fragment)) <= set(annotation)
    chats = "src/polyai_data/_async/debug_chat.py"
    variant = at(f"{CLIENT}.models.create_debug_chat.CreateDebugChat.variant_id")
    assert variant == lines(chats, "            variant_id=variant_id,")
    operation = at("upsertNote")
    for name in (ours, "src/polyai_data/emulator/operations/__init__.py", "tests/facade/calls.py", "scripts/tour.py"):
        assert set(lines(name, '"upsertNote"')) <= set(operation)
    assert not any("/_sync/" in each.file for each in found)
    dtmf = "src/polyai_data/emulator/operations/payloads.py"
    assert set(lines(dtmf, '"user_input_dtmf"')) <= set(at("user_input_dtmf"))
    assert set(lines("tests/facade/calls.py", '"wrong_info"')) <= set(at("wrong_info"))
    assert {each.name for each in found if not each.sure} <= {"user_input_dtmf", "wrong_info", note}
    assert not any(each.sure for each in found if each.name in {"user_input_dtmf", "wrong_info"})
    assert [each.sure for each in found] == sorted((each.sure for each in found), reverse=True)
    assert len(found) == len(set(found))

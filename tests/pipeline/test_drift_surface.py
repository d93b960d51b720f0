"""The Python surface of two sets of client packages: what breaks and what is new, each told once."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from drift_report.surface import Packages, SurfaceChange, surface

GENERATED = Path(__file__).resolve().parents[2] / "generated"
CLIENT = "polyai_data_client"
TURN = '''
from attrs import define as _attrs_define
from attrs import field as _attrs_field
from typing import Any, TypeVar
from .mood import Mood

T = TypeVar("T", bound="Turn")

@_attrs_define
class Turn:
    """A turn."""

    user_input: str
    seconds: int | None = None
    mood: Mood | None = None
    additional_properties: dict[str, Any] = _attrs_field(init=False, factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return {"user_input": self.user_input}
'''
MOOD = """
from typing import Literal

Mood = Literal["calm", "cross"]
MOOD_VALUES: set[Mood] = {"calm", "cross"}

def check_mood(value: str) -> Mood:
    return value
"""
OPERATION = """
from ..models.turn import Turn

def _get_kwargs(agent_id: str, *, host: str, limit: int | None = None) -> dict[str, str]:
    return {}

def sync_detailed(agent_id: str, *, client: object, limit: int | None = None) -> Response[Turn | None]: ...
def sync(agent_id: str, *, client: object, limit: int | None = None) -> Turn | None: ...
async def asyncio_detailed(agent_id: str, *, client: object, limit: int | None = None) -> Response[Turn | None]: ...
async def asyncio(agent_id: str, *, client: object, limit: int | None = None) -> Turn | None: ...
"""
FILES = {
    "client/__init__.py": "",
    "client/api/__init__.py": "",
    "client/api/get_turn.py": OPERATION,
    "client/models/__init__.py": "from .mood import Mood\nfrom .turn import Turn\n\n__all__ = ('Mood', 'Turn')\n",
    "client/models/mood.py": MOOD,
    "client/models/turn.py": TURN,
    "client/words.py": 'from enum import Enum\n\nclass Side(str, Enum):\n    LEFT = "left"\n    BOTH = "both"\n',
}
Change = tuple[str, str, str]
"""A file of the new packages, and what is replaced in it by what."""


@pytest.fixture
def changed(tmp_path: Path) -> Callable[..., list[SurfaceChange]]:
    """The surface of the small packages against themselves with some changes, and without the file `drop`."""

    def changed(*changes: Change, drop: str = "", exposed: tuple[str, ...] = ()) -> list[SurfaceChange]:
        for side in ("old", "new"):
            for name, text in FILES.items():
                path = tmp_path / side / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(text, encoding="utf-8")
        for name, was, now in changes:
            edit(tmp_path / "new" / name, was, now)
        if drop:
            (tmp_path / "new" / drop).unlink()
        return surface(tmp_path / "old", tmp_path / "new", exposed)

    return changed


def edit(path: Path, was: str, now: str) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert was in text
    path.write_text(text.replace(was, now) if was else now, encoding="utf-8")


def told(changes: list[SurfaceChange]) -> list[tuple[bool, str, str]]:
    return [(change.breaking, change.name, change.text) for change in changes]


def test_the_same_packages_have_no_changes(changed: Callable[..., list[SurfaceChange]]) -> None:
    assert changed() == []
    assert surface(GENERATED, GENERATED) == []


MODEL = "client/models/turn.py"
CALL = "client/api/get_turn.py"
AT = "client.models.turn.Turn"
AT_CALL = "client.api.get_turn"
IT = "operation `get_turn`"


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            (MODEL, "    seconds: int | None = None\n", ""),
            [(True, f"{AT}.seconds", "attribute `seconds` of `Turn` was removed")],
        ),
        (
            (MODEL, "seconds: int |", "seconds: float |"),
            [(True, f"{AT}.seconds", "attribute `seconds` of `Turn` is now `float | None`, was `int | None`")],
        ),
        (
            (MODEL, "user_input: str\n", "user_input: str | None\n"),
            [(True, f"{AT}.user_input", "attribute `user_input` of `Turn` is now `str | None`, was `str`")],
        ),
        (
            (MODEL, "seconds: int | None = None\n", "seconds: int | None = None\n    note: str | None = None\n"),
            [
                (True, AT, "`Turn` takes `mood` in another place when passed by position"),
                (False, f"{AT}.note", "attribute `note` of `Turn` is new"),
            ],
        ),
        (
            (MODEL, "    additional", "    note: str | None = None\n    additional"),
            [(False, f"{AT}.note", "attribute `note` of `Turn` is new")],
        ),
        (
            (MODEL, "    user_input: str\n", "    user_input: str\n    role: str\n"),
            [
                (True, AT, "`Turn` takes `seconds`, `mood` in another place when passed by position"),
                (True, f"{AT}.role", "parameter `role` of `Turn` is new, and required"),
            ],
        ),
        (
            (MODEL, "seconds: int | None = None", "seconds: int | None"),
            [(True, f"{AT}.seconds", "parameter `seconds` of `Turn` is required now")],
        ),
        (
            (MODEL, "seconds: int | None = None", "seconds: int = 1"),
            [(True, f"{AT}.seconds", "parameter `seconds` of `Turn` is now `1` when not given, was `None`")],
        ),
        (
            (MODEL, "@_attrs_define\n", "@_attrs_define(kw_only=True)\n"),
            [(True, AT, "`Turn` takes `user_input`, `seconds`, `mood` keyword-only now, not positional or keyword")],
        ),
        ((MODEL, '    """A turn."""\n', '    """One turn."""\n'), []),
        ((MODEL, '{"user_input": self.user_input}', "{}"), []),
        ((MODEL, "def to_dict(self)", "def to_dict(self, deep)"), []),
        ((MODEL, "T = TypeVar", "U = TypeVar"), []),
        (
            ("client/models/mood.py", '"cross"', '"glad"'),
            [
                (True, "client.models.mood.Mood.cross", "value `cross` of `Mood` was removed"),
                (False, "client.models.mood.Mood.glad", "value `glad` of `Mood` is new"),
            ],
        ),
        (
            ("client/models/__init__.py", "from .mood import Mood\n", ""),
            [(True, "client.models.Mood", "`Mood` is no longer offered by `client.models`")],
        ),
        (
            ("client/words.py", '    BOTH = "both"\n', ""),
            [(True, "client.words.Side.BOTH", "member `BOTH` of `Side` was removed")],
        ),
        (
            ("client/words.py", '    BOTH = "both"\n', '    BOTH = "all"\n    NONE = "none"\n'),
            [
                (True, "client.words.Side.BOTH", "member `BOTH` of `Side` is now 'all', was 'both'"),
                (False, "client.words.Side.NONE", "member `NONE` of `Side` is new"),
            ],
        ),
        (
            ("client/words.py", "class Side(str, Enum)", "class Side(Enum)"),
            [(True, "client.words.Side", "class `Side` has lost a base class")],
        ),
        (
            (CALL, ", limit: int | None = None", ""),
            [(True, f"{AT_CALL}.limit", f"parameter `limit` of {IT} was removed")],
        ),
        (
            (CALL, "limit: int | None = None", "limit: int | None = None, deep: bool = False"),
            [(False, f"{AT_CALL}.deep", f"parameter `deep` of {IT} is new")],
        ),
        (
            (CALL, "limit: int | None", "limit: int"),
            [(True, f"{AT_CALL}.limit", f"parameter `limit` of {IT} is now `int`, was `int | None`")],
        ),
        (
            (CALL, "agent_id: str", "agent_id: str | int"),
            [(False, f"{AT_CALL}.agent_id", f"parameter `agent_id` of {IT} is now `str | int`, was `str`")],
        ),
        (
            (CALL, "Turn | None]", "Error]"),
            [(True, AT_CALL, f"the result of {IT} is now `Response[Error]`, was `Response[Turn | None]`")],
        ),
        ((CALL, "def _get_kwargs(agent_id: str", "def _get_kwargs(agent: str"), []),
        (
            ("client/api/find_turns.py", "", OPERATION),
            [(False, "client.api.find_turns", "operation `find_turns` is new")],
        ),
        (
            ("client/models/mood.py", MOOD, "class Mood:\n    pass\n"),
            [
                (True, "client.models.mood.MOOD_VALUES", "attribute `MOOD_VALUES` was removed"),
                (True, "client.models.mood.Mood", "`Mood` was a `attribute`, is `class`"),
                (True, "client.models.mood.check_mood", "function `check_mood` was removed"),
            ],
        ),
    ],
)
def test_a_change_is_told_once(
    changed: Callable[..., list[SurfaceChange]], change: Change, expected: list[tuple[bool, str, str]]
) -> None:
    assert told(changed(change)) == expected


def test_a_model_that_went_is_one_line_though_two_modules_offered_it(
    changed: Callable[..., list[SurfaceChange]],
) -> None:
    package = "client/models/__init__.py"
    found = changed((package, "from .turn import Turn\n", ""), (package, ", 'Turn'", ""), drop=MODEL)
    assert told(found) == [(True, AT, "class `Turn` was removed")]


def test_a_model_that_came_is_one_line(changed: Callable[..., list[SurfaceChange]]) -> None:
    package = "client/models/__init__.py"
    new = (package, "from .turn", "from .pace import Pace\nfrom .turn")
    found = changed(
        new, (package, "'Mood'", "'Mood', 'Pace'"), ("client/models/pace.py", "", MOOD.replace("Mood", "Pace"))
    )
    assert told(found) == [(False, "client.models.pace.Pace", "type `Pace` is new")]


def test_an_operation_that_went_is_one_line(changed: Callable[..., list[SurfaceChange]]) -> None:
    assert told(changed(drop=CALL)) == [(True, "client.api.get_turn", "operation `get_turn` was removed")]


def test_what_is_exposed_comes_first_with_what_it_holds(changed: Callable[..., list[SurfaceChange]]) -> None:
    changes = [
        (CALL, ", limit: int | None = None", ""),
        ("client/models/mood.py", ', "cross"', ""),
        (MODEL, "    user_input: str\n", ""),
    ]
    found = changed(*changes, exposed=("Turn",))
    assert [(change.name, change.exposed) for change in found] == [
        ("client.models.mood.Mood.cross", True),
        ("client.models.turn.Turn.user_input", True),
        ("client.api.get_turn.limit", False),
    ]
    assert found[0].as_json() == {
        "breaking": True,
        "name": "client.models.mood.Mood.cross",
        "text": "value `cross` of `Mood` was removed",
        "exposed": True,
    }


def test_a_package_that_one_side_lacks_is_one_line(tmp_path: Path) -> None:
    shutil.copytree(GENERATED, tmp_path / "new")
    shutil.rmtree(tmp_path / "new" / "assemblyai_client")
    gone = surface(GENERATED, tmp_path / "new", ["RedactedAudio"])
    assert gone == [SurfaceChange(True, "assemblyai_client", "package `assemblyai_client` was removed", True)]
    come = surface(tmp_path / "new", GENERATED)
    assert come == [SurfaceChange(False, "assemblyai_client", "package `assemblyai_client` is new", False)]
    (tmp_path / "new" / CLIENT / "__init__.py").write_text("def\n", encoding="utf-8")
    assert len(surface(GENERATED, tmp_path / "new")) == 2
    assert len(surface(GENERATED, tmp_path / "nowhere")) == 2


def test_the_real_packages_with_changes(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    new = tmp_path / "new"
    shutil.copytree(GENERATED, new)
    models = new / CLIENT / "models"
    edit(models / "conversation_turn.py", "    user_input: str | None = None\n", "")
    edit(models / "recording_direction.py", '"agent", ', "")
    edit(models / "annotation.py", "    role: Speaker\n", "    role: Speaker | None\n")
    edit(models / "__init__.py", "from .upsert_note import UpsertNote\n", "")
    edit(models / "__init__.py", '    "UpsertNote",\n', "")
    (models / "upsert_note.py").unlink()
    (new / CLIENT / "api" / "debug_chat" / "create_debug_chat.py").unlink()
    old = Packages(GENERATED)
    with caplog.at_level(logging.DEBUG):
        found = surface(old, new, ["Annotation", "ConversationDetailResponse", "RecordingDirection"])
    assert caplog.records == []
    at = f"{CLIENT}.models"
    assert [(change.exposed, *each) for change, each in zip(found, told(found), strict=True)] == [
        (
            True,
            True,
            f"{at}.annotation.Annotation.role",
            "attribute `role` of `Annotation` is now `Speaker | None`, was `Speaker`",
        ),
        (
            True,
            True,
            f"{at}.conversation_turn.ConversationTurn.user_input",
            "attribute `user_input` of `ConversationTurn` was removed",
        ),
        (
            True,
            True,
            f"{at}.recording_direction.RecordingDirection.agent",
            "value `agent` of `RecordingDirection` was removed",
        ),
        (False, True, f"{CLIENT}.api.debug_chat.create_debug_chat", "operation `create_debug_chat` was removed"),
        (False, True, f"{at}.upsert_note.UpsertNote", "class `UpsertNote` was removed"),
    ]


def test_packages_are_looked_up_without_being_imported() -> None:
    packages = Packages.of(Packages(GENERATED))
    found = packages.find(f"{CLIENT}.models.Annotation")
    assert found is not None
    assert found.path == f"{CLIENT}.models.annotation.Annotation"
    assert packages.find(f"{CLIENT}.models.Annotation.role") is not None
    assert packages.find(f"{CLIENT}.client.httpx.Client") is not None
    assert packages.find(f"{CLIENT}.models.Nothing.role") is None
    assert packages.find("nowhere.models") is None
    taken = packages.parameters(f"{CLIENT}.models.Annotation")
    assert taken is not None
    assert [each.name for each in taken] == ["turn_id", "role", "annotation_type"]
    taken = packages.parameters(f"{CLIENT}.servers.Server")
    assert taken is not None
    assert [each.name for each in taken] == ["url", "region", "aliases", "studio_url"]
    assert "base_url" in {each.name for each in packages.parameters(f"{CLIENT}.Client") or ()}
    assert packages.parameters(f"{CLIENT}.models.Speaker") is None

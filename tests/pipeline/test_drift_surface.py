"""The Python surface of two sets of client packages: what breaks and what is new, each change once."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import get_args

import pytest
from drift_report.surface import Packages, SurfaceChange, surface

from tests.pipeline.projects import write

TURN = '''
from attrs import define as _attrs_define
from attrs import field as _attrs_field
from typing import Any, TypeVar
from .mood import Mood

T = TypeVar("T", bound="Turn")

@_attrs_define(kw_only=True)
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
    "client/api/send_turn.py": "def sync_detailed(agent_id: str, *, body: Turn) -> Response[None]: ...\n",
    "client/models/__init__.py": "from .mood import Mood\nfrom .turn import Turn\n\n__all__ = ('Mood', 'Turn')\n",
    "client/models/mood.py": MOOD,
    "client/models/turn.py": TURN,
}
Changed = Callable[..., list[SurfaceChange]]
Change = tuple[str, str, str]
"""A file of the new packages, a text in it, and what replaces it."""


@pytest.fixture
def changed(tmp_path: Path) -> Changed:
    """The surface of the small packages against themselves with changes, and without the file `drop`."""

    def changed(
        *changes: Change, drop: str = "", exposed: tuple[str, ...] = (), sent: bool = True
    ) -> list[SurfaceChange]:
        for side in ("old", "new"):
            write(tmp_path / side, FILES)
            if not sent:
                (tmp_path / side / "client/api/send_turn.py").unlink()
        for name, was, now in changes:
            edit(tmp_path / "new" / name, was, now)
        if drop:
            (tmp_path / "new" / drop).unlink()
        return surface(Packages(tmp_path / "old"), Packages(tmp_path / "new"), exposed)

    return changed


def edit(path: Path, was: str, now: str) -> None:
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    assert was in text
    path.write_text(text.replace(was, now) if was else now, encoding="utf-8")


def lines(changes: list[SurfaceChange]) -> list[tuple[bool, str, str]]:
    return [(change.breaking, change.name, change.text) for change in changes]


MODEL = "client/models/turn.py"
CALL = "client/api/get_turn.py"
AT = "client.models.turn.Turn"
AT_CALL = "client.api.get_turn"
IT = "operation `get_turn`"


PACKAGE, LITERAL = "client/models/__init__.py", "client/models/mood.py"
NOTE = "    note: str | None = None\n"
SECONDS = "    seconds: int | None = None\n"
CASES: list[tuple[str, str, str, list[str]]] = [
    (MODEL, SECONDS, "", [f"!{AT}.seconds: attribute `seconds` of `Turn` was removed"]),
    (MODEL, "seconds: int |", "seconds: float |",
     [f"!{AT}.seconds: attribute `seconds` of `Turn` is now `float | None`, was `int | None`"]),
    (MODEL, "user_input: str\n", "user_input: str | None\n",
     [f"!{AT}.user_input: attribute `user_input` of `Turn` is now `str | None`, was `str`"]),
    (MODEL, "    additional", f"{NOTE}    additional", [f"{AT}.note: attribute `note` of `Turn` is new"]),
    (MODEL, "    user_input: str\n", "    user_input: str\n    role: str\n",
     [f"!{AT}.role: attribute `role` of `Turn` is new, and required"]),
    (MODEL, "seconds: int | None = None", "seconds: int | None",
     [f"!{AT}.seconds: attribute `seconds` of `Turn` is required now"]),
    (MODEL, "seconds: int | None = None", "seconds: int = 1",
     [f"!{AT}.seconds: attribute `seconds` of `Turn` has the default `1`, had `None`"]),
    (MODEL, '    """A turn."""\n', '    """One turn."""\n', []),
    (MODEL, "def to_dict(self)", "def to_dict(self, deep)", []),
    (MODEL, "T = TypeVar", "U = TypeVar", []),
    (LITERAL, '"cross"', '"glad"',
     ["!client.models.mood.Mood.cross: value `cross` of `Mood` was removed",
      "client.models.mood.Mood.glad: value `glad` of `Mood` is new"]),
    (PACKAGE, "from .mood import Mood\n", "",
     ["!client.models.Mood: `Mood` is no longer available in `client.models`"]),
    (CALL, ", limit: int | None = None", "", [f"!{AT_CALL}.limit: parameter `limit` of {IT} was removed"]),
    (CALL, "limit: int | None = None", "limit: int | None = None, deep: bool = False",
     [f"{AT_CALL}.deep: parameter `deep` of {IT} is new"]),
    (CALL, "limit: int | None", "limit: int",
     [f"!{AT_CALL}.limit: parameter `limit` of {IT} is now `int`, was `int | None`"]),
    (CALL, "agent_id: str", "agent_id: str | int",
     [f"{AT_CALL}.agent_id: parameter `agent_id` of {IT} is now `str | int`, was `str`"]),
    (CALL, "Turn | None]", "Error]",
     [f"!{AT_CALL}: the result of {IT} is now `Response[Error]`, was `Response[Turn | None]`"]),
    (CALL, "def _get_kwargs(agent_id: str", "def _get_kwargs(agent: str", []),
    ("client/api/find_turns.py", "", OPERATION, ["client.api.find_turns: operation `find_turns` is new"]),
    (LITERAL, MOOD, "class Mood:\n    pass\n",
     ["!client.models.mood.MOOD_VALUES: constant `MOOD_VALUES` was removed",
      "!client.models.mood.Mood: type `Mood` is a class now",
      "!client.models.mood.check_mood: function `check_mood` was removed"]),
]  # fmt: skip


@pytest.mark.parametrize(("name", "was", "now", "expected"), CASES)
def test_a_change_is_reported_once(changed: Changed, name: str, was: str, now: str, expected: list[str]) -> None:
    lines = [f"{'!' * one.breaking}{one.name}: {one.text}" for one in changed((name, was, now))]
    assert lines == expected


READ = {
    SECONDS: True, "seconds: int |": True, "user_input: str\n": True, "seconds: int | None = None": False,
    "    user_input: str\n": False,
}  # fmt: skip
"""Of the edits of a model above, by what they replace: whether they break who only reads it."""


@pytest.mark.parametrize(("name", "was", "now"), [case[:3] for case in CASES if case[1] in READ])
def test_what_callers_only_read_may_be_more_certain(changed: Changed, name: str, was: str, now: str) -> None:
    assert [one.breaking for one in changed((name, was, now), sent=False)] == [READ[was]]


def test_values_that_callers_only_read_may_be_fewer(changed: Changed) -> None:
    assert [one.breaking for one in changed((LITERAL, ', "cross"', ""), sent=False)] == [False]


def test_a_whole_module_is_one_line(changed: Changed) -> None:
    removed = changed((PACKAGE, "from .turn import Turn\n", ""), (PACKAGE, ", 'Turn'", ""), drop=MODEL)
    assert lines(removed) == [(True, AT, "class `Turn` was removed")]
    assert lines(changed(drop=CALL)) == [(True, "client.api.get_turn", "operation `get_turn` was removed")]
    new = (PACKAGE, "from .turn", "from .pace import Pace\nfrom .turn")
    added = changed(new, ("client/models/pace.py", "", MOOD.replace("Mood", "Pace")))
    assert lines(added) == [(False, "client.models.pace.Pace", "type `Pace` is new")]


def test_what_is_exposed_comes_first(changed: Changed) -> None:
    changes = [
        (CALL, ", limit: int | None = None", ""),
        ("client/models/mood.py", ', "cross"', ""),
        (MODEL, "    user_input: str\n", ""),
    ]
    result = changed(*changes, exposed=("Turn",))
    assert [(change.name, change.exposed) for change in result] == [
        ("client.models.mood.Mood.cross", True),
        ("client.models.turn.Turn.user_input", True),
        ("client.api.get_turn.limit", False),
    ]


def test_a_missing_package_is_one_line(tmp_path: Path) -> None:
    for folder, names in (("one", ["a", "b"]), ("other", ["a"])):
        write(tmp_path / folder, {f"{name}/__init__.py": "class Thing: ...\n" for name in names})
    one, other = Packages(tmp_path / "one"), Packages(tmp_path / "other")
    assert surface(one, other, ["Thing"]) == [SurfaceChange(True, "b", "package `b` was removed", True)]
    assert surface(other, one) == [SurfaceChange(False, "b", "package `b` is new", False)]
    (tmp_path / "other/a/__init__.py").write_text("def\n", encoding="utf-8")  # a package that cannot be read is missing
    assert len(surface(one, Packages(tmp_path / "other"))) == 2


GENERATED = Path(__file__).resolve().parents[2] / "generated"


def test_every_name_of_the_surface_can_be_imported() -> None:
    entries = Packages(GENERATED).entries.values()
    assert {entry.kind for entry in entries} >= {
        "operation",
        "class",
        "type",
        "attribute",
        "parameter",
        "value",
        "export",
    }
    for entry in entries:
        if entry.kind == "operation":
            assert callable(importlib.import_module(entry.path).sync_detailed)
        elif entry.kind == "parameter":
            assert entry.name in inspect.signature(importlib.import_module(entry.parent).sync_detailed).parameters
        elif entry.owner:
            module, _, name = entry.path.removesuffix(f".{entry.name}").rpartition(".")
            owner = getattr(importlib.import_module(module), name)
            fields = (
                () if entry.kind == "value" else (*inspect.get_annotations(owner), *inspect.signature(owner).parameters)
            )
            assert entry.name in {*get_args(owner), *fields, *dir(owner)}
        else:
            assert hasattr(importlib.import_module(entry.parent), entry.name)

"""The drift report for people: every room in Markdown and on terminals, and texts that look like markup."""

from __future__ import annotations

import io
import re
from typing import Literal

import pytest
from drift_report.changes import Difference, compare
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.report import Broken, Report
from drift_report.surface import SurfaceChange
from drift_report.view import markdown, sections, show
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

AT = ("paths", "/things", "get")
S = ("components", "schemas", "Item")
MOVED = Difference(
    "moved", "operation", "GET /things", "from /things at a, b to /items at c", "f", AT, AT, breaking=True
)
FULL = Report(
    differences=[
        MOVED,
        Difference("removed", "operation", "GET /parts", "", "f", old=AT, breaking=True),
        Difference("added", "operation", "GET /others", "", "f", new=AT, breaking=False),
        Difference("renamed", "schema", "Thing", "to Item", "f", S, S),
        Difference("changed", "schema", "Item", "properties size type: 'integer' is now 'string'", "f", S, S),
        Difference("added", "document", "specs/acme/new.yaml", "", "specs/acme/new.yaml"),
        Difference("changed", "schema", "Item", "description: 'a' is now 'b'", "f", AT, AT, wording=True),
        Difference("added", "schema", "Item", "title: 'b'", "f", None, AT, wording=True),
        Difference("added", "schema", "Part", "title: 'b'", "f", None, AT, wording=True),
    ],
    consequences=[
        Consequence(
            "dead", "drop", "overlay/acme/10.yaml:3", "the target matches nothing", "$.x", "Some `why`.", "$.y"
        ),
        Consequence("failed", "mend", "overlay/acme/10.yaml:9", "cannot be applied", "$.z"),
        Consequence("conflict", "rule", "overlay/bundle.yaml", "/servers: a against b"),
        Consequence("unnamed", "name", "overlay/acme/", "GET /others: no action gives it operationId"),
        Consequence("reread", "read", "specs/acme/read.yaml", "the page changed"),
    ],
    surface=[
        SurfaceChange(True, "client.Thing", "class `Thing` was removed", exposed=True),
        SurfaceChange(False, "client.Item", "class `Item` is new", exposed=False),
    ],
    references=[
        Reference("src/a.py", 3, "Thing", "imports `Thing`", sure=True, room="facade"),
        Reference("src/b.py", 4, "Thing", "says `Thing`", sure=False, room="emulator"),
    ],
    files=["changed: specs/acme/things.yaml; as page.md has it", "new: specs/acme/new.yaml"],
    also=["GET /elsewhere"],
    remarks=["no verdict on what breaks callers"],
    version="0.3.1",
)
MARKDOWN = """\
# Drift: needs a person

A person is needed.

## Files

- changed: `specs/acme/things.yaml`; as page.md has it
- new: `specs/acme/new.yaml`

## Documents

- **breaking** operation `GET /things` moved
  - from /things at a, b
  - to /items at c
- **breaking** operation removed: `GET /parts`
- operation added: `GET /others`
- schema `Thing` renamed to Item
- schema `Item`: properties size type: 'integer' is now 'string'
- document added: `specs/acme/new.yaml`
- wording in 3 places: `Item`, `Part`

## Overlay actions and sources to drop

- `overlay/acme/10.yaml:3` (dead): the target matches nothing
  - target: `$.x`
  - nearest: `$.y`
  - reason: Some `why`.

## To mend

- `overlay/acme/10.yaml:9` (failed): cannot be applied
  - target: `$.z`

## Conflicts to rule on

- `overlay/bundle.yaml` (conflict): /servers: a against b

## Operations to name

- `overlay/acme/` (unnamed): GET /others: no action gives it operationId

## Pages to read again

- `specs/acme/read.yaml` (reread): the page changed

## For people who import us

- **breaking** class `Thing` was removed (in `polyai_data.models`)
- class `Item` is new

## What we refer to and would not find

- `src/a.py:3` [facade]: imports `Thing`
- `src/b.py:4` [emulator]: says `Thing` (perhaps: only the name is the same)

## Also offered, and not vendored

- `GET /elsewhere`

## About this report

- no verdict on what breaks callers

## Suggested CHANGELOG entry

### Changed

- **Breaking:** `GET /things` moved from /things at a, b to /items at c.
- `Thing` renamed to Item.
- `Item`: properties size type: 'integer' is now 'string'.

### Added

- `GET /others`.

### Removed

- **Breaking:** `GET /parts`.

Version step: major (0.3.1 → 0.4.0, as the first number is still 0).
"""


def shown(report: Report, width: int = 200, *, colour: bool = False, head: str | None = None) -> str:
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=io.StringIO(), record=True, width=width, color_system=system, _environ={})
    show(report, console, head)
    return re.sub(r" +$", "", console.export_text(styles=colour), flags=re.MULTILINE)


def words(text: str) -> list[str]:
    return re.sub(r"[`*#]|^ *- ", "", text, flags=re.MULTILINE).split()


def test_every_room_as_markdown() -> None:
    assert markdown(FULL) == MARKDOWN


def test_every_room_on_a_terminal() -> None:
    text = shown(FULL)
    assert text.startswith("drift: needs a person\nA person is needed.\n\nFiles\n  changed: specs/acme/things.yaml;")
    for heading, lines in sections(FULL):
        assert f"\n\n{heading}\n" in text
        for line in lines:
            assert f"\n  {line.text.replace('`', '').replace('**', '')}" in text
            for below in line.below:
                assert f"\n      {below.replace('`', '')}" in text
    assert words(text.lower()) == words(MARKDOWN.lower())


def test_headings_only_where_there_is_something_to_say() -> None:
    assert markdown(Report()) == "# Drift: unchanged\n\nNothing changed.\n"
    assert shown(Report()) == "drift: unchanged\nNothing changed.\n"


def test_what_regenerates() -> None:
    report = Report(differences=[Difference("added", "schema", "A", "properties b", "f", None, AT)], version="1.0.0")
    text = markdown(report)
    assert text.startswith(
        "# Drift: regenerates\n\nThe changes regenerate by themselves: `make accept` takes them in.\n"
    )
    assert text.endswith("### Changed\n\n- `A`: added properties b.\n\nVersion step: patch (1.0.0 → 1.0.1).\n")
    assert "take them in" not in shown(report)
    assert "`" not in shown(report)


def test_a_broken_source_is_all_there_is() -> None:
    report = Report(broken=[Broken("page.md", 3, 4, "not valid YAML")], differences=[MOVED], also=["GET /x"])
    assert [heading for heading, _ in sections(report)] == ["Broken sources"]
    assert "- `page.md:3:4`: not valid YAML\n" in markdown(Report(broken=report.broken))
    assert "  page.md:3:4: not valid YAML\n" in shown(report)


def test_a_broken_source_without_a_line() -> None:
    report = Report(broken=[Broken.parse("https://x.example/a: no answer")])
    assert "- `https://x.example/a`: no answer\n" in markdown(report)


def test_a_problem_of_no_file() -> None:
    assert "- no source at all\n" in markdown(Report(broken=[Broken.parse("no source at all")]))


def test_one_place_and_several() -> None:
    differences = [Difference("changed", "schema", name, name, "f", AT, AT, wording=True) for name in "ABB"]
    assert "- wording in 1 place: `A`\n" in markdown(Report(differences=differences[:1]))
    assert "- wording in 3 places: `A`, `B`\n" in markdown(Report(differences=differences))


def test_another_head() -> None:
    text = shown(FULL, head="generated/ is another one now:")
    assert text.startswith("generated/ is another one now:\n\nFiles\n")
    assert "needs a person" not in text
    assert "A person is needed" not in text


def test_colours() -> None:
    text = shown(FULL, colour=True)
    assert "\x1b[1;33mdrift: needs a person\x1b[0m" in text
    assert re.search(r"\x1b\[[\d;]*31m", text)  # what breaks is red
    assert re.search(r"\x1b\[32moperation added: \x1b\[0m\x1b\[[\d;]*mGET /others", text)  # what came is green
    assert re.sub(r"\x1b\[[\d;]*m", "", text).split() == shown(FULL).split()
    assert "\x1b" not in shown(FULL)


def test_each_verdict_has_a_colour() -> None:
    added = Difference("added", "schema", "A", "", "f", None, AT)
    reports = [
        Report(),
        Report(differences=[added]),
        Report(differences=[MOVED]),
        Report(broken=[Broken("f", 1, 1, "")]),
    ]
    starts = [shown(report, colour=True).partition("drift:")[0] for report in reports]
    assert starts == ["\x1b[32m", "\x1b[36m", "\x1b[1;33m", "\x1b[1;31m"]


@pytest.mark.parametrize("width", [20, 40, 79])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    text = shown(FULL, width)
    rooms = text.partition("\n\n")[2]  # the first two lines are left to the terminal, to be copied whole
    assert max(map(len, rooms.splitlines())) <= width
    assert "".join(text.split()) == "".join(shown(FULL).split())


def test_what_is_within_is_indented_when_it_is_folded() -> None:
    lines = shown(FULL, 40).splitlines()
    start = lines.index("To mend") + 1
    folded = lines[start : lines.index("", start)]
    assert len(folded) > 2
    assert all(line.startswith("  ") for line in folded)


def test_no_line_ends_in_blanks() -> None:
    console = Console(file=io.StringIO(), record=True, width=80, _environ={})
    show(FULL, console)
    assert [line for line in console.export_text().splitlines() if line != line.rstrip()] == []


LITERAL = ["[bold]", "[/bold]", "[red]x[/red]", ":smile:", "[link=x]y[/link]", "\\[x]", "<b>", "{x}", "%s", "_x_", "#1"]


def with_text(text: str) -> Report:
    action = Consequence("dead", "drop", f"w{text}", f"text {text}", f"$.{text}", f"why {text}", f"$.n{text}")
    return Report(
        differences=[Difference("changed", "schema", f"N{text}", f"enum: '{text}' is now 'x'", "f", AT, AT)],
        consequences=[action],
        surface=[SurfaceChange(True, "x", f"attribute {text}", exposed=False)],
        references=[Reference(f"src/{text}.py", 3, text, f"names {text}", sure=True, room=text)],
        files=[f"changed: specs/a/{text}.yaml"], also=[f"GET /{text}"], remarks=[f"remark {text}"],
    )  # fmt: skip


@pytest.mark.parametrize("text", LITERAL)
@pytest.mark.parametrize("colour", [False, True])
def test_what_looks_like_markup_is_shown_as_it_is(text: str, colour: bool) -> None:
    places = with_text(text)
    out = re.sub(r"\x1b\[[\d;]*m", "", shown(places, 300, colour=colour))
    assert out.count(text) == markdown(places).count(text) >= 14
    broken = Report(broken=[Broken(f"f{text}", 1, 2, f"bad {text}")])
    assert f"  f{text}:1:2: bad {text}\n" in shown(broken)


@pytest.mark.parametrize("text", ["`", "a `b", "**", "a**b"])
def test_markdown_in_what_a_vendor_writes_is_shown_as_it_is(text: str) -> None:
    detail = f"pattern: 'x' is now '{text}'"
    report = Report(differences=[Difference("changed", "schema", "Thing", detail, "f", AT, AT)])
    assert f"  schema Thing: {detail}\n" in shown(report, 300)
    after = shown(report, 300, colour=True)
    assert "\x1b[7m" not in after


@given(st.text(st.characters(categories=["L", "N", "P", "S"], exclude_characters="`*"), max_size=12))
def test_no_text_is_lost(text: str) -> None:
    report = with_text(text)
    assert "".join(shown(report, 300).split()).count(text) >= 9
    assert "".join(shown(report, 30).split()) == "".join(shown(report, 300).split())


def test_a_difference_is_one_line() -> None:
    old, new = ({"components": {"schemas": {"S": {"enum": values}}}} for values in (["a"], ["a", "two\n\n# lines"]))
    report = Report(differences=compare({"f": (old, new)}))
    assert "\n# lines" not in markdown(report)

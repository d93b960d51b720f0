"""The drift report for people: every section in Markdown and on terminals, and texts that look like markup."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Literal

import pytest
from drift_report.changes import Difference
from drift_report.overlay_effects import Consequence
from drift_report.references import Reference
from drift_report.report import Broken, Report
from drift_report.surface import SurfaceChange
from drift_report.view import markdown, sections, show
from rich.console import Console

AT = ("paths", "/things", "get")
S = ("components", "schemas", "Item")
MOVED = Difference(
    "moved", "operation", "GET /things", "from /things to /items, to other hosts: a, b → c", "f", AT, AT, breaking=True
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
        Difference("added", "schema", "Part", "title: 'b'", "f", None, AT, wording=True),
    ],
    consequences=[
        Consequence(
            "dead", "drop", "overlay/acme/10.yaml:3", "the target matches nothing", "$.x", "Some `why`.", "$.y"
        ),
        Consequence("failed", "mend", "overlay/acme/10.yaml:9", "cannot be applied", "$.z"),
        Consequence(
            "renamed", "edit", "overlay/acme/10.yaml:5", "`/things` is `/items` now", "- target: $.paths['/items']"
        ),
        Consequence("conflict", "rule", "overlay/bundle.yaml", "/servers: a against b"),
        Consequence("reread", "read", "specs/acme/read.yaml", "the page changed"),
    ],
    surface=[SurfaceChange(True, "client.Thing", "class `Thing` was removed", exposed=True)],
    references=[
        Reference("src/a.py", 3, "Thing", "imports `Thing`", sure=True, room="facade"),
        Reference("src/b.py", 4, "Thing", "contains `Thing`", sure=False, room="emulator"),
    ],
    files=["changed: specs/acme/things.yaml; from page.md", "new: specs/acme/new.yaml"],
    also=["GET /elsewhere"],
    remarks=["not judged what breaks callers"],
    version="0.3.1",
    locations=["it's $1/a page.md"],
)
MARKDOWN = """\
# Drift: needs a person

Version: 0.3.1 → 0.4.0 (breaking; before 1.0 the second number says so).

## To do

1. Write the vendor's new forms into the overlay: `overlay/acme/10.yaml:5`
2. Rule on the conflicts: `overlay/bundle.yaml`
3. Mend: `overlay/acme/10.yaml:9`
4. Drop what is no longer needed: `overlay/acme/10.yaml:3`
5. Read the page again: `specs/acme/read.yaml`
6. Decide about what breaks callers: `GET /things` moved, and 1 more below
7. Change our code: `src/a.py:3`
8. Take it in:
   - `make vendor PAGE='it'"'"'s $1/a page.md'`
   - `make generate && make test`

## Files

- changed: `specs/acme/things.yaml`; from page.md
- new: `specs/acme/new.yaml`

## What changed

- schema `Thing` renamed to Item
  - importers: **breaking** class `Thing` was removed (through `polyai_data.models`)
  - our code: facade `src/a.py:3`; emulator 1
- **breaking** operation `GET /things` moved to /items, to other hosts: a, b → c
- **breaking** operation removed: `GET /parts`
- operation added: `GET /others`
- schema `Item`: properties size type: 'integer' is now 'string'
- document added: `specs/acme/new.yaml`
- wording in 2 places: `Item`, `Part`

## Overlay edits, after which the rest of this report holds

- `overlay/acme/10.yaml:5` (renamed): `/things` is `/items` now
  - line: `- target: $.paths['/items']`

## Rule on the conflicts

- `overlay/bundle.yaml` (conflict): /servers: a against b

## Mend

- `overlay/acme/10.yaml:9` (failed): cannot be applied
  - target: `$.z`

## Drop what is no longer needed

- `overlay/acme/10.yaml:3` (dead): the target matches nothing
  - target: `$.x`
  - nearest: `$.y`
  - reason: Some `why`.

## Read the page again

- `specs/acme/read.yaml` (reread): the page changed

## Also offered, and not ours

- `GET /elsewhere`

## About this report

- not judged what breaks callers

## For people who import us

- **breaking** class `Thing` was removed (through `polyai_data.models`): `client.Thing`

## References of our own code to what changed

- `src/a.py:3` [facade]: imports `Thing`
- `src/b.py:4` [emulator]: contains `Thing` (perhaps: only the name matches)

## Suggested CHANGELOG entry

### Changed

- **Breaking:** `GET /things` moved from /things to /items, to other hosts: a, b → c.
- `Thing` renamed to Item.
- `Item`: properties size type: 'integer' is now 'string'.

### Added

- `GET /others`.

### Removed

- **Breaking:** `GET /parts`.
"""


def shown(report: Report, width: int = 200, *, colour: bool = False, head: str | None = None) -> str:
    system: Literal["standard"] | None = "standard" if colour else None
    console = Console(file=io.StringIO(), record=True, width=width, color_system=system, _environ={})
    show(report, console, head)
    return re.sub(r" +$", "", console.export_text(styles=colour), flags=re.MULTILINE)


def test_every_section_as_markdown() -> None:
    assert markdown(FULL) == MARKDOWN


def removed(name: str, number: int) -> Difference:
    at = (*S[:2], name, "properties", f"f{number}")
    return Difference("removed", "schema", name, f"properties f{number}", "f", at, breaking=True)


def test_a_long_report_is_short_on_a_terminal_and_whole_in_a_file() -> None:
    problem = "/paths/~1x{}/get: #/components/schemas/Gone has no target"
    references = [
        Reference(f"tests/test_{n % 30}.py", n, "Gone", "names `Gone`", sure=True, room="tests") for n in range(150)
    ]
    report = Report(
        [Difference("removed", "schema", "Gone", "", "f", (*S[:2], "Gone")), *(removed(f"S{n}", n) for n in range(20))],
        [Consequence("dangling", "mend", f"overlay/a.yaml:{n % 4 + 1}", problem.format(n)) for n in range(37)],
        [
            SurfaceChange(True, f"c.gone.Gone.a{n}", f"attribute `a{n}` of `Gone` was removed", exposed=False)
            for n in range(9)
        ],
        references,
    )
    text = shown(report, 100)
    assert text.count("\n") <= 40
    assert "overlay/a.yaml:1, 2, 3, 4 (dangling, 37 places): #/components/schemas/Gone has no target\n" in text
    assert "our code: tests 150\n" in text
    assert text.count("breaking schema S") == 20  # what breaks is never left out
    whole = markdown(report)
    assert whole.count("names `Gone`") == 150
    assert all(f"`S{n}`: removed properties f{n}" in whole for n in range(20))


def test_members_of_one_node_and_the_same_of_several_operations_are_one_line() -> None:
    both = [Difference("added", "operation", f"GET /{name}", "security Key", "f", new=AT) for name in "ab"]
    text = markdown(Report([removed("S", 1), removed("S", 2), *both]))
    assert "- **breaking** schema `S`: removed properties f1, f2\n" in text
    assert "- operation `GET /a`: added security Key; the same in `GET /b`\n" in text


PATH = Difference("removed", "operation", "GET /items", "parameters account (path)", "f", AT, breaking=True)
DEEP = Difference("added", "operation", "GET /x", "parameters deep (query)", "f", new=AT, breaking=True, argument=True)
REQUIRED = [
    Difference("added", "schema", "E", f"required `{name}`", "f", new=AT, breaking=False) for name in "abcdefghij"
]
DETAILS = tuple(f"`E`: added {'required' if name > 'c' else 'properties'} `{name}`" for name in "abcdef")
PUBLISHED = [Consequence("published", "drop", f"overlay/a.yaml:{n}", f"publishes {n}, the same") for n in range(9)]
SERVERS = [
    Consequence("server", "mend", "overlay/80.yaml:4", f"https://{name}.test: published no longer") for name in "abcd"
]


@pytest.mark.parametrize(
    ("report", "lines"),
    [
        # What a moved operation calls the parts of its path is part of the move.
        (Report([replace(MOVED, new=("paths", "/items", "get")), PATH]), [
            "operation GET /things moved to /items, to other hosts: a, b → c",
        ]),
        (Report(REQUIRED), ["schema E: added required a, b, c, d, e, f, g, h, i, j"]),
        (Report([DEEP]), ["1. Decide about what breaks callers: GET /x: added parameters deep (query)"]),
        (Report(consequences=[Consequence("published", "mend", "a:1", "differs", details=DETAILS)]), [
            "E: added required d, e, f; E: added properties a, b, c",
        ]),
        (Report(consequences=SERVERS), [
            "(server): https://a.test, https://b.test, and 2 more: published no longer",
        ]),
        (Report(consequences=PUBLISHED), ["overlay/a.yaml:0, 1, 2, 3, 4, 5, 6, 7, 8 (published): can go"]),
    ],
)  # fmt: skip
def test_one_cause_is_one_line(report: Report, lines: list[str]) -> None:
    text = shown(report)
    assert [text.count(line) for line in lines] == [1] * len(lines)
    assert text.count("\n") <= 9
    assert all(other not in text for other in ("(path)", "more (", "Decide whether"))


def test_what_to_do_ends_with_what_takes_it_in() -> None:
    files = ["changed: specs/acme/things.yaml"]
    assert "1. Take it in:\n   - `make accept`\n" in markdown(Report(files=files))
    accept = "make accept FROM='a.md '\"'\"'b c.md'\"'\"''"
    assert f"\n      {accept}\n" in shown(Report(files=files, locations=["a.md", "b c.md"]), 20)
    offered = Difference("added", "operation", "GET /things", "parameters deep (query)", "f", new=AT, argument=True)
    text = markdown(Report([offered], files=files))
    assert (
        "1. Decide whether to offer what callers may send now: `GET /things`: added parameters deep (query)\n2. Take"
        in text
    )
    assert "1. Hand over what is published now:\n   - `x`\n" in markdown(Report(files=files, commands=["x"]))


def test_a_broken_source_comes_first() -> None:
    report = Report(broken=[Broken("page.md:3:4", "not valid YAML")], differences=[MOVED], also=["GET /x"])
    assert next(iter(sections(report, full=False)))[0] == "Broken sources"
    assert "- `page.md:3:4`: not valid YAML\n" in markdown(Report(broken=report.broken))
    assert "  page.md:3:4: not valid YAML\n" in shown(report)


def test_what_is_not_ours_is_one_line() -> None:
    report = Report(also=[f"GET /{number}" for number in range(3000)], nothing=["pets.yaml (Pets, 7 operations)"])
    lines = dict(sections(report, full=False))
    assert [line.text for line in lines["Nothing of ours"]] == report.nothing
    (also,) = lines["Also offered, and not ours"]
    assert also.text.endswith("`GET /9`, and 2990 more (`--json` has them)")


def test_colours() -> None:
    text = shown(FULL, colour=True)
    assert "\x1b[1;33mdrift: needs a person\x1b[0m" in text
    assert re.search(r"\x1b\[[\d;]*31m", text)  # what breaks is red
    assert re.search(r"\x1b\[32moperation added: \x1b\[0m\x1b\[[\d;]*mGET /others", text)  # what is added is green
    assert re.sub(r"\x1b\[[\d;]*m", "", text).split() == shown(FULL).split()
    assert "\x1b" not in shown(FULL)


@pytest.mark.parametrize("width", [20, 40, 79])
def test_a_narrow_terminal_loses_nothing(width: int) -> None:
    text = shown(FULL, width)
    body = text.partition("\n\n")[2]  # the terminal folds the first lines and commands, so that they can be copied
    assert max(len(line) for line in body.splitlines() if not line.startswith("      make ")) <= width
    assert "\n      make vendor PAGE='it'\"'\"'s $1/a page.md'\n" in body
    assert "".join(text.split()) == "".join(shown(FULL).split())


TEXTS = ["[bold]", "[link=x]y[/link]", ":smile:", "\\[x]", "%s", "`", "a `b", "**", "a**b"]


@pytest.mark.parametrize("text", TEXTS)
def test_markup_in_what_a_vendor_writes_is_shown_as_it_is(text: str) -> None:
    detail = f"pattern: 'x' is now '{text}'"
    report = Report(
        [Difference("changed", "schema", "Thing", detail, "f", AT, AT)],
        [Consequence("dead", "drop", "w", f"text {text}", "$.x", f"why {text}")],
        remarks=[f"remark {text}"],
    )
    out = shown(report, 300)
    for line in (f"  schema Thing: {detail}\n", f": text {text}\n", f"reason: why {text}\n", f"  remark {text}\n"):
        assert line in out
    assert "\x1b[7m" not in shown(report, 300, colour=True)

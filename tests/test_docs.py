"""README.md and docs/: their Python runs, their commands exist, those of the README work, and links lead somewhere."""

from __future__ import annotations

import inspect
import logging
import re
import shlex
import shutil
from collections.abc import Iterator
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Any

import click
import pytest

from polyai_data import PolyAI, export
from polyai_data.cli import program
from polyai_data.emulator import Emulator

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
PAGES = [README, *sorted((ROOT / "docs").rglob("*.md"))]
Capture = pytest.CaptureFixture[str]
BLOCK = re.compile(
    r"(?:<!-- not run: (?P<reason>.+?) -->\n)?^```(?P<language>\w*).*?\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL
)
LINK = re.compile(r"\]\((?!https?:)([^)#\s]*)(?:#([^)\s]+))?\)")
CALL = "CAabcd1234567abcdef1250065d4fc7389"
RUN_ELSEWHERE = {"generated-client"}  # tests/generated/test_alone.py
NOT_RUN = {"config", "emulator", "review"}
"""Commands of the README that ask, or serve until they are interrupted; each has tests of its own."""


def blocks(page: Path, *languages: str) -> list[str]:
    found = BLOCK.finditer(page.read_text(encoding="utf-8"))
    return [each["code"] for each in found if each["language"] in languages and not each["reason"]]


def commands(page: Path) -> Iterator[list[str]]:
    """The words of each call of the program in the blocks of a page."""
    for code in blocks(page, "", "console", "sh"):
        for line in re.findall(r"^ *(?:\$ )?(.*\bpolyai-data .*)$", code, re.MULTILINE):
            words = shlex.shlex(line, posix=True, punctuation_chars="|>;&")
            words.whitespace_split = True
            for is_operator, part in groupby(words, lambda word: not word.strip("|>;&")):
                call = list(part)
                if not is_operator and call[0] == "polyai-data":
                    yield call[1:]


def spans(page: Path) -> Iterator[list[str]]:
    """The words of each call of the program in running text; an argument may be missing there."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    for span in re.findall(r"`polyai-data ([^`]+)`", text):
        yield shlex.split(span)


def parse(words: list[str]) -> None:
    """Parse a command line, without running it."""
    words = [re.sub(r".*\*", "all", each) for each in words]  # what a shell makes a name of
    for word in words:
        if re.fullmatch(r"[\w-]+(\.[a-z]+)+", word):
            Path(word).touch()
    command: click.Command = program.commands
    context = None
    while isinstance(command, click.Group) and words and not words[0].startswith("-"):
        context = click.Context(command, context, **command.context_settings)
        name, *words = words
        below = command.get_command(context, name)
        if below is None:
            raise click.NoSuchCommand(name)
        command = below
    with suppress(click.exceptions.Exit), command.make_context(command.name, words, context):  # --help ends it
        pass


def anchors(page: Path) -> set[str]:
    """What a link can name in a page: its headings, as the site writes them."""
    text = BLOCK.sub("", page.read_text(encoding="utf-8"))
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", each).strip().lower()) for each in headings}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture
def folder(emulator: Emulator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder, and an environment that leads to the emulator."""
    emulator.reset()
    for name, value in emulator.env().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASSEMBLYAI_API_KEY", emulator.keys["assemblyai-eu"].value)
    monkeypatch.setenv("POLYAI_CONFIG", str(tmp_path / "none.toml"))
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def exported(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("exported") / "calls.parquet"
    with emulator.client() as polyai:
        export.export(file, polyai, export.Options(since="2026-05-03"))
    return file


def example_files(page: Path, request: pytest.FixtureRequest) -> None:
    """The files that a page speaks of: its script of a chat, and an export."""
    for script in blocks(page, "yaml"):
        Path("agent.yaml").write_text(script, encoding="utf-8")
    if any('analyze("calls.parquet"' in code for code in blocks(page, "python")):
        shutil.copy(request.getfixturevalue("exported"), "calls.parquet")


@pytest.mark.parametrize(
    "page",
    [each for each in PAGES if blocks(each, "python") and each.stem not in RUN_ELSEWHERE],
    ids=lambda page: page.stem,
)
def test_python_runs(
    page: Path, folder: Path, emulator: Emulator, request: pytest.FixtureRequest, capsys: Capture
) -> None:
    transcript = next(each for each in emulator.transcripts.values() if each.region == "eu")
    example_files(page, request)
    namespace: dict[str, Any] = {"__name__": "example"}
    for block in blocks(page, "python"):
        code = block.replace("CA…", CALL).replace("transcript-id", transcript.id)
        assert "…" not in code
        exec(compile(code, page.name, "exec"), namespace)
        for name in re.findall(r"^def (test_\w+)\(", code, re.MULTILINE):
            function = namespace[name]
            function(*map(request.getfixturevalue, inspect.signature(function).parameters))
    assert capsys.readouterr().out or "print(" not in "".join(blocks(page, "python"))
    for client in [each for each in namespace.values() if isinstance(each, PolyAI)]:
        client.close()
    logging.getLogger("polyai_data").setLevel(logging.NOTSET)


def test_every_command_of_the_readme_works(
    folder: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, capsys: Capture
) -> None:
    example_files(README, request)
    with Emulator(now=True) as emulator:
        monkeypatch.setenv("POLYAI_CONNECT_TO", emulator.url)
        for words in commands(README):
            if words[0] not in NOT_RUN:
                with pytest.raises(SystemExit) as ended:
                    program.run(words)
                assert ended.value.code == 0, (words, capsys.readouterr().err)
    made = ("calls.parquet", "calls.html", "recordings/manifest.jsonl", "evidence.zip", "week.html", "agent.xml")
    assert [name for name in made if not Path(name).exists()] == []
    assert "\tVOICE-SIP\t" in capsys.readouterr().out


def test_every_command_exists(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    problems = []
    for page in PAGES:
        for words, whole in [*((each, True) for each in commands(page)), *((each, False) for each in spans(page))]:
            try:
                parse(words)
            except click.UsageError as error:
                if whole or isinstance(error, (click.NoSuchCommand, click.NoSuchOption)):
                    problems.append(f"{page.name}: polyai-data {shlex.join(words)}: {error.message}")
    assert problems == []


def test_every_link_leads_somewhere() -> None:
    problems = []
    for page in PAGES:
        for path, anchor in LINK.findall(BLOCK.sub("", page.read_text(encoding="utf-8"))):
            target = (page.parent / path).resolve() if path else page
            inside = ROOT if page == README else ROOT / "docs"  # the site has nothing else
            exists = target.is_relative_to(inside) and target.exists()
            if not exists or (anchor and target.suffix == ".md" and anchor not in anchors(target)):
                problems.append(f"{page.name}: {path}#{anchor}")
    assert problems == []

"""The program as a whole: help, completion, exit statuses, errors."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click
import command_line
import pytest
from click.testing import CliRunner
from rich.text import Text

from polyai_data import hosts
from polyai_data.cli import listing, program, screen
from polyai_data.emulator import Emulator
from tests.cli.conftest import Run

CALL = "CAabcd1234567abcdef1250065d4fc7389"
US, EU = (hosts.POLYAI.route("getConversation", region).studio_url for region in ("us", "eu"))
FULL = Path("/dev/full")
EACH = {each.command_path: each for each in command_line.contexts(program.commands, "polyai-data")}


@pytest.mark.parametrize("path", list(EACH)[1:])
def test_help_has_a_sentence_and_an_example(path: str) -> None:
    text = " ".join((EACH[path].command.help or "").split())
    assert ". " in text
    assert f"polyai-data {path.removeprefix('polyai-data ')}" in text
    assert all(each.help for each in EACH[path].command.params if isinstance(each, click.Option))
    assert path.count(" ") < 2 or not EACH[path].command.get_short_help_str(60).endswith("...")  # in 80 columns


def test_a_narrow_table_breaks_words_of_its_headings_only_where_a_column_would_go(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = screen.table("agent", "environment", "conversations", "requests", "size")
    drawn.add_row("PROJECT-58RP822I", "pre-release", "about 2,125", "2,159", "6.3 MB")
    monkeypatch.setenv("COLUMNS", "60")
    screen.show(drawn)
    heading, *rows = capsys.readouterr().out.splitlines()
    assert heading.split() == ["agent", "environment", "conversations", "requests", "size"]
    assert "".join(row.split()[0] for row in rows) == "PROJECT-58RP822I"
    monkeypatch.setenv("COLUMNS", "45")
    screen.show(drawn)
    assert "6.3 MB" in capsys.readouterr().out


def test_a_long_text_hides_no_column_that_follows(capsys: pytest.CaptureFixture[str]) -> None:
    screen.show(screen.fitted(["note", "id"], [[Text("word " * 40), Text(CALL)]], width=80))
    assert capsys.readouterr().out.split()[:2] == ["note", "id"]


def test_the_reference_is_that_of_the_program() -> None:
    document = command_line.DOCUMENT.read_text(encoding="utf-8")
    assert document == command_line.written(document), "run: make generate"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("polyai-data conv", {"conversations"}),
        ("polyai-data conversations list --env ", {"live", "pre-release", "sandbox", "all"}),
        ("polyai-data conversations list --region u", {"us", "uk"}),
        ("polyai-data conversations get --profile ", {"work", "home"}),
        ("polyai-data conversations get --profile work --agent ", {"sales"}),
        ("polyai-data config use h", {"home"}),
        ("polyai-data config set region e", {"eu"}),
        ("polyai-data config init --region u", {"us", "uk"}),
        ("polyai-data export x.csv --profile work --agent ", {"sales"}),
        ("polyai-data export calls", {"calls"}),
        ("polyai-data conformance --dr", {"--draft"}),
        ("polyai-data assemblyai redacted-audio T --profile h", {"home"}),
    ],
)
def test_completion(run: Run, environment: dict[str, str | None], words: str, expected: set[str]) -> None:
    Path(str(environment["POLYAI_CONFIG"])).write_text(
        '[profiles.home]\n[profiles.work.agents]\nsales = "PROJECT-1"\n', encoding="utf-8"
    )
    environment |= {"_POLYAI_DATA_COMPLETE": "zsh_complete", "COMP_WORDS": words.rstrip()}
    environment["COMP_CWORD"] = str(len(words.split(" ")) - 1)
    done = run()
    assert set(done.stdout.split("\n")[1::3]) == expected, done


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion_scripts_ask_this_program(run: Run, shell: str) -> None:
    done = run("completion", shell)
    assert done.status == 0
    assert f"_POLYAI_DATA_COMPLETE={shell}_complete" in done.stdout


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (["recording"], 2, "No such command 'recording'. Did you mean 'recordings'?"),
        (["conversations", "list", "--account", "../x"], 2, "holds '/' at position 2"),
        (["conversations", "get", "CA1", "--region", "mars"], 2, "'mars' is not a region"),
        (["conversations", "get", "CA1", "--region", "eu"], 1, "Key and region must match"),
        (["conversations", "get", "no-such-id"], 1, "404 CONVERSATIONS_NOT_FOUND"),
        (["conversations", "get", "https://studio.example/ws-1/P-1"], 2, "names an agent, and no conversation"),
        (["conversations", "list", "--since", "someday"], 2, "'someday' is no time"),
        (["conversations", "list", "--filter", "long"], 2, "'long' is no condition"),
        (["conversations", "list", "--filter", "CALL_DURATION => 5"], 2, "'CALL_DURATION => 5' is no condition"),
        (["conversations", "list", "--variant", "a", "--variant-id", "b"], 2, "give either --variant or --variant-id"),
        (["conversations", "list", "--agents-route", "--channel", "SMS"], 2, "--filter"),
        (["conversations", "search", "--since", "today"], 2, "either --words or --meaning"),
        (["conversations", "annotate", "CA1", "1", "rude"], 2, "'rude' is not one of"),
        (["config", "use", "nowhere"], 2, "there is no 'nowhere'"),
        (["conversations", "get", " "], 2, "is empty"),
        (["conversations", "note", "CA1", ""], 2, "the text is empty"),
        (["conversations", "note", f"{EU}/ws-1/P-1/CA1", "x"], 2, "the URL is of region eu, and the key in use of us"),
        (["conversations", "get", f"{US}/ws-1/P-1/CA1", "--region", "eu"], 2, "the key in use of eu"),
        (["conversations", "get", f"{US}/ws-1/P-1/CA1", "--agent", "P-2"], 2, "P-2, and CA1 is of P-1"),
        (["conversations", "get", "https://evil.example/ws-1/P-1/CA1"], 2, "evil.example is no Agent Studio"),
        (["conversations", "search", "--meaning", "x", "--context", "0"], 2, "--context goes with --words"),
        (["analyze", __file__, "--since", "today", "--until", "2026-01-01"], 2, "--since today and --until 2026-01-01"),
        (["conversations", "search", "--words", "x", "--since", "2126-01-01"], 2, "--since is after --until: 2126"),
        (["export", "x.csv", "--all-agents"], 2, "give --agent, or run `polyai-data config agents add`"),
        (["config", "init"], 2, "nothing answers this at standard input"),
        (["export", "x.csv", "--rate", "-1"], 2, "-1.0 is not in the range x>=0"),
        (["chat", "--script", __file__, "--junit", __file__], 2, "would write over the script"),
    ],
)  # fmt: skip
def test_mistakes_are_one_message(run: Run, arguments: list[str], status: int, message: str) -> None:
    done = run(*arguments)
    assert (done.status, done.stdout) == (status, "")
    assert message in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("unset", "remedy"),
    [
        (["POLYAI_API_KEY", "POLYAI_CONVERSATIONS_API_KEY"], "api_key is missing; run `polyai-data config init`"),
        (["POLYAI_REGION"], "region is missing; give --region"),
        (["POLYAI_ACCOUNT_ID"], "account_id is missing; give --account"),
        (["POLYAI_AGENT_ID"], "agent_id is missing; give --agent"),
    ],
)
def test_what_is_missing_is_asked_for_in_options(
    run: Run, environment: dict[str, str | None], unset: list[str], remedy: str
) -> None:
    environment |= dict.fromkeys(unset)
    done = run("conversations", "list")
    assert done.status == 2
    assert remedy in done.stderr


def test_a_fault_of_ours_is_a_message_and_its_traceback_has_no_keys(
    run: Run, emulator: Emulator, environment: dict[str, str | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    key = emulator.keys["us-agents"].value

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(f"with {key}")

    monkeypatch.setattr(listing, "rows", fail)
    done = run("conversations", "list")
    assert (done.status, done.stdout) == (1, "")
    assert "(ZeroDivisionError); to report it, run it again with POLYAI_DEBUG=1" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    environment["POLYAI_DEBUG"] = "1"
    shown = run("conversations", "list").stderr
    assert "ZeroDivisionError: with ***" in shown
    assert key not in shown


@pytest.fixture
def in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    Path("failing.yaml").write_text("cases: [{turns: [{say: a, expect: never}]}, {turns: [{say: b}]}]")
    return tmp_path


@pytest.mark.parametrize(
    "case",
    [
        (["conversations", "list", "--json"], "pipe", 0, ""),
        (["config", "use", "nowhere"], "pipe", 2, "there is no"),
        (["chat", "--script", "failing.yaml", "--junit", "report.xml"], "pipe", 1, ""),
        (["conversations", "get", CALL], "full", 1, "error: output: No space left on device\n"),
        (["conversations", "note", CALL, "y"], "full", 0, f"The note of {CALL} is: y\n"),
        (["config", "set", "region", "eu"], "full", 0, "profile default: region = eu\n"),
        (["conversations", "list"], "closed", 0, ""),
        (["chat"], "closed", 0, ""),
        (["conversations", "note", CALL, "-"], "closed", 2, "the text is empty"),
    ],
)
def test_output_that_fails_ends_no_work(
    environment: dict[str, str | None], in_a_folder: Path, case: tuple[list[str], str, int, str]
) -> None:
    arguments, device, status, message = case
    reader, writer = os.pipe()
    os.close(reader)
    with CliRunner().isolation(env=environment) as (_, err, _), os.fdopen(writer, "w") as pipe, FULL.open("w") as full:
        sys.stdout = {"pipe": pipe, "full": full}.get(device)
        sys.stdin = sys.stdin if sys.stdout else None
        with pytest.raises(SystemExit) as ended:
            program.run(arguments)
        for stream in (sys.stdin, sys.stdout):
            if device == "closed" and stream:
                stream.close()
    assert (ended.value.code, message in err.getvalue().decode()) == (status, True)
    assert (in_a_folder / "report.xml").exists() is ("--junit" in arguments)


def test_pipes_have_utf_8_whatever_the_encoding_is(environment: dict[str, str | None], emulator: Emulator) -> None:
    added = emulator.add_conversation(channel="WEBCHAT", said=[("→ ł", "é")])
    with CliRunner(charset="ascii").isolation(env=environment) as (out, _, _):
        with pytest.raises(SystemExit) as ended:
            program.run(["conversations", "get", added.id])
        assert (ended.value.code, "→ ł" in out.getvalue().decode()) == (0, True)


def test_a_reader_that_has_enough_and_a_disk_that_is_full(environment: dict[str, str | None]) -> None:
    # As a program of its own: a process's standard output is what breaks.
    command = f"{sys.executable} -m polyai_data conversations list --json"
    script = f"set -o pipefail; {command} | head -c 6; echo ' '$?; {command} > /dev/full; echo $?"
    exported = {name: value for name, value in environment.items() if value is not None}
    done = subprocess.run(["bash", "-c", script], env=exported, capture_output=True, text=True, check=True)
    assert done.stdout == '{"id": 0\n1\n'
    assert done.stderr == "error: output: No space left on device\n"

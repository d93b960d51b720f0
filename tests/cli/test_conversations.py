"""`polyai-data conversations`, against the emulator: what people read, what programs read, what is written."""

from __future__ import annotations

import json
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from fcntl import ioctl
from io import StringIO
from typing import Any

import pytest
from rich.console import Console

from polyai_data import shown_rich
from polyai_data.emulator import Conversation, Emulator, Misbehaviour
from tests.cli.conftest import Run

CALL = "CAabcd1234567abcdef1250065d4fc7389"
HIDES = "PROJECT-SDEV7G0A"


def rows(run: Run, *arguments: str) -> list[dict[str, Any]]:
    done = run("conversations", *arguments, "--json")
    assert (done.status, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_json_is_the_rows_as_received(run: Run, emulator: Emulator) -> None:
    with emulator.client() as client:
        assert rows(run, "list") == list(client.conversations.search().rows())
        assert rows(run, "list", "--agents-route") == list(client.conversations.list().rows())
        assert rows(run, "get", CALL) == [client.conversations.get(CALL).to_dict()]


@pytest.mark.parametrize(
    ("arguments", "wanted"),
    [
        (["--channel", "WEBCHAT", "--channel", "SMS"], lambda each: each.channel == "WEBCHAT"),
        (["--variant-id", "VAR-2"], lambda each: each.variant_id == "VAR-2"),
        (["--variant", "main"], lambda each: each.variant_name == "main"),
        (["--in-progress"], lambda each: each.in_progress),
        (["--ended", "--env", "sandbox"], lambda each: not each.in_progress),
        (["--since", "2026-05-01T00:00Z", "--until", "2026-05-03T00:00Z"], lambda each: each.started_at.day in {1, 2}),
        (["--filter", "CALL_DURATION > 20", "--filter", "channel=voice-sip"],
         lambda each: each.channel == "VOICE-SIP" and not each.in_progress and each.duration > 20),
        (["--filter", "total_duration > 25", "--filter", "in_progress = true", "--any"],
         lambda each: each.in_progress or each.duration > 25),
    ],
)  # fmt: skip
def test_filters(run: Run, emulator: Emulator, arguments: list[str], wanted: Any) -> None:
    environments = ["sandbox"] if "--env" in arguments else ["live"]
    expected = [each.id for each in emulator.conversations() if each.environment in environments and wanted(each)]
    assert expected
    assert [each["id"] for each in rows(run, "list", *arguments)] == expected


def test_a_sample_is_drawn_by_the_server(run: Run, emulator: Emulator) -> None:
    drawn = {each["id"] for each in rows(run, "list", "--sample", "--since", "2026-01-01", "--limit", "5")}
    assert len(drawn) == 5
    assert "sample=random" in emulator.requests[-1].query
    assert "--sample needs --since" in run("conversations", "list", "--sample").stderr


def test_all_environments_are_merged_by_time_and_a_limit_counts_all(run: Run, emulator: Emulator) -> None:
    everything = [each.id for each in emulator.conversations()]
    assert len({each.environment for each in emulator.conversations()}) == 3
    assert [each["id"] for each in rows(run, "list", "--env", "all")] == everything
    assert [each["id"] for each in rows(run, "list", "--env", "all", "--limit", "7")] == everything[:7]


def test_all_environments_are_merged_where_the_oldest_come_first(run: Run, environment: dict[str, str | None]) -> None:
    with Emulator(as_documented=True) as documented:
        environment |= documented.env()
        times = [row["started_at"] for row in rows(run, "list", "--env", "all", "--limit", "9")]
        assert times == sorted(str(each["started_at"]) for each in rows(run, "list", "--env", "all"))[:9]


def test_a_name_that_no_row_has_is_a_warning(run: Run) -> None:
    done = run("conversations", "list", "--filter", "chanel = SMS", "--columns", "id, CALL_REASN ,note")
    warnings = "warning: no row has 'chanel'\nwarning: no row has 'CALL_REASN'\n"
    assert (done.status, done.stdout, done.stderr) == (0, "", warnings)


def test_a_pipe_gets_lines_with_tabs(run: Run) -> None:
    done = run(
        "conversations", "list", "--utc", "--limit", "4", "--columns", "id,started_at,total_duration,TOPICS,note"
    )
    assert done.stdout.splitlines()[2] == f"{CALL}\t2026-05-03 22:24:49\t0:20\tpassword, account access\t-"
    summary = run("conversations", "list", "--agents-route", "--filter", f"id = {CALL}", "--columns", "summary").stdout
    assert summary == "Password: The caller was locked out and got a link to set a new password.\n"


def test_a_search_for_words_marks_the_turns_and_shows_those_around(run: Run) -> None:
    since = ["--since", "2026-04-01", "--until", "2026-05-04T12:00Z", "--limit", "1", "--utc"]
    done = run("conversations", "search", "--words", "code SECURITY", *since, "--context", "0")
    heading, *lines = done.stdout.splitlines()
    assert heading == f"{CALL}  2026-05-03 22:24:49  0:20  VOICE-SIP"
    assert lines == [
        "    1 22:24:55         user  I forgot my password and now my account is locked.",
        ">   1 22:24:55  0.75 s agent I can unlock it for you. Please type the 3 digits of your security code.",
        "",
    ]
    around = run("conversations", "search", "--words", "security code", *since).stdout.splitlines()
    assert [line[1:5].strip() for line in around[1:-1]] == ["0", "1", "1", "2", "2"]
    assert run("conversations", "search", "--words", "security code", "--turn-type", "user", *since).stdout == ""
    assert [each["id"] for each in rows(run, "search", "--meaning", "password", *since)]


def test_a_conversation_reads_like_one(run: Run) -> None:
    lines = run("conversations", "get", CALL, "--utc").stdout.splitlines()
    assert lines[0] == CALL
    assert "summary: Password: The caller was locked out and got a link to set a new password." in lines
    assert "TOPICS: password, account access" in lines
    index = next(index for index, line in enumerate(lines) if "send_reset_link(" in line)
    assert lines[index - 1 : index + 2] == [
        "    3 22:25:02         user  Send it to caller404@mail.example",
        '    3                  ƒ     send_reset_link(email="caller404@mail.example")  [129 ms]',
        "    3 22:25:03  0.81 s agent I have sent a link to caller404@mail.example It works for 3 hours.",
    ]


def test_hidden_transcripts_are_explained_and_a_url_says_which_agent(run: Run, emulator: Emulator) -> None:
    hidden = next(each for each in emulator.conversations(HIDES) if not each.in_progress)
    with emulator.client() as client:
        url = client.region and f"https://jupiter.example/{hidden.account_id}/{HIDES}/conversations/{hidden.id}?view=x"
    done = run("conversations", "get", str(url), "--region", "us")
    assert done.status == 0
    assert 'API keys, Configuration, "Conversation transcript"' in done.stdout


def test_what_cannot_be_printed_does_not_steer_the_terminal(run: Run, emulator: Emulator) -> None:
    said = [("\x1b[2Jred [bold]\r\n", "\x07[/bold]"), ("", "")]
    added = emulator.add_conversation(channel="WEBCHAT", said=said)
    done = run("conversations", "get", added.id)
    assert done.status == 0
    assert r"\x1b[2Jred [bold]" in done.stdout
    assert r"\x07[/bold]" in done.stdout
    assert "\x1b" not in done.stdout + run("conversations", "list").stdout


def fresh(emulator: Emulator) -> Conversation:
    return emulator.add_conversation(said=[("Hello", "Good day"), ("A refund", "Of course")])


def test_a_text_without_spaces_is_whole_at_a_terminal(emulator: Emulator) -> None:
    added = emulator.add_conversation(said=[("長" * 70, "長" * 70)])
    console = Console(width=60, file=(written := StringIO()))
    with emulator.client() as client:
        client.conversations.set_note(added.id, "長" * 70)
        for each in shown_rich.conversation(client.conversations.get(added.id), terminal=True):
            console.print(each)
    assert written.getvalue().count("長") == 210


def test_notes_and_annotations_are_written_once_and_confirmed(run: Run, emulator: Emulator) -> None:
    added = fresh(emulator)
    done = run("conversations", "note", added.id, "-", input="called back\n")
    assert (done.status, done.stdout) == (0, f"The note of {added.id} is: called back\n")
    assert rows(run, "get", added.id)[0]["note"] == "called back"
    done = run("conversations", "annotate", added.id, "1", "wrong_transcript")
    assert done.stdout == f"Turn 1 of {added.id} (user) is annotated: wrong_transcript\n"
    run("conversations", "annotate", added.id, "0", "missing_topic")
    written = [(each["turnId"], each["role"], each["annotationType"]) for each in emulator.annotations[added.id]]
    assert written == [(1, "user", "wrong_transcript"), (0, "agent", "missing_topic")]
    refused = run("conversations", "annotate", added.id, "2", "wrong_info")
    assert (refused.status, refused.stdout) == (1, "")
    assert "may have been written" not in refused.stderr


def test_a_write_of_which_the_outcome_is_not_known_says_so(run: Run, emulator: Emulator) -> None:
    added = fresh(emulator)
    emulator.misbehave = Misbehaviour(1.0, ("reset",))
    try:
        done = run("conversations", "note", added.id, "x")
    finally:
        emulator.misbehave = None
    assert (done.status, done.stdout) == (1, "")
    assert "The note may have been written; look in Agent Studio before you send it again." in done.stderr
    assert emulator.effects["upsertNote", added.id] <= 1


def test_a_terminal_of_80_columns(environment: Mapping[str, str | None]) -> None:
    """Rows do not wrap, ids are whole and lead to Agent Studio; more, or none, is said; texts wrap in their column."""
    exported = {name: value for name, value in environment.items() if value is not None and name != "NO_COLOR"}
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 80, 0, 0))
    del exported["COLUMNS"]
    verb = f"{sys.executable} -m polyai_data conversations"
    command = ["sh", "-c", f"{verb} list --limit 6 && {verb} get {CALL} --utc && {verb} search --words zebra"]
    with subprocess.Popen(command, env={**exported, "TERM": "xterm-256color"}, stdout=theirs, stderr=theirs) as program:
        os.close(theirs)
        written = b""
        while True:
            try:
                piece = os.read(ours, 65536)
            except OSError:  # Linux: the other side is closed
                break
            if not piece:
                break
            written += piece
    os.close(ours)
    assert program.returncode == 0
    text = written.decode()
    assert re.search(rf"\x1b]8;[^;]*;https://\S+/ws-fd112d8f/PROJECT-58RP822I/conversations/{CALL}\x1b\\", text)
    lines = re.sub(r"\x1b\][^\x1b]*\x1b\\|\x1b\[[?\d;]*[A-Za-z]|\r", "", text).splitlines()
    table = [line for line in lines if re.match(r"(CA|KA-|OUT-|LOCAL-)\S+ +2026-", line)]
    assert len(table) == 6
    assert all(len(line) <= 80 for line in table)
    assert "…" not in "".join(table)
    begin = next(index for index, line in enumerate(lines) if "Hello, thank you for calling" in line)
    assert lines[begin + 1].startswith(" " * lines[begin].index("Hello"))
    assert any("6 shown, and there are more: --limit 24" in line for line in lines)
    assert lines[-1] == "No conversation matches."
    assert any(line.startswith("no room for num_turns, from_number, ") for line in lines)

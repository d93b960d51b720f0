"""`chat`: at the prompt, and from scripts."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree as Xml

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.chat_tests import junit, read
from polyai_data.chat_tests.play import Played, PlayedTurn, Reply, check
from polyai_data.chat_tests.script import Case, Pattern, ScriptError, Turn
from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.schedule import Schedule
from tests.cli.conftest import Run

SCRIPT = """\
lang: en-GB
cases:
  - name: password
    turns:
      - expect: "HELLO,  this"
      - say: I forgot my password
        expect: [/^never/, /EMAIL/i]
        expect_not: refund
        node: password
        handoff: no
        within: 60
      - {say: bye, ended: yes}
  - turns:
      - say: yes
        expect: noted
        node: start
        ended: true
        handoff: support
        within: 0.000001
        expect_not: /note/
      - say: not sent
  - name: after the end
    env: live
    turns: [{say: bye}, {say: hello}]
"""


def test_a_chat_reads_lines_until_the_agent_ends_it(run: Run, emulator: Emulator) -> None:
    done = run("chat", "--env", "pre-release", input="my password\na human\ngoodbye\nnot sent\n")
    lines = [line.split("  0.")[0] for line in done.stdout.splitlines()]
    assert (done.status, done.stderr, lines[1::2]) == (
        0,
        "The agent ended the chat.\n",
        ["you    my password", "you    a human", "you    goodbye"],
    )
    assert lines[2] == "agent  I can send you a link. What is your email address?"
    assert done.stdout.splitlines()[4].endswith("s, handoff, hands off to support")


def test_a_chat_is_json_at_its_end(run: Run) -> None:
    done = run("chat", "--json", input="refund\n/quit\nnot sent\n")
    transcript = json.loads(done.stdout)
    assert [turn["say"] for turn in transcript["turns"]] == [None, "refund"]
    assert (transcript["turns"][1]["node"], transcript["ended"], done.status) == ("refund", False, 0)
    assert "agent  I can start a refund" in done.stderr


def test_a_script_is_played_and_checked(run: Run, tmp_path: Path) -> None:
    script, report = tmp_path / "agent.yaml", tmp_path / "report.xml"
    script.write_text(SCRIPT)
    done = run("chat", "--script", script, "--junit", report)
    assert (done.status, done.stdout.splitlines()[-1]) == (1, "1 of 3 cases passed")
    for expected in (
        f"{script}:14: node: expected 'start'; seen: collect",
        f"{script}:14: ended: expected the chat has ended; seen: the chat goes on",
        f"{script}:14: handoff: expected a handoff to 'support'; seen: no handoff",
        f"{script}:14: expect: expected 'noted'; seen: Thank you. I have made a note of that.",
        f"{script}:14: expect_not: expected not /note/; seen: Thank you.",
        f"{script}:14: within: expected at most 1e-06 seconds; seen: 0.0",
        f"{script}:22: the agent ended the chat before line 24: 'hello' was not sent",
    ):
        assert expected in done.stdout
    suite = Xml.fromstring(report.read_bytes())[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == ("3", "1", "1")
    rows = [
        json.loads(line) for line in run("chat", "--json", "--script", script, "--script", script).stdout.splitlines()
    ]
    assert [row["passed"] for row in rows] == [True, False, False] * 2
    assert (rows[1]["name"], rows[1]["turns"][1]["say"], len(rows[1]["turns"])) == ("case 2", "yes", 2)


def test_a_failed_request_is_an_error_of_its_case(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    schedule, script = tmp_path / "schedule.yaml", tmp_path / "agent.json"
    schedule.write_text("- {operation: sendDebugChatMessage, calls: 1, status: 400}")
    script.write_text('{"cases": [{"turns": [{"say": "a"}]}, {"turns": [{"say": "b"}]}]}')
    emulator.schedule = Schedule.load(schedule)
    done = run("chat", "--script", script)
    emulator.schedule = None
    assert (done.status, done.stdout.count("failed  case"), done.stdout.splitlines()[-1]) == (
        1,
        1,
        "1 of 2 cases passed",
    )
    assert f"{script}:1: 400" in done.stdout


@pytest.mark.parametrize(
    ("script", "line", "message"),
    [
        ("", 1, "is empty"),
        ("- turns", 1, "must have names and values, as in `cases: …`"),
        ("lang: en", 1, "has no `cases:`"),
        ("cases:\n- {turns: [{say: a}, {expect: b}]}", 2, "the turn has no `say:`"),
        ("cases:\n- turns:\n  - say: a\n    expects: b", 4, "expects: is not one of say, expect, expect_not"),
        ("cases:\n- turns:\n  - say: a\n    say: b", 4, "say: is given twice"),
        ("cases:\n- turns:\n  - say: a\n    expect: /(/", 4, "expect: '/(/' is no regular expression"),
        ("cases:\n- turns:\n  - say: a\n    expect: ['']", 4, "expect: is empty"),
        ("cases:\n- turns:\n  - say: a\n    expect: [[x]]", 4, "expect: must be a text"),
        ("cases:\n- turns:\n  - say: a\n    within: soon", 4, "within: 'soon' is no number of seconds"),
        ("cases:\n- turns:\n  - say: a\n    ended: maybe", 4, "ended: must be true or false"),
        ("cases:\n- env: prod\n  turns: [{say: a}]", 2, "env: 'prod' is not one of live, pre-release, sandbox"),
        ("cases:\n- turns: []", 2, "turns: must be a list with at least one item"),
        ("cases:\n- name: x", 2, "the case has no `turns:`"),
        ("cases: [\n\n", 3, "is not YAML"),
        ("? [a]\n: b", 1, "a name: must be a text"),
    ],
)
def test_a_wrong_script_names_its_line(tmp_path: Path, script: str, line: int, message: str) -> None:
    file = tmp_path / "agent.yaml"
    file.write_text(script)
    with pytest.raises(ScriptError) as caught:
        read(file)
    assert str(caught.value).startswith(f"{file}:{line}: ")
    assert message in str(caught.value)


def test_a_wrong_script_ends_before_anything_is_sent(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    for name, content in (("right", SCRIPT), ("wrong", "cases: 7")):
        (tmp_path / name).write_text(content)
    before = len(emulator.requests)
    done = run("chat", "--script", tmp_path / "right", "--script", tmp_path / "wrong")
    assert (done.status, done.stderr) == (
        2,
        f"error: {tmp_path}/wrong:1: cases: must be a list with at least one item\n",
    )
    assert len(emulator.requests) == before


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="["), min_size=1, max_size=30)


@given(text=texts, before=texts, after=texts)
def test_a_text_matches_where_it_stands_whatever_its_capitals_and_spaces(text: str, before: str, after: str) -> None:
    if text.strip() and not (text.startswith("/") and "/" in text[2:]):
        pattern = Pattern.of(text)
        assert pattern.is_in(f"{before} {text.casefold()} {after}".replace(" ", " \n "))
        assert pattern.is_all_of(text)
        assert not pattern.is_all_of(text + "x")
    assert not Pattern.of("xyzzy").is_in(before.replace("z", ""))


@given(text=texts)
def test_any_script_is_read_or_refused_and_any_response_is_reported(text: str) -> None:
    try:
        pattern = Pattern.of(text)
    except ValueError:
        return
    reply = Reply(text, text, text, True, 1)
    failures = tuple(check({"expect_not": (Pattern.of("/./s"),), "node": (pattern,), "handoff": False}, reply))
    assert [each.check for each in failures if each.check != "node"] == ["expect_not", "handoff"]
    turn = PlayedTurn(Turn(1, text, {}), reply, failures)
    report = junit([Played(Case("a.yaml", 1, text, ()), text, [turn]), Played(Case("a.yaml", 1, text, ()), error=text)])
    assert Xml.fromstring(report)[0].get("failures") == "1"

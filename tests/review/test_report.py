"""`report`: a page of conversations that loads nothing, runs nothing of theirs, and says what they were."""

from __future__ import annotations

import base64
import hashlib
import re
from html import unescape
from pathlib import Path

import pytest

from polyai_data import report
from polyai_data.emulator import Emulator
from tests.cli.conftest import Run, emulator, environment, run

__all__ = ["emulator", "environment", "run"]
SAID = [
    ("", "Hello <script>alert(1)</script> & welcome"),
    ("My number is +1 202 555 0161, <img src=x onerror=alert(1)>", "I noted jo@mail.example"),
]
PERSONAL = re.compile(r"\+1 ?202|0161|mail\.example")


@pytest.fixture(scope="module")
def call(emulator: Emulator) -> str:
    return emulator.add_conversation(said=SAID).id


def text_of(page: str) -> str:
    return " ".join(unescape(re.sub(r"<(style|script)>.*?</\1>|<[^>]*>", " ", page, flags=re.DOTALL)).split())


def check(page: str) -> None:
    """It loads nothing, and its policy allows its own style and script alone, by their hashes."""
    assert not re.search(r"https?:|url\((?!\"#)|@import|\son\w+=(?![^<]*&gt;)", re.sub(r'src="data:[^"]*"', "", page))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)', page)
    assert unescape(policy).startswith("default-src 'none'; style-src 'sha256-")
    inline = re.findall(r"<(?:style|script)>(.*?)</(?:style|script)>", page, re.DOTALL)
    hashes = [base64.b64encode(hashlib.sha256(each.encode()).digest()).decode() for each in inline]
    assert re.findall(r"sha256-([^']*)", unescape(policy)) == hashes


def test_a_page_has_the_conversation_and_its_recording(
    run: Run, emulator: Emulator, call: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("report", call) == (f"{call}.html\n", "", 0)
    made = (tmp_path / f"{call}.html").read_text()
    check(made)
    assert "<script" not in made
    assert "<audio" not in made
    assert "Hello <script>alert(1)</script> & welcome" in text_of(made)
    assert "<img src=x onerror=alert(1)>" in text_of(made)
    assert "personal data: keep it to yourself" in made
    assert run("report", call, "--audio", "--mask", "--to", "b.html").status == 0
    masked = (tmp_path / "b.html").read_text()
    check(masked)
    assert not PERSONAL.search(text_of(masked))
    assert "My number is [phone]" in text_of(masked)
    (sound,) = re.findall(r'<audio controls src="data:audio/wav;base64,([^"]*)"', masked)
    with emulator.client() as polyai:
        assert base64.b64decode(sound) == polyai.conversations.recording(call, redacted=True).read()
    assert re.search(r'class="peaks" d="M0\.5 \d+v\d+M1\.5', masked)
    assert {each.stat().st_mode & 0o777 for each in tmp_path.glob("*.html")} == {0o600}


def test_several_are_folded_and_what_has_no_recording_says_so(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    chat = emulator.add_conversation(channel="WEBCHAT", said=[("hello", "hello")]).id
    calls = [emulator.conversations()[4].id, chat]
    assert run("report", "-", "--audio", "--to", tmp_path / "a.html", input="\n".join(calls)).status == 0
    made = (tmp_path / "a.html").read_text()
    check(made)
    assert [re.findall(r"<code>(.*?)</code></summary>", made), made.count("<audio")] == [calls, 1]
    assert "The conversation has no recording" in made


def test_a_range_has_charts_and_its_worst_conversations(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    with emulator.client() as polyai:
        rows = [
            row
            for row in polyai.conversations.search(include_latency=True, channel="VOICE-SIP")
            if row.turns and not row.in_progress
        ]
    slowest = max(rows, key=lambda row: max(turn.latency_seconds or 0 for turn in row.turns or ()))
    longest = max(rows, key=lambda row: row.total_duration or 0)
    left = emulator.add_conversation(said=[("Good-bye +1 202 555 0161", "")]).id
    words = ("--since", "2020-01-01", "--channel", "VOICE-SIP", "--utc", "--mask", "--rate", "6000")
    assert run("report", *words, "--to", tmp_path / "range.html").status == 0
    made = (tmp_path / "range.html").read_text()
    check(made)
    text = text_of(made)
    assert "Conversations from 2020-01-01 00:00 to " in text
    assert "Latency of a turn by day" in text
    assert not PERSONAL.search(text)
    groups = dict(re.findall(r'<h2 class="group">(.*?)</h2>.*?<code>(.*?)</code></summary>', made, re.DOTALL))
    assert groups == {
        "Slowest responses": slowest.id,
        "Latest hang-ups": left,
        "Longest conversations": longest.id,
    }


@pytest.mark.parametrize(
    ("words", "status", "message"),
    [
        ((), 2, "give either IDs of conversations, or --since"),
        (("{call}", "--channel", "CHAT"), 2, "IDs of conversations do not go with --channel"),
        (("{call}", "--mask", "--raw-audio"), 2, "--raw-audio has what --mask takes out"),
        (("--since", "yesterday", "--audio"), 2, "recordings are for IDs"),
        (("CAunknown", "--to", "{tmp}/x.html"), 1, "404"),
        (("{call}", "--to", "{tmp}/none/x.html"), 1, "No such file or directory"),
        (("{call}", "--audio", "--to", "{tmp}/x.html"), 2, "a page can have one of up to"),
    ],
)
def test_what_cannot_be_written_says_why_and_leaves_nothing(
    run: Run,
    call: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    words: tuple[str, ...],
    status: int,
    message: str,
) -> None:
    monkeypatch.setattr(report, "LARGEST", 50_000)
    done = run("report", *(word.format(call=call, tmp=tmp_path) for word in words))
    assert (done.status, done.stdout) == (status, "")
    assert message in done.stderr
    assert list(tmp_path.glob("*.html")) == []

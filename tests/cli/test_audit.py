"""`audit`: a folder or a zip of a conversation, masked, whole, with hashes, and with a page that needs no network."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from polyai_data.audit import save
from polyai_data.emulator import Emulator
from polyai_data.emulator.faults.schedule import Schedule
from polyai_data.errors import PolyAIError
from tests.cli.conftest import Run

SAID = [
    ("", "Hello <script>alert(1)</script> & welcome"),
    ("My number is +1 202 555 0161, mail jo@mail.example", "I noted 4111 1111 1111 1111 and jo@mail.example"),
]
PERSONAL = re.compile(r"\+1 ?202|0161|mail\.example|4111")
FILES = {"SHA256SUMS", "audit.json", "index.html", "metadata.json", "transcript.json", "transcript.txt"}


@pytest.fixture(scope="module")
def call(emulator: Emulator) -> str:
    return emulator.add_conversation(said=SAID).id


@pytest.fixture(scope="module")
def chat(emulator: Emulator) -> str:
    return emulator.add_conversation(channel="WEBCHAT", said=[("hello", "hello")]).id


def contents(folder: Path) -> dict[str, bytes]:
    return {each.name: each.read_bytes() for each in folder.iterdir()}


def test_a_folder_has_everything_masked_and_hashed(run: Run, emulator: Emulator, call: str, tmp_path: Path) -> None:
    done = run("audit", call, "--to", tmp_path / "a" / "b")
    folder = tmp_path / "a" / "b" / call
    assert (done.status, done.stdout, done.stderr) == (0, f"{folder}\n", "")
    files = contents(folder)
    assert set(files) == {*FILES, "recording.wav"}
    sums = {name: digest for digest, name in map(str.split, files["SHA256SUMS"].decode().splitlines())}
    assert sums == {
        name: hashlib.sha256(content).hexdigest() for name, content in files.items() if name != "SHA256SUMS"
    }
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} | {folder.stat().st_mode & 0o777} == {
        0o600,
        0o700,
    }
    for name in FILES - {"SHA256SUMS"}:
        assert not PERSONAL.search(files[name].decode()), name
    turns = json.loads(files["transcript.json"])
    assert turns[1]["user_input"] == "My number is [phone], mail [email]"
    assert isinstance(turns[1]["turn_id"], int)
    assert "I noted [card] and [email]" in files["transcript.txt"].decode()
    assert json.loads(files["metadata.json"])["conversationId"] == call
    report = json.loads(files["audit.json"])
    assert (report["region"], report["turns"], report["recording_asked_for"]) == ("us", 2, "redacted")
    with emulator.client() as polyai:
        assert files["recording.wav"] == polyai.conversations.recording(call, redacted=True).read()
    page = files["index.html"].decode()
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; welcome" in page
    assert "<script" not in page
    assert not re.search(r"https?:", page)
    assert 'src="recording.wav"' in page


def test_evidence_is_not_written_over_and_the_rest_is_written(
    run: Run, emulator: Emulator, call: str, tmp_path: Path
) -> None:
    (tmp_path / call).mkdir()
    other = emulator.conversations()[4].id
    done = run("audit", call, "CAunknown", "a/b", other, "--to", tmp_path, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert (done.status, [row["path"] for row in rows]) == (1, [None, None, None, str(tmp_path / other)])
    assert "evidence is not written over" in rows[0]["error"]
    assert rows[1]["error"].startswith("404 ")
    assert "holds '/'" in rows[2]["error"]
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted([call, other])
    assert list((tmp_path / call).iterdir()) == []


def test_a_zip_has_all_and_is_the_same_each_time(run: Run, call: str, chat: str, tmp_path: Path) -> None:
    packed = tmp_path / "all.zip"
    made = run("audit", "-", "--to", packed, input=f"{call}\n{chat}\n")
    assert (made.status, made.stdout.splitlines()[1]) == (0, f"{packed / chat}  (no recording)")
    with zipfile.ZipFile(packed) as opened:
        names = {f"{call}/{name}" for name in [*FILES, "recording.wav"]} | {f"{chat}/{name}" for name in FILES}
        assert set(opened.namelist()) == names
        assert b"The conversation has no recording" in opened.read(f"{chat}/index.html")
        assert {entry.date_time[0] for entry in opened.infolist()} == {1980}
        assert run("audit", call, "--to", tmp_path).status == 0
        for name in ("metadata.json", "transcript.json", "transcript.txt", "recording.wav"):
            assert opened.read(f"{call}/{name}") == (tmp_path / call / name).read_bytes()
    assert (packed.stat().st_mode & 0o777, {each.name for each in tmp_path.iterdir()}) == (0o600, {"all.zip", call})
    again = run("audit", call, "--to", packed)
    assert (again.status, "not written over" in again.stderr) == (2, True)


def test_a_missing_recording_fails_where_it_is_required_and_raw_ones_warn(
    run: Run, emulator: Emulator, call: str, chat: str, tmp_path: Path
) -> None:
    assert run("audit", chat, "--to", tmp_path, "--require-recording").status == 1
    done = run("audit", call, "--to", tmp_path, "--require-recording", "--raw")
    assert (done.status, done.stderr) == (0, "warning: --raw asks for recordings with personal data\n")
    with emulator.client() as polyai:
        assert (tmp_path / call / "recording.wav").read_bytes() == polyai.conversations.recording(call).read()
    assert "This recording has personal data" in (tmp_path / call / "index.html").read_text()
    (tmp_path / "file").touch()
    refused = run("audit", call, "--to", tmp_path / "file" / "x")
    assert (refused.status, "cannot be written" in refused.stderr) == (1, True)


def test_a_conversation_in_progress_is_said_to_be_unfinished(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    call = emulator.add_conversation(in_progress=True).id
    done = run("audit", call, "--to", tmp_path)
    assert done.stdout == f"{tmp_path / call}  (no recording, in progress)\n"
    for name in ("index.html", "transcript.txt"):
        assert "was in progress when this folder was made" in (tmp_path / call / name).read_text()
    assert json.loads((tmp_path / call / "audit.json").read_text())["in_progress"] is True


def test_a_reader_that_has_enough_stops_no_audit(
    environment: dict[str, str | None], call: str, chat: str, tmp_path: Path
) -> None:
    # As a program of its own: a process's standard output is what breaks.
    line = f"{sys.executable} -m polyai_data audit {call} CAunknown {chat} --to {tmp_path}/all.zip"
    script = f"set -o pipefail; {line} | true; echo $?"
    exported = {name: value for name, value in environment.items() if value is not None}
    done = subprocess.run(["bash", "-c", script], env=exported, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr.startswith("error: CAunknown: 404 ")) == ("1\n", True)
    with zipfile.ZipFile(tmp_path / "all.zip") as opened:
        assert {name.partition("/")[0] for name in opened.namelist()} == {call, chat}


def test_a_connection_that_breaks_is_no_fault_of_the_disk(emulator: Emulator, call: str, tmp_path: Path) -> None:
    (tmp_path / "schedule").write_text("- {operation: getConversationRecording, fault: reset}")
    emulator.schedule = Schedule.load(tmp_path / "schedule")
    with emulator.client(max_retries=0) as polyai, pytest.raises(PolyAIError, match=r"(?i)connection"):
        save(polyai, call, tmp_path / "audit")
    emulator.schedule = None
    assert list((tmp_path / "audit").iterdir()) == []

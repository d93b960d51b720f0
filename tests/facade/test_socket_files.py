"""Recordings on the disk: whole under their name, or not there, whatever the network and the disk do."""

from __future__ import annotations

import gzip
import os
import stat
import sys
import traceback
from pathlib import Path
from typing import Any

import pytest

import polyai_data
from polyai_data.errors import APIError, DownloadError, PolyAIError, TransportError
from tests.facade.calls import Connect, one_flavour, read, recorded
from tests.facade.scripted import audio, disk_for, wav
from tests.support.scripted_server import ScriptedServer, cut

SOURCE = Path(polyai_data.__file__).parent
OLD = b"what was there before"


@pytest.fixture
def content(connect: Connect) -> bytes:
    return read(connect.polyai().conversations.recording(recorded(connect.emulator)))


def save(connect: Connect, target: Any, *, progress: Any = None, **overrides: Any) -> Path:
    with connect.polyai(**overrides).conversations.recording(recorded(connect.emulator)) as recording:
        return recording.save(target, progress=progress)


def save_scripted(connect: Connect, target: Path, response: Any) -> Path:
    with ScriptedServer(response) as server:
        return save(connect, target, connect_to=server.url)


def tree(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None) for path in folder.rglob("*")
    }


@pytest.mark.parametrize("there", [None, OLD + bytes(10**6)], ids=["new", "old"])
def test_a_saved_recording_is_what_was_sent(
    connect: Connect, content: bytes, tmp_path: Path, there: bytes | None
) -> None:
    target = tmp_path / "call.wav"
    if there is not None:
        target.write_bytes(there)
    progress: list[tuple[int, int | None]] = []
    assert save(connect, target, progress=lambda done, total: progress.append((done, total))) == target
    assert target.read_bytes() == content
    assert list(tmp_path.iterdir()) == [target]
    assert progress[-1] == (len(content), len(content))
    assert progress == sorted(progress)


@one_flavour
def test_the_target_can_be_a_relative_string_or_a_folder(
    connect: Connect, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert save(connect, "größe 1.wav") == Path("größe 1.wav")
    assert (tmp_path / "größe 1.wav").read_bytes() == content
    in_folder = tmp_path / f"{recorded(connect.emulator)}.wav"
    assert save(connect, tmp_path) == in_folder
    assert in_folder.read_bytes() == content


@one_flavour
def test_the_file_is_on_the_disk_before_it_takes_its_name_and_the_name_thereafter(
    connect: Connect, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    events: list[object] = []
    sync, replace = os.fsync, os.replace

    def recording_fsync(descriptor: int) -> None:
        status = os.fstat(descriptor)
        events.append((status.st_ino, "folder" if stat.S_ISDIR(status.st_mode) else status.st_size))
        sync(descriptor)

    def recording_replace(source: Path, target: Path) -> None:
        events.append("rename")
        replace(source, target)

    monkeypatch.setattr(os, "fsync", recording_fsync)
    monkeypatch.setattr(os, "replace", recording_replace)
    path = save(connect, tmp_path / "call.wav")
    assert events == [(path.stat().st_ino, len(content)), "rename", (tmp_path.stat().st_ino, "folder")]


AS_ROOT = not hasattr(os, "geteuid") or os.geteuid() == 0
NOT_AS_ROOT = pytest.mark.skipif(AS_ROOT, reason="nothing is read-only for root")
NO_PIPES = pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this platform has no named pipes")


@pytest.fixture
def furnished(tmp_path: Path) -> Path:
    """A folder with files that cannot be written, each in its own way."""
    (tmp_path / "folder" / "CA1.wav").mkdir(parents=True)
    for name in ("file", "read-only"):
        (tmp_path / name).write_bytes(OLD)
    (tmp_path / "read-only").chmod(0o400)
    (tmp_path / "sealed").mkdir(mode=0o500)
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    return tmp_path


@one_flavour
@pytest.mark.parametrize(
    "name",
    [
        *("missing/call.wav", "folder", "file/call.wav", "x" * 300 + ".wav", "call\0.wav"),
        pytest.param("pipe", marks=NO_PIPES),
        *(pytest.param(name, marks=NOT_AS_ROOT) for name in ("read-only", "sealed/call.wav")),
    ],
)
def test_a_target_that_cannot_be_written_is_refused_before_the_body_is_read(
    connect: Connect, furnished: Path, name: str
) -> None:
    before = tree(furnished)
    with (
        ScriptedServer(audio()) as server,
        connect.polyai(connect_to=server.url).conversations.recording("CA1") as recording,
    ):
        with pytest.raises(DownloadError) as caught:
            recording.save(furnished / name)
        assert caught.value.__cause__ is None
        assert recording.read() == wav()
    assert tree(furnished) == before


@one_flavour
def test_a_read_only_file_is_refused_for_root_too(
    connect: Connect, furnished: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(DownloadError, match="read-only"):
        save(connect, furnished / "read-only")
    assert (furnished / "read-only").read_bytes() == OLD


@pytest.mark.parametrize("fault", ["reset", "truncate", "html", "empty", "slow=20"])
def test_a_broken_recording_leaves_everything_as_it_was(connect: Connect, tmp_path: Path, fault: str) -> None:
    target = tmp_path / "call.wav"
    target.write_bytes(OLD)
    before = tree(tmp_path)
    expected: dict[str, type[PolyAIError]] = {"html": APIError, "empty": DownloadError}
    with pytest.raises(expected.get(fault, TransportError)):
        save(connect, target, headers={"X-Emulator-Fault": fault}, timeout=0.1 if fault == "slow=20" else 30)
    assert tree(tmp_path) == before


@one_flavour
@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "it is empty"),
        (b"RIF", "it ends in its header"),
        (wav()[:40], "it ends in its header"),
        (b"ID3 and so on", "no RIFF header"),
        (b'{"error_message": "not today"}', "it is text"),
        (b" <html><title>not today</title></html>", "it is text"),
    ],
)
def test_a_body_that_is_no_recording_is_not_written(connect: Connect, tmp_path: Path, body: bytes, why: str) -> None:
    with pytest.raises(DownloadError, match=r"nothing was written") as caught:
        save_scripted(connect, tmp_path / "call.wav", audio(sound=body))
    assert why in str(caught.value)
    frames = [frame for frame, _ in traceback.walk_tb(caught.tb) if SOURCE in Path(frame.f_code.co_filename).parents]
    assert frames
    # Tools that report errors show variables too.
    assert "not today" not in f"{caught.value} {[frame.f_locals for frame in frames]}"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("way", ["save", "read"])
def test_a_recording_that_is_shorter_than_its_header_says_is_an_error(
    connect: Connect, tmp_path: Path, way: str
) -> None:
    without_length = b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n"
    with (
        ScriptedServer(cut(without_length + wav()[:-10])) as server,
        connect.polyai(connect_to=server.url).conversations.recording("CA1") as recording,
        pytest.raises(DownloadError, match=r"194 of 204 bytes"),
    ):
        recording.save(tmp_path / "call.wav") if way == "save" else recording.read()
    assert list(tmp_path.iterdir()) == []


@one_flavour
def test_a_recording_knows_what_it_is(connect: Connect) -> None:
    with ScriptedServer(audio()) as server:
        client = connect.polyai(connect_to=server.url)
        with client.conversations.recording("CA1", redacted=True) as recording:
            assert (recording.content_type, recording.size) == ("audio/wav", len(wav()))
            assert (recording.sample_rate, recording.channels, recording.duration) == (8000, 1, 0.01)
            assert recording.redaction_requested
            assert recording.file_name == "CA1.wav"
        with client.conversations.recording("CA1") as recording:
            assert not recording.redaction_requested


@one_flavour
def test_the_size_of_a_compressed_recording_is_unknown(connect: Connect) -> None:
    with (
        ScriptedServer(audio("Content-Encoding: gzip", sound=gzip.compress(wav()))) as server,
        connect.polyai(connect_to=server.url).conversations.recording("CA1") as recording,
    ):
        assert recording.size is None
        assert recording.read() == wav()
    with ScriptedServer(audio("Content-Encoding: gzip", sound=b"no gzip")) as server:
        client = connect.polyai(connect_to=server.url)
        with pytest.raises(TransportError), client.conversations.recording("CA1"):
            pass


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not limit file sizes")
def test_a_full_disk_leaves_everything_as_it_was(connect: Connect, content: bytes, tmp_path: Path) -> None:
    target = tmp_path / "call.wav"
    target.write_bytes(OLD)
    with disk_for(len(content) // 2), pytest.raises(DownloadError, match="cannot be written"):
        save(connect, target)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [OLD]


@one_flavour
def test_a_symbolic_link_to_a_file_is_followed(connect: Connect, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    real, link = tmp_path / "other" / "call.wav", tmp_path / "call.wav"
    real.write_bytes(OLD)
    link.symlink_to(real)
    save(connect, link)
    assert link.is_symlink()
    assert real.read_bytes() == content


@one_flavour
def test_a_part_instead_of_the_whole_is_not_written(connect: Connect, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="status 206"):
        save_scripted(connect, tmp_path / "call.wav", audio("Content-Range: bytes 0-203/999", status=206))
    assert list(tmp_path.iterdir()) == []

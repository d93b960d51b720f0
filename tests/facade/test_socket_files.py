"""Recordings on the disk: whole under their name, or not there, whatever the network and the disk do."""

from __future__ import annotations

import gzip
import os
import stat
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from polyai_data import PolyAI
from polyai_data.errors import APIError, DownloadError, PolyAIError, TransportError
from tests.facade.calls import Connect, recorded
from tests.facade.canned import Canned, answer, wav

AS_ROOT = not hasattr(os, "geteuid") or os.geteuid() == 0
OLD = b"what was there before"
CONVERSATION = "CAabcd1234567abcdef1250065d4fc7389"


@pytest.fixture
def content(connect: Connect) -> bytes:
    with connect.polyai().conversations.recording(recorded(connect.emulator)) as recording:
        return recording.read()


def save(connect: Connect, target: Path, **overrides: object) -> Path:
    client = connect.polyai(**overrides)
    with client.conversations.recording(recorded(connect.emulator)) as recording:
        return recording.save(target)


def test_a_saved_recording_is_what_was_sent(connect: Connect, content: bytes, tmp_path: Path) -> None:
    target = tmp_path / "call.wav"
    assert save(connect, target) == target
    assert target.read_bytes() == content
    assert list(tmp_path.iterdir()) == [target]


def test_the_target_can_be_a_string_and_relative(
    connect: Connect, content: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with connect.polyai().conversations.recording(recorded(connect.emulator)) as recording:
        assert recording.save("größe 1.wav") == Path("größe 1.wav")
    assert (tmp_path / "größe 1.wav").read_bytes() == content


def test_an_existing_file_is_replaced_by_the_whole_recording(connect: Connect, content: bytes, tmp_path: Path) -> None:
    target = tmp_path / "call.wav"
    target.write_bytes(OLD + bytes(10**6))
    save(connect, target)
    assert target.read_bytes() == content


@pytest.mark.skipif(os.name != "posix", reason="file modes are POSIX's")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o027, 0o640), (0o077, 0o600), (0o002, 0o664)])
def test_a_saved_recording_has_the_mode_of_any_new_file(
    connect: Connect, tmp_path: Path, umask: int, mode: int
) -> None:
    target = tmp_path / "call.wav"
    before = os.umask(umask)
    try:
        save(connect, target)
    finally:
        assert os.umask(before) == umask
    assert stat.S_IMODE(target.stat().st_mode) == mode


def test_saving_leaves_the_umask_of_the_process_alone(connect: Connect, tmp_path: Path) -> None:
    """Another thread that makes a file meanwhile, or saves too, must not find it changed."""
    called: set[object] = set()
    sys.setprofile(lambda _frame, _event, found: called.add(getattr(found, "__name__", None)))
    try:
        save(connect, tmp_path / "call.wav")
    finally:
        sys.setprofile(None)
    assert "fsync" in called
    assert "umask" not in called


def missing_folder(folder: Path) -> Path:
    return folder / "missing" / "call.wav"


def a_folder_of_that_name(folder: Path) -> Path:
    (folder / f"{CONVERSATION}.wav").mkdir()
    return folder


def below_a_file(folder: Path) -> Path:
    (folder / "file").write_bytes(OLD)
    return folder / "file" / "call.wav"


def a_name_that_is_too_long(folder: Path) -> Path:
    return folder / ("x" * 300 + ".wav")


def a_name_that_no_file_has(folder: Path) -> Path:
    return folder / "call\0.wav"


def a_read_only_file(folder: Path) -> Path:
    (folder / "call.wav").write_bytes(OLD)
    (folder / "call.wav").chmod(0o400)
    return folder / "call.wav"


def in_a_read_only_folder(folder: Path) -> Path:
    (folder / "sealed").mkdir(mode=0o500)
    return folder / "sealed" / "call.wav"


def a_pipe(folder: Path) -> Path:
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes")
    os.mkfifo(folder / "call.wav")
    return folder / "call.wav"


NOT_AS_ROOT = pytest.mark.skipif(AS_ROOT, reason="nothing is read-only for root")


@pytest.mark.parametrize(
    "make",
    [
        missing_folder,
        a_folder_of_that_name,
        below_a_file,
        a_name_that_is_too_long,
        a_name_that_no_file_has,
        a_pipe,
        pytest.param(a_read_only_file, marks=NOT_AS_ROOT),
        pytest.param(in_a_read_only_folder, marks=NOT_AS_ROOT),
    ],
)
def test_a_target_that_cannot_be_written_is_told_before_the_body_is_read(
    connect: Connect, content: bytes, tmp_path: Path, make: Callable[[Path], Path]
) -> None:
    target = make(tmp_path)
    before = tree(tmp_path)
    with connect.polyai().conversations.recording(recorded(connect.emulator)) as recording:
        with pytest.raises(DownloadError) as caught:
            recording.save(target)
        assert caught.value.__cause__ is None
        assert recording.read() == content
    assert tree(tmp_path) == before


def tree(folder: Path) -> dict[str, tuple[int, bytes | None]]:
    return {
        str(path): (path.lstat().st_mode, path.read_bytes() if path.is_file() else None) for path in folder.rglob("*")
    }


@pytest.mark.parametrize("there", [None, OLD])
@pytest.mark.parametrize("fault", ["reset", "truncate", "html", "empty", "slow=20"])
def test_a_broken_recording_leaves_everything_as_it_was(
    connect: Connect, tmp_path: Path, fault: str, there: bytes | None
) -> None:
    target = tmp_path / "call.wav"
    if there is not None:
        target.write_bytes(there)
    before = tree(tmp_path)
    expected: dict[str, type[PolyAIError]] = {"html": APIError, "empty": DownloadError}
    with pytest.raises(expected.get(fault, TransportError)):
        save(connect, target, headers={"X-Emulator-Fault": fault}, timeout=0.2 if fault == "slow=20" else 30)
    assert tree(tmp_path) == before


@pytest.mark.parametrize("kind", ["application/json", "text/html; charset=utf-8", "text/plain", "Application/JSON"])
def test_what_is_no_recording_is_not_written(connect: Connect, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "call.wav"
    with (
        Canned([answer("200 OK", b'{"url": "elsewhere"}', kind=kind)]) as server,
        pytest.raises(DownloadError, match="not a recording"),
    ):
        save(connect, target, connect_to=server.url)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", ["audio/wav", "audio/x-wav", "application/octet-stream", "binary/octet-stream", ""])
def test_bytes_are_believed_to_be_a_recording(connect: Connect, tmp_path: Path, kind: str) -> None:
    target = tmp_path / "call.wav"
    with Canned([answer("200 OK", wav(), kind=kind)]) as server:
        save(connect, target, connect_to=server.url)
    assert target.read_bytes() == wav()


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (b"", "it is empty"),
        (b"RIF", "it ends in its header"),
        (wav()[:40], "it ends in its header"),
        (b"ID3 and so on", "no RIFF header"),
        (b'{"error_message": "not today"}', "not today"),
        (b" <html><title>Sign in</title></html>", "Sign in"),
        (b"RIFF\xff\xff\xff\x00AVI LIST", "no RIFF header"),
    ],
)
def test_what_only_says_that_it_is_a_recording_is_not_written(
    connect: Connect, tmp_path: Path, body: bytes, says: str
) -> None:
    with (
        Canned([answer("200 OK", body)]) as server,
        pytest.raises(DownloadError, match=r"the response is not a recording \(.*nothing was written") as caught,
    ):
        save(connect, tmp_path / "call.wav", connect_to=server.url)
    assert says in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_of_unknown_length_that_is_shorter_than_its_header_says_is_not_kept(
    connect: Connect, tmp_path: Path
) -> None:
    with (
        Canned([b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nConnection: close\r\n\r\n" + wav()[:-10]]) as server,
        pytest.raises(DownloadError, match=r"194 of 204 bytes arrived"),
    ):
        save(connect, tmp_path / "call.wav", connect_to=server.url)
    assert list(tmp_path.iterdir()) == []


def test_a_recording_tells_what_it_is(connect: Connect) -> None:
    with Canned([answer("200 OK", wav())]) as server:
        client = connect.polyai(connect_to=server.url)
        with client.conversations.recording("CA1", redacted=True) as recording:
            assert (recording.content_type, recording.size) == ("audio/wav", len(wav()))
            assert (recording.sample_rate, recording.channels, recording.duration) == (8000, 1, 0.01)
            assert recording.redaction_requested
            assert recording.file_name == "CA1.wav"


def test_in_a_folder_a_recording_is_called_after_its_conversation(
    connect: Connect, content: bytes, tmp_path: Path
) -> None:
    assert save(connect, tmp_path) == tmp_path / f"{CONVERSATION}.wav"
    assert (tmp_path / f"{CONVERSATION}.wav").read_bytes() == content


def test_progress_is_told_up_to_the_end(connect: Connect, content: bytes, tmp_path: Path) -> None:
    told: list[tuple[int, int | None]] = []
    with connect.polyai().conversations.recording(recorded(connect.emulator)) as recording:
        recording.save(tmp_path / "call.wav", progress=lambda done, total: told.append((done, total)))
    assert told[-1] == (len(content), len(content))
    assert [done for done, _ in told] == sorted(done for done, _ in told)


def test_a_recording_that_is_shorter_than_promised_is_not_kept(connect: Connect, tmp_path: Path) -> None:
    with Canned([answer("200 OK", wav(), length=500)]) as server, pytest.raises(TransportError):
        save(connect, tmp_path / "call.wav", connect_to=server.url)
    assert list(tmp_path.iterdir()) == []


def test_the_size_is_not_known_when_the_answer_is_packed(connect: Connect) -> None:
    packed = gzip.compress(wav())
    with Canned([answer("200 OK", packed, more="Content-Encoding: gzip\r\n")]) as server:
        client = connect.polyai(connect_to=server.url)
        with client.conversations.recording("CA1") as recording:
            assert recording.size is None
            assert recording.read() == wav()
    with Canned([answer("200 OK", b"no gzip", more="Content-Encoding: gzip\r\n")]) as server:
        client = connect.polyai(connect_to=server.url)
        with pytest.raises(TransportError), client.conversations.recording("CA1"):
            pass


def test_an_error_in_the_middle_of_the_pieces_leaves_nothing_behind(
    connect: Connect, content: bytes, tmp_path: Path
) -> None:
    with connect.polyai().conversations.recording(recorded(connect.emulator)) as recording:
        first = next(iter(recording.iter_bytes()))
        assert content.startswith(first)
        with pytest.raises(PolyAIError):
            recording.save(tmp_path / "call.wav")
    assert list(tmp_path.iterdir()) == []


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    import resource  # noqa: PLC0415

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no limit of file sizes")
@pytest.mark.parametrize("there", [None, OLD])
def test_a_disk_that_is_full_is_told_and_leaves_everything_as_it_was(
    connect: Connect, content: bytes, tmp_path: Path, there: bytes | None
) -> None:
    target = tmp_path / "call.wav"
    if there is not None:
        target.write_bytes(there)
    before = tree(tmp_path)
    with files_of_at_most(len(content) // 2), pytest.raises(DownloadError, match="cannot be written"):
        save(connect, target)
    assert tree(tmp_path) == before


def test_a_link_to_a_file_is_followed(connect: Connect, content: bytes, polyai: PolyAI, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    real, link = tmp_path / "elsewhere" / "call.wav", tmp_path / "call.wav"
    real.write_bytes(OLD)
    link.symlink_to(real)
    with polyai.conversations.recording(recorded(connect.emulator)) as recording:
        recording.save(link)
    assert link.is_symlink()
    assert real.read_bytes() == content


def test_a_part_that_nobody_asked_for_is_no_recording(connect: Connect, tmp_path: Path) -> None:
    with (
        Canned([answer("206 Partial Content", wav(), more="Content-Range: bytes 0-203/999\r\n")]) as server,
        pytest.raises(DownloadError, match="has status 206, not the whole recording"),
    ):
        save(connect, tmp_path / "call.wav", connect_to=server.url)
    assert list(tmp_path.iterdir()) == []

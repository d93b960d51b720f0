"""The part that a download writes until it is whole: private, and never left behind for long."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

import pytest

from polyai_data.atomic_file import Target
from tests.facade.calls import Connect, one_flavour
from tests.facade.scripted import audio, wav
from tests.support.scripted_server import ScriptedServer, trickle

posix = pytest.mark.skipif(os.name != "posix", reason="modes and signals are POSIX's")
# A process that was started to outlive its terminal ignores SIGHUP, and so do those that it starts.
DEFAULTS = "import signal; signal.signal(signal.SIGHUP, signal.SIG_DFL)"
SAVE = {
    "sync": """
from polyai_data import PolyAI as Client
save = lambda: Client('key', **options).conversations.recording('CA1').save(path)
save()""",
    "async": """
import asyncio
from polyai_data import AsyncPolyAI as Client
asyncio.run(Client('key', **options).conversations.recording('CA1').save(path))""",
}
SAVE["thread"] = f"from threading import Thread{SAVE['sync'][:-7]}; Thread(target=save).start(); save()"


def parts(folder: Path) -> list[Path]:
    return sorted(folder.glob(".*.part"))


def sizes(folder: Path) -> list[int]:
    try:
        return [each.stat().st_size for each in parts(folder)]
    except FileNotFoundError:  # it tried out whether the folder can be written
        return []


def interrupted(folder: Path, number: int, flavour: str = "sync", count: int = 1, before: str = "") -> int:
    """Save a recording in another process, which gets a signal in the middle; returns its exit status."""
    whole = audio(sound=wav(bytes(400_000)))
    with ScriptedServer(trickle(whole[:200_000], b"", 60, 1)) as server:
        options = {"region": "us", "agent_id": "A", "connect_to": server.url}
        given = f"options, path = {options!r}, {str(folder / 'call.wav')!r}"
        saving = subprocess.Popen([sys.executable, "-c", f"{DEFAULTS}\n{before}\n{given}\n{SAVE[flavour]}"])
        try:
            while saving.poll() is None and [size > 99_999 for size in sizes(folder)] != [True] * count:
                time.sleep(0.01)
            assert {stat.S_IMODE(each.stat().st_mode) for each in parts(folder)} == {0o600}
            saving.send_signal(number)
            return saving.wait(30)
        finally:
            saving.kill()
            saving.wait()


def save(connect: Connect, path: Path) -> Path:
    with ScriptedServer(audio()) as server:
        return connect.polyai(connect_to=server.url).conversations.recording("CA1").save(path)


@posix
@pytest.mark.parametrize(("name", "flavour"), [("SIGTERM", "async"), ("SIGHUP", "sync")])
def test_a_part_is_gone_after_a_signal_that_ends_the_process(tmp_path: Path, name: str, flavour: str) -> None:
    number = getattr(signal, name)
    assert interrupted(tmp_path, number, flavour) == -number
    assert list(tmp_path.iterdir()) == []


@posix
def test_the_parts_of_all_threads_are_gone(tmp_path: Path) -> None:
    assert interrupted(tmp_path, signal.SIGTERM, "thread", count=2) == -signal.SIGTERM
    assert list(tmp_path.iterdir()) == []


@posix
def test_a_handler_of_the_users_is_kept(tmp_path: Path) -> None:
    before = "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(7))"
    assert interrupted(tmp_path, signal.SIGTERM, before=before) == 7
    assert list(tmp_path.iterdir()) == []


@posix
def test_signals_are_handled_only_while_a_file_is_written(tmp_path: Path) -> None:
    with Target(tmp_path / "one"), Target(tmp_path / "two"):
        assert callable(signal.getsignal(signal.SIGTERM))
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL


@posix
def test_a_forked_process_that_ends_leaves_the_part_of_its_parent(tmp_path: Path) -> None:
    with Target(tmp_path / "call.wav") as target:
        target.write(b"one")
        child = os.fork()
        if not child:
            os.kill(os.getpid(), signal.SIGTERM)
            os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGTERM
        target.keep()
    assert (tmp_path / "call.wav").read_bytes() == b"one"


@one_flavour
@posix
def test_the_parts_of_a_killed_process_are_swept_by_the_next_save(connect: Connect, tmp_path: Path) -> None:
    assert interrupted(tmp_path, signal.SIGKILL, "thread", count=2) == -signal.SIGKILL
    assert len(parts(tmp_path)) == 2
    assert save(connect, tmp_path / "call.wav").read_bytes() == wav()
    assert [each.name for each in tmp_path.iterdir()] == ["call.wav"]


def test_saves_at_once_leave_each_others_parts(tmp_path: Path) -> None:
    path = tmp_path / "call.wav"
    with ExitStack() as stack:
        targets = [stack.enter_context(Target(path)) for _ in range(12)]
        assert len(parts(tmp_path)) == 12
        for number, target in enumerate(targets):
            target.write(b"%d" % number)
        for number, target in enumerate(targets):
            target.keep()
            assert path.read_bytes() == b"%d" % number
            with Target(path):
                pass
    assert [each.name for each in tmp_path.iterdir()] == ["call.wav"]


@posix
@pytest.mark.parametrize("make", [Path.mkdir, os.mkfifo, lambda path: path.symlink_to("other")])
def test_what_stands_where_a_part_would_is_not_followed(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "call.wav"
    with Target(path):
        (expected,) = parts(tmp_path)
    (tmp_path / "other").write_bytes(b"other")
    make(expected)
    with Target(path) as target:
        target.write(b"sound")
        target.keep()
    assert path.read_bytes() == b"sound"
    assert (tmp_path / "other").read_bytes() == b"other"


@one_flavour
@posix
@pytest.mark.parametrize(("there", "expected"), [(None, 0o600), (0o640, 0o640), (0o666, 0o666), (0o600, 0o600)])
def test_a_new_recording_is_private_and_an_existing_file_keeps_its_mode(
    connect: Connect, tmp_path: Path, there: int | None, expected: int
) -> None:
    path = tmp_path / "call.wav"
    if there is not None:
        path.touch()
        path.chmod(there)
    assert stat.S_IMODE(save(connect, path).stat().st_mode) == expected

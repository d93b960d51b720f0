"""The recordings of many conversations, over a socket: saved at once, listed in a manifest, and not fetched twice."""

from __future__ import annotations

import asyncio
import hashlib
import json
import stat
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from polyai_data import PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import AuthenticationError, ConfigError, DownloadError, NotFoundError, PolyAIError
from polyai_data.manifest import NAME, Manifest
from tests.facade.calls import Connect, one_flavour, unwrapped
from tests.facade.scripted import audio, disk_for, wav
from tests.support.scripted_server import Received, ScriptedServer, cut, late, response, trickle

IDS = [f"CA{number}" for number in range(12)]
Step = Callable[[str], Any]


def serves(step: Step) -> Callable[[Any, Received], bytes | None]:
    """A server of recordings; what `step` gives for an id is sent."""

    def respond(connection: Any, request: Received) -> bytes | None:
        content = step(request.target.split("/")[-2])
        if callable(content):
            content(connection, request)
            return None
        return audio() if content is None else bytes(content)

    return respond


def lines(folder: Path) -> dict[str, dict[str, Any]]:
    return {entry["id"]: entry for entry in map(json.loads, (folder / NAME).read_text().splitlines())}


def recorded_ids(emulator: Emulator) -> list[str]:
    return [each.id for each in emulator.conversations() if each.recorded]


def test_all_are_saved_and_listed(connect: Connect, tmp_path: Path) -> None:
    ids, polyai = recorded_ids(connect.emulator), connect.polyai()
    calls: list[tuple[int, int | None, int]] = []
    folder = tmp_path / "a" / "b"
    result = polyai.recordings.save_all(
        ids, folder, parallel=4, redacted=True, progress=lambda *call: calls.append(call)
    )
    assert (result.saved, result.present, result.failed, result.total) == (len(ids), 0, {}, len(ids))
    assert calls[-1] == (len(ids), len(ids), result.bytes)
    assert [done for done, _, _ in calls] == list(range(1, len(ids) + 1))
    assert stat.S_IMODE(result.manifest.stat().st_mode) == 0o600
    for identifier, entry in lines(folder).items():
        content = (folder / entry["file"]).read_bytes()
        one = polyai.conversations.recording(identifier, redacted=True)
        assert content == one.read()
        assert entry["seconds"] == one.duration
        assert (entry["bytes"], entry["sha256"]) == (len(content), hashlib.sha256(content).hexdigest())
        assert (entry["file"], entry["direction"], entry["redacted"]) == (one.file_name, "combined", True)
    assert set(lines(folder)) == set(ids)
    assert sum(entry["bytes"] for entry in lines(folder).values()) == result.bytes
    assert {each.name for each in folder.iterdir()} == {NAME, *(each["file"] for each in lines(folder).values())}


def test_what_is_whole_is_not_fetched_again(connect: Connect, tmp_path: Path) -> None:
    with ScriptedServer(serves(lambda _: None)) as server:
        polyai = connect.polyai(connect_to=server.url)
        polyai.recordings.save_all(IDS[:6], tmp_path)
        (tmp_path / "CA0.wav").unlink()
        (tmp_path / "CA1.wav").write_bytes(b"cut")
        with (tmp_path / NAME).open("ab") as manifest:
            manifest.write(b'{"id": "CA2", "fi')  # a process was killed while it wrote
        server.play(serves(lambda _: None))
        result = polyai.recordings.save_all([*IDS[:8], "CA3"], tmp_path)
        assert sorted(each.target.split("/")[-2] for each in server.requests) == ["CA0", "CA1", "CA6", "CA7"]
        assert (result.saved, result.present) == (4, 5)
        other = polyai.recordings.save_all(IDS[:2], tmp_path, direction="user")
        assert (other.saved, (tmp_path / "CA0~user.wav").exists()) == (2, True)
        assert polyai.recordings.save_all(IDS[:8], tmp_path).present == 8


def test_a_failure_does_not_stop_the_rest(connect: Connect, tmp_path: Path) -> None:
    def step(identifier: str) -> Any:
        return {"CA3": response(404), "CA5": cut(audio()[:-20])}.get(identifier)

    with ScriptedServer(serves(step)) as server:
        polyai = connect.polyai(connect_to=server.url)
        result = polyai.recordings.save_all([*IDS, "../x"], tmp_path, parallel=3)
        assert {key: type(error) for key, error in result.failed.items() if key != "CA5"} == {
            "CA3": NotFoundError,
            "../x": ConfigError,
        }
        assert isinstance(result.failed["CA5"], PolyAIError)
        assert (result.saved, set(lines(tmp_path))) == (10, set(IDS) - {"CA3", "CA5"})
        assert not list(tmp_path.glob(".*"))
        with pytest.raises(NotFoundError):
            polyai.recordings.save_all(["CA3"], tmp_path, on_error="raise")


def test_a_refused_key_is_an_error_at_once(connect: Connect, tmp_path: Path) -> None:
    with ScriptedServer(response(401, b"{}")) as server:
        with pytest.raises(AuthenticationError):
            connect.polyai(connect_to=server.url).recordings.save_all(IDS, tmp_path, parallel=2)
        assert len(server.requests) <= 4


def test_a_disk_that_refuses_ends_the_run(connect: Connect, tmp_path: Path) -> None:
    with ScriptedServer(serves(lambda _: audio(sound=wav(bytes(4000))))) as server:
        with disk_for(2000), pytest.raises(DownloadError, match="cannot be written"):
            connect.polyai(connect_to=server.url).recordings.save_all(IDS, tmp_path, parallel=2)
        assert len(server.requests) <= 4
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_a_line_that_a_full_disk_cuts_leaves_none_behind(tmp_path: Path) -> None:
    sound = tmp_path / "one.wav"
    with Manifest(tmp_path, redacted=False, directions=["combined"]) as manifest:
        sound.write_bytes(wav())
        with disk_for(100), pytest.raises(DownloadError, match="cannot be written"):
            manifest.add("CA1", "combined", sound, None)
        manifest.add("CA2", "combined", sound, None)
    assert [*lines(tmp_path)] == ["CA2"]


@pytest.mark.parametrize("line", ['{"direction": "combined", "id": "CA1", "file": "a", "bytes": 1e999}', "[" * 200_000])
def test_a_line_that_cannot_be_read_costs_a_download(line: str, tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(line + "\n")
    with Manifest(tmp_path, redacted=False, directions=["combined"]) as manifest:
        assert manifest.begin("CA1") == ["combined"]


@pytest.mark.parametrize("redacted", [True, False])
def test_redacted_and_raw_recordings_are_not_mixed(connect: Connect, tmp_path: Path, redacted: bool) -> None:
    with ScriptedServer(serves(lambda _: None)) as server:
        polyai = connect.polyai(connect_to=server.url)
        polyai.recordings.save_all(IDS[:2], tmp_path, redacted=redacted, direction="all")
        server.play(serves(lambda _: None))
        before = {each: each.read_bytes() for each in tmp_path.glob("*.wav")}
        with pytest.raises(ConfigError, match=r"lists re.* recordings"):
            polyai.recordings.save_all(IDS, tmp_path, redacted=not redacted)
        (tmp_path / NAME).unlink()
        for _ in range(2):  # the first one makes no manifest
            with pytest.raises(ConfigError, match=f"and no {NAME}, so that it may have re.* in another folder"):
                polyai.recordings.save_all(IDS, tmp_path, redacted=not redacted)
        assert not server.requests
    assert {each: each.read_bytes() for each in tmp_path.iterdir()} == before


SILENT = late(b"", 60)
STALLED = trickle(response(200, wav(), content_type="audio/wav", length=99_999), bytes(10), 60, 1)
SLOW = trickle(response(200, wav(), content_type="audio/wav", length=99_999), bytes(10), 0.05, 400)


@pytest.mark.parametrize("slow", [SILENT, STALLED, SLOW], ids=["silent", "stalled", "slow"])
def test_ctrl_c_keeps_what_is_done_and_ends_the_rest(connect: Connect, tmp_path: Path, slow: Any) -> None:
    def interrupted(done: int, _total: int | None, _size: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    with ScriptedServer(serves(lambda identifier: slow if identifier == "CA0" else None)) as server:
        polyai = connect.polyai(connect_to=server.url)
        begun = time.monotonic()
        with pytest.raises(KeyboardInterrupt):
            polyai.recordings.save_all(iter(IDS), tmp_path, parallel=2, progress=interrupted)
        assert time.monotonic() - begun < 10
        assert not [each for each in threading.enumerate() if each.name.startswith("polyai-data")]
        assert not list(tmp_path.glob(".*"))
        kept = lines(tmp_path)
        assert 5 <= len(kept) <= 8
        assert all((tmp_path / each["file"]).stat().st_size == each["bytes"] for each in kept.values())
        assert "CA0" not in kept
        assert polyai.recordings.save_all(IDS[1:], tmp_path).present == len(kept)


def test_a_client_that_is_closed_meanwhile_ends_the_run(connect: Connect, tmp_path: Path) -> None:
    def close(*_: object) -> None:
        if connect.flavour == "sync":
            threading.Thread(target=polyai.close).start()
        else:
            asyncio.get_running_loop().call_soon(
                lambda: closing.append(asyncio.ensure_future(unwrapped(polyai).aclose()))
            )

    closing: list[Any] = []
    with ScriptedServer(serves(lambda identifier: None if identifier == "CA0" else SILENT)) as server:
        polyai = connect.polyai(connect_to=server.url)
        begun = time.monotonic()
        with pytest.raises(ConfigError, match=r"^the client is closed; make a new one$"):
            polyai.recordings.save_all(IDS, tmp_path, parallel=3, progress=close)
        assert time.monotonic() - begun < 10


def test_conversations_of_a_listing_can_be_given(connect: Connect, tmp_path: Path) -> None:
    polyai = connect.polyai()
    listing = polyai.conversations.list()
    given: Any = getattr(listing, "unwrapped", listing)
    result = polyai.recordings.save_all(given, tmp_path)
    ids = recorded_ids(connect.emulator)
    assert (result.saved, result.total) == (len(ids), None)
    assert set(result.failed) == {each.id for each in connect.emulator.conversations()} - set(ids)


def test_all_directions_are_files_of_their_own(connect: Connect, tmp_path: Path) -> None:
    polyai, ids = connect.polyai(), recorded_ids(connect.emulator)[:2]
    assert polyai.recordings.save_all(ids[:1], tmp_path, direction="user").saved == 1
    calls: list[int] = []
    result = polyai.recordings.save_all(ids, tmp_path, direction="all", progress=lambda done, *_: calls.append(done))
    assert (result.saved, calls) == (2, [1, 2])
    entries = [json.loads(line) for line in (tmp_path / NAME).read_text().splitlines()]
    assert sorted(entry["direction"] for entry in entries) == sorted(["agent", "combined", "user"] * 2)
    assert {each.name for each in tmp_path.iterdir()} == {NAME, *(entry["file"] for entry in entries)}
    assert polyai.recordings.save_all(ids, tmp_path, direction="all").present == 2


@one_flavour  # where an iterator waits, tasks wait
def test_progress_is_reported_before_the_crew_is_full(connect: Connect, tmp_path: Path) -> None:
    """A slow listing gives out less than a crew's worth of conversations; each is reported once it is saved."""
    calls: list[int] = []

    def ids() -> Iterator[str]:
        for each in IDS[:4]:
            yield each
            time.sleep(0.1)
        seen.append(len(calls))

    seen: list[int] = []
    with ScriptedServer(serves(lambda _: None)) as server:
        polyai = connect.polyai(connect_to=server.url)
        polyai.recordings.save_all(ids(), tmp_path, progress=lambda done, *_: calls.append(done))
    assert (len(calls), seen[0] >= 2) == (4, True)


def test_a_folder_has_one_run_at_a_time(connect: Connect, tmp_path: Path) -> None:
    polyai = connect.polyai()
    with Manifest(tmp_path, redacted=False, directions=["combined"]), pytest.raises(ConfigError, match="another run"):
        polyai.recordings.save_all(IDS, tmp_path)
    assert polyai.recordings.save_all([], tmp_path).total == 0


def test_an_async_generator_of_ids_can_be_given(
    polyai_emulator: Emulator, clean_environment: None, tmp_path: Path
) -> None:
    async def ids() -> AsyncIterator[str]:
        for each in recorded_ids(polyai_emulator)[:3]:
            yield each

    async def main() -> int:
        async with polyai_emulator.async_client() as polyai:
            return (await polyai.recordings.save_all(ids(), tmp_path)).saved

    assert asyncio.run(main()) == 3


@pytest.mark.parametrize(
    ("wrong", "argument"),
    [
        ({"parallel": 0}, "parallel"),
        ({"direction": "both"}, "direction"),
        ({"redacted": "yes"}, "redacted"),
        ({"on_error": "skip"}, "on_error"),
        ({"conversations": "CA1"}, "conversations"),
        ({"conversations": [7]}, "conversations"),
    ],
)
def test_an_invalid_argument_is_an_error(polyai: PolyAI, tmp_path: Path, wrong: dict[str, Any], argument: str) -> None:
    options: dict[str, Any] = {"conversations": IDS, "folder": tmp_path, **wrong}
    with pytest.raises(ConfigError) as caught:
        polyai.recordings.save_all(**options)
    assert caught.value.argument == argument


def test_a_folder_that_cannot_be_written_is_an_error(polyai: PolyAI, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match=f"file/{NAME} cannot be written"):
        polyai.recordings.save_all(IDS, tmp_path / "file")

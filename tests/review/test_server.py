"""The review without a browser: who may use it, what becomes of writes, ranges of recordings, and what is drawn."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError
from polyai_data.review import Review
from polyai_data.review.outbox import Outbox
from polyai_data.review.waveform import Waveform, path
from tests.review.conftest import client
from tests.review.test_browser import PLANTED, fails


@pytest.fixture(scope="module")
def http(review: Review) -> Any:
    """A browser that opened the printed address."""
    with httpx.Client(base_url=review.url, headers={"origin": review.url}, follow_redirects=True) as made:
        assert 'content="0; url=/?handoff=no"' in made.get(review.address("handoff=no")).text
        yield made


@pytest.fixture(scope="module")
def prompt(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A browser at a review that sends at once."""
    folder = tmp_path_factory.mktemp("review")
    with Review(client(emulator), folder=folder, hold=0) as review:
        with httpx.Client(base_url=review.url, headers={"origin": review.url}) as made:
            made.get(review.address())
            yield made
        (file,) = folder.glob("*.sqlite")
        assert not stat.S_IMODE(file.stat().st_mode) & 0o077
        with pytest.raises(ConfigError, match="another review of this agent is running"):
            Outbox(file)
    assert review.left == 0


def test_only_the_printed_address_opens_it(review: Review, http: httpx.Client, emulator: Emulator) -> None:
    (name, value), *_ = http.cookies.items()
    others = f'prefs={{"theme":"dark"}}; a=b c; \u00e9=\u00e9; {name}={value}; ;;='.encode()  # of other programs
    page = http.get("/", headers={b"cookie": others, b"sec-fetch-site": b"none"})
    assert page.status_code == 200
    assert "default-src 'none'; script-src 'self'" in page.headers["content-security-policy"]
    cookie = http.get(review.address(), follow_redirects=False).headers["set-cookie"]
    assert {"httponly", "samesite=strict"} <= set(cookie.lower().split("; "))
    shown = page.text + http.get("/static/review.js").text
    assert not [key for key in emulator.keys.values() if key.value in shown]
    for refused in (
        httpx.get(review.url),
        httpx.get(f"{review.url}/?token=wrong"),
        httpx.get(f"{review.url}/static/review.js"),
        http.get("/call/CA1/audio", headers={"sec-fetch-site": "same-site"}),  # another port
        http.post("/queues", json={"name": "a", "query": {}}, headers={"origin": "http://evil.example"}),
        http.post("/queues", json={"name": "a", "query": {}}, headers={"origin": f"{review.url}.evil.example"}),
    ):
        assert refused.status_code == 403
    rebound = {"host": f"evil.example:{httpx.URL(review.url).port}"}
    assert http.get(review.address(), headers=rebound).status_code == 421
    for body in (
        b"",
        b"[]",
        b"{}",
        b'{"turn": "x", "role": "user", "kind": "wrong_info"}',
        b'{"turn": 0, "role": "x"}',
        b'{"turn": %d, "role": "user", "kind": "wrong_info"}' % 2**70,
    ):
        assert http.post("/call/CA1/annotations", content=body).status_code == 400
    for query, words in [
        ("since=0001-01-01", "is no time"),
        ("until=9999-12-31", "is no time"),
        ("handoff=maybe", "neither yes nor no"),
        ("latency=nan", "is no number"),
        (f"page={'9' * 5000}", "No more calls"),
    ]:
        assert words in http.get(f"/?{query}").text


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_the_program_serves_until_it_is_interrupted(emulator: Emulator, tmp_path: Path) -> None:
    environment = {**os.environ, **emulator.env(), "XDG_DATA_HOME": str(tmp_path), "HOME": str(tmp_path)}
    program = [sys.executable, "-m", "polyai_data", "review", "--since", "2026-05-01", "--channel", "CHAT"]
    with subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as run:
        assert run.stdout
        address = httpx.URL(run.stdout.readline().removeprefix("Open ").strip())
        with httpx.Client(follow_redirects=True) as http:
            assert 'url=/?since=2026-05-01T00%3A00&amp;channel=CHAT"' in http.get(address).text
            origin = str(address.copy_with(path="", query=None))
            annotation = {"turn": 0, "role": "agent", "kind": "wrong_info"}
            call = emulator.add_conversation().id
            made = http.post(f"{origin}/call/{call}/annotations", json=annotation, headers={"origin": origin})
            assert len(made.json()["writes"]) == 1
        run.send_signal(signal.SIGINT)
        _, errors = run.communicate(timeout=20)
    assert (run.returncode, "Traceback" in errors) == (0, False)
    assert emulator.effects["addAnnotations", call] == 1  # although it could still be undone


def test_a_queue_is_asked_for_page_by_page(review: Review, http: httpx.Client, emulator: Emulator) -> None:
    emulator.requests.clear()
    assert http.get("/?env=live").text.count('class="row" href') == 50
    assert len([each for each in emulator.requests if each.operation_id == "searchConversations"]) == 1
    assert 'rel="next">Next' in http.get("/?env=live&page=1").text
    assert http.get("/?env=live&page=2").text.count('class="row" href') > 0
    assert "No more calls" in http.get("/?env=live&page=9").text
    assert http.post("/queues", json={"name": PLANTED, "query": {"handoff": "yes", "other": "x"}}).status_code == 200
    for name, query, status in [(PLANTED, {"since": 1}, 409), (" ", {}, 400)]:
        assert http.post("/queues", json={"name": name, "query": query}).status_code == status
    page = http.get("/?handoff=yes").text
    assert "<script>document" not in page
    assert '/?handoff=yes" aria-current="page"' in page
    ids = [each.id for each in emulator.conversations() if each.handoff_reason and each.environment == "live"]
    assert all(each in page for each in ids)
    assert page.count('class="row" href') == len(ids) > 0
    http.post("/queues", json={"name": PLANTED, "query": None})
    assert "&lt;script" not in http.get("/?handoff=no").text.split("</nav>")[0]


@pytest.mark.parametrize(
    ("headers", "state", "decision", "effects"),
    [
        ({"status": "400"}, "failed", "again", 1),
        ({"status": "403"}, "failed", "drop", 0),
        ({"fault": "reset"}, "unsure", "sent", 1),
        ({"fault": "reset"}, "unsure", "again", 2),
        ({"fault": "reset-before"}, "unsure", "again", 1),
        ({"status": "429", "retry-after": "999"}, "waiting", "again", 1),
    ],
)
def test_a_write_is_sent_once_unless_the_user_decides(
    emulator: Emulator, prompt: httpx.Client, *, headers: dict[str, str], state: str, decision: str, effects: int
) -> None:
    call = emulator.add_conversation().id
    emulator.schedule = fails("addAnnotations", headers)

    def settled() -> dict[str, Any]:
        for _ in range(200):
            (write,) = prompt.get(f"/call/{call}/writes").json()["writes"] or [{"state": "dropped"}]
            if write["state"] not in {"sending", "waiting"} or write.get("message"):
                return dict(write)
            time.sleep(0.02)
        raise AssertionError("it is not settled")

    for _ in range(2):  # two windows
        prompt.post(f"/call/{call}/annotations", json={"turn": 0, "role": "agent", "kind": "wrong_info"})
    write = settled()
    assert (write["state"], bool(write["message"])) == (state, True)
    assert (write["due"] > time.time() + 900) == ("retry-after" in headers)
    prompt.post(f"/writes/{write['id']}", json={"decision": decision})
    assert settled()["state"] == ("dropped" if decision == "drop" else "sent")
    prompt.post(f"/writes/{write['id']}", json={"decision": "drop"})  # what was sent stays
    assert len(prompt.get(f"/call/{call}/writes").json()["writes"]) == (decision != "drop")
    assert emulator.effects["addAnnotations", call] == effects


def wait_for(condition: Any) -> None:
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_newest_note_wins_and_a_slow_one_holds_up_no_other(emulator: Emulator, prompt: httpx.Client) -> None:
    def sent(call: str) -> list[tuple[str, str]]:
        return [(each["text"], each["state"]) for each in prompt.get(f"/call/{call}/writes").json()["writes"]]

    slow, call, other = (emulator.add_conversation().id for _ in range(3))
    with emulator.client() as polyai:
        polyai.conversations.set_note(call, "line\r\nline")
        emulator.schedule = fails("upsertNote", {"fault": "delay=1.5, reset-before"})
        prompt.post(f"/call/{slow}/note", json={"text": "A", "base": ""})
        wait_for(lambda: sent(slow) == [("A", "sending")])
        for text, base in [("AB", "A"), ("ABC", "AB")]:
            prompt.post(f"/call/{slow}/note", json={"text": text, "base": base})
        prompt.post(f"/call/{call}/note", json={"text": "new", "base": "line\nline"})
        prompt.post(f"/call/{other}/annotations", json={"turn": 0, "role": "agent", "kind": "wrong_info"})
        wait_for(lambda: emulator.effects["addAnnotations", other] and sent(call) == [("new", "sent")])
        assert sent(slow)[0] == ("A", "sending")
        wait_for(lambda: sent(slow) == [("ABC", "sent")])
        assert polyai.conversations.get(slow).note == "ABC"


KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from polyai_data.review.outbox import Outbox

async def send(write):
    os.kill(os.getpid(), signal.SIGKILL)

async def main():
    outbox = Outbox(Path(sys.argv[1]), hold=0)
    outbox.annotate("CA1", 0, "user", "wrong_info")
    outbox.annotate("CA1", 1, "user", "wrong_info")
    await outbox.run(send)

asyncio.run(main())
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="this platform kills processes in another way")
def test_what_was_being_sent_when_it_was_killed_is_asked_about(tmp_path: Path) -> None:
    file = tmp_path / "new" / "outbox.sqlite"
    assert subprocess.run([sys.executable, "-c", KILLED, file], check=False).returncode == -signal.SIGKILL
    outbox = Outbox(file)
    assert [each.state for each in outbox.of("CA1")] == ["unsure", "waiting"]
    assert [each.turn for each in outbox.unsettled()] == [0]
    outbox.close()
    file.write_bytes(b"no database" * 100)
    with pytest.raises(ConfigError, match="cannot be opened: file is not a database"):
        Outbox(file)


def test_ranges_of_a_recording(http: httpx.Client, emulator: Emulator) -> None:
    call = next(each for each in emulator.conversations()[10:] if each.recorded).id
    whole = http.get(f"/call/{call}/audio")
    size = len(whole.content)
    assert (whole.status_code, whole.headers["accept-ranges"], whole.content[:4]) == (200, "bytes", b"RIFF")
    for asked, begin, end in [
        ("0-", 0, size),
        ("100-199", 100, 200),
        ("-50", size - 50, size),
        (f"9-{size * 9}", 9, size),
    ]:
        part = http.get(f"/call/{call}/audio", headers={"range": f"bytes={asked}"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {begin}-{end - 1}/{size}"
        assert part.content == whole.content[begin:end]
    past = http.get(f"/call/{call}/audio", headers={"range": f"bytes={size}-"})
    assert (past.status_code, past.headers["content-range"]) == (416, f"bytes */{size}")
    for asked in ("lines=1-2", "bytes=0-1,3-4", "bytes="):
        part = http.get(f"/call/{call}/audio", headers={"range": asked})
        assert (part.status_code, part.content) == (200, whole.content)
    assert http.get("/call/CAunknown/audio").status_code == 404
    assert len([each for each in emulator.requests if call in each.path and each.path.endswith("audio")]) == 1


def test_recordings_in_use_are_kept_and_those_that_are_left_end(
    http: httpx.Client, emulator: Emulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("polyai_data.review.audio.FILES", 2)
    monkeypatch.setattr("polyai_data.review.audio._LEFT", 0)
    used, left, *others = (emulator.add_conversation().id for _ in range(5))

    def asked(call: str) -> int:
        return len([each for each in emulator.requests if call in each.path and each.path.endswith("audio")])

    emulator.schedule = fails("getConversationRecording", {"fault": "slow=1.5"}, 2)
    with http.stream("GET", f"/call/{used}/audio") as response:
        pieces = response.iter_raw()
        content = next(pieces)
        with http.stream("GET", f"/call/{left}/audio"):
            pass
        for call in others:
            assert http.get(f"/call/{call}/audio").status_code == 200
        content += b"".join(pieces)
    assert len(content) == int(response.headers["content-length"])
    for call in (used, left):
        http.get(f"/call/{call}/audio")
    assert [asked(call) for call in (used, left)] == [1, 2]
    emulator.schedule = None


def wav(samples: bytes, width: int = 2, rate: int = 8000) -> bytes:
    form = (16).to_bytes(4, "little") + b"\1\0\1\0" + rate.to_bytes(4, "little")
    form += (rate * width).to_bytes(4, "little") + width.to_bytes(2, "little") + (8 * width).to_bytes(2, "little")
    sound = b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + (28 + 8 + len(samples)).to_bytes(4, "little") + b"WAVEfmt " + form + sound


def test_levels_peaks_and_silences() -> None:
    loud, quiet, none = b"\0\x40" * 8000, b"\5\0" * 8000, bytes(16000)
    waveform = Waveform(wav(loud + quiet + none + loud))
    assert waveform.peaks(4) == [64, 1, 0, 64]
    assert waveform.silences() == [(1, 3)]
    assert waveform.muted() == [(2, 3)]
    assert waveform.muted([(2.1, 2.6), (-1, 0), (9, 10)]) == [(2.6, 3)]
    assert path([64, 0]) == "M0.5 2v96M1.5 49v2"
    for other in (b"", b"ID3" + bytes(2000), wav(b"")[:30]):
        waveform = Waveform(other)
        assert (waveform.peaks(10), waveform.silences(), waveform.seconds) == ([], [], 0)


@settings(max_examples=30)
@given(st.binary(max_size=5000), st.sampled_from([1, 2, 3, 4]))
def test_a_level_for_each_block(samples: bytes, width: int) -> None:
    levels = Waveform(wav(samples, width, 4000)).levels
    assert len(levels) == len(samples) // (80 * width)
    Waveform(samples)
    Waveform(wav(samples, width, 4000)[: len(samples)])


def test_an_outbox_keeps_what_is_new(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path / "outbox.sqlite")
    for text in ("one", "two", "two"):
        outbox.set_note("CA1", text, "base")
    (note,) = outbox.of("CA1")
    assert (note.text, note.bases) == ("two", ["base", "one"])
    for turn in (0, 1):
        outbox.annotate("CA1", turn, "user", "wrong_info")
    assert [outbox.undo("CA1", 0, "user", "wrong_info") for _ in range(2)] == [True, False]
    assert len(outbox.of("CA1")) == 2  # a repeated undo takes back nothing else
    assert outbox.decide(note.id, "other") is False
    outbox.close()

"""The types of the public surface: right use passes both type checkers, and wrong use fails on its line."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from unasync import unasync

ROOT = Path(__file__).parents[2]
CALLS = ROOT / "tests" / "types" / "calls_async.py"

WRONG_SYNC = """
from polyai_data import PolyAI, AssemblyAI, models, errors

def wrong(client: PolyAI, other: AssemblyAI) -> None:
    one = models.Annotation(turn_id=0, role="user", annotation_type="wrong_info")
    client.conversations.recording("CA1", direction="both")  # wrong
    client.conversations.recording(7)  # wrong
    client.conversations.annotate("CA1", turn_id=0, role="user")  # wrong
    client.conversations.annotate("CA1", turn_id=0, role="caller", annotation_type="wrong_info")  # wrong
    client.conversations.annotate("CA1", turn_id=0, annotations=[one])  # wrong
    client.conversations.annotate("CA1")  # wrong
    client.conversations.set_note("CA1", None)  # wrong
    client.conversations.set_note("CA1")  # wrong
    client.conversations.search(query_type="fuzzy", query="x")  # wrong
    client.conversations.search(sample="first")  # wrong
    client.conversations.search(client_env="prod")  # wrong
    client.conversations.search(start_time=1780272000)  # wrong
    client.conversations.search(nothing=1)  # wrong
    client.conversations.list(on_invalid="ignore")  # wrong
    client.conversations.list("P-1")  # wrong
    client.conversations.get("CA1").nothing  # wrong
    client.conversations.get()  # wrong
    client.debug_chat.start()  # wrong
    client.debug_chat.start(client_env="production")  # wrong
    client.with_options(retries=1)  # wrong
    client.conversations.list(start_time="2026-06-01")  # wrong
    client.with_options(timeout="5")  # wrong
    for conversation in client.conversations.list(on_invalid="raw"):
        conversation.short_summary.upper()  # wrong
    for conversation in client.conversations.list():
        len(conversation.short_summary)  # wrong
    for each in client.conversations.search():
        len(each.turns)  # wrong
    other.redacted_audio.save("T1")  # wrong
    other.conversations  # wrong
    PolyAI("key", "us")  # wrong
    PolyAI("key", headers={"X-Own": 1})  # wrong
    PolyAI("key", max_retries="3")  # wrong
    PolyAI("key", max_retry=3)  # wrong
    AssemblyAI("key", verify=False)  # wrong
    PolyAI.from_url("https://studio.example/a/b", "key", timout=3)  # wrong
    with client.conversations.recording("CA1") as recording:
        recording.save(3)  # wrong
        text: str = recording.read()  # wrong
        print(text)
    try:
        client.conversations.get("CA1")
    except errors.DecodeError as error:
        print(error.status)  # wrong
"""
WRONG_ASYNC = """
from polyai_data import AsyncAssemblyAI, AsyncPolyAI

async def wrong(client: AsyncPolyAI, other: AsyncAssemblyAI) -> None:
    client.conversations.get("CA1")  # wrong
    client.conversations.get("CA1").turns  # wrong
    client.conversations.set_note("CA1", "text")  # wrong
    await client.conversations.list()  # wrong
    for conversation in client.conversations.list():  # wrong
        print(conversation)
    with client.conversations.recording("CA1") as recording:  # wrong
        print(recording)
    async with client.conversations.recording("CA1", direction="both") as recorded:  # wrong
        recorded.save("call.wav")  # wrong
        await recorded.iter_bytes()  # wrong
    client.aclose()  # wrong
    client.close()  # wrong
    with client:  # wrong
        pass
    chat = await client.debug_chat.start(client_env="sandbox")
    chat.send("hello").response  # wrong
    (await chat.send("hello")).answer  # wrong
    other.redacted_audio.wait("T1")  # wrong
    await other.redacted_audio.wait("T1", timeout="5")  # wrong
"""


def run(*command: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode in {0, 1}, done.stdout + done.stderr
    return done.stdout


def mypy(*files: Path) -> set[tuple[str, int]]:
    """The files and lines in which mypy reports errors."""
    output = run("mypy", "--strict", "--no-pretty", "--no-error-summary", "--show-absolute-path", *map(str, files))
    rows = [line.split(":", 3) for line in output.splitlines() if ": error: " in line]
    return {(Path(file).name, int(number)) for file, number, *_ in rows}


def basedpyright(*files: Path) -> set[tuple[str, int]]:
    """The files and lines in which basedpyright reports errors."""
    report = json.loads(run("basedpyright", "--outputjson", *map(str, files)))
    assert report["summary"]["filesAnalyzed"] == len(files)
    errors = [each for each in report["generalDiagnostics"] if each["severity"] == "error"]
    return {(Path(each["file"]).name, each["range"]["start"]["line"] + 1) for each in errors}


@pytest.mark.parametrize("checker", [mypy, basedpyright])
def test_right_use_passes_and_wrong_use_fails_on_exactly_its_lines(
    checker: Callable[..., set[tuple[str, int]]], tmp_path: Path
) -> None:
    """Both at once, as a checker takes far longer to start than to check."""
    texts = {"wrong_sync.py": WRONG_SYNC, "wrong_async.py": WRONG_ASYNC}
    texts["calls_sync.py"] = unasync(CALLS.read_text(encoding="utf-8"))
    for name, text in texts.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    lines = [(name, *each) for name, text in texts.items() for each in enumerate(text.splitlines(), 1)]
    expected = {(name, number) for name, number, line in lines if line.endswith("# wrong")}
    reported = checker(CALLS, *tmp_path.glob("*.py"))
    assert sorted(reported - expected) == []
    assert sorted(expected - reported) == []

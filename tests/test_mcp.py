"""The server for assistants, asked by the client of the protocol's own SDK: the program over stdio, and in process."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mcp import Client, MCPError, StdioServerParameters, stdio_client
from mcp_types import BlobResourceContents, TextContent

from polyai_data import mcp as served
from polyai_data.emulator import Emulator
from polyai_data.mcp import texts

READING = ["analyze", "get_conversation", "get_recording", "list_agents", "list_conversations", "search_conversations"]
PHONE, EMAIL = "+44 7700 900123", "jo.fox@mail.example"
SAID = [("", "Hello."), (f"Call me at {PHONE}", "Will do."), (f"Or write to {EMAIL}", "We had the zeppelin for that.")]
WEEK: dict[str, Any] = {"start_time": "2026-04-27", "end_time": "2026-05-05"}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


async def call(client: Client, tool: str, *, fails: bool = False, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.structured_content is None  # it would repeat the text
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert bool(result.is_error) is fails, content.text
    return content.text


async def sound(client: Client, uri: str) -> bytes:
    (content,) = (await client.read_resource(uri)).contents
    assert isinstance(content, BlobResourceContents)
    assert content.mime_type == "audio/wav"
    return base64.b64decode(content.blob)


async def test_the_program_reads_masks_and_cannot_write_unless_it_is_asked_to(emulator: Emulator) -> None:
    added = emulator.add_conversation(said=SAID)
    environment = {**emulator.env(), "POLYAI_CONFIG": os.devnull + ".toml"}
    program = StdioServerParameters(command=sys.executable, args=["-m", "polyai_data", "mcp"], env=environment)
    async with Client(stdio_client(program)) as client:
        tools = (await client.list_tools()).tools
        assert sorted(tool.name for tool in tools) == READING
        for tool in tools:
            assert tool.description
            assert tool.annotations is not None
            assert tool.annotations.read_only_hint
            assert [name for name, each in tool.input_schema["properties"].items() if "description" not in each] == []
        assert "masked" in (client.instructions or "")

        assert await call(client, "list_agents") == f"default: {added.agent_id}"
        matches = await call(client, "search_conversations", **WEEK, query="zeppelin", query_type="transcript")
        assert matches.startswith("1 conversations; these are all\n")
        assert added.id in matches
        assert "[2] agent" in matches
        first, *rest = (await call(client, "search_conversations", limit=5, metrics=["CALL_DURATION"])).splitlines()
        assert len(rest) == 5
        ended = [row for row in map(json.loads, rest) if not row["in_progress"]]
        assert ended
        assert {row["conversation_id"]: row["metric_CALL_DURATION"] for row in ended} == {
            row["conversation_id"]: str(row["duration_seconds"]) for row in ended
        }
        assert re.fullmatch(r"5 conversations; the next begin at offset=5", first)
        assert not {*rest} & {*(await call(client, "search_conversations", limit=5, offset=5)).splitlines()}
        listed = await call(client, "list_conversations", limit=3, offset=2)
        assert listed.startswith("3 conversations; the next begin at offset=5\n")
        filters = ["duration_seconds exists", "CALL_REASON = refund"]
        chosen = (await call(client, "search_conversations", filters=filters, metrics=["CALL_REASON"])).splitlines()
        assert re.fullmatch(r"\d+ conversations, of \d+ that the filters were tried on; these are all", chosen[0])
        assert {json.loads(line)["metric_CALL_REASON"] for line in chosen[1:]} == {"refund"}

        whole = await call(client, "get_conversation", conversation_id=added.id)
        assert "[1] user: Call me at [phone]\n" in whole
        assert "[2] user: Or write to [email]\n" in whole
        assert re.search(r"^\[2\] agent \(\d\.\d\d s\): We had", whole, re.MULTILINE)
        assert "metric CALL_DURATION: " in whole
        shown = matches + whole + listed
        assert [each for each in (PHONE, EMAIL, added.from_number, added.to_number) if each in shown] == []

        recording = await call(client, "get_recording", conversation_id=added.id, direction="user")
        assert "muted" in recording
        uri = recording.rpartition(" ")[2]
        assert await sound(client, uri) == recorded(emulator, added.id, direction="user", redacted=True)
        analysis = await call(client, "analyze", **WEEK, by="channel", metrics=["CALL_REASON"])
        assert f"conversations: {len(rows(emulator))}\n" in analysis
        assert "\nCALL_REASON by channel" in analysis

        for name, arguments, problem in (
            ("get_conversation", {"conversation_id": "CA-none"}, "no conversation 'CA-none'"),
            ("search_conversations", {"start_time": "today"}, "start_time: 'today' is not an ISO 8601 time"),
            ("search_conversations", {"query": "fox"}, "query_type is missing"),
            ("search_conversations", {"filters": ["long"]}, "'long' is no condition"),
            ("search_conversations", {"limit": 1000}, "less than or equal to 50"),
            ("search_conversations", {"environment": "sandbox"}, "Extra inputs are not permitted"),
            ("search_conversations", {"filters": ["from_number contains 44"]}, "from_number is masked"),
            ("search_conversations", {"metrics": ['a"b']}, "metric 'a\"b' cannot be the name of a column"),
            ("search_conversations", {"metrics": [f"M{n}" for n in range(11)]}, "at most 10 items"),
            (
                "analyze",
                {"start_time": "2026-05-05", "end_time": "2026-05-04"},
                "must be before end_time, '2026-05-04'",
            ),
            ("analyze", {**WEEK, "metrics": ['a"b']}, "cannot be the name of a column"),
            ("get_conversation", {"conversation_id": added.id, "first_line": 10000}, "first_line is 10000, and the"),
            ("set_note", {"conversation_id": added.id, "note": "x"}, "Unknown tool: set_note"),
        ):
            assert problem in await call(client, name, fails=True, **arguments)
        for name, arguments, said in (
            ("search_conversations", {"filters": ["nosuchfield > 3"]}, "has a value of 'nosuchfield'"),
            ("search_conversations", {"filters": ["score > 3"]}, "has a value of 'score'"),
            ("search_conversations", {"filters": ["from_number exists"], "metrics": ["A", "A"]}, "were tried on"),
            ("list_conversations", {"offset": 100_000}, "0 conversations; the agent has no more than 100000"),
        ):
            assert said in await call(client, name, **arguments)
        with pytest.raises(MCPError, match="no conversation 'CA-none'"):
            await sound(client, "polyai://recordings/CA-none")
        with pytest.raises(MCPError, match="direction"):
            await sound(client, f"polyai://recordings/{added.id}?direction=zz")
    assert not emulator.effects


async def test_unmasked_and_writing_are_asked_for_and_long_results_are_cut(emulator: Emulator) -> None:
    emulator.reset()
    long = emulator.add_conversation(said=[(f"{number} {PHONE}", "word " * 300) for number in range(60)])
    with emulator.client() as polyai:
        async with Client(served.server(polyai, masked=False, write=True, options=["--profile", "my work"])) as client:
            tools = {tool.name: tool.annotations for tool in (await client.list_tools()).tools}
            assert sorted(tools) == sorted([*READING, "annotate", "set_note"])
            assert tools["set_note"] is not None
            assert (tools["set_note"].read_only_hint, tools["set_note"].destructive_hint) == (False, True)

            lines: list[str] = []
            more: re.Match[str] | None = None
            while not lines or more:
                first = int(more[1]) if more else 1
                part = await call(client, "get_conversation", conversation_id=long.id, first_line=first)
                assert len(part) < texts.MOST_CHARACTERS + 200
                lines += part.splitlines()
                if more := re.fullmatch(r"… \d+ lines follow: call again with first_line=(\d+)", lines[-1]):
                    lines.pop()
            assert [line for line in lines if PHONE in line] == [f"[{n}] user: {n} {PHONE}" for n in range(60)]
            assert lines[-1].endswith(" (1499 characters)")

            await call(
                client, "annotate", conversation_id=long.id, turn_id=1, role="user", annotation_type="wrong_info"
            )
            await call(client, "set_note", conversation_id=long.id, note="called back")
            assert "note: called back\n" in await call(client, "get_conversation", conversation_id=long.id)
            assert len(emulator.annotations[long.id]) == 1
            about = await call(client, "get_recording", conversation_id=long.id, agent_id=long.agent_id)
            assert f"recordings get {long.id} --profile 'my work' --agent {long.agent_id}\n" in about
            uri = about.rpartition(" ")[2]
            emulator.recording_bytes = served.LARGEST_RECORDING + 2
            with pytest.raises(MCPError, match="larger than 8388608 bytes; let the person run"):
                await sound(client, uri)


@pytest.mark.skipif(os.name != "posix", reason="signals")
@pytest.mark.parametrize("end", ["cancelled", "terminated"])
def test_an_analysis_that_is_stopped_leaves_no_conversations_behind(end: str, tmp_path: Path) -> None:
    with Emulator(conversations=1000) as emulator:
        env = {**os.environ, **emulator.env(), "POLYAI_CONFIG": os.devnull + ".toml", "TMPDIR": str(tmp_path)}
        program = [sys.executable, "-m", "polyai_data", "mcp"]
        with subprocess.Popen(program, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as running:
            assert running.stdin
            assert running.stdout

            def send(**message: Any) -> None:
                print(json.dumps({"jsonrpc": "2.0", **message}), file=running.stdin, flush=True)

            about = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "x", "version": "1"}}
            send(id=1, method="initialize", params=about)
            assert running.stdout.readline()
            send(method="notifications/initialized")
            asked = {"start_time": "2020-01-01", "end_time": "2026-05-05"}
            send(id=2, method="tools/call", params={"name": "analyze", "arguments": asked})
            deadline = time.monotonic() + 20
            while not list(tmp_path.glob("*/*")):
                assert time.monotonic() < deadline
                time.sleep(0.005)
            if end == "terminated":
                running.terminate()  # while its input is open
            else:
                send(method="notifications/cancelled", params={"requestId": 2})
                running.stdin.close()
            assert running.wait(10) == (143 if end == "terminated" else 0)
            assert '"result"' not in running.stdout.read()
            assert not list(tmp_path.iterdir())


def recorded(emulator: Emulator, conversation_id: str, **options: Any) -> bytes:
    with emulator.client() as client:
        return client.conversations.recording(conversation_id, **options).read()


def rows(emulator: Emulator) -> list[Any]:
    with emulator.client() as client:
        return [
            row
            for environment in ("live", "sandbox", "pre-release")
            for row in client.conversations.search(**WEEK, client_env=environment).rows()
        ]

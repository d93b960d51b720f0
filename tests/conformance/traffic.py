"""Recorded traffic for the tests: responses as the live API was seen to send them, in every form that can be read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from polyai_data import openapi
from polyai_data.conformance import __main__ as program
from polyai_data.conformance.answers.judge import Difference, differences
from polyai_data.conformance.answers.program import read
from polyai_data.shape_record import all_operations, lines
from polyai_data.shapes import Shapes

TIME = "2026-06-03T14:00:38.580000+00:00"


@dataclass(frozen=True)
class Seen:
    """A response, its body in JSON unless it is bytes."""

    operation: str
    body: Any
    status: int = 200

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()

    @property
    def method(self) -> str:
        return self._operation.method

    @property
    def url(self) -> str:
        values = {each.name: "one" for each in self._operation.parameters if each.location == "path"}
        return self._operation.url(self._operation.servers[0].region, **values) + "?limit=1"

    @property
    def _operation(self) -> openapi.Operation:
        return next(each for each in all_operations() if each.id == self.operation)


def summary(number: int = 0) -> dict[str, Any]:
    """A conversation as a live listing shows it: null where nothing is set, and a summary of each kind."""
    unset = ("finishedAt", "language", "variantId", "handoffReason", "polyScore", "deploymentId", "note", "tags")
    return {
        **dict.fromkeys(unset),
        "conversationId": f"CA{number:032}",
        "accountId": "ws-1",
        "projectId": "PROJECT-1",
        "startedAt": TIME,
        "fromNumber": "ada@example.org",
        "clientEnv": "live",
        "totalDuration": 73,
        "shortSummary": [None, {"heading": "H", "content": "C"}, "S"][number % 3],
        "audioUrl": "conversations/CA1/audio",
    }


def turn(number: int) -> dict[str, Any]:
    """A turn of a live conversation."""
    latency = {"perceived_latency": 0.5 + number, "label": None, "perceived_latency_percentile_1d": None}
    more = {"turn_id": 10**12 + number, "barge_in": False, "asr_lang_code": "en-GB", "reviews": [], "llm_requests": []}
    metadata: dict[str, Any] = {
        "current_node": "start",
        "entities": {f"key{number}": "Ada"},
        "function_events": [],
        "safety": None,
    }
    unset = dict.fromkeys(("entities", "intents", "is_ood", "is_silence"))
    return {"user_input": "Hi", "user_input_datetime": TIME, "latency": latency, "metadata": metadata, **unset, **more}


def detail(number: int = 0, turns: int = 8) -> dict[str, Any]:
    """A live conversation."""
    event = {"id": "f", "name": "look_up", "arguments": {"who": "Ada"}, "duration": 3, "handoff": None}
    return {
        **summary(number),
        "turns": [turn(each) for each in range(turns)],
        "metrics": {"CALL_DURATION": [{"value": "73", "timestamp": "2026-06-03T14:00:38"}]},
        "functionEvents": {"1": [event]},
    }


def live() -> list[Seen]:
    """Live responses, with a status that no document has, and one of AssemblyAI's."""
    rows = [summary(number) for number in range(3)]
    return [
        *(Seen("getConversation", detail(number)) for number in range(5)),
        Seen("listConversations", {"conversations": rows, "count": 3, "limit": 3, "offset": 0}),
        Seen("getConversation", {"detail": "Ada is not known"}, 422),
        Seen("getRedactedAudio", {"status": "redacted_audio_processing", "redacted_audio_url": None}),
        Seen("getConversation", b"<html>", 404),
        Seen("addAnnotations", b"", 201),
    ]


def har(path: Path, seen: Sequence[Seen], **more: Any) -> Path:
    """A HAR, with a request for something else, and one without its body."""
    entries = [
        {
            "request": {"method": each.method, "url": each.url},
            "response": {"status": each.status, "content": {"size": 9, "text": each.content.decode()}},
        }
        for each in seen
    ]
    other = {"request": {"method": "GET", "url": "https://studio.example/"}, "response": {"status": 200, "content": {}}}
    path.write_text(json.dumps({"log": {"version": "1.2", "creator": {}, **more, "entries": [*entries, other]}}))
    return path


def cassette(path: Path, seen: Sequence[Seen]) -> Path:
    """A cassette of vcrpy, in YAML or JSON, as the file's name says; one body is compressed if it can be."""
    headers = {"Content-Type": ["application/json"]}  # shared, so that YAML refers to it
    interactions: list[Any] = []
    for index, each in enumerate(seen):
        body: str | bytes = each.content.decode()
        if index == 1 and path.suffix == ".yaml":
            body = gzip.compress(each.content)
        response = {"status": {"code": each.status, "message": "OK"}, "headers": headers, "body": {"string": body}}
        request = {"method": each.method, "uri": each.url, "body": None, "headers": headers}
        interactions.append({"request": request, "response": response})
    whole = {"interactions": interactions, "version": 1}
    path.write_text(json.dumps(whole) if path.suffix == ".json" else yaml.dump(whole))
    return path


def folder(path: Path, seen: Sequence[Seen]) -> Path:
    """A folder of bodies."""
    for index, each in enumerate(seen):
        (path / "deep").mkdir(parents=True, exist_ok=True)
        (path / "deep" / f"{each.operation}.{each.status}.{index}.json").write_bytes(each.content)
    return path


def record(path: Path, seen: Sequence[Seen]) -> Path:
    """A record of shapes."""
    shapes = Shapes(all_operations())
    for each in seen:
        shapes.add(each.operation, each.status, each.content)
    path.write_bytes(b"".join(lines(shapes.published())))
    return path


def in_every_form(folder_of_all: Path, seen: Sequence[Seen]) -> list[Path]:
    """The same traffic in every form that can be read."""
    return [
        har(folder_of_all / "t.har", seen),
        cassette(folder_of_all / "t.yaml", seen),
        cassette(folder_of_all / "t.json", seen),
        folder(folder_of_all / "bodies", seen),
        record(folder_of_all / "t.jsonl", seen),
    ]


def judged(paths: Sequence[Path], operations: Sequence[openapi.Operation] | None = None) -> list[Difference]:
    """How recorded responses differ from the documents."""
    return differences(read(paths, operations or list(all_operations()))[0])


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    """Exit status, output and errors of `--answers`."""
    status = program.main(["--answers", *map(str, arguments)])
    shown = capsys.readouterr()
    return status, shown.out, shown.err

"""Plays answers to clients of both flavours, and holds what comes of each against what may."""

from __future__ import annotations

import asyncio
import io
import json
import logging
import pickle
import re
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polyai_data
from polyai_data import PolyAIError
from tests.facade.blocking import Blocking
from tests.facade.calls import CALLS, Flavour
from tests.facade.masking import ACCOUNT_ID, HEADER, KEY, SECOND_KEY, SIGNATURE, check_error, check_logs
from tests.facade.scripted import example_response, link_to
from tests.facade.storm.answer import (
    CHAT,
    CONVERSATION,
    LINK,
    LISTINGS,
    ONCE,
    Answer,
    Drip,
    Endless,
    Honest,
    honest_answers,
)
from tests.facade.storm.framing import framing
from tests.support.scripted_server import Received, ScriptedServer, reset

WORKERS = 24
DEADLINE = 0.8
"""Seconds that a call may take whose answer may hang."""
HANGS = 7.0
"""Seconds after which a call has missed its deadline, on a machine that has other things to do."""
FILES = "files.example"
RETRIES = 1


def all_answers() -> list[Answer]:
    """Every answer of the storm, in an order that is always the same; no two do the same."""
    found: dict[bytes, Answer] = {}
    for honest in honest_answers():
        for answer in framing(honest):
            found.setdefault(answer.digest, answer)
    return list(found.values())


@dataclass
class Run:
    """One answer, played to a client of one flavour.

    Attributes:
        requests: how often the target was asked for.
        outcomes: what became of each call: `value`, or the name of the error's class.
        wrong: what must not be, by its kind; each with a note.
    """

    answer: Answer
    flavour: Flavour
    number: str
    requests: int = 0
    outcomes: list[str] = field(default_factory=list)
    wrong: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0

    @property
    def title(self) -> str:
        return f"{self.answer.title} · {self.flavour}"


class Storm:
    """Runs answers in many threads at once against one server."""

    def __init__(self, workers: int = WORKERS) -> None:
        self._workers = workers
        self.runs: dict[str, Run] = {}
        self.strays: list[str] = []
        self._server = ScriptedServer(self._step)

    def run(self, chosen: Iterable[tuple[Answer, Flavour]]) -> list[Run]:
        """Play each answer to a client of the flavour."""
        for index, (answer, flavour) in enumerate(chosen):
            number = f"S{index:06d}S"
            self.runs[number] = Run(answer, flavour, number)
        root = logging.getLogger()
        level, handlers = root.level, root.handlers
        # No other handler, as the test runner's keeps every record.
        root.handlers = [_Checking()]
        root.setLevel(logging.DEBUG)
        try:
            with self._server, tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(self._workers) as pool:
                # The first of each flavour goes ahead: it imports what many threads at once would break on.
                ahead = {run.flavour: run for run in reversed(self.runs.values())}
                for run in ahead.values():
                    self._perform(run, Path(folder))
                others = [run for run in self.runs.values() if run is not ahead[run.flavour]]
                list(pool.map(lambda run: self._perform(run, Path(folder)), others))
        finally:
            root.handlers = handlers
            root.setLevel(level)
        return list(self.runs.values())

    def _perform(self, run: Run, folder: Path) -> None:
        target = folder / run.number
        target.mkdir()
        _current.run = run
        with ExitStack() as stack:
            client = self._client(run, stack)
            for _ in range(run.answer.calls):
                started = time.monotonic()
                try:
                    value = _call(client, run, target)
                except PolyAIError as error:
                    run.outcomes.append(type(error).__name__)
                    _check_failure(run, error)
                except BaseException as error:  # noqa: BLE001 - that nothing else comes through is what is tested
                    run.outcomes.append(type(error).__name__)
                    run.wrong["escaped"] = f"{type(error).__module__}.{type(error).__name__}"
                else:
                    run.outcomes.append("value")
                    _check_value(run, value)
                run.seconds = time.monotonic() - started
                if run.seconds > HANGS:
                    run.wrong["late"] = f"{run.seconds:.1f} s"
            _check_end(run, target)

    def _client(self, run: Run, stack: ExitStack) -> Any:
        patient = run.answer.expected == "value"
        options: dict[str, Any] = {
            "region": "us",
            "connect_to": self._server.url,
            "headers": {"X-Own": HEADER},
            "max_retries": RETRIES,
            "timeout": 30 if patient else DEADLINE / 2,
            "deadline": 30 if patient else DEADLINE,
        }
        vendor = "AssemblyAI" if run.answer.honest.target in {"getRedactedAudio", LINK} else "PolyAI"
        if vendor == "PolyAI":
            options |= {"agent_id": run.number, "account_id": ACCOUNT_ID, "conversations_api_key": SECOND_KEY}
        if run.flavour == "sync":
            return stack.enter_context(getattr(polyai_data, vendor)(KEY, **options))
        runner = stack.enter_context(asyncio.Runner())
        return stack.enter_context(Blocking(getattr(polyai_data, f"Async{vendor}")(KEY, **options), runner))

    def _step(self, connection: socket.socket, request: Received) -> bytes | None:
        number = re.search(r"S\d{6}S", request.target)
        if number is None:
            self.strays.append(request.target[:80])
            return None
        run = self.runs[number[0]]
        _check_request(run, request)
        answer, target = run.answer, run.answer.honest.target
        if target == LINK and request.headers["host"] != FILES:
            return link_to(f"https://{FILES}/{run.number}.wav?Signature={SIGNATURE}")
        if target == "sendDebugChatMessage" and request.target.endswith("debug-chat"):
            return example_response("createDebugChat", conversationId=CHAT)
        script = answer.scripts[min(run.requests, len(answer.scripts) - 1)]
        run.requests += 1
        for action in script:
            if isinstance(action, bytes):
                connection.sendall(action)
            elif isinstance(action, Drip | Endless):
                _send_slowly(connection, action)
            elif action == "reset":
                reset(connection, request)
            else:
                with suppress(OSError):
                    connection.shutdown(socket.SHUT_WR)
                connection.close()
        return None


def _send_slowly(connection: socket.socket, action: Drip | Endless) -> None:
    if isinstance(action, Drip):
        for index in range(len(action.content)):
            connection.sendall(action.content[index : index + 1])
            time.sleep(action.pause)
        return
    until = time.monotonic() + action.seconds
    while time.monotonic() < until:
        connection.sendall(action.piece)
        time.sleep(action.pause)
    connection.close()


def _rows(listing: Any) -> list[Any]:
    return [row for page in listing.pages() for row in page.items]


def _saved(client: Any, folder: Path) -> bytes:
    with client.conversations.recording(CONVERSATION, legacy=True) as recording:
        path: Path = recording.save(folder / "audio.wav")
    return path.read_bytes()


OWN: Mapping[str, Callable[[Any, Path], Any]] = {
    "listConversations": lambda client, _: _rows(client.conversations.list(on_invalid="raw")),
    "searchConversations": lambda client, _: _rows(client.conversations.search(on_invalid="raw")),
    "createDebugChat": lambda client, _: client.debug_chat.start(client_env="sandbox").reply,
    "getConversationRecordingV3": _saved,
    LINK: lambda client, folder: client.redacted_audio.save(folder.name, folder / "audio.wav").read_bytes(),
}
"""Calls that the storm makes in another way than the other tests: it compares what they return."""


def _call(client: Any, run: Run, folder: Path) -> Any:
    target = run.answer.honest.target
    if target in OWN:
        return OWN[target](client, folder)
    return CALLS[target](client, run.number if target == "getRedactedAudio" else CONVERSATION)


def _check_request(run: Run, request: Received) -> None:
    """Check what the client sends: no cookie, and no key to another party."""
    lines = repr(request.lines)
    ours = request.headers.get("host", "") in HOSTS[run.answer.honest.target]
    if "cookie" in request.headers:
        run.wrong["cookie"] = "a cookie of the server's was sent"
    if not ours and (KEY in lines or SECOND_KEY in lines or HEADER in lines):
        run.wrong["key sent"] = f"to {request.headers.get('host')}"


def _hosts(honest: Honest) -> set[str]:
    from tests.support.document import operations  # noqa: PLC0415

    return {operations()[honest.target if honest.target != LINK else "getRedactedAudio"].host("us")}


HOSTS = {honest.target: _hosts(honest) for honest in honest_answers()}


def _check_failure(run: Run, error: PolyAIError) -> None:
    if run.answer.expected == "value":
        run.wrong["refused"] = f"{type(error).__name__}: {error}"[:300]
    try:
        check_error(error)
    except AssertionError as shown:
        run.wrong["shown"] = str(shown).splitlines()[0]
    try:
        stored = pickle.dumps(error)
    except Exception as unstorable:  # noqa: BLE001 - a finding
        run.wrong["not stored"] = repr(unstorable)[:100]
    else:
        if any(each.encode() in stored for each in (KEY, SECOND_KEY)):
            run.wrong["stored"] = f"a pickle of {type(error).__name__} holds a key"


def _check_value(run: Run, value: Any) -> None:
    answer = run.answer
    if answer.expected == "error":
        run.wrong["accepted"] = repr(value)[:100]
    elif SIGNATURE in repr(value):
        run.wrong["repr"] = type(value).__name__
    if answer.honest.is_write:
        return
    sent = answer.honest.body if answer.sent is None else answer.sent
    if not _same(value, sent):
        run.wrong["lost"] = f"not what was sent: {repr(value)[:100]}"


def _same(value: Any, sent: bytes) -> bool:
    if isinstance(value, bytes):
        return value == sent
    try:
        expected = json.loads(sent)
    except (ValueError, RecursionError):
        return False
    if isinstance(value, list):
        rows = [row if isinstance(row, str | int | float | list | dict | None) else row.to_dict() for row in value]
        return _text(rows) == _text(expected["conversations"])
    return _text(value.to_dict()) == _text(expected)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True).replace('Z"', '+00:00"')


def _check_end(run: Run, folder: Path) -> None:
    limit = run.answer.calls * (RETRIES + 1)
    if run.answer.honest.target in LISTINGS:
        limit = 40  # pages that bring nothing new are asked for again
    if run.answer.honest.target in ONCE:
        limit = run.answer.calls
    # A recording begins again as often as it is resumed.
    limit *= 1 if run.answer.honest.is_json else 4
    if run.requests > limit:
        run.wrong["twice"] = f"{run.requests} requests for {run.answer.calls} calls"
    left = sorted(each.name for each in folder.iterdir())
    if left != (["audio.wav"] if "value" in run.outcomes and left else []):
        run.wrong["left"] = f"files {left}"


_current = threading.local()


class _Checking(logging.Handler):
    """Checks each record as it is made, and keeps none."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            check_logs([record])
            assert not re.search(r"S\d{6}S", record.getMessage())
        except AssertionError:
            _current.run.wrong["logged"] = f"{record.name}: {record.msg}"


def report(runs: list[Run]) -> str:
    """What was played and what became of it, in a few lines."""
    families = Counter(run.answer.name.partition("/")[0] for run in runs)
    outcomes = Counter(outcome for run in runs for outcome in run.outcomes)
    wrong = Counter(kind for run in runs for kind in run.wrong)
    distinct = len({run.answer.digest for run in runs})
    text = io.StringIO()
    text.write(f"storm: {distinct} distinct answers, {len(runs)} runs")
    for title, counts in (("played", families), ("became", outcomes), ("wrong", wrong)):
        text.write(f"\n  {title}: " + (", ".join(f"{count} {name}" for name, count in counts.most_common()) or "none"))
    return text.getvalue()

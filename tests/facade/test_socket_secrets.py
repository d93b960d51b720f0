"""Nothing that is logged, warned about, shown or raised gives a secret or personal data away, whatever goes wrong."""

from __future__ import annotations

import importlib
import json
import logging
import traceback
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import polyai_data
from polyai_data.errors import APIError, DecodeError, PolyAIError
from tests.facade.calls import Connect, documented
from tests.facade.canned import nobody, wav
from tests.facade.test_socket_options import (
    CHAT,
    CONVERSATION,
    DONE,
    FOUND,
    Received,
    Scripted,
    Step,
    content,
    cut,
    late,
    reset,
    said,
)

pytestmark = pytest.mark.usefixtures("short_pauses")

SOURCE = str(Path(polyai_data.__file__).parent)
KEY, SECOND_KEY, OWN, SIGNATURE = "key-hidden-1", "key-hidden-2", "own-hidden-3", "signature-hidden-4"
SECRETS = [KEY, SECOND_KEY, OWN, SIGNATURE]
PHONE, NAME, NOTE, MESSAGE, WORDS, CARD = (
    "+447700900123",
    "Ada Lovelace-Example",
    "called back about her invoice",
    "my password is swordfish",
    "refund for the wedding",
    "4111 1111 1111 1111",
)
PERSONAL = [PHONE, NAME, NOTE, MESSAGE, WORDS, CARD]
IDS = CONVERSATION_ID, AGENT_ID, ACCOUNT_ID, TRANSCRIPT_ID = "CA-id-7001", "P-id-7002", "ws-id-7003", "T-id-7004"
"""Ids may stand in errors, and in no log."""
LINK = f"https://files.example/{TRANSCRIPT_ID}.wav?Signature={SIGNATURE}"

PRIVATE = {"fromNumber": PHONE, "note": NOTE, "state": {"name": NAME, "card": CARD}, "somethingNew": MESSAGE}
DETAIL = said(200, json.dumps({**json.loads(CONVERSATION), **PRIVATE, "conversationId": CONVERSATION_ID}).encode())
PAGE = said(200, json.dumps({"conversations": [PRIVATE], "count": 1, "limit": 1, "offset": 0, "x": NAME}).encode())
FOUND_BY_WORDS = said(200, json.dumps({"conversations": [{**PRIVATE, "started_at": NAME}], "x": NAME}).encode())
REPLY = said(201, json.dumps({**json.loads(CHAT), "response": NAME, "userInput": MESSAGE, "x": PHONE}).encode())
READY = said(200, json.dumps({"status": "redacted_audio_ready", "redacted_audio_url": LINK}).encode())
SOUND = said(200, wav(), kind="audio/wav")
Act = Callable[[Any, Path], Any]


def chatted(client: Any, _: Path) -> Any:
    chat = client.debug_chat.start(client_env="sandbox", integration_attributes={"caller": PHONE})
    return chat.send(MESSAGE, metadata={"name": NAME})


OPERATIONS: dict[str, tuple[Act, list[Step]]] = {
    "listConversations": (lambda client, _: list(client.conversations.list(on_invalid="raise")), [PAGE]),
    "searchConversations": (
        lambda client, _: list(
            client.conversations.search(
                query=WORDS, query_type="semantic", start_time="2026-06-01T00:00Z", end_time="2026-06-02T00:00Z"
            )
        ),
        [FOUND_BY_WORDS],
    ),
    "getConversation": (lambda client, _: client.conversations.get(CONVERSATION_ID), [DETAIL]),
    "getConversationRecording": (lambda client, _: content(client.conversations.recording(CONVERSATION_ID)), [SOUND]),
    "addAnnotations": (
        lambda client, _: client.conversations.annotate(
            CONVERSATION_ID, turn_id=0, role="user", annotation_type="wrong_info"
        ),
        [DONE],
    ),
    "upsertNote": (lambda client, _: client.conversations.set_note(CONVERSATION_ID, NOTE), [DONE]),
    "sendDebugChatMessage": (chatted, [REPLY, REPLY]),
    "getRedactedAudio": (lambda client, _: client.redacted_audio.get(TRANSCRIPT_ID), [READY]),
    "the signed link": (
        lambda client, folder: client.redacted_audio.save(TRANSCRIPT_ID, folder / "audio.wav"),
        [READY, SOUND],
    ),
}


def hang_up_with(given: bytes) -> Step:
    def step(connection: Any, request: Received) -> None:
        connection.sendall(given)
        reset(connection, request)

    return step


def error(status: int, *more: str) -> Step:
    body = {"success": False, "error_message": "no", "error_code": "NO", "data": PRIVATE}
    return said(status, json.dumps(body).encode(), *more)


PRIVATE_JSON = json.dumps(PRIVATE).encode()
FAILURES: dict[str, Step] = {
    "a reset": reset,
    "a cut": cut(said(200, PRIVATE_JSON, length=10_000)),
    "a reset in the middle": hang_up_with(said(200, PRIVATE_JSON, length=10_000)),
    "no answer": late(b"", 0.3),
    "no HTTP": cut(f"SSH-2.0 {PHONE} {SIGNATURE}\r\n\r\n".encode()),
    "a list": said(200, json.dumps([PRIVATE]).encode()),
    "half of the JSON": said(200, PRIVATE_JSON[:-3]),
    "other fields": said(200, PRIVATE_JSON),
    "other types": said(200, json.dumps({"conversations": PRIVATE, "turns": NAME, "metadata": PHONE}).encode()),
    "a page": said(200, f"<html><body>{NAME} {PHONE}</body></html>".encode(), kind="text/html"),
    "a gateway's page": said(502, f"<html><title>Bad gateway</title>{NAME}</html>".encode(), kind="text/html"),
    "plain text": said(500, f"{NAME} {PHONE}".encode(), kind="text/plain"),
    "a redirect": said(302, b"", f"Location: https://elsewhere.example/{CONVERSATION_ID}?x={SIGNATURE}"),
    **{f"status {status}": error(status) for status in (400, 401, 403, 404, 410, 422, 429, 500, 501, 503)},
    "a cookie": error(418, f"Set-Cookie: session={SIGNATURE}", f"X-Own: {PHONE}"),
}


def chain(found: BaseException | None) -> Iterator[BaseException]:
    while found is not None:
        yield found
        found = found.__cause__ or found.__context__


def check(text: str, where: str, private: list[str]) -> None:
    hidden = [each for each in private if each in text]
    # The text itself is not shown: it can be the environment of whoever runs the tests.
    assert hidden == [], f"{where} shows it"


def check_logs(records: list[logging.LogRecord]) -> None:
    for record in records:
        shown = f"{record.getMessage()} {record.msg!r} {record.args!r} {record.exc_info} {record.stack_info}"
        check(shown, f"log of {record.name}", [*SECRETS, *PERSONAL, *IDS])


def check_error(found: BaseException) -> None:
    """What an error says of itself; `raw` and `body` are what came, at hand for whoever asks for them."""
    assert isinstance(found, PolyAIError)
    for each in chain(found):
        check(f"{each} {each!r} {each.args!r}", "error", [*SECRETS, *PERSONAL])
        own = {name: value for name, value in vars(each).items() if name not in {"raw", "body"}}
        check(repr(own), "attributes", [*SECRETS, *PERSONAL])
        assert not any(type(value).__module__.startswith(("httpx", "httpcore", "h11")) for value in vars(each).values())
        check("".join(traceback.format_exception(each)), "traceback", [*SECRETS, *PERSONAL])
        check_frames(each)


HANDED_OVER = {"request", "body", "pieces", "piece"}
"""Variables of what sends and receives that hold what a caller passed, or what came."""


def check_frames(found: BaseException) -> None:
    """The variables of our own frames, which error reports often take along: no secret is among them.

    Personal data is in what a caller passed and in what came, and in nothing else that sends and receives.
    """
    for frame, _ in traceback.walk_tb(found.__traceback__):
        if frame.f_code.co_filename.startswith(SOURCE):
            for name, value in frame.f_locals.items():
                check(shown(value), f"{name} in {frame.f_code.co_name}", SECRETS)
                if frame.f_code.co_filename.endswith(("_http.py", "_session.py")) and name not in HANDED_OVER:
                    check(shown(value), f"{name} in {frame.f_code.co_name}", PERSONAL)


def shown(value: object) -> str:
    """How `value` shows itself, as far as it does."""
    try:
        return repr(value)
    except AttributeError as error:
        return f"cannot be shown: {error}"


@pytest.fixture(params=[None, "httpx", "httpx2"], ids=["own", "httpx", "httpx2"])
def make(
    request: pytest.FixtureRequest, connect: Connect, caplog: pytest.LogCaptureFixture
) -> Iterator[Callable[..., Any]]:
    """Makes clients with secrets all over, on our connections or those of a library, while everything is logged."""
    caplog.set_level(logging.DEBUG)
    library = importlib.import_module(request.param) if request.param else None
    brought = None
    if library is not None:
        brought = library.Client() if connect.flavour == "sync" else library.AsyncClient()

    def made(operation_id: str, url: str, **options: Any) -> Any:
        common = {"connect_to": url, "headers": {"X-Own": OWN}, "timeout": 9, "http_client": brought}
        if operation_id in {"getRedactedAudio", "the signed link"}:
            return connect.assemblyai(**{"api_key": KEY, **common, **options})
        ids = {"agent_id": AGENT_ID, "account_id": ACCOUNT_ID, "conversations_api_key": SECOND_KEY}
        return connect.polyai(**{"api_key": KEY, **ids, **common, **options})

    yield made
    if brought is not None and connect.flavour == "sync":
        brought.close()
    elif brought is not None:
        connect._runner.run(brought.aclose())


Make = Callable[..., Any]


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_what_goes_well_is_logged_without_anything_private(
    make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str
) -> None:
    act, answers = OPERATIONS[operation_id]
    with Scripted(*answers) as server, warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        try:
            act(make(operation_id, server.url), tmp_path)
        except DecodeError as found:
            check_error(found)
        assert len(server.requests) == len(answers)
    check_logs(caplog.records)
    assert [record for record in caplog.records if record.name == "polyai_data"]
    check(repr([str(each.message) for each in warned]), "warnings", [*SECRETS, *PERSONAL, *IDS])


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_no_failure_gives_anything_private_away(
    make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str
) -> None:
    act, answers = OPERATIONS[operation_id]
    failed = 0
    for name, failure in FAILURES.items():
        with Scripted(*answers[:-1], failure) as server:
            try:
                act(make(operation_id, server.url, timeout=0.1 if name == "no answer" else 9), tmp_path)
            except PolyAIError as found:
                failed += 1
                check_error(found)
            except Exception as found:
                raise AssertionError(f"{name}: {found!r}") from found
    assert failed >= len(FAILURES) - 4
    check_logs(caplog.records)


def test_a_refused_connection_gives_nothing_away(make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path) -> None:
    with nobody() as dead:
        for operation_id, (act, _) in OPERATIONS.items():
            with pytest.raises(PolyAIError) as caught:
                act(make(operation_id, dead), tmp_path)
            check_error(caught.value)
    check_logs(caplog.records)


@pytest.mark.parametrize(
    "link",
    [
        f"ftp://files.example/a?Signature={SIGNATURE}",
        f"https://files.example:0/a?Signature={SIGNATURE}",
        f"https://files.example/a\n?Signature={SIGNATURE}",
        f"//files.example/a?Signature={SIGNATURE}",
        f"https://[files/a?Signature={SIGNATURE}",
        f"https://files.example:99999/a?Signature={SIGNATURE}",
        {"href": f"https://files.example/a?Signature={SIGNATURE}"},
    ],
)
def test_a_link_that_is_none_does_not_show_its_signature(
    make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path, link: Any
) -> None:
    ready = json.dumps({"status": "redacted_audio_ready", "redacted_audio_url": link}).encode()
    with Scripted(said(200, ready)) as server, pytest.raises(PolyAIError) as caught:
        make("getRedactedAudio", server.url).redacted_audio.save(TRANSCRIPT_ID, tmp_path / "audio.wav")
    check_error(caught.value)
    check_logs(caplog.records)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_a_redirect_to_another_origin_is_not_followed(
    connect: Connect, tmp_path: Path, operation_id: str, status: int
) -> None:
    act, answers = OPERATIONS[operation_id]
    assemblyai = operation_id in {"getRedactedAudio", "the signed link"}
    more = {"api_key": KEY, "headers": {"X-Own": OWN}} | ({} if assemblyai else {"account_id": "ws-1"})
    with (
        Scripted(FOUND) as elsewhere,
        Scripted(*answers[:-1], said(status, b"", f"Location: {elsewhere.url}/v1/here")) as server,
    ):
        client = (connect.assemblyai if assemblyai else connect.polyai)(connect_to=server.url, **more)
        with pytest.raises(PolyAIError):
            act(client, tmp_path)
        assert elsewhere.connections == 0
        assert len(server.requests) == len(answers)


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_attempt_is_logged_with_what_tells_it_from_others(
    make: Make, caplog: pytest.LogCaptureFixture, tmp_path: Path, operation_id: str
) -> None:
    act, answers = OPERATIONS[operation_id]
    steps = [*answers[:-1], said(503, b"{}", "X-PolyAI-Correlation-Id: 71e2"), reset]
    with Scripted(*steps) as server, pytest.raises(PolyAIError):
        act(make(operation_id, server.url, max_retries=1), tmp_path)
    lines = [record.getMessage() for record in caplog.records if record.name == "polyai_data"]
    first, second = (line for line in lines if "status 20" not in line)
    if operation_id == "the signed link":
        what = ["GET the signed link at files.example"]
    else:
        told = documented()[operation_id]
        what = [f"{told['method']} {told['path']} at https://", f"({told['x-logical-host']})"]
    for line in (first, second):
        assert all(each in line for each in what)
        assert " s" in line
    assert "attempt 1, status 503, " in first
    assert "correlation id 71e2" in first
    assert "attempt 2, ConnectionError, " in second
    assert {record.levelno for record in caplog.records if record.name == "polyai_data"} == {logging.DEBUG}


def test_no_object_shows_anything_private(make: Make, tmp_path: Path) -> None:
    with Scripted(DETAIL) as server:
        for operation_id in ("getConversation", "getRedactedAudio"):
            client: Any = make(operation_id, server.url)
            settings = getattr(client, "unwrapped", client)._session.config
            for each in (client, client.with_options(timeout=5), settings, settings.keys, settings.profile):
                check(f"{each} {each!r}", "object", SECRETS)
        polyai = make("getConversation", server.url)
        listing = polyai.conversations.search(query=WORDS, query_type="semantic", start_time="2026-06-01T00:00Z",
                                              end_time="2026-06-02T00:00Z")  # fmt: skip
        recording = polyai.conversations.recording(CONVERSATION_ID)
        check(f"{listing!r} {recording!r} {polyai.conversations!r}", "object", [*SECRETS, *PERSONAL])


def test_what_the_checks_look_for_is_what_they_find() -> None:
    for private in SECRETS:
        with pytest.raises(AssertionError):
            check_error(PolyAIError(f"the key is {private}"))
    with pytest.raises(AssertionError):
        check_error(APIError(NAME, status=400, method="GET", path="/"))
    record = logging.LogRecord("httpx", logging.DEBUG, "", 0, "%s", (f"GET /{CONVERSATION_ID}",), None)
    with pytest.raises(AssertionError):
        check_logs([record])

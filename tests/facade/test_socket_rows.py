"""Rows, lines and large pages over a socket: what came, once, as it arrives, whatever breaks on the way."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from polyai_data import AsyncPolyAI, decode, errors, page_reader
from polyai_data.page_reader import PageReader
from tests.facade.calls import Connect
from tests.facade.scripted import audio, json_response, wav
from tests.support.scripted_server import Received, ScriptedServer, Step, cut, response

HANG = 10
ROW = {"id": "CA1", "started_at": "2026-03-01T10:00:00Z", "note": None, "newField": {"x": [1.0, None]}, "handoff": "no"}
MORE = {**ROW, "id": "CA2", "turns": [{"user_input": "Grüße \u2028 \U0001f600", "latency": 0.10}]}
FORMS: dict[str, Callable[[Any], list[Any]]] = {
    "models": lambda listing: [each if isinstance(each, (dict, int)) else each.to_dict() for each in listing],
    "rows": lambda listing: list(listing.rows()),
    "lines": lambda listing: [json.loads(line) for line in listing.lines()],
}


@pytest.fixture(params=["msgspec", "json"])
def reader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """With msgspec, and without."""
    if request.param == "json":
        monkeypatch.setitem(sys.modules, "msgspec", None)
        monkeypatch.setitem(sys.modules, "msgspec.json", None)
    else:
        pytest.importorskip("msgspec")
    caches = (page_reader._raw_readers, decode._quick)
    for each in caches:
        each.cache_clear()
    yield request.param
    for each in caches:
        each.cache_clear()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages of more than 2,000 bytes are read while they arrive."""
    for flavour in ("_sync", "_async"):
        monkeypatch.setattr(f"polyai_data.{flavour}.arriving.WHOLE", 2000)


def rows(first: int, count: int) -> list[dict[str, Any]]:
    return [{**ROW, "id": f"CA{number}", "text": "x" * 200} for number in range(first, first + count)]


def search(connect: Connect, server: ScriptedServer, **options: Any) -> Any:
    on_invalid = options.pop("on_invalid", None)
    return connect.polyai(connect_to=server.url, **options).conversations.search(on_invalid=on_invalid)


def page(rows: Any, **more: Any) -> dict[str, Any]:
    return {"conversations": rows, "cursor": None, **more}


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("indent", [None, 2])
def test_rows_and_lines_are_what_came(connect: Connect, indent: int | None) -> None:
    sent = [json.dumps(row, indent=indent, ensure_ascii=False) for row in (ROW, MORE)]
    first, second = ('{"conversations": [' + " ,\n".join(sent) + "]%s}", '{"cursor": null, "conversations": [%s]}')
    pages = [response(200, first.replace("%s", ', "cursor": "c"').encode()), response(200, (second % sent[1]).encode())]
    with ScriptedServer(*pages, *pages) as server:
        assert [list(row.items()) for row in search(connect, server).rows()] == [
            list(each.items()) for each in (ROW, MORE)
        ]
        lines = list(search(connect, server).lines())
    assert lines == [text.replace("\n", "").encode() for text in sent]


def test_rows_of_the_agents_listing(connect: Connect) -> None:
    listing = connect.polyai().conversations.list(limit=15)
    every = [row["conversationId"] for row in listing.rows()]
    assert every == [each.id for each in listing] == [json.loads(line)["conversationId"] for line in listing.lines()]
    assert len(set(every)) == 40


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("form", FORMS)
def test_what_cannot_be_read_is_skipped_raised_or_raw(
    connect: Connect, form: str, size: str, request: pytest.FixtureRequest
) -> None:
    if size == "large":
        request.getfixturevalue("large")
    bad = [7, {**ROW, "id": " "}, {"note": "no id"}]
    good = rows(0, 20)
    with ScriptedServer(json_response(page([bad[0], *good[:15], *bad[1:], *good[10:]]))) as server:
        listing = search(connect, server)
        assert FORMS[form](listing) == good
        assert listing.invalid == 3
        assert FORMS[form](search(connect, server, on_invalid="raw")) == [bad[0], *good[:15], *bad[1:], *good[15:]]
        with pytest.raises(errors.DecodeError, match=r"conversations\[0\] is a number") as caught:
            FORMS[form](search(connect, server, on_invalid="raise"))
        assert caught.value.raw == 7
        server.play(json_response(page(bad * 100)))
        for on_invalid in ("skip", "raw"):
            with pytest.raises(errors.DecodeError, match=r"none of the 300 conversations"):
                FORMS[form](search(connect, server, on_invalid=on_invalid))


@pytest.mark.usefixtures("large", "reader")
@pytest.mark.parametrize("cursor", ["before", "after"])
@pytest.mark.parametrize("form", FORMS)
def test_the_first_item_is_there_before_the_page_is(connect: Connect, form: str, cursor: str) -> None:
    given, in_time = threading.Event(), list[bool]()
    every = rows(0, 60)
    document = {"cursor": "c", **page(every)} if cursor == "before" else {"conversations": every, "cursor": "c"}
    body = json.dumps({**document, "cursor": "c"}).encode()

    def step(connection: socket.socket, _: Received) -> None:
        whole = response(200, body)
        connection.sendall(whole[:5000])
        in_time.append(given.wait(HANG))
        connection.sendall(whole[5000:])

    with ScriptedServer(step, json_response(page(rows(55, 10)))) as server:
        listing = search(connect, server)
        items = iter(listing if form == "models" else getattr(listing, form)())
        next(items)
        given.set()
        assert sum(1 for _ in items) == 64
    assert in_time == [True]
    assert len(server.requests) == 2


BROKEN_AT = 9000


@pytest.mark.usefixtures("large", "pauses")
@pytest.mark.parametrize("form", [*FORMS, "pages"])
def test_a_page_that_breaks_off_is_asked_for_again_and_nothing_comes_twice(connect: Connect, form: str) -> None:
    every: list[Any] = [*rows(0, 5), 7, *rows(5, 60)]
    whole = json_response(page(every))
    moved = json_response(page([{**ROW, "id": "new"}, *every]))
    with ScriptedServer(cut(whole[:BROKEN_AT]), cut(moved[: BROKEN_AT + 2000]), whole) as server:
        listing = search(connect, server, max_retries=1, on_invalid="raw")
        if form == "pages":
            (made,) = listing.pages()
            given: list[Any] = [each if each == 7 else each.to_dict() for each in made.items]
            assert len(made.invalid) == 1
        else:
            given = FORMS[form](listing)
        assert listing.invalid == 1
        assert sorted(str(each if each == 7 else each["id"]) for each in given) == sorted(
            ["7", "new", *(f"CA{number}" for number in range(65))]
        )
        server.play(cut(whole[:BROKEN_AT]))
        with pytest.raises(errors.TransportError) as caught:
            FORMS["rows"](search(connect, server, max_retries=2))
        assert len(server.requests) == 3
        assert caught.value.done


FAULTS: dict[str, tuple[Step, type[errors.PolyAIError], str]] = {
    "malformed": (response(200, json.dumps(page(rows(0, 60))).encode()[:-1]), errors.DecodeError, "malformed JSON"),
    "no list": (json_response({"conversations": {"x": "y" * 9000}}), errors.DecodeError, "an object, not a list"),
    "missing": (json_response({"other": ["y" * 9000]}), errors.DecodeError, "conversations is missing"),
    "an array": (json_response(["y" * 9000]), errors.DecodeError, "a list, not an object"),
    "overpacked": (
        response(200, gzip.compress(bytes(9000)), "Content-Encoding: gzip, gzip"),
        errors.DecodeError,
        "packed in another way",
    ),
    "an endless item": (
        response(200, gzip.compress(b'{"conversations": [{"id": "' + b"x" * 3_000_000), "Content-Encoding: gzip"),
        errors.DecodeError,
        "larger than 1000000 bytes",
    ),
}


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("form", ["models", "lines"])
def test_a_large_page_that_is_none_is_an_error(
    connect: Connect, form: str, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for flavour in ("_sync", "_async"):
        monkeypatch.setattr(f"polyai_data.{flavour}.transport.LARGEST", 1_000_000)
    step, kind, message = FAULTS[fault]
    with ScriptedServer(step) as server, pytest.raises(kind, match=message):
        FORMS[form](search(connect, server))


@pytest.mark.usefixtures("large")
def test_items_are_bounded_one_by_one_and_pages_whole(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    for flavour in ("_sync", "_async"):
        monkeypatch.setattr(f"polyai_data.{flavour}.transport.LARGEST", 10_000)
    with ScriptedServer(json_response(page(rows(0, 200)))) as server:
        assert len(FORMS["rows"](search(connect, server))) == 200
        with pytest.raises(errors.DecodeError, match="larger than 10000 bytes"):
            list(search(connect, server).pages())


@pytest.mark.usefixtures("large")
def test_strictly_a_page_is_judged_before_its_first_item_is_given(connect: Connect) -> None:
    with ScriptedServer(json_response(page(rows(0, 60), other=1))) as server:
        items = search(connect, server, strict=True).rows()
        with pytest.raises(errors.DecodeError, match="required property"):
            next(iter(items))


@pytest.mark.usefixtures("large")
def test_the_deadline_runs_while_the_server_is_waited_for_alone(connect: Connect) -> None:
    whole = json_response(page([{**row, "text": "x" * 4000} for row in rows(0, 2000)]))

    def stalls(connection: socket.socket, _: Received) -> None:
        connection.sendall(whole[:9000])
        time.sleep(HANG)

    with ScriptedServer(whole, stalls) as server:
        items = iter(search(connect, server, deadline=0.6).rows())
        next(items)
        time.sleep(0.7)
        assert sum(1 for _ in items) == 1999
        with pytest.raises(errors.TimeoutError):
            FORMS["rows"](search(connect, server, deadline=0.3))


# The event loop


@pytest.fixture
def client_of(clean_environment: None) -> Callable[..., AsyncPolyAI]:
    return lambda url, **options: AsyncPolyAI(
        "k", region="us", agent_id="P-1", account_id="ws", connect_to=url, **{"max_retries": 0, **options}
    )


async def test_the_loop_has_a_turn_between_slices(
    client_of: Callable[..., AsyncPolyAI], monkeypatch: pytest.MonkeyPatch
) -> None:
    turns, seen = 0, list[int]()
    read = PageReader._slice

    def noted(self: PageReader, part: list[Any]) -> list[Any]:
        seen.append(turns)
        return read(self, part)

    monkeypatch.setattr(PageReader, "_slice", noted)

    async def others() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    with ScriptedServer(json_response(page(rows(0, 500)))) as server:
        async with client_of(server.url) as client:
            beside = asyncio.create_task(others())
            assert len([row async for row in client.conversations.search()]) == 500
            beside.cancel()
    assert len(seen) == 10 == len(set(seen))


async def test_a_file_is_written_and_synced_off_the_loop(
    client_of: Callable[..., AsyncPolyAI], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sync, threads, go_on = os.fsync, set[int](), threading.Event()

    def noted(handle: int) -> None:
        threads.add(threading.get_ident())
        assert go_on.wait(HANG)
        sync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    with ScriptedServer(audio(sound=wav(bytes(300_000)))) as server:
        async with client_of(server.url) as client:
            go_on.set()
            assert (await client.conversations.recording("CA1").save(tmp_path / "a.wav")).stat().st_size > 300_000
            go_on.clear()
            threads.clear()
            saving = asyncio.create_task(client.conversations.recording("CA1").save(tmp_path / "b.wav"))
            for _ in range(HANG * 100):
                if not threads:
                    await asyncio.sleep(0.01)
            saving.cancel()
            await asyncio.sleep(0.05)
            assert not saving.done()  # the file is not closed while a thread uses it
            go_on.set()
            with pytest.raises(asyncio.CancelledError):
                await saving
    assert threading.get_ident() not in threads
    assert not await asyncio.to_thread(lambda: list(tmp_path.glob(".*")))


async def test_the_next_page_is_asked_for_while_one_is_used(client_of: Callable[..., AsyncPolyAI]) -> None:
    pages = [json_response(page(rows(at, 10), cursor=f"c{at}")) for at in (0, 10)]
    with ScriptedServer(*pages, json_response({"error": "no"}, status=403)) as server:
        async with client_of(server.url) as client:
            items = aiter(client.conversations.search().rows())
            given = [await anext(items) for _ in range(5)]
            await asyncio.sleep(0.1)
            assert len(server.requests) == 1
            given.append(await anext(items))
            for _ in range(HANG * 100):
                if len(server.requests) < 2:
                    await asyncio.sleep(0.01)
            assert len(server.requests) == 2
            # The error of the third page comes after the items of the second.
            given += [await anext(items) for _ in range(14)]
            with pytest.raises(errors.PermissionDeniedError):
                await anext(items)
    assert [each["id"] for each in given] == [f"CA{number}" for number in range(20)]


async def test_who_stops_early_leaves_no_request_behind(client_of: Callable[..., AsyncPolyAI]) -> None:
    waiting, gone = threading.Event(), threading.Event()

    def never(connection: socket.socket, _: Received) -> None:
        waiting.set()
        connection.settimeout(HANG)
        if connection.recv(1) == b"":
            gone.set()

    with ScriptedServer(json_response(page(rows(0, 4), cursor="c")), never) as server:
        async with client_of(server.url) as client:
            async for row in client.conversations.search():
                if row.id == "CA2":
                    assert await asyncio.to_thread(waiting.wait, HANG)
                    break
            assert await asyncio.to_thread(gone.wait, HANG)
        assert len(server.requests) == 2
    await asyncio.sleep(0.05)
    assert asyncio.all_tasks() == {asyncio.current_task()}

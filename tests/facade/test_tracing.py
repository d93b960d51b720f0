"""What a program sees of its requests: OpenTelemetry's spans, and the exchanges of a block in its thread or task."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from polyai_data import AsyncPolyAI, PolyAI, exchanges
from polyai_data.emulator import Emulator
from polyai_data.errors import ConnectionError, NotFoundError  # noqa: A004 - ours
from tests.facade.calls import OPERATIONS, Connect, perform, recorded, transcript
from tests.facade.scripted import RESPONSES, json_response
from tests.support.scripted_server import ScriptedServer, reset, response

HEADER = "http.response.header.x-polyai-correlation-id"
VARYING = {"error.type", "http.request.resend_count", "http.response.status_code"}
WEEK: dict[str, Any] = {"start_time": "2026-04-27T00:00Z", "end_time": "2026-05-04T00:00Z", "limit": 10, "parallel": 3}


@pytest.fixture
def exporter(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Where a program's spans go."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "get_tracer_provider", lambda: provider)
    yield exporter
    provider.shutdown()


@pytest.mark.parametrize("operation_id", OPERATIONS)
def test_each_call_is_a_span_without_ids_and_keys(
    exporter: InMemorySpanExporter, connect: Connect, operation_id: str
) -> None:
    perform(connect, operation_id)
    span = exporter.get_finished_spans()[-1]
    assert (span.name, span.kind, span.status.status_code) == (
        operation_id,
        trace.SpanKind.CLIENT,
        trace.StatusCode.UNSET,
    )
    request = connect.last
    values: dict[str, Any] = dict(span.attributes or {})
    correlation_id = values.pop(HEADER, None)
    assert (correlation_id is None) is (operation_id == "getRedactedAudio")
    template = values.pop("url.template")
    assert "{" in template
    assert len(template.split("/")) == len(request.path.split("/"))
    assert values == {
        "http.request.method": request.method,
        "http.response.status_code": request.status,
        "server.address": request.host,
        "server.port": 443,
    }
    shown = span.to_json()
    secrets = [key.value for key in connect.emulator.keys.values()]
    ids = [recorded(connect.emulator), transcript(connect.emulator, "ready"), "PROJECT-", "ws-"]
    assert [each for each in (*secrets, *ids) if each in shown] == []


def test_a_span_says_how_often_a_request_was_sent_again_and_why_a_call_failed(
    exporter: InMemorySpanExporter, connect: Connect, pauses: list[float]
) -> None:
    again, failed = (
        RESPONSES["getConversation"],
        json_response({"error_message": "Ms Fox, +44 7700 900123"}, status=404),
    )
    with ScriptedServer(response(503), again, failed, response(503), reset) as server:
        polyai = connect.polyai(connect_to=server.url, max_retries=1)
        polyai.conversations.get("CA1")
        for expected in (NotFoundError, ConnectionError):
            with pytest.raises(expected):
                polyai.conversations.get("CA1")
    outcomes = [
        (span.status.status_code.name, {name: values[name] for name in sorted(values) if name in VARYING})
        for span in exporter.get_finished_spans()
        if (values := dict(span.attributes or {}))
    ]
    lost = "polyai_data.errors.ConnectionError"
    assert outcomes == [
        ("UNSET", {"http.request.resend_count": 1, "http.response.status_code": 200}),
        ("ERROR", {"error.type": "404", "http.response.status_code": 404}),
        ("ERROR", {"error.type": lost, "http.request.resend_count": 1}),
    ]
    assert "Fox" not in "".join(span.to_json() for span in exporter.get_finished_spans())


def test_spans_and_exchanges_of_calls_at_once_belong_to_the_block_around_them(
    exporter: InMemorySpanExporter, connect: Connect
) -> None:
    """Also where the synchronous client sends them in threads of its own."""

    def sync(client: PolyAI) -> int:
        return len(list(client.conversations.search(**WEEK)))

    async def asynchronous(client: AsyncPolyAI) -> int:
        async with client:
            return len([each async for each in client.conversations.search(**WEEK)])

    with trace.get_tracer("program").start_as_current_span("outer") as outer, exchanges() as made:
        if connect.flavour == "sync":
            assert sync(connect.polyai())
        else:
            assert asyncio.run(asynchronous(connect.emulator.async_client()))
    sent = connect.sent.count("searchConversations")
    inner = [span for span in exporter.get_finished_spans() if span.name == "searchConversations"]
    parents = {span.parent.span_id for span in inner if span.parent}
    assert len(made) == len(inner) == sent > 1
    assert parents == {outer.get_span_context().span_id}


def test_the_correlation_id_of_a_success_is_at_hand_in_its_thread_or_task(polyai_emulator: Emulator) -> None:
    conversation_id = recorded(polyai_emulator)

    def work(client: PolyAI) -> list[str | None]:
        with exchanges() as outer:
            client.conversations.get(conversation_id)
            with exchanges() as inner:
                client.conversations.set_note(conversation_id, "checked")
                with pytest.raises(NotFoundError) as failed:
                    client.conversations.get("CA-none")
        client.conversations.get(conversation_id)
        assert [(each.status, each.attempt) for each in outer] == [(200, 1), (201, 1), (404, 1)]
        assert inner == outer[1:]
        assert failed.value.correlation_id == inner[-1].correlation_id
        assert conversation_id not in repr(outer)
        return [each.correlation_id for each in outer]

    async def task(client: AsyncPolyAI) -> list[str | None]:
        with exchanges() as made:
            await client.conversations.get(conversation_id)
            await client.conversations.set_note(conversation_id, "checked")
        return [each.correlation_id for each in made]

    async def tasks() -> list[list[str | None]]:
        async with polyai_emulator.async_client() as client:
            return await asyncio.gather(*(task(client) for _ in range(4)))

    with polyai_emulator.client() as client, ThreadPoolExecutor(4) as pool:
        lists = [*pool.map(work, [client] * 4), *asyncio.run(tasks())]
    ids = [each for made in lists for each in made]
    assert all(ids)
    assert len({*ids}) == len(ids) == 4 * 3 + 4 * 2


def test_without_opentelemetry_nothing_is_imported_or_made(
    exporter: InMemorySpanExporter, monkeypatch: pytest.MonkeyPatch, polyai_emulator: Emulator
) -> None:
    monkeypatch.delitem(sys.modules, "opentelemetry.trace")
    with polyai_emulator.client() as client:
        client.conversations.get(recorded(polyai_emulator))
    assert exporter.get_finished_spans() == ()
    assert "opentelemetry.trace" not in sys.modules

"""Requests that schemathesis makes from the patched document, judged by it and by our own rules for every response.

Each logical host is a run of its own, over the operations that it serves, so that each has its own base URL, Host
header and key. The checks of schemathesis that repeat our rules are left out; so is TRACE, which no server supports.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from polyai_data import openapi
from polyai_data.conformance import rule as rules
from polyai_data.conformance.exchange import Difference, Exchange, Request, Response
from polyai_data.conformance.probe import IDS, UNKNOWN_ID, Probe, is_recorded
from polyai_data.conformance.sample import RECORDINGS
from polyai_data.conformance.target import FULL, POLYAI
from polyai_data.openapi import METHODS, Server

GENERATED, COMPLETE, LINKED = "document.generated", "document.complete", "document.linked"
NEGATIVE, HEADERS = "document.rejects-invalid", "document.headers"
_RULES = {"response_headers_conformance": HEADERS, "negative_data_rejection": NEGATIVE}
"""The rule that each check of schemathesis stands for; its others repeat our own rules for every response."""
_LINKS: Mapping[str, Mapping[str, str]] = {
    "listConversations": {"getConversation": "/conversations/0/conversationId"},
    "getConversation": dict.fromkeys(("getConversationRecording", "upsertNote", "addAnnotations"), "/conversationId"),
    "searchConversations": {"getConversationRecordingV3": "/conversations/0/id"},
    "createDebugChat": {"sendDebugChatMessage": "/conversationId"},
}
"""The operations that take an id out of an operation's response, and where the response has it."""


def run(probe: Probe) -> None:
    """Generate requests for each operation, and judge the responses."""
    for rule in rules.load(["document"]).values():
        if rule.kind == rules.GENERATED:
            probe.result.start(rule)
    hosts = dict.fromkeys((operation.vendor, operation.logical_host) for operation in probe.operations())
    for vendor, logical_host in hosts:
        operations = [each for each in probe.operations(vendor=vendor) if each.logical_host == logical_host]
        server = probe.target.server(operations[0], probe.region_of(operations[0]))
        if server is None:
            continue
        names = [each.id for each in operations]
        config = SchemathesisConfig.from_dict(_config(probe, server, names))
        schema = schemathesis.openapi.from_dict(document(vendor, names), config=config)
        with _quiet():
            for event in from_schema(schema).execute():
                _receive(probe, server, event)


def document(vendor: str, operations: list[str]) -> dict[str, Any]:
    """The patched document with only these operations, without servers and keys, and with links between them."""
    content = openapi.content(vendor)
    paths: dict[str, Any] = {}
    for path, item in content["paths"].items():
        for method in METHODS:
            raw = item.get(method)
            if raw is None or raw["operationId"] not in operations:
                continue
            raw.pop("servers", None)
            raw.pop("security", None)
            status = min(status for status in raw["responses"] if status.startswith("2"))
            success = raw["responses"][status]
            if "$ref" in success:  # others may share the response, and the links are this operation's
                shared = content["components"]["responses"][success["$ref"].rpartition("/")[2]]
                success = raw["responses"][status] = {**shared}
            for target, pointer in _LINKS.get(raw["operationId"], {}).items():
                if target in operations:
                    name = "conversation_id" if target.endswith("V3") else "conversationId"
                    parameters = {f"path.{name}": f"$response.body#{pointer}"}
                    success.setdefault("links", {})[target] = {"operationId": target, "parameters": parameters}
            paths.setdefault(path, {})[method] = raw
    return {**content, "paths": paths}


def _config(probe: Probe, server: Server, operations: list[str]) -> dict[str, Any]:
    target, effort = probe.target, probe.effort
    sample = target.operation(operations[0])
    key = target.key(sample, server.region, FULL)
    account = target.accounts.get(server.region) or target.accounts[target.region]
    headers = {**target.headers, "Host": server.hostname}
    if key is not None:
        headers[sample.key_header] = key[0].reveal()
    base_url = server.url
    if target.connect_to is not None:
        base_url = target.connect_to.url
    phases: dict[str, dict[str, Any]] = {
        name: {"enabled": name in effort.phases} for name in ("examples", "coverage", "fuzzing", "stateful")
    }
    phases["coverage"]["unexpected-methods"] = []
    phases["stateful"] |= {"max-steps": effort.steps, "inference": {"algorithms": []}}
    return {
        "base-url": base_url,
        "seed": probe.result.seed,
        "headers": headers,
        "parameters": {
            **dict.fromkeys(("path.agentId", "path.project_id"), account.agent_ids[0]),
            "path.account_id": probe.account(server.region),
        },
        "operations": [
            {"include-operation-id": each, "parameters": _known(probe, each, server.region)} for each in operations
        ],
        "generation": {
            "max-examples": effort.examples,
            "database": "none",
            "no-shrink": True,
            "mode": "positive" if target.live else "all",
        },
        "phases": phases,
        "checks": {"enabled": False, **{name: {"enabled": True} for name in _RULES}},
        "cache": {"enabled": False},
        "output": {"truncation": {"max-recorded-payload-size": 0}},
        "request-timeout": 60,
        "workers": 1,
        **({"rate-limit": f"{int(target.rate)}/s"} if target.rate is not None else {}),
    }


def _known(probe: Probe, operation_id: str, region: str) -> dict[str, str]:
    """Path parameters with ids with which the operation succeeds."""
    operation = probe.target.operation(operation_id)
    names = [f"path.{each.name}" for each in operation.parameters if each.name in IDS]
    return dict.fromkeys(names, str(probe.valid(operation, region).get("conversation", UNKNOWN_ID))) if names else {}


def _receive(probe: Probe, server: Server, event: Any) -> None:
    if isinstance(event, events.ScenarioFinished):
        for case_id in event.recorder.interactions:
            _receive_case(probe, server, event.recorder, case_id)
    elif isinstance(event, events.NonFatalError):
        probe.result.differ(GENERATED, str(event.label), Difference("requests can be made", _first_line(event.value)))
    elif isinstance(event, events.FatalError):
        wrong = Difference("requests can be made", _first_line(event.exception))
        probe.result.differ(GENERATED, server.logical_host, wrong)
    elif isinstance(event, events.Interrupted):
        raise KeyboardInterrupt


def _receive_case(probe: Probe, server: Server, recorder: Any, case_id: str) -> None:
    result, node, interaction = probe.result, recorder.cases[case_id], recorder.interactions[case_id]
    operation_id = node.value.operation.definition.raw["operationId"]
    if interaction.response is None:
        result.differ(COMPLETE, operation_id, Difference("a complete response", "no complete response came"))
        return
    exchange = _exchange(probe, server, operation_id, interaction)
    status = str(exchange.response.status)
    result.receive(exchange)
    result.judge(GENERATED, operation_id)
    for check in recorder.checks.get(case_id, ()):
        rule = _RULES.get(check.name, GENERATED)
        result.judge(rule, operation_id)
        if check.failure_info is not None:
            failure = check.failure_info.failure
            expected, seen = _first_line(failure.title), _first_line(failure.message)
            if rule == NEGATIVE:
                expected, seen = "4xx for a request that is not allowed", status
            result.differ(rule, operation_id, Difference(expected, seen), (exchange,))
    if (
        node.transition is not None
        and node.is_transition_applied
        and known_to_exist(operation_id, recorder.interactions[node.parent_id].response.content)
    ):
        result.judge(LINKED, operation_id)
        if status == "404":
            unknown = Difference("an id out of a response is known", status)
            result.differ(LINKED, operation_id, unknown, (exchange,))


def known_to_exist(operation_id: str, content: bytes) -> bool:
    """Whether what a link out of a response leads to must be there: a recording only of a call known to have ended."""
    if operation_id not in RECORDINGS:
        return True
    value = json.loads(content)
    return is_recorded(value["conversations"][0] if "conversations" in value else value)


def _exchange(probe: Probe, server: Server, operation_id: str, interaction: Any) -> Exchange:
    operation = probe.target.operation(operation_id)
    key = probe.target.key(operation, server.region, FULL)
    request, response = interaction.request, interaction.response
    headers, received = (
        {name.lower(): values[0] for name, values in each.headers.items()} for each in (request, response)
    )
    sent = headers.pop(operation.key_header, "") and key is not None
    headers.pop("x-schemathesis-testcaseid", None)
    # A request to the loopback address was meant for the true host.
    path = "/" + request.uri.split("/", 3)[3] if request.uri.count("/") > 2 else "/"
    return Exchange(
        operation,
        Request(
            request.method,
            server.url + path,
            headers,
            request.body,
            operation.key_header if sent else "",
            key[1] if sent and key is not None else "",
        ),
        Response(response.status_code, received, response.content or b""),
        polyai=operation.vendor == POLYAI,
    )


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence the log of an emulator in this process on requests that are broken on purpose."""
    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "urllib3.connectionpool")]
    before = [each.disabled for each in loggers]
    for each in loggers:
        each.disabled = True
    try:
        yield
    finally:
        for each, disabled in zip(loggers, before, strict=True):
            each.disabled = disabled

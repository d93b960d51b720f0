"""Requests that schemathesis makes from the patched document, and what it and our own rules say of the answers.

Each logical host is a run of its own, over the operations that it serves, so that each has its own base URL, Host
header and key. What the checks of schemathesis find is entered under the rule of ours that says the same. Its
`ignored_auth` is left out, since the rules on keys ask every operation for more than that; so is TRACE, which no server
should answer.
"""

from __future__ import annotations

import copy
import functools
import importlib.util
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import schemathesis
import yaml
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema
from schemathesis.engine.run import TESTING_PHASES

from polyai_data.conformance.findings import Ledger
from polyai_data.conformance.model import Answer, Exchange, Request
from polyai_data.conformance.probe import UNKNOWN_ID, Probe
from polyai_data.conformance.rules import document as rules
from polyai_data.conformance.target import ASSEMBLYAI, FULL, Target
from polyai_data.openapi import METHODS, PACKAGES, Server

_RULES = {
    "not_a_server_error": "document.server-error",
    "status_code_conformance": "document.status",
    "content_type_conformance": "document.content-type",
    "response_schema_conformance": "document.schema",
    "response_headers_conformance": rules.HEADERS,
    "negative_data_rejection": rules.NEGATIVE,
}
"""Each check that is on, and the rule that says the same."""
_OURS_NOT = frozenset({"response_headers_conformance", "negative_data_rejection"})
"""The checks that no rule of ours for every answer repeats."""
_LINKS: Mapping[str, tuple[tuple[str, str], ...]] = {
    "listConversations": (("getConversation", "/conversations/0/conversationId"),),
    "getConversation": (
        ("getConversationRecording", "/conversationId"),
        ("upsertNote", "/conversationId"),
        ("addAnnotations", "/conversationId"),
    ),
    "searchConversations": (("getConversationRecordingV3", "/conversations/0/id"),),
    "createDebugChat": (("sendDebugChatMessage", "/conversationId"),),
}
"""Where the ids of an operation's answer lead: the operations that take them, and where in the answer they are."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How much is generated.

    Attributes:
        examples: random requests of each operation.
        phases: the phases of schemathesis.
        steps: requests in a chain of linked ones.
        twice: whether schemathesis judges too what our own rules judge of every answer.
    """

    examples: int
    phases: tuple[str, ...]
    steps: int = 5
    twice: bool = True


def run(probe: Probe, ledger: Ledger, effort: Effort, *, seed: int, tell: Callable[[str], None]) -> None:
    """Generate requests for every operation that the target has, and enter what comes back.

    Args:
        probe: finds the ids that requests name.
        ledger: the books.
        effort: how much.
        seed: number that the requests follow from.
        tell: is told which part is being done.
    """
    hosts = dict.fromkeys((operation.vendor, operation.logical_host) for operation in probe.operations())
    for vendor, logical_host in hosts:
        operations = [each for each in probe.operations(vendor=vendor) if each.logical_host == logical_host]
        region = probe.home(operations[0])
        server = probe.target.server(operations[0], region)
        if server is None:
            continue
        config = _config(probe, server, [each.id for each in operations], effort, seed=seed)
        schema = schemathesis.openapi.from_dict(
            document(vendor, [each.id for each in operations]), config=SchemathesisConfig.from_dict(config)
        )
        with _quiet():
            for event in from_schema(schema).execute():
                _enter(probe.target, ledger, server, event, tell)


@functools.cache
def _source(vendor: str) -> dict[str, Any]:
    spec = importlib.util.find_spec(PACKAGES[vendor])
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"No module named {PACKAGES[vendor]!r}", name=PACKAGES[vendor])
    content: dict[str, Any] = yaml.safe_load(Path(spec.submodule_search_locations[0], "openapi.yaml").read_bytes())
    return content


def document(vendor: str, operations: list[str]) -> dict[str, Any]:
    """The patched document with only these operations, without servers and keys, and with links between them."""
    content = copy.deepcopy(_source(vendor))
    paths: dict[str, Any] = {}
    for path, item in content["paths"].items():
        for method in METHODS:
            raw = item.get(method)
            if raw is None or raw["operationId"] not in operations:
                continue
            raw.pop("servers", None)
            raw.pop("security", None)
            for target, pointer in _LINKS.get(raw["operationId"], ()):
                if target in operations:
                    _link(raw, target, pointer)
            paths.setdefault(path, {})[method] = raw
    return {**content, "paths": paths}


def _link(raw: dict[str, Any], target: str, pointer: str) -> None:
    success = min(status for status in raw["responses"] if status.startswith("2"))
    name = "conversation_id" if target.endswith("V3") else "conversationId"
    raw["responses"][success].setdefault("links", {})[target] = {
        "operationId": target,
        "parameters": {f"path.{name}": f"$response.body#{pointer}"},
    }


def _config(probe: Probe, server: Server, operations: list[str], effort: Effort, *, seed: int) -> dict[str, Any]:
    target = probe.target
    region = server.region
    sample = target.operation(operations[0])
    key = target.key(sample, region, FULL)
    place = target.places.get(region) or target.places[target.region]
    headers = {**target.headers, "Host": server.hostname}
    if key is not None:
        headers[sample.key_header] = key[0].reveal()
    base_url = server.url
    if target.connect_to is not None:
        base_url = f"http://{target.connect_to.host}:{target.connect_to.port}"
    parameters: dict[str, Any] = {"path.agentId": place.agent_ids[0], "path.project_id": place.agent_ids[0]}
    parameters["path.account_id"] = place.account_id or probe.account(region)
    on = {name: {"enabled": name in effort.phases} for name in ("examples", "coverage", "fuzzing", "stateful")}
    on["coverage"]["unexpected-methods"] = []  # type: ignore[assignment]
    on["stateful"] |= {"max-steps": effort.steps, "inference": {"algorithms": []}}  # type: ignore[dict-item]
    return {
        "base-url": base_url,
        "seed": seed,
        "headers": headers,
        "parameters": parameters,
        "operations": [
            {
                "include-operation-id": each,
                "parameters": {f"path.{name}": _known(probe, each, region) for name in _ids(probe, each)},
            }
            for each in operations
        ],
        "generation": {
            "max-examples": effort.examples,
            "database": "none",
            "no-shrink": True,
            "mode": "positive" if target.live else "all",
        },
        "phases": on,
        "checks": {
            "enabled": False,
            **{name: {"enabled": True} for name in _RULES if effort.twice or name in _OURS_NOT},
        },
        "cache": {"enabled": False},
        "output": {"truncation": {"max-recorded-payload-size": 0}},
        "request-timeout": 60,
        "workers": 1,
        **({"rate-limit": f"{int(target.rate)}/s"} if target.rate is not None else {}),
    }


def _ids(probe: Probe, operation_id: str) -> list[str]:
    names = {parameter.name for parameter in probe.target.operation(operation_id).parameters}
    return sorted(names & {"conversationId", "conversation_id", "transcript_id"})


def _known(probe: Probe, operation_id: str, region: str) -> str:
    """An id with which the operation succeeds."""
    return str(probe.valid(probe.target.operation(operation_id), region).get("conversation", UNKNOWN_ID))


def _enter(target: Target, ledger: Ledger, server: Server, event: Any, tell: Callable[[str], None]) -> None:
    if isinstance(event, events.PhaseStarted):
        if event.phase.name in TESTING_PHASES and event.phase.is_enabled:
            tell(f"generated.{server.logical_host}.{event.phase.name.value}")
    elif isinstance(event, events.ScenarioFinished):
        for case_id in event.recorder.interactions:
            _enter_case(target, ledger, server, event.recorder, case_id)
    elif isinstance(event, events.NonFatalError):
        ledger.differs(rules.GENERATED, str(event.label), "requests can be made", _first_line(event.value))
    elif isinstance(event, events.FatalError):
        ledger.differs(rules.GENERATED, server.logical_host, "requests can be made", _first_line(event.exception))
    elif isinstance(event, events.Interrupted):
        raise KeyboardInterrupt


def _enter_case(target: Target, ledger: Ledger, server: Server, recorder: Any, case_id: str) -> None:
    node, interaction = recorder.cases[case_id], recorder.interactions[case_id]
    operation_id = node.value.operation.definition.raw["operationId"]
    if interaction.response is None:
        ledger.differs(rules.ANSWERED, operation_id, "every request is answered whole", "no complete answer came")
        return
    exchange = _exchange(target, server, operation_id, interaction)
    ledger.received(exchange)
    ledger.judged(rules.GENERATED, operation_id)
    for check in recorder.checks.get(case_id, ()):
        rule = _RULES.get(check.name, rules.GENERATED)
        if check.failure_info is None:
            if rule in {rules.NEGATIVE, rules.HEADERS}:
                ledger.judged(rule, operation_id)
        elif not ledger.known(rule, operation_id):
            # Our own rules have looked at this answer already, and tell more.
            failure = check.failure_info.failure
            expected = "4xx for a request that is not allowed" if rule == rules.NEGATIVE else _first_line(failure.title)
            seen = str(exchange.answer.status) if rule == rules.NEGATIVE else _first_line(failure.message)
            ledger.differs(rule, operation_id, expected, seen, (exchange,))
    if node.transition is not None and node.is_transition_applied:
        ledger.judged(rules.LINKED, operation_id)
        if exchange.answer.status == 404:
            ledger.differs(rules.LINKED, operation_id, "an id out of an answer is known", "404", (exchange,))


def _exchange(target: Target, server: Server, operation_id: str, interaction: Any) -> Exchange:
    operation = target.operation(operation_id)
    key = target.key(operation, server.region, FULL)
    request, response = interaction.request, interaction.response
    headers = {name.lower(): values[0] for name, values in request.headers.items()}
    sent = bool(headers.pop(operation.key_header, ""))
    # What went to the loopback address was meant for the true host.
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
        Answer(
            response.status_code,
            {name.lower(): values[0] for name, values in response.headers.items()},
            response.content or b"",
        ),
        polyai=operation.vendor != ASSEMBLYAI,
        live=target.live,
    )


def _first_line(error: object) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]


@contextmanager
def _quiet() -> Iterator[None]:
    """Nothing of what an emulator in this process logs about requests that are broken on purpose."""

    def never(_record: logging.LogRecord) -> bool:
        return False

    loggers = [logging.getLogger(name) for name in ("uvicorn.error", "urllib3.connectionpool")]
    for each in loggers:
        each.addFilter(never)
    try:
        yield
    finally:
        for each in loggers:
            each.removeFilter(never)

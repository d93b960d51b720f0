"""What all reports show, as plain values in which secrets and personal data are masked."""

from __future__ import annotations

import datetime
import hashlib
import re
import shlex
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from urllib.parse import urlsplit

from polyai_data import openapi
from polyai_data._version import __version__
from polyai_data.conformance import masking, places
from polyai_data.conformance.coverage import FIELDS, PARAMETERS, STATUSES
from polyai_data.conformance.exchange import Exchange, Request
from polyai_data.conformance.probe import WRONG
from polyai_data.conformance.result import VALUES, Finding, Outcome, Result
from polyai_data.conformance.rule import RESPONSE
from polyai_data.conformance.target import Target
from polyai_data.hosts import Loopback
from polyai_data.openapi import Operation

VERDICTS = {
    0: "No differences: every response is what the documents and the rules say.",
    1: "There are differences from the documents or the rules.",
    2: "Nothing could be tested: no operation ever succeeded.",
}
SIGNED = "SIGNED_QUERY"
"""The variable that holds the query of a signed link, which is a secret while it works."""
_COUNTED = frozenset({"document.schema", "document.extra-field"})
"""Rules whose differences are counted by responses."""
_VALUES = 3
"""How many different values of a difference are shown."""
_PLAIN = frozenset({"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"})


def summary(result: Result) -> dict[str, Any]:
    """Everything that a report shows of a run."""
    target = result.target
    states = [outcome.state for outcome in result.outcomes.values()]
    return {
        "target": target.name,
        "addresses": target.addresses,
        "documents": hashes(target.documents),
        "version": __version__,
        "live": target.live and target.connect_to is None,
        "writable": target.writable,
        "seed": result.seed,
        "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": round(result.seconds, 1),
        "status": result.status,
        "interrupted": result.interrupted,
        "verdict": verdict(result),
        "totals": {
            "requests": result.sent.total(),
            "checks": result.cases.total(),
            "differences": len(result.failures),
            "notes": len(result.findings) - len(result.failures),
            "rules": len(states),
            "skipped": states.count("skipped"),
            "blocked": states.count("blocked"),
        },
        "operations": [_operation(operation, result) for operation in target.operations],
        "themes": _themes(result),
        "rules": [_rule(outcome, target.secrets()) for outcome in result.outcomes.values()],
        "differences": [finding(each, result) for each in result.findings],
        "observations": dict(sorted(result.observations.items())),
        "repeat": _repeat(result.findings, target),
    }


def hashes(vendors: Iterable[str]) -> dict[str, str]:
    """The SHA-256 of the patched document of each vendor."""
    return {vendor: hashlib.sha256(openapi.source(vendor)).hexdigest() for vendor in vendors}


def verdict(result: Result) -> str:
    if result.interrupted:
        return "Interrupted: this is what was seen until then."
    if result.status == 1 and not result.failures:
        return "Some rules could not be judged, although they apply."
    return VERDICTS[result.status]


def finding(each: Finding, result: Result) -> dict[str, Any]:
    rule, target = result.outcomes[each.rule].rule, result.target
    secrets = target.secrets()
    return {
        "rule": each.rule,
        "title": rule.title,
        "source": rule.source,
        "operation": each.operation,
        "place": masking.text(each.place, secrets),
        "severity": each.severity,
        "expected": masking.text(each.expected, secrets),
        "seen": masking.text(_seen(each, result), secrets),
        "count": each.count,
        "requests": [_exchange(exchange, target, secrets) for exchange in each.exchanges],
    }


def finding_text(each: Finding, result: Result) -> str:
    """A finding as a text, masked."""
    shown = finding(each, result)
    where = f"{shown['operation']} {shown['place']}".strip()
    lines = [f"{where}: expected {shown['expected']}; seen: {shown['seen']} ({each.count} times)"]
    for request in shown["requests"]:
        lines += ["", request["curl"], f"-> {request['status']}", request["response_body"]]
    return "\n".join([*lines, "", f"source: {shown['source']}"])


def _seen(each: Finding, result: Result) -> str:
    """The values that were seen, the most frequent ones first, and in how many responses a type was."""
    of = None
    if each.rule in _COUNTED and each.place and each.exchanges:
        counts, status = result.coverage.counts, str(each.exchanges[0].response.status)
        whole = counts[each.operation, status]
        path = f"{status} {each.place.removesuffix(f' with {status}')}"
        of = whole if places.ABSENT in each.values else counts.get((each.operation, path), whole)
    most = each.values.most_common(_VALUES)
    if of:
        shown = [f"{value} in {count} of {of} responses" for value, count in most]
    else:
        shown = [f"{value} ({count} times)" if count > 1 and len(each.values) > 1 else value for value, count in most]
    more = len(each.values) - len(most)
    at_least = "at least " if len(each.values) == VALUES else ""
    return "; ".join([*shown, *([f"{at_least}{more} other values"] if more else [])])


def _operation(operation: Operation, result: Result) -> dict[str, Any]:
    return {
        "id": operation.id,
        "method": operation.method,
        "path": operation.path,
        "hosts": [server.hostname for server in operation.servers],
        "requests": result.sent[operation.id],
        "checks": result.cases[operation.id],
        "differences": sum(each.operation == operation.id for each in result.failures),
        **{kind: result.coverage.share(operation, kind) for kind in (PARAMETERS, STATUSES, FIELDS)},
    }


def _themes(result: Result) -> list[dict[str, Any]]:
    themes: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in result.outcomes.values():
        themes[outcome.rule.theme].append(outcome)
    return [
        {
            "name": name,
            "rules": len(outcomes),
            "checks": sum(each.cases for each in outcomes),
            "broken": sum(bool(each.failures) for each in outcomes),
            "noted": sum(bool(each.notes) for each in outcomes),
            "skipped": sum(bool(each.skipped) for each in outcomes),
            "blocked": sum(bool(each.blocked) for each in outcomes),
        }
        for name, outcomes in themes.items()
    ]


def _rule(outcome: Outcome, secrets: list[str]) -> dict[str, Any]:
    rule = outcome.rule
    return {
        "id": rule.id,
        "theme": rule.theme,
        "kind": rule.kind,
        "title": rule.title,
        "source": rule.source,
        "state": outcome.state,
        "checks": outcome.cases,
        "differences": outcome.failures,
        "notes": outcome.notes,
        "reason": masking.text(outcome.reason, secrets),
        "operations": sorted(outcome.operations) if rule.kind != RESPONSE else [],
        "seconds": round(outcome.seconds, 3),
    }


def _exchange(exchange: Exchange, target: Target, secrets: list[str]) -> dict[str, Any]:
    request, response = exchange.request, exchange.response
    key = {request.key_header: f"${request.key_variable}"} if request.key_variable else {}
    return {
        "method": request.method,
        "url": masking.url(request.url, secrets),
        "headers": {**masking.headers(request.headers, secrets), **key},
        "body": masking.request_body(request, secrets),
        "status": response.status,
        "response_headers": masking.headers(response.headers, secrets),
        "response_body": masking.response_body(response, secrets),
        "curl": masking.clean(curl(request, target.connect_to), secrets),
    }


def curl(request: Request, address: Loopback | None) -> str:
    """How to repeat a request: the key comes from a variable, and is not in the line.

    Args:
        request: what to repeat.
        address: of the server on this machine that plays the hosts; None for the hosts themselves.
    """
    words = ["curl", "-sS", "-i"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if request.body is not None else "GET"):
        words += ["-X", shlex.quote(request.method)]
    parts = urlsplit(request.url)
    host = f"{parts.scheme}://{parts.netloc}"
    path, query = request.url.removeprefix(host), ""
    if _signed(request):
        path, query = f"{parts.path}?", f'"${SIGNED}"'
    if address is not None:
        words += [f"{shlex.quote(address.url + path)}{query}", "-H", shlex.quote(f"Host: {parts.netloc}")]
    else:
        words.append(f"{shlex.quote(host + path)}{query}")
    if request.key_variable:
        words += ["-H", f'"{request.key_header}: ${request.key_variable}"']
    for name, value in request.headers.items():
        if name not in _PLAIN and name != request.key_header:
            words += ["-H", shlex.quote(f"{name}: {'***' if name in masking.SECRET_HEADERS else value}")]
    if request.body is not None:
        words += ["--data-binary", shlex.quote(request.body.decode("utf-8", "backslashreplace"))]
    return " ".join(words)


def _signed(request: Request) -> bool:
    return re.search(r"(?i)signature=", urlsplit(request.url).query) is not None


def _repeat(findings: Sequence[Finding], target: Target) -> list[str]:
    """Lines for a shell that set what the curl lines need."""
    requests = [exchange.request for each in findings for exchange in each.exchanges]
    lines = []
    if target.start and requests:
        lines.append(f"{target.start}   # in another terminal")
    if any(map(_signed, requests)):
        lines.append(f"export {SIGNED}=…   # the part after the question mark of a fresh link")
    for variable in sorted({each.key_variable for each in requests if each.key_variable}):
        if variable == "WRONG_KEY":
            lines.append(f"export WRONG_KEY={WRONG.reveal()}")
        elif target.seed is not None:
            name = variable.removeprefix("KEY_").lower().replace("_", "-")
            code = f"from polyai_data.emulator import Emulator; print(Emulator().keys['{name}'].value)"
            lines.append(f'export {variable}="$(python -c "{code}")"')
        else:
            lines.append(f"export {variable}=…   # your key")
    return lines

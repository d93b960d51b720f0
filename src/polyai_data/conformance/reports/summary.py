"""What all reports show, as plain values in which secrets and personal data are masked."""

from __future__ import annotations

import datetime
from typing import Any

from polyai_data.conformance import curl, masking
from polyai_data.conformance.coverage import Share
from polyai_data.conformance.model import Exchange, Finding, Outcome
from polyai_data.conformance.plugin import Result
from polyai_data.conformance.probe import WRONG
from polyai_data.conformance.rule import ANSWER, RULES
from polyai_data.conformance.target import Target

OK, FAILED, NOTED, SKIPPED, BLOCKED = "ok", "failed", "noted", "skipped", "blocked"
VERDICTS = {
    0: "No differences: every answer is what the documents and the rules say.",
    1: "There are differences between what was answered and what should have been.",
    2: "Nothing could be tested: no operation was ever answered with success.",
}


def summary(result: Result) -> dict[str, Any]:
    """Everything that a report shows of a run."""
    ledger, target = result.ledger, result.target
    secrets = target.secrets()
    findings = [*ledger.broken, *ledger.notes]
    return {
        "target": target.name,
        "live": target.live,
        "writable": target.writable,
        "seed": result.settings.seed,
        "finished_at": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "seconds": round(result.seconds, 1),
        "status": result.status,
        "interrupted": result.interrupted,
        "verdict": verdict(result),
        "totals": {
            "requests": sum(ledger.sent.values()),
            "checks": sum(ledger.cases.values()),
            "differences": len(ledger.broken),
            "notes": len(ledger.notes),
            "rules": len(RULES),
            "skipped": len(ledger.skipped),
            "blocked": len(ledger.blocked),
        },
        "operations": _operations(result),
        "themes": _themes(result),
        "rules": [_rule(name, outcome) for name, outcome in ledger.outcomes.items()],
        "differences": [_finding(finding, target, secrets) for finding in findings],
        "repeat": _repeat(findings, target),
    }


def verdict(result: Result) -> str:
    """The outcome in a sentence."""
    if result.interrupted:
        return "Interrupted: this is what was found until then."
    if result.status == 1 and not result.ledger.broken:
        return "Some rules could not be judged, although they should have been."
    return VERDICTS[result.status]


def _operations(result: Result) -> list[dict[str, Any]]:
    ledger, shown = result.ledger, []
    for operation in ledger.coverage.operations:
        hosts = [server.hostname for server in operation.servers]
        broken = [finding for finding in ledger.broken if finding.operation == operation.id]
        shown.append({
            "id": operation.id,
            "method": operation.method,
            "path": operation.path,
            "hosts": hosts,
            "requests": ledger.sent[operation.id],
            "checks": ledger.cases[operation.id],
            "differences": len(broken),
            "parameters": _share(ledger.coverage.parameters(operation)),
            "statuses": _share(ledger.coverage.statuses(operation)),
            "fields": _share(ledger.coverage.fields(operation)),
        })  # fmt: skip
    return shown


def _share(share: Share) -> dict[str, Any]:
    return {"seen": len(share.seen & share.all), "all": len(share.all), "missing": share.missing}


def _themes(result: Result) -> list[dict[str, Any]]:
    themes: dict[str, dict[str, Any]] = {}
    for name, outcome in result.ledger.outcomes.items():
        theme = themes.setdefault(
            RULES[name].theme,
            {"name": RULES[name].theme, "rules": 0, "checks": 0, "broken": 0, "noted": 0, "skipped": 0, "blocked": 0},
        )
        theme["rules"] += 1
        theme["checks"] += outcome.cases
        theme["broken"] += bool(outcome.failures)
        theme["noted"] += bool(outcome.notes)
        theme["skipped"] += bool(outcome.skipped)
        theme["blocked"] += bool(outcome.blocked)
    return list(themes.values())


def state(outcome: Outcome) -> str:
    """How it went with a rule, in a word."""
    if outcome.failures:
        return FAILED
    if outcome.blocked:
        return BLOCKED
    if outcome.notes:
        return NOTED
    return SKIPPED if outcome.skipped and not outcome.cases else OK


def _rule(name: str, outcome: Outcome) -> dict[str, Any]:
    rule = RULES[name]
    return {
        "id": name,
        "theme": rule.theme,
        "kind": rule.kind,
        "title": rule.title,
        "source": rule.source,
        "state": state(outcome),
        "checks": outcome.cases,
        "differences": outcome.failures,
        "notes": outcome.notes,
        "reason": masking.text(outcome.blocked or outcome.skipped),
        "operations": sorted(outcome.operations) if rule.kind != ANSWER else [],
        "seconds": round(outcome.seconds, 3),
    }


def _finding(finding: Finding, target: Target, secrets: list[str]) -> dict[str, Any]:
    rule = RULES[finding.rule]
    return {
        "rule": finding.rule,
        "title": rule.title,
        "source": rule.source,
        "operation": finding.operation,
        "severity": finding.severity,
        "expected": masking.clean(masking.text(finding.expected), secrets),
        "seen": masking.clean(masking.text(finding.seen), secrets),
        "count": finding.count,
        "requests": [_exchange(exchange, target, secrets) for exchange in finding.exchanges],
    }


def _exchange(exchange: Exchange, target: Target, secrets: list[str]) -> dict[str, Any]:
    request, answer = exchange.request, exchange.answer
    key = {request.key_header: f"${request.key_variable}"} if request.key_variable else {}
    return {
        "method": request.method,
        "url": masking.clean(masking.url(request.url), secrets),
        "headers": {**masking.headers(request.headers), **key},
        "body": masking.request_body(request, secrets),
        "status": answer.status,
        "answer_headers": {
            name: masking.clean(value, secrets) for name, value in masking.headers(answer.headers).items()
        },
        "answer_body": masking.answer_body(answer, secrets),
        "curl": masking.clean(curl.line(request, loopback=target.connect_to is not None), secrets),
    }


def _repeat(findings: list[Finding], target: Target) -> list[str]:
    """Lines for a shell that set what the curl lines need."""
    variables = {
        exchange.request.key_variable
        for finding in findings
        for exchange in finding.exchanges
        if exchange.request.key_variable
    }
    lines = []
    if target.connect_to is not None and target.seed is not None:
        lines.append(f"python -m polyai_data.emulator --seed {target.seed} --port 8765   # in another terminal")
        lines.append(f"export {curl.ADDRESS}=http://127.0.0.1:8765")
    signed = [exchange for finding in findings for exchange in finding.exchanges if curl.signed(exchange.request)]
    if signed:
        lines.append(f"export {curl.SIGNED}=…   # what stands behind the question mark of a fresh link")
    for variable in sorted(variables):
        if variable == "WRONG_KEY":
            lines.append(f"export WRONG_KEY={WRONG.reveal()}")
        elif target.seed is not None:
            name = variable.removeprefix("KEY_").lower().replace("_", "-")
            lines.append(
                f'export {variable}="$(python -c "from polyai_data.emulator import Emulator; '
                f"print(Emulator().keys['{name}'].value)\")\""
            )
        else:
            lines.append(f"export {variable}=…   # your key")
    return lines

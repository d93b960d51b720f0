"""Our pytest plugin: runs the rules as tests, and reports their findings.

    pytest --pyargs polyai_data.conformance.rules -p polyai_data.conformance.plugin

The exit status is 0 for no difference, 1 for differences or rules that could not be judged, and 2 where nothing could
be tested.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Generator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from polyai_data.conformance import masking
from polyai_data.conformance import rule as rules
from polyai_data.conformance.client import HTTP
from polyai_data.conformance.options import OPTIONS, PREFIX, PROFILES, RULES
from polyai_data.conformance.probe import Probe
from polyai_data.conformance.reports import html, terminal
from polyai_data.conformance.reports.summary import finding_text, summary
from polyai_data.conformance.result import Outcome
from polyai_data.conformance.rule import Rule
from polyai_data.conformance.session import Session, kept, unusable
from polyai_data.conformance.target import Target, at_address, live, of_emulator
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError

_RUN = pytest.StashKey["_Run"]()
_RULE = pytest.StashKey[Rule]()
_DUMP = "polyai_data_conformance"
_NOT_RULES = "__init__.py"


def pytest_addoption(parser: pytest.Parser) -> None:
    group = parser.getgroup("conformance", "conformance of a server with the patched documents")
    for name, attributes in OPTIONS.items():
        group.addoption(PREFIX + name, **attributes)


def pytest_configure(config: pytest.Config) -> None:
    for name, text in rules.MARKS.items():
        config.addinivalue_line("markers", f"{name}: {text}")
    try:
        config.stash[_RUN] = _Run(config)
    except ConfigError as error:
        raise pytest.UsageError(str(error)) from None


class _Run:
    def __init__(self, config: pytest.Config) -> None:
        def option(name: str) -> Any:
            return config.getoption(PREFIX + name)

        self.option = option
        self.began = time.monotonic()
        self.stack = ExitStack()
        config.add_cleanup(self.stack.close)
        self.summary: dict[str, Any] | None = None
        workers = getattr(config, "workerinput", {}).get("workercount") or config.getoption("numprocesses", None)
        own_server = option("live") or option("connect-to")
        few = option("examples") is not None and option("examples") < 1
        for message, wrong in (
            ("-n: only the emulator can be tested in parallel", workers and own_server),
            ("--write and --transcript need --live", not option("live") and (option("write") or option("transcript"))),
            ("--header is not for --live", option("live") and option("header")),
            ("--connect-to is not for --live", option("live") and option("connect-to")),
            ("--as-documented is for the emulator of this program", own_server and option("as-documented")),
            (f"--examples: {option('examples')} is less than 1", few),
        ):
            if wrong:
                raise ConfigError(message, argument=message.split(maxsplit=1)[0])
        effort = PROFILES[option("profile")]
        if option("examples") is not None:
            effort = replace(effort, examples=option("examples"))
        target = self._target()
        http = self.stack.enter_context(HTTP(target.connect_to, target.rate))
        if own_server and (why := unusable(target, http)):
            raise ConfigError(why, argument="connect_to")
        self.stack.enter_context(kept(target))
        self.session = Session(target, http, effort=effort, seed=option("seed"))

    def _target(self) -> Target:
        option, seed = self.option, self.option("seed")
        if option("live"):
            return live(os.environ, write_agent=option("write"), transcript=option("transcript"))
        headers = dict(header(each) for each in option("header"))
        if option("connect-to"):
            return at_address(option("connect-to"), seed=seed, headers=headers)
        emulator = Emulator(seed, as_documented=option("as-documented"))
        return of_emulator(self.stack.enter_context(emulator), headers=headers)

    def failure(self, outcome: Outcome) -> str:
        """What broke a rule, masked, for pytest; empty when nothing did."""
        result = self.session.result
        texts = [finding_text(each, result) for each in result.failures if each.rule == outcome.rule.id]
        if outcome.blocked:
            texts.append(masking.text(f"blocked: {outcome.blocked}", result.target.secrets()))
        return "\n\n".join(texts)


def header(text: str) -> tuple[str, str]:
    """Name and value of a header from `NAME: VALUE`; `ConfigError` when it is none."""
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        # What follows can be a secret.
        raise ConfigError(f"--header: {text.partition(' ')[0]!r} is not NAME: VALUE", argument="header")
    return name.strip().lower(), value.strip()


@pytest.fixture(scope="session")
def target(request: pytest.FixtureRequest) -> Target:
    """What is tested."""
    return request.config.stash[_RUN].session.result.target


@pytest.fixture
def probe(request: pytest.FixtureRequest) -> Probe:
    """What a rule sends its requests with, and says what it expects."""
    return request.config.stash[_RUN].session.probe(request.node.stash[_RULE])


@pytest.hookimpl(wrapper=True)
def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> Generator[None, Any, Any]:
    """Collect every module of `rules/`, whatever `python_files` says."""
    collectors = yield
    if file_path.parent != RULES or file_path.suffix != ".py":
        return collectors
    return [] if file_path.name == _NOT_RULES else [pytest.Module.from_parent(parent, path=file_path)]


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    only = tuple(config.stash[_RUN].option("only"))
    order: dict[pytest.Item, tuple[bool, int]] = {}
    dropped = []
    for item in items:
        if item.path.parent == RULES and isinstance(item, pytest.Function):
            item.stash[_RULE] = rule = rules.of_function(item.path.stem, item.function)
            for mark in rule.marks:
                item.add_marker(mark)
            if only and not rule.id.startswith(only):
                dropped.append(item)
            order[item] = "last" in rule.marks, rules.THEMES.index(rule.theme)
    items[:] = sorted((each for each in items if each not in dropped), key=lambda item: order.get(item, (False, -1)))
    config.hook.pytest_deselected(items=dropped)


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Judge a rule: it fails when there is a difference, or it is blocked."""
    rule = pyfuncitem.stash.get(_RULE, None)
    if rule is None:
        return None
    run = pyfuncitem.config.stash[_RUN]
    outcome = run.session.judge(rule)
    if text := run.failure(outcome):
        pytest.fail(text, pytrace=False)
    if outcome.state == "skipped":
        pytest.skip(outcome.skipped)
    return True


@pytest.hookimpl(tryfirst=True)
def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Report the rules for every response, write the reports, and set the exit status."""
    config = session.config
    run = config.stash[_RUN]
    output = getattr(config, "workeroutput", None)
    if output is not None:
        output[_DUMP] = run.session.result.dump()
        return
    interrupted = exitstatus == pytest.ExitCode.INTERRUPTED
    ran = any(each.rule.kind == rules.SCENARIO for each in run.session.result.outcomes.values())
    if not ran or not (interrupted or exitstatus in {pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED}):
        return
    result = run.session.result
    others = [each for each in result.outcomes.values() if each.rule.kind != rules.SCENARIO]
    session.testscollected += len(others)
    for outcome in others:
        _report(config, run, outcome)
    result.interrupted, result.seconds = interrupted, time.monotonic() - run.began
    # A rule that failed for another reason than a difference is a fault in the rule.
    session.exitstatus = result.status or min(session.testsfailed, 1)
    run.summary = summary(result)
    if path := run.option("html"):
        Path(path).write_text(html.page(run.summary), encoding="utf-8")
    if path := run.option("json"):
        Path(path).write_text(json.dumps(run.summary, indent=2) + "\n", encoding="utf-8")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    dumped = getattr(node, "workeroutput", {}).get(_DUMP)
    if dumped is not None:
        node.config.stash[_RUN].session.result.merge(dumped)


def _report(config: pytest.Config, run: _Run, outcome: Outcome) -> None:
    """Report a rule that is judged beside the tests as if it were one, to the terminal, JUnit and other plugins."""
    text = run.failure(outcome)
    kind = "failed" if text else "passed" if outcome.cases else "skipped"
    theme, name = outcome.rule.id.split(".")
    path = str(RULES / f"{theme}.py")
    for when in ("setup", "call", "teardown"):
        called = when == "call"
        report = pytest.TestReport(
            nodeid=f"{theme}.py::{name}",
            location=(path, 0, name),
            keywords={},
            outcome=kind if called else "passed",  # type: ignore[arg-type]
            longrepr=(text or ((path, 0, outcome.skipped) if kind == "skipped" else None)) if called else None,
            when=when,
        )
        config.hook.pytest_runtest_logreport(report=report)


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    run = config.stash[_RUN]
    if run.summary is not None:
        terminalreporter.write(terminal.text(run.summary, colour=terminalreporter.hasmarkup))

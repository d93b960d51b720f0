"""Everything that can be wrong between this machine and the API, looked at in order."""

from __future__ import annotations

import os
import socket
import stat
import warnings
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from itertools import islice
from typing import Any, NamedTuple, TypeVar

from polyai_data import errors, hosts, origins, profiles
from polyai_data._sync.client import AssemblyAI, PolyAI
from polyai_data.config import Config
from polyai_data.diagnosis import network, verdicts
from polyai_data.diagnosis.verdicts import Finding

SOME = 5
"""How many conversations of an agent are looked at."""
_QUICK: dict[str, Any] = {"timeout": network.TIMEOUT, "deadline": 2 * network.TIMEOUT, "max_retries": 0}
_CALLS = {"listConversations": "list", "searchConversations": "search"}
"""How users call the operation that each logical host is asked for."""
_OF_THE_KEY = {"key-refused", "key-expired", "rate-limited", "server-failed", "not-the-api", "no-response", "no-key"}
"""Verdicts for which the other agents of a host need not be asked about."""
_ENVIRONMENT = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR")
A = TypeVar("A")
R = TypeVar("R")


def examine(
    *,
    profile: str | None = None,
    region: str | None = None,
    account_id: str | None = None,
    agent_id: str | None = None,
    try_regions: bool = False,
) -> Iterator[Finding]:
    """Look at environment, configuration, connections, clock, keys and agents.

    It sends a few requests that read, with short timeouts and no retries.

    Args:
        profile, region, account_id, agent_id: as for `PolyAI`. Without `agent_id`, all agents of the profile are asked
            about.
        try_regions: whether a key that is refused is sent to the other regions, too.

    Yields:
        What was seen, as it is seen. Nothing that is wrong is raised.
    """
    given = {"profile": profile, "region": region, "account_id": account_id, "agent_id": agent_id}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".* holds keys and others can read it")  # which is a finding
        findings = [*_environment()]
        yield from findings
        yield from _settings(given)
        if any(each.status == "error" for each in findings):
            return
        yield from _polyai(given, try_regions=try_regions)
        yield from _assemblyai(profile)


def _settings(given: dict[str, str | None]) -> Iterator[Finding]:
    file, named = profiles.path(), given["profile"] or os.environ.get("POLYAI_PROFILE")
    every = profiles.Profiles()
    loaded = False
    try:
        every = profiles.load(file)
        loaded = True
        every.get(named)
    except errors.ConfigError as error:
        if not named:  # else it is no setting of this client's, or the client's own error
            yield Finding("configuration", str(error), "no-default" if loaded else "profile-unreadable")
        every, named = profiles.Profiles(), None
    if os.name == "posix" and file.exists():
        mode = stat.S_IMODE(file.stat().st_mode)
        yield Finding("configuration", f"profiles in {file}, mode {mode:03o}", "profile-open" if mode & 0o077 else None)
    for each in origins.settings(every, named, {**given, "agent": given["agent_id"]})[1:]:
        if each.value and each.origin != "default":
            name = each.name.replace("api_key", "API key").replace("_", " ")
            value = "" if each.name in origins.KEYS else f"{each.value} "
            yield Finding("configuration", f"{name} {value}from {each.origin}")


def _environment() -> Iterator[Finding]:
    for name in _ENVIRONMENT:
        value = os.environ.get(name) or os.environ.get(name.lower())
        if value and name == "SSL_CERT_FILE" and not os.access(value, os.R_OK):
            yield Finding("environment", f"{name} is {value}, which is not there or cannot be read", "no-certificates")
        elif value:
            # A proxy's URL can hold a password.
            yield Finding("environment", f"{name} is {value.rpartition('@')[2]}")


class _Asked(NamedTuple):
    """The result of asking the hosts of an operation: the verdict on the key there, and all findings."""

    operation: str
    verdict: str | None
    findings: list[Finding]


def _polyai(given: dict[str, Any], *, try_regions: bool) -> Iterator[Finding]:
    try:
        client = PolyAI(**given, **_QUICK)
    except errors.ConfigError as error:
        missing = error.argument == "api_key" and "missing" in str(error)
        yield Finding("configuration", str(error), "not-configured" if missing else "configuration")
        return
    with client:
        config = client._session.config
        operations = [*_CALLS]
        try:
            config.route("searchConversations")
        except errors.ConfigError as error:
            yield Finding("host", str(error), "no-platform")
            operations.remove("searchConversations")
        findings, broken = _connections(config, operations)
        yield from findings
        if config.account_id is None and "searchConversations" in operations:
            yield Finding("key", "no account", "no-account")
            operations.remove("searchConversations")
        agents = _agents(config, given["agent_id"])
        if not agents:
            yield Finding("key", "no agent", "no-agent")
            return
        asked = _at_once(partial(_host, client, given, agents, try_regions=try_regions), operations)
        answered = [each for each in asked if each.verdict != "no-response" or each.operation not in broken]
        # Both hosts can show the same of an agent.
        yield from dict.fromkeys(finding for each in answered for finding in _own_key(config, each, asked))


def _agents(config: Config, only: str | None) -> dict[str, str]:
    """The agents to ask about, by id: how messages name them."""
    names = {agent: f"{name} ({agent})" for name, agent in config.profile.agents.items()}
    if only is None and config.agent_id is None:
        return names
    default = config.agent(None)
    return {default: names.get(default, default), **({} if only else names)}


def _connections(config: Config, operations: Iterable[str]) -> tuple[list[Finding], set[str]]:
    """The findings on the hosts of operations, and the operations whose host is not reached."""
    if (address := config.connect_to) is not None:
        findings = [Finding("host", f"everything goes to {address.url}", "connect-to")]
        try:
            socket.create_connection((address.host, address.port), network.TIMEOUT).close()
        except OSError as error:
            reason = f"{address.url}: {error.strerror or error}"
            return [*findings, Finding("host", reason, "connect-to-closed")], {*operations}
        return findings, set()
    reached = _at_once(network.reach, [config.route(each).base_url for each in operations])
    findings = [each.finding for each in reached]
    if ahead := [each.ahead for each in reached if each.ahead is not None]:
        findings.append(network.clock(min(ahead, key=abs)))
    return findings, {name for name, each in zip(operations, reached, strict=True) if each.finding.status == "error"}


def _host(
    client: PolyAI, given: dict[str, Any], agents: dict[str, str], operation: str, *, try_regions: bool
) -> _Asked:
    """Ask the hosts of an operation about each agent."""
    config = client._session.config
    host, called = hosts.POLYAI.operation(operation).logical_host, _CALLS[operation]
    where = f"{host} hosts of {config.region}"
    if host not in config.keys:
        return _Asked(operation, "no-key", [Finding("key", f"no key for the {where}", "no-key")])
    first, *rest = agents
    answers = {first: _ask(client, operation, first)}
    verdict, seen, _ = answers[first]
    if verdict in _OF_THE_KEY:
        if try_regions and verdict == "key-refused" and (other := _other_region(config, given, operation, first)):
            seen, verdict = f"the key is of region {other}", "other-region"
        return _Asked(operation, verdict, [Finding("key", f"{where}: {seen}", verdict)])
    answers.update(zip(rest, _at_once(partial(_ask, client, operation), rest), strict=True))
    judged = verdicts.covered((agent, each[0]) for agent, each in answers.items())
    findings = [Finding("key", f"{where}: the key is known")]
    for agent, (_, seen, more) in answers.items():
        findings.append(Finding("key", f"{called}, {agents[agent]}: {seen}", judged[agent]))
        findings += [Finding("key", agents[agent], each) for each in more]
    return _Asked(operation, None, findings)


def _ask(client: PolyAI, operation: str, agent: str) -> tuple[str | None, str, list[str]]:
    """Read some conversations of an agent: the verdict on the request, what was seen, and verdicts on what came."""
    try:
        if operation == "searchConversations":
            matches = list(islice(client.conversations.search(agent_id=agent, limit=SOME), SOME))
            return None, _count(matches), ["transcripts-hidden"] if any(map(verdicts.hides_turns, matches)) else []
        listed = list(islice(client.conversations.list(agent_id=agent, limit=SOME), SOME))
    except errors.PolyAIError as error:
        return verdicts.refusal(error), verdicts.said(error), []
    read: Any = None
    if over := next(filter(verdicts.is_over, listed), None):
        try:
            read = client.conversations.get(over.id, agent_id=agent)
        except errors.PolyAIError as error:
            read = error
    return None, _count(listed), verdicts.conversations(listed, read)


def _count(conversations: list[Any]) -> str:
    return f"{len(conversations)} conversations read" if conversations else "no conversations"


def _other_region(config: Config, given: dict[str, Any], operation: str, agent: str) -> str | None:
    """The other region that knows the key, which is sent to all of them."""

    def knows(region: str) -> bool:
        with PolyAI(**{**given, "region": region}, **_QUICK) as client:
            return _ask(client, operation, agent)[0] in {None, "no-permission", "agent-unknown"}

    others = [each for each in hosts.POLYAI.regions if each != config.region]
    return next((region for region, known in zip(others, _at_once(knows, others), strict=True) if known), None)


def _own_key(config: Config, asked: _Asked, others: Iterable[_Asked]) -> list[Finding]:
    """The findings of a host; a key that is refused there and known at the other host is one for that host alone."""
    key, other = config.keys.get("platform"), config.keys.get("agents")
    shared = key is not None and other is not None and key.reveal() == other.reveal()
    if shared and asked.verdict == "key-refused" and any(each.verdict is None for each in others):
        return [replace(each, verdict="own-key") for each in asked.findings]
    return asked.findings


def _assemblyai(profile: str | None) -> Iterator[Finding]:
    try:
        client = AssemblyAI(profile=profile, **_QUICK)
    except errors.ConfigError as error:
        if "missing" not in str(error):
            yield Finding("key", str(error), "configuration")
        return
    with client:
        config = client._session.config
        findings, broken = _connections(config, ["getRedactedAudio"])
        yield from (each for each in findings if each.topic == "host" and config.connect_to is None)
        if broken:
            return
        verdict, seen = None, "the key is known"
        try:
            client.redacted_audio.get("no-transcript")
        except (errors.BadRequestError, errors.NotFoundError, errors.NotReadyError):
            pass  # the key was taken
        except errors.PolyAIError as error:
            verdict, seen = verdicts.refusal(error), verdicts.said(error)
        yield Finding("key", f"AssemblyAI, {config.region}: {seen}", verdict)


def _at_once(call: Callable[[A], R], arguments: Iterable[A]) -> list[R]:
    with ThreadPoolExecutor(8) as threads:
        return list(threads.map(call, arguments))

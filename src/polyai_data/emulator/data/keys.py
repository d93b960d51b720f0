"""The emulator's keys: what each one opens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from polyai_data.emulator.data.clock import START
from polyai_data.emulator.data.model import Account
from polyai_data.openapi import Document

CONVERSATIONS = "conversations"
HANDOFF = "handoff"
EXTERNAL_EVENTS = "external-events"
ALL_PERMISSIONS = frozenset({CONVERSATIONS, HANDOFF, EXTERNAL_EVENTS})


@dataclass(frozen=True, slots=True)
class Key:
    """An API key and what it opens."""

    name: str
    value: str
    """What a request carries."""
    vendor: str
    region: str
    logical_hosts: frozenset[str]
    """Where the key works; elsewhere the response is 401."""
    account_id: str | None = None
    """The account whose data the key opens; None for a vendor without accounts."""
    agent_ids: frozenset[str] | None = None
    """The agents that the key covers; None means all agents of the account."""
    permissions: frozenset[str] = ALL_PERMISSIONS
    pii: bool = True
    """Whether the key opens recordings whose personal data is not muted."""
    expires_at: datetime | None = None
    """When the key stops working; None means never."""

    def expired(self, now: datetime) -> bool:
        return self.expires_at is not None and now >= self.expires_at

    def covers(self, account_id: str, agent_id: str) -> bool:
        return account_id == self.account_id and (self.agent_ids is None or agent_id in self.agent_ids)

    def opens(self) -> str:
        agents = "" if self.account_id is None else ", all agents" if self.agent_ids is None else ", one agent"
        parts = [f"{self.vendor}, {self.region}, {' and '.join(sorted(self.logical_hosts))}{agents}"]
        if missing := sorted(ALL_PERMISSIONS - self.permissions):
            parts.append(f"no permission for {', '.join(missing)}")
        if not self.pii:
            parts.append("redacted recordings only")
        if self.expires_at is not None:
            parts.append(f"expires at {self.expires_at:%Y-%m-%dT%H:%M:%SZ} by the emulator's clock")
        return "; ".join(parts)


def polyai_keys(document: Document, accounts: Mapping[str, Account]) -> dict[str, Key]:
    """The keys of every region of `document`, by name; `accounts` has the account of each region."""
    keys: dict[str, Key] = {}
    for region, account in accounts.items():
        hosts = frozenset(server.logical_host for server in document.servers if server.region == region)
        base = Key(region, _value(region), document.vendor, region, hosts, account.id)
        keys[region] = base
        for suffix, change in _variations(hosts, account.agents[0].id).items():
            name = f"{region}-{suffix}"
            keys[name] = replace(base, name=name, value=_value(name), **change)
    return keys


def _variations(hosts: frozenset[str], first_agent: str) -> dict[str, dict[str, Any]]:
    return {
        **{host: {"logical_hosts": frozenset({host})} for host in sorted(hosts)},
        "no-pii": {"pii": False},
        "no-permission": {"permissions": ALL_PERMISSIONS - {CONVERSATIONS}},
        "one-agent": {"agent_ids": frozenset({first_agent})},
        "expired": {"expires_at": START - timedelta(days=1)},
    }


def assemblyai_keys(document: Document) -> dict[str, Key]:
    """A key for each region of `document`, by name."""
    keys = {}
    for server in document.servers:
        name = f"{document.vendor}-{server.region}"
        keys[name] = Key(name, _value(name), document.vendor, server.region, frozenset({server.logical_host}))
    return keys


def _value(name: str) -> str:
    return f"emulator-{name}-not-a-real-key"

"""The page at the emulator's own address: its data, its keys, and lines to try."""

from __future__ import annotations

import functools
import json
import shlex
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from polyai_data import shown
from polyai_data.emulator.data.model import Conversation
from polyai_data.emulator.faults.random_faults import KINDS
from polyai_data.emulator.faults.switches import FAULTS
from polyai_data.emulator.state.state import State
from polyai_data.openapi import PACKAGES

_STYLE = """
:root { color-scheme: light dark; font: 16px/1.55 system-ui, sans-serif; }
body { max-width: 60rem; margin: 0 auto; padding: 2rem 1.1rem 4rem; }
h2 { margin-top: 2.4rem; }
h3 { margin: 1rem 0 0; font-size: .95rem; }
code, pre { font: .84rem/1.5 ui-monospace, monospace; overflow-wrap: anywhere; user-select: all; }
pre { margin: .3rem 0 1rem; padding: .7rem .9rem; border-radius: 8px; white-space: pre-wrap; }
pre { background: color-mix(in srgb, currentColor 7%, transparent); }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .8rem .4rem 0; text-align: start; vertical-align: top; }
tr { border-bottom: 1px solid color-mix(in srgb, currentColor 15%, transparent); }
th, small { opacity: .7; font-weight: 500; }
@media (max-width: 40rem) { thead { display: none; } tr, td { display: block; padding: .05rem 0; } }
"""
_ABOUT = (
    "Plays every host and region of PolyAI and AssemblyAI on this one port. The Host header selects the host; without "
    "one, the path and the key do. People, numbers, keys: everything here is made up."
)
_SEARCH = (
    "?query_type=semantic&query=money%20back&limit=5&start_time=2020-01-01T00:00:00Z&end_time=2027-01-01T00:00:00Z"
)
_SWITCHES = (
    "<code>X-Emulator-Status: 429</code> with <code>X-Emulator-Retry-After: 1</code>, <code>ms=20</code> or "
    "<code>date=1</code> forces a status; <code>X-Emulator-Recording-Bytes</code> a size."
)
_SCHEDULE = """\
- operation: searchConversations
  calls: [2, 4-6]
  kind: 503
- operation: getConversation
  fault: delay=0.5, truncate"""
_LATEST = 12
_SAID = ["Where is my parcel?", "It arrives on Monday."]


def render(state: State, host: str) -> str:
    """The page as HTML, with `host` (name and port) in the lines to try."""
    world, base = state.world, f"http://{host}"
    call = functools.partial(_call, state, base)
    facts = {
        "Seed": str(world.seed),
        "Conversations of each agent": f"{world.size:,}",
        "Added since": f"{sum(map(state.count_added, world.agents)):,}",
        "Clock": f"{state.clock.now():%Y-%m-%d %H:%M:%S} UTC{', and running' * state.clock.follows_today}",
        "Changes are stored": "in a file" if state.database.in_file else "in memory",
    }
    links = " and ".join(f'<a href="/openapi.yaml?vendor={vendor}">{vendor}</a>' for vendor in PACKAGES)
    hidden = " (transcripts hidden)"
    agents = (
        (each.region, _code(each.account_id), _code(each.id), each.name + hidden * each.hides_transcripts)
        for each in world.agents.values()
    )
    keys = ((each.name, _code(each.value), escape(each.opens())) for each in world.keys.values())
    exports = world.environment(base).items()
    calls = state.conversations(world.accounts["us"].agents[0].id)[:_LATEST]
    latest = ((_about(each), _code(f"polyai-data report {each.id}{' --audio' * each.recorded}")) for each in calls)
    servers = (server for document in world.documents for server in document.servers)
    hosts = ((_code(each.hostname), each.region, each.logical_host) for each in servers)
    return "".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>polyai-data emulator</title><style>{_STYLE}</style></head><body>",
        f'<h1>polyai-data emulator</h1><p><small>{_ABOUT}</small></p>',
        *_table(tuple(facts), [tuple(facts.values())]),
        "<h2>Look and listen</h2>",
        _example("Lead a terminal here", "\n".join(f"export {name}={value}" for name, value in exports)),
        _example("Review all in a browser", "polyai-data review --since 2020-01-01"),
        "<p>The latest conversations of that agent. Its recordings are tones, not speech.</p>",
        *_table(("Conversation", "A page of it"), latest),
        "<h2>Try it</h2>",
        _example("Some conversations", call("listConversations", query="?limit=3")),
        _example("Search by meaning", call("searchConversations", query=_SEARCH)),
        _example("One conversation", call("getConversation")),
        _example(
            "Its recording, with personal data muted",
            call("getConversationRecording", query="?redacted=true", options="-o call.wav "),
        ),
        _example("A note", call("upsertNote", body={"note": "called back"})),
        _example("Redacted audio of AssemblyAI", call("getRedactedAudio")),
        f"<p>The documents that it follows: {links}.</p><h2>Accounts and agents</h2>",
        *_table(("Region", "Account", "Agent", "Name"), agents),
        "<h2>Keys</h2><p>They work only on this emulator.</p>",
        *_table(("Name", "Key", "Opens"), keys),
        "<h2>Hosts</h2>",
        *_table(("Host", "Region", "Serves"), hosts),
        "<h2>Make it misbehave</h2>",
        _example("A single request", call("listConversations", "X-Emulator-Fault: delay=0.5, truncate")),
        f"<p>Faults: {', '.join(map(_code, FAULTS))}. {_SWITCHES}</p>",
        _example("A part of all requests", "python -m polyai_data.emulator --misbehave 0.2 --misbehave-kinds 503"),
        f"<p>Kinds: {', '.join(map(_code, KINDS))}.</p>",
        _example("By a schedule: --schedule FILE", _SCHEDULE),
        "<h2>Set its clock, add conversations</h2>",
        _example("An hour later", _curl(f"{base}/_emulator/clock", body={"advance": 3600})),
        _example("A call that takes place now", _curl(f"{base}/_emulator/conversations", body={"said": [_SAID]})),
        _example("Back to the first state", _curl(f"{base}/_emulator/reset", body={})),
        "</body></html>\n",
    ))  # fmt: skip


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterable[str]:
    """A table; the cells are HTML already."""
    yield f"<table><thead><tr>{''.join(f'<th scope=col>{name}</th>' for name in head)}</tr></thead><tbody>"
    for row in rows:
        yield f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>"
    yield "</tbody></table>"


def _about(call: Conversation) -> str:
    length = "in progress" if call.in_progress else shown.duration(call.duration)
    facts = f"{call.started_at:%Y-%m-%d %H:%M} UTC · {escape(call.channel)} · {length}"
    return f"{escape(call.summary)}<br><small>{facts}</small>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _example(title: str, command: str) -> str:
    return f"<h3>{title}</h3><pre>{escape(command)}</pre>"


def _curl(url: str, *headers: str, options: str = "", body: object = None) -> str:
    if body is not None:
        headers, options = (*headers, "content-type: application/json"), f"-d {shlex.quote(json.dumps(body))} "
    lines = "".join(f" \\\n  -H {shlex.quote(header)}" for header in headers)
    return f"curl {options}{shlex.quote(url)}{lines}"


def _call(state: State, base: str, operation_id: str, *headers: str, query: str = "", **options: Any) -> str:
    """A curl line that calls an operation in the region `us`."""
    world, account = state.world, state.world.accounts["us"]
    agent = account.agents[0].id
    call = next((each.id for each in state.conversations(agent)[:20] if each.recorded), "CA0")
    values = {"agentId": agent, "account_id": account.id, "project_id": agent, "conversationId": call}
    document = world.assemblyai if operation_id == "getRedactedAudio" else world.polyai
    operation = document.operation(operation_id)
    path = operation.path.format(**values, transcript_id=next(iter(state.transcripts)))
    key = world.keys["us" if operation.vendor == "polyai" else "assemblyai-us"].value
    return _curl(base + path + query, f"{operation.key_header}: {key}", *headers, **options)

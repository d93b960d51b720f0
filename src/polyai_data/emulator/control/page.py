"""The page at the emulator's own address: its data, its keys, and lines to try."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterable, Sequence
from html import escape

from polyai_data.emulator.faults.random_faults import KINDS
from polyai_data.emulator.faults.switches import FAULTS
from polyai_data.emulator.state.state import State
from polyai_data.openapi import PACKAGES, Document

_STYLE = """
:root { color-scheme: light dark; --ink: #1d2330; --soft: #5b6474; --line: #dde1e8; --paper: #fff; --box: #f5f6f9;
  --accent: #3a4fd0; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9f0; --soft: #9aa4b5; --line: #2e3543; --paper: #14171e;
  --box: #1c212b; --accent: #93a4ff; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 60rem; margin: 0 auto; padding: 2rem 1.1rem 4rem; }
h1 { margin: 0; font-size: 1.7rem; line-height: 1.2; }
h2 { margin: 2.4rem 0 .6rem; font-size: 1.15rem; }
p { margin: .5rem 0; max-width: 42rem; }
.soft { color: var(--soft); }
a { color: var(--accent); }
code, pre { font: .84rem/1.5 ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; }
code { overflow-wrap: anywhere; }
pre { margin: .3rem 0 1rem; padding: .7rem .9rem; border: 1px solid var(--line); border-radius: 8px;
  background: var(--box); white-space: pre-wrap; overflow-wrap: anywhere; }
dl.facts { display: grid; gap: .6rem; margin: 1.4rem 0 0;
  grid-template-columns: repeat(auto-fit, minmax(8.5rem, 1fr)); }
dl.facts div { padding: .6rem .8rem; border: 1px solid var(--line); border-radius: 8px; background: var(--box); }
dt { color: var(--soft); font-size: .8rem; }
dd { margin: 0; font-weight: 600; overflow-wrap: anywhere; }
table { width: 100%; border-collapse: collapse; }
th, td { padding: .4rem .8rem .4rem 0; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
th { color: var(--soft); font-size: .8rem; font-weight: 500; }
td:last-child, th:last-child { padding-right: 0; }
h3 { margin: 1rem 0 0; font-size: .95rem; font-weight: 600; }
@media (max-width: 40rem) {
  thead { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
  tr { display: block; padding: .5rem 0; border-bottom: 1px solid var(--line); }
  td { display: block; padding: .05rem 0; border: 0; }
}
"""
_WHAT = (
    "Plays every host and region of PolyAI and AssemblyAI on this one port. The Host header selects the host. People, "
    "numbers, keys: everything here is made up."
)
_SCHEDULE = """\
- operation: searchConversations
  calls: [2, 4-6]
  kind: 503
- operation: getConversation
  fault: delay=0.5, truncate"""


def render(state: State, host: str) -> str:
    """The page as HTML, with `host` (name and port) in the lines to try."""
    world = state.world
    added = sum(state.database.count_additions(agent_id) for agent_id in world.agents)
    facts = {
        "Seed": str(world.seed),
        "Conversations of each agent": f"{world.size:,}",
        "Added since": f"{added:,}",
        "Clock": f"{state.clock.now():%Y-%m-%d %H:%M:%S} UTC",
        "Changes are stored": "in a file" if state.database.in_file else "in memory",
    }
    return "".join((
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>polyai-data emulator</title><style>{_STYLE}</style></head><body><main>",
        "<h1>polyai-data emulator</h1>",
        f'<p class="soft">{_WHAT}</p>',
        '<dl class="facts">',
        *(f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in facts.items()),
        "</dl>",
        *_section("Try it", _tries(state, f"http://{host}")),
        *_section("Accounts and agents", _accounts(state)),
        *_section("Keys", _keys(state)),
        *_section("Hosts", _hosts(world.documents)),
        *_section("Make it misbehave", _misbehaviour(state, f"http://{host}")),
        *_section("Set its clock, add conversations", _control(f"http://{host}")),
        "</main></body></html>\n",
    ))  # fmt: skip


def _section(title: str, parts: Iterable[str]) -> Iterable[str]:
    return (f"<section><h2>{escape(title)}</h2>", *parts, "</section>")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells are HTML already."""
    names = "".join(f'<th scope="col">{escape(name)}</th>' for name in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f"<table><thead><tr>{names}</tr></thead><tbody>{body}</tbody></table>"


def _code(text: str) -> str:
    return f"<code>{escape(text)}</code>"


def _lines(title: str, command: str) -> str:
    return f"<h3>{escape(title)}</h3><pre>{escape(command)}</pre>"


def _curl(url: str, *headers: str, options: str = "") -> str:
    lines = "".join(f" \\\n  -H {shlex.quote(header)}" for header in headers)
    return f"curl {options}{shlex.quote(url)}{lines}"


def _call(
    state: State, base: str, operation_id: str, query: str = "", *more: str, options: str = "", **path: str
) -> str:
    """A curl line that calls an operation in the region `us`."""
    document = state.world.assemblyai if operation_id == "getRedactedAudio" else state.world.polyai
    operation = document.operation(operation_id)
    server = next(each for each in operation.servers if each.region == "us")
    key = state.world.keys["us" if operation.vendor == "polyai" else "assemblyai-us"].value
    headers = (f"Host: {server.hostname}", f"{operation.key_header}: {key}", *more)
    return _curl(base + operation.path.format(**path) + query, *headers, options=options)


def _tries(state: State, base: str) -> Iterable[str]:
    account = state.world.accounts["us"]
    agent = account.agents[0]
    conversations = state.conversations(agent.id)
    recorded = next((each.id for each in conversations[:20] if each.recorded), "CA0")
    ids = {"agentId": agent.id, "conversationId": recorded}
    meaning = (
        "?query_type=semantic&query=money%20back&limit=5&start_time=2020-01-01T00:00:00Z&end_time=2027-01-01T00:00:00Z"
    )
    project = {"account_id": account.id, "project_id": agent.id}
    note = ("content-type: application/json",)
    transcript = next(iter(state.transcripts))
    yield _lines("The newest conversations", _call(state, base, "listConversations", "?limit=3", **ids))
    yield _lines("Search by meaning", _call(state, base, "searchConversations", meaning, **project))
    yield _lines("One conversation", _call(state, base, "getConversation", **ids))
    recording = _call(state, base, "getConversationRecording", "?redacted=true", options="-o call.wav ", **ids)
    yield _lines("Its recording, with personal data muted", recording)
    body = f"-d {shlex.quote(json.dumps({'note': 'called back'}))} "
    yield _lines("A note", _call(state, base, "upsertNote", "", *note, options=body, **ids))
    yield _lines("Redacted audio of AssemblyAI", _call(state, base, "getRedactedAudio", transcript_id=transcript))
    links = " and ".join(f'<a href="/openapi.yaml?vendor={vendor}">{vendor}</a>' for vendor in PACKAGES)
    yield f"<p>The documents that it follows: {links}.</p>"


def _accounts(state: State) -> Iterable[str]:
    agents = [agent for account in state.world.accounts.values() for agent in account.agents]
    rows = (
        (
            escape(each.region),
            _code(each.account_id),
            _code(each.id),
            escape(each.name) + (" (transcripts hidden)" if each.hides_transcripts else ""),
        )
        for each in agents
    )
    yield _table(("Region", "Account", "Agent", "Name"), rows)


def _keys(state: State) -> Iterable[str]:
    yield '<p class="soft">They work only on this emulator.</p>'
    keys = state.world.keys.values()
    yield _table(("Name", "Key", "Opens"), ((escape(key.name), _code(key.value), escape(key.opens())) for key in keys))


def _hosts(documents: Iterable[Document]) -> Iterable[str]:
    servers = [server for document in documents for server in document.servers]
    yield _table(
        ("Host", "Region", "Serves"),
        ((_code(each.hostname), escape(each.region), escape(each.logical_host)) for each in servers),
    )


def _misbehaviour(state: State, base: str) -> Iterable[str]:
    agent = state.world.accounts["us"].agents[0].id
    header = "X-Emulator-Fault: delay=0.5, truncate"
    yield _lines("A single request", _call(state, base, "listConversations", "", header, agentId=agent))
    faults = ", ".join(_code(name) for name in FAULTS)
    yield (
        f"<p>Faults: {faults}. <code>X-Emulator-Status: 429</code> with <code>X-Emulator-Retry-After: 1</code>, "
        "<code>ms=20</code> or <code>date=1</code> forces a status; <code>X-Emulator-Recording-Bytes</code> a size.</p>"
    )
    yield _lines("A part of all requests", "python -m polyai_data.emulator --misbehave 0.2 --misbehave-kinds 503,reset")
    yield f"<p>Kinds: {', '.join(_code(kind) for kind in KINDS)}.</p>"
    yield _lines("By a schedule: --schedule FILE", _SCHEDULE)


def _control(base: str) -> Iterable[str]:
    json_type = "content-type: application/json"
    for title, name, body in (
        ("An hour later", "clock", {"advance": 3600}),
        ("A call that takes place now", "conversations", {"said": [["Where is my parcel?", "It arrives on Monday."]]}),
        ("Back to the first state", "reset", {}),
    ):
        yield _lines(
            title, _curl(f"{base}/_emulator/{name}", json_type, options=f"-d {shlex.quote(json.dumps(body))} ")
        )

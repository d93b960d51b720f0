"""Analyses of exports: against what Python's own statistics say of the same conversations, and of what is odd."""

from __future__ import annotations

import json
import re
import stat
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import partial
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from polyai_data import PolyAI
from polyai_data.cli import program
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError
from polyai_data.export import Options, analyze, export
from polyai_data.export.analysis_page import page
from polyai_data.models import ClientEnvironment

SINCE = "2020-01-01T00:00:00Z"


@pytest.fixture(scope="module")
def client() -> Iterator[PolyAI]:
    with Emulator(seed=1, conversations=80) as emulator, emulator.client() as client:
        yield client


def of(path: Path, **options: Any) -> dict[str, Any]:
    made: dict[str, Any] = analyze(path, utc=True, **options).to_dict()
    del made["files"]
    return made


def spread(values: Sequence[float], *, of: str = "conversations") -> dict[str, Any]:
    cuts = statistics.quantiles(values, n=100, method="inclusive")
    numbers = {"average": statistics.fmean(values), "p50": cuts[49], "p95": cuts[94], "p99": cuts[98]}
    return {of: len(values), **{name: pytest.approx(number, abs=0.001) for name, number in numbers.items()}}


def test_an_analysis_has_the_numbers_of_the_conversations_in_every_format(client: PolyAI, tmp_path: Path) -> None:
    environments: tuple[ClientEnvironment, ...] = ("live", "pre-release", "sandbox")
    search = partial(client.conversations.search, start_time=SINCE, include_latency=True)
    rows = [row for each in environments for row in search(client_env=each)]
    export(tmp_path / 'o\'dd "x" [1].jsonl', client, Options(since=SINCE))
    made = of(tmp_path / 'o\'dd "x" [1].jsonl', by="channel", metrics=["CALL_DURATION", "CALL_REASON"])
    facts, tables = made["facts"], made["tables"]
    assert (facts["conversations"], facts["turns"]) == (80, sum(len(row.turns or ()) for row in rows))
    assert facts["in_progress"] == sum(bool(row.in_progress) for row in rows)
    channels = Counter(row.channel for row in rows).most_common()
    assert [(row["channel"], row["conversations"]) for row in tables["volumes"]] == [*channels, (None, 80)]
    handoffs = Counter(row.handoff_reason for row in rows if row.handoff_reason)
    assert [(row["reason"], row["conversations"]) for row in tables["handoffs"]] == handoffs.most_common()
    for line, (channel, count) in enumerate([*channels, (None, 80)]):
        those = [row for row in rows if channel in {None, row.channel}]
        waits = [turn.latency_seconds for row in those for turn in row.turns or () if turn.latency_seconds is not None]
        durations = [row.total_duration for row in those if row.total_duration is not None]
        calls = [float(value) for row in those if (value := row.metric("CALL_DURATION"))]
        assert tables["latency"][line] == {"channel": channel, **spread(waits, of="turns")}
        assert tables["duration"][line] == {"channel": channel, **spread(durations)}
        assert tables["metric_CALL_DURATION"][line] | {"p99": None} == {
            "channel": channel,
            **spread(calls),
            "p99": None,
        }
        reasons = Counter(row.metric("CALL_REASON") for row in those)
        if channel:
            given = [row for row in tables["metric_CALL_REASON"] if row["channel"] == channel]
            assert {row["value"]: row["conversations"] for row in given} == reasons
            assert sum(row["share"] for row in given) == pytest.approx(1, abs=0.001)
            assert sum(reasons.values()) == count
    live = of(tmp_path / 'o\'dd "x" [1].jsonl', environments=["live"])["facts"]
    assert live["conversations"] == sum(row.environment == "live" for row in rows) < 150
    for name in ("a.jsonl.zst", "a.csv", "b.csv", "a.parquet", "o'a.duckdb"):
        export(tmp_path / name, client, Options(since=SINCE, turns="nested" if name == "b.csv" else None))
        assert of(tmp_path / name, by="channel", metrics=["CALL_DURATION", "CALL_REASON"]) == made
    export(tmp_path / "days", client, Options(since=SINCE, turns="table"), format="csv", by_day=True)
    assert of(tmp_path / "days", by="channel", metrics=["CALL_DURATION", "CALL_REASON"]) == made


def call(number: int, turns: list[dict[str, Any]] | None = None, **columns: Any) -> dict[str, Any]:
    said = [{"index": 0, "user_input": " ", "latency_seconds": 1.0}, {"index": 1, "user_input": "<b>hi</b>"}]
    started = f"2026-05-0{number % 3 + 1}T03:30:00.000000Z"
    made = {"agent_id": "A", "conversation_id": f"CA{number}", "started_at": started, "num_turns": 5, "turns": said}
    return {**made, **({} if turns is None else {"turns": turns}), **columns}


SILENT: list[dict[str, Any]] = [{"index": 0, "user_input": None}, {"index": 1, "user_input": "  "}]


def write(path: Path, *calls: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in calls), encoding="utf-8")
    return path


def test_each_kind_of_conversation_counts_where_it_should(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(
        tmp_path / "odd.jsonl",
        call(1),
        call(2, SILENT),
        call(3, SILENT, handoff=True, handoff_reason=None),
        call(4, SILENT, in_progress=True),
        call(5, [*SILENT, {"index": 2, "user_input_dtmf": "1"}]),
        call(6, num_turns=2),
        call(7, num_turns=2, handoff=True, handoff_reason="<script>alert(1)</script>"),
        call(8, []),
        call(9, [], num_turns=1),
        call(10, started_at=None, metrics='{"A": ["x", "2"], "B": "NaN"}'),
        call(11, started_at="2026-05-06T03:30:00.000000Z", in_progress=True, metrics='{"A": "1", "B": "7"}'),
        call(11, started_at="2026-05-06T03:30:00.000000Z", metrics='{"A": "1", "B": "7"}'),
    )
    made = of(path, metrics=["A", "B"])
    facts, tables = made["facts"], made["tables"]
    counts = (
        "conversations",
        "handoffs",
        "hangups",
        "in_progress",
        "hidden_transcripts",
        "without_start",
        "duplicates",
    )
    assert [facts[name] for name in counts] == [11, 2, 3, 1, 2, 1, 1]
    kinds = {row["kind"]: row["conversations"] for row in tables["hangups"]}
    assert kinds == {"the caller said nothing": 1, "left in the first two turns": 2}
    days = [(row["day"], row["conversations"]) for row in tables["volumes"]]
    assert days == [("2026-05-01", 3), ("2026-05-02", 3), ("2026-05-03", 3), *((f"2026-05-0{n}", 0) for n in (4, 5)),
                    ("2026-05-06", 1), ("-", 1), (None, 11)]  # fmt: skip
    assert list(tables["metric_A"][-1].values()) == [None, 2, 1.5, 1.5, 1.95]
    assert [(row["day"], row["value"]) for row in tables["metric_B"]] == [("2026-05-06", "7"), ("-", "NaN")]
    assert of(path, since="2026-05-03", until="2026-05-06T03:30:00Z")["facts"]["conversations"] == 3
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "America/New_York")
        time.tzset()
        assert analyze(path).tables[0].rows[0][:2] == ("2026-04-30", 3)
        hours = analyze(path, by="hour").tables[0].rows
        assert [row[:2] for row in hours if row[1]] == [("23:00", 10), ("-", 1)]
    time.tzset()
    text = page(analyze(path, metrics=["A", "B"]))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "hidden: they have turns" in text


class Tags(HTMLParser):
    """The open elements of a page, which is well-formed, and what they refer to."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.all: Counter[str] = Counter()
        self.names: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.all[tag] += 1
        self.names.update(name for name, _ in attrs)
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_the_program_draws_tables_and_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    calls = [call(number, metrics='{"CSAT": "4"}', duration_seconds=90) for number in range(9)]
    path = write(tmp_path / "calls.jsonl", *calls, call(9, channel="<b>", duration_seconds=7200))

    def run(*arguments: str) -> tuple[int, str, str]:
        with (
            CliRunner().isolation(env={"COLUMNS": "80", "NO_COLOR": "1"}) as (out, err, _),
            pytest.raises(SystemExit) as end,
        ):
            program.run(["analyze", *arguments])
        assert isinstance(end.value.code, int)
        return end.value.code, out.getvalue().decode(), err.getvalue().decode()

    status, out, _ = run(str(path), "--metric", "CSAT")
    assert (status, [line for line in out.splitlines() if len(line.rstrip()) > 80]) == (0, [])
    assert re.search(r"CSAT by day\n.*\n.*2026-05-01 +3 +4\.00 +4 +4 *\n", out, re.DOTALL)
    status, out, _ = run(str(path), "--json", "--by", "channel", "--env", "all")
    assert json.loads(out)["tables"]["duration"][0]["p50"] == 90
    target = tmp_path / "page.html"
    for by, bars in (("day", 3 * (1 + 2 + 2 + 1)), ("channel", 2 * (1 + 2 + 2) + 1)):
        assert run(str(path), "--html", str(target), "--by", by, "--metric", "CSAT")[:2] == (0, "")
        tags = Tags()
        tags.feed(target.read_text(encoding="utf-8"))
        assert (tags.open, tags.all["script"], tags.all["rect"]) == ([], 0, bars)
        assert not tags.names & {"src", "href", "style"}
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    status, out, _ = run(str(write(tmp_path / "empty.jsonl")), "--html", str(target), "--json")
    assert (status, json.loads(out)["facts"]["hangups"]) == (0, 0)
    assert "There is no conversation in this export" in target.read_text(encoding="utf-8")
    status, _, err = run(str(path), "--metric", "CSTA")
    assert (status, err) == (2, "error: no conversation has the metric 'CSTA'; did you mean CSAT?\n")


@pytest.mark.parametrize(
    ("name", "content", "problem"),
    [
        ("no.csv", b"a,b\n1,2\n", "not an export of conversations; it has no conversation_id"),
        ("no.jsonl", b'{"a": 1}\n', "not an export of conversations; 1 rows have no conversation_id"),
        ("cut.jsonl", b'{"conversation_id": "+44770090', "cannot be read; it is damaged, incomplete, or not what"),
        ("no.parquet", b"", "cannot be read; it is damaged"),
        ("no.duckdb", b"hello", "cannot be read; it is damaged"),
        ("calls.xlsx", b"", "no format of exports by its name"),
        ("missing.jsonl", None, "there is no such file"),
        ("a.turns.csv", b"conversation_id,index\nCA1,0\n", "turns alone; name the file of their conversations"),
        ("recordings/manifest.jsonl", b'{"id": "CA1"}\n', "no exported file is in this folder"),
        ("folder/x.txt", b"", "no exported file is in this folder"),
    ],
)
def test_what_is_no_export_is_an_error_that_names_it(
    name: str, content: bytes | None, problem: str, tmp_path: Path
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    if content is not None:
        (tmp_path / name).write_bytes(content)
    path = tmp_path / name.partition("/")[0]
    with pytest.raises(ConfigError, match=re.escape(f"{path}: {problem}")) as caught:
        analyze(path)
    assert "+44770090" not in str(caught.value)

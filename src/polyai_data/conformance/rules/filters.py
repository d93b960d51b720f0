"""Filters of the platform host's listing, compared with the listing without them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import LAST, rule
from polyai_data.conformance.sample import (
    ENOUGH,
    Item,
    bounds,
    environments,
    expect_ids,
    expect_once,
    expect_only,
    follow,
    ids_on,
    matches,
    moment,
    search,
    whole,
)


@rule("patched document, `client_env` and its default.")
def test_client_env(probe: Probe) -> None:
    """`client_env` shows the conversations of that environment, and has a default."""
    for environment in environments(probe):
        shown = matches(probe, client_env=environment)
        wrong = [each["id"] for each in shown.items if each["environment"] != environment]
        probe.expect(not wrong, shown.exchange, f"only conversations of {environment}", f"also: {brief(wrong)}")
    default = probe.target.operation("searchConversations").parameter("client_env").default
    absent, named = matches(probe), matches(probe, client_env=default)
    expect_ids(probe, absent.exchange, absent.ids, named.ids, f"conversations of {default} when client_env is absent")


@rule("patched document, `channel` (an array, repeated in the query), `variant_id`, `variant_name`, `in_progress`.")
def test_fields(probe: Probe) -> None:
    """A filter shows the conversations with its value, or with one of them when it is repeated; all when absent."""
    items = whole(probe).items
    for name in ("channel", "variant_id", "variant_name"):
        values = sorted({each[name] for each in items if each.get(name)})
        for value in [*values[:4], "no such value"]:
            _shows(probe, {name: value})
    channels = sorted({each["channel"] for each in items})
    _shows(probe, {"channel": channels}, matches(probe).ids)
    for in_progress in (True, False):
        _shows(probe, {"in_progress": in_progress})


@rule("patched document, `start_time`: at or after this time; `end_time`: before this time.")
def test_times(probe: Probe) -> None:
    """`start_time` shows what started then or later, and `end_time` what started before, in any time zone."""
    items = whole(probe).items
    for text in _around(probe):
        late = [each["id"] for each in items if moment(each["started_at"]) >= moment(text)]
        _shows(probe, {"start_time": text}, late)
        _shows(probe, {"end_time": text}, [each["id"] for each in items if each["id"] not in late])


@rule("patched document, `start_time`: at or after this time; `end_time`: before this time.", LAST)
def test_time_range(probe: Probe) -> None:
    """A time range has a conversation that starts at its start, and not one that starts at its end, however new."""
    if probe.target.powers is not None:
        # What is new may be missing from an index.
        probe.target.powers.add_conversation(probe.agent())
    items = probe.call("searchConversations", query={"limit": 1}).value()["conversations"]
    if not items:
        probe.skip("the platform host shows no conversation in the default environment")
    one = items[0]
    for start, included in ((0, True), (1, False), (-1, False)):
        begin, end = (moment(one["started_at"]) + timedelta(milliseconds=start + length) for length in (0, 1))
        query = {"start_time": begin.isoformat(), "end_time": end.isoformat()}
        exchange = probe.call("searchConversations", query=query)
        seen = [each["id"] for each in exchange.value()["conversations"]]
        what = {0: "starts at start_time", 1: "starts before start_time", -1: "starts at end_time"}[start]
        expected = f"{'the' if included else 'not the'} conversation that {what}"
        probe.expect((one["id"] in seen) is included, exchange, expected, brief(seen))


@rule('patched document: each parameter says "only conversations of …".')
def test_combined(probe: Probe) -> None:
    """Filters together show what each of them shows."""
    items = whole(probe).items
    first = items[0]
    cases = [{name: first[name] for name in ("channel", "in_progress", "variant_id") if first.get(name) is not None}]
    cases += [
        {"channel": channel, "variant_id": variant}
        for channel in sorted({each["channel"] for each in items})
        for variant in sorted({each["variant_id"] for each in items if each.get("variant_id")})
    ]
    for query in cases:
        _shows(probe, query)
    for environment in environments(probe):
        wanted = [each["id"] for each in matches(probe, client_env=environment).items if _has(each, "channel", first)]
        _shows(probe, {"client_env": environment, "channel": first["channel"]}, wanted)


@rule("patched document, `cursor`: where the next page begins.")
def test_paged(probe: Probe) -> None:
    """A filter holds on every page."""
    first = whole(probe).items[0]
    wanted = [each["id"] for each in whole(probe).items if _has(each, "channel", first)]
    pages = follow(probe, channel=first["channel"], limit=2)
    expect_ids(probe, pages, ids_on(*pages), wanted, f"conversations of {first['channel']} on all pages")


@rule("patched document, `include_latency` and its default false.")
def test_include_latency(probe: Probe) -> None:
    """Turns have their latency when `include_latency` is true, and else do not."""
    for value in (None, False, True):
        shown = matches(probe, include_latency=value)
        present = {"latency" in turn for item in shown.items for turn in item.get("turns") or []}
        if not present:
            probe.skip("no turns are shown")
        right = True in present if value else present == {False}
        expected = f"{'latency' if value else 'no latency'} when include_latency is {brief(value)}"
        probe.expect(right, shown.exchange, expected, "turns with it" if True in present else "turns without it")


@rule("patched document, `x-parameter-rules` of the operation, after the descriptions of its parameters.")
def test_rules(probe: Probe) -> None:
    """Parameters that exclude or need one another are refused with 400 where they break that."""
    operation = probe.target.operation("searchConversations")
    values = {
        **bounds(probe), "query": "refund", "query_type": "transcript", "turn_type": "user", "sample": "random",
        "variant_id": "VAR-1", "variant_name": "main",
    }  # fmt: skip
    times = bounds(probe)
    for each in operation.rules:
        query = {**times, each.parameter: values[each.parameter]}
        for name in each.excludes:
            exchange = probe.call(operation.id, query={**query, "query": None, name: values[name]})
            probe.status(exchange, 400, when=f"{each.parameter} and {name} come together")
        complete = {need.partition("=")[0]: values[need.partition("=")[0]] for need in each.needs}
        for need in each.needs:
            name, _, value = need.partition("=")
            exchange = probe.call(operation.id, query={**query, **complete, name: None})
            probe.status(exchange, 400, when=f"{each.parameter} comes without {name}")
            for other in operation.parameter(name).enum if value else ():
                if other != value:
                    wrong = {**query, "query": values["query"], name: other}
                    exchange = probe.call(operation.id, query=wrong)
                    probe.status(exchange, 400, when=f"{each.parameter} comes with {name}={other}")


@rule("patched document, `schema` of each parameter.")
def test_invalid(probe: Probe) -> None:
    """A value that a filter does not have is refused with 400."""
    for name, value in (
        ("client_env", "production"),
        ("start_time", "yesterday"),
        ("end_time", "2026-13-45T00:00:00Z"),
        ("in_progress", "perhaps"),
        ("include_latency", "1.5"),
        ("sample", "first"),
        ("query_type", "fuzzy"),
        ("turn_type", "system"),
    ):
        query = {"query": "refund", "query_type": "transcript"} if name == "turn_type" else {}
        probe.status(search(probe, **{**query, name: value}), 400, when=f"{name} is {value}")


@rule("patched document, `sample`: a sample, which is one page; `limit`.")
def test_sample(probe: Probe) -> None:
    """A sample has as many conversations of the time range as `limit`, each once, and is one page."""
    every = whole(probe)
    for limit in (1, 4, len(every.ids)):
        shown = matches(probe, sample="random", limit=limit)
        wanted = min(limit, len(every.ids))
        seen = f"limit {limit} gave {len(shown.ids)}, not {wanted}"
        probe.expect(len(shown.ids) == wanted, shown.exchange, "a sample of as many conversations as limit", seen)
        expect_once(probe, shown.exchange, shown.ids, "a sample with each conversation once")
        expect_only(probe, shown.exchange, shown.ids, every.ids, "a sample of what the filters show")
        more = [name for name in ("cursor", "next_offset") if shown.exchange.value().get(name)]
        probe.expect(not more, shown.exchange, "no cursor and no next_offset with a sample", brief(more))


@rule("patched document, `sample=random`.")
def test_sample_random(probe: Probe) -> None:
    """Samples vary, and are not just the beginning of the listing."""
    every = whole(probe)
    if len(every.ids) < ENOUGH:
        probe.skip(f"{len(every.ids)} conversations are too few to tell a random order from the listing's")
    exchanges = [search(probe, sample="random", limit=5) for _ in range(4)]
    samples = [[each["id"] for each in exchange.value()["conversations"]] for exchange in exchanges]
    vary = any(each != samples[0] for each in samples)
    probe.expect(vary, exchanges, "samples that vary", f"4 times {brief(samples[0])}")
    orderly = all(each == every.ids[:5] for each in samples)
    probe.expect(not orderly, exchanges, "samples from all of the listing", "4 times its first 5 conversations")


def _shows(probe: Probe, query: Mapping[str, Any], wanted: list[str] | None = None) -> None:
    """Expect these conversations, in their order; by default those of the listing that have the query's values."""
    if wanted is None:
        wanted = [each["id"] for each in whole(probe).items if all(_has(each, name, query) for name in query)]
    shown = matches(probe, **query)
    expect_ids(probe, shown.exchange, shown.ids, wanted, f"conversations that match {' and '.join(query)}")


def _has(item: Item, name: str, values: Mapping[str, Any]) -> bool:
    return bool(item.get(name) == values[name])


def _around(probe: Probe) -> tuple[str, ...]:
    """The start of a conversation from the middle, as it is and in another time zone, and a millisecond later."""
    items = whole(probe).items
    text = str(items[len(items) // 2]["started_at"])
    elsewhere = (moment(text) + timedelta(hours=5, minutes=30)).replace(tzinfo=None).isoformat() + "+05:30"
    return text, elsewhere, (moment(text) + timedelta(milliseconds=1)).isoformat()

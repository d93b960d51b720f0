"""Filters of the platform host's listing, compared with the listing without them."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from polyai_data.conformance.probe import Probe, brief
from polyai_data.conformance.rule import last
from polyai_data.conformance.sample import (
    Item,
    bounds,
    environments,
    expect_ids,
    expect_once,
    expect_only,
    matches,
    moment,
    search,
)


def test_client_env(probe: Probe) -> None:
    """`client_env` shows the conversations of that environment, and has a default.

    Source: patched document, `client_env` and its default.
    """
    for environment in environments(probe):
        shown = matches(probe, client_env=environment)
        wrong = [each["id"] for each in shown.items if each["environment"] != environment]
        probe.expect(not wrong, shown.exchange, f"only conversations of {environment}", f"also: {brief(wrong)}")
    default = probe.target.operation("searchConversations").parameter("client_env").default
    absent, named = matches(probe), matches(probe, client_env=default)
    expect_ids(probe, absent.exchange, absent.ids, named.ids, f"conversations of {default} when client_env is absent")


def test_channel(probe: Probe) -> None:
    """`channel` shows the conversations of that channel, and of several when it is repeated.

    Source: patched document, `channel`: array, repeated in the query.
    """
    channels = sorted({each["channel"] for each in matches(probe).items})
    for each in [*channels, "NO-SUCH-CHANNEL"]:
        _shows(probe, {"channel": each})
    _shows(probe, {"channel": channels}, lambda item: item["channel"] in channels)


def test_variant(probe: Probe) -> None:
    """`variant_id` and `variant_name` show the conversations of that variant.

    Source: patched document, `variant_id` and `variant_name`.
    """
    for name in ("variant_id", "variant_name"):
        values = sorted({each[name] for each in matches(probe).items if each.get(name)})
        for value in [*values[:3], "no such variant"]:
            _shows(probe, {name: value})


def test_in_progress(probe: Probe) -> None:
    """`in_progress` shows the conversations in progress, or the ended ones; both when absent.

    Source: patched document, `in_progress`.
    """
    for value in (True, False):
        _shows(probe, {"in_progress": value})
    if not probe.target.live:
        both = {str(each["in_progress"]).lower() for each in matches(probe).items}
        expected = "in_progress true and false when the filter is absent"
        probe.expect(len(both) == 2, matches(probe).exchange, expected, brief(both))


def test_start_time(probe: Probe) -> None:
    """`start_time` shows the conversations that started at that time or later, in any time zone.

    Source: patched document, `start_time`: at or after this time.
    """
    for text in _around(probe):
        _shows(probe, {"start_time": text}, _started(operator.ge, text))


def test_end_time(probe: Probe) -> None:
    """`end_time` shows the conversations that started before that time, in any time zone.

    Source: patched document, `end_time`: before this time.
    """
    for text in _around(probe):
        _shows(probe, {"end_time": text}, _started(operator.lt, text))


@last
def test_time_range(probe: Probe) -> None:
    """A time range has a conversation that starts at its start, and not one that starts at its end, however new.

    Source: patched document, `start_time`: at or after this time; `end_time`: before this time.
    """
    if probe.target.powers is not None:
        probe.target.powers.add_conversation(probe.agent())
    (newest,) = probe.call("searchConversations", query={"limit": 1}).value()["conversations"]
    at = moment(newest["started_at"])
    for name, wait, included in (("start_time", 0, True), ("start_time", 1, False), ("end_time", 0, False),
                                 ("end_time", 1, True)):  # fmt: skip
        time = (at + timedelta(milliseconds=wait)).isoformat()
        exchange = probe.call("searchConversations", query={"limit": 1, name: time})
        seen = [each["id"] for each in exchange.value()["conversations"]]
        expected = f"{'the' if included else 'not the'} conversation that starts {wait} ms before {name}"
        probe.expect((newest["id"] in seen) is included, exchange, expected, brief(seen))


def test_combined(probe: Probe) -> None:
    """Filters together show what each of them shows.

    Source: patched document: each parameter says "only conversations of …".
    """
    items = matches(probe).items
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
        shown = matches(probe, client_env=environment, channel=first["channel"])
        expect_ids(probe, shown.exchange, shown.ids, wanted, f"conversations of {environment} and the channel")


def test_paged(probe: Probe) -> None:
    """A filter holds on every page.

    Source: patched document, `cursor`: where the next page begins.
    """
    first = matches(probe).items[0]
    wanted = [each["id"] for each in matches(probe).items if _has(each, "channel", first)]
    ids: list[str] = []
    pages = [search(probe, channel=first["channel"], limit=2)]
    while len(ids) <= len(wanted):
        value = pages[-1].value()
        ids += [each["id"] for each in value["conversations"]]
        if not value.get("cursor"):
            break
        pages.append(search(probe, channel=first["channel"], limit=2, cursor=value["cursor"]))
    expect_ids(probe, pages, ids, wanted, f"conversations of {first['channel']} on all pages")


def test_include_latency(probe: Probe) -> None:
    """Turns have their latency when `include_latency` is true, and else do not.

    Source: patched document, `include_latency` and its default false.
    """
    for value in (None, False, True):
        shown = matches(probe, include_latency=value)
        present = {"latency" in turn for item in shown.items for turn in item.get("turns") or []}
        if not present:
            probe.skip("no turns are shown")
        right = True in present if value else present == {False}
        expected = f"{'latency' if value else 'no latency'} when include_latency is {brief(value)}"
        probe.expect(right, shown.exchange, expected, "turns with it" if True in present else "turns without it")


def test_rules(probe: Probe) -> None:
    """Parameters that exclude or need one another are refused with 400 where they break that.

    Source: patched document, `x-parameter-rules` of the operation, after the descriptions of its parameters.
    """
    operation = probe.target.operation("searchConversations")
    values = {
        **bounds(probe), "query": "refund", "query_type": "transcript", "turn_type": "user", "sample": "random",
        "variant_id": "VAR-1", "variant_name": "main",
    }  # fmt: skip
    times = bounds(probe)
    for rule in operation.rules:
        query = {**times, rule.parameter: values[rule.parameter]}
        for name in rule.excludes:
            exchange = probe.call(operation.id, query={**query, "query": None, name: values[name]})
            probe.status(exchange, 400, when=f"{rule.parameter} and {name} come together")
        complete = {need.partition("=")[0]: values[need.partition("=")[0]] for need in rule.needs}
        for need in rule.needs:
            name, _, value = need.partition("=")
            exchange = probe.call(operation.id, query={**query, **complete, name: None})
            probe.status(exchange, 400, when=f"{rule.parameter} comes without {name}")
            for other in operation.parameter(name).enum if value else ():
                if other != value:
                    wrong = {**query, "query": values["query"], name: other}
                    exchange = probe.call(operation.id, query=wrong)
                    probe.status(exchange, 400, when=f"{rule.parameter} comes with {name}={other}")


def test_invalid(probe: Probe) -> None:
    """A value that a filter does not have is refused with 400.

    Source: patched document, `schema` of each parameter.
    """
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


def test_sample_subset(probe: Probe) -> None:
    """A sample has conversations of the time range, each once, and as many as `limit`.

    Source: patched document, `sample` and `limit`.
    """
    whole = matches(probe)
    for limit in (1, 4, len(whole.ids)):
        shown = matches(probe, sample="random", limit=limit)
        wanted = min(limit, len(whole.ids))
        seen = f"limit {limit} gave {len(shown.ids)}, not {wanted}"
        probe.expect(len(shown.ids) == wanted, shown.exchange, "a sample of as many conversations as limit", seen)
        expect_once(probe, shown.exchange, shown.ids, "a sample with each conversation once")
        expect_only(probe, shown.exchange, shown.ids, whole.ids, "a sample of what the filters show")


def test_sample_random(probe: Probe) -> None:
    """Samples vary, and are not just the beginning of the listing.

    Source: patched document, `sample=random`.
    """
    whole = matches(probe)
    if len(whole.ids) < 12:
        probe.skip(f"{len(whole.ids)} conversations are too few to tell a random order from the listing's")
    exchanges = [search(probe, sample="random", limit=5) for _ in range(4)]
    samples = [[each["id"] for each in exchange.value()["conversations"]] for exchange in exchanges]
    vary = any(each != samples[0] for each in samples)
    probe.expect(vary, exchanges, "samples that vary", f"4 times {brief(samples[0])}")
    orderly = all(each == whole.ids[:5] for each in samples)
    probe.expect(not orderly, exchanges, "samples from all of the listing", "4 times its first 5 conversations")


def test_sample_one_page(probe: Probe) -> None:
    """A sample is one page: no cursor, no next_offset.

    Source: patched document, `sample`: a sample, which is one page.
    """
    exchange = search(probe, sample="random", limit=3)
    more = {name: each for name, each in exchange.value().items() if name in {"cursor", "next_offset"} and each}
    probe.expect(not more, exchange, "no cursor and no next_offset with a sample", brief(list(more)))


def _shows(probe: Probe, query: Mapping[str, Any], keeps: Callable[[Item], bool] | None = None) -> None:
    """Expect the conversations that `keeps` is true for, or that have the query's values, in the listing's order."""
    wanted = [
        each["id"]
        for each in matches(probe).items
        if (keeps(each) if keeps else all(_has(each, name, query) for name in query))
    ]
    shown = matches(probe, **query)
    expect_ids(probe, shown.exchange, shown.ids, wanted, f"conversations that match {' and '.join(query)}")


def _started(compare: Callable[[datetime, datetime], bool], text: str) -> Callable[[Item], bool]:
    at = moment(text)
    return lambda item: compare(moment(item["started_at"]), at)


def _has(item: Item, name: str, values: Mapping[str, Any]) -> bool:
    return bool(item.get(name) == values[name])


def _around(probe: Probe) -> tuple[str, ...]:
    """The start of a conversation from the middle, as it is and in another time zone, and a millisecond later."""
    items = matches(probe).items
    text = str(items[len(items) // 2]["started_at"])
    elsewhere = (moment(text) + timedelta(hours=5, minutes=30)).replace(tzinfo=None).isoformat() + "+05:30"
    return text, elsewhere, (moment(text) + timedelta(milliseconds=1)).isoformat()

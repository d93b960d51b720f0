"""Filters of the platform host's listing: each shows what it should, compared with the listing without it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from polyai_data.conformance.probe import Probe
from polyai_data.conformance.rule import rule
from polyai_data.conformance.sample import ENVIRONMENTS, bounds, found, moment, search

Item = Mapping[str, Any]


@rule("filters.client-env")
def client_env(probe: Probe) -> None:
    """`client_env` shows the conversations of that environment, and is `live` when absent.

    Source: patched document, `client_env` and its default.
    """
    for environment in ENVIRONMENTS:
        shown = found(probe, client_env=environment)
        wrong = [each for each in shown.items if each["environment"] != environment]
        probe.expect(not wrong, shown.exchange, f"conversations of {environment}", f"{len(wrong)} of others")
    default, named = found(probe), found(probe, client_env="live")
    probe.expect(default.ids == named.ids, default.exchange, "those of live when client_env is absent", "others")


@rule("filters.channel")
def channel(probe: Probe) -> None:
    """`channel` shows the conversations of that channel, and of several when it is repeated.

    Source: patched document, `channel`: array, repeated in the query.
    """
    channels = sorted({each["channel"] for each in found(probe).items})
    for each in channels:
        _shows(probe, {"channel": each}, _has("channel", each))
    _shows(probe, {"channel": channels}, lambda item: item["channel"] in channels)
    _shows(probe, {"channel": "NO-SUCH-CHANNEL"}, lambda _: False)


@rule("filters.variant")
def variant(probe: Probe) -> None:
    """`variant_id` and `variant_name` show the conversations of that variant.

    Source: patched document, `variant_id` and `variant_name`.
    """
    for name in ("variant_id", "variant_name"):
        values = sorted({each[name] for each in found(probe).items if each.get(name)})
        for value in [*values[:3], "no such variant"]:
            _shows(probe, {name: value}, _has(name, value))


@rule("filters.in-progress")
def in_progress(probe: Probe) -> None:
    """`in_progress` shows the conversations in progress, or the ended ones; both when absent.

    Source: patched document, `in_progress`.
    """
    for value in (True, False):
        _shows(probe, {"in_progress": value}, _has("in_progress", value))
    if not probe.target.live:
        both = {each["in_progress"] for each in found(probe).items}
        probe.expect(both == {True, False}, found(probe).exchange, "both when in_progress is absent", f"{both}")


@rule("filters.start-time")
def start_time(probe: Probe) -> None:
    """`start_time` shows the conversations that started then or later, in any time zone.

    Source: patched document, `start_time`: at or after this time.
    """
    begun = moment(_middle(probe))
    for text in (_middle(probe), _elsewhere(probe), (begun + timedelta(milliseconds=1)).isoformat()):
        at = moment(text)
        _shows(probe, {"start_time": text}, _since(at))


@rule("filters.end-time")
def end_time(probe: Probe) -> None:
    """`end_time` shows the conversations that started before.

    Source: patched document, `end_time`: before this time.
    """
    begun = moment(_middle(probe))
    for text in (_middle(probe), _elsewhere(probe), (begun + timedelta(milliseconds=1)).isoformat()):
        at = moment(text)
        _shows(probe, {"end_time": text}, _before(at))


@rule("filters.combined")
def combined(probe: Probe) -> None:
    """Filters together show what each of them shows.

    Source: patched document: each parameter says "only conversations of …".
    """
    first = found(probe).items[0]
    query = {"channel": first["channel"], "in_progress": first["in_progress"], "variant_id": first.get("variant_id")}
    _shows(probe, query, lambda item: all(value is None or item[name] == value for name, value in query.items()))
    for channel in sorted({each["channel"] for each in found(probe).items}):
        for variant in sorted({each["variant_id"] for each in found(probe).items if each.get("variant_id")}):
            both = {"channel": channel, "variant_id": variant}
            _shows(probe, both, _has_all(both))
    for environment in ENVIRONMENTS[1:]:
        of_it = found(probe, client_env=environment)
        wanted = [each["id"] for each in of_it.items if each["channel"] == first["channel"]]
        shown = found(probe, client_env=environment, channel=first["channel"])
        probe.expect(shown.ids == wanted, shown.exchange, "what each filter shows", "something else")


@rule("filters.paged")
def paged(probe: Probe) -> None:
    """A filter holds on every page.

    Source: patched document, `cursor`: where the next page begins.
    """
    first = found(probe).items[0]["channel"]
    wanted = [each["id"] for each in found(probe).items if each["channel"] == first]
    ids: list[str] = []
    exchange = search(probe, channel=first, limit=2)
    for _ in wanted:
        value = exchange.value()
        ids += [each["id"] for each in value["conversations"]]
        if not value.get("cursor"):
            break
        exchange = search(probe, channel=first, limit=2, cursor=value["cursor"])
    probe.expect(ids == wanted, exchange, "the filtered conversations on all pages", "others")


@rule("filters.include-latency")
def include_latency(probe: Probe) -> None:
    """Turns carry their latency when `include_latency` is true, and else do not.

    Source: patched document, `include_latency` and its default false.
    """
    for value, wanted in ((None, False), (False, False), (True, True)):
        shown = found(probe, include_latency=value)
        there = {"latency" in turn for item in shown.items for turn in item.get("turns") or []}
        if not there:
            probe.skip("no turns are shown")
        ok = wanted in there if wanted else there == {False}
        probe.expect(ok, shown.exchange, f"latency is {'' if wanted else 'not '}there", "the opposite")


@rule("filters.rules")
def rules(probe: Probe) -> None:
    """Parameters that exclude or need one another are refused with 400 where they are not together as they must be.

    Source: patched document, descriptions of `variant_id`, `query_type`, `query`, `turn_type` and `sample`.
    """
    times = bounds(probe)
    search_ = {"query": "refund", "query_type": "transcript"}
    cases: list[tuple[dict[str, Any], str]] = [
        ({**times, "variant_id": "VAR-1", "variant_name": "main"}, "variant_id and variant_name are together"),
        ({**times, **search_, "sample": "random"}, "query_type and sample are together"),
        ({**times, "query_type": "transcript"}, "query_type comes without query"),
        (search_, "query_type comes without start_time and end_time"),
        ({**search_, "start_time": times["start_time"]}, "query_type comes without end_time"),
        ({**search_, "end_time": times["end_time"]}, "query_type comes without start_time"),
        ({"sample": "random"}, "sample comes without start_time and end_time"),
        ({"sample": "random", "end_time": times["end_time"]}, "sample comes without start_time"),
        ({**times, "turn_type": "user"}, "turn_type comes without query_type"),
        ({**times, **search_, "query_type": "semantic", "turn_type": "user"}, "turn_type comes with semantic search"),
    ]
    for query, when in cases:
        probe.status(probe.call("searchConversations", query=query), 400, when=when)


@rule("filters.invalid")
def invalid(probe: Probe) -> None:
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
        exchange = search(probe, **{**query, name: value})
        probe.status(exchange, 400, when=f"{name} has a value that it cannot have")


@rule("filters.sample-subset")
def sample_subset(probe: Probe) -> None:
    """A sample has conversations of the time range, none twice, and as many as `limit` asks for.

    Source: patched document, `sample` and `limit`.
    """
    whole = found(probe)
    for limit in (1, 4, len(whole.ids)):
        shown = found(probe, sample="random", limit=limit)
        wanted = min(limit, len(whole.ids))
        probe.expect(len(shown.ids) == wanted, shown.exchange, "as many as limit", "another number")
        probe.expect(len(set(shown.ids)) == len(shown.ids), shown.exchange, "each once", "one is twice there")
        probe.expect(set(shown.ids) <= set(whole.ids), shown.exchange, "only what the filters show", "others too")
    names = {each["environment"] for each in found(probe, sample="random", limit=len(whole.ids)).items}
    probe.expect(names <= {"live"}, whole.exchange, "a sample of live when client_env is absent", f"{sorted(names)}")


@rule("filters.sample-random")
def sample_random(probe: Probe) -> None:
    """Samples differ from one another, and are not just the beginning of the listing.

    Source: patched document, `sample=random`.
    """
    whole = found(probe)
    if len(whole.ids) < 12:
        probe.skip("there are too few conversations to tell chance from order")
    exchanges = [search(probe, sample="random", limit=5) for _ in range(4)]
    drawn = [tuple(each["id"] for each in exchange.value()["conversations"]) for exchange in exchanges]
    probe.expect(len(set(drawn)) > 1, exchanges, "samples that differ", "the same one each time")
    orderly = all(list(one) == whole.ids[:5] for one in drawn)
    probe.expect(not orderly, exchanges, "samples from all of the listing", "its beginning each time")


@rule("filters.sample-one-page")
def sample_one_page(probe: Probe) -> None:
    """A sample is one page: no cursor, no next_offset.

    Source: patched document, `sample`: a sample, which is one page.
    """
    exchange = search(probe, sample="random", limit=3)
    value = exchange.value()
    done = not value.get("cursor") and "next_offset" not in value
    probe.expect(done, exchange, "no cursor and no next_offset with a sample", "there is one")


def _shows(probe: Probe, query: Mapping[str, Any], keeps: Callable[[Item], bool]) -> None:
    """Expect exactly those of the live conversations that `keeps` is true for, in their order."""
    wanted = [each["id"] for each in found(probe).items if keeps(each)]
    shown = found(probe, **query)
    names = " and ".join(query)
    extra, lost = set(shown.ids) - set(wanted), set(wanted) - set(shown.ids)
    probe.expect(not extra, shown.exchange, f"only what {names} asks for", "others too")
    probe.expect(not lost, shown.exchange, f"all that {names} asks for", "some are missing")
    probe.expect(bool(extra or lost) or shown.ids == wanted, shown.exchange, "the order of the listing", "another")


def _has_all(wanted: Mapping[str, Any]) -> Callable[[Item], bool]:
    return lambda item: all(item.get(name) == value for name, value in wanted.items())


def _has(name: str, value: object) -> Callable[[Item], bool]:
    return lambda item: bool(item.get(name) == value)


def _since(at: datetime) -> Callable[[Item], bool]:
    return lambda item: moment(item["started_at"]) >= at


def _before(at: datetime) -> Callable[[Item], bool]:
    return lambda item: moment(item["started_at"]) < at


def _middle(probe: Probe) -> str:
    """When a conversation from the middle of the listing started."""
    items = found(probe).items
    return str(items[len(items) // 2]["started_at"])


def _elsewhere(probe: Probe) -> str:
    """The same moment as in `_middle`, as clocks show it elsewhere."""
    at = moment(_middle(probe))
    return (at + timedelta(hours=5, minutes=30)).replace(tzinfo=None).isoformat() + "+05:30"

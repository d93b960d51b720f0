"""Faults of filters, samples and searches."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, timedelta
from typing import Any

from polyai_data.emulator.operations import matching, search
from tests.conformance.mutants.mutant import REFUSED, Fault, mutant

SEARCH = "searchConversations"


@mutant(SEARCH, "filters.client-env")
def all_environments(fault: Fault) -> None:
    """Without client_env the conversations of all environments are shown."""
    fault.query(lambda query, request: "client_env" not in request.query_values and query.update(client_env=None))


@mutant(SEARCH, "filters.channel")
def last_channel_only(fault: Fault) -> None:
    """Of several channels only the last one counts."""
    fault.query(lambda query, _: query["channel"] and query.update(channel=query["channel"][-1:]))


@mutant(SEARCH, "filters.variant")
def variant_name_ignored(fault: Fault) -> None:
    """variant_name filters nothing."""
    fault.query(lambda query, _: query.update(variant_name=None))


@mutant(SEARCH, "filters.in-progress")
def false_is_absent(fault: Fault) -> None:
    """in_progress=false shows all conversations, as if it were absent."""
    fault.query(lambda query, _: query["in_progress"] is False and query.update(in_progress=None))


@mutant(SEARCH, "filters.start-time")
def start_is_after(fault: Fault) -> None:
    """start_time leaves out what started at that very moment."""
    _moments(fault, lambda name, at: at + timedelta(milliseconds=1) if name == "start_time" else at)


@mutant(SEARCH, "filters.end-time")
def end_is_included(fault: Fault) -> None:
    """end_time shows what started at that very moment."""
    _moments(fault, lambda name, at: at + timedelta(milliseconds=1) if name == "end_time" else at)


@mutant(SEARCH, "filters.start-time filters.end-time")
def zone_ignored(fault: Fault) -> None:
    """Times are read as if their clocks showed UTC."""

    def moment(original: Any, query: Any, name: str) -> Any:
        at = original(query, name)
        return at if at is None else at.replace(tzinfo=UTC)

    fault.function(search, "_moment", moment)


@mutant(SEARCH, "filters.combined")
def either_filter(fault: Fault) -> None:
    """With a channel and a variant, conversations of one or the other are shown."""

    def keeps(original: Any, each: Any, query: Any) -> Any:
        if not (query["channel"] and query["variant_id"]):
            return original(each, query)
        return any(original(each, {**query, name: None}) for name in ("channel", "variant_id"))

    fault.function(search, "_keeps", keeps)


@mutant(SEARCH, "filters.paged")
def filter_lost_behind_cursor(fault: Fault) -> None:
    """From the second page on the channel is forgotten."""
    fault.query(lambda query, _: query["cursor"] and query.update(channel=None))


@mutant(SEARCH, "filters.include-latency")
def latency_always(fault: Fault) -> None:
    """Turns carry their latency whether it is asked for or not."""
    fault.query(lambda query, _: query.update(include_latency=True))


@mutant(SEARCH, "filters.rules")
def both_variants(fault: Fault) -> None:
    """variant_id and variant_name are accepted together."""
    fault.function(search, "check_rules", lambda original, query: original({**query, "variant_name": None}))


@mutant(SEARCH, "filters.rules")
def unbounded_sample(fault: Fault) -> None:
    """A sample needs no time range."""

    def unbounded(original: Any, query: Any, name: str) -> bool:
        return name != "sample" and bool(original(query, name))

    fault.function(search, "_unbounded", unbounded)


@mutant(SEARCH, "filters.invalid document.rejects-invalid")
def bad_time_ignored(fault: Fault) -> None:
    """A time that is none is passed over."""

    fault.parameter(lambda name, _: None if name in {"start_time", "end_time"} else REFUSED)


@mutant(SEARCH, "filters.sample-random")
def sample_is_beginning(fault: Fault) -> None:
    """A sample is the beginning of the listing."""
    _drawn(fault, lambda found, number, _rng: range(min(number, len(found))))


@mutant(SEARCH, "filters.sample-one-page")
def sample_goes_on(fault: Fault) -> None:
    """A sample has a cursor."""

    def page(original: Any, found: Any, agent: Any, query: Any, rng: Any) -> Any:
        shown = original(found, agent, query, rng)
        return replace(shown, cursor=search._cursor(found.position(0), agent.id)) if query["sample"] else shown

    fault.function(search, "page", page)


@mutant(SEARCH, "filters.sample-subset")
def sample_repeats(fault: Fault) -> None:
    """A sample may have a conversation more than once."""
    _drawn(fault, lambda found, number, rng: rng().choices(range(len(found)), k=min(number, len(found))))


@mutant(SEARCH, "search.transcript")
def users_words_unsearched(fault: Fault) -> None:
    """A search of transcripts looks at the agent's words only."""
    _searched(fault, lambda query: {**query, "turn_type": query["turn_type"] or "agent"})


@mutant(SEARCH, "search.turn-type")
def turn_type_ignored(fault: Fault) -> None:
    """turn_type changes nothing about a search."""
    _searched(fault, lambda query: {**query, "turn_type": None})


@mutant(SEARCH, "search.case")
def case_matters(fault: Fault) -> None:
    """A search tells capital letters from small ones."""

    def searched(original: Any, query: Any) -> Any:
        capitals = query["query_type"] == "transcript" and query["query"] != query["query"].casefold()
        return original({**query, "query": "xyzzy"} if capitals else query)

    fault.function(search, "_search", searched)


@mutant(SEARCH, "search.nothing")
def nothing_is_everything(fault: Fault) -> None:
    """A search that finds nothing shows the listing."""

    def listing(original: Any, *values: Any) -> Any:
        world, agent, added, query, given_up = values
        return original(*values) or original(world, agent, added, {**query, "query_type": None}, given_up)

    fault.function(search, "listing", listing)


@mutant(SEARCH, "search.semantic")
def everything_means_the_same(fault: Fault) -> None:
    """A search by meaning finds every conversation."""
    fault.function(matching.ByMeaning, "fixed", lambda *_: 1)


@mutant(SEARCH, "search.filtered")
def search_of_all_environments(fault: Fault) -> None:
    """A search does not keep to client_env."""
    fault.query(lambda query, _: query["query_type"] and query.update(client_env=None))


def _moments(fault: Fault, change: Any) -> None:
    def moment(original: Any, query: Any, name: str) -> Any:
        at = original(query, name)
        return at if at is None else change(name, at)

    fault.function(search, "_moment", moment)


def _searched(fault: Fault, change: Any) -> None:
    """Change what a search of transcripts looks for."""

    def searched(original: Any, query: Any) -> Any:
        return original(change(query) if query["query_type"] == "transcript" else query)

    fault.function(search, "_search", searched)


def _drawn(fault: Fault, draw: Any) -> None:
    """Change how a sample is drawn."""

    def page(original: Any, found: Any, agent: Any, query: Any, rng: Any) -> Any:
        if not query["sample"]:
            return original(found, agent, query, rng)
        return search.Page(draw(found, query["limit"], rng))

    fault.function(search, "page", page)

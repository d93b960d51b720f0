"""Faults of what is told of a conversation: listings and details that contradict one another or themselves."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from polyai_data.emulator.data.model import WEBCHAT
from polyai_data.emulator.operations import payloads
from tests.conformance.mutants.mutant import Fault, mutant

LIST, SEARCH, GET = "listConversations", "searchConversations", "getConversation"


@mutant(LIST, "listings.summary-only")
def listing_with_turns(fault: Fault) -> None:
    """The items of the poly.ai listing have turns."""
    fault.items(lambda item: item.update(turns=[]))


@mutant(GET, "listings.detail")
def detail_without_metrics(fault: Fault) -> None:
    """A conversation that is got has no metrics."""
    fault.value(lambda value: value.pop("metrics"))


@mutant(GET, "listings.detail")
def detail_of_another_zone(fault: Fault) -> None:
    """A conversation that is got tells its start in the server's own time, marked as UTC."""

    def later(value: Any) -> None:
        value["startedAt"] = payloads.timestamp(datetime.fromisoformat(value["startedAt"]) + timedelta(hours=2))

    fault.value(later)


@mutant(SEARCH, "listings.same-facts")
def duration_in_milliseconds(fault: Fault) -> None:
    """The platform host tells durations in milliseconds."""
    fault.items(lambda item: "total_duration" in item and item.update(total_duration=item["total_duration"] * 1000))


@mutant(SEARCH, "listings.same-facts")
def numbers_swapped(fault: Fault) -> None:
    """The platform host swaps the caller's number and the agent's."""

    def swap(item: dict[str, Any]) -> None:
        if "from_number" in item:
            item["from_number"], item["to_number"] = item["to_number"], item["from_number"]

    fault.items(swap)


@mutant(SEARCH, "listings.turns")
def silences_not_counted(fault: Fault) -> None:
    """num_silences is always 0."""
    fault.items(lambda item: item.update(num_silences=0))


@mutant(SEARCH, "listings.turns listings.turn-times")
def turns_backwards(fault: Fault) -> None:
    """The platform host shows the turns from the last one to the first."""
    fault.items(lambda item: item["turns"].reverse())


@mutant(GET, "listings.hidden")
def hidden_turns_in_detail(fault: Fault) -> None:
    """A project that hides its transcripts shows them in the detail."""

    def handle(original: Any, call: Any) -> Any:
        turns = payloads.turns(call.conversation(), replace(call.the_agent, hides_transcripts=False), latency=True)
        return {**original(call), "turns": turns}

    fault.handler(handle)


@mutant(SEARCH, "listings.hidden listings.turns")
def all_turns_hidden(fault: Fault) -> None:
    """The platform host shows no turns, of no project."""
    fault.items(lambda item: item.update(turns=[]))


@mutant(SEARCH, "listings.agree")
def web_chats_unlisted(fault: Fault) -> None:
    """The platform host lists calls only."""

    def without(value: Any) -> None:
        value["conversations"] = [each for each in value["conversations"] if each["channel"] != WEBCHAT]

    fault.value(without)


@mutant(GET, "listings.opens")
def web_chats_not_found(fault: Fault) -> None:
    """A web chat is listed, but not found."""

    def handle(original: Any, call: Any) -> Any:
        if "-" in call.conversation_id:
            call = replace(call, path={**call.path, "conversationId": "CA0"})
        return original(call)

    fault.handler(handle)


@mutant(LIST, "recordings.audio-url")
def audio_url_of_page(fault: Fault) -> None:
    """audioUrl leads to the conversation, and not to its recording."""
    fault.items(lambda item: "audioUrl" in item and item.update(audioUrl=item["audioUrl"].removesuffix("/audio")))

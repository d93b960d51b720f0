"""Every request that the facade sends is what the patched document says; what the document forbids is never sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from polyai_data.errors import ConfigError, DecodeError
from polyai_data.models import Annotation
from tests.facade import document_clients as clients
from tests.facade.calls import argument, arguments_of
from tests.facade.document_clients import Caller, OpenCaller, Setting, example_call, ways
from tests.facade.document_values import IDS, NOT_IDS, ids, moments, values, wrong_values
from tests.facade.document_wire import expected, link_problems, problems
from tests.facade.scripted import SHORT_ERROR, example_response, json_response
from tests.support.document import example, operations, regions
from tests.support.rooms import complete
from tests.support.scripted_server import response

player, open_caller = clients.player, clients.open_caller
ALL = list(complete())
OWN_HEADERS = {"X-Trace": "1, 2", "User-Agent": "mine/1", "Accept": "text/html", "Host": "elsewhere.example"}
both_flavours = pytest.mark.parametrize("flavour", ["sync", "async"])
every_operation = pytest.mark.parametrize("operation_id", ALL)


def responses(operation_id: str, given: Mapping[str, Any]) -> list[bytes]:
    """Responses to a call: two pages of a listing, the link and the file behind it."""
    operation = operations()[operation_id]
    if operation_id == "listConversations":
        start = given.get("offset") or 0
        item = example(operation, operation.response)["conversations"][0]
        pages = [{"conversations": [item | {"conversationId": f"CA{number}"}]} for number in range(2)]
        return [
            json_response({**page, "count": start + 2, "limit": 2 * number + 1, "offset": start + number})
            for number, page in enumerate(pages)
        ]
    changes: Mapping[str, dict[str, Any]] = {
        "getConversation": {"conversationId": given.get("conversation_id", clients.CONVERSATION)},
        "searchConversations": {"cursor": clients.CURSOR},
        "sendDebugChatMessage": {"conversationId": clients.CHAT},
        "getRedactedAudio": {"redacted_audio_url": clients.LINK},
    }
    first = example_response(operation_id, **changes.get(operation_id, {}))
    return [*clients.before(operation_id), first, *clients.after(operation_id)]


def check(caller: Caller, operation_id: str, given: Mapping[str, Any], way: str | None = None) -> None:
    """Make a call, and check every request that it sends."""
    caller.player.play(*responses(operation_id, given))
    caller(operation_id, given, way)
    requests = list(caller.player.requests)
    if (operation_id, way) == ("getRedactedAudio", "save"):
        assert link_problems(requests.pop()) == []
    for request, wanted in zip(requests, expected(caller.setting, operation_id, given), strict=True):
        assert problems(request, wanted) == []


@pytest.mark.parametrize("gateway", [False, True])
@both_flavours
@every_operation
def test_a_request_is_what_the_document_says(
    open_caller: OpenCaller, operation_id: str, flavour: str, gateway: bool
) -> None:
    operation, given = operations()[operation_id], example_call(operation_id)
    for name, region in regions(operation.vendor).items():
        if name != region and gateway:
            continue
        headers = {**OWN_HEADERS, operation.key_header.upper(): "another key"}
        caller = open_caller(Setting(operation.vendor, gateway, name.upper(), headers=headers), flavour)
        if caller.setting.server(operation) is None:
            caller.player.play(b"")
            with pytest.raises(ConfigError, match=rf"'{region}' does not serve {operation_id}"):
                caller(operation_id, given)
            assert caller.player.requests == []
            continue
        for way in ways(operation_id) if name == region else ways(operation_id)[:1]:
            check(caller, operation_id, given, way)


@every_operation
@pytest.mark.parametrize("key", ["api_key", "conversations_api_key"])
def test_a_key_goes_only_to_the_hosts_that_it_opens(open_caller: OpenCaller, operation_id: str, key: str) -> None:
    operation = operations()[operation_id]
    caller = open_caller(Setting(operation.vendor, keys=(key,)))
    if caller.setting.key(operation) is not None:
        check(caller, operation_id, example_call(operation_id))
        return
    caller.player.play(b"")
    with pytest.raises(ConfigError) as caught:
        caller(operation_id, example_call(operation_id))
    assert (caught.value.argument, caller.player.requests) == ("api_key", [])


# Arguments.


def calls(operation_id: str) -> st.SearchStrategy[dict[str, Any]]:
    """Arguments that the document allows together, each also as None where it is optional."""
    operation = operations()[operation_id]
    query = st.fixed_dictionaries(
        {},
        optional={
            name: st.none() | (moments if schema.get("format") == "date-time" else values(operation, schema))
            for name, schema in operation.parameters("query").items()
        },
    )
    bodies = st.just({}) if operation.body_schema is None else values(operation, operation.body_schema)

    @st.composite
    def made(draw: st.DrawFn) -> dict[str, Any]:
        given: dict[str, Any] = draw(query)
        while broken := [rule["parameter"] for rule in operation.rules if is_broken(rule, given)]:
            del given[broken[0]]
        if given.get("start_time") and given.get("end_time"):
            given["start_time"], given["end_time"] = sorted([given["start_time"], given["end_time"]])
        given |= arguments_of(draw(bodies))
        named = {argument(name) for name in operation.parameters("path")} | ({"conversation_id"} & given.keys())
        if operation_id == "sendDebugChatMessage":  # the server names the chat, and a message is always given
            named.remove("conversation_id")
            given.setdefault("message", "")
        own = draw(st.booleans())
        return given | {name: draw(ids) for name in sorted(named) if own or name not in clients.IDS}

    return made()


def is_broken(rule: Mapping[str, Any], given: Mapping[str, Any]) -> bool:
    """Whether a rule of the document forbids these parameters together."""
    has = {name for name, value in given.items() if value is not None}
    has |= {f"{name}={given[name]}" for name in has}
    return rule["parameter"] in has and not (
        has.issuperset(rule.get("needs", ())) and has.isdisjoint(rule.get("excludes", ()))
    )


@every_operation
def test_every_lawful_call_is_sent_as_it_was_made(open_caller: OpenCaller, operation_id: str) -> None:
    caller = open_caller(Setting(operations()[operation_id].vendor))

    @settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(calls(operation_id))
    def every(arguments: dict[str, Any]) -> None:
        note(f"{arguments}")
        check(caller, operation_id, arguments)

    every()


def lawful(operation_id: str, parameter: str) -> dict[str, Any]:
    """A query parameter with all that the rules say it needs."""
    operation = operations()[operation_id]
    given: dict[str, Any] = {}
    wanted = [parameter]
    while wanted:
        name, _, word = wanted.pop().partition("=")
        if name not in given or word:
            given[name] = word or example(operation, operation.parameters("query")[name])
            wanted += [need for rule in operation.rules if rule["parameter"] == name for need in rule.get("needs", ())]
    return given


def rule_breaks(operation_id: str) -> Iterator[dict[str, Any]]:
    """Query parameters that are lawful but for one rule."""
    operation = operations()[operation_id]
    for rule in operation.rules:
        given = lawful(operation_id, rule["parameter"])
        for other in rule.get("excludes", ()):
            yield given | lawful(operation_id, other)
        for need in rule.get("needs", ()):
            name, _, word = need.partition("=")
            yield {key: value for key, value in given.items() if key != name}
            words = operation.parameters("query")[name].get("enum", ()) if word else ()
            yield from (given | {name: each} for each in words if each != word)
    if operation.rules:
        yield {"start_time": "2026-06-01T00:00:00Z", "end_time": "2026-05-31T23:59:59.9Z"}


def wrong_arguments(operation_id: str) -> Iterator[tuple[str, Any]]:
    """Arguments of an operation of which each is forbidden whatever the others are."""
    operation = operations()[operation_id]
    for name in map(argument, operation.parameters("path")):
        if (operation_id, name) != ("sendDebugChatMessage", "conversation_id"):
            yield from ((name, value) for value in NOT_IDS)
    for name, schema in operation.parameters("query").items():
        yield from ((name, value) for value in wrong_values(schema))
    if operation_id.endswith("Conversations"):
        yield "on_invalid", "unlisted"
    body = operation.body_schema or {}
    for name, part in body.get("properties", {}).items():
        schema = operation.resolve(part)
        if name == "annotations":
            yield name, []
            yield from ((name, [each]) for each in wrong_annotations())
        else:
            wrong = NOT_IDS if name == "conversationId" else wrong_values(schema)
            yield from ((argument(name), value) for value in wrong)
        if name in body["required"]:
            yield argument(name), None


def wrong_annotations() -> Iterator[Annotation]:
    operation = operations()["addAnnotations"]
    good = operation.body["annotations"][0]
    for name, part in operation.resolve(operation.components["schemas"]["Annotation"])["properties"].items():
        for value in (None, *wrong_values(operation.resolve(part))):
            yield Annotation(**arguments_of({**good, name: value}))


@every_operation
def test_what_the_document_forbids_is_never_sent(open_caller: OpenCaller, operation_id: str) -> None:
    operation, accepted = operations()[operation_id], []
    caller = open_caller(Setting(operation.vendor))
    for name, value in wrong_arguments(operation_id):
        caller.player.play(*responses(operation_id, {}))
        arguments = {**example_call(operation_id), name: value}
        if name in operation.parameters("query"):
            arguments = {**arguments, **lawful(operation_id, name), name: value}
        for way in ways(operation_id):
            try:
                caller(operation_id, arguments, way)
            except ConfigError as error:
                # JSON that cannot be written, and a part of an annotation, have no argument of that name.
                refused = error.argument in {name, None} or name == "annotations"
            else:
                refused = False
            if not refused or len(caller.player.requests) > len(clients.before(operation_id)):
                accepted.append((name, way, value))
    assert accepted == []


RULED = [operation_id for operation_id in ALL if operations()[operation_id].rules]


@pytest.mark.parametrize("operation_id", RULED)
def test_parameters_that_do_not_go_together_are_never_sent(open_caller: OpenCaller, operation_id: str) -> None:
    caller = open_caller()
    for rule in operations()[operation_id].rules:
        check(caller, operation_id, lawful(operation_id, rule["parameter"]))
    for arguments in rule_breaks(operation_id):
        caller.player.play(*responses(operation_id, {}))
        with pytest.raises(ConfigError) as caught:
            caller(operation_id, arguments)
        assert caught.value.argument in operations()[operation_id].parameters("query")
        assert caller.player.requests == []


ONE: Mapping[str, Any] = {"turn_id": 3, "role": "agent", "annotation_type": "wrong_info"}


@pytest.mark.parametrize("given", [{"turn_id": 0, "role": "user"}, {**ONE, "annotations": [Annotation(**ONE)]}, {}])
def test_annotations_are_given_in_one_of_two_ways(open_caller: OpenCaller, given: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as caught:
        open_caller()("addAnnotations", {"conversation_id": "CA1", **given})
    assert caught.value.argument == "annotations"


def test_one_annotation_is_sent_as_several_are(open_caller: OpenCaller) -> None:
    caller = open_caller()
    caller.player.play(example_response("addAnnotations"))
    caller("addAnnotations", {"conversation_id": "CA1", **ONE})
    (wanted,) = expected(Setting(), "addAnnotations", {"conversation_id": "CA1", "annotations": [Annotation(**ONE)]})
    assert problems(caller.player.requests[0], wanted) == []


def test_a_message_goes_to_the_chat_that_the_server_named(open_caller: OpenCaller) -> None:
    caller, arguments = open_caller(), example_call("sendDebugChatMessage")
    for chat in (*IDS, *NOT_IDS[:-1]):
        caller.player.play(
            example_response("createDebugChat", conversationId=chat),
            example_response("sendDebugChatMessage", conversationId=chat),
        )
        if chat in IDS:
            caller("sendDebugChatMessage", arguments)
            _, wanted = expected(Setting(), "sendDebugChatMessage", {**arguments, "conversation_id": chat})
            assert problems(caller.player.requests[1], wanted) == []
        else:
            with pytest.raises(ConfigError if chat.strip() else DecodeError):
                caller("sendDebugChatMessage", arguments)
            assert len(caller.player.requests) == 1


BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("name", "value", "same"),
    [
        ("channel", "VOICE-SIP", ["VOICE-SIP"]),
        ("channel", ("a", "b"), ["a", "b"]),
        ("channel", [], None),
        ("cursor", "", None),
        ("start_time", "2026-06-01T02:00+02:00", "2026-06-01T00:00:00Z"),
        ("start_time", "20260601T000000Z", "2026-06-01T00:00:00Z"),
        ("start_time", "2026-06-01T24:00:00Z", "2026-06-02T00:00:00Z"),
        ("start_time", datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN), "2026-10-25T00:30:00Z"),
        ("start_time", datetime(2026, 10, 25, 2, 30, tzinfo=BERLIN, fold=1), "2026-10-25T01:30:00Z"),
    ],
)
def test_an_argument_is_sent_as_the_document_writes_it(
    open_caller: OpenCaller, name: str, value: Any, same: Any
) -> None:
    caller = open_caller()
    caller.player.play(*clients.after("searchConversations"))
    caller("searchConversations", {name: value})
    (request,) = caller.player.requests
    assert problems(request, expected(Setting(), "searchConversations", {name: same})[0]) == []


def test_a_range_in_the_hour_that_comes_twice_is_ordered_by_instants(open_caller: OpenCaller) -> None:
    caller = open_caller()
    early, late = (datetime(2026, 10, 25, 2, 40 - 20 * fold, tzinfo=BERLIN, fold=fold) for fold in (0, 1))
    check(caller, "searchConversations", {"start_time": early, "end_time": late})
    check(caller, "searchConversations", {"start_time": early, "end_time": early})
    with pytest.raises(ConfigError) as caught:
        caller("searchConversations", {"start_time": late, "end_time": early})
    assert caught.value.argument == "end_time"


# What is sent again.


@both_flavours
@every_operation
@pytest.mark.usefixtures("pauses")
def test_a_retried_request_is_the_same(open_caller: OpenCaller, flavour: str, operation_id: str) -> None:
    setting = Setting(operations()[operation_id].vendor, options={"max_retries": 1})
    caller, arguments = open_caller(setting, flavour), example_call(operation_id)
    busy = response(503, SHORT_ERROR, "Retry-After: 0")
    sent = responses(operation_id, arguments)[: 1 if operation_id == "getRedactedAudio" else None]
    caller.player.play(*(each for last in sent for each in (busy, last)))
    caller(operation_id, arguments)
    twice = [wanted for wanted in expected(setting, operation_id, arguments) for _ in range(2)]
    assert [problems(*pair) for pair in zip(caller.player.requests, twice, strict=True)] == [[]] * len(twice)

"""Models of whatever objects come: no annotation lies, nothing is lost, and what did not fit is named."""

from __future__ import annotations

import functools
import json
import math
import pickle
import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, Literal

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

import assemblyai_client.models
from polyai_data_client import models
from polyai_data_client.errors import Misfit
from polyai_data_client.types import FreeMap, Reader, any_of, day, items, model, moment, null, one_of, text, uuid
from tests.facade.document_values import TIMES, values
from tests.generated.calls import OPERATIONS
from tests.support.models import lies, same

ROWS = {
    models.ConversationDetailResponse: ("getConversation", "conversationId"),
    models.ConversationSummary: ("listConversations", "conversationId"),
    models.ConversationSummaryV3: ("searchConversations", "id"),
    models.DebugChatResponse: ("createDebugChat", "conversationId"),
    models.WriteResponse: ("upsertNote", None),
    assemblyai_client.models.RedactedAudio: ("getRedactedAudio", None),
}
"""Each model of a response: an operation that responds with it, and the property that identifies it."""
_texts = st.text(st.characters(), max_size=9) | st.sampled_from(
    [*TIMES, "9999-12-31T23:59:60Z", "2026-06-01T10:00+02:00:30"]
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.just(10**400) | st.floats() | st.just(1.0) | _texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_texts, inner, max_size=3),
    max_leaves=6,
)


@functools.cache
def _valid(operation_id: str) -> st.SearchStrategy[Any]:
    operation = OPERATIONS[operation_id]
    schema = operation.response
    if "conversations" in schema["properties"]:
        schema = schema["properties"]["conversations"]["items"]
    return values(operation, schema, extras=True, nulls=True)


@st.composite
def drifted(draw: st.DrawFn, operation_id: str) -> Any:
    """What the document allows as an item, or a response, with a few values in it replaced by any JSON."""
    body = draw(_valid(operation_id))
    for _ in range(draw(st.integers(0, 3))):
        holder, key = draw(st.sampled_from([*_places(body)] or [({}, "")]))
        holder[key] = draw(_json)
    return body


def _places(node: Any) -> Iterator[tuple[Any, Any]]:
    for key, value in node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ():
        yield node, key
        yield from _places(value)


@pytest.mark.parametrize("kind", ROWS)
def test_no_annotation_lies_nothing_is_lost_and_what_did_not_fit_is_named(kind: Any) -> None:
    operation_id, identity = ROWS[kind]

    @settings(max_examples=40, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
    @given(drifted(operation_id))
    def every(body: Any) -> None:
        note(repr(body))
        if identity and not (isinstance(body.get(identity), str) and body[identity].strip()):
            with pytest.raises(ValueError, match=f"^{identity}: "):
                kind.from_dict(body)
            body[identity] = "CA1"
        made = kind.from_dict(body)
        assert [*lies(made, kind)] == []
        assert same(made.to_dict(), body)
        assert kind.from_dict(made.to_dict()) == made
        named = {each.place.partition(".")[0].partition("[")[0] for each in made.unread}
        lost = {
            name
            for name, (attribute, _) in kind._properties.items()
            if getattr(made, attribute) is None and body.get(name) not in (None, "")
        }
        assert lost <= named
        assert repr(kind.from_dict(body).unread) == repr(made.unread)  # of which everything was looked at
        json.dumps(made.to_dict())
        whole = made.to_dict(nulls=True)
        assert [*whole] == [*kind._properties, *(name for name in made.to_dict() if name not in kind._properties)]
        assert same(made.to_dict(), {name: made.to_dict()[name] for name in whole if name in made.to_dict()})

    every()


@pytest.mark.parametrize("body", [None, [], "text", 7, True])
def test_what_is_no_object_is_no_model(body: Any) -> None:
    with pytest.raises(ValueError, match="documented as an object"):
        models.ConversationSummary.from_dict(body)


BODY: Mapping[str, Any] = {
    "conversationId": "CA1",
    "startedAt": "soon",
    "finishedAt": "",
    "duration": 7.0,
    "polyScore": math.nan,
    "handoff": 1,
    "tags": ["a", None, "b", 7],
    "note": None,
    "shortSummary": {"heading": 7},
    "turns": [{"latency": "Ada"}, {"latency": {"label": []}, "entities": [{"+15550100": 7, "name": "Ada"}]}],
    "metrics": {"Ada": [{"value": 7}], "Bob": 7},
}


def test_what_did_not_fit_is_named_by_place_and_reason_without_its_value() -> None:
    made = models.ConversationDetailResponse.from_dict(BODY)
    assert {each.place: each.reason for each in made.unread} == {
        "startedAt": "a string, documented as a time",
        "polyScore": "no finite number, documented as a number",
        "handoff": "a number, documented as a boolean",
        "tags[1]": "null, documented as a string",
        "tags[3]": "a number, documented as a string",
        "shortSummary.heading": "a number, documented as a string",
        "turns[0].latency": "a string, documented as a number or an object",
        "turns[1].latency.label": "a list, documented as a string",
        "turns[1].entities[0].*": "a number, documented as a string or a list",
        "metrics.*": "a number, documented as a list",
        "metrics.*[0].value": "a number, documented as a string",
    }
    assert {each.place: each.value for each in made.unread}["turns[0].latency"] == "Ada"
    assert "Ada" not in repr(made.unread)
    assert (made.finished_at, made.duration, type(made.duration), made.note) == (None, 7, int, None)
    assert made.turns is not None
    assert made.turns[1].entities is not None
    assert dict(made.turns[1].entities[0]) == {"name": "Ada"}


def test_an_attribute_that_is_set_replaces_what_came_and_one_made_by_hand_leaves_none_out() -> None:
    made = models.ConversationDetailResponse.from_dict(BODY)
    made.note, made.tags, made.handoff = "new", [], True
    polyscore = made.to_dict()["polyScore"]
    assert made.to_dict() == {**BODY, "note": "new", "tags": [], "handoff": True, "polyScore": polyscore}
    assert not {"tags[1]", "handoff"} & {each.place for each in made.unread}
    assert models.ConversationSummary(conversation_id="CA1", note=None).to_dict() == {"conversationId": "CA1"}


def test_a_model_is_read_like_a_dictionary_whose_columns_are_those_of_its_class() -> None:
    made = models.ConversationDetailResponse.from_dict({**BODY, "new": [1]})
    bare = models.ConversationDetailResponse(conversation_id="CA2")
    assert [*made] == [*made.keys()] == [*dict(made)] == [*dict(bare), "new"]
    assert dict(made)["turns"] is made.turns
    assert (made["conversationId"], made["startedAt"], made["new"]) == ("CA1", None, [1])
    assert "turns" in made
    assert "turns" in bare
    assert "turns" not in models.ConversationSummary(conversation_id="CA1")
    assert "nothing" not in made
    with pytest.raises(KeyError, match="nothing"):
        made["nothing"]
    bare["note"], bare["new"] = "own", 7
    assert (bare.note, bare.additional_properties) == ("own", {"new": 7})
    del bare["new"]
    assert "new" not in bare


def test_json_with_nulls_has_them_in_the_models_inside_too() -> None:
    made = models.ConversationDetailResponse.from_dict({"conversationId": "CA1", "turns": [{}], "shortSummary": {}})
    whole = made.to_dict(nulls=True)
    assert whole["turns"] == [dict.fromkeys(models.ConversationTurn._properties)]
    assert whole["shortSummary"] == {"heading": None, "content": None}
    assert made.to_dict() == {"conversationId": "CA1", "turns": [{}], "shortSummary": {}}


class Times(FreeMap[Any]):
    """Times without names of their own."""

    _extra: ClassVar = any_of(moment, day, uuid, items(moment))


@pytest.mark.parametrize(
    "came",
    [
        *("2026-06-03T14:00:38", "2026-06-03", "2026-06-03T14:00:38.123456789Z", "2026-06-03t14:00:38z"),
        *("2026-06-03T14:00:60Z", "20260603T140038Z", "2026-06-03T14:00:38.58+00:00"),
        "9BADF00D9BADF00D9BADF00D9BADF00D",
        ["2026-06-03T14:00:38", "2026-06-03"],
    ],
)
def test_a_time_is_written_as_it_came_until_it_is_set(came: Any) -> None:
    new = datetime(2026, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    written = "2026-01-01T00:00:00+02:00"
    free = Times.from_dict({"a": came, "b": came, "c": came})
    assert (free.to_dict(), free.unread) == ({"a": came, "b": came, "c": came}, ())
    free["a"] = new
    del free["b"]
    assert free.to_dict() == {"a": written, "c": came}
    turn = models.ConversationTurn.from_dict({"user_input_datetime": came})
    assert turn.to_dict() == {"user_input_datetime": came}
    assert turn.to_dict(nulls=True)["user_input_datetime"] == came
    if turn.user_input_datetime is not None:
        turn.user_input_datetime = None
        assert turn.to_dict() == {}
        assert turn.to_dict(nulls=True) == dict.fromkeys(turn.keys())
    turn.user_input_datetime = new
    assert turn.to_dict() == {"user_input_datetime": written}


@pytest.mark.parametrize("bad", [None, 5, "Ada", [{}]])
def test_an_item_that_is_no_object_costs_itself_alone_and_indexes_stay(bad: Any) -> None:
    body = {"conversationId": "CA1", "turns": [{"user_input": "hi"}, bad, {"user_input": "bye", "latency": "x"}]}
    made = models.ConversationDetailResponse.from_dict(body)
    assert [*lies(made, type(made))] == []
    assert made.turns is not None
    assert [turn.user_input for turn in made.turns] == ["hi", None, "bye"]
    assert [each.place for each in made.unread] == ["turns[1]", "turns[2].latency"]
    assert made.unread[0].reason.endswith(", documented as an object")
    assert made.unread[0].value is bad
    assert [each.place for each in made.turns[1].unread] == [""]
    assert made.to_dict() == body
    assert made.to_dict(nulls=True)["turns"][1] == bad
    assert dict(made)["turns"][1] == models.ConversationTurn()
    turn = models.ConversationTurn.from_dict({"entities": [{"name": "Ada"}, bad]})  # of a class without properties
    assert (len(turn.entities or ()), turn.to_dict()) == (2, {"entities": [{"name": "Ada"}, bad]})
    made.turns[0].user_input = made.turns[1].user_input = "new"
    assert made.to_dict()["turns"][:2] == [{"user_input": "new"}, {"user_input": "new"}]
    assert [each.place for each in made.unread] == ["turns[2].latency"]


def test_an_item_of_which_no_model_can_be_made_is_left_out() -> None:
    good = {"conversationId": "CA1", "duration": "long"}
    body = {"conversations": [{"conversationId": ""}, good, None, good], "count": 3}
    made = models.GetConversations.from_dict(body)
    assert [*lies(made, type(made))] == []
    assert [each.conversation_id for each in made.conversations] == ["CA1", "CA1"]
    assert {each.place: each.reason for each in made.unread} == {
        "conversations[0].conversationId": "an empty string, documented as a string that is not empty",
        "conversations[1].duration": "a string, documented as an integer",
        "conversations[2]": "null, documented as an object",
        "conversations[3].duration": "a string, documented as an integer",
    }
    assert made.to_dict() == body
    made.conversations.pop()
    assert made.to_dict() == {**body, "conversations": [good]}


def test_a_list_of_scalars_is_read_without_what_is_none() -> None:
    body: dict[str, Any] = {"conversationId": "CA1", "tags": [None, "a", {}], "new": [None]}
    made = models.ConversationDetailResponse.from_dict(body)
    assert (made.tags, dict(made)["tags"], made.to_dict()) == (["a"], ["a"], body)
    entity = models.ConversationTurnEntitiesItem.from_dict({"size": ["s", None, "m"], "sizes": [], "name": 7})
    assert [*lies(entity, type(entity))] == []
    assert (dict(entity), [*entity], "name" in entity) == ({"size": ["s", "m"], "sizes": []}, ["size", "sizes"], False)
    assert entity.to_dict() == {"size": ["s", None, "m"], "sizes": [], "name": 7}
    assert [each.place for each in entity.unread] == ["*[1]", "*"]
    del entity["size"]
    entity["name"] = "Ada"
    assert (entity.to_dict(), entity.unread) == ({"sizes": [], "name": "Ada"}, ())


@pytest.mark.parametrize(("value", "kind"), [("", "an empty string"), (" \n", "a blank string"), ("7", "a string")])
def test_a_reason_says_when_a_string_is_empty(value: str, kind: str) -> None:
    made = models.ConversationDetailResponse.from_dict({"conversationId": "CA1", "duration": value})
    assert [each.reason for each in made.unread] == [f"{kind}, documented as an integer"]


class Turn(models.ConversationTurn):
    """A subclass as a facade has it."""


class Conversation(models.ConversationDetailResponse):
    """A conversation whose turns are of that subclass."""

    _properties: ClassVar = {**models.ConversationDetailResponse._properties, "turns": ("turns", items(model(Turn)))}


def test_a_subclass_gives_its_own_class_for_what_is_inside() -> None:
    made = Conversation.from_dict(BODY)
    assert [type(each) for each in made.turns or ()] == [Turn, Turn]
    assert same(made.to_dict(), dict(BODY))
    assert [each.place for each in made.unread] == [
        each.place for each in models.ConversationDetailResponse.from_dict(BODY).unread
    ]


def test_the_cost_of_drift_grows_with_its_size_alone() -> None:
    def calls(size: int) -> int:
        body = {**BODY, **{f"key {number}": number for number in range(size)}, "turns": [{"latency": "x"}] * size}
        count = 0

        def counted(*_: Any) -> None:
            nonlocal count
            count += 1

        sys.setprofile(counted)
        try:
            assert len(models.ConversationDetailResponse.from_dict(body).unread) > size
        finally:
            sys.setprofile(None)
        return count

    assert calls(2000) < 2.2 * calls(1000)


def test_an_error_for_want_of_identity_survives_pickling_and_shows_no_value() -> None:
    with pytest.raises(Misfit) as caught:
        models.ConversationSummary.from_dict({"conversationId": ["Ada"]})
    again = pickle.loads(pickle.dumps(caught.value))
    assert (str(again), again.place, again.value) == (str(caught.value), "conversationId", ["Ada"])
    assert "Ada" not in repr(caught.value)


@pytest.mark.parametrize(
    ("reader", "value", "place"),
    [
        (items(moment), ["2026-06-01", ""], "[1]"),
        (any_of(moment, null), "", ""),
        (any_of(items(text), items(moment)), ["2026-06-01", ["x"]], "[1]"),
        (items(items(text)), [[], ["a", 7]], "[1][1]"),
        (one_of(Literal[1]), True, ""),
        (one_of(Literal["a"]), ["a"], ""),
    ],
)
def test_a_reader_gives_none_for_null_alone(reader: Reader, value: Any, place: str) -> None:
    with pytest.raises(Misfit) as caught:
        reader.read(value)
    assert caught.value.place == place
    assert any_of(text, null).read(None) is None
    assert any_of(items(model(models.ConversationTurn)), items(text)).read(["a"]) == ["a"]

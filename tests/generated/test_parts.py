"""What has models inside is read when it is first looked at, and nothing shows whether it was."""

from __future__ import annotations

import copy
import pickle
import threading
from collections.abc import Callable
from typing import Any, ClassVar

import attrs
import pytest

from polyai_data_client import models
from polyai_data_client.types import items, model
from tests.generated.test_models import BODY
from tests.support.models import same

TURN = {
    "user_input": "hi",
    "user_input_datetime": "2026-06-03T14:00:38Z",
    "latency": 1.5,
    "entities": [{"name": "Ada"}],
}
GOOD: dict[str, Any] = {
    "conversationId": "CA1",
    "note": None,
    "turns": [TURN, {**TURN, "metadata": {}}],
    "metrics": {"a": []},
}
READ: list[int] = []
"""How many turns each reading has read."""
_turns = items(model(models.ConversationTurn))


def counted(value: Any) -> Any:
    READ.append(len(value))
    return _turns.read(value)


class Conversation(models.ConversationDetailResponse):
    """A conversation that shows when its turns are read."""

    _properties: ClassVar = {
        **models.ConversationDetailResponse._properties,
        "turns": ("turns", _turns._replace(read=counted)),
    }


def as_attrs(made: Any) -> dict[str, Any]:
    return attrs.asdict(made, filter=lambda field, _: not field.name.startswith("_"))


WAYS: dict[str, Callable[[Any], Any]] = {
    "copied": copy.copy,
    "copied deeply": copy.deepcopy,
    "pickled": lambda made: pickle.loads(pickle.dumps(made)),
    "evolved": lambda made: attrs.evolve(made, note="new"),
    "as attrs": as_attrs,
    "as JSON": lambda made: made.to_dict(),
    "with nulls": lambda made: made.to_dict(nulls=True),
    "as a dictionary": dict,
    "shown": repr,
    "named": lambda made: made.unread,
    "looked at": lambda made: made.turns,
    "looked at by name": lambda made: made["turns"],
}


def everything(value: Any) -> str:
    values = value if isinstance(value, list) else [value]
    return repr([as_attrs(each) if attrs.has(type(each)) else each for each in values])


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("body", [GOOD, BODY], ids=["good", "drifted"])
def test_nothing_shows_whether_parts_were_looked_at(way: str, body: dict[str, Any]) -> None:
    untouched, looked_at = (Conversation.from_dict(body) for _ in range(2))
    everything(looked_at)
    result, wanted = WAYS[way](untouched), WAYS[way](looked_at)
    assert everything(result) == everything(wanted)
    if isinstance(result, Conversation) and way != "evolved":
        assert result == wanted
        assert repr(result.unread) == repr(looked_at.unread)  # a NaN among the values equals nothing
        assert same(result.to_dict(), dict(body))
    assert untouched == looked_at


def test_turns_are_read_once_and_not_before_they_are_looked_at() -> None:
    READ.clear()
    made = Conversation.from_dict(GOOD)
    assert (made.conversation_id, made.unread, READ) == ("CA1", (), [])
    turns = made.turns
    assert turns is not None
    assert ([turn.user_input for turn in turns], made.turns is turns, READ) == (["hi", "hi"], True, [2])
    turns[0].user_input = "new"
    assert made.to_dict()["turns"][0]["user_input"] == "new"
    drifted = Conversation.from_dict({**GOOD, "turns": [{"latency": "x"}]})
    assert [each.place for each in drifted.unread] == ["turns[0].latency"]
    with pytest.raises(AttributeError, match="'Conversation' object has no attribute 'turn'"):
        made.turn  # type: ignore[attr-defined]  # noqa: B018


def test_a_part_that_is_set_before_it_is_looked_at_is_not_read() -> None:
    READ.clear()
    made = Conversation.from_dict({**BODY})
    made.turns = [models.ConversationTurn(user_input="new")]
    made.metrics = None
    assert made.to_dict()["turns"] == [{"user_input": "new"}]
    assert "metrics" not in made.to_dict()
    assert not [each for each in made.unread if each.place.startswith(("turns", "metrics"))]
    assert READ == []


def test_threads_that_look_at_once_get_one_list() -> None:
    together = threading.Barrier(4)
    for _ in range(20):
        made = Conversation.from_dict(GOOD)
        seen: list[Any] = []

        def look(made: Conversation = made, seen: list[Any] = seen) -> None:
            together.wait(10)
            seen.append(made.turns)

        threads = [threading.Thread(target=look) for _ in range(4)]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        assert [one is made.turns for one in seen] == [True] * 4

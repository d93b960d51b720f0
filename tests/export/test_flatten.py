"""Rows of the flat schema: nothing that a server sends costs a row, and both readings of one agree."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data.export import schema
from polyai_data.export.flatten import Flattener, encode
from polyai_data.export.formats import arrow_table
from polyai_data.export.schema import Layout

LAYOUT = Layout(metrics=("A", "odd name"), function_events=True)
FIELDS = schema.arrow(schema.tables(LAYOUT, nested=True)["conversations"])
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.sampled_from(["2026-05-04T11:59:50Z", "x@y.z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


def conversations(*names: str, turns: str, events: str) -> st.SearchStrategy[Any]:
    turn = st.dictionaries(
        st.sampled_from(["user_input", "latency", "intents", "entities", "turn_id", "is_ood"]), anything
    )
    event = st.dictionaries(st.sampled_from(["name", "duration", "start_time", "handoff", "error", "hangup"]), anything)
    lists = {
        turns: st.lists(turn | anything, max_size=3),
        events: st.dictionaries(st.sampled_from(["0", "x"]), st.lists(event | anything, max_size=2) | anything),
        "metrics": st.dictionaries(st.sampled_from(["A", "b"]), anything),
    }
    return st.dictionaries(st.sampled_from([*names, *lists]), anything).flatmap(
        lambda made: st.fixed_dictionaries(
            {key: lists[key] | st.just(value) if key in lists else st.just(value) for key, value in made.items()}
        )
    )


@given(
    conversations(
        "started_at", "num_turns", "note", "state", "handoff", "shortSummary", "startedAt", "polyScore", "tags",
        turns="turns", events="functionEvents",
    ),
    st.booleans(),
)  # fmt: skip
def test_whatever_a_conversation_holds_it_is_a_row(made: dict[str, Any], mask: bool) -> None:
    flattener = Flattener(LAYOUT, mask=mask)
    for read, key in ((flattener.platform, "id"), (flattener.agents, "conversationId")):
        line = bytes(encode(read(json.dumps({**made, key: "CA1"}).encode("utf-8", "surrogatepass"))))
        row = msgspec.json.decode(line, type=schema.row_type(LAYOUT))  # of the types that the schema says
        assert row.conversation_id == "CA1"
        assert arrow_table(line, FIELDS).num_rows == 1


FULL: dict[str, Any] = {
    "id": "CA1", "project_id": "P", "account_id": "w", "environment": "live", "channel": "CHAT", "in_progress": False,
    "started_at": "2026-05-04T13:59:50.25+02:00", "from_number": "+12025550161", "num_turns": 1, "total_duration": 73.0,
    "note": "call 555 010 9999", "state": {"a": [1, None]}, "metrics": {"A": ["1", "2"], "odd name": "3"},
    "turns": [{"user_input": "hi", "user_input_datetime": "2026-05-04T11:59:50.250Z", "user_input_dtmf": "4111#",
               "latency": {"perceived_latency": 0.5}, "intents": ["x"], "entities": [{"n": "4"}], "is_ood": False}],
}  # fmt: skip


def test_a_row_has_the_values_and_drift_costs_a_field_alone() -> None:
    rows = [Flattener(LAYOUT).platform(json.dumps(each).encode()) for each in (FULL, {**FULL, "note": 5})]
    whole, drifted = (msgspec.to_builtins(each) for each in rows)
    assert whole["started_at"] == whole["turns"][0]["user_input_at"] == "2026-05-04T11:59:50.250000Z"
    assert (whole["duration_seconds"], whole["metric_A"], whole["metric_odd name"]) == (73, "2", "3")
    assert (whole["state"], whole["metrics"]) == ('{"a":[1,null]}', '{"A":["1","2"],"odd name":"3"}')
    assert (whole["turns"][0]["latency_seconds"], whole["turns"][0]["entities"]) == (0.5, '[{"n":"4"}]')
    assert drifted == {**whole, "note": None}
    named: Any = Flattener(LAYOUT).platform(json.dumps({"id": "CA1", "state": {"a": "山"}}).encode())
    assert named.state == '{"a":"山"}'
    masked = msgspec.to_builtins(Flattener(LAYOUT, mask=True).platform(json.dumps(FULL).encode()))
    assert (masked["from_number"], masked["note"]) == ("[phone]", "call [phone]")
    numbers = b'{"a":1e999,"b":447700900123.0,"c":%s}' % (b"9" * 5000)
    row: Any = Flattener(LAYOUT, mask=True).platform(
        b'{"id":"CA1","state":%s,"turns":[{"intents":["+44 7700 900123"]}]}' % numbers
    )
    assert "7700900123" not in row.state
    assert row.state.startswith('{"a":"1e999"')
    assert row.turns[0].intents == ["[phone]"]
    assert (masked["turns"][0]["user_input_dtmf"], masked["turns"][0]["user_input"]) == ("[keys]", "hi")


@pytest.mark.parametrize("line", [b"[]", b'"x"', b"{}", b'{"id": 5}', b'{"id": null}', b"{"])
def test_what_has_no_id_is_no_row(line: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        Flattener(LAYOUT).platform(line)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-05-04T11:59:50.000Z", "2026-05-04T11:59:50.000000Z"),
        ("2026-06-03T14:00:38.580000+00:00", "2026-06-03T14:00:38.580000Z"),
        ("2026-06-03T14:00:38", "2026-06-03T14:00:38.000000Z"),
        ("2026-06-03 16:00:38.5+02:00", "2026-06-03T14:00:38.500000Z"),
        ("2026-02-30T11:59:50.000Z", None),
        ("2026-05-04T24:00:00.000Z", None),
        ("0001-01-01T00:00:00+02:00", None),
        ("", None),
    ],
)
def test_times(text: str, read: str | None) -> None:
    line = b'{"id":"CA1","started_at":"%s","turns":[{"user_input_datetime":"%s"}]%%s}' % ((text.encode(),) * 2)
    for other in (b"", b',"num_turns":"none"'):  # with which it is read field by field
        row = json.loads(encode(Flattener(LAYOUT).platform(line % other)))
        # Python 3.13 and later know 24:00.
        assert row["started_at"] in {read, "2026-05-05T00:00:00.000000Z" if "T24" in text else read}
        assert row["turns"][0]["user_input_at"] == row["started_at"]

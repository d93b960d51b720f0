"""One way to read conversations of both routes, in each shape that servers were seen to send."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import models

IDS = {"conversationId": "CA-1", "accountId": "ws-1", "projectId": "PROJECT-1"}
PARTS = {"heading": "Refund", "content": "The caller wants 20 pounds back."}
V3 = {"id": "CA-1", "account_id": "ws-1", "project_id": "PROJECT-1", "environment": "live", "in_progress": False}


def detail(**values: Any) -> models.ConversationDetailResponse:
    return models.ConversationDetailResponse.from_dict({**IDS, **values})


@pytest.mark.parametrize(
    ("summary", "text"),
    [
        (None, None),
        ("", None),
        ("Wants a refund.", "Wants a refund."),
        (PARTS, "Refund: The caller wants 20 pounds back."),
        (json.dumps(PARTS), "Refund: The caller wants 20 pounds back."),
        ({"heading": "Refund?", "content": "Yes."}, "Refund? Yes."),
        ({"heading": None, "content": "Yes."}, "Yes."),
        ({"heading": "", "content": None}, None),
        ("{not JSON", "{not JSON"),
        ('{"other": 1}', '{"other": 1}'),
        (["a", "list"], None),
        ({"heading": 7}, None),
    ],
)
def test_a_summary_is_one_text_in_whichever_shape_it_comes(summary: Any, text: str | None) -> None:
    assert detail(shortSummary=summary).summary_text == text
    assert models.ConversationSummary.from_dict({**IDS, "shortSummary": summary}).summary_text == text


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_summary_is_too_odd_to_read(summary: Any) -> None:
    for shape in (summary, json.dumps(summary), {"heading": summary, "content": summary}):
        assert isinstance(detail(shortSummary=shape).summary_text, str | None)


@pytest.mark.parametrize(
    ("latency", "seconds"),
    [(None, None), (2.4, 2.4), (3, 3), ({"perceived_latency": 2.4, "label": None}, 2.4), ({}, None), ("slow", None)],
)
def test_a_latency_is_seconds_in_whichever_shape_it_comes(latency: Any, seconds: float | None) -> None:
    turns = [{"latency": latency}]
    for conversation in (detail(turns=turns), models.ConversationSummaryV3.from_dict({**V3, "turns": turns})):
        assert [turn.latency_seconds for turn in conversation.turns or ()] == [seconds]


def test_a_metric_is_text_on_either_route() -> None:
    of_agents = detail(
        metrics={"CALL_DURATION": [{"value": "71"}, {"value": "73", "timestamp": "2026-06-03T14:00:38"}], "EMPTY": []}
    )
    of_platform = models.ConversationSummaryV3.from_dict(
        {**V3, "metrics": {"CALL_DURATION": "73", "TOPICS": ["a", "b"]}}
    )
    assert of_agents.metric("CALL_DURATION") == of_platform.metric("CALL_DURATION") == "73"
    assert of_agents.metric_values("CALL_DURATION") == ["71", "73"]
    assert of_platform.metric_values("TOPICS") == ["a", "b"]
    for conversation in (of_agents, of_platform, detail(), models.ConversationSummary.from_dict(IDS)):
        assert conversation.metric("MISSING") is None
    assert of_agents.metric("EMPTY") is None


def test_both_routes_have_each_others_names() -> None:
    of_agents, of_platform = detail(clientEnv="live"), models.ConversationSummaryV3.from_dict(V3)
    assert (
        (of_agents.id, of_agents.environment)
        == (of_platform.conversation_id, of_platform.client_env)
        == ("CA-1", "live")
    )

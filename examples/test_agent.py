"""Regression tests of an agent: each case of agent.yaml is a test.

    pip install 'polyai-data[cli]' pytest
    pytest test_agent.py

docs/chat-tests.md lists what a script can check.
"""

from pathlib import Path

import pytest

from polyai_data import PolyAI, chat_tests

CASES = chat_tests.read(Path(__file__).with_name("agent.yaml"))


@pytest.fixture(scope="module")
def polyai():
    with PolyAI() as client:
        yield client


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_agent(polyai, case):
    played = chat_tests.play(polyai, case)
    assert played.passed, "\n".join(chat_tests.explain(played))

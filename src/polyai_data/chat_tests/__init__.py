"""Tests of agents: scripts of debug chats, and checks of the agent's responses. `docs/chat-tests.md` has all.

    from polyai_data import PolyAI, chat_tests

    with PolyAI() as polyai:
        for case in chat_tests.read("agent.yaml"):
            assert chat_tests.play(polyai, case).passed

Needs the extra `cli`.
"""

from polyai_data.chat_tests.play import Played, explain, junit, play
from polyai_data.chat_tests.script import Case, ScriptError, read

__all__ = ["Case", "Played", "ScriptError", "explain", "junit", "play", "read"]

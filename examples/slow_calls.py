"""A queue for QA: the calls of the last seven days in which callers waited longest for the agent, slowest first.

    pip install polyai-data
    python slow_calls.py > queue.csv

`polyai-data report ID` makes a page of one of them, and `polyai-data review` plays it.
"""

import csv
import sys
from datetime import UTC, datetime, timedelta

from polyai_data import PolyAI

SLOW = 2.0
"""Seconds."""

queue = []
now = datetime.now(UTC)
with PolyAI() as polyai:
    calls = polyai.conversations.search(
        start_time=now - timedelta(days=7), end_time=now, channel="VOICE-SIP", include_latency=True, in_progress=False
    )
    for call in calls:
        waits = [(turn.latency_seconds or 0, turn.user_input or "") for turn in call.turns or []]
        slow = [each for each in waits if each[0] > SLOW]
        if slow:
            seconds, said = max(slow)
            queue.append((seconds, len(slow), call.id, call.started_at, said))

rows = csv.writer(sys.stdout)
rows.writerow(["seconds", "slow turns", "conversation", "started at", "the caller had said"])
rows.writerows(sorted(queue, reverse=True))

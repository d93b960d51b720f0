"""A week's compliance audit: a folder for each conversation of last week, Monday to Sunday in UTC.

    pip install polyai-data
    python week_audit.py

A folder has the masked transcript, the redacted recording, hashes, and a page to read (docs/audit.md). Begun again, the
program goes on where it ended. Its exit status is 1 where a conversation could not be written.
"""

import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

from polyai_data import PolyAI, PolyAIError, audit

today = datetime.now(UTC).date()
monday = today - timedelta(days=today.weekday() + 7)
folder = Path(f"audit-{monday}")
silent, failed = 0, 0

with PolyAI(requests_per_minute=100) as polyai:
    week = polyai.conversations.search(start_time=monday, end_time=monday + timedelta(days=7), in_progress=False)
    for identifier in [conversation.id for conversation in week]:
        if (folder / identifier).exists():
            continue
        try:
            silent += not audit.save(polyai, identifier, folder).has_recording
        except PolyAIError as error:
            failed += 1
            print(f"{identifier}: {error}", file=sys.stderr)

print(f"{folder}: {sum(1 for _ in folder.glob('*/'))} conversations; of the new ones, {silent} without a recording")
sys.exit(1 if failed else 0)

"""A job for cron: all conversations as Parquet, a folder for each day, and the redacted recordings of new calls.

    pip install 'polyai-data[export]'
    30 2 * * *  cd /srv/calls && python nightly_archive.py

Each run adds what is new; one that was interrupted is completed by the next. It prints to standard error alone, so that
cron sends a message where something failed, and its exit status is then 1.
"""

import sys
from datetime import UTC, datetime, timedelta

from polyai_data import PolyAI
from polyai_data.export import Options, export

DAYS = 30
"""How far back the first run goes, and for how long a missing recording is asked for again."""

since = datetime.now(UTC).date() - timedelta(days=DAYS)
# By its words, and not by the date, the next night knows an export that was interrupted.
options = Options(since=since, spelled={"since": f"{DAYS} days ago"})
with PolyAI(requests_per_minute=100) as polyai:
    report = export("calls", polyai, options, format="parquet", by_day=True, since_last=True)
    calls = polyai.conversations.search(
        start_time=since, end_time=datetime.now(UTC), channel="VOICE-SIP", in_progress=False
    )
    saved = polyai.recordings.save_all(calls, "recordings", redacted=True)

missing = saved.failed.keys() - saved.without_recording
failures = report.failed | {name: str(saved.failed[name]) for name in missing}
for name, reason in failures.items():
    print(f"{name}: {reason}", file=sys.stderr)
sys.exit(1 if failures else 0)

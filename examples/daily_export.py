"""Keep a DuckDB file of all conversations up to date, and ask it a question in SQL.

    pip install 'polyai-data[export]'
    python daily_export.py

The first run fetches the last 30 days; each later one adds what is new, and replaces what had not ended.
"""

from datetime import UTC, datetime, timedelta

import duckdb

from polyai_data import PolyAI
from polyai_data.export import Options, export

FILE = "calls.duckdb"
QUESTION = """
    SELECT started_at::DATE AS day,
           count(*) AS conversations,
           round(avg(duration_seconds)) AS seconds,
           round(100 * avg(handoff::INT)) AS handoff_percent
    FROM conversations
    WHERE environment = 'live'
    GROUP BY day ORDER BY day DESC LIMIT 7
"""

since = datetime.now(UTC).date() - timedelta(days=30)
# By its words, and not by the date, the next day knows an export that was interrupted.
options = Options(since=since, spelled={"since": "30 days ago"})
with PolyAI(requests_per_minute=100) as polyai:
    report = export(FILE, polyai, options, since_last=True)
print(f"{report.rows} conversations were new or had not ended")

with duckdb.connect(FILE, read_only=True) as database:
    print(database.sql(QUESTION))

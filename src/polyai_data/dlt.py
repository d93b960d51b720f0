"""A dlt source: conversations, their turns and function events, for every warehouse that dlt loads. Extra `dlt`.

    import dlt
    from polyai_data.dlt import polyai

    pipeline = dlt.pipeline("calls", destination="bigquery", dataset_name="calls")
    pipeline.run(polyai(agents=["PROJECT-58RP822I"], since="2026-01-01"))

Run again, it loads what started since, and once more what started in the `lag_hours` before, as a conversation in
progress changes until it ends. Rows are merged by conversation, so that none is there twice. The columns are those of
exports (docs/export.md), with lists as JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import Any

import dlt
import msgspec

from polyai_data import PolyAI, arguments
from polyai_data.export import fetch, plan, schema
from polyai_data.hosts import POLYAI
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES

_TYPES = {str: "text", int: "bigint", float: "double", bool: "bool"}
_AT_ONCE = 500


@dlt.source(name="polyai")
def polyai(
    agents: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    *,
    function_events: bool = False,
    lag_hours: float = 24.0,
    profile: str | None = None,
    region: str | None = None,
    account_id: str | None = None,
    api_key: dlt.TSecretStrValue | None = None,
    conversations_api_key: dlt.TSecretStrValue | None = None,
    requests_per_minute: float | None = POLYAI.requests_per_minute,
) -> Iterable[Any]:
    """The resources `conversations`, `turns` and, on request, `function_events`, of all environments.

    What is not passed can stand in dlt's own configuration, keys in its `secrets.toml` (`[sources.polyai]`), or else
    where `PolyAI` looks for it.

    Args:
        agents: ids of agents, or their names in the profile; defaults to the client's.
        since: ISO 8601; only what started at or after this time. Defaults to everything.
        until: ISO 8601; only what started before this time, whatever was loaded before; the next run goes on as if this
            one had not been. For what is to be loaded again. Defaults to now.
        function_events: whether each conversation is requested by itself, for its function events and summary.
        lag_hours: how long before the newest conversation of the last run the next one begins.
        profile, region, account_id, api_key, conversations_api_key: as for `PolyAI`.
        requests_per_minute: as for `PolyAI`; defaults to the vendor's limit for a key. 0: no limit.

    Raises:
        ConfigError: something is missing or invalid.
        PolyAIError: any other failure; see `polyai_data.errors`. Nothing of the run is loaded then.
    """
    layout = schema.Layout(function_events=function_events)
    between = arguments.moment("since", since) or plan.BEGINNING, arguments.moment("until", until)

    @dlt.resource(name="requested", selected=False)
    def requested() -> Iterator[list[dict[str, Any]]]:
        newest = dlt.current.source_state().setdefault("newest", {})
        with PolyAI(
            api_key,
            conversations_api_key=conversations_api_key,
            profile=profile,
            region=region,
            account_id=account_id,
            requests_per_minute=requests_per_minute or None,
        ) as client:
            for agent in [client._session.config.agent(each) for each in agents or [None]]:
                start, seen = between[0], newest.get(agent, "")
                if seen and between[1] is None:
                    start = max(start, datetime.fromisoformat(seen) - timedelta(hours=lag_hours))
                for rows in _rows(client, agent, start, between[1] or datetime.now(UTC), layout):
                    seen = max(seen, *(row["started_at"] or "" for row in rows))
                    yield rows
                if between[1] is None:
                    newest[agent] = seen

    def table(name: str, columns: tuple[schema.Column, ...]) -> Any:
        # A conversation that is loaded again replaces its turns and events, however many it had.
        key: Any = {"primary_key" if name == "conversations" else "merge_key": "conversation_id"}

        @dlt.transformer(
            data_from=requested, name=name, write_disposition="merge", columns=list(map(_hint, columns)), **key
        )
        def rows(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
            made = page if name == "conversations" else [{**row, **one} for row in page for one in row[name] or ()]
            return [{column.name: row[column.name] for column in columns} for row in made]

        return rows

    return [table(*each) for each in schema.tables(layout, nested=False).items()]


def _rows(
    client: PolyAI, agent: str, start: datetime, end: datetime, layout: schema.Layout
) -> Iterator[list[dict[str, Any]]]:
    """The conversations of an agent with their turns, so many at once, from one environment after the other."""
    for environment in CLIENT_ENVIRONMENT_VALUES:
        task = plan.Task(agent, 0, environment, start, end)
        source = fetch.Source(task, fetch.Job("v3", layout, details=layout.function_events), client)
        with closing(source.detailed(source.rows())) as rows:
            while some := list(islice(rows, _AT_ONCE)):
                yield msgspec.to_builtins(some)


def _hint(column: schema.Column) -> Any:
    kind = "timestamp" if schema.TIME in column.marks else _TYPES.get(column.type, "json")
    return {"name": column.name, "data_type": kind, "nullable": column.name != "conversation_id"}

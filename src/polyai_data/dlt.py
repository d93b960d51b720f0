"""A dlt source: conversations, their turns and function events, for every warehouse that dlt loads. Extra `dlt`.

    import dlt
    from polyai_data.dlt import polyai

    pipeline = dlt.pipeline("calls", destination="duckdb", dataset_name="polyai")
    pipeline.run(polyai(agents=["PROJECT-58RP822I"], since="2026-01-01"))

Run again, it loads what started since, and once more what had not ended then. Rows are merged by agent and
conversation, so that none is there twice. The columns are those of exports (docs/export.md), with lists as JSON. Where
other resources are selected (`with_resources`), these are loaded from the beginning.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import dlt
import msgspec

from polyai_data import PolyAI
from polyai_data.arguments import PARALLEL
from polyai_data.errors import ConfigError
from polyai_data.export import schema
from polyai_data.export.order import Options, go_on, order_of, reached_by, state_of
from polyai_data.export.run import gathered
from polyai_data.hosts import POLYAI
from polyai_data.options import secret_of

_KEY = ["agent_id", "conversation_id"]
_TYPES = {schema.TIME: "timestamp", schema.JSON: "json", str: "text", int: "bigint", float: "double", bool: "bool"}


@dlt.source(name="polyai")
def polyai(
    agents: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    *,
    function_events: bool = False,
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
        function_events: whether each conversation is requested by itself, for its function events and summary. The
            first run that has them loads everything since `since`, and later ones must have them, too.
        profile, region, account_id, api_key, conversations_api_key: as for `PolyAI`.
        requests_per_minute: as for `PolyAI`; defaults to the vendor's limit for a key. 0: no limit.

    Raises:
        ConfigError: something is missing or invalid.
        PolyAIError: any other failure; see `polyai_data.errors`. Nothing of the run is loaded then.
    """
    key, second = secret_of("api_key", api_key), secret_of("conversations_api_key", conversations_api_key)
    del api_key, conversations_api_key  # tracebacks show variables
    options = Options(agents=agents or (), since=since, until=until, function_events=function_events)

    @dlt.resource(name="requested", selected=False)
    def requested() -> Iterator[list[dict[str, Any]]]:
        # By what is loaded of each conversation, as what was loaded without that must be loaded with it.
        states = dlt.current.source_state().setdefault("details" if function_events else "conversations", {})
        kind = ",".join(sorted(dlt.current.source().selected_resources))
        if not function_events and "details" in dlt.current.source_state():
            message = "function_events: what is loaded has them, and would lose its summaries; pass True"
            raise ConfigError(f"{message}, or load into another pipeline", argument="function_events")
        with PolyAI(
            None if key is None else key.reveal(),
            conversations_api_key=None if second is None else second.reveal(),
            profile=profile,
            region=region,
            account_id=account_id,
            requests_per_minute=requests_per_minute or None,
        ) as client:
            order = order_of(client, options, "nested")
            state = None if until is not None or kind not in states else state_of(states[kind].encode())
            if state is not None:
                go_on(order, state, "what is loaded")
            with gathered(client, order, PARALLEL) as (fetched, blocks):
                for block in blocks:
                    yield rows_of(block)
        if until is None:
            states[kind] = msgspec.json.encode(reached_by(order, fetched, (), state)).decode()

    layout = schema.Layout(function_events=function_events)
    rows_of = msgspec.json.Decoder(dict[str, Any]).decode_lines

    def table(name: str, columns: tuple[schema.Column, ...]) -> Any:
        # A conversation that is loaded again replaces its turns and events, however many it had.
        how: Any = {"primary_key" if name == "conversations" else "merge_key": _KEY}

        @dlt.transformer(
            data_from=requested, name=name, write_disposition="merge", columns=list(map(_hint, columns)), **how
        )
        def rows(page: list[dict[str, Any]]) -> list[dict[str, Any]]:
            made = page if name == "conversations" else [{**row, **one} for row in page for one in row[name] or ()]
            return [
                {column.name: row[column.name] for column in columns} | {"agent_id": row["agent_id"] or ""}
                for row in made
            ]

        return rows

    return [table(*each) for each in schema.tables(layout, nested=False).items()]


def _hint(column: schema.Column) -> Any:
    kind = next((_TYPES[each] for each in (*column.marks, column.type) if each in _TYPES), "json")
    return {"name": column.name, "data_type": kind, "nullable": column.name not in _KEY}

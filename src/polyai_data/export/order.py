"""What an export asks for: its options, and how far the one that it goes on from came. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args

import msgspec

from polyai_data import PolyAI, arguments, row_filters
from polyai_data.errors import ConfigError
from polyai_data.export import fetch, plan, schema
from polyai_data.export.schema import Layout
from polyai_data.export.work import Order, check_same
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES

if TYPE_CHECKING:
    from polyai_data.config import Config
    from polyai_data_client.models.query_type import QueryType
    from polyai_data_client.models.speaker import Speaker

LAG = timedelta(hours=1)
"""Of what was exported before, this much is asked for again: what the server listed late."""
Route = Literal["v3", "agents"]
Turns = Literal["nested", "table", "none"]


@dataclass(frozen=True)
class Options:
    """What to export, and how.

    Attributes:
        agents: ids, or names in the profile; none for the client's own.
        all_agents: whether to export all agents of the profile, its own and those that it names.
        since, until: what started at or after the one and before the other: times with their offset, dates, or ISO
            8601 texts; None for all, and for now.
        environments: `live`, `pre-release`, `sandbox`; none for all.
        channel, variant_id, variant_name: only those conversations; variants by their names on the v3 route alone.
        in_progress: True for conversations in progress only, False for ended ones only; None for both.
        query, query_type, turn_type: only those that `conversations.search` finds with these; on the v3 route alone.
        filters: only rows with these values, such as `CALL_DURATION > 60`; see `polyai_data.row_filters.Condition`.
            Names are columns, metrics, or fields as the API names them. They are tried before details are asked for,
            unless one names a column that only details have.
        any_filter: whether fulfilling one of the filters is enough.
        route: `v3`, or `agents` with a request for each conversation; None for `v3` where it is open.
        details: whether to ask for the details of each conversation too: its summary, language and function events.
        turns: as a `nested` column, as a `table` of their own, or `none`; None for what suits the format.
        metrics: metrics to have as columns `metric_<name>`; doubles are one.
        function_events: whether to have function events; it includes `details`.
        mask: whether numbers and what `polyai_data.personal` recognises in texts are masked.
        spelled: `since` and `until` as a user wrote them, such as `3 days ago`: by that, and not by the times, a call
            is the same one as one that was interrupted.
    """

    agents: Sequence[str] = ()
    all_agents: bool = False
    since: date | str | None = None
    until: date | str | None = None
    environments: Sequence[str] = ()
    channel: Sequence[str] = ()
    variant_id: str | None = None
    variant_name: str | None = None
    in_progress: bool | None = None
    query: str | None = None
    query_type: QueryType | None = None
    turn_type: Speaker | None = None
    filters: Sequence[str] = ()
    any_filter: bool = False
    route: Route | None = None
    details: bool = False
    turns: Turns | None = None
    metrics: Sequence[str] = ()
    function_events: bool = False
    mask: bool = False
    spelled: Mapping[str, str | None] = field(default_factory=dict)


class Through(msgspec.Struct):
    """What the result has of an agent and an environment, and when what was in progress then had started."""

    agent: str
    environment: str | None
    since: datetime
    until: datetime
    open: list[datetime]


class State(msgspec.Struct):
    """What a result is, how far it goes, and the files that it has."""

    asked: dict[str, Any]
    through: list[Through]
    files: list[str] = []


def turns_of(format: str) -> Turns:
    from polyai_data.export.formats import FORMATS  # noqa: PLC0415

    return "nested" if FORMATS[format].nested else "table"


def order_of(client: PolyAI, options: Options, turns: Turns) -> Order:
    """What to fetch, from the options."""
    _check(client, options)
    config = client._session.config
    now = datetime.now(UTC)
    until = (arguments.moment("until", options.until) or now).astimezone(UTC)
    since = (arguments.moment("since", options.since) or plan.BEGINNING).astimezone(UTC)
    if since >= until:
        raise ConfigError(
            f"since is not before until: {since:%Y-%m-%d %H:%M:%S}, {until:%Y-%m-%d %H:%M:%S}", argument="since"
        )
    agents = _agents(config, options)
    for each in options.environments:
        arguments.choice("environments", each, CLIENT_ENVIRONMENT_VALUES)
    details = options.details or options.function_events
    route = options.route or _route(client)
    names = row_filters.Filter(options.filters, any_filter=options.any_filter).unknown
    if route == "v3" and not details and (late := [name for name in names if schema.only_in_details(name)]):
        raise ConfigError(f"filters name {late[0]}, which only details have; set details", argument="filters")
    metrics = schema.metric_names(options.metrics)
    everything: list[Any] = sorted(CLIENT_ENVIRONMENT_VALUES) if route == "v3" else [None]
    environments: list[Any] = sorted(set(options.environments)) or everything
    job = fetch.Job(
        route=route,
        layout=Layout(metrics, turns != "none", options.function_events),
        details=details,
        mask=options.mask,
        account=config.account_id,
        search=_search(client, options, route),
        in_progress=options.in_progress,
        filters=tuple(options.filters),
        any_filter=options.any_filter,
    )
    tasks = [
        plan.Task(agent, number, environment, since, until)
        for number, agent in enumerate(agents)
        for environment in (environments if route == "v3" else [None])
    ]
    asked = {
        **msgspec.json.decode(msgspec.json.encode(options, enc_hook=str)), **options.spelled, "schema": schema.VERSION,
        "account": config.account_id, "region": config.region, "base_url": config.base_url, "agents": agents,
        "channel": sorted(job.search.get("channel", ())), "filters": sorted(options.filters),
        "environments": environments, "route": route, "details": details, "metrics": list(metrics), "spelled": None,
    }  # fmt: skip
    return Order(asked, job, tasks, since, min(until, now))


def _check(client: object, options: Options) -> None:
    """Check the types and the words of what was given; else ConfigError. A channel can be a string, as for a search."""
    given = vars(options)
    arguments.kinds(PolyAI, "a PolyAI", "client", client=client)
    arguments.text_lists(**{name: given[name] for name in ("agents", "environments", "filters", "metrics")})
    arguments.texts(**{name: given[name] for name in ("variant_id", "variant_name", "query")})
    switches = ("all_agents", "any_filter", "in_progress", "details", "function_events", "mask")
    arguments.kinds(bool, "True or False", **{name: given[name] for name in switches})
    arguments.choice("route", options.route, {*get_args(Route)})
    arguments.choice("turns", options.turns, {*get_args(Turns)})


def _search(client: PolyAI, options: Options, route: str) -> dict[str, Any]:
    """The parameters of a search that choose conversations; for the agents routes, values that their list has."""
    names = ("variant_id", "variant_name", "query", "query_type", "turn_type")
    given = {"channel": arguments.channels(options.channel), **{name: getattr(options, name) for name in names}}
    search: dict[str, Any] = {name: value for name, value in given.items() if value}
    if route == "v3":  # it is not sent, but checked
        client.conversations.search(agent_id="any", start_time=plan.BEGINNING, end_time=plan.BEGINNING, **search)
    elif others := [name for name in search if name not in {"channel", "variant_id"}]:
        raise ConfigError(f"the agents routes have no {others[0]}; leave it out, or use filters", argument=others[0])
    else:
        search |= {"environment": sorted(options.environments), "variant_id": [options.variant_id]}
        search = {name: values for name, values in search.items() if any(values)}
    return search


def _agents(config: Config, options: Options) -> list[str]:
    """The ids of the agents, each once."""
    named: list[str | None] = list(options.agents)
    if options.all_agents:
        if named:
            raise ConfigError("agents are named beside all_agents; leave one of them out", argument="agents")
        own = [config.profile.agent] if config.profile.agent else []
        named = [*own, *config.profile.agents]
        if not named:
            raise ConfigError("the profile names no agents; give their ids", argument="agents")
    return list(dict.fromkeys(config.agent(each) for each in named or [None]))


def _route(client: PolyAI) -> str:
    """The v3 route where the region has it and an account is known."""
    config = client._session.config
    with suppress(ConfigError):
        config.route("searchConversations")
        config.account(None)
        return "v3"
    return "agents"


def state_of(content: bytes | None) -> State | None:
    try:
        return None if content is None else msgspec.json.decode(content, type=State)
    except msgspec.MsgspecError as error:
        raise ConfigError(f"the state of the export cannot be read: {error}", argument="since_last") from None


_VARIES = ("agents", "all_agents", "since", "until", "since_last", "destination")
"""What an export that goes on from another can have otherwise."""


def go_on(order: Order, state: State, url: str) -> None:
    """Have an order ask for what is new since the export of the `state`, and again for what was in progress then."""
    before, now = ({k: v for k, v in asked.items() if k not in _VARIES} for asked in (state.asked, order.asked))
    check_same(before, now, f"{url} was exported", "overwrite it without since_last")
    through = {(each.agent, each.environment): each for each in state.through}
    tasks = []
    for task in order.tasks:
        last = through.get((task.agent, task.environment))
        if last is None:
            tasks.append(task)
            continue
        ranges = [(max(task.start, last.until - LAG), task.end)]  # the newest first
        for started in sorted((each for each in last.open if each < ranges[0][0]), reverse=True):
            begin = started.replace(microsecond=0)
            if ranges[-1][0] - begin < LAG:
                ranges[-1] = (begin, ranges[-1][1])
            else:
                ranges.append((begin, begin + timedelta(seconds=1)))
        ranges.append((task.start, min(last.since, task.end)))  # where it begins earlier now
        tasks += [msgspec.structs.replace(task, start=a, end=b, again=True) for a, b in reversed(ranges) if a < b]
    order.tasks = tasks


def reached_by(order: Order, fetched: fetch.Fetched, failed: Iterable[str], state: State | None) -> State:
    """How far the result goes now."""
    before = {(each.agent, each.environment): each for each in (state.through if state else [])}
    reached = dict(before)
    for task in order.tasks:
        if task.agent not in failed:
            key = task.agent, task.environment
            joined = key in before and order.since <= before[key].until  # without a gap between
            since = min(order.since, before[key].since) if joined else order.since
            reached[key] = Through(*key, since, order.until, [])
    for task, part in fetched:
        reached[task.agent, task.environment].open += map(datetime.fromisoformat, part.open)
    return State(order.asked, list(reached.values()))

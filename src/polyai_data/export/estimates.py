"""What an export would cost, before it begins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import msgspec

from polyai_data.export import fetch, plan
from polyai_data.export.order import Options, order_of

if TYPE_CHECKING:
    from polyai_data import PolyAI


@dataclass(frozen=True)
class Estimate:
    """What an export of an agent in an environment would cost.

    Attributes:
        agent, environment: which.
        rows, requests, bytes: to a few per cent, before filters of rows; bytes are rows as JSON lines, without
            compression. On the agents routes 0, as their listing has no turns.
        exact: whether one page has all.
    """

    agent: str
    environment: str | None
    rows: int
    requests: int
    bytes: int
    exact: bool


def estimate(client: PolyAI, options: Options | None = None) -> list[Estimate]:
    """What an export would cost, from a few requests for each agent and environment. Nothing is written.

    Raises:
        PolyAIError: any failure.
    """
    order = order_of(client, options or Options(), "nested")
    return [_estimate(task, order.job, client) for task in order.tasks]


def _estimate(task: plan.Task, job: fetch.Job, client: PolyAI) -> Estimate:
    if job.route == "agents":
        page = next(client.conversations.list(agent_id=task.agent, limit=fetch.PAGE).pages())
        rows = max(page.total or 0, len(page.items))
        return Estimate(task.agent, task.environment, rows, rows + rows // fetch.PAGE + 1, 0, exact=False)
    first = fetch.sample(task, job, client)
    rows, size = len(first), sum(len(msgspec.json.encode(row)) for row in first)
    exact = rows < fetch.PAGE
    if not exact:
        rows = _counted(task, job, client)
    most = fetch.DETAILED if job.details else fetch.PAGE
    requests = 1 if rows < most else rows // most + rows // (most * plan.PIECE_PAGES) + plan.MOST_PIECES // 2
    requests += rows if job.details else 0
    return Estimate(task.agent, task.environment, rows, requests, size * rows // max(len(first), 1), exact)


def _counted(task: plan.Task, job: fetch.Job, client: PolyAI) -> int:
    """How many conversations a task has, to about 5 %: no operation counts, but one shows what is after so many."""
    least, most = fetch.PAGE, 2 * fetch.PAGE
    while fetch.has(task, job, client, most):
        least, most = most, 2 * most
    while most - least > least // 20:
        middle = (least + most) // 2
        least, most = (middle, most) if fetch.has(task, job, client, middle) else (least, middle)
    return least

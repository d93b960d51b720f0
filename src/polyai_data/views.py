"""One way to read conversations of both routes, whose documents and answers give the same things in other shapes.

The facade's models are the generated ones with these properties added. They decide nothing that was not sent: what is
missing is None, and the generated attributes beside them hold what the server said.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from polyai_data import shown
from polyai_data_client.models import MetricValue, ShortSummary, TurnLatency

if TYPE_CHECKING:
    from rich.console import Console, ConsoleOptions, RenderableType


class ConversationView:
    """What every conversation has, whether from `list`, `search` or `get`.

    Its `repr` has no phone numbers and no words, as logs and tracebacks show it. Notebooks and rich show all.
    """

    __slots__ = ()

    @property
    def summary_text(self) -> str | None:
        """The summary as one text, `heading: content`; None where there is none, as in a search."""
        return summary_text(getattr(self, "short_summary", None))

    def metric(self, name: str) -> str | None:
        """The last value of a metric as text, such as `"73"` for `CALL_DURATION`; None where it has none."""
        return next(reversed(self.metric_values(name)), None)

    def metric_values(self, name: str) -> list[str]:
        """All values of a metric as texts, in the server's order. A listing of `list` carries no metrics."""
        return metric_values(getattr(self, "metrics", None), name)

    def transcript(self, *, width: int | None = 80) -> str:
        """What was said and done, as text to print: time from the start, who, words, and what is remarkable.

        Of the agent's words, `[0.75 s]` says how long the user waited; `ƒ` is a function. Where no turns came, the text
        says why.

        Args:
            width: columns, at least 20 for what is said; None for a line for each, of any length.
        """
        return shown.transcript(self, width)

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        return shown.brief(self)

    def __rich_console__(self, console: Console, _: ConsoleOptions) -> Iterator[RenderableType]:
        from polyai_data import shown_rich  # noqa: PLC0415 - rich is optional

        return shown_rich.conversation(self, terminal=console.is_terminal)

    def _repr_html_(self) -> str:
        from polyai_data import shown_html  # noqa: PLC0415 - for notebooks alone

        return shown_html.conversation(self)


class AgentsView(ConversationView):
    """The names of the v3 route on a conversation of the agents routes."""

    __slots__ = ()
    conversation_id: str
    client_env: str | None

    @property
    def id(self) -> str:
        """The conversation's id, as `conversation_id`."""
        return self.conversation_id

    @property
    def environment(self) -> str | None:
        """The environment that it ran in, as `client_env`."""
        return self.client_env


class PlatformView(ConversationView):
    """The names of the agents routes on a conversation of the v3 route."""

    __slots__ = ()
    id: str
    environment: str | None

    @property
    def conversation_id(self) -> str:
        """The conversation's id, as `id`."""
        return self.id

    @property
    def client_env(self) -> str | None:
        """The environment that it ran in, as `environment`."""
        return self.environment


class TurnView:
    """What every turn has. Its `repr` has no words of it."""

    __slots__ = ()
    user_input: str | None
    agent_response: str | None
    latency: float | TurnLatency | None

    def __rich_repr__(self) -> Iterator[tuple[str, Any]]:
        for name in ("user_input", "agent_response"):
            if text := getattr(self, name):
                yield name, f"{len(text)} characters"
        if (seconds := self.latency_seconds) is not None:
            yield "latency", seconds

    @property
    def latency_seconds(self) -> float | None:
        """How long the user waited for the agent, in seconds; None where it was not measured."""
        return latency_seconds(self.latency)


def summary_text(summary: ShortSummary | str | None) -> str | None:
    """A summary as one text: it comes as text, as an object, or as that object in JSON text."""
    if isinstance(summary, str):
        loaded: Any = None
        if summary.lstrip().startswith("{"):
            with suppress(ValueError, RecursionError):
                loaded = json.loads(summary)
        if not isinstance(loaded, dict) or not {"heading", "content"} & loaded.keys():
            return summary.strip() or None
        summary = ShortSummary.from_dict(loaded)
    if summary is None:
        return None
    heading, content = (summary.heading or "").strip(), (summary.content or "").strip()
    if heading and content:
        return f"{heading}{' ' if heading[-1] in '.:!?' else ': '}{content}"
    return heading or content or None


def latency_seconds(latency: float | TurnLatency | None) -> float | None:
    """A latency in seconds: it comes as a number or as an object."""
    return latency.perceived_latency if isinstance(latency, TurnLatency) else latency


def metric_values(metrics: Mapping[str, Any] | None, name: str) -> list[str]:
    """The values of a metric: they come as a text, as texts, or as objects with a time for each."""
    values = metrics[name] if metrics is not None and name in metrics else []
    texts = (
        one.value if isinstance(one, MetricValue) else one for one in ([values] if isinstance(values, str) else values)
    )
    return [text for text in texts if text is not None]

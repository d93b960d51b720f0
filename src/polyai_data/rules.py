"""Which parameters of an operation go together, as its `x-parameter-rules` in the patched document say. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from assemblyai_client import servers as assemblyai_servers
    from polyai_data_client import servers as polyai_servers


class Rule(NamedTuple):
    """One rule.

    Attributes:
        parameter: the parameter that it is about.
        needs: what must be given with it: names, or `name=value`.
        excludes: what must not be given with it.
    """

    parameter: str
    needs: tuple[str, ...]
    excludes: tuple[str, ...]


AnyRule: TypeAlias = "Rule | polyai_servers.Rule | assemblyai_servers.Rule"


def broken_rule(rules: Iterable[AnyRule], given: Mapping[str, object]) -> tuple[str, str] | None:
    """The first of `rules` that the parameters `given` break, or None.

    Args:
        rules: an operation's rules, from its row in a servers table or from `polyai_data.openapi`.
        given: the parameters by name; None means not given.

    Returns:
        The parameter to add, to change or to leave out, and a message with the rule and what breaks it.
    """
    for rule in rules:
        if given.get(rule.parameter) is None:
            continue
        for name in rule.excludes:
            if given.get(name) is not None:
                return name, f"{rule.parameter} and {name} exclude each other"
        for need in rule.needs:
            name, _, value = need.partition("=")
            seen = given.get(name)
            if seen is None or (value and seen != value):
                state = "is missing" if seen is None else f"is {seen!r}"
                message = f"{rule.parameter} needs {' and '.join(rule.needs)}; {name} {state}"
                return rule.parameter if value else name, message
    return None

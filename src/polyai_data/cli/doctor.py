"""`polyai-data doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import sys
import textwrap
from itertools import groupby
from typing import TYPE_CHECKING

import click

from polyai_data.cli import screen
from polyai_data.cli.options import Settings, client_options, json_option
from polyai_data.cli.program import FAILED, WRONG_USAGE, in_options

if TYPE_CHECKING:
    from polyai_data.diagnosis import Finding

_MARKS = {"ok": ("✓", "green"), "warning": ("!", "yellow"), "error": ("✗", "red")}
_TITLES = {"host": "Hosts", "key": "Keys and agents"}
_UNUSABLE = {"not-configured", "configuration"}


@click.command()
@client_options
@click.option("--try-regions", is_flag=True, help="Send a key that is refused to the other regions, too.")
@json_option
def doctor(settings: Settings, try_regions: bool, as_json: bool) -> int:
    """What is wrong between here and the API, and how to mend it.

    It looks at environment, configuration, connections, clock, keys and all agents of the profile; it only reads, and
    takes some seconds. It never shows a key.

    \b
    Examples:
      polyai-data doctor
      polyai-data doctor --profile work --try-regions

    Exit status: 0 nothing is wrong, or only what is marked !; 1 something is; 2 the configuration cannot be used.
    """
    from polyai_data.diagnosis import examine  # noqa: PLC0415 - late, as `--help` needs none

    findings: list[Finding] = []
    looked = examine(
        profile=settings.profile,
        region=settings.region,
        account_id=settings.account,
        agent_id=settings.agent,
        try_regions=try_regions,
    )
    for topic, group in groupby(looked, key=lambda each: each.topic):
        if not as_json:
            screen.console().print(_TITLES.get(topic, topic.capitalize()), style="bold")
        for finding in group:
            findings.append(finding)
            screen.write_json(finding) if as_json else _show(finding)
    wrong = sum(each.status == "error" for each in findings)
    if not as_json:
        summary = f"{wrong} thing{'s are' if wrong > 1 else ' is'} wrong." if wrong else "Nothing is wrong."
        if not wrong and any(each.status == "warning" for each in findings):
            summary = "Nothing is wrong but what is marked !."
        screen.console().print(summary, style="bold")
    if any(each.verdict in _UNUSABLE for each in findings):
        return WRONG_USAGE
    return FAILED if wrong else 0


def _show(finding: Finding) -> None:
    """Print a finding: its mark and what was seen, and below what it means and what to do."""
    console, (mark, colour) = screen.console(), _MARKS[finding.status]
    width = console.width if console.is_terminal else sys.maxsize

    def wrapped(text: str | None) -> str:
        lines = textwrap.wrap(screen.plain(text), width - 4, break_long_words=False, break_on_hyphens=False)
        return textwrap.indent("\n".join(lines), "    ")

    console.print(f"  [{colour}]{mark}[/]", end="")
    console.print(wrapped(in_options(finding.seen))[3:], markup=False)
    if finding.verdict:
        verdict = finding.to_dict()
        console.print(wrapped(verdict["meaning"]), markup=False)
        console.print(wrapped(f"→ {verdict['advice']}"), markup=False, style=colour)

"""The conformance tests as a program: `python -m polyai_data.conformance`.

Exit status: 0 no difference, 1 differences, 2 the run is not possible or nothing could be tested.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyai_data.conformance import EXTRA, needed
from polyai_data.errors import ConfigError

if TYPE_CHECKING:
    from polyai_data.conformance.plugin import Result, Settings
    from polyai_data.conformance.target import Target

IMPOSSIBLE = 2


def main(arguments: list[str] | None = None) -> int:
    """Run, print the report, write the files; returns the exit status."""
    options = _options(arguments)
    for name in sorted(EXTRA):
        # Asked before anything is tested, as some of it is needed only for the reports.
        if importlib.util.find_spec(name) is None:
            print(f"error: {needed(name)}", file=sys.stderr)
            return IMPOSSIBLE
    try:
        if options.list:
            return _list()
        return _run(options)
    except ConfigError as error:
        print(f"error: {error}", file=sys.stderr)
    except OSError as error:
        print(f"error: {error.strerror or error}: {error.filename or ''}".rstrip(": "), file=sys.stderr)
    except KeyboardInterrupt:
        print("error: interrupted before anything was tested", file=sys.stderr)
    return IMPOSSIBLE


def _run(options: argparse.Namespace) -> int:
    # Imported here, once it is known that all of the extra is there.
    from polyai_data.conformance.plugin import run  # noqa: PLC0415
    from polyai_data.conformance.reports import terminal  # noqa: PLC0415
    from polyai_data.conformance.reports.summary import summary  # noqa: PLC0415

    console = terminal.console()
    with _target(options) as target:
        console.print(f"Testing {target.name}")
        with terminal.progress(console) as tell:
            result = run(target, _settings(options, tell))
    told = summary(result)
    terminal.show(told, console)
    _write(options, told)
    return _status(result)


def _status(result: Result) -> int:
    if result.interrupted and not result.ledger.broken:
        return IMPOSSIBLE
    return result.status


def _settings(options: argparse.Namespace, tell: Any) -> Settings:
    from dataclasses import replace  # noqa: PLC0415

    from polyai_data.conformance.plugin import PROFILES, Settings  # noqa: PLC0415
    from polyai_data.conformance.rule import RULES  # noqa: PLC0415

    only = tuple(options.only)
    for name in only:
        if not any(rule.startswith(name) for rule in RULES):
            raise ConfigError(f"--only: no rule begins with {name!r}; --list shows them", argument="only")
    effort = PROFILES[options.profile]
    if options.examples is not None:
        effort = replace(effort, examples=options.examples)
    return Settings(effort, options.seed, only, tell)


@contextmanager
def _target(options: argparse.Namespace) -> Iterator[Target]:
    from polyai_data.conformance import target  # noqa: PLC0415
    from polyai_data.emulator import Emulator  # noqa: PLC0415

    if options.live:
        yield target.live(os.environ, write_agent=options.write, transcript=options.transcript)
        return
    headers = dict(options.header)
    if options.connect_to is not None:
        # It is not started: it knows what the data of that seed are.
        yield target.of_emulator(
            Emulator(options.seed), seed=options.seed, connect_to=options.connect_to, headers=headers
        )
        return
    with Emulator(options.seed) as emulator:
        yield target.of_emulator(emulator, seed=options.seed, headers=headers)


def _write(options: argparse.Namespace, told: Mapping[str, Any]) -> None:
    from polyai_data.conformance.reports import html, junit  # noqa: PLC0415

    summary = dict(told)
    for path, text in (
        (options.junit, junit.write),
        (options.html, html.write),
        (options.json, lambda value: json.dumps(value, indent=2) + "\n"),
    ):
        if path is not None:
            path.write_text(text(summary), encoding="utf-8")


def _list() -> int:
    import polyai_data.conformance.rules  # noqa: PLC0415
    from polyai_data.conformance.rule import RULES  # noqa: PLC0415

    assert polyai_data.conformance.rules
    for rule in RULES.values():
        print(f"{rule.id}\n    {rule.title}\n    Source: {rule.source}")
    print(f"\n{len(RULES)} rules")
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m polyai_data.conformance",
        description="Holds a server against the patched documents and the rules of this package: an emulator of its "
        "own, unless told otherwise. Exit status: 0 no difference, 1 differences, 2 nothing could be tested.",
    )
    where = parser.add_argument_group("what to test")
    target = where.add_mutually_exclusive_group()
    target.add_argument(
        "--live", action="store_true", help="the vendor's servers, with the key, region and agent of the environment; "
        "slowly, and only reading"
    )  # fmt: skip
    target.add_argument(
        "--connect-to",
        metavar="ADDRESS",
        help="another server on this machine that plays the emulator's data of --seed",
    )
    where.add_argument("--write", metavar="AGENT_ID", help="with --live: a test agent whose data may be changed")
    where.add_argument(
        "--transcript", metavar="ID", help="with --live: an AssemblyAI transcript whose redacted file is ready"
    )
    where.add_argument(
        "--header", type=_header, action="append", default=[], metavar="'NAME: VALUE'",
        help="a header for every request, unless --live",
    )  # fmt: skip
    how = parser.add_argument_group("how")
    how.add_argument("--profile", choices=("quick", "full"), default="full", help="how thoroughly (default: full)")
    how.add_argument("--examples", type=_positive, metavar="N", help="random requests of each operation and phase")
    how.add_argument(
        "--seed", type=int, default=1, help="number that data and generated requests follow from (default: 1)"
    )
    how.add_argument(
        "--only", action="append", default=[], metavar="RULE", help="judge the rules whose id begins so; repeatable"
    )
    how.add_argument("--list", action="store_true", help="print all rules with their sources, and do nothing else")
    report = parser.add_argument_group("reports besides the terminal's")
    for name in ("junit", "html", "json"):
        report.add_argument(f"--{name}", type=Path, metavar="FILE")
    options = parser.parse_args(arguments)
    if not options.live and (options.write or options.transcript):
        parser.error("--write and --transcript need --live")
    if options.live and options.header:
        parser.error("--header is not for --live")
    return options


def _header(text: str) -> tuple[str, str]:
    name, colon, value = text.partition(":")
    if not colon or not name.strip():
        raise argparse.ArgumentTypeError(f"{text!r} does not read NAME: VALUE")
    return name.strip().lower(), value.strip()


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{number} is less than 1")
    return number


if __name__ == "__main__":
    sys.exit(main())

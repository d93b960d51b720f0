"""The conformance tests as a program: `python -m polyai_data.conformance`. It runs pytest with our plugin.

Exit status: 0 no difference, 1 differences or rules that could not be judged, 2 the run is not possible or nothing
could be tested.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
from collections.abc import Iterator

from polyai_data.conformance import EXTRA, needed
from polyai_data.conformance.options import OPTIONS, PREFIX, RULES

IMPOSSIBLE = 2
_PLUGIN = "polyai_data.conformance.plugin"
# Nothing of a user's own pytest set-up applies: no ini file, no conftest, no plugins but those that `-p` names.
_OURS = (
    "-c", os.devnull, "--noconftest", "--disable-plugin-autoload", "--import-mode=importlib", "-p", "no:cacheprovider",
    "-p", _PLUGIN, "-q", "--no-header", "--tb=no", "-rN", "--assert=plain",
    "-o", "console_output_style=classic",
)  # fmt: skip


def main(arguments: list[str] | None = None, prog: str = "python -m polyai_data.conformance") -> int:
    """Run, print the report, write the files; returns the exit status. `prog` is what the program is called."""
    given = sys.argv[1:] if arguments is None else arguments
    end = given.index("--") if "--" in given else len(given)
    parser = _parser(prog)
    options = parser.parse_args(given[:end])
    for name in sorted(EXTRA):
        # Checked before anything is tested, as only the reports need some of it.
        if importlib.util.find_spec(name) is None:
            print(f"error: {needed(name)}", file=sys.stderr)
            return IMPOSSIBLE
    return _run(options, parser, given[end + 1 :])


def _run(options: argparse.Namespace, parser: argparse.ArgumentParser, rest: list[str]) -> int:
    # Imported once it is known that all of the extra is installed.
    import pytest  # noqa: PLC0415

    from polyai_data.conformance import rule  # noqa: PLC0415

    if wrong := _wrong(options, parser, rest):
        print(f"error: {wrong}", file=sys.stderr)
        return IMPOSSIBLE
    if options.answers:
        from polyai_data.conformance.answers import program  # noqa: PLC0415

        return program.run(options)
    if options.list:
        every = rule.load().values()
        for each in every:
            print(f"{each.id}\n    {each.title}\n    Source: {each.source}")
        print(f"\n{len(every)} rules")
        return 0
    themes = rule.themes_of(options.only)
    paths = [str(RULES / f"{theme}.py") for theme in themes] if options.only else [str(RULES)]
    passed = [*_OURS, "--rootdir", str(RULES), *_passed(options)]
    if any(each.startswith(("-n", "--numprocesses")) for each in rest):
        if importlib.util.find_spec("xdist") is None:
            print("error: -n needs pytest-xdist: pip install pytest-xdist", file=sys.stderr)
            return IMPOSSIBLE
        passed += ["-p", "xdist"]
    with pytest.MonkeyPatch.context() as patch:
        for name in ("PYTEST_ADDOPTS", "PYTEST_PLUGINS"):
            patch.delenv(name, raising=False)
        status = pytest.main([*passed, *rest, *paths])
    return int(status) if status in {0, 1} else IMPOSSIBLE


def _wrong(options: argparse.Namespace, parser: argparse.ArgumentParser, rest: list[str]) -> str | None:
    from polyai_data.conformance import rule  # noqa: PLC0415

    if options.draft and not options.answers:
        return "--draft needs --answers, the responses to draft from"
    if options.answers:
        given = [name for name, value in vars(options).items() if value != parser.get_default(name)]
        others = [f"--{name.replace('_', '-')}" for name in given if name not in {"answers", "draft", "json"}]
        if others or rest:
            return f"{[*others, *rest][0]} is not for --answers, which goes with --json and --draft only"
    for name in options.only:
        if not any(each.startswith(name) for each in rule.load()):
            return f"--only: no rule begins with {name!r}; --list shows them"
    return None


def _passed(options: argparse.Namespace) -> Iterator[str]:
    """The plugin's options, as the program's options say."""
    for name in OPTIONS:
        value = getattr(options, name.replace("-", "_"))
        for each in value if isinstance(value, list) else [value]:
            if each is True:
                yield PREFIX + name
            elif each is not None and each is not False:
                yield f"{PREFIX}{name}={each}"
    if options.junit:
        yield f"--junitxml={options.junit}"


def _parser(prog: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=prog,
        usage="%(prog)s [OPTIONS] [-- PYTEST_OPTIONS]",
        description="Test a server against the patched documents and the rules of this package; by default the "
        "emulator. What follows `--` goes to pytest, such as `-- -n 2` or `-- -x`. Exit status: 0 no difference, "
        "1 differences or rules that could not be judged, 2 the run is not possible or nothing could be tested.",
    )
    for name, attributes in OPTIONS.items():
        parser.add_argument(f"--{name}", **attributes)
    parser.add_argument("--junit", metavar="FILE", help="write the report as JUnit")
    parser.add_argument(
        "--answers",
        nargs="+",
        metavar="FILE",
        help="judge recorded responses instead, and send no request: HARs, cassettes of vcrpy, folders of JSON bodies "
        "named <operationId>[.<status>][.<anything>].json or what a client with record= wrote; no value is shown",
    )
    parser.add_argument(
        "--draft",
        metavar="FILE",
        help="with --answers: write the overlay actions that make the document say what was seen into a new file",
    )
    parser.add_argument("--list", action="store_true", help="print all rules with their sources, and do nothing else")
    return parser


if __name__ == "__main__":
    sys.exit(main())

"""Write the reference in docs/command-line.md from the help of every command."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from pathlib import Path

import click

from polyai_data.cli import program

DOCUMENT = Path(__file__).resolve().parents[1] / "docs" / "command-line.md"
MARK = "<!-- Written by `make generate` from the program's help. -->\n"


def contexts(command: click.Command, name: str, parent: click.Context | None = None) -> Iterator[click.Context]:
    """The context of a command and of all below it: `command_path` is how it is called."""
    context = click.Context(command, parent, name, terminal_width=100, **command.context_settings)
    yield context
    if isinstance(command, click.Group):
        for each in command.list_commands(context):
            module = program.COMMANDS.get(each, ("",))[0].partition(":")[0]
            if parent is None and importlib.util.find_spec(f"polyai_data.cli.{module}") is None:
                continue
            below = command.get_command(context, each)
            assert below is not None
            yield from contexts(below, each, context)


def reference() -> str:
    """The reference: a heading and the help of each command."""
    parts = []
    for each in contexts(program.commands, "polyai-data"):
        level = min(each.command_path.count(" ") + 2, 4)
        parts.append(f"{'#' * level} {each.command_path}\n\n```\n{each.get_help()}\n```\n")
    return "\n".join(parts)


def written(document: str) -> str:
    return f"{document.partition(MARK)[0]}{MARK}\n{reference()}"


def main() -> None:
    DOCUMENT.write_text(written(DOCUMENT.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()

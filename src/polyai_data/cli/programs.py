"""`polyai-data emulator` and `polyai-data conformance`: programs that read their arguments themselves."""

from __future__ import annotations

import re
from contextlib import redirect_stdout, suppress
from io import StringIO

import click
from click.shell_completion import CompletionItem


class Program(click.Command):
    """A command that gets its arguments as they are: `--help` and `--` too."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        ctx.args, args = args, []
        return args

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The options that the program's help names, or files."""
        if not incomplete.startswith("-"):
            return [CompletionItem(incomplete, type="file")]
        ctx.args, text = ["--help"], StringIO()
        with redirect_stdout(text), suppress(SystemExit):
            self.invoke(ctx)
        names = sorted({*re.findall(r"--[a-z][\w-]+", text.getvalue())})
        return [CompletionItem(each) for each in names if each.startswith(incomplete)]


@click.command(cls=Program)
@click.pass_context
def emulator(ctx: click.Context) -> None:
    """Play every host and region on a port of this machine. The program's own --help has its options.

    \b
    polyai-data emulator --now --print-env
    """
    from polyai_data.emulator.__main__ import main  # noqa: PLC0415 - late, as completion needs none of it

    ctx.exit(main(ctx.args, prog=ctx.command_path))


@click.command(cls=Program)
@click.pass_context
def conformance(ctx: click.Context) -> None:
    """Hold a server against the documents. The program's own --help has its options.

    \b
    polyai-data conformance --html report.html
    """
    from polyai_data.conformance.__main__ import main  # noqa: PLC0415

    ctx.exit(main(ctx.args, prog=ctx.command_path))

"""`polyai-data completion`: the script that completes commands, options and values in a shell."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command(epilog='For this session alone: eval "$(polyai-data completion bash)"')
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the completion script of a shell.

    It completes commands and options, and the names of profiles, agents, regions and environments.

    \b
    polyai-data completion bash > ~/.local/share/bash-completion/completions/polyai-data
    polyai-data completion zsh > ~/.zsh/_polyai-data   # and in ~/.zshrc: fpath=(~/.zsh $fpath)
    polyai-data completion fish > ~/.config/fish/completions/polyai-data.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    root = ctx.find_root()
    click.echo(kind(root.command, {}, "polyai-data", "_POLYAI_DATA_COMPLETE").source())

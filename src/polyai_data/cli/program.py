"""The group of all commands, and what becomes of their errors.

A command's module is imported when the command is run, so that `--help` and completion are quick.
"""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from contextlib import suppress
from typing import NoReturn

import click

from polyai_data._version import __version__
from polyai_data.cli import output
from polyai_data.errors import AuthenticationError, ConfigError, PolyAIError

COMMANDS: dict[str, tuple[str, str]] = {
    "conversations": ("conversations:conversations", "List, search and read conversations; annotate them, set notes"),
    "recordings": ("recordings:recordings", "Save recordings, many at once"),
    "export": ("export:export", "Write conversations to JSON lines, CSV, Parquet or DuckDB"),
    "analyze": ("analyze:analyze", "Metrics, durations, latency, handoffs and hang-ups of exported conversations"),
    "review": ("review:review", "Look at calls and listen to them in a browser"),
    "report": ("report:report", "A page of conversations, or of a time range, to read and to hand on"),
    "audit": ("audit:audit", "A folder for compliance: masked transcript, redacted recording, hashes"),
    "chat": ("chat:chat", "Talk to an agent, or test it with a script"),
    "config": ("config:config", "Profiles: keys, regions and agents"),
    "doctor": ("doctor:doctor", "What is wrong with the configuration, and how to mend it"),
    "mcp": ("mcp:mcp", "Let an assistant search and read conversations"),
    "assemblyai": ("assemblyai:assemblyai", "Redacted audio of AssemblyAI's transcripts"),
    "emulator": ("programs:emulator", "A server that plays every host, for tests and tries"),
    "conformance": ("programs:conformance", "Hold a server against the documents"),
    "completion": ("completion:completion", "Completion for bash, zsh or fish"),
}
"""Where each command is, `module:attribute`, and what the list of all commands says of it."""
FAILED, WRONG_USAGE, INTERRUPTED = 1, 2, 130
DEBUG = "POLYAI_DEBUG"
_OPTIONS = {
    "pass agent_id= to the call or the client, or": "give --agent, run `polyai-data config agents add`, or",
    "pass account_id= to the call or the client, or": "give --account, run `polyai-data config init`, or",
    "pass region= or": "give --region, run `polyai-data config init`, or",
    "pass api_key= or": "run `polyai-data config init`, or",
    "pass conversations_api_key=": "run `polyai-data config set conversations_api_key`",
    "(conversations_api_key=)": "(polyai-data config set conversations_api_key; or `list` with --agents-route)",
    "; name one, or run:": "; give --profile, or run:",
    "; since_last adds what is new, overwrite replaces it": "; --since-last adds what is new, --overwrite replaces it",
    "leave partition out": "leave --partition out",
    "variant_name: variant_id and variant_name exclude each other": "give either --variant or --variant-id",
    "names no agents; give their ids": "names no agents; give --agent, or run `polyai-data config agents add`",
    "since_last": "--since-last",
    "all_agents": "--all-agents",
    "any_filter goes with filters": "--any goes with --filter",
    "filters name": "--filter names",
    "; set details": "; add --details",
    "the agents routes have no query": "the agents routes have no --words and no --meaning",
    "the agents routes have no variant_name": "the agents routes have no --variant",
    "or use filters": "or use --filter",
    "end_time: start_time is after end_time": "--since is after --until",
}
"""What messages say of a client's arguments, and what a command line has instead."""


class Commands(click.Group):
    """A group whose commands are imported when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in COMMANDS:
            return None
        module, attribute = COMMANDS[cmd_name][0].split(":")
        command: click.Command = getattr(importlib.import_module(f"polyai_data.cli.{module}"), attribute)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(ctx, args)
        except click.exceptions.NoSuchCommand as error:  # which has no command to suggest
            raise click.exceptions.NoSuchCommand(error.command_name, possibilities=COMMANDS, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done; 1 something failed, or a check did; 2 wrong usage or configuration; 130 interrupted. "
    "POLYAI_DEBUG=1 shows where an error comes from. Completion: polyai-data completion --help.",
)
@click.version_option(__version__, prog_name="polyai-data")
def commands() -> None:
    """Conversations, recordings, notes and debug chats of PolyAI voice agents.

    Keys, region and agents come from options, then the environment (POLYAI_API_KEY, POLYAI_REGION, POLYAI_AGENT_ID, …),
    then a profile; one that --profile names goes before the environment: polyai-data config.
    """


def run(arguments: list[str] | None = None) -> NoReturn:
    """Run a command line and exit. Errors are one message on standard error; none is a traceback.

    Where output fails, the command goes on, and the exit status is that of its work; a reader that has enough, such as
    `head`, is no failure.
    """
    output.prepare()
    try:
        status = commands.main(arguments, prog_name="polyai-data", standalone_mode=False)
    except click.exceptions.Exit as error:
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt) as error:
        unanswered = isinstance(error.__context__, EOFError) and not sys.stdin.isatty()
        message = "\nerror: nothing answers this at standard input; give it as an option, see --help"
        click.echo(
            "\n".join([message if unanswered else "interrupted", *getattr(error.__cause__, "__notes__", ())]), err=True
        )
        status = WRONG_USAGE if unanswered else INTERRUPTED
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except PolyAIError as error:
        _debug(error)
        message = in_options(str(error)) if isinstance(error, ConfigError | AuthenticationError) else str(error)
        click.echo("\n".join([f"error: {message}", *getattr(error, "__notes__", ())]), err=True)
        status = WRONG_USAGE if isinstance(error, ConfigError) else FAILED
    except OSError as error:
        click.echo(f"error: {error.filename or 'input'}: {error.strerror or error}", err=True)
        status = FAILED
    except UnicodeDecodeError as error:
        click.echo(f"error: input is not UTF-8: byte {error.start}", err=True)
        status = FAILED
    except Exception as error:  # noqa: BLE001 - a fault of ours, which a user can report
        how = "" if _debug(error) else f"; to report it, run it again with {DEBUG}=1"
        # Without its message, which can hold what was received.
        click.echo(f"error: a fault of polyai-data {__version__} ({type(error).__name__}){how}", err=True)
        status = FAILED
    sys.stdout.flush()
    if (failure := output.failure()) and not isinstance(failure, BrokenPipeError):
        click.echo(f"error: output: {failure.strerror}", err=True)
        status = status or FAILED
    sys.exit(status if isinstance(status, int) else 0)


def in_options(message: str) -> str:
    """An error's message with what a command line calls the arguments of a client."""
    for argument, option in _OPTIONS.items():
        message = message.replace(argument, option)
    return message


def _debug(error: Exception) -> bool:
    """Show an error's traceback where POLYAI_DEBUG is set, and say whether. Neither keys nor variables show."""
    if not os.environ.get(DEBUG):
        return False
    import traceback  # noqa: PLC0415 - for mistakes alone

    from polyai_data import origins, profiles  # noqa: PLC0415
    from polyai_data.masking import Mask  # noqa: PLC0415

    keys = [os.environ.get(origins.VARIABLES[key]) for key in origins.KEYS]
    with suppress(PolyAIError):
        keys += [getattr(each, key) for each in profiles.load().profiles.values() for key in origins.KEYS]
    mask = Mask(key for key in keys if key)
    click.echo(mask("".join(traceback.format_exception(error))), err=True, nl=False)
    return True


def extra(name: str, *modules: str) -> None:
    """Fail with what to install where a module of an extra is missing."""
    for module in modules:
        if importlib.util.find_spec(module) is None:
            raise click.UsageError(f"this needs the extra `{name}`: pip install 'polyai-data[cli,{name}]'")

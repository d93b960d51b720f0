"""`polyai-data chat`: a debug chat at the prompt, and scripts of them."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import click

from polyai_data.atomic_file import Target, try_out
from polyai_data.cli import output, screen
from polyai_data.cli.options import Settings, client_options
from polyai_data.cli.program import FAILED, extra
from polyai_data_client.models.client_environment import CLIENT_ENVIRONMENT_VALUES

if TYPE_CHECKING:
    from polyai_data import DebugChat, PolyAI
    from polyai_data.chat_tests import Played

_FILE = click.Path(exists=True, dir_okay=False)
_QUIT, _YOU = "/quit", "you    "


@click.command()
@client_options
@click.option("--env", type=click.Choice(sorted(CLIENT_ENVIRONMENT_VALUES)), help="Environment. Default: sandbox.")
@click.option("--variant", metavar="ID", help="Variant to chat with.")
@click.option("--channel", metavar="NAME", help="Channel to simulate, such as CHAT or VOICE-SIP.")
@click.option("--lang", metavar="CODE", help="Language of both sides, such as en-GB.")
@click.option("--script", "scripts", multiple=True, type=_FILE, help="Play a script, and check responses. Repeatable.")
@click.option("--junit", type=click.Path(dir_okay=False, path_type=Path), help="With --script: write a JUnit report.")
@click.option("--json", "as_json", is_flag=True, help="Write the transcript as JSON at the end; a line for each case.")
def chat(
    settings: Settings,
    *,
    scripts: tuple[str, ...],
    junit: Path | None,
    as_json: bool,
    **options: str | None,
) -> int:
    """Talk to an agent in a debug chat; or test it, with scripts.

    What you type is sent line by line; /quit or Ctrl-D ends the chat. Lines can come from a pipe, too. Exit status of
    scripts, which docs/chat-tests.md describes: 0 all passed, 1 a check failed, 2 a script is wrong.

    \b
    polyai-data chat --agent front-desk --env pre-release
    polyai-data chat --script agent.yaml --junit report.xml
    """
    if scripts:
        return _play(settings, scripts, junit, options, as_json=as_json)
    if junit:
        raise click.UsageError("--junit needs --script")
    with settings.client() as client:
        _talk(client, options, as_json=as_json)
    return 0


def _talk(client: PolyAI, options: dict[str, str | None], *, as_json: bool) -> None:
    """A chat with whoever types; with `as_json`, standard output has the transcript alone."""
    lang: dict[str, Any] = {"asr_lang_code": options["lang"], "tts_lang_code": options["lang"]}
    env: Any = options["env"] or "sandbox"
    begun = monotonic()
    chat = client.debug_chat.start(client_env=env, variant_id=options["variant"], channel=options["channel"], **lang)
    turns = [_reply(chat, None, monotonic() - begun, err=as_json)]
    try:
        for line in _lines(err=as_json) if not chat.ended else ():
            begun = monotonic()
            chat.send(line, **lang)
            turns.append(_reply(chat, line, monotonic() - begun, err=as_json))
            if chat.ended:
                break
    finally:
        if as_json:
            screen.write_json({"chat_id": chat.id, "env": env, "ended": chat.ended, "turns": turns})
    if chat.ended:
        click.echo("The agent ended the chat.", err=True)


def _lines(*, err: bool) -> Iterator[str]:
    """What is typed, or comes from a pipe, until its end."""
    typed = sys.stdin.isatty()
    if typed:
        with suppress(ImportError):
            importlib.import_module("readline")  # lines can be edited then
        click.echo(f"{_QUIT} or Ctrl-D ends the chat.", err=True)
    with suppress(EOFError):
        while True:
            if typed and not sys.stdout.isatty():
                click.echo(_YOU, nl=False, err=True)
            line = input(_YOU if typed and sys.stdout.isatty() else "")
            if line.strip() == _QUIT or output.failure():
                return
            if not typed:
                click.echo(f"{_YOU}{screen.plain(line)}", err=err)
            yield line
    if typed:
        click.echo(err=True)


def _reply(chat: DebugChat, sent: str | None, seconds: float, *, err: bool) -> dict[str, Any]:
    from rich.text import Text  # noqa: PLC0415 - late, as `--help` needs none

    from polyai_data.chat_tests.play import Reply  # noqa: PLC0415

    reply = Reply.of(chat.reply, seconds)
    notes = [f"{seconds:.1f} s", *([reply.node] if reply.node else [])]
    notes += [f"hands off to {reply.handoff}"] * bool(reply.handoff)
    shown = Text.assemble(("agent  ", "bold cyan"), screen.plain(reply.text), (f"  {', '.join(notes)}", "dim"))
    screen.console(err=err).print(shown)
    return {"say": sent, **reply._asdict()}


def _play(
    settings: Settings, files: tuple[str, ...], junit: Path | None, options: dict[str, str | None], *, as_json: bool
) -> int:
    extra("cli", "yaml")
    from polyai_data import chat_tests  # noqa: PLC0415 - late, as it needs YAML

    if junit:
        if any(junit.exists() and junit.samefile(each) for each in files):
            raise click.UsageError(f"--junit would write over the script {junit}")
        try_out(junit)
    given = {name: value for name, value in options.items() if value is not None}
    cases = [replace(case, **given) for file in files for case in chat_tests.read(file)]  # type: ignore[arg-type]
    results = []
    with settings.client() as client:
        for case in cases:
            results.append(chat_tests.play(client, case))
            if as_json:
                screen.write_json(results[-1].to_dict())
            else:
                _show(results[-1])
    if junit:
        with Target(junit) as target:
            target.write(chat_tests.junit(results))
            target.keep()
    passed = sum(each.passed for each in results)
    if not as_json:
        click.echo(f"{passed} of {len(results)} cases passed")
    return 0 if passed == len(results) else FAILED


def _show(played: Played) -> None:
    from rich.text import Text  # noqa: PLC0415

    from polyai_data.chat_tests import explain  # noqa: PLC0415

    verdict = ("passed", "green") if played.passed else ("failed", "bold red")
    sent = f"{len(played.turns)} turns, {played.seconds:.1f} s"
    console = screen.console()
    console.print(Text.assemble(verdict, f"  {screen.plain(played.case.name)}  ", (sent, "dim")))
    for line in explain(played):
        console.print(Text(f"        {line}"))

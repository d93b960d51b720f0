"""A tour of every operation: `make run`.

    python scripts/tour.py [--live] [--output DIR]

Without `--live` it starts the emulator and calls every operation of both vendors through the facade. With `--live` it
calls the real API with the key of the environment, and only what reads.
"""

from __future__ import annotations

import datetime
import os
import sys
import warnings
import wave
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from pipeline.program import ROOT, Parser, program

# isort: split
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from polyai_data import AssemblyAI, PolyAI, PolyAIError
from polyai_data.emulator import Emulator
from polyai_data.hosts import POLYAI
from polyai_data.models import ConversationSummary

NEXT = """\
With a real key, from the Agent Studio of your region:

  export POLYAI_API_KEY=… POLYAI_REGION=us
  export POLYAI_AGENT_ID=PROJECT-… POLYAI_ACCOUNT_ID=ws-…
  make run LIVE=1          the same tour against the real API, read-only

In your own code:

  from polyai_data import PolyAI
  with PolyAI() as polyai:
      for conversation in polyai.conversations.list():
          print(conversation.id, conversation.started_at, conversation.summary_text)
"""


@dataclass
class Tour:
    """What the steps of a tour share.

    Attributes:
        polyai, assemblyai: the clients; there is no AssemblyAI in a live tour.
        host_of: the host that an operation really went to.
        output: the folder for recordings.
        console: where to print.
    """

    polyai: PolyAI
    assemblyai: AssemblyAI | None
    host_of: Callable[[str], str]
    output: Path
    console: Console

    def step(self, operation: str, result: str, note: str = "") -> None:
        """Print one step: the operation, the host that it went to, and the result."""
        row = Table.grid(padding=(0, 2))
        row.add_column(width=27, no_wrap=True)
        row.add_row(Text(operation, style="bold"), Text(self.host_of(operation), style="cyan"))
        text = Text(result)
        if note:
            text.append(f"\nnote: {note}", style="yellow")
        self.console.print(row, Padding(text, (0, 0, 0, 4)))


def read(tour: Tour) -> ConversationSummary:
    """Call what reads; returns a conversation that has a recording."""
    conversations = tour.polyai.conversations
    pages = list(conversations.list(limit=20).pages())
    listed = [conversation for page in pages for conversation in page.items]
    tour.step("listConversations", f"{len(listed)} conversations of {pages[0].total} on {len(pages)} pages")
    if not listed:
        raise PolyAIError("the agent has no conversations yet; set POLYAI_AGENT_ID to one that has")
    chosen = next((one for one in listed if "VOICE" in (one.channel or "") and not one.in_progress), listed[0])

    end = datetime.datetime.now(datetime.UTC)
    start = min([one.started_at for one in listed if one.started_at], default=end - datetime.timedelta(days=30))
    matches = list(
        conversations.search(
            account_id=chosen.account_id,
            start_time=start,
            end_time=end,
            query="refund",
            query_type="semantic",
            limit=50,
        )
    )
    quote = next((turn.user_input for one in matches for turn in one.turns or [] if turn.user_input), "no user input")
    tour.step("searchConversations", f"{len(matches)} about “refund”, by meaning; in one of them: “{quote}”")

    detail = conversations.get(chosen.conversation_id)
    metrics = ", ".join(f"{name}={'|'.join(detail.metric_values(name))}" for name in detail.metrics or ()) or "none"
    summary = f"“{detail.summary_text}”" if detail.summary_text else "no summary"
    tour.step("getConversation", f"{detail.id}: {len(detail.turns or [])} turns; {summary}; metrics: {metrics}")
    return chosen


def listen(tour: Tour, chosen: ConversationSummary) -> None:
    """Save recordings of a conversation: by the present operation, and by the superseded one."""
    conversations = tour.polyai.conversations
    target = tour.output / f"{chosen.conversation_id}.redacted.wav"
    with conversations.recording(chosen.conversation_id, direction="combined", redacted=True) as recording:
        recording.save(target)
    tour.step("getConversationRecording", _described(target))
    target = tour.output / f"{chosen.conversation_id}.user.v3.wav"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with conversations.recording(
            chosen.conversation_id, account_id=chosen.account_id, direction="user", redacted=True, legacy=True
        ) as recording:
            recording.save(target)
    tour.step("getConversationRecordingV3", _described(target), "; ".join(str(warning.message) for warning in caught))


def write(tour: Tour, chosen: ConversationSummary) -> None:
    """Call what writes, and read it back."""
    conversations = tour.polyai.conversations
    conversations.annotate(chosen.conversation_id, turn_id=0, role="user", annotation_type="wrong_transcript")
    tour.step("addAnnotations", "turn 0, user: wrong_transcript")
    conversations.set_note(chosen.conversation_id, "called back")
    note = conversations.get(chosen.conversation_id).note
    tour.step("upsertNote", f"the note is now “{note}”")
    chat = tour.polyai.debug_chat.start(client_env="sandbox")
    tour.step("createDebugChat", f"{chat.id}: “{chat.reply.response}”")
    reply = chat.send("I forgot my password")
    tour.step("sendDebugChatMessage", f"“{reply.response}”")


def redacted(tour: Tour, transcript_id: str) -> None:
    """Fetch AssemblyAI's redacted audio, by its signed link."""
    assert tour.assemblyai is not None
    audio = tour.assemblyai.redacted_audio.wait(transcript_id)
    target = tour.assemblyai.redacted_audio.save(transcript_id, tour.output / f"{transcript_id}.redacted.wav")
    host = urlsplit(audio.redacted_audio_url or "").hostname
    tour.step("getRedactedAudio", f"{_described(target)}, from {host}, which never saw the key")


def _described(path: Path) -> str:
    with wave.open(str(path)) as sound:
        seconds = sound.getnframes() / sound.getframerate()
    name = path.relative_to(ROOT) if path.is_relative_to(ROOT) else path
    return f"{name}: {seconds:.0f} s of sound, {path.stat().st_size / 1000:.0f} kB"


def with_emulator(console: Console, output: Path) -> None:
    with ExitStack() as stack:
        emulator = stack.enter_context(Emulator())
        console.print(f"The emulator plays every host of both vendors on {emulator.url}\n")

        def host_of(operation: str) -> str:
            return next(seen.host for seen in reversed(emulator.requests) if seen.operation_id == operation)

        polyai = stack.enter_context(emulator.client())
        tour = Tour(polyai, stack.enter_context(emulator.assemblyai()), host_of, output, console)
        chosen = read(tour)
        listen(tour, chosen)
        write(tour, chosen)
        ready = next(one.id for one in emulator.transcripts.values() if one.region == "us" and one.wav)
        redacted(tour, ready)


def live(console: Console, output: Path) -> None:
    """The tour against the real API, with the environment's key: only what reads."""
    if not os.environ.get("POLYAI_API_KEY"):
        raise PolyAIError("LIVE=1 calls the real API: set POLYAI_API_KEY, POLYAI_REGION and POLYAI_AGENT_ID first")
    with PolyAI() as polyai:
        console.print(f"The real API, region {polyai.region}; only what reads\n")
        assert polyai.region is not None
        region = polyai.region

        def host_of(operation: str) -> str:
            return urlsplit(POLYAI.route(operation, region).base_url).hostname or ""

        tour = Tour(polyai, None, host_of, output, console)
        listen(tour, read(tour))


@partial(program, expected=(PolyAIError,))
def main(arguments: Sequence[str] | None = None) -> int:
    parser = Parser(prog="tour.py", description="Take a tour of every operation.")
    parser.add_argument("--live", action="store_true", help="call the real API, read-only")
    parser.add_argument("--output", type=Path, default=ROOT / "out", help="folder for recordings (default: out/)")
    options = parser.parse_args(arguments)
    console = Console(highlight=False, soft_wrap=False, width=None if sys.stdout.isatty() else 120)
    options.output.mkdir(parents=True, exist_ok=True)
    (live if options.live else with_emulator)(console, options.output)
    console.print(f"\n{NEXT}", markup=False, end="")
    return 0


if __name__ == "__main__":
    sys.exit(main())

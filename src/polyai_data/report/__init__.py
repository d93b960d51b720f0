"""Report pages: some conversations, or a time range of them, as one HTML page that needs no network.

from polyai_data import PolyAI, report

with PolyAI() as client:
    page = report.page([report.read(client, "CA…", audio="redacted")])

Needs the extra `review`; a time range the extra `export` too.
"""

from __future__ import annotations

import hashlib
import tempfile
from base64 import b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from polyai_data import shown
from polyai_data._version import __version__
from polyai_data.errors import AuthenticationError, ConfigError, NotFoundError, PolyAIError
from polyai_data.manifest import NO_RECORDING
from polyai_data.models import ConversationDetailResponse
from polyai_data.personal import masked_conversation
from polyai_data.review.call import Call, call
from polyai_data.review.waveform import Span, Waveform, path
from polyai_data.shown_html import Player

if TYPE_CHECKING:
    from polyai_data import PolyAI
    from polyai_data.export import Options
    from polyai_data.export.analysis import Analysis

LARGEST = 24_000_000
"""Bytes of the largest recording in a page. In it they are a third more, and Firefox plays no more than 32 MiB."""
_HERE = Path(__file__).parent
_REVIEW = _HERE.parent / "review"
_EXPORT = _HERE.parent / "export"
_COLUMNS = 1000
# Of a page with recordings: a click at a time plays from there. The page's policy has its hash, so no other runs.
_SCRIPT = """
document.addEventListener("click", ({target}) => {
  const at = target.closest(".at"), sound = at?.closest("article").querySelector("audio");
  if (sound) { sound.currentTime = at.closest("[data-start]").dataset.start; sound.play(); }
});
document.addEventListener("timeupdate", ({target}) => {
  const line = target.closest("article").querySelector(".now"), at = 1000 * target.currentTime / target.duration;
  line?.setAttribute("x1", at); line?.setAttribute("x2", at);
}, true);
"""


class Sound(NamedTuple):
    """A recording: the element that plays it, and what draws it, where it can be drawn."""

    player: str
    kind: str
    seconds: float
    columns: int
    path: str
    muted: list[Span]


@dataclass
class Entry:
    """A conversation of a page.

    Attributes:
        id: the conversation.
        call: what was said in it; None where it could not be read, as `problem` says.
        audio: the recording that was asked for, `redacted` or `raw`.
        sound: the recording; None where none was asked for, or there is none.
        kind: why a time range shows it: `latency`, `hangup` or `duration`.
        seconds: that latency or duration.
    """

    id: str
    call: Call | None = None
    audio: str | None = None
    sound: Sound | None = None
    problem: str = ""
    kind: str = ""
    seconds: float | None = None


def read(
    client: PolyAI,
    conversation_id: str,
    *,
    agent_id: str | None = None,
    audio: Literal["redacted", "raw"] | None = None,
    mask: bool = False,
) -> Entry:
    """Read a conversation for a page. Operations `getConversation`, `getConversationRecording`.

    Args:
        client: the client.
        conversation_id: the conversation.
        agent_id: the agent; defaults to the client's.
        audio: the recording to have in the page; None for none.
        mask: whether its texts are masked by `polyai_data.personal`.

    Raises:
        ConfigError: the recording has more than `LARGEST` bytes, or an argument is invalid.
        PolyAIError: any other failure; see `polyai_data.errors`.
    """
    conversation = client.conversations.get(conversation_id, agent_id=agent_id)
    if mask:
        conversation = ConversationDetailResponse.from_dict(masked_conversation(conversation.to_dict()))
    made = Entry(conversation.id, call(conversation), audio)
    if audio and made.call and made.call.has_voice:
        made.sound = _sound(client, made.call, agent_id, redacted=audio == "redacted")
    return made


def _sound(client: PolyAI, call: Call, agent_id: str | None, *, redacted: bool) -> Sound | None:
    identifier, content = call.conversation.id, bytearray()
    try:
        recorded = client.conversations.recording(identifier, agent_id=agent_id, redacted=redacted, must_be_wav=False)
        with recorded as recording:
            for piece in recording.iter_bytes():
                content += piece
                if (size := max(recording.size or 0, len(content))) > LARGEST:
                    raise ConfigError(
                        f"the recording of {identifier} has {size / 1e6:.0f} MB, and a page can have one of up to "
                        f"{LARGEST / 1e6:.0f} MB; leave the audio out, and save the recording as a file",
                        argument="audio",
                    )
    except NotFoundError as error:
        if error.code == NO_RECORDING:
            return None
        raise
    shape = Waveform(bytes(content))
    peaks = shape.peaks(_COLUMNS)
    kind = "The redacted recording" if redacted else "The recording, with personal data"
    muted = shape.muted(call.waits) if redacted else []
    return Sound(Player(bytes(content))._repr_html_(), kind, shape.seconds, len(peaks), path(peaks), muted)


def over(
    client: PolyAI,
    options: Options,
    *,
    by: str = "day",
    utc: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> tuple[Analysis, list[Entry]]:
    """Analyze the conversations of a time range, and read those to look at: slow, long, hung up.

    They are exported to a temporary folder that only you can read.

    Args:
        client: a client; give it `requests_per_minute`, as the vendor limits them.
        options: which conversations, and whether they are masked.
        by: what to group by, as for `polyai_data.export.analyze`.
        utc: whether days and hours are those of UTC instead of the local time zone.
        progress: called with words for how far it is.

    Raises:
        PolyAIError: the export failed. What is wrong with a single conversation is in its entry.
    """
    from polyai_data.export import analyze, export  # noqa: PLC0415 - single conversations do without the extra

    with tempfile.TemporaryDirectory(prefix="polyai-data-") as folder:
        file = Path(folder) / "calls.parquet"
        export(file, client, options, progress=lambda done: progress(f"{done.rows:,} conversations, {done.part:.0%}"))
        analysis = analyze(file, by=by, utc=utc)

    @cache  # one can be slow and long
    def entry(agent: str, identifier: str) -> Entry:
        try:
            return read(client, identifier, agent_id=agent, mask=options.mask)
        except AuthenticationError:
            raise
        except PolyAIError as error:
            return Entry(identifier, problem=str(error))

    entries = []
    for number, (kind, agent, identifier, seconds) in enumerate(analysis.worst, 1):
        progress(f"{number} of {len(analysis.worst)} to look at")
        entries.append(replace(entry(agent, identifier), kind=kind, seconds=seconds))
    return analysis, entries


def page(
    entries: Sequence[Entry],
    analysis: Analysis | None = None,
    *,
    title: str = "",
    about: Sequence[str] = (),
    mask: bool = False,
    utc: bool = False,
) -> str:
    """The page. It loads nothing, and no script of a conversation runs in it. Needs jinja2, of the extra `review`.

    Args:
        entries: conversations; a single one is open, several are folded.
        analysis: what `over` gave with them.
        title: its heading, of several conversations; defaults to how many there are.
        about: lines below the heading.
        mask: whether they were masked, which the page says.
        utc: whether times are shown in UTC instead of local time.
    """
    from polyai_data import html_pages  # noqa: PLC0415 - late, as it takes long

    moment = partial(shown.moment, utc=utc)
    facts, folders = partial(shown.facts, utc=utc), (_HERE, _REVIEW / "templates", _EXPORT)
    templates = html_pages.templates(
        *folders, clock=shown.duration, moment=moment, facts=facts, marked=lambda text, _: text
    )
    charts: dict[str, Any] = {}
    if analysis is not None:
        from polyai_data.export import analysis_page  # noqa: PLC0415 - as above

        charts = analysis_page.context(analysis)
    files = [_REVIEW / "static" / "review.css", *([_EXPORT / "analysis.css"] if charts else []), _HERE / "report.css"]
    style = "".join(file.read_text(encoding="utf-8") for file in files)
    script = _SCRIPT if any(each.sound for each in entries) else ""
    now = datetime.now(UTC)
    return html_pages.page(
        templates.get_template("report.html"),
        **charts,
        entries=entries,
        has_analysis=analysis is not None,
        title=title or f"{len(entries)} conversations",
        about=about,
        mask=mask,
        made=f"Made {moment(now)} by polyai-data {__version__}",
        zone="UTC" if utc else now.astimezone().tzname(),
        style=style,
        script=script,
        policy=f"default-src 'none'; style-src '{_hash(style)}'; base-uri 'none'; form-action 'none'"
        + (f"; media-src data:; script-src '{_hash(script)}'" if script else ""),
        missing=shown.missing,
        seconds=shown.seconds,
    )


def _hash(text: str) -> str:
    """What a policy says of an element with this text."""
    return f"sha256-{b64encode(hashlib.sha256(text.encode()).digest()).decode()}"

"""Plays scripts of debug chats, and reports what became of their checks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from time import monotonic
from typing import TYPE_CHECKING, Any, NamedTuple
from xml.etree import ElementTree as Xml

from polyai_data.chat_tests.script import Case, Pattern, Turn
from polyai_data.errors import AuthenticationError, ConfigError, PermissionDeniedError, PolyAIError
from polyai_data.masking import escaped

if TYPE_CHECKING:
    from polyai_data import PolyAI
    from polyai_data.models import DebugChatResponse


@dataclass(frozen=True, slots=True)
class Failure:
    """A check that failed: its name, what the script expects, and what the response has."""

    check: str
    expected: str
    seen: str


@dataclass(frozen=True, slots=True)
class PlayedTurn:
    """A turn as it was played."""

    turn: Turn
    reply: Reply
    failures: tuple[Failure, ...]


@dataclass(slots=True)
class Played:
    """A case as it was played, up to the first turn of which a check failed.

    Attributes:
        case: the case.
        chat_id: the chat's id; None where it could not be started.
        turns: the turns that were played.
        error: why it ended early otherwise: a request failed, or the agent ended the chat.
    """

    case: Case
    chat_id: str | None = None
    turns: list[PlayedTurn] = field(default_factory=list)
    error: str | None = None

    @property
    def passed(self) -> bool:
        """Whether all turns were played and no check failed."""
        return self.error is None and not any(turn.failures for turn in self.turns)

    @property
    def seconds(self) -> float:
        """Seconds that all turns took."""
        return sum(turn.reply.seconds for turn in self.turns)

    def to_dict(self) -> dict[str, Any]:
        """As JSON."""
        turns = [
            {
                "line": each.turn.line,
                "say": each.turn.say,
                **each.reply._asdict(),
                "failures": [asdict(failure) for failure in each.failures],
            }
            for each in self.turns
        ]
        return {
            "file": self.case.file,
            "line": self.case.line,
            "name": self.case.name,
            "passed": self.passed,
            "chat_id": self.chat_id,
            "seconds": self.seconds,
            "error": self.error,
            "turns": turns,
        }


def play(client: PolyAI, case: Case) -> Played:
    """Play a case in a debug chat. Operations `createDebugChat`, `sendDebugChatMessage`.

    Where the case names no environment, it is `sandbox`.

    Raises:
        AuthenticationError, PermissionDeniedError, ConfigError: which all cases would meet; the errors of others are
            in the result.
    """
    played = Played(case)
    lang: dict[str, Any] = {"asr_lang_code": case.lang, "tts_lang_code": case.lang}
    try:
        begun = monotonic()
        chat = client.debug_chat.start(
            client_env=case.env or "sandbox", variant_id=case.variant, channel=case.channel, **lang
        )
        played.chat_id = chat.id
        turns = case.turns if case.turns[0].say is None else (Turn(case.line, None, {}), *case.turns)
        for turn in turns:
            if turn.say is not None:
                if chat.ended:
                    played.error = f"the agent ended the chat before line {turn.line}: {turn.say!r} was not sent"
                    break
                begun = monotonic()
                chat.send(turn.say, **lang)
            seconds = monotonic() - begun
            reply = Reply.of(chat.reply, seconds)
            played.turns.append(PlayedTurn(turn, reply, tuple(check(turn.checks, reply))))
            if played.turns[-1].failures:
                break
    except (AuthenticationError, PermissionDeniedError, ConfigError):
        raise
    except PolyAIError as error:
        played.error = str(error)
    return played


class Reply(NamedTuple):
    """What checks look at: a response, and the seconds that it took."""

    text: str
    node: str | None
    handoff: str | None
    ended: bool
    seconds: float

    @classmethod
    def of(cls, response: DebugChatResponse, seconds: float) -> Reply:
        """A response as it came."""
        metadata = response.metadata
        node, handoff = (metadata.current_node, metadata.handoff_destination) if metadata else (None, None)
        return cls(response.response or "", node, handoff, bool(response.conversation_ended), seconds)


def check(checks: Mapping[str, Any], reply: Reply) -> Iterator[Failure]:
    """The checks that fail."""
    for name, expected in checks.items():
        passed, wanted, seen = _CHECKS[name](expected, reply)
        if not passed:
            yield Failure(name, wanted, seen)


def _any_of(patterns: Iterable[Pattern]) -> str:
    return " or ".join(each.written if each.regex else repr(each.written) for each in patterns)


def _handoff(value: bool | str | None) -> str:
    return f"a handoff to {value!r}" if isinstance(value, str) else "a handoff" if value else "no handoff"


def _ended(value: bool) -> str:
    return f"the chat {'has ended' if value else 'goes on'}"


_CHECKS: dict[str, Callable[[Any, Reply], tuple[bool, str, str]]] = {
    "expect": lambda some, reply: (any(each.is_in(reply.text) for each in some), _any_of(some), reply.text),
    "expect_not": lambda some, reply: (
        not any(each.is_in(reply.text) for each in some),
        f"not {_any_of(each for each in some if each.is_in(reply.text))}",
        reply.text,
    ),
    "node": lambda some, reply: (
        reply.node is not None and any(each.is_all_of(reply.node) for each in some),
        _any_of(some),
        reply.node or "no node",
    ),
    "handoff": lambda wanted, reply: (
        wanted in {reply.handoff, bool(reply.handoff)},
        _handoff(wanted),
        _handoff(reply.handoff),
    ),
    "ended": lambda wanted, reply: (wanted is reply.ended, _ended(wanted), _ended(reply.ended)),
    "within": lambda most, reply: (reply.seconds <= most, f"at most {most:g} seconds", f"{reply.seconds:.2f} seconds"),
}


def junit(results: Iterable[Played]) -> bytes:
    """The results as a JUnit file."""
    root = Xml.Element("testsuites", name="polyai-data chat")
    suites: dict[str, Xml.Element] = {}
    for played in results:
        case = played.case
        if case.file not in suites:
            suites[case.file] = Xml.SubElement(root, "testsuite", name=case.file, tests="0", failures="0", errors="0")
        suite = suites[case.file]
        one = {"classname": case.file, "name": escaped(case.name), "file": case.file, "line": str(case.line)}
        element = Xml.SubElement(suite, "testcase", one, time=f"{played.seconds:.3f}")
        kinds = ["tests"]
        if any(turn.failures for turn in played.turns):
            kinds.append("failures")
            lines = list(explain(played))
            Xml.SubElement(element, "failure", message=lines[0]).text = "\n".join(lines)
        elif played.error:
            kinds.append("errors")
            Xml.SubElement(element, "error", message=escaped(played.error))
        for kind in kinds:
            suite.set(kind, str(int(suite.get(kind, "0")) + 1))
    Xml.indent(root)
    document: bytes = Xml.tostring(root, encoding="utf-8", xml_declaration=True)
    return document + b"\n"


def explain(played: Played) -> Iterator[str]:
    """Why a case did not pass, a line for each failed check."""
    for turn in played.turns:
        for failure in turn.failures:
            seen = f"expected {failure.expected}; seen: {failure.seen}"
            yield escaped(f"{played.case.file}:{turn.turn.line}: {failure.check}: {seen}")
    if played.error:
        yield escaped(f"{played.case.file}:{played.case.line}: {played.error}")

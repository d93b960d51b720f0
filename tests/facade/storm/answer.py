"""What an answer of the storm is: the bytes and pauses that the server plays, and what may become of them."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

from polyai_data.hosts import ASSEMBLYAI, POLYAI
from tests.facade.masking import SIGNATURE
from tests.facade.scripted import example_response, wav
from tests.support.document import JSON, operations

SOUND = wav(bytes(range(1, 256)) * 8)
LINK = "the signed link"
LISTINGS = frozenset({"listConversations", "searchConversations"})
WRITES = frozenset({"addAnnotations", "upsertNote"})
"""Operations of which any 2xx is a success."""
ONCE = frozenset({"addAnnotations", "upsertNote", "createDebugChat", "sendDebugChatMessage"})
"""Operations that must not be carried out twice."""
CONVERSATION, CHAT = "CA1", "AS_CHAT_1"


@dataclass(frozen=True)
class Endless:
    """`piece` again and again, for that many seconds or until the client closes the connection."""

    piece: bytes
    seconds: float = 10.0
    pause: float = 0.01


@dataclass(frozen=True)
class Drip:
    """The bytes of `content` one after the other."""

    content: bytes
    pause: float


Script = tuple[bytes | Endless | Drip | Literal["close", "reset"], ...]
"""What the server plays in response to one request. Without `close` or `reset` the connection stays open."""
Expected = Literal["value", "error", "any"]


@dataclass(frozen=True)
class Honest:
    """What a target responds when all is well. A target is an operation, or the file behind a signed link.

    Attributes:
        index: the target's number, from 0.
    """

    target: str
    index: int
    status: int
    kind: str
    body: bytes = field(repr=False)

    @property
    def is_json(self) -> bool:
        return self.kind == JSON

    @property
    def is_write(self) -> bool:
        """Whether the status alone decides."""
        return self.target in WRITES

    @property
    def broken(self) -> Expected:
        """What may become of a success whose body is broken."""
        return "any" if self.is_write else "error"

    @property
    def patience(self) -> float:
        """Seconds for which a body without an end goes on. A recording may take as long as it goes on."""
        return 10.0 if self.is_json else 1.0

    def head(
        self, *lines: str, status: int | str = "", start: str = "", kind: str | None = None, length: object = None
    ) -> bytes:
        """The head of a response; `length` is the Content-Length, `kind` the Content-Type, or "" for none."""
        first = start or f"HTTP/1.1 {status or self.status} Stormy"
        kind = self.kind if kind is None else kind
        more = [f"Content-Type: {kind}"] if kind else []
        if length is not None:
            more.append(f"Content-Length: {length}")
        return "\r\n".join([first, *more, *lines, "", ""]).encode("latin-1")

    def whole(self, *lines: str, body: bytes | None = None, **options: Any) -> bytes:
        """A response that is framed in good order."""
        body = self.body if body is None else body
        return self.head(*lines, length=len(body), **options) + body


@dataclass(frozen=True)
class Answer:
    """One answer of the storm.

    Attributes:
        name: `family/name`.
        scripts: what is played to each request for the target in turn; the last repeats.
        expected: `value` where the answer is odd and right, `error` where a value would be wrong, else `any`.
        sent: the body that HTTP delivers; a value must be exactly that.
        calls: how often the client calls; every value must be right.
    """

    honest: Honest
    name: str
    scripts: tuple[Script, ...]
    expected: Expected = "any"
    sent: bytes | None = field(default=None, repr=False)
    calls: int = 1

    @property
    def title(self) -> str:
        return f"{self.name} · {self.honest.target}"

    @property
    def digest(self) -> bytes:
        """Two answers with the same one do the same to the same operation."""
        total = hashlib.sha256(f"{self.honest.target} {self.calls}".encode())
        for action in itertools.chain.from_iterable((*script, "next") for script in self.scripts):
            total.update(action if isinstance(action, bytes) else repr(action).encode())
            total.update(b" then ")
        return total.digest()


def honest_answers() -> list[Honest]:
    """What each target responds when all is well."""
    changes: dict[str, dict[str, Any]] = {
        "listConversations": {"count": 2, "limit": 50, "offset": 0},
        "searchConversations": {"cursor": None, "next_offset": None},
        "getConversation": {"conversationId": CONVERSATION},
        "getRedactedAudio": {"redacted_audio_url": f"https://files.example/Ada.wav?Signature={SIGNATURE}"},
        "createDebugChat": {"conversationId": CHAT},
        "sendDebugChatMessage": {"conversationId": CHAT},
    }
    found = []
    for operation_id in (*POLYAI.operations, *ASSEMBLYAI.operations):
        operation = operations()[operation_id]
        if operation.media_type == JSON:
            body = example_response(operation_id, **changes.get(operation_id, {})).partition(b"\r\n\r\n")[2]
            found.append((operation_id, operation.success, JSON, body))
        else:
            found.append((operation_id, operation.success, "audio/wav", SOUND))
    found.append((LINK, 200, "audio/wav", SOUND))
    return [Honest(target, index, status, kind, body) for index, (target, status, kind, body) in enumerate(found)]


def one(
    honest: Honest,
    name: str,
    *script: Any,
    expected: Expected = "any",
    sent: bytes | None = None,
    calls: int = 1,
) -> Answer:
    """An answer that plays the same to every request."""
    return Answer(honest, name, (script,), expected, sent, calls)


def chunks(*pieces: bytes, extension: bytes = b"", trailers: bytes = b"") -> bytes:
    """A body in chunks, with its end."""
    return (
        b"".join(b"%x%s\r\n%s\r\n" % (len(piece), extension, piece) for piece in pieces) + b"0\r\n" + trailers + b"\r\n"
    )


def halves(content: bytes) -> Iterable[bytes]:
    middle = len(content) // 2
    return content[:middle], content[middle:]

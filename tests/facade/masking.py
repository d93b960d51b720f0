"""Secrets and personal data that tests plant, and checks that nothing shows them."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path

import polyai_data
from polyai_data.errors import PolyAIError

KEY, SECOND_KEY, HEADER, SIGNATURE = "key-hidden-1", "key-hidden-2", "header-hidden-3", "signature-hidden-4"
SECRETS = [KEY, SECOND_KEY, HEADER, SIGNATURE]
PHONE, NAME, NOTE, MESSAGE, WORDS, CARD = (
    "+447700900123",
    "Ada Lovelace-Example",
    "called back about her invoice",
    "my password is swordfish",
    "refund for the wedding",
    "4111 1111 1111 1111",
)
PERSONAL = [PHONE, NAME, NOTE, MESSAGE, WORDS, CARD]
IDS = CONVERSATION_ID, AGENT_ID, ACCOUNT_ID, TRANSCRIPT_ID = "CA-id-7001", "P-id-7002", "ws-id-7003", "T-id-7004"
"""Ids may stand in errors, but not in logs."""

SOURCE = Path(polyai_data.__file__).parent
LIBRARIES = ("httpx", "httpcore", "h11", "anyio")
RECEIVED = {"request", "body", "pieces", "piece"}
"""Variables of what sends and receives that hold what a caller passed, or what was received."""


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error, its causes and the errors in whose handling it was raised."""
    if error is not None:
        yield error
        yield from chain(error.__cause__)
        yield from chain(error.__context__)


def check(text: str, where: str, private: list[str]) -> None:
    """Check that `text` shows none of `private`."""
    hidden = [each for each in private if each in text]
    # The text is not part of the message: it can be the environment of the user who runs the tests.
    assert hidden == [], f"{where} shows it"


def check_logs(records: list[logging.LogRecord]) -> None:
    """Check that no record of any library shows a secret, personal data or an id."""
    for record in records:
        shown = f"{record.getMessage()} {record.msg!r} {record.args!r} {record.exc_info} {record.stack_info}"
        check(shown, f"log of {record.name}", [*SECRETS, *PERSONAL, *IDS])


def check_own(error: BaseException) -> None:
    """Check that an error is of our tree and holds no object of the HTTP library."""
    assert isinstance(error, PolyAIError)
    for each in chain(error):
        for value in (each, *each.args, *vars(each).values()):
            assert not type(value).__module__.startswith(LIBRARIES)


def check_error(error: BaseException, secrets: list[str] = SECRETS, personal: list[str] = PERSONAL) -> None:
    """Check an error of ours, and what it shows."""
    check_own(error)
    check_shown(error, secrets, personal)


def check_shown(error: BaseException, secrets: list[str], personal: list[str]) -> None:
    """Check what an error shows; `raw` and `body` hold what was received, for callers who ask for them.

    Of the variables of frames, which error reports often include, none holds a secret. Personal data is in what a
    caller passed and in what was received, and in nothing else that sends and receives.
    """
    for each in chain(error):
        attributes = {name: value for name, value in vars(each).items() if name not in {"raw", "body"}}
        shown = f"{each} {each!r} {each.args!r} {attributes!r} {getattr(each, '__notes__', '')}"
        check(shown + "".join(traceback.format_exception(each)), "error", [*secrets, *personal])
        for frame, _ in traceback.walk_tb(each.__traceback__):
            file, module = Path(frame.f_code.co_filename), str(frame.f_globals.get("__name__"))
            ours = file.is_relative_to(SOURCE)
            for name, value in frame.f_locals.items() if ours or module.startswith((*LIBRARIES, "ssl", "json")) else ():
                private = ours and file.name in {"transport.py", "session.py"} and name not in RECEIVED
                hidden = [*secrets, *personal] if private else secrets
                check(shown_value(value), f"{name} in {frame.f_code.co_name}", hidden)


def shown_value(value: object) -> str:
    """The `repr` of a value; that of an object whose `__init__` has not finished can fail."""
    try:
        return repr(value)
    except AttributeError as error:
        return f"no repr: {error}"

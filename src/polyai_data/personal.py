"""What is personal in texts: phone, e-mail and card numbers. No I/O.

It is a net with known holes. It does not catch names, postal addresses, dates of birth, and whatever else identifies a
person in plain words; numbers of fewer than seven digits, such as a room, an extension or a short local number; digits
that are spoken in pairs ("twenty-three forty-five") or in another language than English, German, French or Spanish;
digits that letters are written onto, as in most ids. Where it doubts, it masks: a bare order number of seven digits is
`[phone]`, a long one `[card]`. Check a sample before you rely on it.
"""

from __future__ import annotations

import re
from typing import Any

PHONE, EMAIL, CARD = "[phone]", "[email]", "[card]"
FEWEST_DIGITS = 7
"""Digits in a row that are taken for a phone number."""
_FEWEST_OF_CARD = 13

# Everything below is linear: what repeats is possessive or bounded, and begins only where a word does.
_EMAIL = re.compile(r"""(?<![^\s@<>()\[\]{},;:"'])[^\s@<>()\[\]{},;:"']++@\w++(?:[.-]++\w++)*+""")
_MAIL = ("aol", "gmail", "gmx", "googlemail", "hotmail", "icloud", "outlook", "yahoo")
_AT_MAIL = tuple(f" at {each}." for each in _MAIL)
_SPOKEN_EMAIL = re.compile(
    rf"""\b(?:\w[ -]){{0,40}}(?:\w++[ ](?:dot|underscore|dash|hyphen|plus)[ ]){{0,5}}\w++[ ]at[ ]
    (?:\w++(?:[ ]dot[ ]\w++)++ | (?:{"|".join(_MAIL)})\.\w++)""",
    re.IGNORECASE | re.VERBOSE,
)
_TIMES = {"double": 2, "triple": 3, "treble": 3, "doble": 2, "doppel": 2}
_DIGITS = (
    "zero oh o nought one two three four five six seven eight nine",
    "null eins zwei zwo drei vier fünf sechs sieben acht neun",
    "zéro un deux trois quatre cinq sept huit neuf",
    "cero uno dos tres cuatro cinco seis siete ocho nueve",
)
_SPOKEN = frozenset((*" ".join(_DIGITS).split(), *_TIMES))
_COUNTED = _SPOKEN | {*"0123456789"}
_FEWEST_TOKENS = 5
# Of a number of seven digits: "triple five triple six one".
_WORDS = rf"(?:{'|'.join(sorted(_SPOKEN, key=len, reverse=True))})(?![A-Za-z_\d])"
_ONE = rf"(?:\d++(?:(?![A-Za-z_])|(?=x\d|ext))|{_WORDS})"
_BETWEEN = rf"(?:[\s().\-/\u2010-\u2015\u2212]{{0,3}}|,\s(?=\d\b|{_WORDS}))"
_NUMBER = re.compile(
    rf"(?<![A-Za-z_\d])(?<![A-Za-z_\d]-)(?:\((?=\+?\d+\)))?\+?(?:\((?=\d+\)))?{_ONE}(?:{_BETWEEN}{_ONE})*+",
    re.IGNORECASE,
)
_TOKENS = re.compile(r"\d|[^\W\d_]+").findall
_ASCII_TOKENS = re.compile("[a-z]+|[0-9]").findall  # twice as fast
_DATE = re.compile(r"(?<!\d)(?:\d{4}([-/.])\d{1,2}\1\d{1,2}|\d{1,2}([-/.])\d{1,2}\2(?:19|20)\d\d)(?!\d)")
_DECIMAL = re.compile(r"\d{1,2}\.\d+|\d+\.\d\d")
_AMOUNT = re.compile(r"\d{1,3}(?:[ .]\d{3})*(?:\.\d\d)?|\d+(?:\.\d\d)?")
_CURRENCY_BEFORE = re.compile(r"(?:[€$£¥₹]|EUR|USD|GBP)\s?$")
_CURRENCY_AFTER = re.compile(r"\s?(?:€(?!\s?\d)|(?:EUR|USD|GBP|euros?|dollars?|pounds?|cents?)\b)", re.IGNORECASE)
_REST_OF_ID = re.compile(r"-[\da-f]{4,}\b", re.IGNORECASE)


def masked(text: str) -> str:
    """`text` with `[phone]`, `[email]` and `[card]` in place of such numbers and addresses, written or spoken.

    Phone numbers are found in any writing (`+44 (0)7700 900123`, `555.010.9999`, "oh seven seven double five …");
    times, dates, prices and ids stay. What is not caught stands at the top of this module. JSON text is better masked
    by `masked_json`, value by value: its escapes hide where a number begins.
    """
    # Most texts have nothing personal, and this is sooner seen so than by the patterns.
    if text.isascii() and text.isidentifier():
        return text
    if "@" in text:
        text = _EMAIL.sub(EMAIL, text)
    lower = text.lower()
    if " at " in lower and (" dot " in lower or any(each in lower for each in _AT_MAIL)):
        text = _SPOKEN_EMAIL.sub(EMAIL, text)
    return _NUMBER.sub(_placeholder, text) if _has_number(lower) else text


def _has_number(lower: str) -> bool:
    """Whether a text may have a number that is masked."""
    if lower.isascii():
        count = sum(map(_COUNTED.__contains__, _ASCII_TOKENS(lower)))
    else:
        count = sum(each in _SPOKEN or each.isdecimal() for each in _TOKENS(lower))
    return count >= _FEWEST_TOKENS


def masked_json(value: Any) -> Any:
    """A JSON value, such as a conversation's state, with its texts, whole numbers and names masked."""
    kind = type(value)
    if kind is str:
        return masked(value)
    if kind is dict:
        return {masked(name): masked_json(each) for name, each in value.items()}
    if kind is list:
        return [masked_json(each) for each in value]
    if kind in {int, float} and value % 1 == 0:
        text = masked(str(int(value)))
        return value if text == str(int(value)) else text
    return value


def masked_conversation(conversation: dict[str, Any]) -> dict[str, Any]:
    """A conversation as it came, of `get`, with its texts masked, and the few digits of keys pressed."""
    made: dict[str, Any] = {**masked_json(conversation), "conversationId": conversation["conversationId"]}
    for turn, came in zip(made.get("turns") or [], conversation.get("turns") or [], strict=False):
        if isinstance(turn, dict):
            if "turn_id" in came:
                turn["turn_id"] = came["turn_id"]  # a large number, which is not a person's
            if keys := came.get("user_input_dtmf"):
                turn["user_input_dtmf"] = "*" * len(keys)
    return made


def _placeholder(match: re.Match[str]) -> str:
    run = match[0]
    digits = _count(_DATE.sub("", run))
    if digits < FEWEST_DIGITS or _stays(match, run):
        return run
    opened = "(" if run.count("(") > run.count(")") else ""
    foreign = run.startswith(("+", "00"))
    return opened + (CARD if digits >= _FEWEST_OF_CARD and not foreign else PHONE)


def _count(run: str) -> int:
    """How many digits a run has, written or spoken; "double" makes one more of the next."""
    total, times = 0, 1
    for token in _TOKENS(run):
        if token.lower() in _TIMES:
            times = _TIMES[token.lower()]
        else:
            total, times = total + times, 1
    return total


def _stays(match: re.Match[str], run: str) -> bool:
    """Whether a run of digits is a decimal number, an amount of money, or a part of an id."""
    if _DECIMAL.fullmatch(run) or _REST_OF_ID.match(match.string, match.end()):
        return True
    return _AMOUNT.fullmatch(run) is not None and bool(
        _CURRENCY_BEFORE.search(match.string, max(0, match.start() - 4), match.start())
        or _CURRENCY_AFTER.match(match.string, match.end())
    )

"""Masking of phone, e-mail and card numbers in texts."""

from __future__ import annotations

import re
import time
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from polyai_data import personal
from polyai_data.personal import masked, masked_json

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("call +44 (0)7700 900123 now", "call [phone] now"),
        ("(555) 010-9999.", "[phone]."),
        ("(or 555.010.9999)", "(or [phone])"),
        ("tel:0123456789x5, 12abc", "tel:[phone]x5, 12abc"),
        ("0123456789 12abc", "[phone] 12abc"),
        ("电话0123456789号", "电话[phone]号"),
        ("oh seven, seven 0 0 double nine, thanks", "[phone], thanks"),
        ("0, 7, 7, 0, 0, 9, 0", "[phone]"),
        ("null eins fünf eins zwei drei vier", "[phone]"),
        ("4111-1111 1111 1111, DE89 3704 0044 0532 0130 00", "[card], DE89 [card]"),
        ("me.and+you@mail.example.com. Or sip:A1@pbx", "[email]. Or sip:[email]"),
        ("john dot smith at mail dot com or j o h n at gmail.com", "[email] or [email]"),
        *((same, same) for same in (
            "at 10:30 on 2026-05-04 12:30:00, until 2026-05-04T11:59:50.250000Z or 04.05.2026 14:00",
            "£1234567.89, 12 345 678 €, 1,234,567.89, 1500000 dollars, 51.5074123",
            "room 12, 14 and 16; one two three; visit us at www.example.com",
            "CA060f1234567890abcdef 12345678-1234-4123-9abc-446655440000 LOCAL-12345678-1234-1234-1234-123456789012",
        )),
    ],
)  # fmt: skip
def test_numbers_are_masked_and_nothing_else(text: str, expected: str) -> None:
    assert masked(text) == expected
    assert masked(expected) == expected


@given(
    digits=st.text("0123456789", min_size=10, max_size=15),
    seed=st.randoms(use_true_random=False),
    before=st.sampled_from(["", "it is ", "on 2026-05-04: ", "(", "a,"]),
    after=st.sampled_from(["", ".", ", at 10:30", ")", " 12ab"]),
)
def test_a_phone_number_is_masked_however_it_is_written_or_spoken(
    digits: str, seed: Random, before: str, after: str
) -> None:
    groups = re.findall(r".{2,4}(?=.{2}|$)|.+", digits)
    written = seed.choice(["", "+"]) + seed.choice([" ", "-", " - ", "/", "\xa0", "\u2011"]).join(groups)
    spoken = seed.choice([" ", ", ", "-"]).join(seed.choice((each, WORDS[int(each)])) for each in digits)
    for number in (digits, written, spoken):
        assert re.sub(r"\[(?:phone|card)\]", "", masked(before + number + after)) == before + after


@given(st.text("0123456789+() .-ax/:€_é"))
def test_any_text_is_masked_once(text: str) -> None:
    assert masked(masked(text)) == masked(text)


@given(
    st.lists(st.sampled_from(["Triple", "double", "fünf", "six", "7", "٣", "77", "x"]), max_size=9),
    st.sampled_from(" -é"),
)
def test_no_number_is_passed_over_at_a_first_look(words: list[str], between: str) -> None:
    text = between.join(words)
    assert masked(text) == personal._NUMBER.sub(personal._placeholder, text)


def test_a_json_value_is_masked_inside() -> None:
    value = {"caller": [{"number": 447700900123, "age": 44, "ok": True, "score": 4.25, "none": None}], "a@b.c": "x@y.z"}
    clean = {
        "caller": [{"number": "[phone]", "age": 44, "ok": True, "score": 4.25, "none": None}],
        "[email]": "[email]",
    }
    assert masked_json(value) == clean


def test_a_hostile_text_takes_linear_time() -> None:
    for piece in ("1 ", "1.", "a", "a ", "a@", "one ", "(", "+", "a dot ", "a at a dot ", "a b at c dot d ", "oh-"):
        begun = time.process_time()
        masked(piece * (100_000 // len(piece)))
        assert time.process_time() - begun < 2, piece

"""A storm of hostile answers: each call ends with what was sent or an error of ours, in time, and shows no secret.

`make test` plays a sample, `make storm` all answers, or those whose title matches `ONLY`.
"""

from __future__ import annotations

import os
import random
import re
import sys
import tracemalloc
from collections import Counter
from collections.abc import Callable
from importlib.util import find_spec

import pytest

from tests.facade.calls import Flavour
from tests.facade.storm.answer import Answer, honest_answers
from tests.facade.storm.framing import SPACES, packed
from tests.facade.storm.storm import Storm, all_answers, report

WHOLE, ONLY, SEED = "STORM" in os.environ, os.environ.get("STORM_ONLY", ""), int(os.environ.get("STORM_SEED", "1"))
SAMPLE = 120
LARGEST = 12 * len(SPACES)
"""Bytes that an error which unpacks to more may take in memory; one piece from the network can unpack to a third."""
FLAVOURS: tuple[Flavour, Flavour] = ("sync", "async")


@pytest.fixture(autouse=True)
def no_pauses(clean_environment: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("_sync.session", "_sync.recording", "_async.session", "_async.recording"):
        monkeypatch.setattr(f"polyai_data.{module}.random", lambda: 0.0)
    if find_spec("sniffio") is None:
        # The HTTP library looks for it again with each step, and many event loops in threads would wait in turn.
        monkeypatch.setitem(sys.modules, "sniffio", None)


@pytest.mark.filterwarnings("ignore:recording.legacy=True.:DeprecationWarning")
def test_every_answer_gives_what_was_sent_or_an_error_of_ours(record_property: Callable[[str, object], None]) -> None:
    answers = all_answers()
    assert len(answers) > 2000
    assert min(Counter(each.honest.target for each in answers).values()) > 200
    chance = random.Random(SEED)
    # In another order the flavours change places; neighbours, which are alike, are not played at the same time.
    every: list[tuple[Answer, Flavour]] = [(each, FLAVOURS[(index + SEED) % 2]) for index, each in enumerate(answers)]
    chosen = [each for each in chance.sample(every, len(every)) if re.search(ONLY, each[0].title)]
    storm = Storm()
    runs = storm.run(chosen if WHOLE else chosen[:SAMPLE])
    record_property("summary", report(runs))
    wrong = [f"{kind}: {run.title}: {note}" for run in runs for kind, note in run.wrong.items()]
    assert wrong == [], "\n".join([f"{len(wrong)} of {len(runs)} runs", *wrong])
    assert storm.strays == []


def test_the_body_of_an_error_takes_little_memory_however_far_it_unpacks() -> None:
    packed_ones = (each for honest in honest_answers() for each in packed(honest))
    bombs = [each for each in packed_ones if re.search(r"bomb, status [45]", each.name)]
    chosen: list[tuple[Answer, Flavour]] = [(each, FLAVOURS[index % 2]) for index, each in enumerate(bombs)]
    tracemalloc.start()
    try:
        runs = Storm(workers=1).run(chosen[::7])
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert [run.outcomes for run in runs if run.outcomes == ["value"]] == []
    assert peak < LARGEST

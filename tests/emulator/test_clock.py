"""The emulator's clock: it stands still, or follows today."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from polyai_data.emulator import Emulator


@pytest.fixture(scope="module")
def today() -> Iterator[Emulator]:
    with Emulator(now=True) as emulator:
        yield emulator


def test_the_last_seven_days_have_rows(today: Emulator) -> None:
    now = datetime.now(UTC)
    with today.client() as polyai:
        rows = list(polyai.conversations.search(start_time=now - timedelta(days=7), end_time=now))
        listed = list(polyai.conversations.list())
    assert 20 < len(rows) < 34
    assert len(listed) == 40
    started = [each.started_at for each in today.conversations()]
    assert all(later > earlier for later, earlier in itertools.pairwise(started))
    assert now - timedelta(hours=2) < started[0] < now


def test_it_runs_and_can_be_set(today: Emulator) -> None:
    first = today.clock.now()
    assert abs(first - datetime.now(UTC)) < timedelta(minutes=1)
    assert today.clock.now() > first
    today.clock.advance(3600)
    assert timedelta(hours=1) <= today.clock.now() - first < timedelta(hours=2)
    today.reset()
    assert timedelta() < today.clock.now() - first < timedelta(minutes=1)


def test_files_and_links_hold_by_it(today: Emulator, http: httpx.Client) -> None:
    with today.assemblyai() as assemblyai:
        ready = next(each for each in today.transcripts.values() if each.state == "ready" and each.region == "us")
        assert assemblyai.redacted_audio.get(ready.id)
    assert "UTC, and running" in http.get(today.url).text


def test_the_ids_are_those_of_every_day(today: Emulator) -> None:
    with Emulator() as still:
        assert [each.id for each in still.conversations()] == [each.id for each in today.conversations()]

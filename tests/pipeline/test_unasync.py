"""The synchronous facade is the asynchronous one without `async` and `await`, and nothing else."""

from __future__ import annotations

import pytest
import unasync as unasync_program
from unasync import SYNC, synchronous_name, unasync

from tests.pipeline.conftest import Done, Run


@pytest.mark.parametrize(
    ("name", "twin"),
    [
        ("_AsyncClient", "_Client"),
        ("__aenter__", "__enter__"),
        ("Async", "Async"),
        ("asynchronously", "asynchronously"),
    ],
)
def test_names(name: str, twin: str) -> None:
    assert synchronous_name(name) == twin


@pytest.mark.parametrize(
    ("source", "twin"),
    [
        ("async def f():\n    return await g()\n", "def f():\n    return g()\n"),
        ("async with a as b:\n    async for c in b: pass\n", "with a as b:\n    for c in b: pass\n"),
        ("x = [await f(y) async for y in z]\n", "x = [f(y) for y in z]\n"),
        ("await asyncio.sleep(1)  # await it\n", "time.sleep(1)  # await it\n"),
        ('"""As AsyncPolyAI, async."""\n', '"""As PolyAI, async."""\n'),
        ('f"{await x} AsyncAssemblyAI"\n', None),
        (
            "a = (\n    await f(),  # first\n\n    # second\n    2,\n)\n",
            "a = (\n    f(),  # first\n\n    # second\n    2,\n)\n",
        ),
    ],
)
def test_sources(source: str, twin: str | None) -> None:
    made = unasync(source)
    if twin is None:
        assert "AsyncAssemblyAI" not in made
    else:
        assert made == twin


def test_the_check_names_what_is_not_up_to_date(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run(unasync_program.main, "--check") == Done(0, "", "")
    monkeypatch.setattr(unasync_program, "twins", lambda: {SYNC / "client.py": "changed"})
    done = run(unasync_program.main, "--check")
    assert (done.status, done.out) == (1, "")
    assert "error: src/polyai_data/_sync/client.py is not up to date; run `make generate`\n" in done.err

"""page_memory: a search page of 300 MB, item by item: memory over an idle client, and when the first item comes."""

from __future__ import annotations

import json
import subprocess
import sys

from bench.measure import Line
from bench.samples import match
from bench.server import JSON, Canned
from bench.streaming import MIB, peak

TURNS = 20
SIZE = 300_000_000
MOST = 64
EARLIEST = 0.02


def rows(rounds: int) -> list[Line]:
    """A line for the memory of each form, and for the first item."""
    one = json.dumps(match(0, TURNS)).encode()
    count = SIZE // len(one)
    texts = (one.replace(b"CA" + b"0" * 32, b"CA%032x" % number) for number in range(count))
    body = b'{"conversations": [' + b", ".join(texts) + b'], "cursor": null}'
    made: list[Line] = []
    with Canned({"/v3/*": (JSON, body)}) as url:
        idle = _child("idle", url)[0]
        for how in ("models", "rows", "lines"):
            used, first, items = (sorted(each)[1] for each in zip(*(_child(how, url) for _ in range(3)), strict=True))
            assert items == count, "items are missing"
            made.append(Line("page_memory", f"{how}, 300 MB", used - idle, "bound", MOST, "MiB", at_most=1))
            case = f"{how}: bytes before the first item"
            made.append(Line("page_memory", case, first / len(body) * 100, "bound", EARLIEST * 100, "%", at_most=1))
    return made


def _child(how: str, url: str) -> tuple[float, ...]:
    command = [sys.executable, "-m", "bench.page_memory", how, url]
    return tuple(json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout))


def measure(how: str, url: str) -> tuple[float, int, int]:
    """Peak memory in MiB, bytes that had arrived with the first item, and how many items there were."""
    from polyai_data import PolyAI  # noqa: PLC0415 - what starts this must not load it
    from polyai_data._sync.transport import Response  # noqa: PLC0415

    arrived = first = items = 0
    arriving = Response.iter_bytes

    def counted(self: Response, until: float) -> object:
        nonlocal arrived
        for piece in arriving(self, until):
            arrived += len(piece)
            yield piece

    Response.iter_bytes = counted  # type: ignore[assignment, method-assign]
    with PolyAI("bench-key", region="us", agent_id="a", account_id="a", connect_to=url) as client:
        listing = client.conversations.search()
        if how != "idle":
            for _ in listing if how == "models" else getattr(listing, how)():
                first = first or arrived
                items += 1
    return peak() / MIB, first, items


if __name__ == "__main__":
    print(json.dumps(measure(*sys.argv[1:])))

"""recordings: many files of 160 KB at 20 ms latency, beside a loop over requests and eight processes of curl.

Ours alone syncs and hashes each file.
"""

from __future__ import annotations

import shutil
import struct
import subprocess
import tempfile
from collections.abc import Callable
from pathlib import Path

import httpx

from bench.measure import Line, in_turns
from bench.server import Canned
from polyai_data import PolyAI

KEY, AGENT = "bench-key-0123456789", "bench-agent"
PATH = f"/v1/agents/{AGENT}/conversations/"
COUNT, SIZE, LATENCY = 400, 160_000, 0.02


def rows(rounds: int) -> list[Line]:
    """The lines of the row."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 16000, 2, 16)
    sound = b"WAVE" + form + struct.pack("<4sI", b"data", SIZE - 44) + bytes(SIZE - 44)
    body = struct.pack("<4sI", b"RIFF", len(sound)) + sound
    ids = [f"CA{number:032x}" for number in range(COUNT)]
    with (
        Canned({f"{PATH}*": ({"Content-Type": "audio/wav"}, body)}, latency=LATENCY) as url,
        PolyAI(KEY, region="us", agent_id=AGENT, connect_to=url) as polyai,
        httpx.Client(base_url=url, headers={"x-api-key": KEY}, trust_env=False) as raw,
        tempfile.TemporaryDirectory() as scratch,
    ):

        def emptied(save: Callable[[Path], object]) -> None:
            folder = Path(scratch, "files")
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir()
            save(folder)
            assert len([each for each in folder.iterdir() if each.stat().st_size == SIZE]) == COUNT

        def loop(folder: Path) -> None:
            for each in ids:
                (folder / f"{each}.wav").write_bytes(raw.get(f"{PATH}{each}/audio").content)

        def curl(folder: Path) -> None:
            command = ["curl", "-sS", "-H", f"x-api-key: {KEY}", "-o", f"{folder}/{{}}.wav", f"{url}{PATH}{{}}/audio"]
            arguments = ["xargs", "-P", "8", "-I", "{}", *command]
            subprocess.run(arguments, input="\n".join(ids), text=True, check=True)

        def ours(parallel: int) -> Callable[[], object]:
            return lambda: emptied(lambda folder: polyai.recordings.save_all(ids, folder, parallel=parallel))

        contenders: dict[str, Callable[[], object]] = {
            "8": ours(8),
            "16": ours(16),
            "loop": lambda: emptied(loop),
        }
        if shutil.which("curl") and shutil.which("xargs"):
            contenders["xargs -P 8 curl"] = lambda: emptied(curl)
        medians = in_turns(contenders, rounds)
    work = f"{COUNT} of 160 KB at 20 ms, {{}} at once"
    goals = {"loop": 1 / 5, "xargs -P 8 curl": 1.0}
    return [
        Line("recordings", work.format(at_once), medians[at_once], peer, medians[peer], at_most=goal)
        for at_once in ("8", "16")
        for peer, goal in goals.items()
        if peer in medians
    ]

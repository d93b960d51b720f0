"""recordings: many files of 160 KB at 20 ms latency, beside a loop over requests and eight processes of curl."""

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
COUNT, SIZE, LATENCY, AT_ONCE = 400, 160_000, 0.02, 8


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
            arguments = ["xargs", "-P", str(AT_ONCE), "-I", "{}", *command]
            subprocess.run(arguments, input="\n".join(ids), text=True, check=True)

        contenders: dict[str, Callable[[], object]] = {
            "save_all": lambda: emptied(lambda folder: polyai.recordings.save_all(ids, folder, parallel=AT_ONCE)),
            "loop": lambda: emptied(loop),
        }
        goals = {"loop": 1 / 5}
        if shutil.which("curl") and shutil.which("xargs"):
            contenders[f"xargs -P {AT_ONCE} curl"] = lambda: emptied(curl)
            goals[f"xargs -P {AT_ONCE} curl"] = 1.0
        medians = in_turns(contenders, rounds)
    work = f"{COUNT} of 160 KB at 20 ms, {AT_ONCE} at once, each synced and hashed by ours alone"
    return [
        Line("recordings", work, medians["save_all"], peer, medians[peer], at_most=goal) for peer, goal in goals.items()
    ]

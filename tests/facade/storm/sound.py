"""Recordings whose headers, pieces and ranges say the wrong thing."""

from __future__ import annotations

import struct
from collections.abc import Iterator

from tests.facade.scripted import wav
from tests.facade.storm.answer import PAGE, SOUND, STOLEN, VENDORS, Answer, Expected, Honest, Script, one


def headers_of_sound(honest: Honest) -> Iterator[Answer]:
    sound = SOUND[44:]
    size = len(sound)
    form = SOUND[12:36]

    def riff(*parts: bytes, tag: bytes = b"RIFF", length: int | None = None) -> bytes:
        inside = b"WAVE" + b"".join(parts)
        return tag + struct.pack("<I", len(inside) if length is None else length) + inside

    def part(name: bytes, inside: bytes, length: int | None = None) -> bytes:
        return name + struct.pack("<I", len(inside) if length is None else length) + inside

    data = part(b"data", sound)
    table: dict[str, tuple[bytes, Expected]] = {}
    for length in (0, 0x7FFFF000, 0x7FFFFFFF, 0xFFFFFFFF, 0x7FFFF024):
        table[f"both sizes {length:#x}"] = wav(sound, size=length), "value"
        table[f"RIFF size {length:#x}"] = riff(form, data, length=length), "value"
        table[f"data size {length:#x}"] = riff(form, part(b"data", sound, length)), "value"
    for off in (-8, 8, -1, 1, 36):
        table[f"RIFF size {off:+}"] = riff(form, data, length=len(SOUND) - 8 + off), "value"
        table[f"data size {off:+}"] = riff(form, part(b"data", sound, size + off)), "any"
    for name, content in {
        "metadata": riff(form, part(b"LIST", bytes(100_000)), data),
        "metadata first": riff(part(b"JUNK", bytes(28)), form, data),
        "odd metadata": riff(form, part(b"LIST", b"abc") + b"\x00", data),
        "metadata after": riff(form, data, part(b"LIST", bytes(500))),
        "many chunks": riff(form, *[part(b"JUNK", bytes(2))] * 300, data),
        "extensible": riff(part(b"fmt ", struct.pack("<HHIIHH", 0xFFFE, 1, 8000, 16000, 2, 16) + bytes(24)), data),
        "µ-law": wav(sound, form=7, bits=8),
        "RF64": riff(
            part(b"ds64", struct.pack("<QQQI", len(SOUND), size, size // 2, 0)),
            form,
            part(b"data", sound, 0xFFFFFFFF),
            tag=b"RF64",
            length=0xFFFFFFFF,
        ),
        "no sound": wav(b""),
    }.items():
        table[name] = content, "value"
    for name, content in {
        "RIFX": riff(form, data, tag=b"RIFX"),
        "AVI": b"RIFF" + SOUND[4:8] + b"AVI " + SOUND[12:],
        "no format": riff(data),
        "format after sound": riff(data, form),
        "short format": riff(part(b"fmt ", bytes(8)), data),
        "long format": riff(part(b"fmt ", form[8:], 0xFFFFFFF0), data),
        "huge chunk": riff(form, part(b"LIST", b"", 0xFFFFFFFF), data),
        "zero chunks": riff(form, *[part(b"\x00" * 4, b"")] * 200, data),
        "no data": riff(form),
        "two data": riff(form, data, data),
        "zero format": riff(part(b"fmt ", bytes(16)), data),
        "largest format": riff(part(b"fmt ", b"\xff" * 16), data),
        "no rate": wav(sound, rate=0),
        "65,535 channels": SOUND[:22] + b"\xff\xff" + SOUND[24:],
        "ID3": b"ID3\x04\x00\x00\x00\x00\x00\x0a" + bytes(2000),
        "MP3 frame": b"\xff\xfb\x90\x64" + bytes(2000),
        "Ogg": b"OggS\x00\x02" + bytes(2000),
        "FLAC": b"fLaC" + bytes(2000),
        "zeros": bytes(5000),
        "header twice": SOUND[:44] + SOUND,
    }.items():
        table[name] = content, "any"
    for length in range(45):
        table[f"{length} bytes"] = SOUND[:length], "any"
    for name, (content, expected) in table.items():
        yield one(honest, f"sound/{name}", honest.whole(body=content), expected=expected, sent=content)


def resumed(honest: Honest) -> Iterator[Answer]:
    """Half a recording, and then something else."""
    half = len(SOUND) // 2
    other = wav(bytes(range(255, 0, -1)) * 8)
    span = f"Content-Range: bytes {half}-{len(SOUND) - 1}/{len(SOUND)}"
    seconds: dict[str, tuple[bytes, Expected, bytes]] = {
        "the whole": (honest.whole(), "value", SOUND),
        "the rest": (honest.whole(span, status=206, body=SOUND[half:]), "any", SOUND),
        "another recording": (honest.whole('ETag: "two"', body=other), "any", other),
        "a page": (honest.whole(body=PAGE, kind="text/html"), "error", SOUND),
        "a page as sound": (honest.whole(body=PAGE), "error", SOUND),
        "JSON": (honest.whole(body=VENDORS, kind="application/json"), "error", SOUND),
        "nothing": (honest.whole(body=b""), "error", SOUND),
        "204": (honest.head(status=204), "error", SOUND),
        "416": (honest.whole(f"Content-Range: bytes */{len(SOUND)}", status=416, body=b""), "error", SOUND),
        "416 of nothing": (honest.whole("Content-Range: bytes */0", status=416, body=b""), "error", SOUND),
        "404": (honest.whole(status=404, body=VENDORS), "error", SOUND),
        "302": (honest.whole(f"Location: {STOLEN}", status=302, body=b""), "any", SOUND),
        "another cut": (honest.whole()[:-9], "error", SOUND),
    }
    for name, lines in {
        "from elsewhere": [f"Content-Range: bytes {half + 5}-{len(SOUND) - 1}/{len(SOUND)}"],
        "from the first": [f"Content-Range: bytes 0-{len(SOUND) - 1}/{len(SOUND)}"],
        "without a range": [],
        "with a broken range": ["Content-Range: bytes x-y/z"],
        "in other units": [f"Content-Range: turns {half}-{len(SOUND) - 1}/{len(SOUND)}"],
        "of another size": [f"Content-Range: bytes {half}-{len(SOUND) - 1}/9999999"],
        "of another tag": [span, 'ETag: "two"'],
        "backwards": [f"Content-Range: bytes {len(SOUND)}-{half}/{len(SOUND)}"],
        "packed": [span, "Content-Encoding: gzip"],
        "multipart": ["Content-Type: multipart/byteranges; boundary=x"],
    }.items():
        rest = SOUND[half:] if name != "from elsewhere" else SOUND[half + 5 :]
        seconds[f"206 {name}"] = honest.whole(*lines, status=206, body=rest), "any", SOUND
    for length, title in ((3, "of 3 bytes"), (0, "of nothing")):
        line = f"Content-Range: bytes {half}-{half + max(length, 1) - 1}/{len(SOUND)}"
        seconds[f"206 {title}"] = honest.whole(line, status=206, body=SOUND[half : half + length]), "any", SOUND
    seconds["206 and more"] = honest.whole(span, status=206, body=SOUND[half:] + b"more"), "any", SOUND
    for tagged in (True, False):
        first = honest.whole(*(['ETag: "one"', "Accept-Ranges: bytes"] if tagged else []))
        cut = first[: len(first) - len(SOUND) + half]
        for name, (second, expected, sent) in seconds.items():
            scripts: tuple[Script, ...] = ((cut, "close"), (second, "close"))
            yield Answer(honest, f"resumed/{name}{'' if tagged else ', untagged'}", scripts, expected, sent)

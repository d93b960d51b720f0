"""Compliance folders: what a conversation was, without what is personal, and with hashes that show a later change.

`docs/audit.md` says what is in one.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from polyai_data._version import __version__
from polyai_data.audit.page import page
from polyai_data.errors import DownloadError, NotFoundError
from polyai_data.manifest import NO_RECORDING
from polyai_data.personal import masked_conversation
from polyai_data.recording import file_name

if TYPE_CHECKING:
    from polyai_data import PolyAI

SUMS = "SHA256SUMS"
RECORDING = "recording.wav"


class Audit(NamedTuple):
    """A compliance folder: its path, whether the conversation has a recording, and whether it had not ended."""

    path: Path
    has_recording: bool
    in_progress: bool


def save(
    client: PolyAI,
    conversation_id: str,
    folder: str | os.PathLike[str],
    *,
    agent_id: str | None = None,
    raw: bool = False,
) -> Audit:
    """Write the compliance folder of a conversation. Operations `getConversation`, `getConversationRecording`.

    It is in `folder`, which is created where it is missing, under the conversation's id: whole, or not there. Only its
    owner can read it. Texts are masked by `polyai_data.personal`.

    Args:
        client: the client.
        conversation_id: the conversation.
        folder: where the compliance folder is put.
        agent_id: the agent; defaults to the client's.
        raw: whether to ask for the recording with personal data instead of the redacted one.

    Raises:
        DownloadError: it exists, as evidence is not written over, or it cannot be written.
        PolyAIError: any other failure; see `polyai_data.errors`.
    """
    target = Path(folder) / file_name(conversation_id, "")
    if target.exists():
        raise _exists(target)
    conversation = client.conversations.get(conversation_id, agent_id=agent_id)
    with hidden_folder(target.parent) as part, _writing(target.parent):
        seconds = _recording(client, conversation_id, agent_id, part, redacted=not raw)
        metadata = masked_conversation(conversation.to_dict())
        turns = metadata.pop("turns", None) or []
        report = {
            "conversation_id": conversation.id,
            "agent_id": agent_id or conversation.project_id,
            "account_id": conversation.account_id,
            "region": client.region,
            "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "made_by": f"polyai-data {__version__}",
            "masked": ["phone numbers", "e-mail addresses", "card numbers", "keys pressed"],
            "in_progress": conversation.in_progress,
            "turns": len(turns),
            "recording_asked_for": "raw" if raw else "redacted",
            "recording": None if seconds is None else {"file": RECORDING, "seconds": seconds or None},
        }
        html, text = page(report, metadata, turns)
        _write(part / "metadata.json", _json(metadata))
        _write(part / "transcript.json", _json(turns))
        _write(part / "transcript.txt", text)
        _write(part / "audit.json", _json(report))
        _write(part / "index.html", html)
        _write(part / SUMS, "".join(f"{_hash(each)}  {each.name}\n" for each in sorted(part.iterdir())))
        try:
            part.rename(target)
        except OSError:
            if target.exists():
                raise _exists(target) from None
            raise
    return Audit(target, seconds is not None, conversation.in_progress is True)


def pack(folder: Path, target: Path) -> None:
    """Write the files under `folder` into the zip file `target`: the same bytes for the same files.

    Raises:
        DownloadError: `target` exists, or it cannot be written.
    """
    with hidden_folder(target.parent) as part, _writing(target.parent):
        packed = part / "zip"
        with (
            os.fdopen(os.open(packed, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as file,
            zipfile.ZipFile(file, "w") as made,
        ):
            for each in sorted(path for path in folder.rglob("*") if path.is_file()):
                entry = zipfile.ZipInfo(each.relative_to(folder).as_posix())
                entry.external_attr = 0o600 << 16
                # Sound hardly gets smaller.
                entry.compress_type = zipfile.ZIP_STORED if each.suffix == ".wav" else zipfile.ZIP_DEFLATED
                with each.open("rb") as content, made.open(entry, "w", force_zip64=True) as inside:
                    shutil.copyfileobj(content, inside, 2**20)
        if target.exists():
            raise _exists(target)
        packed.rename(target)


@contextmanager
def hidden_folder(folder: Path) -> Iterator[Path]:
    """A hidden folder in `folder` that only its owner can read; what is left of it at the end is deleted."""
    with _writing(folder):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = Path(tempfile.mkdtemp(prefix=".", suffix=".part", dir=folder))
    try:
        yield part
    finally:
        shutil.rmtree(part, ignore_errors=True)


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    """Raise what the system says in the block as the error of a folder that cannot be written."""
    try:
        yield
    except OSError as error:
        raise DownloadError.unwritable(folder, error) from None


def _exists(target: Path) -> DownloadError:
    return DownloadError(f"{target} exists, and evidence is not written over; move it away, or name another place")


def _recording(
    client: PolyAI, conversation_id: str, agent_id: str | None, part: Path, *, redacted: bool
) -> float | None:
    """Save the recording; its seconds, 0 where they are unknown, or None where there is none."""
    recording = client.conversations.recording(conversation_id, agent_id=agent_id, redacted=redacted)
    try:
        recording.save(part / RECORDING)
    except NotFoundError as error:
        if error.code == NO_RECORDING:
            return None
        raise
    return recording.duration or 0


def _json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _write(path: Path, text: str) -> None:
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(text.encode(errors="backslashreplace"))  # halves of surrogate pairs can come


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

"""Recordings: whether an answer is one, before a byte of it is kept. No I/O."""

from __future__ import annotations

from polyai_data.errors import DownloadError

_NOT_AUDIO = ("application/json", "application/problem+json", "application/xml", "text/")


def check_content_type(content_type: str, what: str) -> None:
    """Check that an answer with the header `content_type` can be audio. A host that names none, or bytes, is believed.

    Raises:
        DownloadError: it is text, such as a gateway's page.
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind.startswith(_NOT_AUDIO):
        raise DownloadError(f"{what}: {kind} came where a recording was due; nothing was written")

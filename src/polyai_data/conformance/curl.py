"""How to repeat a request with curl: the key comes from a variable, and never stands in the line."""

from __future__ import annotations

import re
import shlex
from urllib.parse import urlsplit

from polyai_data.conformance.model import Request

ADDRESS = "POLYAI_CONNECT_TO"
"""The variable that holds the loopback address, where the target is one."""
SIGNED = "SIGNED_QUERY"
"""The variable that holds the query of a signed link, which is a secret while it works."""
_SIGNED = re.compile(r"(?i)signature=")
_PLAIN = frozenset({"accept", "accept-encoding", "connection", "content-length", "host", "user-agent"})


def signed(request: Request) -> bool:
    """Whether the request is for a signed link."""
    return bool(_SIGNED.search(urlsplit(request.url).query))


def line(request: Request, *, loopback: bool) -> str:
    """The command.

    Args:
        request: what to repeat.
        loopback: whether a server on this machine plays the hosts; its address is then that of a variable too.
    """
    words = ["curl", "-sS", "-i"]
    if request.method == "HEAD":
        words.append("--head")
    elif request.method != ("POST" if request.body is not None else "GET"):
        words += ["-X", shlex.quote(request.method)]
    parts = urlsplit(request.url)
    host, target = f"{parts.scheme}://{parts.netloc}", request.url.removeprefix(f"{parts.scheme}://{parts.netloc}")
    query = ""
    if signed(request):
        target, query = f"{parts.path}?", f'"${SIGNED}"'
    if loopback:
        words += [f'"${ADDRESS}"{shlex.quote(target)}{query}', "-H", shlex.quote(f"Host: {parts.netloc}")]
    else:
        words.append(f"{shlex.quote(host + target)}{query}")
    if request.key_variable:
        words += ["-H", f'"{request.key_header}: ${request.key_variable}"']
    for name, value in request.headers.items():
        if name not in _PLAIN and name != request.key_header:
            words += ["-H", shlex.quote(f"{name}: {value}")]
    if request.body is not None:
        words += ["--data-binary", shlex.quote(request.body.decode("utf-8", "backslashreplace"))]
    return " ".join(words)

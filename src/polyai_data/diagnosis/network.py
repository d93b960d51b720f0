"""What a connection to a host shows: names, proxies, certificates and the server's clock. No key is sent."""

from __future__ import annotations

import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Mapping
from contextlib import closing, suppress
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException, HTTPSConnection
from typing import Any, NamedTuple
from urllib.parse import SplitResult, unquote, urlsplit

from polyai_data.diagnosis.verdicts import MOST_SKEW, Finding, connection
from polyai_data.http_library import chosen
from polyai_data.masking import escaped

TIMEOUT = 5.0
"""Seconds to connect, and for each response."""


class Reached(NamedTuple):
    """What was seen of a host, and by how many seconds this machine's clock is ahead of its clock, where it says."""

    finding: Finding
    ahead: float | None = None


def proxy_of(host: str) -> SplitResult | None:
    """The proxy that the environment, or the system, names for an HTTPS host."""
    proxies = urllib.request.getproxies()
    url = proxies.get("https") or proxies.get("all")
    if not url or urllib.request.proxy_bypass(host):
        return None
    return urlsplit(url if "://" in url else f"http://{url}")


def reach(url: str) -> Reached:
    """Connect to the host of `url`, as requests do."""
    host, port = urlsplit(url).hostname or "", urlsplit(url).port or 443
    proxy = proxy_of(host)
    # Without its user and password.
    way = host if proxy is None else f"{host} through the proxy {proxy.netloc.rpartition('@')[2]}"
    if proxy is not None and proxy.scheme != "http":
        return Reached(Finding("host", f"{way} ({proxy.scheme}), which only the requests below try"))
    try:
        with closing(_connected(host, port, proxy, chosen(for_async=False).create_ssl_context())) as connected:
            seen = f"{way}: {connected.sock.version()}, certificate by {_issuer(connected.sock.getpeercert())}"
            ahead = _ahead(connected)
    except (OSError, HTTPException) as error:
        known = error if isinstance(error, OSError) else OSError(f"no HTTP response: {type(error).__name__}")
        verdict = connection(known, proxied=proxy is not None)
        why = getattr(known, "verify_message", None) or known.strerror or known
        issuer = f", signed by {_unverified(host, port, proxy)}" if verdict == "certificate-untrusted" else ""
        return Reached(Finding("host", f"{way}: {escaped(str(why))}{issuer}", verdict))
    try:
        _connected(host, port, proxy, chosen(for_async=False).create_ssl_context(trust_env=False)).close()
    except ssl.SSLCertVerificationError:
        return Reached(Finding("host", seen, "inspected"), ahead)
    except (OSError, HTTPException):
        pass
    return Reached(Finding("host", seen), ahead)


def clock(ahead: float) -> Finding:
    """What it means that this machine's clock is so many seconds ahead of a server's."""
    if abs(ahead) <= MOST_SKEW:
        return Finding("clock", "agrees with the server's")
    return Finding("clock", f"{abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} the server's", "clock")


def _connected(host: str, port: int, proxy: SplitResult | None, context: ssl.SSLContext) -> HTTPSConnection:
    if proxy is None:
        made = HTTPSConnection(host, port, timeout=TIMEOUT, context=context)
    else:
        made = HTTPSConnection(proxy.hostname or "", proxy.port or 80, timeout=TIMEOUT, context=context)
        user = f"{unquote(proxy.username or '')}:{unquote(proxy.password or '')}".encode()
        headers = {"Proxy-Authorization": f"Basic {b64encode(user).decode()}"} if proxy.username else {}
        made.set_tunnel(host, port, headers)
    try:
        made.connect()
    except BaseException:
        made.close()
        raise
    return made


def _ahead(connected: HTTPSConnection) -> float | None:
    with suppress(OSError, HTTPException, ValueError, TypeError):
        connected.request("HEAD", "/")
        date = parsedate_to_datetime(connected.getresponse().headers["Date"])
        return (datetime.now(UTC) - date).total_seconds()
    return None


def _unverified(host: str, port: int, proxy: SplitResult | None) -> str:
    """The issuer of a certificate that is not trusted. Nothing is sent."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with suppress(OSError, HTTPException):
        with closing(_connected(host, port, proxy, context)) as connected:
            certificate = connected.sock.getpeercert(True)
        # Only a certificate that was verified is decoded, so it is trusted, by itself, for a second connection.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        context.load_verify_locations(cadata=certificate)
        with closing(_connected(host, port, proxy, context)) as connected:
            return _issuer(connected.sock.getpeercert())
    return "an issuer that it does not name"


def _issuer(certificate: Mapping[str, Any] | None) -> str:
    parts = {name: value for each in (certificate or {}).get("issuer", ()) for name, value in each}
    names = (parts.get("organizationName"), parts.get("commonName"))
    return escaped(", ".join(dict.fromkeys(each for each in names if each))) or "an issuer without a name"

"""What was seen, and what it means: the verdicts, with what to do. No I/O."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, NamedTuple

from polyai_data import errors

Status = Literal["ok", "warning", "error"]
MOST_SKEW = 60
"""Seconds that the clock may differ from the server's."""


class Verdict(NamedTuple):
    """What a finding means: whether something is wrong, what, and what to do."""

    status: Status
    meaning: str
    advice: str


_warning, _error = partial(Verdict, "warning"), partial(Verdict, "error")
VERDICTS: Mapping[str, Verdict] = {
    # Configuration.
    "not-configured": _error(
        "There is no key.", "Run `polyai-data config init`, or set POLYAI_API_KEY and POLYAI_REGION."
    ),
    "configuration": _error("A setting is missing or cannot be used.", "Do as the message says."),
    "profile-unreadable": _warning("The file of profiles cannot be read, and is left out.", "Mend or delete the file."),
    "no-default": _warning(
        "None of the profiles is the default, so none is used.",
        "Run `polyai-data config use` with the name of one, or give --profile.",
    ),
    "profile-open": _error("Others can read the file with the keys.", "Run `chmod 600` on it."),
    "no-agent": _error(
        "There is no agent to ask about, so no key was tried.",
        "Set POLYAI_AGENT_ID to the project ID, or run `polyai-data config agents add` with its Agent Studio URL.",
    ),
    "no-account": _warning(
        "There is no account, which `search` needs, and `polyai-data conversations list` without --agents-route.",
        "Set POLYAI_ACCOUNT_ID to the workspace ID.",
    ),
    "connect-to": _warning(
        "Everything goes to an address of this machine, such as the emulator's.",
        "Unset POLYAI_CONNECT_TO to reach the real API.",
    ),
    "connect-to-closed": _error(
        "Nothing listens at the address of POLYAI_CONNECT_TO.",
        "Start the emulator there, or unset POLYAI_CONNECT_TO to reach the real API.",
    ),
    "no-certificates": _error(
        "No certificate can be checked, so nothing can be reached.", "Correct the path, or unset the variable."
    ),
    # Connections.
    "dns": _error(
        "The name of the host is not known here.",
        "Check the connection to the Internet, VPN and DNS; where only a proxy knows names, set HTTPS_PROXY.",
    ),
    "unreachable": _error(
        "The host cannot be reached.",
        "Check whether a firewall is between; where a proxy leads out, set HTTPS_PROXY.",
    ),
    "proxy": _error(
        "The proxy cannot be reached, or refuses.",
        "Correct HTTPS_PROXY, with the proxy's user and password where it wants them, or name the host in NO_PROXY.",
    ),
    "certificate-untrusted": _error(
        "The certificate is signed by an issuer that is not trusted here; often a proxy that inspects TLS.",
        "If the issuer is your organisation's, name the file of its certificate in SSL_CERT_FILE.",
    ),
    "certificate-expired": _error(
        "The certificate is out of date, or the clock of this machine is.",
        "Set the clock; if it is right, whoever signs the certificate must renew it.",
    ),
    "certificate-name": _error(
        "The certificate is for another host.",
        "Something between answers in place of the host: check proxies, VPN and the hosts file.",
    ),
    "tls": _error("No TLS connection can be made.", "Check what is between: a proxy, a firewall, a VPN."),
    "inspected": _warning(
        "The certificate is signed by an issuer of your own, not a public one: a proxy reads keys and conversations.",
        "If that is not meant, name the host in NO_PROXY, or ask who runs the proxy.",
    ),
    "clock": _warning(
        f"The clock differs from the server's by more than {MOST_SKEW} seconds: time ranges miss conversations.",
        "Let the system set its clock.",
    ),
    # Keys and agents.
    "no-platform": _warning(
        "The region does not serve `search`.",
        "Use `get`, and `list`, which is deprecated for new work but still served.",
    ),
    "no-key": _error(
        "There is a key for the conversations API alone, so all but `search` cannot be used.",
        "Set POLYAI_API_KEY, or `api_key` in the profile, too.",
    ),
    "key-refused": _error(
        "The key is not known in this region: it is of another one, was deleted, has expired, or is not whole.",
        "Compare the region with the account's; `--try-regions` sends a key of PolyAI's to the other regions, too.",
    ),
    "other-region": _error(
        "The key is of another region.", "Set POLYAI_REGION, or `region` in the profile, to that region."
    ),
    "own-key": _error(
        "The key opens the other host of the region, but not this one.",
        "Set POLYAI_CONVERSATIONS_API_KEY to a key for `search`, and POLYAI_API_KEY to one for all else.",
    ),
    "key-expired": _error("The key has expired.", "Make a new key in Agent Studio."),
    "no-permission": _error(
        "The key may not read conversations, or there is no such agent.",
        "Check the agent's ID; give the key the permission for conversations data in Agent Studio, at API keys.",
    ),
    "agent-not-covered": _error(
        "The key does not cover this agent, or there is none.",
        "Check the ID; add the agent to the key in Agent Studio.",
    ),
    "agent-unknown": _error(
        "There is no such agent in the account and the region.",
        "Copy account and agent from the agent's URL in Agent Studio.",
    ),
    "no-personal-data": _warning(
        "The key may list conversations, but not read transcripts.",
        "Give it the permission to read personal data (PII) in Agent Studio, at API keys.",
    ),
    "transcripts-hidden": _warning(
        "The project hides transcripts: conversations have turns, and none is shown.",
        'Switch on "Conversation transcript" in Agent Studio, at API keys, Configuration.',
    ),
    "summaries-empty": _warning(
        "No conversation has a summary.",
        "If Agent Studio shows summaries, give the key the permission to read personal data (PII).",
    ),
    "rate-limited": _warning("The server limits requests of this key.", "Wait a minute, and try again."),
    "server-failed": _error("The server failed.", "Try again later; give the vendor the correlation id."),
    "not-the-api": _error(
        "What responds is not the API: a proxy, a sign-in page, or a server at a wrong address.",
        "Check HTTPS_PROXY and POLYAI_CONNECT_TO; sign in to the network.",
    ),
    "no-response": _error(
        "No response arrived.", "Try again; if it goes on, a proxy or a firewall breaks connections."
    ),
}
"""All verdicts by name."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        topic: `configuration`, `environment`, `host`, `clock` or `key`.
        seen: what was seen; it holds no key.
        verdict: its name in `VERDICTS`, or None where all is well.
    """

    topic: str
    seen: str
    verdict: str | None = None

    @property
    def status(self) -> Status:
        """Whether something is wrong: `ok`, `warning` or `error`."""
        return VERDICTS[self.verdict].status if self.verdict else "ok"

    def to_dict(self) -> dict[str, str | None]:
        """As JSON, with what the verdict means and advises."""
        known = VERDICTS[self.verdict] if self.verdict else Verdict("ok", "", "")
        return {
            "topic": self.topic,
            "status": known.status,
            "seen": self.seen,
            "verdict": self.verdict,
            "meaning": known.meaning or None,
            "advice": known.advice or None,
        }


def connection(error: OSError, *, proxied: bool) -> str:
    """The verdict on an `error` of connecting; `proxied` where a proxy is between."""
    if isinstance(error, ssl.SSLCertVerificationError):
        # OpenSSL's X509_V_ERR_: not yet valid, expired, host name mismatch.
        special = {9: "certificate-expired", 10: "certificate-expired", 62: "certificate-name"}
        return special.get(error.verify_code, "certificate-untrusted")
    if isinstance(error, ssl.SSLError):
        return "tls"
    if proxied:
        return "proxy"
    return "dns" if isinstance(error, socket.gaierror) else "unreachable"


def refusal(error: errors.PolyAIError) -> str:
    """The verdict on the `error` of a request that reads."""
    if isinstance(error, errors.AuthenticationError):
        return "key-expired" if "expired" in error.message.lower() else "key-refused"
    if isinstance(error, errors.APIError) and error.status < 429 and not (error.code or error.correlation_id):
        return "not-the-api"  # the vendor's errors have one of both
    kinds: Mapping[type[errors.PolyAIError], str] = {
        errors.PermissionDeniedError: "no-permission",
        errors.NotFoundError: "agent-unknown",
        errors.RateLimitError: "rate-limited",
        errors.ServerError: "server-failed",
        errors.TransportError: "no-response",
        errors.ConfigError: "configuration",
    }
    return next((name for kind, name in kinds.items() if isinstance(error, kind)), "not-the-api")


def said(error: errors.PolyAIError) -> str:
    """What an `error` says, in a line. An `APIError` itself says more, for those who do not read the advice here."""
    if not isinstance(error, errors.APIError):
        return str(error)
    identity = f" [correlation id {error.correlation_id}]" if error.correlation_id else ""
    return f"{error.status} {error.code or ''}".rstrip() + f": {error.message}{identity}"


def conversations(listed: Sequence[Any], read: Any) -> list[str]:
    """The verdicts on conversations that a key lists.

    Args:
        listed: some of the agents hosts, newest first.
        read: one of them that is over, as it is read, or the error of reading it, or None where none is over.
    """
    shown = []
    if isinstance(read, errors.PermissionDeniedError):
        shown.append("no-personal-data")
    elif isinstance(read, errors.PolyAIError):
        shown.append(refusal(read))
    elif read is not None and hides_turns(read):
        shown.append("transcripts-hidden")
    over = [each for each in listed if is_over(each)]
    if over and not any(each.summary_text for each in over):
        shown.append("summaries-empty")
    return shown


def is_over(conversation: Any) -> bool:
    """Whether a conversation took place, and is over."""
    return bool(conversation.total_duration) and not conversation.in_progress


def hides_turns(conversation: Any) -> bool:
    """Whether a conversation that is over has turns that are not shown. Agents hosts do not say how many there are."""
    return is_over(conversation) and bool(getattr(conversation, "num_turns", True)) and not conversation.turns


def covered(verdicts: Iterable[tuple[str, str | None]]) -> dict[str, str | None]:
    """The verdict on each agent of a host, by agent: a key that opens one agent may read conversations."""
    known = dict(verdicts)
    opens = any(verdict is None for verdict in known.values())
    return {
        agent: "agent-not-covered" if verdict == "no-permission" and opens else verdict
        for agent, verdict in known.items()
    }

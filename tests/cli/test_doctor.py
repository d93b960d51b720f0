"""`polyai-data doctor`: what it sees over real connections, and what it advises."""

from __future__ import annotations

import json
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from polyai_data import hosts
from polyai_data.cli.doctor import doctor
from polyai_data.diagnosis import VERDICTS, network
from polyai_data.diagnosis.verdicts import connection
from polyai_data.emulator import Emulator
from tests.cli.conftest import Run
from tests.support.scripted_server import Received, ScriptedServer, cut, refused_url, response

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "troubleshooting.md"
PROFILE = """
[profiles.work]
api_key = "{key}"
conversations_api_key = "{key}"
region = "us"
account_id = "{account}"
[profiles.work.agents]
front = "{front}"
private = "{private}"
"""
UNSET = dict.fromkeys(("POLYAI_API_KEY", "POLYAI_CONVERSATIONS_API_KEY", "POLYAI_REGION", "POLYAI_ACCOUNT_ID"))
NO_AGENT: Mapping[str, str | None] = {"POLYAI_AGENT_ID": None}
ONE_KEY: Mapping[str, str | None] = {"POLYAI_CONVERSATIONS_API_KEY": None}
Environment = dict[str, str | None]


def doctored(run: Run, *arguments: str) -> tuple[int, set[str]]:
    """The exit status, and the verdicts but that everything goes to the emulator."""
    result = run("doctor", "--json", *arguments)
    rows = [json.loads(line) for line in result.stdout.splitlines()]
    assert all((row["status"] == "ok") is (row["advice"] is None) for row in rows)
    assert "not-a-real-key" not in result.stdout + result.stderr
    return result.status, {row["verdict"] for row in rows} - {None, "connect-to"}


@pytest.mark.parametrize(
    "situation",
    [
        (None, {}, [], (0, set())),
        ("eu", ONE_KEY, [], (1, {"key-refused"})),
        ("eu", ONE_KEY, ["--try-regions"], (1, {"other-region"})),
        ("us", ONE_KEY, ["--region", "eu", "--try-regions"], (1, {"other-region"})),
        ("us-agents", ONE_KEY, [], (1, {"own-key"})),
        ("us-platform", ONE_KEY, [], (1, {"own-key"})),
        ("us-expired", ONE_KEY, [], (1, {"key-expired"})),
        ("us-no-permission", ONE_KEY, [], (1, {"no-permission"})),
        ("us-no-pii", ONE_KEY, [], (0, {"summaries-empty"})),
        (None, {"POLYAI_API_KEY": None}, [], (1, {"no-key"})),
        (None, {"POLYAI_ACCOUNT_ID": None}, [], (0, {"no-account"})),
        (None, {"POLYAI_ACCOUNT_ID": "ws-none"}, [], (1, {"agent-unknown"})),
        (None, NO_AGENT, [], (1, {"no-agent"})),
        (None, {"SSL_CERT_FILE": "/nonexistent"}, [], (1, {"no-certificates"})),
        (None, {"POLYAI_REGION": "mars"}, [], (2, {"configuration"})),
        (None, {"ASSEMBLYAI_API_KEY": "emulator-us-not-a-real-key"}, [], (1, {"key-refused"})),
        (None, {**UNSET, **NO_AGENT}, [], (2, {"not-configured"})),
    ],
)
def test_each_situation_has_its_verdict(
    run: Run,
    environment: Environment,
    emulator: Emulator,
    situation: tuple[str | None, Environment, list[str], tuple[int, set[str]]],
) -> None:
    key, changes, arguments, expected = situation
    environment.update(changes)
    if key:
        environment["POLYAI_API_KEY"] = emulator.keys[key].value
    emulator.requests.clear()
    assert doctored(run, *arguments) == expected
    asked = {request.host for request in emulator.requests if "assemblyai" not in request.host}
    assert (len(asked) > 2) is ("--try-regions" in arguments)  # a key goes to no other region unasked


def test_all_agents_of_a_profile_are_asked_about(
    run: Run, environment: Environment, emulator: Emulator, tmp_path: Path
) -> None:
    front, private = (agent.id for agent in emulator.accounts["us"].agents[:2])
    file = tmp_path / "config.toml"
    ids = {"account": emulator.accounts["us"].id, "front": front, "private": private}
    file.write_text(PROFILE.format(key=emulator.keys["us-one-agent"].value, **ids), encoding="utf-8")
    file.chmod(0o644)
    environment.update({**UNSET, **NO_AGENT})
    assert doctored(run) == (1, {"profile-open", "agent-not-covered"})
    file.write_text(PROFILE.format(key=emulator.keys["us"].value, **ids), encoding="utf-8")
    file.chmod(0o600)
    shown = run("doctor")
    assert shown.status == 0
    assert "API key from the profile 'work'" in shown.stdout
    assert shown.stdout.count(f"! private ({private})") == 1  # though both hosts show it
    assert VERDICTS["transcripts-hidden"].advice in shown.stdout
    environment["POLYAI_API_KEY"] = emulator.keys["us"].value
    shown = run("doctor")
    assert (shown.status, "API key from the profile" in shown.stdout) == (0, False)  # keys are of one source
    environment["POLYAI_PROFILE"] = "play"
    assert doctored(run) == (2, {"configuration"})
    file.write_text("[profiles", encoding="utf-8")
    environment.update({**emulator.env(), "POLYAI_PROFILE": None})
    assert doctored(run) == (0, {"profile-unreadable"})


CONVERSATION = {"conversationId": "CA1", "inProgress": False, "totalDuration": 9}
CORRELATED = "X-PolyAI-Correlation-Id: 1"


@pytest.mark.parametrize(
    ("listed", "read", "expected"),
    [
        (response(404, b"<html>", content_type="text/html"), b"", "not-the-api"),
        (response(403, b"blocked", content_type="text/plain"), b"", "not-the-api"),
        (response(200, b"<html>", content_type="text/html"), b"", "not-the-api"),
        (response(404, b"{}", CORRELATED), b"", "agent-unknown"),
        (response(429, b"{}"), b"", "rate-limited"),
        (response(503, b"{}"), b"", "server-failed"),
        (cut(response(200, b"{}", length=9)), b"", "no-response"),
        (None, response(403, b"{}", CORRELATED), "no-personal-data"),
        (None, response(200, json.dumps({**CONVERSATION, "turns": []}).encode()), "transcripts-hidden"),
    ],
)
def test_each_response_has_its_verdict(
    run: Run, environment: Environment, listed: Any, read: bytes, expected: str
) -> None:
    row = {**CONVERSATION, "shortSummary": "booked"}
    page = {"conversations": [row], "count": 1, "limit": 5, "offset": 0}
    steps = [listed or response(200, json.dumps(page).encode()), read]
    environment.update({"POLYAI_ACCOUNT_ID": None, "ASSEMBLYAI_API_KEY": None})
    with ScriptedServer(*steps) as server:
        environment["POLYAI_CONNECT_TO"] = server.url
        assert doctored(run)[1] == {expected, "no-account"}


def test_a_host_that_is_not_there(run: Run, environment: Environment) -> None:
    with refused_url() as url:
        environment["POLYAI_CONNECT_TO"] = url
        assert doctored(run) == (1, {"connect-to-closed"})
        assert "1 thing is wrong" in run("doctor").stdout
        environment.update({"POLYAI_CONNECT_TO": None, "HTTPS_PROXY": url.replace("//", "//me:hidden@")})
        shown = run("doctor")
        assert (shown.status, "hidden" in shown.stdout) == (1, False)
        assert VERDICTS["proxy"].advice in shown.stdout
        assert VERDICTS["no-response"].advice not in shown.stdout  # it says no more
    assert network.reach("https://no-such-host.invalid").finding.verdict == "dns"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for all hosts of PolyAI that its own issuer signed, and its key."""
    if (program := shutil.which("openssl")) is None:
        pytest.skip("openssl is missing")
    folder = tmp_path_factory.mktemp("certificate")
    operations = ("listConversations", "searchConversations")
    names = [hosts.POLYAI.route(each, "us").base_url.replace("https://", "DNS:") for each in operations]
    subject = ("-subj", "/O=Snoop Inc./CN=Snoop Root", "-addext", f"subjectAltName={','.join(names)}")
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "c.pem")
    subprocess.run([program, *request, *subject], cwd=folder, capture_output=True, check=True)
    return folder / "c.pem"


@contextmanager
def inspecting(certificate: Path, *responses: bytes) -> Iterator[ScriptedServer]:
    """A proxy that reads what goes through it, and responds to it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))

    def tunnel(connection: socket.socket, request: Received) -> None:
        assert request.method == "CONNECT"
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        with context.wrap_socket(connection, server_side=True) as inside:
            inside.recv(65536)
            inside.sendall(b"".join(responses))

    with ScriptedServer(tunnel) as server:
        yield server


def test_a_proxy_that_inspects_tls_is_named(run: Run, environment: Environment, certificate: Path) -> None:
    environment.update({"POLYAI_CONNECT_TO": None, "ASSEMBLYAI_API_KEY": None, "SSL_CERT_FILE": None})
    wrong = f"Date: {format_datetime(datetime.now(UTC) - timedelta(hours=1))}"
    with inspecting(certificate, response(401, b"{}", wrong)) as proxy:
        environment["HTTPS_PROXY"] = proxy.url
        shown = run("doctor", "--json")
        assert doctored(run) == (1, {"certificate-untrusted"})
        assert shown.stdout.count("signed by Snoop Inc., Snoop Root") == 2
        environment["SSL_CERT_FILE"] = str(certificate)
        assert doctored(run) == (1, {"inspected", "clock", "key-refused"})
        assert re.search(r"Clock\n  ! 360\d s ahead", run("doctor").stdout)
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("HTTPS_PROXY", proxy.url)
            patch.setenv("SSL_CERT_FILE", str(certificate))
            assert network.reach("https://other.example").finding.verdict == "certificate-name"


def test_verdicts_on_errors_of_connecting() -> None:
    expired = ssl.SSLCertVerificationError()
    expired.verify_code = 10
    errors = [expired, ssl.SSLEOFError(), socket.gaierror(), TimeoutError()]
    assert [connection(each, proxied=False) for each in errors] == ["certificate-expired", "tls", "dns", "unreachable"]
    assert connection(OSError("Tunnel connection failed: 407"), proxied=True) == "proxy"


def test_the_page_has_all_verdicts() -> None:
    rows = [f"| `{name}` | {each.meaning} | {each.advice} |" for name, each in VERDICTS.items()]
    text = DOCUMENT.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if line.startswith("| `")] == rows
    assert all(f"`{option}`" in text for option in ("--try-regions", "--json"))
    assert doctor.help is not None

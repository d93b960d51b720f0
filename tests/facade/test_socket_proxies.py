"""What the environment says about proxies and certificates, and where they stand in the way."""

from __future__ import annotations

import shutil
import socket
import ssl
import subprocess
from pathlib import Path
from typing import Any

import pytest

from polyai_data import errors
from tests.facade.calls import Connect
from tests.facade.scripted import RESPONSES, audio, link_to, wav
from tests.support.scripted_server import ScriptedServer, cut, refused_url, response

CONVERSATION = RESPONSES["getConversation"]
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
DIRECT: dict[str, Any] = {"connect_to": None}


@pytest.fixture(autouse=True)
def no_proxies(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*PROXIES, "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR", "SSLKEYLOGFILE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


@pytest.mark.parametrize("name", PROXIES)
def test_nothing_for_loopback_goes_through_a_proxy(
    connect: Connect, name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with ScriptedServer(response(502)) as proxy, ScriptedServer(CONVERSATION) as server:
        monkeypatch.setenv(name, proxy.url)
        for url in (server.url, server.url.replace("127.0.0.1", "localhost")):
            connect.polyai(**DIRECT, region=None, base_url=url).conversations.get("CA1")
        server.play(link_to(server.url.replace("127.0.0.1", "127.1") + "/a?Signature=s"), audio())
        audios = connect.assemblyai(**DIRECT, region=None, base_url=server.url).redacted_audio
        assert audios.save("T1", tmp_path / "a.wav").read_bytes() == wav()
        assert proxy.connections == 0


@pytest.mark.parametrize(("status", "attempts"), [(403, 1), (407, 1), (502, 3)])
@pytest.mark.usefixtures("pauses")
def test_a_proxy_that_refuses_is_named_with_its_status(
    connect: Connect, status: int, attempts: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = response(status).replace(b"Scripted", b"Go away api-key")
    with ScriptedServer(cut(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(errors.ConnectionError, match=f"the proxy refused with status {status}") as caught:
            connect.polyai(**DIRECT, max_retries=2).conversations.annotate(
                "CA1", turn_id=0, role="agent", annotation_type="wrong_info"
            )
        assert [each.method for each in proxy.requests] == ["CONNECT"] * attempts
    assert "Go away" not in str(caught.value)
    assert (caught.value.sent, caught.value.permanent) == (False, status < 500)


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("HTTPS_PROXY", "gopher://me:hidden-word@proxy.example", "HTTPS_PROXY cannot be read"),
        ("https_proxy", "http://me:hidden-word@[::1", "https_proxy cannot be read"),
        ("ALL_PROXY", "http://proxy.example:hidden-word", "ALL_PROXY cannot be read"),
        ("ALL_PROXY", "socks5://me:hidden-word@proxy.example", r"ALL_PROXY asks for a SOCKS proxy.*socksio"),
        ("SSL_CERT_FILE", "/hidden-word/none.pem", "SSL_CERT_FILE names no file of certificates"),
        ("SSLKEYLOGFILE", "/hidden-word/keys", "SSLKEYLOGFILE"),
        ("NO_PROXY", "intranet.example,[::1]:hidden-word", "NO_PROXY"),
    ],
)
def test_what_the_environment_breaks_names_the_variable_and_not_its_value(
    connect: Connect, name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(errors.ConfigError, match=message) as caught:
        connect.polyai(**DIRECT)
    assert (caught.value.__context__, caught.value.__cause__) == (None, None)
    assert "hidden-word" not in f"{caught.value!r}"
    # Nothing of it concerns a client of loopback.
    with ScriptedServer(CONVERSATION) as server:
        assert connect.polyai(connect_to=server.url).conversations.get("CA1").conversation_id == "CA1"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate of localhost that nobody vouches for, and its key."""
    if (program := shutil.which("openssl")) is None:
        pytest.skip("openssl is missing")
    folder = tmp_path_factory.mktemp("certificate")
    subject = ("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1")
    request = ("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", "key.pem", "-out", "c.pem")
    subprocess.run([program, *request, *subject], cwd=folder, capture_output=True, check=True)
    return folder / "c.pem"


def test_a_certificate_that_cannot_be_verified_is_not_tried_again(
    connect: Connect, certificate: Path, monkeypatch: pytest.MonkeyPatch, pauses: list[float]
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    listener = context.wrap_socket(
        socket.create_server(("127.0.0.1", 0)), server_side=True, do_handshake_on_connect=False
    )
    with ScriptedServer(CONVERSATION, listener=listener) as server:
        url = server.url.replace("http:", "https:")
        options: dict[str, Any] = {**DIRECT, "region": None, "base_url": url, "max_retries": 3}
        with pytest.raises(errors.ConnectionError, match=r"CERTIFICATE_VERIFY_FAILED.*SSL_CERT_FILE") as caught:
            connect.polyai(**options).conversations.get("CA1")
        assert (server.connections, pauses) == (1, [])
        assert (caught.value.sent, caught.value.permanent) == (False, True)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert connect.polyai(**options).conversations.get("CA1").conversation_id == "CA1"


BROKEN = [cut(b""), cut(b"HTTP/1.1 2"), cut(CONVERSATION[:-5]), response(200, b"{}", "Content-Encoding: gzip")]


@pytest.mark.parametrize("step", BROKEN, ids=["nothing", "a status line", "a part", "not packed"])
def test_an_error_of_the_connection_names_the_address_of_connect_to(connect: Connect, step: Any) -> None:
    with ScriptedServer(step) as server:
        with pytest.raises(errors.TransportError) as caught:
            connect.polyai(connect_to=server.url).conversations.get("CA1")
        assert server.url in str(caught.value)
    with refused_url() as url, pytest.raises(errors.ConnectionError) as caught:
        connect.polyai(connect_to=url).conversations.get("CA1")
    assert url in str(caught.value)


def test_cookies_are_not_kept(connect: Connect) -> None:
    with ScriptedServer(
        response(200, CONVERSATION.partition(b"\r\n\r\n")[2], "Set-Cookie: a=private; Path=/")
    ) as server:
        client = connect.polyai(**DIRECT, region=None, base_url=server.url)
        for _ in range(2):
            assert client.conversations.get("CA1").conversation_id == "CA1"
        assert [each.headers.get("cookie") for each in server.requests] == [None, None]

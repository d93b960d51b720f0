"""Where signed links, and redirects, lead: on, within bounds; never to places where no link of the vendor's leads."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from polyai_data import AssemblyAI, errors
from polyai_data.hosts import is_loopback, link_refusal
from tests.facade.calls import Connect
from tests.facade.masking import SIGNATURE, check_error
from tests.facade.scripted import RESPONSES, audio, link_to, wav
from tests.support.scripted_server import ScriptedServer, response

LINK = f"https://files.example/a.wav?Signature={SIGNATURE}"


def redirect(to: str, status: int = 302) -> bytes:
    return response(status, b"", f"Location: {to}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_signed_link_is_followed_to_where_it_leads(connect: Connect, tmp_path: Path, status: int) -> None:
    hops = [redirect(f"https://other.example/b?Signature={SIGNATURE}", status), redirect("/c?d=e", status)]
    with ScriptedServer(link_to(LINK), *hops, audio()) as server:
        client = connect.assemblyai(connect_to=server.url, headers={"X-Own": "private"}, api_key="the-key")
        assert client.redacted_audio.save("T1", tmp_path / "a.wav").read_bytes() == wav()
        assert [each.headers["host"] for each in server.requests[1:]] == ["files.example", *["other.example"] * 2]
        assert server.requests[-1].target == "/c?d=e"
        for each in server.requests[1:]:
            assert not {"authorization", "x-own", "cookie"} & each.headers.keys()


@pytest.mark.parametrize(
    ("to", "words"),
    [
        ("https://files.example/again", "redirects more than 5 times"),
        ("http://other.example/b", r"a link to other\.example that is not https but http"),
        ("ftp://other.example/b", "is not https but ftp"),
        ("https://files.example:0/", "no valid link"),
    ],
)
def test_a_link_is_not_followed_for_ever_nor_anywhere(connect: Connect, tmp_path: Path, to: str, words: str) -> None:
    with ScriptedServer(link_to(LINK), redirect(f"{to}?Signature={SIGNATURE}")) as server:
        audios = connect.assemblyai(connect_to=server.url).redacted_audio
        with pytest.raises(errors.DownloadError, match=words) as caught:
            audios.save("T1", tmp_path / "a.wav")
        assert len(server.requests) == (7 if "again" in to else 2)
    check_error(caught.value)


@pytest.mark.parametrize("first", [True, False], ids=["at once", "by a redirect"])
@pytest.mark.usefixtures("clean_environment")
def test_a_link_to_a_private_address_is_refused_when_the_api_is_public(tmp_path: Path, first: bool) -> None:
    class ToServer(httpx.HTTPTransport):
        """Takes every request to the server, so that the API itself can be at a public host."""

        def handle_request(self, request: httpx.Request) -> httpx.Response:
            request.url = httpx.URL(server.url)
            return super().handle_request(request)

    private = f"https://169.254.169.254/latest?Signature={SIGNATURE}"
    steps = [link_to(private)] if first else [link_to(LINK), redirect(private)]
    with ScriptedServer(*steps, audio()) as server, httpx.Client(transport=ToServer()) as http:
        audios = AssemblyAI("key", region="us", http_client=http).redacted_audio
        with pytest.raises(errors.DownloadError, match=r"169\.254\.169\.254 that leads to a private address") as caught:
            audios.save("T1", tmp_path / "a.wav")
        assert len(server.requests) == len(steps)
    check_error(caught.value)


PRIVATE = [
    "127.0.0.1", "127.1", "2130706433", "0x7f.1", "localhost", "LOCALHOST.", "a.localhost", "10.1.2.3", "192.168.0.1",
    "172.16.0.1", "169.254.169.254", "100.64.0.1", "0.0.0.0", "::1", "::ffff:127.0.0.1", "fe80::1", "fd00::1", "::",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_links_to_private_addresses_are_refused_unless_the_api_is_at_one(host: str) -> None:
    for api in ("", "api.example", "8.8.8.8"):
        assert link_refusal("https", host, api) == "leads to a private address"
    for api in ("127.0.0.1", "10.0.0.1", "localhost"):
        assert link_refusal("https", host, api) is None


@pytest.mark.parametrize("host", ["files.example", "8.8.8.8", "2606:4700::1111", "localhost.example", "127.example"])
def test_links_to_public_hosts_are_followed_by_https_alone(host: str) -> None:
    assert link_refusal("https", host, "") is None
    assert not is_loopback(host)
    for api in ("", "127.0.0.1"):
        assert link_refusal("http", host, api) == "is not https but http"


@pytest.mark.parametrize(
    ("host", "api", "refused"),
    [("127.0.0.1", "", True), ("127.0.0.1", "10.0.0.1", True), ("10.0.0.1", "127.0.0.1", True),
     ("127.0.0.1", "localhost", False), ("::1", "127.0.0.1", False)],
)  # fmt: skip
def test_plain_http_is_for_loopback_when_the_api_is_there(host: str, api: str, refused: bool) -> None:
    assert (link_refusal("http", host, api) is not None) == refused


@pytest.mark.parametrize(
    ("to", "named"),
    [
        (f"https://other.example/a?token={SIGNATURE}", "to other.example,"),
        (f"/a?token={SIGNATURE}", "to another path of the same host,"),
        (f"https://me:{SIGNATURE}@other.example:99/", "to other.example,"),
    ],
)
def test_a_redirect_of_the_api_names_the_host_that_it_leads_to(connect: Connect, to: str, named: str) -> None:
    with ScriptedServer(redirect(to), RESPONSES["getConversation"]) as server:
        with pytest.raises(errors.UnexpectedStatusError, match=f"It redirects {named}") as caught:
            connect.polyai(connect_to=server.url).conversations.get("CA1")
        assert len(server.requests) == 1
    assert SIGNATURE not in str(caught.value)

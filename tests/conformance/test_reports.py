"""What reports show and what they hide; how coverage is counted; how WAV files are read."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import struct
from typing import Any
from urllib.parse import quote

import pytest
from markupsafe import escape

from polyai_data import openapi
from polyai_data._version import __version__
from polyai_data.conformance import live, masking
from polyai_data.conformance import rule as rules
from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.exchange import Difference, Request, Response
from polyai_data.conformance.reports import html, terminal
from polyai_data.conformance.reports.summary import curl, finding_text, summary
from polyai_data.conformance.result import Result
from polyai_data.conformance.wav import Wav, WavError, changed_spans, parse, silent
from polyai_data.hosts import Loopback
from tests.conformance.support import KEY, CannedSender, exchange, json_response, judge

SIGNED = "https://files.example/a.wav?Expires=1&Signature=abc"


def test_what_is_harmless_is_shown() -> None:
    value = {"conversationId": "CA1", "user_input": "my name is Ada", "num_turns": 3, "note": ""}
    assert masking.value(value) == {**value, "user_input": "[14 characters]"}
    assert masking.url("https://x.example/v3?limit=2&key=abc") == "https://x.example/v3?limit=2&key=***"
    assert masking.headers({"X-Api-Key": "abc", "accept": "audio/wav"}) == {"X-Api-Key": "***", "accept": "audio/wav"}
    for content_type, body, shown in (
        ("text/html", b"<p>abc is no key</p>", "<p>*** is no key</p>"),
        ("audio/wav", b"RIFF", "(4 bytes, audio/wav)"),
        ("", b"", "(empty)"),
    ):
        assert masking.response_body(Response(200, {"content-type": content_type}, body), ["abc"]) == shown
    assert masking.cut("x" * 7000).endswith("and 1000 more characters")


PHONE, MAIL = "+1 (202) 555-0100", "zoe@mail.example"
SECRETS = f"call {PHONE} or {MAIL}, key {KEY}"
CODED = base64.b64encode(f"x:{KEY}".encode()).decode()

CALL = {"conversationId": "CA1", "startedAt": SECRETS, "fromNumber": PHONE, "note": "crumb", "projectId": MAIL}


@pytest.mark.parametrize(
    "response",
    [
        json_response({"error_message": SECRETS}, 404),
        json_response({"error_code": SECRETS}, 404),
        json_response({"hint": SECRETS, "tel": 12025550100}, 404),
        Response(404, {"content-type": "application/json"}, SECRETS.encode()),
        Response(502, {"content-type": "text/html"}, f"<p>{SECRETS}".encode()),
        Response(404, {"content-type": "text/plain", "x-contact": SECRETS, "set-cookie": "crumb"}, b""),
        Response(404, {"content-type": f"text/{PHONE} {MAIL} {KEY}"}, b""),
        json_response({"conversations": [CALL], "count": 1}),
        json_response({"data": {SECRETS: {PHONE: 1}}}, 404),
        json_response({"error_message": CODED}, 404),
        Response(502, {"content-type": "text/html", "x-seen": quote(f"{KEY}/", safe="")}, KEY.upper().encode()),
    ],
)
def test_no_report_has_keys_phone_numbers_or_mail_addresses(response: Response) -> None:
    result = judge(CannedSender(lambda *_: response), "paging.v1", "errors.published-codes", "hosts.region-data")
    result.outcomes["paging.v1-count"].blocked = SECRETS
    report = summary(result)
    texts = [finding_text(each, result) for each in result.findings]

    assert texts
    for shown in (json.dumps(report), html.page(report), terminal.text(report, colour=False), *texts):
        assert not [each for each in ("555", "50100", "zoe", KEY, KEY.upper(), CODED[4:-4], "crumb") if each in shown]


@pytest.mark.parametrize(
    "response",
    [
        json_response({"error_message": "\x1b[2J\ud800", "\x1b": {"\ud800": 1}}, 404),
        Response(502, {"content-type": "text/html\x1b", "x\x1b": "\x1b[1m"}, b"\x1b]0;"),
    ],
)
def test_a_report_has_no_control_characters_and_no_lone_surrogates(response: Response) -> None:
    result = judge(CannedSender(lambda *_: response), "paging.v1", "errors.published-codes")
    report = summary(result)
    texts = [finding_text(each, result) for each in result.findings]
    for shown in (html.page(report), terminal.text(report, colour=False), *texts):
        assert not set("\x1b\ud800") & set(shown)
        assert shown.encode()


def test_a_finding_has_no_signature_and_no_secret_header() -> None:
    request = Request("GET", SIGNED, {"authorization": "crumb"}, None, "x-api-key", "POLYAI_API_KEY")
    result = judge(CannedSender(lambda *_: Response(200, {}, b"")), "paging.v1-echo")
    result.differ("document.status", "x", Difference(f"no {PHONE}", MAIL), (exchange(request=request, value={}),))

    shown = json.dumps(summary(result))

    assert not [each for each in ("abc", "555", "zoe", "crumb") if each in shown]
    assert "Signature=***" in shown
    assert f"export {'SIGNED_QUERY'}=" in shown
    assert "export POLYAI_API_KEY=" in shown


def test_the_curl_line_names_the_tested_server_and_takes_keys_and_signatures_from_variables() -> None:
    request = Request(
        "POST", "https://host.example/v1/a%20b?x=1", {"content-type": "application/json"}, b'{"note": "it\'s"}',
        "x-api-key", "KEY_US",
    )  # fmt: skip
    live = curl(request, None)

    assert live.startswith("curl -sS -i 'https://host.example/v1/a%20b?x=1' -H \"x-api-key: $KEY_US\"")
    assert live.endswith("""--data-binary '{"note": "it'"'"'s"}'""")
    there = curl(request, Loopback("::1", 8765))
    assert there.startswith("curl -sS -i 'http://[::1]:8765/v1/a%20b?x=1' -H 'Host: host.example' -H ")
    signed = curl(Request("GET", SIGNED), None)
    assert signed == "curl -sS -i 'https://files.example/a.wav?'\"$SIGNED_QUERY\""
    assert curl(Request("HEAD", "https://x.example/"), None) == "curl -sS -i --head https://x.example/"
    assert "-X PUT" in curl(Request("PUT", "https://x.example/"), None)


def test_a_line_for_a_terminal_ends_in_no_space_and_a_page_says_each_difference_once() -> None:
    result = judge(CannedSender(lambda *_: json_response({}, 418)), "paging.v1", "keys.header-only")
    difference = Difference("documented number", "object", "conversations[].turns[].latency")
    result.differ("document.schema", "getConversation", difference, (exchange(value={}),))
    report = summary(result)

    for colour in (False, True):
        lines = terminal.text(report, colour=colour).splitlines()
        assert [line for line in lines if re.search(r"\s(\x1b\[[0-9;]*m)*$", line)] == []
    page = html.page(report)
    expected = [each["expected"] for each in report["differences"]]
    for each in report["differences"]:
        assert page.count(f">{escape(each['expected'])}</td>") == expected.count(each["expected"])
        assert f"Expected: {each['expected']}" not in page
    assert "conversations[].<wbr>turns[].<wbr>latency" in page


def test_a_report_says_what_was_tested() -> None:
    environment = {
        "POLYAI_API_KEY": "a", "POLYAI_REGION": "us", "POLYAI_AGENT_ID": "PROJECT-1",
        "POLYAI_CONNECT_TO": "http://127.0.0.1:9",
    }  # fmt: skip
    there = live(environment)
    away = live({name: value for name, value in environment.items() if name != "POLYAI_CONNECT_TO"})
    reports = [summary(Result(each, rules.always())) for each in (there, away)]

    assert [each["target"] for each in reports] == [
        "the server at http://127.0.0.1:9 (region us)", "the live API, region us"
    ]  # fmt: skip
    assert [each["live"] for each in reports] == [False, True]
    assert reports[0]["addresses"] == ["http://127.0.0.1:9"]
    hosts = {server.url for server in openapi.load("polyai").servers if server.region == "us"}
    assert set(reports[1]["addresses"]) == hosts
    digest = hashlib.sha256(openapi.source("polyai")).hexdigest()
    for shown, name in ((html.page(reports[0]), digest), (terminal.text(reports[0], colour=False), digest[:12])):
        assert "the live API" not in shown
        assert all(text in shown for text in ("http://127.0.0.1:9", name, __version__))
    assert reports[0]["documents"] == {"polyai": digest}


def test_coverage_counts_parameters_statuses_and_fields() -> None:
    polyai, coverage = openapi.load("polyai"), Coverage()
    item = {"conversationId": "CA1", "accountId": "a", "projectId": "p", "mood": 1}
    request = Request("GET", "https://host.example/?limit=1&other=2")
    query = Request("GET", "https://host.example/?direction=user&redacted=true")
    annotation = {"turnId": 0, "role": "user", "annotationType": "wrong_info"}
    body = Request("POST", "https://host.example/", body=json.dumps({"annotations": [annotation]}).encode())

    coverage.add(exchange("listConversations", value={"conversations": [item], "count": 1}, request=request))
    coverage.add(exchange("listConversations", status=403, value={}, judged=False))
    coverage.add(exchange("listConversations", body=b"{"))
    coverage.add(exchange("getConversationRecording", body=b"", content_type="audio/wav", request=query))
    coverage.add(exchange("addAnnotations", status=201, value={"success": True}, request=body))

    def missing(operation_id: str, kind: str = "parameters") -> list[str]:
        names: list[str] = coverage.share(polyai.operation(operation_id), kind)["missing"]
        return names

    listed = coverage.share(polyai.operation("listConversations"), "parameters")
    assert listed == {"seen": 2, "all": 3, "missing": ["offset"]}
    assert missing("listConversations", "statuses") == ["400", "401", "403", "429"]
    assert coverage.seen["listConversations", "fields"] == {
        "200 conversations", "200 count", "200 conversations[].conversationId", "200 conversations[].accountId",
        "200 conversations[].projectId",
    }  # fmt: skip
    assert missing("getConversationRecording") == ["direction=agent", "direction=combined", "redacted=false"]
    assert [each for each in missing("addAnnotations") if "role" in each] == ["body annotations[].role=agent"]


def test_the_page_needs_nothing_else_and_escapes_what_servers_sent() -> None:
    response = Response(418, {"content-type": "<script>alert(1)</script>"}, b"\x00\xed\xa0\x80")
    page = html.page(summary(judge(CannedSender(lambda *_: response), "paging.v1-echo")))

    for text in ("&lt;script&gt;alert(1)", "document.status", "<code>responses</code>"):
        assert text in page
    for text in ("<script", "src=", "<link", "url("):
        assert text not in page
    assert page.encode()


@pytest.mark.parametrize(
    ("status", "change", "verdict"),
    [
        (200, {"conversations": [{"conversationId": "CA1", "accountId": "ws-1", "projectId": "PROJECT-1"}]},
         "No differences"),
        (200, {"count": 1.5}, "There are differences"),
        (200, {}, "Some rules could not be judged"),
        (401, {"error_message": "no"}, "Nothing could be tested"),
    ],
)  # fmt: skip
def test_the_verdict_and_the_totals(status: int, change: dict[str, Any], verdict: str) -> None:
    value = change if status == 401 else {"conversations": [], "count": 0, "limit": 50, "offset": 0, **change}
    sender = CannedSender(lambda *_: json_response(value, status))
    report = summary(judge(sender, "hosts.region-data", "paging.cursor-stable"))
    shown = terminal.text(report, colour=False)

    assert report["verdict"].startswith(verdict)
    assert report["verdict"] in shown
    assert ("\x1b[" in shown, "\x1b[" in terminal.text(report, colour=True)) == (False, True)
    states = {each["id"]: each["state"] for each in report["rules"]}
    assert states["paging.cursor-stable"] == "skipped"
    assert states["document.retry-after"] == "ok"
    assert report["totals"]["skipped"] == 1
    assert report["totals"]["rules"] == len(report["rules"]) == 15
    assert "skipped: no conversation can be added: paging.cursor-stable" in shown
    assert {each["name"]: each["skipped"] for each in report["themes"]}["paging"] == 1


def wav(samples: list[int], rate: int = 8000, *, length: int | None = None) -> bytes:
    data = struct.pack(f"<{len(samples)}h", *samples)
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(data) if length is None else length) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "0 bytes without a RIFF header"),
        (b"RIFF\x04\0\0\0WAVE", "no samples"),
        (wav([1, 2])[:-2], "a length of 60 bytes, and the file has 58"),
        (wav([1, 2]) + b"more", "a length of 60 bytes, and the file has 64"),
        (wav([1, 2], length=99), "99 bytes of samples, and the file has 4"),
        (wav([1, 2], length=3), "3 bytes of samples are not a whole number"),
        (wav([1, 2], rate=0), "0 frames a second"),
        (wav([1, 2]).replace(struct.pack("<I", 16000), struct.pack("<I", 1)), "do not match"),
        (wav([1, 2]).replace(b"fmt ", b"abc "), "after a format of 0 bytes"),
        (wav([1, 2]).replace(b"\x01\0\x01\0", b"\x03\0\x01\0"), "the format 3, which is not PCM"),
    ],
)
def test_a_wav_file_that_is_wrong_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(WavError, match=why):
        parse(content)


def test_where_two_recordings_differ() -> None:
    raw, other = parse(wav([1, 2, 3, 4, 5, 6])), parse(wav([1, 0, 0, 4, 5, 0]))

    assert (raw.channels, raw.rate, raw.bits, raw.frames, raw.seconds) == (1, 8000, 16, 6, 0.00075)
    assert changed_spans(raw, other) == [(1, 3), (5, 6)]
    assert silent(other, [(1, 3), (5, 6)])
    assert not silent(other, [(0, 2)])
    assert changed_spans(raw, parse(wav([1, 2]))) == [(2, 6)]
    with pytest.raises(WavError, match="8 bits"):
        Wav(1, 8000, 8, b"12").samples()

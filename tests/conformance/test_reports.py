"""What reports show and what they hide; how coverage is counted; how WAV files are read."""

from __future__ import annotations

import json
import struct
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from polyai_data import openapi
from polyai_data.conformance import curl, masking
from polyai_data.conformance.coverage import Coverage
from polyai_data.conformance.model import Answer, Request
from polyai_data.conformance.reports import html, junit
from polyai_data.conformance.wav import Wav, WavError, changed_spans, parse, silent
from tests.conformance.support import exchange

SIGNED = "https://files.example/a.wav?Expires=1&Signature=abc"


def test_what_people_said_and_are_is_masked_and_what_tells_the_answer_is_not() -> None:
    shown = masking.value({
        "conversationId": "CA1",
        "user_input": "my name is Ada",
        "from_number": "+12025550100",
        "surprise": "Ada again",
        "turns": [{"entities": [{"name": "Ada"}], "is_ood": False}],
        "error_message": "call +1 202 555 0100 or ada@mail.example",
        "phone": 12025550100,
        "num_turns": 3,
        "note": "",
    })  # fmt: skip

    assert "Ada" not in json.dumps(shown)
    assert "555" not in json.dumps(shown)
    assert "ada@" not in json.dumps(shown)
    assert (shown["conversationId"], shown["num_turns"], shown["note"]) == ("CA1", 3, "")
    assert shown["user_input"] == "[14 characters]"


def test_secrets_are_masked_in_urls_headers_and_bodies() -> None:
    assert masking.url(SIGNED) == "https://files.example/a.wav?Expires=***&Signature=***"
    assert masking.url("https://x.example/v3?limit=2&key=abc") == "https://x.example/v3?limit=2&key=***"
    headers = masking.headers({"X-Api-Key": "abc", "authorization": "abc", "accept": "audio/wav"})
    assert headers == {"X-Api-Key": "***", "authorization": "***", "accept": "audio/wav"}
    plain = Answer(502, {"content-type": "text/html"}, b"<p>abc is no key</p>")
    assert masking.answer_body(plain, ["abc"]) == "<p>*** is no key</p>"
    assert masking.answer_body(Answer(200, {"content-type": "audio/wav"}, b"RIFF")) == "(4 bytes, audio/wav)"
    assert masking.answer_body(Answer(204, {}, b"")) == "(empty)"
    assert masking.cut("x" * 7000).endswith("and 1000 characters more")


def test_the_curl_line_takes_the_key_and_the_address_from_variables() -> None:
    request = Request(
        "POST", "https://host.example/v1/a%20b?x=1", {"content-type": "application/json"}, b'{"note": "it\'s"}',
        "x-api-key", "KEY_US",
    )  # fmt: skip

    live = curl.line(request, loopback=False)
    local = curl.line(request, loopback=True)

    assert live.startswith("curl -sS -i 'https://host.example/v1/a%20b?x=1' -H \"x-api-key: $KEY_US\"")
    assert live.endswith("""--data-binary '{"note": "it'"'"'s"}'""")
    assert "\"$POLYAI_CONNECT_TO\"'/v1/a%20b?x=1' -H 'Host: host.example'" in local


def test_the_curl_line_of_a_signed_link_holds_no_signature() -> None:
    line = curl.line(Request("GET", SIGNED), loopback=False)

    assert line == "curl -sS -i 'https://files.example/a.wav?'\"$SIGNED_QUERY\""
    assert curl.line(Request("HEAD", "https://x.example/"), loopback=False) == "curl -sS -i --head https://x.example/"
    assert "-X PUT" in curl.line(Request("PUT", "https://x.example/"), loopback=False)


def test_coverage_counts_parameters_statuses_and_fields() -> None:
    operation = openapi.load("polyai").operation("listConversations")
    coverage = Coverage([operation])
    item = {"conversationId": "CA1", "accountId": "a", "projectId": "p", "mood": 1}
    value = {"conversations": [item], "count": 1}
    request = Request("GET", f"https://host.example{operation.path}?limit=1&other=2")

    coverage.enter(exchange("listConversations", value=value, request=request))
    coverage.enter(exchange("listConversations", status=404, value={}, judged=False))
    coverage.enter(exchange("listConversations", body=b"{"))

    assert str(coverage.parameters(operation)) == "2/3"
    assert coverage.parameters(operation).missing == ["offset"]
    assert str(coverage.statuses(operation)) == "1/5"
    seen = coverage.fields(operation).seen
    assert seen == {
        "200 conversations", "200 count", "200 conversations[].conversationId", "200 conversations[].accountId",
        "200 conversations[].projectId",
    }  # fmt: skip


def test_coverage_counts_the_values_of_enumerations_in_query_and_body() -> None:
    polyai = openapi.load("polyai")
    recording, add = polyai.operation("getConversationRecording"), polyai.operation("addAnnotations")
    coverage = Coverage([recording, add])
    query = Request("GET", "https://host.example/?direction=user&redacted=true")
    annotation = {"turnId": 0, "role": "user", "annotationType": "wrong_info"}
    body = Request("POST", "https://host.example/", body=json.dumps({"annotations": [annotation]}).encode())

    coverage.enter(exchange("getConversationRecording", body=b"", content_type="audio/wav", request=query))
    coverage.enter(exchange("addAnnotations", status=201, value={"success": True}, request=body))

    assert coverage.parameters(recording).missing == ["direction=agent", "direction=combined", "redacted=false"]
    assert {"body annotations[].role=user", "body annotations[].annotationType=wrong_info"} <= coverage.parameters(
        add
    ).seen
    assert "body annotations[].role=agent" in coverage.parameters(add).missing


def difference(severity: str = "failure", **change: Any) -> dict[str, Any]:
    return {
        "rule": "pii.raw-withheld", "title": "Who may not hear.", "source": "a page", "operation": "getX",
        "severity": severity, "expected": "redacted & <silent>", "seen": "raw\x00", "count": 2,
        "requests": [{
            "method": "GET", "url": "https://host.example/", "headers": {"accept": "*/*"}, "body": "", "status": 200,
            "answer_headers": {}, "answer_body": "(4 bytes)", "curl": "curl …",
        }], **change,
    }  # fmt: skip


def made_up(differences: list[dict[str, Any]], state: str = "failed", **change: Any) -> dict[str, Any]:
    rule = {
        "id": "pii.raw-withheld", "theme": "pii", "kind": "scenario", "title": "Who may not hear.", "source": "a page",
        "state": state, "checks": 3, "differences": 1, "notes": 0, "reason": "why", "operations": ["getX", "getY"],
        "seconds": 0.1,
    }  # fmt: skip
    theme = {"name": "pii", "rules": 1, "checks": 3, "broken": 1, "noted": 0, "skipped": 0, "blocked": 0}
    share = {"seen": 1, "all": 2, "missing": ["offset"]}
    operation = {
        "id": "getX", "method": "GET", "path": "/x", "hosts": ["host.example"], "requests": 1, "checks": 3,
        "differences": 1, "parameters": share, "statuses": share, "fields": {"seen": 0, "all": 0, "missing": []},
    }  # fmt: skip
    totals = dict.fromkeys(("requests", "checks", "differences", "notes", "rules", "skipped", "blocked"), 1)
    return {
        "target": "the <target>", "live": False, "writable": True, "seed": 1, "finished_at": "now", "seconds": 1.0,
        "status": 1, "interrupted": False, "verdict": "There are differences.", "totals": totals,
        "operations": [operation], "themes": [theme], "rules": [rule], "differences": differences,
        "repeat": ["export A=b"], **change,
    }  # fmt: skip


def test_junit_has_a_test_for_each_rule_and_operation() -> None:
    root = ET.fromstring(junit.write(made_up([difference(), difference("note", operation="getZ")])))

    suite = root[0]
    assert (suite.get("name"), suite.get("tests"), suite.get("failures")) == ("pii", "3", "1")
    failure = suite[0].find("failure")
    assert failure is not None
    assert failure.get("message") == "expected: redacted & <silent>; seen: raw\N{REPLACEMENT CHARACTER}"
    assert "curl …" in (failure.text or "")
    assert suite[1].find("failure") is None
    assert suite[2].find("system-out") is not None


@pytest.mark.parametrize(("state", "tag"), [("blocked", "error"), ("skipped", "skipped")])
def test_junit_tells_what_was_not_judged(state: str, tag: str) -> None:
    root = ET.fromstring(junit.write(made_up([], state)))

    assert [case.find(tag) is not None for case in root[0]] == [True, True]


def test_the_page_needs_nothing_else_and_escapes_what_servers_sent() -> None:
    page = html.write(made_up([difference(seen="<script>alert(1)</script>")]))

    assert "&lt;script&gt;alert(1)" in page
    assert "<script" not in page
    assert "src=" not in page
    assert "<link" not in page
    assert "url(" not in page
    assert "1/2" in page
    assert "export A=b" in page


def wav(samples: list[int], rate: int = 8000, *, told: int | None = None) -> bytes:
    data = struct.pack(f"<{len(samples)}h", *samples)
    form = struct.pack("<HHIIHH", 1, 1, rate, rate * 2, 2, 16)
    chunks = b"fmt " + struct.pack("<I", 16) + form + b"LIST" + struct.pack("<I", 3) + b"abc\0"
    chunks += b"data" + struct.pack("<I", len(data) if told is None else told) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def test_a_wav_file_is_read() -> None:
    read = parse(wav([1, 2, 3, 4]))

    assert (read.channels, read.rate, read.bits, read.frames, read.seconds) == (1, 8000, 16, 4, 0.0005)


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "no RIFF header"),
        (b"RIFF\x04\0\0\0WAVE", "no samples"),
        (wav([1, 2])[:-1] + b"", "its header tells"),
        (wav([1, 2]) + b"more", "its header tells"),
        (wav([1, 2], told=99), "it tells 99 bytes"),
        (wav([1, 2], rate=0), "0 frames a second"),
        (wav([1, 2]).replace(struct.pack("<I", 16000), struct.pack("<I", 1)), "do not go with"),
        (wav([1, 2]).replace(b"fmt ", b"abc "), "before their format"),
    ],
)
def test_a_wav_file_that_is_wrong_is_told(content: bytes, why: str) -> None:
    if why == "its header tells" and len(content) == len(wav([1, 2])) - 1:
        content = content[:-2]

    with pytest.raises(WavError, match=why):
        parse(content)


def test_where_two_recordings_differ() -> None:
    raw, other = parse(wav([1, 2, 3, 4, 5, 6])), parse(wav([1, 0, 0, 4, 5, 0]))

    assert changed_spans(raw, other) == [(1, 3), (5, 6)]
    assert silent(other, [(1, 3), (5, 6)])
    assert not silent(other, [(0, 2)])
    assert changed_spans(raw, parse(wav([1, 2]))) == [(2, 6)]
    with pytest.raises(WavError, match="8 bits"):
        Wav(1, 8000, 8, b"12").samples()

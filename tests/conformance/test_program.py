"""The program and the plugin end to end: against the emulator, faulty servers, and where nothing can be tested."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from polyai_data import openapi
from polyai_data.conformance import Effort, of_emulator, run
from polyai_data.conformance import __main__ as program
from polyai_data.conformance.generated import known_to_exist
from polyai_data.conformance.reports.summary import summary
from polyai_data.conformance.rule import THEMES
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError
from tests.support.scripted_server import ScriptedServer, Step, reset, response

ID = "X-PolyAI-Correlation-Id: an-id"
QUICKEST = Effort(1, ("examples", "stateful"), 2)


def address(server: ScriptedServer) -> str:
    return f"--connect-to={server.url.removeprefix('http://')}"


def test_the_emulator_breaks_no_rule(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "html", "junit")}
    arguments = [f"--{name}={path}" for name, path in files.items()]

    status = program.main(["--profile=quick", "--examples=1", "--seed=3", *arguments])

    shown = capfd.readouterr().out
    report = json.loads(files["json"].read_text())
    seen = [(each["rule"], each["operation"], each["expected"], each["seen"]) for each in report["differences"]]
    assert (status, seen, [each["id"] for each in report["rules"] if each["state"] != "ok"]) == (0, [], [])
    assert "No differences" in shown
    operations = {operation.id for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations}
    assert {each["id"] for each in report["operations"] if each["requests"]} == operations
    assert all(each["statuses"]["missing"] == [] for each in report["operations"])
    assert all(each["parameters"]["missing"] == [] for each in report["operations"])
    linked = next(each["operations"] for each in report["rules"] if each["id"] == "document.linked")
    # These take no id out of another operation's response.
    assert {"listConversations", "searchConversations", "createDebugChat"}.isdisjoint(linked)
    suite = ET.parse(files["junit"]).getroot()[0]
    assert (suite.get("tests"), suite.get("failures"), suite.get("errors")) == (str(len(report["rules"])), "0", "0")
    assert "No differences" in files["html"].read_text()


def test_workers_of_pytest_report_a_faulty_server_with_rule_operation_and_a_line_to_repeat_it(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    report, junit = tmp_path / "report.json", tmp_path / "report.xml"
    (tmp_path / "conftest.py").write_text("raise RuntimeError('not for us')\n")
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --no-such-option\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTEST_ADDOPTS", "--no-such-option")
    own = ["--only=listings.detail", "--only=paging.v1-echo", f"--json={report}", f"--junit={junit}"]

    status = program.main(["--header=X-Emulator-Fault: unknown", *own, "--", "-n", "2"])

    shown = capfd.readouterr()
    assert status == 1, shown
    assert "failure document.extra-field listConversations" in shown.out
    summary = json.loads(report.read_text())
    states = {each["id"]: each["state"] for each in summary["rules"]}
    called = {each["id"] for each in summary["operations"] if each["requests"]}
    assert [states[name] for name in ("listings.detail", "paging.v1-echo")] == ["ok", "ok"]
    assert called == {"listConversations", "getConversation"}
    difference = next(each for each in summary["differences"] if each["operation"] == "listConversations")
    assert (difference["rule"], states["document.extra-field"]) == ("document.extra-field", "failed")
    assert '-H "x-api-key: $KEY_US"' in difference["requests"][0]["curl"]
    cases = {each.get("name"): each for each in ET.parse(junit).getroot()[0]}
    failure = cases["extra-field"].find("failure")
    assert failure is not None
    assert '"x-api-key: $KEY_US"' in (failure.text or "")
    assert cases["test_detail"].find("failure") is None
    for text in (report.read_text(), junit.read_text()):
        assert "not-a-real-key" not in text
        assert not re.search(r'user_input": "\+?[^\["]|from_number": "\+?[^\["]', text)


def test_a_blocked_rule_fails_the_run_and_its_reason_is_masked(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    junit, call = tmp_path / "report.xml", {"conversationId": "+12025550100", "channel": "VOICE", "inProgress": False}
    listing = {"conversations": [{**call, "accountId": "ws", "projectId": "p"}], "count": 1, "limit": 1, "offset": 0}
    with ScriptedServer(response(200, json.dumps(listing).encode(), ID)) as server:
        status = program.main([address(server), "--only=recordings.same", f"--junit={junit}"])

    assert status == 1
    for shown in (junit.read_text(), capfd.readouterr().out):
        assert "blocked: the recording of [number] cannot be read" in shown
        assert "+12025550100" not in shown


@pytest.mark.parametrize(
    ("step", "why"),
    [
        (response(401, b'{"error_message": "no"}', ID), "refuses every key with 401; set the keys of this server"),
        (response(200, b"<p>hello</p>", content_type="text/html"), "200 with text/html instead of JSON"),
        (response(404, b"<p>none</p>", content_type="text/html"), "for every operation, 404"),
        (reset, "for every operation, no complete response came (ReadError)"),
    ],
)
def test_a_server_that_plays_no_api_is_one_sentence(step: Step, why: str, capfd: pytest.CaptureFixture[str]) -> None:
    with ScriptedServer(step) as server:
        status = program.main([address(server)])

    out, err = capfd.readouterr()
    assert (status, out.strip()) == (2, "")
    assert err.strip().splitlines() == [err.strip()]
    assert f"{server.url} " in err
    assert why in err


def test_an_emulator_elsewhere_is_tested_with_its_data_and_left_as_it_was(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    only = ["links", "paging", "annotations", "pii", "filters.time-range", "notes", "chats"]
    report = tmp_path / "report.json"
    with Emulator(seed=5, conversations=60) as emulator:
        emulator.clock.advance(3600)
        emulator.add_conversation()
        before = emulator.saved()
        status = program.main(
            [f"--connect-to={emulator.url}", f"--json={report}", *(f"--only={each}" for each in only)]
        )
        assert emulator.saved() == before

    shown = json.loads(report.read_text())
    assert (status, shown["differences"]) == (0, [])
    assert {each["state"] for each in shown["rules"]} == {"ok"}
    assert shown["target"] == f"the emulator at {emulator_url(shown)} (seed 5)"
    assert "order of listConversations: newest first" in capfd.readouterr().out


def emulator_url(shown: dict[str, list[str]]) -> str:
    (url,) = shown["addresses"]
    return url


def test_the_emulator_as_documented_breaks_no_rule_and_is_left_as_it_was() -> None:
    with Emulator(as_documented=True) as emulator:
        before = emulator.saved()
        result = run(of_emulator(emulator), only=THEMES[:-1])  # the last are generated requests
        assert emulator.saved() == before

    assert [(each.rule, each.operation, each.expected, each.values) for each in result.findings] == []
    assert {outcome.state for outcome in result.outcomes.values()} == {"ok"}


@pytest.mark.parametrize("size", [0, 1])
def test_what_is_missing_is_said_in_words(size: int) -> None:
    with Emulator(conversations=size) as emulator:
        result = run(of_emulator(emulator), only=THEMES[:-1])

    assert [(each.rule, each.expected, each.values) for each in result.findings] == []
    assert {reason.replace(" of us", "") for reason in result.blocked.values()} == (
        {"the agent has no conversations"} if size == 0 else set()
    )


def test_the_recipe_of_a_difference_repeats_it_at_the_tested_server(tmp_path: Path) -> None:
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    with Emulator() as emulator:
        options = [f"--connect-to={emulator.url}", "--header=X-Emulator-Fault: unknown", "--only=listings.detail"]
        assert program.main([*options, f"--json={report}", f"--html={page}"]) == 1
        shown = json.loads(report.read_text())
        sent = shown["differences"][0]["requests"][0]
        shell = "\n".join([*shown["repeat"], sent["curl"]])
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        done = subprocess.run(["bash", "-c", shell], env={"PATH": path}, capture_output=True, text=True, check=True)

    assert done.stdout.startswith(f"HTTP/1.1 {sent['status']} ")
    assert emulator_url(shown) in sent["curl"]
    assert html.escape(sent["curl"]) in page.read_text().replace("&#34;", "&quot;").replace("&#39;", "&#x27;")


def test_a_generated_request_is_shown_without_the_headers_of_the_generator() -> None:
    headers = {"x-emulator-fault": "unknown"}
    with Emulator() as emulator:
        report = summary(run(of_emulator(emulator, headers=headers), only=["document.gen"], effort=QUICKEST))

    assert report["differences"]
    assert "x-emulator-fault" in report["differences"][0]["requests"][0]["curl"]
    assert "x-schemathesis" not in json.dumps([each["requests"] for each in report["differences"]])


def test_a_run_without_pytest_refuses_a_server_that_plays_no_api() -> None:
    page = response(404, b"<p>none</p>", content_type="text/html")
    with ScriptedServer(page) as server, Emulator() as emulator:
        target = of_emulator(emulator, connect_to=server.url)
        with pytest.raises(ConfigError, match="plays no API that could be tested: for every operation, 404"):
            run(target, only=["paging"])


@pytest.mark.parametrize(("in_progress", "known"), [(True, False), (None, False), (False, True)])
def test_an_id_need_not_have_a_recording_where_it_is_not_known_that_the_call_has_ended(
    in_progress: bool | None, known: bool
) -> None:
    call = {"channel": "VOICE-SIP", "inProgress": in_progress}
    row = {"channel": "VOICE-SIP", "in_progress": in_progress}

    assert known_to_exist("getConversationRecording", json.dumps(call).encode()) == known
    assert known_to_exist("getConversationRecordingV3", json.dumps({"conversations": [row]}).encode()) == known
    assert not known_to_exist("getConversationRecording", json.dumps({**call, "channel": "CHAT"}).encode())
    assert known_to_exist("upsertNote", json.dumps(call).encode())


def test_rules_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--list"]) == 0

    shown = capsys.readouterr().out
    assert "\npii.raw-withheld\n" in shown
    assert shown.count("Source: ") > 100


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--only=nothing"], "no rule begins with 'nothing'"),
        (["--connect-to=192.0.2.1:80"], "loopback"),
        (["--live"], "api_key is missing"),
        (["--write=x"], "--write and --transcript need --live"),
        (["--transcript=x"], "--write and --transcript need --live"),
        (["--connect-to=127.0.0.1:9", "--as-documented"], "--as-documented is for the emulator of this program"),
        (["--live", "--header=a: b"], "--header is not for --live"),
        (["--header=a secret"], "'a' is not NAME: VALUE"),
        (["--draft=a.yaml"], "error: --draft needs --answers, the responses to draft from\n"),
        (["--examples=0"], "0 is less than 1"),
        (["--connect-to=127.0.0.1:9", "--", "-n", "2"], "only the emulator can be tested in parallel"),
        (["--only=keys.header-only", "--", "-k", "nothing"], ""),
        (["--only=keys.header-only", "--", "--no-such-option"], "unrecognized arguments"),
    ],
)
def test_what_cannot_work_is_refused(
    arguments: list[str], why: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("POLYAI_API_KEY", "POLYAI_CONVERSATIONS_API_KEY", "POLYAI_CONNECT_TO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert program.main(arguments) == 2
    assert why in capfd.readouterr().err


@pytest.mark.parametrize("absent", ["schemathesis", "jinja2", "rich", "pytest"])
def test_a_missing_extra_says_what_to_install(
    absent: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)

    assert program.main(["--profile=quick"]) == 2
    assert f"the conformance tests need {absent}: pip install 'polyai-data[conformance]'" in capsys.readouterr().err


def pytest_with_the_plugin(folder: Path, *arguments: str) -> int:
    options = ["-c", os.devnull, "--rootdir", str(folder), "--disable-plugin-autoload", "--import-mode=importlib"]
    options += ["-p", "no:cacheprovider", "-p", "polyai_data.conformance.plugin", "--strict-markers"]
    return pytest.main([*options, str(folder), *arguments])


def test_pytest_runs_the_rules_with_the_plugin_beside_other_tests(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "test_other.py").write_text("def test_other():\n    assert False\n")
    chosen = ["-m", "not writes", "-k", "v1_ or other", "--pyargs", "polyai_data.conformance.rules.paging", "-v"]

    status = pytest_with_the_plugin(tmp_path, *chosen)

    # No rule failed; the other test did.
    shown = capfd.readouterr().out
    assert status == 1, shown
    assert all(f"test_v1_{name} PASSED" in shown for name in ("pages", "echo", "count"))
    assert "test_other FAILED" in shown
    assert "paging.py::test_end" not in shown
    assert "No differences" in shown


def test_the_plugin_leaves_the_exit_status_of_other_tests_alone(tmp_path: Path) -> None:
    (tmp_path / "test_alone.py").write_text("def test_alone():\n    pass\n")

    assert pytest_with_the_plugin(tmp_path) == 0

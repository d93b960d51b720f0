"""The program end to end: against the emulator, against a faulty server, and where nothing can be tested."""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from polyai_data import openapi
from polyai_data.conformance import __main__ as program
from polyai_data.conformance import of_emulator, run
from polyai_data.conformance.plugin import Settings
from polyai_data.emulator import Emulator
from tests.conformance.support import CORRELATION, server


def test_the_emulator_breaks_no_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {name: tmp_path / f"report.{name}" for name in ("json", "html", "junit")}
    arguments = [f"--{name}={path}" for name, path in files.items()]

    status = program.main(["--profile=quick", "--examples=1", "--seed=3", *arguments])

    shown = capsys.readouterr().out
    report = json.loads(files["json"].read_text())
    told = [(each["rule"], each["operation"], each["expected"], each["seen"]) for each in report["differences"]]
    assert (status, told, [each["id"] for each in report["rules"] if each["state"] == "blocked"]) == (0, [], [])
    assert "No differences" in shown
    operations = {operation.id for vendor in openapi.PACKAGES for operation in openapi.load(vendor).operations}
    assert {each["id"] for each in report["operations"] if each["requests"]} == operations
    assert all(each["statuses"]["missing"] == [] for each in report["operations"])
    assert all(each["parameters"]["missing"] == [] for each in report["operations"])
    assert ET.parse(files["junit"]).getroot().find(".//failure") is None
    assert "No differences" in files["html"].read_text()


def test_a_faulty_server_is_told_with_rule_operation_and_a_line_to_repeat_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = tmp_path / "report.json"
    arguments = ["--seed=1", "--only=listings.summary-only", "--only=pii.routes", f"--json={report}"]

    status = program.main([*arguments, "--header", "X-Emulator-Fault: unknown"])

    shown = capsys.readouterr().out
    assert status == 1
    assert "failure document.extra-field listConversations" in shown
    found = {each["rule"]: each for each in json.loads(report.read_text())["differences"]}
    assert found["document.extra-field"]["operation"] == "listConversations"
    request = found["document.extra-field"]["requests"][0]
    assert '-H "x-api-key: $KEY_US"' in request["curl"]
    assert "not-a-real-key" not in report.read_text()
    assert not re.search(r'"(user_input|from_number)": "\+?[^\["]', report.read_text())


@pytest.mark.parametrize(
    ("content_type", "only"), [("application/json", []), ("text/html", ["--only=keys"])], ids=["all", "keys"]
)
def test_where_all_keys_are_refused_nothing_was_tested(
    content_type: str, only: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    headers = {"content-type": content_type, CORRELATION: "an-id"}

    with server(401, b'{"error_message": "no"}', headers) as address:
        status = program.main(["--profile=quick", "--examples=1", f"--connect-to={address}", *only])

    assert status == 2
    assert "Nothing could be tested" in capsys.readouterr().out


def test_where_nobody_listens_nothing_was_tested(capsys: pytest.CaptureFixture[str]) -> None:
    with server(200, b"", {}) as address:
        pass

    assert program.main([f"--connect-to={address}", "--only=paging.v1"]) == 2
    assert "document.answered" in capsys.readouterr().out


def test_rules_can_be_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert program.main(["--list"]) == 0

    shown = capsys.readouterr().out
    assert "\npii.raw-withheld\n" in shown
    assert shown.count("Source: ") > 120


@pytest.mark.parametrize(
    ("arguments", "why"),
    [
        (["--only=nothing"], "no rule begins with"),
        (["--connect-to=192.0.2.1:80"], "loopback"),
        (["--live"], "api_key is missing"),
    ],
)
def test_what_cannot_work_is_told(
    arguments: list[str], why: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("POLYAI_API_KEY", "POLYAI_CONVERSATIONS_API_KEY", "POLYAI_CONNECT_TO"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))

    assert program.main(arguments) == 2
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["--write=x"], ["--live", "--header=a: b"], ["--header=a"], ["--examples=0"], ["--profile=odd"]]
)
def test_arguments_that_do_not_go_together_are_refused(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        program.main(arguments)

    assert stopped.value.code == 2
    assert "error" in capsys.readouterr().err


@pytest.mark.parametrize("absent", ["schemathesis", "jinja2", "rich"])
def test_a_missing_extra_says_what_to_install(
    absent: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, absent, None)

    assert program.main(["--profile=quick"]) == 2
    assert f"the conformance tests need {absent}: pip install 'polyai-data[conformance]'" in capsys.readouterr().err


def test_the_package_runs_from_python_too() -> None:
    with Emulator(seed=2, conversations=12) as emulator:
        result = run(of_emulator(emulator, seed=2), Settings(only=("links", "chats")))

    assert [(each.rule, each.expected, each.seen) for each in result.ledger.broken] == []
    assert result.status == 0

"""What cannot be exported, or not be written, says why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import fsspec
import pytest

import polyai_data
from polyai_data import AsyncPolyAI, PolyAI
from polyai_data.emulator import Emulator
from polyai_data.errors import ConfigError, DecodeError, DownloadError, TransportError
from polyai_data.export import Options, export
from polyai_data.export.work import Work
from tests.support.scripted_server import ScriptedServer, response


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


def test_the_errors_of_a_cloud_s_library_are_ours(
    client: PolyAI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class ClientError(Exception):
        """As botocore has it."""

    def refused(*_: Any, **__: Any) -> None:
        raise ClientError("AccessDenied")

    options = Options(since="2026-05-03", environments=["live"])
    for call in ("exists", "put_file"):
        with monkeypatch.context() as patched:
            patched.setattr(type(fsspec.filesystem("memory")), call, refused)
            with pytest.raises(DownloadError, match=r"memory://b.csv cannot be written: AccessDenied"):
                export("memory://b.csv", client, options, work=tmp_path)
    assert export("memory://b.csv", client, options, work=tmp_path).rows


def test_a_broken_connection_is_no_fault_of_the_disk(emulator: Emulator, tmp_path: Path) -> None:
    broken = {"headers": {"X-Emulator-Fault": "reset"}, "max_retries": 0}
    with emulator.client(**broken) as client, pytest.raises(TransportError, match="the connection broke"):
        export(tmp_path / "a.csv", client)


def test_what_a_server_gives_instead_of_pages(tmp_path: Path) -> None:
    """A page of another kind is named; an id that none can ask for costs its details alone."""
    bodies = [b"[]", b"<html></html>", b'{"conversations":[{"id":"a b","started_at":"2026-05-04T12:00:00Z"}]}']
    options = Options(agents=["A"], since="2026-05-04", environments=["live"], route="v3", details=True)
    for body, message in zip(bodies, ["a list, not an object", "an HTML page", ""], strict=True):
        with (
            ScriptedServer(lambda *_, body=body: response(200, body)) as server,
            PolyAI("key", region="us", account_id="acme", connect_to=server.url) as client,
        ):
            if message:
                for each in (options, replace(options, details=False)):
                    with pytest.raises(DecodeError, match=message):
                        export(tmp_path / "a.jsonl", client, each, work=tmp_path / f"{each.details}")
            else:
                report = export(tmp_path / "b.jsonl", client, options)
                assert (report.rows, report.incomplete, report.invalid) == (1, 1, 0)


def test_folders_that_are_not_ours(client: PolyAI, tmp_path: Path) -> None:
    options = Options(since="2026-05-04")
    with Work(tmp_path / "a.csv.parts"), pytest.raises(ConfigError, match="another export works in"):
        export(tmp_path / "a.csv", client, options)
    (tmp_path / "b.csv.parts").mkdir()
    (tmp_path / "b.csv.parts" / "thesis.txt").write_text("mine")
    with pytest.raises(ConfigError, match=r"has thesis.txt, and is not the work folder of an export"):
        export(tmp_path / "b.csv", client, options)
    assert [each.name for each in (tmp_path / "b.csv.parts").iterdir()] == ["thesis.txt"]
    (tmp_path / "b.csv.parts" / "thesis.txt").rename(tmp_path / "b.csv.parts" / ".thesis")
    with pytest.raises(ConfigError, match=r"has .thesis, and is not the work folder of an export"):
        export(tmp_path / "b.csv", client, options)
    (tmp_path / "file").write_text("")
    for path, error in (
        (tmp_path / "no" / "a.csv", DownloadError),
        (tmp_path / "file" / "a.csv", DownloadError),
        (tmp_path, ConfigError),
        ("/proc/a.csv", DownloadError),
        ("nosuch://a.csv", ConfigError),
        (tmp_path / "a.xlsx", ConfigError),
    ):
        with pytest.raises(error):
            export(path, client, options, format="csv" if path == tmp_path else None)
    assert (tmp_path / "b.csv.parts" / ".thesis").read_text() == "mine"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"agents": "PROJECT-1"}, "agents must be a list of strings, not 'PROJECT-1'"),
        ({"metrics": [3]}, r"metrics must be a list of strings, not \[3\]"),
        ({"route": "zz"}, "route: 'zz' is not one of agents, v3"),
        ({"turns": "zz"}, "turns: 'zz' is not one of nested, none, table"),
        ({"in_progress": "no"}, "in_progress must be True or False, not str"),
        ({"variant_id": 3, "route": "agents"}, "variant_id must be a string, not int"),
        ({"parallel": 0}, "parallel is how many requests are sent at once, from 1 to 64, not 0"),
        ({"client": AsyncPolyAI("key", region="us")}, "client must be a PolyAI, not AsyncPolyAI"),
    ],
)
def test_what_is_no_option(client: PolyAI, wrong: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        polyai_data.frame(**{"client": client, **wrong})

"""`recordings get`: from ids, addresses, a listing or standard input; once, and never raw among redacted."""

from __future__ import annotations

import hashlib
import json
import re
import resource
from pathlib import Path
from typing import Any

import pytest

from polyai_data.emulator import Emulator
from polyai_data.emulator.data.model import Conversation
from polyai_data.manifest import NAME, Manifest
from tests.cli.conftest import Run

FROM = ("--since", "2026-04-01")


@pytest.fixture(scope="module")
def recorded(emulator: Emulator) -> list[Conversation]:
    return [each for each in emulator.conversations() if each.recorded]


def rows(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def test_a_listing_is_saved_once(run: Run, emulator: Emulator, recorded: list[Conversation], tmp_path: Path) -> None:
    folder = tmp_path / "calls"
    done = run("recordings", "get", *FROM, "--env", "all", "--redacted", "--to", folder)
    assert done.status == 0
    assert done.stdout.startswith(f"{len(recorded)} saved in {folder} (")
    assert done.stderr.startswith(f"{len(emulator.conversations()) - len(recorded)} without a recording: ")
    assert done.stderr.strip().endswith(" more")
    for entry in rows((folder / NAME).read_text()):
        assert hashlib.sha256((folder / entry["file"]).read_bytes()).hexdigest() == entry["sha256"]
        assert ((folder / entry["file"]).stat().st_mode & 0o777, entry["redacted"]) == (0o600, True)
    again = run("recordings", "get", *FROM, "--env", "all", "--redacted", "--to", folder)
    assert (again.status, again.stdout.split(";")[0]) == (
        0,
        f"0 saved in {folder} (0 kB), {len(recorded)} were there already",
    )
    raw = run("recordings", "get", recorded[0].id, "--to", folder)
    assert (raw.status, raw.stdout) == (2, "")
    assert "lists redacted recordings; save recordings with personal data in another folder" in raw.stderr
    with Manifest(folder, redacted=True, directions=["combined"]):
        busy = run("recordings", "get", recorded[0].id, "--redacted", "--to", folder)
    assert (busy.status, "another run saves recordings" in busy.stderr) == (2, True)


def test_the_lines_of_a_listing_are_taken(run: Run, recorded: list[Conversation], tmp_path: Path) -> None:
    chosen = run("conversations", "list", *FROM, "--env", "all", "--limit", "4", "--json").stdout
    chosen_ids = {row["id"] for row in rows(chosen)}
    taken = f"{chosen}\n{recorded[-1].id}\n"
    done = run("recordings", "get", "-", "--direction", "all", "--to", tmp_path, "--json", input=taken)
    ids = chosen_ids & {each.id for each in recorded}
    seen = rows(done.stdout)
    assert done.status == 0
    assert sorted((row["id"], row["direction"]) for row in seen if row["file"]) == sorted(
        (each, side) for each in {*ids, recorded[-1].id} for side in ("agent", "combined", "user")
    )
    assert [row["has_recording"] for row in seen if row["file"] is None] == [False] * (4 - len(ids))


@pytest.mark.parametrize("way", ["list --json", "list --agents-route --json", "list --agents-route", "export"])
def test_a_listing_says_where_its_conversations_are(run: Run, emulator: Emulator, tmp_path: Path, way: str) -> None:
    agent = emulator.accounts["us"].agents[1].id
    ids = [each.id for each in emulator.conversations(agent) if each.recorded]
    given = json.dumps({"conversation_id": ids[0], "agent_id": agent})
    if way != "export":
        given = run("conversations", *way.split(), "--agent", agent).stdout
    options = [] if given[0] == "{" else ["--agent", agent]  # words do not say it
    done = run("recordings", "get", "-", "--to", tmp_path, "--json", *options, input=given)
    assert (done.status, "error" in done.stderr) == (0, False), done.stderr
    assert {row["id"] for row in rows(done.stdout) if row["file"]} & set(ids)


@pytest.mark.parametrize(
    "given",
    [
        "",
        " \n",
        "CA1\n+12025550161\tAnna",
        "Anna Jones\n",
        "a@anna.example",
        '{"id": 5, "from": "Anna"}',
        '{"id": "Anna',
    ],
)
def test_standard_input_without_conversations_is_an_error_that_quotes_nothing(
    run: Run, tmp_path: Path, given: str
) -> None:
    status, message = 1, "standard input has no conversation"
    if given.strip():
        status, message = 2, f"standard input, line {len(given.splitlines())}: neither"
    for command in (["recordings", "get"], ["audit"]):
        done = run(*command, "-", "--to", tmp_path / "to", input=given)
        assert (done.status, done.stdout, message in done.stderr) == (status, "", True)
        assert not re.search("(?i)12025550161|anna", done.stderr)
    assert not (tmp_path / "to").exists()


def test_an_address_says_where_a_recording_is(run: Run, emulator: Emulator, tmp_path: Path) -> None:
    account = emulator.accounts["us"]
    other = account.agents[1]
    conversation = next(each for each in emulator.conversations(other) if each.recorded)
    address = f"https://studio.us.poly.ai/{account.id}/{other.id}/conversations/{conversation.id}"
    assert run("recordings", "get", conversation.id, "--to", tmp_path).status == 1
    assert run("recordings", "get", address, "--to", tmp_path).status == 0
    assert (tmp_path / f"{conversation.id}.wav").exists()


def test_a_full_disk_ends_the_run_which_can_go_on(run: Run, recorded: list[Conversation], tmp_path: Path) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))
    try:
        done = run("recordings", "get", recorded[0].id, "--to", tmp_path)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert (done.status, done.stdout) == (1, "")
    assert done.stderr.endswith("File too large\nwhat was saved is kept; the same command goes on from there\n")
    nowhere = run("recordings", "get", recorded[0].id, "--to", "/proc/recordings")
    assert (nowhere.status, "what was saved" in nowhere.stderr) == (1, False)


def test_one_that_fails_is_named_and_the_rest_is_saved(
    run: Run, emulator: Emulator, recorded: list[Conversation], tmp_path: Path
) -> None:
    done = run("recordings", "get", recorded[0].id, "CAunknown", "--to", tmp_path)
    assert (done.status, done.stdout.startswith("1 saved")) == (1, True)
    assert done.stderr.startswith("error: CAunknown: 404 ")
    silent = next(each.id for each in emulator.conversations() if not each.recorded)
    assert run("recordings", "get", silent, "--to", tmp_path).status == 1
    for wrong in ([], [recorded[0].id, *FROM]):
        assert "give either IDs of conversations, or --since" in run("recordings", "get", *wrong).stderr
    none = run("recordings", "get", "--since", "now", "--to", tmp_path)
    assert none == ("", "No conversation matches.\n", 1)
    assert "--any goes with --filter" in run("recordings", "get", *FROM, "--any").stderr
    for option in (["--channel", "SMS"], ["--limit", "1"], ["--until", "today"], ["--filter", "a = b"]):
        refused = run("recordings", "get", recorded[0].id, *option, "--to", tmp_path / "none")
        assert (refused.status, f"do not go with {option[0]}\n" in refused.stderr) == (2, True)
    assert not (tmp_path / "none").exists()

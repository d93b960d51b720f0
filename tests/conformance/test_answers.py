"""`--answers`: recorded responses held against the documents."""

from __future__ import annotations

import base64
import hashlib
import json
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from polyai_data import openapi
from polyai_data._version import __version__
from polyai_data.conformance import __main__ as program
from polyai_data.conformance.answers import read as reading
from polyai_data.conformance.answers.program import read
from polyai_data.shape_record import all_operations
from tests.conformance import traffic
from tests.conformance.traffic import Seen, detail, judged, run, summary, turn

ROOT = Path(__file__).parents[2]
PEOPLE = ("Zyxada", "zyxada", "ZYXADA", "zyxada-lovelace", "+4479460zyx", "zyx@example.org", "CAzyx00017")
"""Planted data, each in a form that something else could have."""


def shown(seen: Sequence[Seen], folder: Path) -> list[str]:
    return [f"{each.operation} {each.status} {each}" for each in judged([traffic.folder(folder / "b", seen)])]


def test_every_form_of_the_same_traffic_gives_the_same_differences(tmp_path: Path) -> None:
    first, *others = [judged([path]) for path in traffic.in_every_form(tmp_path, traffic.live())]
    assert others == [first] * 4
    assert {str(each) for each in first} == {
        "the body: status 422 in 1 of 7, documented 200, 400, 401, 403, 404, 429, 500",
        "the body: not JSON in 1 of 1, documented object",
        "the body: empty in 1 of 1, documented object",
        "redacted_audio_url: null in 1 of 1, documented string (uri)",
        "status: a value that is not listed in 1 of 1, documented redacted_audio_ready",
    }


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"turns": [turn(0) | {"latency": True}]},
            "turns[].latency: boolean in 1 of 1, documented number or object or null",
        ),
        ({"turns": None}, "turns: null in 1 of 1, documented array"),
        ({"duration": 1.5}, "duration: number in 1 of 1, documented integer or null"),
        ({"accountId": None}, "accountId: null in 1 of 1, documented string"),
        ({"mood": "Ada"}, "*: names that are not shown: 1 value in 1 object, not documented"),
        ({"metrics": {"A": [3]}}, "metrics.*[]: integer in 1 of 1, documented object"),
        ({"44123456": 1, "zoe": 2}, "*: names that are not shown: 2 values in 1 object, not documented"),
    ],
)
def test_a_difference_names_place_count_and_document(change: Any, expected: str, tmp_path: Path) -> None:
    assert shown([Seen("getConversation", detail())], tmp_path / "as it is") == []
    assert shown([Seen("getConversation", detail() | change)], tmp_path) == [f"getConversation 200 {expected}"]


def test_differences_of_formats_lengths_and_absent_properties(tmp_path: Path) -> None:
    row: dict[str, Any] = {"id": "CA1", "account_id": "a", "project_id": "p", "environment": "live", "channel": "CHAT"}
    row |= {"started_at": "yesterday", "metrics": {"A": ["one"], "B": "text", "C": []}}
    assert shown([Seen("searchConversations", {"conversations": [row]})], tmp_path) == [
        "searchConversations 200 conversations[].in_progress: absent in 1 of 1, documented as required",
        "searchConversations 200 conversations[].metrics.*: a shorter list in 2 of 2, documented at least 2",
        "searchConversations 200 conversations[].started_at: text that is no date-time in 1 of 1, documented date-time",
    ]


def test_a_word_beyond_those_of_the_document_is_shown_when_it_is_seen_often(tmp_path: Path) -> None:
    ready = {"status": "redacted_audio_ready", "redacted_audio_url": "https://files.example/a"}
    some = [Seen("getRedactedAudio", ready | {"status": f"state_{letter}"}) for letter in "abc"]
    often = [Seen("getRedactedAudio", ready | {"status": "processing"})] * 20
    what = "a value that is not listed (seen often: processing (20)) in 23 of 23, documented redacted_audio_ready"
    assert shown(some + often, tmp_path) == [f"getRedactedAudio 200 status: {what}"]


def test_a_name_that_no_document_has_is_shown_when_it_is_seen_often(tmp_path: Path) -> None:
    often = [Seen("getConversation", detail() | {"mood": "Ada"})] * 20
    assert shown(often, tmp_path) == ["getConversation 200 mood: string in 20 of 20, not documented"]


def test_a_run_reports_differences_and_writes_a_file(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = traffic.har(tmp_path / "t.har", traffic.live())
    status, out, err = run(capsys, path, "--json", tmp_path / "r.json")
    assert (status, err) == (1, "")
    assert "getConversation 422: 1 response, 1 difference\n" in out
    assert "11 responses" not in out
    assert "10 responses of HAR: 5 differences\n" in out
    assert out.count("left out") == 1
    assert f"left out: 1 for no operation of the documents, such as {path} entry 11\n" in out
    report = json.loads((tmp_path / "r.json").read_text())
    assert [each["seen"] for each in report["differences"]] == [1] * 5
    assert report["left_out"] == {"for no operation of the documents": 1}
    hashes = {vendor: hashlib.sha256(openapi.source(vendor)).hexdigest() for vendor in openapi.PACKAGES}
    assert (report["documents"], report["version"]) == (hashes, __version__)
    against = f"polyai {hashes['polyai'][:12]}, assemblyai {hashes['assemblyai'][:12]}"
    assert f"against: {against} (SHA-256 of the patched documents), polyai-data {__version__}\n" in out
    good = traffic.folder(tmp_path / "good", [Seen("getConversation", detail())])
    status, out, _ = run(capsys, good)
    assert (status, out.splitlines()[-1]) == (0, "1 response of folder of bodies: no difference")


@pytest.mark.parametrize(
    "option", ["--live", "--connect-to=127.0.0.1:1", "--html=a.html", "--junit=a.xml", "--seed=2", "--only=x", "--list"]
)
def test_an_option_that_is_not_for_recorded_responses_is_an_error(
    option: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    good = traffic.folder(tmp_path / "good", [Seen("getConversation", detail())])
    error = f"error: {option.partition('=')[0]} is not for --answers, which goes with --json and --draft only\n"
    assert run(capsys, good, option) == (2, "", error)


def test_files_are_read_in_large_pieces(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    # The JSON parser looks at one long text from its beginning for each piece that it is given.
    path = tmp_path / "t.har"
    traffic.har(path, [Seen("getConversation", {"note": "x" * (12 << 20)})])
    sizes: list[int] = []
    real = reading._Bounded.read

    def piece(self: Any, size: int = -1) -> bytes:
        sizes.append(size)
        return real(self, size)

    monkeypatch.setattr(reading._Bounded, "read", piece)
    assert read([path], list(all_operations()))[1].responses == 1
    # Twice, as the form of the file is looked for first; each reading ends with an empty piece.
    assert len(sizes) <= 2 * 14


# Bad input.


def cut(path: Path) -> Path:
    path.write_bytes(path.read_bytes()[:-40])
    return path


def written(path: Path, content: str) -> Path:
    path.write_text(content)
    return path


@pytest.mark.parametrize(
    ("make", "expected"),
    [
        (lambda path: path / "none.har", "none.har: cannot be read or written: No such file"),
        (lambda path: written(path / "a.har", "<html>"), "a.har: is no HAR, no cassette of vcrpy"),
        (lambda path: written(path / "a.har", '{"log": {}}'), "a.har: is no HAR, no cassette of vcrpy"),
        (lambda path: written(path / "a.har", '{"log": {"entries": []}}'), "a HAR without a JSON response of a"),
        (lambda path: written(path / "a.yaml", "- 1"), "a.yaml: is cut off or broken after entry 0"),
        (lambda path: written(path / "a.yaml", "version: 1"), "a cassette without a JSON response of a"),
        (lambda path: cut(traffic.har(path / "t.har", traffic.live())), "t.har: is cut off or broken after entry 10"),
        (
            lambda path: cut(traffic.cassette(path / "t.yaml", traffic.live())),
            "t.yaml: is cut off or broken after entry",
        ),
        (
            lambda path: cut(traffic.record(path / "t.jsonl", traffic.live())),
            "t.jsonl is no line of a record of shapes",
        ),
        (lambda path: written(path / "none.json", "{}"), "none.json: is no HAR, no cassette of vcrpy"),
        (
            lambda path: written(path / "x.json", "{}").parent,
            "x.json: no operation is called 'x'; name it <operationId>",
        ),
        (lambda path: path, "a folder of bodies without a JSON response of a documented operation"),
        (lambda path: traffic.har(path / "t.har", []), "left out: 1 for no operation of the documents"),
    ],
)
def test_what_cannot_be_judged_is_one_clear_error(
    make: Callable[[Path], Path], expected: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    status, out, err = run(capsys, make(tmp_path))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert expected in err


def test_entries_that_cannot_be_read_are_counted(tmp_path: Path) -> None:
    seen = traffic.live()[:2]
    path = traffic.har(tmp_path / "t.har", seen)
    whole = json.loads(path.read_text())
    first = whole["log"]["entries"][0]
    for response in ({"status": 0}, {"status": 200, "content": {"size": 3}}, None, {"status": "Ada"}):
        whole["log"]["entries"].append({**first, "response": response})
    coded = {"encoding": "base64", "text": base64.b64encode(seen[0].content).decode()}
    whole["log"]["entries"] += [7, {**first, "response": {"status": 200, "content": coded}}]
    path.write_text("\ufeff" + json.dumps(whole))
    shapes, reader = read([path], list(all_operations()))
    assert reader.responses == 3
    assert shapes.roots["getConversation", 200].total == 3
    assert reader.others == {
        "for no operation of the documents": 1,
        "without a response, or without its body in the file": 2,
        "not an entry as its format has it": 3,
    }


def test_requests_are_matched_by_host_where_it_is_a_vendors_and_by_path_elsewhere(tmp_path: Path) -> None:
    seen = Seen("getConversation", detail())
    path = traffic.har(tmp_path / "t.har", [seen])
    for url, expected in (
        (seen.url.replace("https://", "http://user@"), 1),
        ("https://gateway.example:8443/to/it/v1/agents/a/conversations/b", 1),
        (seen.url.replace("us.poly.ai", "us-1.platform.polyai.app"), 0),
        (seen.url.replace("/v1/", "/to/it/v1/"), 0),
        ("https://[", 0),
    ):
        whole = json.loads(traffic.har(path, [seen]).read_text())
        whole["log"]["entries"].append({**whole["log"]["entries"][0], "request": {"method": "GET", "url": url}})
        path.write_text(json.dumps(whole))
        assert read([path], list(all_operations()))[1].responses == 1 + expected, url


def test_memory_stays_constant_and_an_entry_that_is_too_large_is_left_out(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(reading, "LARGEST", 4 << 20)
    path = traffic.har(tmp_path / "t.har", traffic.live())
    head, _, rest = path.read_text().partition('"entries": [')
    entry = json.dumps({"request": {}, "response": {"content": {"encoding": "base64", "text": "@"}}})
    before, _, after = entry.partition("@")
    with path.open("w") as file:
        file.write(head + '"entries": [' + before)
        for _ in range(64):
            file.write("A" * (1 << 20))
        file.write(after + "," + rest)
    tracemalloc.start()
    try:
        _, reader = read([path], list(all_operations()))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20
    assert reader.responses == 10
    assert reader.where["larger than 64 MiB"] == f"{path} entry 1"
    with path.open("w") as file:
        file.write(head + '"entries": [' + before)
        for _ in range(9):
            file.write('\\"' * (1 << 19))
    with pytest.raises(reading.InputError, match="entry 1 is larger than"):
        read([path], list(all_operations()))


# Personal data.

people = st.sampled_from(PEOPLE)
values = st.recursive(
    st.one_of(people, st.none(), st.booleans(), st.just(4479460017)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(people, inner, max_size=2)),
    max_leaves=6,
)


@st.composite
def bodies(draw: st.DrawFn) -> list[Seen]:
    """Responses of every kind with people in texts, in values of other types, and in the keys of maps."""
    made = []
    for _ in range(draw(st.integers(1, 2))):
        one = detail(turns=1)
        # Words at places where the document lists words are shown when they are seen often, and so are the names of
        # objects that it describes.
        for name in draw(st.sets(st.sampled_from(sorted({*one, "newField"} - {"clientEnv"})), max_size=4)):
            one[name] = draw(people if name in {"shortSummary", "turns"} else values)
        if isinstance(one["turns"], list):
            inner = {name: draw(values) for name in ("current_node", "entities", "function_events")}
            one["turns"][0] |= {
                "latency": draw(people),
                "metadata": inner,
                "entities": draw(values),
                "other": draw(values),
            }
        for name in ("metrics", "functionEvents"):
            one[name] = {draw(people): draw(people)}
        made += [Seen("getConversation", one)] * draw(st.sampled_from([1, 25]))
    row = {"conversations": [summary() | {"channel": draw(people)}], "count": draw(values)}
    error = {"error_code": draw(people), "detail": draw(values)}
    return [*made, Seen("listConversations", row), Seen("getConversation", error, 404), Seen("upsertNote", error, 418)]


@given(bodies())
@settings(max_examples=15)
def test_no_value_and_no_key_of_a_map_reaches_anything_that_is_written(
    tmp_path_factory: pytest.TempPathFactory, seen: list[Seen]
) -> None:
    folder = tmp_path_factory.mktemp("people")
    text = ""
    record = traffic.record(folder / "t.jsonl", seen)
    for index, path in enumerate([traffic.har(folder / "t.har", seen), record]):
        files = {name: folder / f"{index}.{name}" for name in ("json", "draft")}
        program.main(["--answers", str(path), *(f"--{name}={file}" for name, file in files.items())])
        text += "".join(file.read_text() for file in files.values() if file.exists())
    text += record.read_text()
    assert "getConversation" in text
    assert [each for each in (*PEOPLE, "4479460017") if each in text] == []

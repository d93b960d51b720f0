"""One document out of many: what is taken, what stands in the way, and which resolutions are needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.bundle import Resolution, Source, check_merged, difference, merge, parse_resolutions, read_sources
from pipeline.yaml_files import PipelineError

from tests.pipeline.case_files import each

ROOT = Path(__file__).parents[2]
INFO = {"info": {"title": "T", "version": "1"}}


def source(name: str, document: Any, version: str = "3.1.0") -> Source:
    """A source, its document as YAML or parsed."""
    node = yaml_files.loads(document, name) if isinstance(document, str) else document
    return Source(name, {"openapi": version, **INFO, **node})


def resolution(at: str, **more: Any) -> Resolution:
    (only,) = parse_resolutions({"v": [{"at": at, "reason": "because", **more}]}, "bundle.yaml")["v"]
    return only


def bundle(sources: Sequence[Source], resolutions: Sequence[Resolution] = ()) -> Any:
    document, problems = merge(sources, resolutions)
    check_merged(document, problems)
    return document


def problems(sources: Sequence[Source], resolutions: Sequence[Resolution] = ()) -> list[str]:
    """What stands in the way of bundling, a line each."""
    with pytest.raises(PipelineError) as caught:
        bundle(sources, resolutions)
    headline, *lines = str(caught.value).splitlines()
    assert headline.endswith(":")
    return [line.strip() for line in lines]


# Two sources without a conflict.

A = source(
    "a.yaml",
    """\
servers: [{url: https://a.example.test}]
paths:
  /x: {get: {responses: {'200': {description: x}}}}
components:
  schemas:
    Shared: {type: object, properties: {a: {type: string}, b: {type: integer}}}
    OnlyA: {$ref: '#/components/schemas/Shared'}
""",
)
B = source(
    "b.yaml",
    """\
x-more: here
tags: [{name: T}]
components:
  parameters: {p: {name: p, in: query, schema: {type: string}}}
  schemas:
    OnlyB: {type: string}
    Shared: {properties: {b: {type: integer}, a: {type: string}}, type: object}
paths:
  /x: {post: {tags: [T], responses: {'200': {description: x}}}, summary: Both}
  x-paths: [1]
servers: [{url: https://a.example.test}]
""",
)


def test_what_only_one_has_and_what_all_have_alike_is_taken() -> None:
    before = yaml_files.dumps([A.document, B.document])
    document = bundle([A, B])
    assert document == {
        "openapi": "3.1.0",
        **INFO,
        "servers": [{"url": "https://a.example.test"}],
        "tags": [{"name": "T"}],
        "paths": {"/x": {**A.document["paths"]["/x"], **B.document["paths"]["/x"]}, "x-paths": [1]},
        "components": {
            "schemas": {**A.document["components"]["schemas"], "OnlyB": {"type": "string"}},
            "parameters": B.document["components"]["parameters"],
        },
        "x-more": "here",
    }
    assert list(bundle([B, A])) == list(document)
    assert yaml_files.dumps([A.document, B.document]) == before


def test_sources_are_compared_after_lifting() -> None:
    old = source("old.yaml", "components: {schemas: {S: {type: string, nullable: true, example: a}}}", "3.0.3")
    new = source("new.yaml", "components: {schemas: {S: {type: [string, 'null'], examples: [a]}}}")
    result = bundle([old, new])
    assert result["openapi"] == "3.1.0"
    assert result["components"]["schemas"] == {"S": {"type": ["string", "null"], "examples": ["a"]}}


@each("bundle_sources")
def test_a_source_that_cannot_be_bundled(case: dict[str, Any]) -> None:
    (line,) = problems([A, Source("bad.yaml", case["source"])])
    assert line.startswith(f"bad.yaml: {case['problem']}")


def test_a_difference_is_short() -> None:
    assert difference({"a": [1, {"b": "x" * 99}]}, {"a": [1, {"b": "y\n y"}]}) == f"/a/1/b: {'x' * 57}… against y y"


# Conflicts, and the resolutions that settle them.


@each("bundle_conflicts")
def test_a_conflict(case: dict[str, Any]) -> None:
    sources = [source("a.yaml", case["a"]), source("b.yaml", case["b"])]
    at = case["name"].partition(",")[0]
    if case["difference"] is None:
        assert bundle(sources)["openapi"] == "3.1.0"
        return
    (line,) = problems(sources)
    assert line == f"{at}: a.yaml against b.yaml: {case['difference']}"
    document, _ = merge(sources)
    assert document == bundle(sources, [resolution(at, winner="a.yaml")])
    if at == case["name"]:
        assert bundle(sources, [resolution(at, winner="b.yaml")]) == bundle(sources[1:])


def test_the_winner_may_be_the_one_that_leaves_it_out() -> None:
    sources = [source("a.yaml", "servers: [{url: a}]"), source("b.yaml", "paths: {/x: {get: {}}}")]
    assert "servers" not in bundle(sources, [resolution("/servers", winner="b.yaml")])


def test_all_conflicts_are_listed() -> None:
    many = "{servers: [{url: %s}], components: {schemas: {S: {title: %s}, Same: {}}}}"
    sources = [source(f"{word}.yaml", many % (word, word)) for word in "ab"]
    assert [line.partition(":")[0] for line in problems(sources)] == ["/servers", "/components/schemas/S"]
    assert len(problems(sources, [resolution("/servers", winner="a.yaml")])) == 1


def test_three_sources_are_named_in_groups() -> None:
    words = {"a.yaml": "one", "b.yaml": "two", "c.yaml": "one", "d.yaml": "three"}
    assert problems([source(name, f"x-word: {word}") for name, word in words.items()]) == [
        "/x-word: a.yaml, c.yaml against b.yaml: one against two; and d.yaml: one against three"
    ]


PETS = """\
paths: {/%(word)s: {get: {responses: {'200': {$ref: '#/components/responses/R'}}}}}
components:
  responses: {R: {description: d}}
  schemas: {Pet: {type: %(word)s}, Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}}
"""


def test_a_rename_goes_through_its_whole_source() -> None:
    sources = [source("a.yaml", PETS % {"word": "string"}), source("b.yaml", PETS % {"word": "integer"})]
    resolutions = [
        resolution("/components/schemas/Pet", rename={"b.yaml": "New"}),
        # Their text differs only once Pet has another name in one of them.
        resolution("/components/schemas/Pets", rename={"b.yaml": "News"}),
    ]
    result = bundle(sources, resolutions)
    schemas = result["components"]["schemas"]
    assert list(schemas) == ["Pet", "Pets", "New", "News"]
    assert schemas["News"] == {"type": "array", "items": {"$ref": "#/components/schemas/New"}}
    assert result["paths"]["/string"] == sources[0].document["paths"]["/string"]
    (line,) = problems(sources, [each for each in resolutions if each.at[-1] != "Pets"])
    assert line.startswith("/components/schemas/Pets: a.yaml against b.yaml: /items/$ref")


S_A = source("a.yaml", "components: {schemas: {S: {title: a}, Taken: {}, U: {title: a}}}")
S_B = source("b.yaml", "components: {schemas: {S: {title: b}, Taken: {}, Other: {}, U: {title: a}}}")
AT_S = "/components/schemas/S"


@each("unneeded_resolutions")
def test_a_resolution_that_is_not_needed(case: dict[str, Any]) -> None:
    lines = problems([S_A, S_B], [resolution(**each) for each in case["resolutions"]])
    assert case["problem"] in lines[0]
    assert [line for line in lines[1:] if not line.startswith(f"{AT_S}: a.yaml against b.yaml")] == []


def test_a_winner_must_define_what_it_wins() -> None:
    lines = problems([S_A, S_B, source("c.yaml", "paths: {}")], [resolution(AT_S, winner="c.yaml")])
    assert lines == [f"the winner at {AT_S}: c.yaml does not define it"]


def test_a_winner_that_breaks_a_reference() -> None:
    loser = "components: {schemas: {S: {properties: {p: {}}}, R: {$ref: '#/components/schemas/S/properties/p'}}}"
    (line,) = problems([S_A, source("b.yaml", loser)], [resolution(AT_S, winner="a.yaml")])
    assert line == "/components/schemas/R/$ref: #/components/schemas/S/properties/p has no target"


@each("resolutions")
def test_a_resolution_that_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(PipelineError) as caught:
        parse_resolutions(case["document"], "bundle.yaml")
    assert str(caught.value).startswith("bundle.yaml: ")
    assert case["error"] in str(caught.value)


# From files.


@pytest.mark.parametrize(
    ("resolutions", "documents", "message"),
    [
        ("", {}, "specs/v: has no documents"),
        ("", {"a": "x: ["}, "a.yaml:2:1: "),
        ("v: [", {"a": "x-a: 1"}, "bundle.yaml:2:1: "),
        ("v: [{at: /x-a, winner: a.yaml}]", {"a": "x-a: 1"}, "`reason` is missing"),
        ("w: [{at: /x-a, winner: a.yaml, reason: r}]", {"a": "x-a: 1"}, "resolutions for w, which has no folder"),
    ],
)
def test_sources_that_cannot_be_read(
    resolutions: str, documents: dict[str, str], message: str, project: Callable[[dict[str, str]], Path]
) -> None:
    files = {f"specs/v/{name}.yaml": text for name, text in documents.items()}
    root = project({"overlay/bundle.yaml": resolutions, **files})
    with pytest.raises(PipelineError) as caught:
        read_sources(root, "v")
    assert message in str(caught.value)

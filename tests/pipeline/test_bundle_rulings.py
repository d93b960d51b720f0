"""Where sources differ, `scripts/bundle.py` tells all of it; every line of `overlay/bundle.yaml` must be needed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from pipeline import yaml_files
from pipeline.bundle import Source, bundle
from pipeline.rulings import Ruling, parse_rulings
from pipeline.yaml_files import PipelineError

if TYPE_CHECKING:
    from collections.abc import Sequence


def source(name: str, text: str, version: str = "3.1.0") -> Source:
    return Source(name, yaml_files.loads(f"openapi: {version}\ninfo: {{title: T, version: '1'}}\n{text}", name))


def merged(sources: Sequence[Source], rulings: Sequence[Ruling] = ()) -> Any:
    """The bundled document, plain."""
    return yaml_files.plain(bundle(sources, rulings))


def problems(sources: Sequence[Source], rulings: Sequence[Ruling] = ()) -> list[str]:
    """What stands in the way of bundling, a line each."""
    with pytest.raises(PipelineError) as caught:
        bundle(sources, rulings)
    headline, *lines = str(caught.value).splitlines()
    assert headline.endswith(":")
    return [line.strip() for line in lines]


# Conflicts, and the rulings that settle them.

OPERATION = "{responses: {'200': {description: %s}}}"
CONFLICTS: dict[str, tuple[str, str, str]] = {
    "/paths/~1x/get": (
        f"paths: {{/x: {{get: {OPERATION % 'a'}}}}}",
        f"paths: {{/x: {{get: {OPERATION % 'b'}}}}}",
        "a against b",
    ),
    "/paths/~1x/summary": ("paths: {/x: {summary: a}}", "paths: {/x: {summary: b}}", "a against b"),
    "/webhooks/w/post": (
        "webhooks: {w: {post: {summary: a}}}",
        "webhooks: {w: {post: {summary: b}}}",
        "/summary: a against b",
    ),
    "/components/schemas/S": (
        "components: {schemas: {S: {enum: [a, b]}}}",
        "components: {schemas: {S: {enum: [a, c]}}}",
        "/enum/1: b against c",
    ),
    "/components/responses/R": (
        "components: {responses: {R: {description: a}}}",
        "components: {responses: {R: {description: a, x-more: 1}}}",
        "/x-more: nothing against 1",
    ),
    "/tags/a tag": (
        "tags: [{name: a tag, description: a}]",
        "tags: [{name: a tag}]",
        "/description: a against nothing",
    ),
    "/servers": (
        "servers: [{url: a}]",
        "servers: [{url: a}, {url: b}]",
        "[{'url': 'a'}] against [{'url': 'a'}, {'url': 'b'}]",
    ),
    "/security": ("security: [{K: []}]", "security: []", "[{'K': []}] against []"),
    "/externalDocs": ("externalDocs: {url: a}", "externalDocs: {url: b}", "/url: a against b"),
    "/x-any": ("x-any: true", "x-any: 1", "True against 1"),
}


@pytest.mark.parametrize("at", CONFLICTS)
def test_a_conflict_is_named_with_its_sources_and_the_difference(at: str) -> None:
    one, other, told = CONFLICTS[at]
    (line,) = problems([source("a.yaml", one), source("b.yaml", other)])
    assert line.startswith(f"{at}: a.yaml against b.yaml: ")
    assert line.endswith(told)


@pytest.mark.parametrize("at", CONFLICTS)
@pytest.mark.parametrize("winner", ["a.yaml", "b.yaml"])
def test_a_ruling_names_the_winner(at: str, winner: str) -> None:
    sources = [source(name, text) for name, text in zip(("a.yaml", "b.yaml"), CONFLICTS[at], strict=False)]
    ruling = _ruling(at, winner=winner)
    alone = merged([each for each in sources if each.name == winner])
    assert merged(sources, [ruling]) == alone


def _ruling(at: str, **what: Any) -> Ruling:
    (ruling,) = parse_rulings({"v": [{"at": at, "reason": "because", **what}]}, "bundle.yaml")["v"]
    return ruling


def test_all_conflicts_are_told_at_once() -> None:
    sources = [source(name, text) for name, text in (("a.yaml", _many("a")), ("b.yaml", _many("b")))]
    assert [line.partition(":")[0] for line in problems(sources)] == [
        "/servers",
        "/paths/~1x/get",
        "/components/schemas/S",
        "/components/schemas/T",
    ]
    winner = _ruling("/servers", winner="a.yaml")
    assert len(problems(sources, [winner])) == 3


def _many(word: str) -> str:
    schemas = f"{{S: {{title: {word}}}, T: {{const: {word}}}, Same: {{}}}}"
    return f"servers: [{{url: {word}}}]\npaths: {{/x: {{get: {OPERATION % word}}}}}\ncomponents: {{schemas: {schemas}}}"


def test_three_sources_are_told_in_groups() -> None:
    words = {"a.yaml": "one", "b.yaml": "two", "c.yaml": "one", "d.yaml": "three"}
    sources = [source(name, f"x-word: {word}") for name, word in words.items()]
    assert problems(sources) == [
        "/x-word: a.yaml, c.yaml against b.yaml: one against two; and d.yaml: one against three"
    ]


INHERITED: dict[str, tuple[str, str, bool]] = {
    "servers, none told": ("servers: [{url: a}]", "paths: {/x: {get: {}}}", True),
    "servers of the operation": ("servers: [{url: a}]", "paths: {/x: {get: {servers: [{url: b}]}}}", False),
    "servers of the path": ("servers: [{url: a}]", "paths: {/x: {servers: [{url: b}], get: {}}}", False),
    "servers, no operation": ("servers: [{url: a}]", "components: {schemas: {S: {}}}", False),
    "security, none told": ("security: [{K: []}]", "paths: {/x: {get: {}}}", True),
    "security of the operation": ("security: [{K: []}]", "paths: {/x: {get: {security: []}}}", False),
    "parameters of the path": ("paths: {/x: {parameters: [], get: {}}}", "paths: {/x: {put: {}}}", True),
    "parameters of another path": ("paths: {/x: {parameters: [], get: {}}}", "paths: {/y: {put: {}}}", False),
    "summary of the path": ("paths: {/x: {summary: a, get: {}}}", "paths: {/x: {put: {}}}", False),
}


@pytest.mark.parametrize("case", INHERITED)
def test_leaving_out_what_operations_inherit_is_a_difference(case: str) -> None:
    one, other, conflict = INHERITED[case]
    sources = [source("a.yaml", one), source("b.yaml", other)]
    if conflict:
        (line,) = problems(sources)
        assert line.endswith("against nothing")
    else:
        assert merged(sources)["openapi"] == "3.1.0"


def test_the_winner_may_be_the_one_that_leaves_it_out() -> None:
    sources = [source("a.yaml", "servers: [{url: a}]"), source("b.yaml", "paths: {/x: {get: {}}}")]
    assert "servers" not in merged(sources, [_ruling("/servers", winner="b.yaml")])


PETS = """\
paths:
  /%(word)s:
    get:
      tags: [T]
      security: [{K: []}]
      responses:
        '200': {description: d, content: {application/json: {schema: {$ref: '#/components/schemas/Pet'}}}}
tags: [{name: T, description: %(word)s}]
components:
  schemas:
    Pet: {type: %(word)s}
    Pets: {type: array, items: {$ref: '#/components/schemas/Pet'}}
    Some: {oneOf: [{$ref: '#/components/schemas/Pet'}], discriminator: {propertyName: t, mapping: {p: Pet}}}
  securitySchemes: {K: {type: http, scheme: %(word)s}}
"""


def test_a_new_name_goes_through_its_whole_source() -> None:
    sources = [source("a.yaml", PETS % {"word": "string"}), source("b.yaml", PETS % {"word": "integer"})]
    to = {"b.yaml": "New"}
    rulings = [
        _ruling("/components/schemas/Pet", rename=to),
        # Their text differs only now that Pet is called otherwise in one of them.
        _ruling("/components/schemas/Pets", rename={"b.yaml": "News"}),
        _ruling("/components/schemas/Some", winner="a.yaml"),
        _ruling("/components/securitySchemes/K", rename=to),
        _ruling("/tags/T", rename=to),
    ]
    result = merged(sources, rulings)
    assert result["components"] == {
        "schemas": {
            "Pet": {"type": "string"},
            "Pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}},
            "Some": {
                "oneOf": [{"$ref": "#/components/schemas/Pet"}],
                "discriminator": {"propertyName": "t", "mapping": {"p": "Pet"}},
            },
            "New": {"type": "integer"},
            "News": {"type": "array", "items": {"$ref": "#/components/schemas/New"}},
        },
        "securitySchemes": {"K": {"type": "http", "scheme": "string"}, "New": {"type": "http", "scheme": "integer"}},
    }
    assert result["tags"] == [{"name": "T", "description": "string"}, {"name": "New", "description": "integer"}]
    for path, name, tag in (("/string", "Pet", "T"), ("/integer", "New", "New")):
        operation = result["paths"][path]["get"]
        assert operation["tags"] == [tag]
        assert list(operation["security"][0]) == ["K" if tag == "T" else "New"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        assert schema == {"$ref": f"#/components/schemas/{name}"}
    without_pets = [ruling for ruling in rulings if ruling.at[-1] != "Pets"]
    (line,) = problems(sources, without_pets)
    assert line.startswith("/components/schemas/Pets: a.yaml against b.yaml: /items/$ref")


S_A = source("a.yaml", "components: {schemas: {S: {title: a}, Taken: {}, U: {title: a}}}")
S_B = source("b.yaml", "components: {schemas: {S: {title: b}, Taken: {}, Other: {}, U: {title: a}}}")
AT_S = "/components/schemas/S"
USELESS: dict[str, tuple[list[Ruling], str]] = {
    "winner without a conflict": (
        [_ruling(AT_S, winner="a.yaml"), _ruling("/components/schemas/U", winner="a.yaml")],
        "the winner at /components/schemas/U is not needed",
    ),
    "winner at nothing": (
        [_ruling(AT_S, winner="a.yaml"), _ruling("/servers", winner="a.yaml")],
        "the winner at /servers is not needed",
    ),
    "winner inside a unit": (
        [_ruling(AT_S, winner="a.yaml"), _ruling(AT_S + "/title", winner="a.yaml")],
        "is not needed",
    ),
    "winner after a rename": (
        [_ruling(AT_S, rename={"a.yaml": "New"}), _ruling(AT_S, winner="a.yaml")],
        "the winner at /components/schemas/S is not needed",
    ),
    "rename without a conflict": (
        [_ruling(AT_S, winner="a.yaml"), _ruling("/components/schemas/U", rename={"a.yaml": "New"})],
        "the rename at /components/schemas/U is not needed",
    ),
    "unknown winner": (
        [_ruling(AT_S, winner="c.yaml")],
        "the winner at /components/schemas/S: there is no source c.yaml",
    ),
    "unknown source to rename in": ([_ruling(AT_S, rename={"c.yaml": "New"})], "there is no source c.yaml"),
    "nothing to rename": (
        [_ruling("/components/schemas/No", rename={"a.yaml": "New"})],
        "a.yaml has nothing of that name",
    ),
    "name that is taken": ([_ruling(AT_S, rename={"a.yaml": "Taken"})], "a.yaml has /components/schemas/Taken already"),
    "same name": ([_ruling(AT_S, rename={"a.yaml": "S"})], "a.yaml has /components/schemas/S already"),
    "twice": ([_ruling(AT_S, winner="a.yaml"), _ruling(AT_S, winner="b.yaml")], "is there more than once"),
    "name that others have": (
        [_ruling(AT_S, rename={"a.yaml": "Other"})],
        "/components/schemas/Other: a.yaml against b.yaml",
    ),
}


@pytest.mark.parametrize("case", USELESS)
def test_a_ruling_that_does_nothing_is_an_error(case: str) -> None:
    rulings, told = USELESS[case]
    (line,) = problems([S_A, S_B], rulings)
    assert told in line


def test_a_winner_must_have_a_say() -> None:
    sources = [S_A, S_B, source("c.yaml", "paths: {}")]
    (line,) = problems(sources, [_ruling(AT_S, winner="c.yaml")])
    assert line == "the winner at /components/schemas/S: c.yaml has no say there"


def test_a_winner_that_leaves_a_reference_behind_is_told() -> None:
    loser = "components: {schemas: {S: {properties: {p: {}}}, R: {$ref: '#/components/schemas/S/properties/p'}}}"
    (line,) = problems([S_A, source("b.yaml", loser)], [_ruling(AT_S, winner="a.yaml")])
    assert line == "/components/schemas/R/$ref: #/components/schemas/S/properties/p leads to nowhere"


BAD_RULINGS: dict[str, tuple[Any, str]] = {
    "no mapping": ([], "not a mapping of vendors"),
    "no list": ({"v": {"at": "/info"}}, "v: not a list"),
    "no ruling": ({"v": ["/info"]}, "v: ruling 1: wants the keys"),
    "unknown key": ({"v": [{"at": "/info", "winner": "a.yaml", "reason": "r", "because": "r"}]}, "wants the keys"),
    "no pointer": ({"v": [{"winner": "a.yaml", "reason": "r"}]}, "`at` is no JSON pointer"),
    "bad pointer": ({"v": [{"at": "info", "winner": "a.yaml", "reason": "r"}]}, "`at` is no JSON pointer"),
    "no reason": ({"v": [{"at": "/info", "winner": "a.yaml"}]}, "ruling 1 (/info): has no `reason`"),
    "empty reason": ({"v": [{"at": "/info", "winner": "a.yaml", "reason": " "}]}, "has no `reason`"),
    "neither": ({"v": [{"at": "/info", "reason": "r"}]}, "either `winner` or `rename`"),
    "both": (
        {"v": [{"at": "/tags/a", "reason": "r", "winner": "a", "rename": {"b": "c"}}]},
        "either `winner` or `rename`",
    ),
    "no winner": ({"v": [{"at": "/info", "reason": "r", "winner": None}]}, "`winner` is no file name"),
    "empty winner": ({"v": [{"at": "/info", "reason": "r", "winner": ""}]}, "`winner` is no file name"),
    "no names": ({"v": [{"at": "/tags/a", "reason": "r", "rename": {}}]}, "`rename` is no mapping"),
    "names in a list": ({"v": [{"at": "/tags/a", "reason": "r", "rename": ["b"]}]}, "`rename` is no mapping"),
    "name of a path": ({"v": [{"at": "/paths/~1x", "reason": "r", "rename": {"a": "b"}}]}, "only components and tags"),
    "bad name": ({"v": [{"at": "/components/schemas/a", "reason": "r", "rename": {"a": "b c"}}]}, "a component's name"),
}


@pytest.mark.parametrize("case", BAD_RULINGS)
def test_a_bad_ruling_is_an_error(case: str) -> None:
    document, told = BAD_RULINGS[case]
    with pytest.raises(PipelineError) as caught:
        parse_rulings(document, "bundle.yaml")
    assert str(caught.value).startswith("bundle.yaml: ")
    assert told in str(caught.value)

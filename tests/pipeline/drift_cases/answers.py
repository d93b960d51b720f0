"""Cases of the drift laboratory: bare files that are broken, and addresses that answer something else."""

from __future__ import annotations

import json

from pipeline import yaml_files

from tests.pipeline.drift_cases.broken import LOGIN, Made, line_of
from tests.pipeline.drift_cases.case import Bench, Cases, Expected, Wrong
from tests.pipeline.drift_cases.files import whole
from tests.pipeline.drift_cases.loopback import Answer
from tests.pipeline.drift_cases.pages import serve_pages

case = Cases()


def _file(  # noqa: PLR0917 - name, text, and what is wrong with it where
    bench: Bench, name: str, text: str | bytes, problem: str, line: int | range | None, column: int | None = None
) -> Made:
    return Expected(3, wrong=[Wrong(name, problem, line, column)]), [bench.save(name, text)]


@case("broken file", alone=True)
def yaml_file_truncated(bench: Bench) -> Made:
    """Cut within a word, where a colon would have followed."""
    text = bench.detail.block
    text = text[: text.rindex("description:") + 4]
    return _file(bench, "openapi.yaml", text, "", text.count("\n") + 1)


@case("broken file", alone=True)
def yaml_file_truncated_between_lines(bench: Bench) -> Made:
    """What is left is YAML, and its references lead nowhere."""
    text = bench.audio.block
    text = text[: text.index("\ncomponents:") + 1]
    count = text.count("$ref:")
    wrong = [Wrong("openapi.yaml", "", line_of(text, "$ref:", number + 1)) for number in range(count)]
    return Expected(3, wrong=wrong), [bench.save("openapi.yaml", text)]


@case("broken file", alone=True)
def json_file_truncated(bench: Bench) -> Made:
    text = json.dumps(whole(bench), indent=2)
    text = text[: len(text) * 2 // 3].rstrip()
    return _file(bench, "openapi.json", text, "not valid JSON", None)


@case("broken file", alone=True)
def json_with_a_trailing_comma(bench: Bench) -> Made:
    text = json.dumps(whole(bench), indent=2).removesuffix("\n}") + ",\n}"
    last = text.count("\n") + 1  # the comma stands before that line; which of the two is told, is Python's to say
    return _file(bench, "openapi.json", text, "not valid JSON", range(last - 1, last + 1))


@case("broken file", alone=True)
def json_with_duplicate_keys(bench: Bench) -> Made:
    text = json.dumps(whole(bench), indent=2)
    text = text.replace('\n  "info": {', '\n  "info": {},\n  "info": {', 1)
    return _file(bench, "openapi.json", text, "info", line_of(text, '"info"', 2), 3)


@case("broken file", alone=True)
def json_with_a_number_that_is_none(bench: Bench) -> Made:
    text = json.dumps(whole(bench), indent=2).replace('"version": "9.0.0"', '"version": NaN', 1)
    return _file(bench, "openapi.json", text, "NaN", None)


@case("broken file", alone=True)
def nested_too_deeply(bench: Bench) -> Made:
    return _file(bench, "openapi.json", '{"openapi":' + "[" * 3_000, "", None)


@case("broken file", alone=True)
def swagger_2_file(bench: Bench) -> Made:
    text = json.dumps({"swagger": "2.0", "info": {"title": "Old", "version": "1"}, "paths": {}})
    return _file(bench, "swagger.json", text, "openapi", 1)


@case("broken file", alone=True)
def file_of_other_operations_only(bench: Bench) -> Made:
    """Nothing in it is ours, so that it cannot be meant."""
    document = whole(bench)
    document["paths"] = {"/pets": {"patch": {"responses": {"200": {"description": "Fine."}}}}}
    return _file(bench, "petstore.yaml", yaml_files.dumps(document), "PATCH /pets", None)


@case("broken file", alone=True)
def file_without_operations(bench: Bench) -> Made:
    return _file(
        bench, "openapi.yaml", "openapi: 3.0.1\ninfo:\n  title: x\n  version: '1'\npaths: {}\n", "operation", None
    )


@case("broken file", alone=True)
def empty_file(bench: Bench) -> Made:
    return _file(bench, "openapi.yaml", "", "", 1)


@case("broken file", alone=True)
def login_page_called_json(bench: Bench) -> Made:
    return _file(bench, "openapi.json", LOGIN, "not valid JSON", 1, 1)


@case("broken file", alone=True)
def no_such_file(bench: Bench) -> Made:
    return Expected(3, wrong=[Wrong("nowhere.md", "No such file")]), [str(bench.folder / "nowhere.md")]


@case("broken file", alone=True)
def empty_folder(bench: Bench) -> Made:
    bench.folder.mkdir(exist_ok=True)
    return Expected(3, wrong=[Wrong(bench.folder.name, "no page")]), [str(bench.folder)]


@case("broken file", alone=True)
def index_with_a_dead_link(bench: Bench) -> Made:
    index = bench.save("llms.txt", f"- [Gone]({bench.audio.slug}.md)\n")
    return Expected(3, wrong=[Wrong(f"{bench.audio.slug}.md", "No such file")]), [index]


# Addresses.


def _served(bench: Bench, answer: Answer, problem: str) -> Made:
    name = f"{bench.audio.slug}.md"
    address = bench.serve({f"/{name}": answer})
    return Expected(3, wrong=[Wrong(f"/{name}", problem)]), [f"{address}/{name}"]


@case("broken answer", alone=True)
def http_404(bench: Bench) -> Made:
    return _served(bench, Answer("gone", 404), "404")


@case("broken answer", alone=True)
def http_500(bench: Bench) -> Made:
    return _served(bench, Answer("sorry", 500), "500")


@case("broken answer", alone=True)
def http_body_cut(bench: Bench) -> Made:
    return _served(bench, Answer(bench.audio.page(), missing=1000), "cannot be read")


@case("broken answer", alone=True)
def http_login_page(bench: Bench) -> Made:
    return _served(bench, Answer(LOGIN, headers={"content-type": "text/html"}), "no OpenAPI block")


@case("broken answer", alone=True)
def http_redirect_in_a_circle(bench: Bench) -> Made:
    return _served(bench, Answer("", 302, {"location": f"/{bench.audio.slug}.md"}), "redirect")


@case("broken answer", alone=True)
def http_compressed_badly(bench: Bench) -> Made:
    return _served(bench, Answer("not gzip at all", headers={"content-encoding": "gzip"}), "cannot be read")


@case("broken answer", alone=True)
def http_junk_of_10_mb(bench: Bench) -> Made:
    return _served(bench, Answer(b"x" * (10 * 1024 * 1024)), "larger than")


@case("broken answer", alone=True)
def recorded_source_answers_500(bench: Bench) -> Made:
    """One of them is enough: the others are not compared without it."""
    path = f"/docs/{bench.audio.slug}.md"
    serve_pages(bench, {path: Answer("sorry", 500)})
    return Expected(3, wrong=[Wrong(path, "500")]), []


@case("broken answer", alone=True)
def recorded_source_became_a_login_page(bench: Bench) -> Made:
    path = f"/docs/{bench.audio.slug}"
    login = Answer(LOGIN, headers={"content-type": "text/html"})
    serve_pages(bench, {f"{path}.md": Answer("", 302, {"location": "/login"}), "/login": login})
    return Expected(3, wrong=[Wrong(f"{path}.md", "no OpenAPI block")]), []


@case("broken answer", alone=True)
def nobody_answers(bench: Bench) -> Made:
    address = "http://127.0.0.1:9/openapi.json"  # the port of `discard`, where nobody listens
    bench.serve({})  # which also keeps proxies out
    return Expected(3, wrong=[Wrong("/openapi.json", "cannot be read")]), [address]

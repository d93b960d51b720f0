"""Cases of the drift laboratory: sources that are broken or cannot be read, and where that is told to be."""

from __future__ import annotations

from collections.abc import Callable

from tests.pipeline.drift_cases.case import Bench, Cases, Expected, Sheet, Wrong
from tests.pipeline.drift_cases.schemas import field_added

case = Cases()

LOGIN = """<!DOCTYPE html>
<html><head><title>Sign in</title></head>
<body><h1>Sign in to continue</h1><form method="post"><input name="password"></form></body></html>
"""
Made = tuple[Expected, list[str]]


def line_of(text: str, part: str, number: int = 1) -> int:
    """The line of the `number`th place where `part` stands."""
    at = -1
    for _ in range(number):
        at = text.index(part, at + 1)
    return text.count("\n", 0, at) + 1


def _dressed(
    bench: Bench, change: Callable[[str], str], problem: str, find: str = "", column: int | None = None
) -> Made:
    """The page of the recording, changed, among the others; `find` stands in the line that is wrong."""
    sheet = bench.audio
    sheet.dress.append(change)
    line = line_of(sheet.page(), find) if find else None
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", problem, line, column)]), bench.lay_out()


def _later(sheet: Sheet, part: str) -> Callable[[], int]:
    """The line in the page as it is in the end."""
    return lambda: line_of(sheet.page(), part)


def _block_line(sheet: Sheet) -> str:
    return f"{sheet.words} {sheet.declared}\n"


@case("broken page", "broken", program=True)
def truncated(bench: Bench) -> Expected:
    """A page that ends within its block."""
    sheet = bench.audio
    sheet.dress.append(lambda text: text[: text.index("\ncomponents:")])
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "never closed", _later(sheet, _block_line(sheet)))])


@case("broken page", "broken")
def unclosed_block(bench: Bench) -> Expected:
    sheet = bench.audio
    sheet.dress.append(lambda text: text.removesuffix(sheet.fence))
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "never closed", _later(sheet, _block_line(sheet)))])


@case("broken page", alone=True)
def bad_indentation(bench: Bench) -> Made:
    def change(text: str) -> str:
        return text.replace("\n      summary:", "\n    summary_badly_put: x\n      summary:", 1)

    return _dressed(bench, change, "", "      summary:")


@case("broken page", alone=True)
def a_tab_for_indentation(bench: Bench) -> Made:
    return _dressed(bench, lambda text: text.replace("\ninfo:\n", "\ninfo:\n\tnew: x\n", 1), "", "\tnew: x", 1)


@case("broken page", alone=True)
def duplicate_keys(bench: Bench) -> Made:
    sheet = bench.audio
    sheet.dress.append(lambda text: text.replace("\nservers:", "\ninfo:\n  title: Again\nservers:", 1))
    line = line_of(sheet.page(), "\ninfo:", 2) + 1
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "duplicate", line, 1)]), bench.lay_out()


@case("broken page", "broken")
def reference_to_nowhere(bench: Bench) -> Expected:
    sheet = bench.audio
    sheet.operation["responses"]["418"] = {"$ref": "#/components/responses/Teapot"}
    line = _later(sheet, "#/components/responses/Teapot")
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "Teapot", line)])


@case("broken page", alone=True)
def reference_into_another_file(bench: Bench) -> Expected:
    sheet = bench.audio
    sheet.operation["responses"]["418"] = {"$ref": "./responses.yaml#/Teapot"}
    line = line_of(sheet.page(), "./responses.yaml#/Teapot")
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "responses.yaml", line)])


@case("broken page", "broken")
def circular_reference(bench: Bench) -> Expected:
    """References that lead to nothing but each other."""
    sheet = bench.audio
    sheet.document["components"]["schemas"] |= {
        "Hen": {"$ref": "#/components/schemas/Egg"},
        "Egg": {"$ref": "#/components/schemas/Hen"},
    }
    wrong = [Wrong(f"{sheet.slug}.md", "circle", _later(sheet, f"schemas/{name}")) for name in ("Egg", "Hen")]
    return Expected(3, wrong=wrong)


@case("broken page", alone=True)
def circular_alias(bench: Bench) -> Made:
    """A YAML node that contains itself."""
    return _dressed(bench, lambda text: text.replace("\ninfo:", "\nx-loop: &loop\n  again: *loop\ninfo:", 1), "")


@case("broken page", "broken")
def responses_missing(bench: Bench) -> Expected:
    """Not what the OpenAPI specification calls valid."""
    sheet = bench.audio
    del sheet.operation["responses"]
    line = _later(sheet, f"    {sheet.method}:\n")
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "responses", line)])


@case("broken page", alone=True)
def parameter_without_a_place(bench: Bench) -> Expected:
    sheet = bench.audio
    sheet.operation["parameters"][-1] = {"name": "nowhere", "schema": {"type": "string"}}
    line = line_of(sheet.page(), "- name: nowhere")
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "", line)])


@case("broken page", alone=True)
def junk_of_10_mb(bench: Bench) -> Made:
    line = "Lorem ipsum: [dolor] {sit} amet & *consectetur* `adipiscing` 0123456789\n"
    bench.lay_out()
    bench.save(f"{bench.audio.slug}.md", line * (10 * 1024 * 1024 // len(line)))
    return Expected(3, wrong=[Wrong(f"{bench.audio.slug}.md", "larger than")]), [str(bench.folder)]


@case("broken page", "broken")
def login_page(bench: Bench) -> Expected:
    """Where the page was, a form asks who one is."""
    sheet = bench.audio
    sheet.dress.append(lambda _: LOGIN)
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "no OpenAPI block")])


@case("broken page", alone=True)
def html_of_the_page(bench: Bench) -> Made:
    page = f"<html><body><pre>{bench.audio.block}</pre></body></html>"
    return Expected(3, wrong=[Wrong(f"{bench.audio.slug}.html", "no OpenAPI block")]), [
        bench.save(f"{bench.audio.slug}.html", page)
    ]


@case("broken page", alone=True)
def wrong_operation_in_the_fence(bench: Bench) -> Made:
    sheet = bench.audio
    wrong = f"yaml GET /v0{sheet.path}\n"
    return _dressed(bench, lambda text: text.replace(_block_line(sheet), wrong), "declares", wrong)


@case("broken page", "broken")
def two_blocks(bench: Bench) -> Expected:
    sheet = bench.audio
    sheet.dress.append(lambda text: f"{text}\n\n{text[text.index(sheet.fence) :]}")
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "2 OpenAPI blocks")])


@case("broken page", alone=True)
def swagger_2(bench: Bench) -> Made:
    return _dressed(
        bench, lambda text: text.replace("\nopenapi: 3.0.1\n", '\nswagger: "2.0"\n', 1), "openapi", "swagger:"
    )


@case("broken page", alone=True)
def not_utf_8(bench: Bench) -> Made:
    bench.lay_out()
    bench.save(f"{bench.audio.slug}.md", bench.audio.page().encode("utf-16"))
    return Expected(3, wrong=[Wrong(f"{bench.audio.slug}.md", "UTF-8", 1, 1)]), [str(bench.folder)]


@case("broken page", alone=True)
def a_byte_that_is_not_utf_8(bench: Bench) -> Made:
    """Told where it stands, as all else is."""
    text = bench.audio.page().replace("\ninfo:", "\n# caf\N{LATIN SMALL LETTER E WITH ACUTE}\ninfo:", 1)
    bench.lay_out()
    bench.save(f"{bench.audio.slug}.md", text.encode("latin-1", "replace"))
    line = line_of(text, "# caf")
    return Expected(3, wrong=[Wrong(f"{bench.audio.slug}.md", "UTF-8", line, 6)]), [str(bench.folder)]


@case("broken page", "broken")
def empty_page(bench: Bench) -> Expected:
    sheet = bench.audio
    sheet.dress.append(lambda _: "")
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "no OpenAPI block")])


@case("broken page", alone=True)
def the_same_page_twice(bench: Bench) -> Expected:
    """Which of the two holds?"""
    sheet = bench.audio
    bench.extra[f"old/{sheet.slug}.md"] = sheet.page().replace("Unique", "Old", 1)
    return Expected(3, wrong=[Wrong(f"specs/{sheet.file}", "2 pages")])


@case("broken page", alone=True)
def two_broken_pages(bench: Bench) -> Expected:
    """All that is wrong is told at once."""
    for sheet in bench.sheets:
        sheet.dress.append(lambda _: LOGIN)
    return Expected(3, wrong=[Wrong(f"{sheet.slug}.md", "no OpenAPI block") for sheet in bench.sheets])


@case("broken page", alone=True)
def broken_beside_changed(bench: Bench) -> Expected:
    """Where a source is broken nothing is compared: half a comparison would be taken for a whole one."""
    field_added(bench)
    bench.audio.dress.append(lambda _: LOGIN)
    return Expected(3, wrong=[Wrong(f"{bench.audio.slug}.md", "no OpenAPI block")])

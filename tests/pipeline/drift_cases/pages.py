"""Cases of the drift laboratory: how pages are dressed and laid out, indexes, and pages that people transcribed."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from pipeline.sources import dump_sources, load_sources

from tests.pipeline.drift_cases.case import NOTHING, REWRITTEN, Asked, Bench, Cases, Expected, NotApplicableError, Told
from tests.pipeline.drift_cases.loopback import Answer
from tests.pipeline.drift_cases.schemas import field_added, field_removed

case = Cases()

MARKDOWN = {"content-type": "text/markdown"}


def _every(bench: Bench, old: str, new: str) -> None:
    for sheet in bench.sheets:
        sheet.dress.append(lambda text: text.replace(old, new))


@case("nothing", program=True)
def nothing_changed(bench: Bench) -> Expected:
    assert bench.sheets
    return NOTHING


@case("nothing", alone=True)
def one_page_alone_unchanged(bench: Bench) -> tuple[Expected, list[str]]:
    """A single page says nothing of the others."""
    return NOTHING, [bench.save(f"{bench.audio.slug}.md", bench.audio.page())]


@case("nothing", alone=True)
def pages_under_other_names_and_in_folders(bench: Bench) -> tuple[Expected, list[str]]:
    for number, sheet in enumerate(bench.sheets):
        bench.save(f"saved/{number}/page {number}.MD", sheet.page())
    return NOTHING, [str(bench.folder)]


@case("page", "fence")
def fence_longer(bench: Bench) -> Expected:
    for sheet in bench.sheets:
        sheet.fence = "`````````"
    return NOTHING


@case("page", "fence")
def fence_of_tildes(bench: Bench) -> Expected:
    for sheet in bench.sheets:
        sheet.fence = "~~~"
    return NOTHING


@case("page", "words of the fence")
def fence_names_a_document(bench: Bench) -> Expected:
    for sheet in bench.sheets:
        sheet.words = "yaml /api-reference/openapi.yaml"
    return NOTHING


@case("page", "blank")
def blank_lines_around(bench: Bench) -> Expected:
    _every(bench, "\n## OpenAPI\n", "\n\n\n## OpenAPI\n\n\n\n")
    return NOTHING


@case("page", "end")
def line_end_after_the_block(bench: Bench) -> Expected:
    for sheet in bench.sheets:
        sheet.dress.append(lambda text: f"{text}\n\n<Feedback/>\n")
    return NOTHING


@case("page", "prose")
def prose_changed(bench: Bench) -> Expected:
    """With a block of another language in it, and a quoted one of ours."""
    quoted = "`````md\n````yaml GET /v1/quoted\nopenapi: 3.0.1\n````\n`````\n\n```bash\ncurl https://api.test\n```\n"
    for sheet in bench.sheets:
        sheet.prose = f"Other words.\n\n{quoted}"
    return NOTHING


@case("page", "mark", alone=True)
def byte_order_mark(bench: Bench) -> Expected:
    for sheet in bench.sheets:
        sheet.dress.append(lambda text: f"\N{ZERO WIDTH NO-BREAK SPACE}{text}")
    return NOTHING


@case("page", "title")
def title_changed(bench: Bench) -> Expected:
    """The record of sources has the title."""
    bench.audio.title = "Get the audio of a conversation"
    return REWRITTEN


@case("page", "blank lines in the block", alone=True)
def blank_lines_in_the_block(bench: Bench) -> Expected:
    bench.detail.dress.append(lambda text: text.replace("\npaths:\n", "\n\n\npaths:\n"))
    return REWRITTEN


@case("page", "line ends", alone=True)
def line_ends(bench: Bench) -> Expected:
    _every(bench, "\n", "\r\n")
    return REWRITTEN


@case("page", "line ends", alone=True)
def line_ends_and_a_field(bench: Bench) -> Expected:
    _every(bench, "\n", "\r\n")
    expected = field_added(bench)
    assert isinstance(expected, Expected)
    return expected


@case("page", "prose page")
def new_page_without_a_block(bench: Bench) -> Expected:
    bench.extra["guide/start.md"] = "# Start here\n\n```yaml\nopenapi: 3.0.1\n```\n"
    bench.extra["picture.png"] = b"\x89PNG\r\n\x1a\n\xff\xfe"
    return NOTHING


# A page that a person transcribed: its sha256 is all that is known of it.


def _transcribed(bench: Bench) -> tuple[str, str]:
    for file, entry in load_sources(bench.project / "specs").items():
        if entry["kind"] == "transcribed":
            return file, entry["url"].rpartition("/")[2]
    raise NotApplicableError("no page was transcribed")


@case("transcribed", "transcribed")
def transcribed_page_changed(bench: Bench) -> Expected:
    file, slug = _transcribed(bench)
    bench.extra[f"{slug}.md"] = "# The same page\n\nIn other words.\n"
    return Expected(2, asked=[Asked("reread", f"specs/{file}", "read")])


@case("transcribed", alone=True)
def transcribed_page_unchanged(bench: Bench) -> Expected:
    file, slug = _transcribed(bench)
    page = b"# The page that was read\n\nIn its own words.\n"
    project = bench.own_project()
    sources = load_sources(project / "specs")
    sources[file]["sha256"] = hashlib.sha256(page).hexdigest()
    (project / "specs" / "sources.yaml").write_bytes(dump_sources(sources))
    bench.extra[f"{slug}.md"] = page
    return NOTHING


@case("transcribed", alone=True)
def transcribed_page_has_a_block_now(bench: Bench) -> Expected:
    """The vendor publishes what a person wrote down: the file becomes the vendor's."""
    file, slug = _transcribed(bench)
    block = (bench.project / "specs" / file).read_text(encoding="utf-8")
    operation = load_sources(bench.project / "specs")[file]["operation"]
    bench.extra[f"{slug}.md"] = f"# Get it\n\n````yaml {operation}\n{block}````\n"
    return REWRITTEN


# Indexes.


def _index(bench: Bench, base: str = "") -> str:
    lines = [f"- [{sheet.title}]({base}{sheet.slug}.md): {sheet.prose}" for sheet in bench.sheets if not sheet.gone]
    return "# Docs\n\n## API\n\n" + "\n".join(lines) + "\n"


@case("index", alone=True)
def index_of_saved_pages(bench: Bench) -> tuple[Expected, list[str]]:
    bench.lay_out()
    return NOTHING, [bench.save("llms.txt", _index(bench))]


@case("index", alone=True)
def index_of_saved_pages_one_changed(bench: Bench) -> tuple[Expected, list[str]]:
    expected = field_removed(bench)
    assert isinstance(expected, Expected)
    bench.lay_out()
    return expected, [bench.save("llms.txt", _index(bench))]


@case("index", alone=True)
def index_that_no_longer_lists_a_page(bench: Bench) -> tuple[Expected, list[str]]:
    """The saved page may still lie there: the index is what the vendor offers."""
    bench.lay_out()
    sheet = bench.audio
    sheet.gone = True
    told = [Told("removed", "operation", sheet.declared), Told("removed", "document")]
    asked = [Asked("gone", f"specs/{sheet.file}", "drop"), Asked("conflict", may=True)]
    asked += [Asked("dead", one.file, "drop", target=one.target) for one in bench.about(f"['{sheet.path}']")]
    return Expected(2, told, asked), [bench.save("llms.txt", _index(bench))]


# What recorded sources say, over HTTP.


def serve_pages(bench: Bench, extra: dict[str, Answer] | None = None) -> str:
    """Serve the pages as they are dressed, at the addresses that the project's own record then has."""
    answers = {f"/docs/{s.slug}.md": Answer(s.page(), headers=MARKDOWN) for s in bench.sheets if not s.gone}
    transcribed = b"# The page that was read\n"
    sources = load_sources(bench.project / "specs")
    for file, entry in sources.items():
        if entry["kind"] == "transcribed":
            answers[f"/docs/{Path(file).stem}.md"] = Answer(transcribed, headers=MARKDOWN)
    answers["/docs/llms.txt"] = Answer(_index(bench, "/docs/"))
    address = bench.serve(answers | (extra or {}))
    project = bench.own_project()
    for file, entry in sources.items():
        slug = Path(file).stem if entry["kind"] == "transcribed" else entry["url"].rpartition("/")[2]
        entry["url"] = f"{address}/docs/{slug}"
        if entry["kind"] == "transcribed":
            entry["sha256"] = hashlib.sha256(transcribed).hexdigest()
    (project / "specs" / "sources.yaml").write_bytes(dump_sources(sources))
    return address


@case("recorded", alone=True)
def recorded_sources_unchanged(bench: Bench) -> tuple[Expected, list[str]]:
    serve_pages(bench)
    return NOTHING, []


@case("recorded", alone=True)
def recorded_source_changed(bench: Bench) -> tuple[Expected, list[str]]:
    expected = field_removed(bench)
    assert isinstance(expected, Expected)
    serve_pages(bench)
    return expected, []


@case("recorded", alone=True)
def recorded_source_gone(bench: Bench) -> tuple[Expected, list[str]]:
    """The vendor says 404: the page is gone, which is something else than a source that cannot be read."""
    sheet = bench.audio
    sheet.gone = True
    serve_pages(bench)
    told = [Told("removed", "operation", sheet.declared), Told("removed", "document")]
    asked = [Asked("gone", f"specs/{sheet.file}", "drop", "404"), Asked("conflict", may=True)]
    asked += [Asked("dead", one.file, "drop", target=one.target) for one in bench.about(f"['{sheet.path}']")]
    return Expected(2, told, asked), []


@case("index", alone=True)
def index_at_an_address(bench: Bench) -> tuple[Expected, list[str]]:
    expected = field_added(bench)
    assert isinstance(expected, Expected)
    address = serve_pages(bench)
    return expected, [f"{address}/docs/llms.txt"]


@case("page", alone=True)
def page_at_an_address(bench: Bench) -> tuple[Expected, list[str]]:
    address = serve_pages(bench)
    return NOTHING, [f"{address}/docs/{bench.detail.slug}.md"]


@case("page", alone=True)
def quotes_in_the_block(bench: Bench) -> Expected:
    """Quoting styles of YAML are nobody's business."""
    sheet = bench.detail
    sheet.dress.append(lambda text: re.sub(r"'(\d{3})':", r'"\1":', text))
    return REWRITTEN

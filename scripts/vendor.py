"""Take the OpenAPI block out of a vendor's docs page, byte for byte, and record where it is from.

A page of reference documentation, in its text form, carries one fenced block whose opening line declares an operation::

    ````yaml GET /v1/things/{thingId}

The block becomes `specs/polyai/<page>.yaml`; `specs/sources.yaml` records the page beside its hash. A page without a
block is written down by a person; `--transcribed FILE` then records which state of the page that file was written from.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import re
import sys
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yamlio
from lift import METHODS, operations
from ruamel.yaml.scalarstring import DoubleQuotedScalarString
from yamlio import PipelineError

ROOT = Path(__file__).resolve().parent.parent
VENDOR = "polyai"  # the vendor whose pages carry blocks
TIMEOUT = 30.0
ACCEPT = {"accept": "text/markdown, */*;q=0.5"}
HEADER = """\
# Where each file of this folder is from. `make vendor` writes this file; nothing else does.
#
# kind        published: the OpenAPI block of the page, byte for byte; transcribed: written by a person from the page
# sha256      of the block; of the whole page when transcribed
# first_seen  the day (UTC) on which `make vendor` first met that sha256

"""

_FENCE = re.compile(r"(?P<indent> {0,3})(?P<marker>`{3,}|~{3,})(?P<info>.*)", re.DOTALL)
# Some pages name the document that the block was cut from before the operation.
_DECLARED = re.compile(rf"ya?ml\s+(?:\S+\s+)?({'|'.join(METHODS)})\s+(/\S*)(?:\s.*)?", re.IGNORECASE | re.DOTALL)
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")

_KEYS = {"kind", "title", "url", "operation", "sha256", "first_seen"}

Sources = dict[str, dict[str, str]]


@dataclass(frozen=True)
class Block:
    """The OpenAPI block of a page: what its fence declares, its text, and the line of the page where that begins."""

    declared: str
    text: str
    line: int


@dataclass(frozen=True)
class Page:
    """A page as it was read; `name` says in errors where from, `url` is its address where that is known."""

    name: str
    data: bytes
    url: str | None

    def text(self) -> str:
        """The page as text, its line ends as they are."""
        try:
            return self.data.decode("utf-8")
        except UnicodeDecodeError as error:
            raise PipelineError(f"{self.name}: not UTF-8 at byte {error.start}") from error


@dataclass
class Change:
    """What a page means for `specs/`: the file it is about, its entry, and the bytes to write."""

    file: str
    verdict: str
    entry: dict[str, str]
    remark: str = ""
    writes: dict[Path, bytes] = field(default_factory=dict)


# The page: pure functions over its text.


@dataclass
class _Fence:
    marker: str
    indent: int
    info: str
    opened: int  # line number of the opening fence
    start: int  # offsets of the text between the fences
    end: int | None = None  # None: never closed

    def closed_by(self, match: re.Match[str]) -> bool:
        """A closing fence is as long at least, with nothing after it, and no deeper: YAML may quote one, indented."""
        marker = match["marker"]
        same = marker[0] == self.marker[0] and len(marker) >= len(self.marker)
        return same and not match["info"].strip() and len(match["indent"]) <= self.indent


def _fences(page: str) -> list[_Fence]:
    """Every fenced block in order. All kinds count, since a block quoted inside another fence is no block."""
    found: list[_Fence] = []
    offset = 0
    for number, line in enumerate(re.findall(r"[^\n]*\n|[^\n]+", page), 1):
        match = _FENCE.fullmatch(line.rstrip("\r\n"))
        after = offset + len(line)
        if match and found and found[-1].end is None:
            if found[-1].closed_by(match):
                found[-1].end = offset
        elif match and not (match["marker"][0] == "`" and "`" in match["info"]):
            found.append(_Fence(match["marker"], len(match["indent"]), match["info"].strip(), number, after))
        offset = after
    return found


def find_blocks(page: str, name: str = "page") -> list[Block]:
    """Every OpenAPI block of a page; a page that was cut off inside a block is an error."""
    blocks: list[Block] = []
    for fence in _fences(page):
        declared = _DECLARED.fullmatch(fence.info)
        if declared is None:
            continue
        if fence.end is None:
            raise PipelineError(f"{name}:{fence.opened}: the OpenAPI block that opens here is never closed")
        operation = f"{declared[1].upper()} {declared[2]}"
        blocks.append(Block(operation, page[fence.start : fence.end], fence.opened + 1))
    return blocks


def extract_block(page: str, name: str = "page") -> Block:
    """The one OpenAPI block of a page; none or several are an error."""
    blocks = find_blocks(page, name)
    if len(blocks) > 1:
        where = ", ".join(f"{block.declared} (line {block.line - 1})" for block in blocks)
        raise PipelineError(f"{name}: {len(blocks)} OpenAPI blocks where one is expected: {where}")
    if blocks:
        return blocks[0]
    unclosed = [f"; the fence on line {fence.opened} is never closed" for fence in _fences(page) if fence.end is None]
    raise PipelineError(
        f"{name}: no OpenAPI block (a fence that says `yaml GET /path`){''.join(unclosed)}."
        " Is this the text form of the page, the one whose address ends in .md?"
    )


def find_title(page: str) -> str | None:
    """The page's first top-level heading that is not inside a fence."""
    fences = _fences(page)
    for match in re.finditer(r"^# +([^\r\n]+?)[ #]*\r?$", page, re.MULTILINE):
        if not any(fence.start <= match.start() < (len(page) if fence.end is None else fence.end) for fence in fences):
            return match[1]
    return None


def check_openapi(document: Any, name: str) -> None:
    """Refuse what is not an OpenAPI 3.0 or 3.1 document with paths."""
    if not isinstance(document, dict):
        raise PipelineError(f"{name}: not an OpenAPI document: it holds no mapping")
    if not re.fullmatch(r"3\.[01]\.\d+", str(document.get("openapi"))):
        raise PipelineError(f"{name}: not an OpenAPI 3.0 or 3.1 document: `openapi` is {document.get('openapi')!r}")
    if not isinstance(document.get("paths"), dict):
        raise PipelineError(f"{name}: not an OpenAPI document: `paths` is missing or no mapping")


def parse_block(block: Block, name: str) -> Any:
    """The document in a block, checked; errors count lines in the page."""
    document = yamlio.loads("\n" * (block.line - 1) + block.text, name)
    check_openapi(document, f"{name}:{block.line}")
    if block.declared not in operations(document):
        has = ", ".join(operations(document)) or "no operation"
        raise PipelineError(f"{name}:{block.line - 1}: the fence declares {block.declared}, but the block has {has}")
    return document


def page_address(url: str) -> str:
    """The address that people open: without the suffix of the text form, without a query or an anchor."""
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PipelineError(f"{url}: {error}") from error
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise PipelineError(f"{url}: not the http(s) address of a page")
    return parts._replace(path=re.sub(r"\.mdx?$", "", parts.path), query="", fragment="").geturl()


def file_name(url: str) -> str:
    """The file that the block of the page at `url` lives in."""
    slug = urlsplit(url).path.rstrip("/").rpartition("/")[2]
    if not _SLUG.fullmatch(slug):
        raise PipelineError(f"{url}: its last part makes no file name")
    return f"{VENDOR}/{slug}.yaml"


# The world: reading pages, reading and writing specs/.


def read_page(where: str, url: str | None) -> Page:
    """The page in a file or at an http(s) address."""
    if not where:
        raise PipelineError("which page? PAGE= names a saved file or an http(s) address")
    if not re.match(r"https?://", where, re.IGNORECASE):
        try:
            return Page(where, Path(where).read_bytes(), url and page_address(url))
        except OSError as error:
            raise PipelineError(f"{where}: {error.strerror}") from error
    import httpx  # noqa: PLC0415 - importing it takes longer than vendoring a saved page

    try:
        answer = httpx.get(where, timeout=TIMEOUT, follow_redirects=True, headers=ACCEPT)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PipelineError(f"{where}: cannot be read: {error or type(error).__name__}") from error
    if answer.status_code >= 400:
        raise PipelineError(f"{where}: answers HTTP status {answer.status_code}")
    return Page(where, answer.content, page_address(url or where))


def load_sources(specs: Path) -> Sources:
    """What `sources.yaml` records, empty where there is none yet."""
    path = specs / "sources.yaml"
    if not path.exists():
        return {}
    document = yamlio.plain(yamlio.load(path)) or {}
    if not isinstance(document, dict) or not all(map(_is_entry, document.values())):
        raise PipelineError(f"{path}: its entries are not as `make vendor` writes them: bring back what it wrote")
    return document


def _is_entry(entry: Any) -> bool:
    return isinstance(entry, dict) and set(entry) == _KEYS and all(isinstance(value, str) for value in entry.values())


def dump_sources(sources: Sources) -> bytes:
    """The text of `sources.yaml`, in the order of the files' names."""
    document = {
        file: {**entry, "first_seen": DoubleQuotedScalarString(entry["first_seen"])}
        for file, entry in sorted(sources.items())
    }
    return yamlio.dumps(document, HEADER).encode()


def write(writes: dict[Path, bytes]) -> None:
    """Write all the files, each atomically, and none of them before every byte is on the disk."""
    staged = {path: path.with_name(f".{path.name}.new") for path in writes}
    try:
        for path, data in writes.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path].write_bytes(data)
        for path, new in staged.items():
            new.replace(path)
    except OSError as error:
        raise PipelineError(f"{error.filename}: {error.strerror}") from error
    finally:
        for new in staged.values():
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)


def _dated(data: bytes, previous: dict[str, str] | None) -> dict[str, str]:
    """The hash of what a page says, and the day on which it said so first."""
    sha256 = hashlib.sha256(data).hexdigest()
    if previous and previous["sha256"] == sha256:
        return {"sha256": sha256, "first_seen": previous["first_seen"]}
    return {"sha256": sha256, "first_seen": datetime.now(UTC).date().isoformat()}


def _url_of(operation: str, page: Page, sources: Sources) -> str:
    """The address of a saved page, from an earlier visit where nobody tells it."""
    if page.url:
        return page.url
    known = [
        entry["url"] for entry in sources.values() if entry["operation"] == operation and entry["kind"] == "published"
    ]
    if len(known) != 1:
        which = " and ".join(known) or "no page known so far"
        raise PipelineError(f"{page.name}: {operation} is declared by {which}: pass the page's address as URL= (--url)")
    return known[0]


def published(page: Page, specs: Path, sources: Sources) -> Change:
    """What a page that carries a block changes."""
    block = extract_block(page.text(), page.name)
    document = parse_block(block, page.name)
    url = _url_of(block.declared, page, sources)
    file = file_name(url)
    previous = sources.get(file)
    if previous and previous["url"] != url and previous["operation"] != block.declared:
        raise PipelineError(
            f"{page.name}: specs/{file} already holds {previous['operation']} from {previous['url']};"
            f" {block.declared} from {url} needs another name"
        )
    title = find_title(page.text()) or operations(document)[block.declared].get("summary") or block.declared
    data = block.text.encode()
    entry = {"kind": "published", "title": str(title), "url": url, "operation": block.declared} | _dated(data, previous)
    present = _read(specs / file)
    if previous is None and present not in {None, data}:
        raise PipelineError(f"specs/{file}: exists, and sources.yaml does not know it: move it away first")
    same = present == data
    return Change(
        file, _verdict(previous, entry, same), entry, _remark(file, entry, sources, same), {specs / file: data}
    )


def _read(path: Path) -> bytes | None:
    try:
        return path.read_bytes() if path.exists() else None
    except OSError as error:
        raise PipelineError(f"{path}: {error.strerror}") from error


def _remark(file: str, entry: dict[str, str], sources: Sources, same_file: bool) -> str:
    """What a person should look at, beside the change itself."""
    previous = sources.get(file)
    if previous and previous["kind"] == "transcribed":
        return "; it replaces what a person had transcribed"
    if previous and previous["sha256"] == entry["sha256"] and not same_file:
        return "; the file differed from the published block, which is back"
    others = [other for other, known in sources.items() if known["operation"] == entry["operation"] and other != file]
    return f"; specs/{others[0]} holds the same operation" if others else ""


def transcribed(page: Page, written: Path, specs: Path, sources: Sources) -> Change:
    """What a page without a block changes: the record of its state for the file that a person wrote from it."""
    document = yamlio.load(written)
    check_openapi(document, str(written))
    declared = operations(document)
    if len(declared) != 1:
        raise PipelineError(f"{written}: {len(declared)} operations where the page describes one")
    if find_blocks(page.text(), page.name):
        raise PipelineError(f"{page.name}: carries an OpenAPI block: vendor it without --transcribed")
    try:
        file = written.resolve().relative_to(specs.resolve()).as_posix()
    except ValueError:
        raise PipelineError(f"{written}: not inside {specs}") from None
    previous = sources.get(file)
    url = page.url or (previous["url"] if previous else None)
    if url is None:
        raise PipelineError(f"{page.name}: pass the page's address as URL= (--url)")
    ((operation, node),) = declared.items()
    title = find_title(page.text()) or node.get("summary") or operation
    dated = _dated(page.data, previous)
    entry = {"kind": "transcribed", "title": str(title), "url": url, "operation": operation} | dated
    outdated = previous is not None and previous["sha256"] != entry["sha256"]
    remark = f"; hold the file against {url}" if outdated else ""
    return Change(file, _verdict(previous, entry, same_file=True), entry, remark)


def _verdict(previous: dict[str, str] | None, entry: dict[str, str], same_file: bool) -> str:
    if previous is None:
        return "new"
    return "unchanged" if previous == entry and same_file else "changed"


def main(arguments: list[str] | None = None) -> int:
    """The program: read everything, then write everything, then say what happened."""
    parser = argparse.ArgumentParser(description="Take the OpenAPI block out of a docs page into specs/.")
    parser.add_argument("page", metavar="PAGE", help="a saved page, or its http(s) address")
    parser.add_argument("--url", help="the address of a saved page; known from the first visit on")
    parser.add_argument(
        "--transcribed", metavar="FILE", help="the page has no block: record it as what FILE was written from"
    )
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    specs: Path = options.root / "specs"
    try:
        page = read_page(options.page, options.url or None)
        sources = load_sources(specs)
        if options.transcribed:
            change = transcribed(page, options.root / options.transcribed, specs, sources)
        else:
            change = published(page, specs, sources)
        if change.verdict != "unchanged":
            write({**change.writes, specs / "sources.yaml": dump_sources({**sources, change.file: change.entry})})
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    print(f"{change.verdict}: specs/{change.file} ({change.entry['operation']}){change.remark}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

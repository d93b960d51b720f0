"""Where the documents of `specs/` are from: reading what vendors offer, and the record in `specs/sources.yaml`."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import re
import ssl
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from pipeline import yaml_files
from pipeline.pages import find_address, find_links, is_index, page_address
from pipeline.yaml_files import PipelineError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

TIMEOUT = 30.0
AT_ONCE = 8
"""How many pages of one vendor are fetched at the same time."""
LARGEST = 32 * 1024 * 1024
"""The most bytes that a page or a document may have."""
READABLE = frozenset((".md", ".mdx", ".txt", ".html", ".htm", ".yaml", ".yml", ".json"))
ACCEPT = {"accept": "text/markdown, */*;q=0.5"}
HEADER = """\
# Where each file of this folder is from. `make vendor` writes this file; nothing else does.
#
# kind        published: the OpenAPI block of the page, byte for byte; document: a bare OpenAPI file, byte for byte;
#             transcribed: written by a person from the page
# url         the page's address; `file:` and a path below the project's folder for what is kept there; `unknown`
# operation   what the page declares; `*` for several of a bare OpenAPI file
# operations  which operations of a bare OpenAPI file we want; without it, all
# sha256      of the block or file; of the whole page when transcribed
# first_seen  the day (UTC) on which `make vendor` first met that sha256

"""
_KEYS = {"kind", "title", "url", "operation", "sha256", "first_seen"}
EVERY = "*"
UNKNOWN = "unknown"
"""The address of a saved page whose address is not known."""

Entry: TypeAlias = dict[str, Any]
Sources: TypeAlias = dict[str, Entry]


class GoneError(PipelineError):
    """The page does not exist any more."""


class ProblemsError(PipelineError):
    """Several sources could not be read; `problems` are the errors, one each, and `pages` those that could."""

    def __init__(self, problems: Sequence[PipelineError], pages: Iterable[Page] = ()) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems, self.pages = list(problems), list(pages)


@dataclass(frozen=True)
class Page:
    """A page as it was read; `name` says in errors where from, `url` is its address where that is known."""

    name: str
    data: bytes
    url: str | None

    def text(self) -> str:
        return yaml_files.decoded(self.data, self.name)


def is_address(where: str) -> bool:
    """Whether this is an http(s) address, and not the name of a file."""
    return bool(re.match(r"https?://", where, re.IGNORECASE))


def read_page(where: str, url: str | None = None) -> Page:
    """The page in a file or at an http(s) address."""
    if not where:
        raise PipelineError("which page? PAGE= names a saved file or an http(s) address")
    if not is_address(where):
        data = _bounded(_file(Path(where), where), where)
        return Page(where, data, page_address(url) if url else find_address(where, data.decode("utf-8", "replace")))
    import httpx  # noqa: PLC0415 - importing it takes longer than vendoring a saved page

    data = b""
    options: Any = {"timeout": TIMEOUT, "follow_redirects": True, "headers": ACCEPT, "verify": _certificates()}
    try:
        with httpx.stream("GET", where, **options) as response:
            if response.status_code >= 400:
                kind = GoneError if response.status_code in {404, 410} else PipelineError
                raise kind(f"{where}: HTTP status {response.status_code}")
            for piece in response.iter_bytes():
                data = _bounded(data + piece, where)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PipelineError(f"{where}: cannot be read: {error or type(error).__name__}") from error
    return Page(where, data, page_address(url or where))


@functools.cache
def _certificates() -> ssl.SSLContext:
    """Those of the HTTP library, and the machine's, which alone know a proxy that inspects TLS."""
    import httpx  # noqa: PLC0415

    context = httpx.create_ssl_context()
    context.load_default_certs()
    return context


def _file(path: Path, name: str) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST + 1)
    except OSError as error:
        raise PipelineError(f"{name}: {error.strerror}") from error


def _bounded(data: bytes, name: str) -> bytes:
    if len(data) > LARGEST:
        raise PipelineError(f"{name}: larger than {LARGEST // 1024**2} MiB, which no docs page is")
    return data


def visit(url: str, root: Path) -> Page:
    """The page at a recorded address: its text form, or the page itself if it has none."""
    if url.startswith("file:"):
        return replace(read_page(str(root / url[5:])), url=url)
    if re.search(r"\.\w+$", url.rpartition("/")[2]):
        return read_page(url)
    try:
        return read_page(f"{url}.md", url)
    except GoneError:
        return read_page(url)


def gather(where: str, root: Path) -> tuple[list[Page], bool]:
    """The pages at `where`, which is a page, a folder of saved ones or an index of a vendor's pages.

    The second value is true if that should be all that the vendor offers.
    """
    if not is_address(where) and Path(where).is_dir():
        files = sorted(path for path in Path(where).rglob("*") if path.suffix.lower() in READABLE and path.is_file())
        if not files:
            raise PipelineError(f"{where}: no page in this folder ({', '.join(sorted(READABLE))})")
        return each([str(file) for file in files], read_page), True
    page = read_page(where)
    text = page.data.decode("utf-8-sig", "replace")
    if not is_index(where, text):
        return [page], False
    links = find_links(text, where if is_address(where) else "")
    if not links:
        raise PipelineError(f"{where}: lists no pages")
    if is_address(links[0]):
        return each(links, lambda link: visit(page_address(link), root)), True
    return each([str(Path(where).parent / link) for link in links], read_page), True


def each(locations: Iterable[str], read: Callable[[str], Page | None]) -> list[Page]:
    """Read all of them, several at a time; ProblemsError lists what cannot be read. None is no page and no error."""

    def attempt(where: str) -> Page | PipelineError | None:
        try:
            return read(where)
        except PipelineError as error:
            return error

    with ThreadPoolExecutor(AT_ONCE) as pool:
        results = list(pool.map(attempt, locations))
    pages = [result for result in results if isinstance(result, Page)]
    if problems := [result for result in results if isinstance(result, PipelineError)]:
        raise ProblemsError(problems, pages)
    return pages


def load_sources(specs: Path) -> Sources:
    """What `sources.yaml` records, empty where there is none yet."""
    path = specs / "sources.yaml"
    if not path.exists():
        return {}
    document = yaml_files.load(path) or {}
    if not isinstance(document, dict) or not all(map(_is_entry, document.values())):
        raise PipelineError(f"{path}: an entry is not as `make vendor` writes it: restore the file")
    return document


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("operations", []), list):
        return False
    values = [*(entry[key] for key in entry if key != "operations"), *entry.get("operations", [])]
    return set(entry) - {"operations"} == _KEYS and all(isinstance(value, str) for value in values)


def visitable(sources: Sources) -> dict[str, str]:
    """The addresses of the sources that have one, each with its file."""
    return {entry["url"]: file for file, entry in sources.items() if entry["url"] != UNKNOWN}


def dump_sources(sources: Sources) -> bytes:
    """The text of `sources.yaml`, in the order of the files' names."""
    return yaml_files.dumps(dict(sorted(sources.items())), HEADER).encode()


def dated(data: bytes, previous: Entry | None) -> dict[str, str]:
    """The hash of a page's content, and the day on which that was first seen."""
    sha256 = hashlib.sha256(data).hexdigest()
    if previous and previous["sha256"] == sha256:
        return {"sha256": sha256, "first_seen": previous["first_seen"]}
    return {"sha256": sha256, "first_seen": datetime.now(UTC).date().isoformat()}


def write(writes: dict[Path, bytes], drop: Iterable[Path] = ()) -> None:
    """Write all the files, each atomically, and none of them before every byte is on the disk; then drop the others."""
    staged = {path: path.with_name(f".{path.name}.new") for path in writes}
    try:
        for path, data in writes.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            staged[path].write_bytes(data)
        for path, new in staged.items():
            new.replace(path)
        for path in drop:
            path.unlink(missing_ok=True)
    finally:
        for new in staged.values():
            with contextlib.suppress(OSError):
                new.unlink(missing_ok=True)

"""Read a vendor's page, as pure functions over its text: where its OpenAPI block is, and whether that is sound.

A page of reference documentation, in its text form, carries one fenced block whose opening line declares an operation::

    ````yaml GET /v1/things/{thingId}

A vendor may also offer a bare OpenAPI document, in YAML or JSON, with one operation or many; and an index of its pages,
`llms.txt`, which is a list of links.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias
from urllib.parse import urljoin, urlsplit

from pipeline import yaml_files
from pipeline.openapi import METHODS, check_references, circular_references, operations, parse_pointer, pointer_text
from pipeline.yaml_files import PipelineError

_FENCE = re.compile(r"(?P<indent> {0,3})(?P<marker>`{3,}|~{3,})(?P<info>.*)", re.DOTALL)
# Some pages name the document that the block was cut from before the operation.
_DECLARED = re.compile(rf"ya?ml\s+(?:\S+\s+)?({'|'.join(METHODS)})\s+(/\S*)(?:\s.*)?", re.IGNORECASE | re.DOTALL)
_INDEX = re.compile(r"llms[^/]*\.txt")
_LINK = re.compile(r"\[[^\]]*\]\(\s*<?([^\s)>]+)>?[^)]*\)")
_ADDRESS = re.compile(r"(?im)^[>*_ ]*(?:url|source|url source|source url)\W*:\W*(https?://[^\s>)*]+)\W*$")
_BARE = re.compile(r"[\"']?openapi[\"']?\s*:", re.IGNORECASE)


Problem: TypeAlias = tuple[str, str]
"""A JSON pointer, and what is wrong there."""


@dataclass(frozen=True)
class Block:
    """The OpenAPI block of a page: what its fence declares, its text, and the line of the page where that begins."""

    declared: str
    text: str
    line: int


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
    """Every fenced block in order. All kinds count, since a fence quotes the blocks inside it."""
    fences: list[_Fence] = []
    offset = 0
    for number, line in enumerate(re.findall(r"[^\n]*\n|[^\n]+", page), 1):
        match = _FENCE.fullmatch(line.rstrip("\r\n"))
        after = offset + len(line)
        if match and fences and fences[-1].end is None:
            if fences[-1].closed_by(match):
                fences[-1].end = offset
        elif match and not (match["marker"][0] == "`" and "`" in match["info"]):
            fences.append(_Fence(match["marker"], len(match["indent"]), match["info"].strip(), number, after))
        offset = after
    return fences


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


def find_address(name: str, page: str) -> str | None:
    """The address that a saved page gives itself, in a line such as `Source: https://…` above its first fence."""
    fences = _fences(page)
    match = None if is_document(name, page) else _ADDRESS.search(page[: fences[0].start] if fences else page)
    return page_address(match[1]) if match else None


def check_openapi(document: Any, name: str) -> None:
    """Refuse what is not an OpenAPI 3.0 or 3.1 document with paths."""
    if not isinstance(document, dict):
        raise PipelineError(f"{name}: not an OpenAPI document: it is not a mapping")
    if not re.fullmatch(r"3\.[01]\.\d+", str(document.get("openapi"))):
        raise PipelineError(f"{name}: not an OpenAPI 3.0 or 3.1 document: `openapi` is {document.get('openapi')!r}")
    if not isinstance(document.get("paths"), dict):
        raise PipelineError(f"{name}: not an OpenAPI document: `paths` is missing or not a mapping")


def parse_block(block: Block, name: str) -> Any:
    """The document in a block, checked; errors count lines in the page."""
    document = yaml_files.loads("\n" * (block.line - 1) + block.text, name)
    check_openapi(document, f"{name}:{block.line}")
    if block.declared not in operations(document):
        has = ", ".join(operations(document)) or "no operation"
        raise PipelineError(f"{name}:{block.line - 1}: the fence declares {block.declared}, but the block has {has}")
    return document


def is_index(name: str, text: str) -> bool:
    """Whether a page is a vendor's list of its pages."""
    return bool(_INDEX.fullmatch(re.split(r"[/\\]", urlsplit(name).path)[-1])) and not find_blocks(text, name)


def find_links(index: str, base: str) -> list[str]:
    """The addresses that an index lists, those of other hosts and of what is no page left out."""
    there = urlsplit(base)
    links = [urljoin(base, link) for link in _LINK.findall(index)]
    own = [link for link in links if not there.netloc or urlsplit(link).netloc == there.netloc]
    return list(dict.fromkeys(link for link in own if re.search(r"/[^/.]+$|\.(mdx?|ya?ml|json)$", urlsplit(link).path)))


def is_document(name: str, text: str) -> bool:
    """Whether this is a bare OpenAPI document, and not a page: by its name, or by how it begins."""
    suffix = re.search(r"\.(\w+)$", urlsplit(name).path)
    if suffix and suffix[1].lower() in {"yaml", "yml", "json"}:
        return True
    lines = (line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#"))
    first = next(lines, "")
    return first.startswith("{") or bool(_BARE.match(first))


def is_json(name: str, text: str) -> bool:
    return urlsplit(name).path.lower().endswith(".json") or text.lstrip().startswith("{")


def parse_document(text: str, name: str) -> Any:
    """A bare OpenAPI document, checked as a block is."""
    document = (yaml_files.loads_json if is_json(name, text) else yaml_files.loads)(text, name)
    check_openapi(document, name)
    if not operations(document):
        raise PipelineError(f"{name}: an OpenAPI document without any operation")
    return document


def check(document: Any, part: Any, text: str, name: str, earlier: Any = None) -> list[str]:
    """Refuse a `part` of a document whose references lead nowhere, or that the OpenAPI specification calls invalid.

    `text` is what errors count lines in. What was wrong in the `earlier` document too is no news.

    Returns:
        What is wrong outside the part, which does not matter, a line each with its place.
    """
    problems = _problems(part)
    known = violations(earlier) if problems and earlier is not None else []
    if news := [one for one in problems if one not in known]:
        raise PipelineError("\n".join(_placed(news, text, name)))
    rest = _problems(document) if part != document else []
    return _placed([one for one in rest if one not in problems], text, name)


def _problems(document: Any) -> list[Problem]:
    """References that lead nowhere, else where a document is not valid."""
    if broken := check_references(document) or circular_references(document):
        return [(where, problem) for where, _, problem in (line.partition(": ") for line in broken)]
    return violations(document)


def _placed(problems: Iterable[Problem], text: str, name: str) -> list[str]:
    """The problems with their places in the text."""
    pointers = {where: parse_pointer(where) for where, _ in problems}
    seen = yaml_files.positions(text, pointers.values()) if pointers else {}
    lines = []
    for where, problem in problems:
        ends = range(len(pointers[where]), 0, -1)
        line, column = next((seen[at] for end in ends if (at := pointers[where][:end]) in seen), (1, 1))
        lines.append(f"{name}:{line}:{column}: {where or '/'}: {problem}")
    return lines


def violations(document: Any) -> list[Problem]:
    """Where a document breaks OpenAPI's own schema, as pointers, each with what is wrong."""
    result: dict[str, str] = {}
    for error in map(_cause, _validator(str(document["openapi"])[:3]).iter_errors(document)):
        text = error.message.partition("\n")[0]  # may begin with the whole node, and go on with the schema
        shown = text if len(text) < 160 else f"{text[:70]} … {text[-70:]}"
        result.setdefault(pointer_text(tuple(map(str, error.instance_path))), shown)
    return list(result.items())


@functools.cache
def _validator(version: str) -> Any:
    """What holds documents of OpenAPI 3.0 or 3.1 against its schema; of 3.1, schemas against that of JSON Schema."""
    # Importing these takes a second, and most documents did not change since the last visit.
    import jsonschema_rs  # noqa: PLC0415
    from openapi_spec_validator import OpenAPIV30SpecValidator, OpenAPIV31SpecValidator  # noqa: PLC0415

    validator: Any = OpenAPIV30SpecValidator if version == "3.0" else OpenAPIV31SpecValidator
    schema = dict(validator.schema_validator.schema)
    if version == "3.0":
        return jsonschema_rs.validator_for(schema)
    json_schema = {"$dynamicAnchor": "meta", "$ref": "https://json-schema.org/draft/2020-12/schema"}
    return jsonschema_rs.validator_for({**schema, "$defs": {**schema["$defs"], "schema": json_schema}})


def _cause(error: Any) -> Any:
    """The deepest cause of an error: of the alternatives that a node could be, the one that it comes nearest to."""
    branches = [_cause(one) for branch in getattr(error.kind, "context", ()) for one in branch]
    return max(branches, key=lambda one: len(one.instance_path), default=error)


def page_address(url: str) -> str:
    """The address that people open: without the suffix of the text form, without a query or an anchor.

    A file of the project has the address `file:` and its path below the project's folder.
    """
    if url.startswith("file:"):
        if Path(url[5:]).is_absolute() or ".." in Path(url[5:]).parts:
            raise PipelineError(f"{url}: a file's address is `file:` and its path below the project's folder")
        return url
    try:
        parts = urlsplit(url)
    except ValueError as error:
        raise PipelineError(f"{url}: {error}") from error
    if parts.scheme.lower() not in {"http", "https"} or not parts.hostname:
        raise PipelineError(f"{url}: not the http(s) address of a page")
    return parts._replace(path=re.sub(r"\.mdx?$", "", parts.path), query="", fragment="").geturl()

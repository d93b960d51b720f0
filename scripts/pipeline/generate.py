"""From patched documents to client packages, each with its document and its servers table.

It runs in the generator's own environment. The same specs and overlay give the same bytes, whichever Python runs it.
"""

from __future__ import annotations

import copy
import json
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import yaml_files
from pipeline.openapi import Pointer, followed, operations, references, target_pointer, walk
from pipeline.patch import patch_vendor
from pipeline.yaml_files import PipelineError

SHOWN = 10
"""How many lines of a program's own messages are shown."""
HERE = Path(__file__).parent
HEADER = "# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.\n"
IDEMPOTENT = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}
"""The methods that HTTP calls idempotent."""
PACKAGES = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}
"""The client package of each vendor."""


class Rule(NamedTuple):
    """One of an operation's `x-parameter-rules`; the servers table has a class of the same name."""

    parameter: str
    needs: tuple[str, ...]
    excludes: tuple[str, ...]


def servers_table(document: Any) -> tuple[dict[str, list[Any]], list[Any]]:
    """The servers of each logical host, and the operations that they serve, with the fields of the table's classes."""
    hosts: dict[str, list[Any]] = {}
    rows = []
    for name, operation in operations(document).items():
        method, path = name.split(" ", 1)
        try:
            host = str(operation["x-logical-host"])
            servers = [_server_row(server, host) for server in operation["servers"]]
            key_header, key_prefix = _key_header(document, operation)
            rows.append(
                {
                    "id": operation["operationId"],
                    "method": method,
                    "path": path,
                    "logical_host": host,
                    "deprecated": bool(operation.get("deprecated")),
                    "key_header": key_header,
                    "key_prefix": key_prefix,
                    "correlation_header": _correlation_header(document, operation),
                    "media_type": _media_type(document, operation),
                    "idempotent": method in IDEMPOTENT,
                    "largest_page": _largest_page(document, operation),
                    "rules": _rules(operation),
                }
            )
        except KeyError as error:
            lacks = f"the overlay does not give it {error.args[0]}, which the servers table needs"
            raise PipelineError(f"{name}: {lacks}") from error
        if hosts.setdefault(host, servers) != servers:
            others = f"the other operations of the logical host {host!r}"
            raise PipelineError(f"{name}: its servers are not those of {others}")
    return hosts, rows


def _server_row(server: Any, host: str) -> dict[str, Any]:
    if server["x-logical-host"] != host:
        raise PipelineError(f"{server['url']}: a server of {server['x-logical-host']!r} on an operation of {host!r}")
    return {
        "url": server["url"],
        "region": server["x-region"],
        "aliases": tuple(map(str, server["x-region-aliases"])),
        "studio_url": server.get("x-studio-url"),
        "studio_conversation": server.get("x-studio-conversation"),
    }


def _key_header(document: Any, operation: Any) -> tuple[str, str]:
    """The header of an operation's key, and what stands before the key in it."""
    schemes = [scheme for requirement in operation["security"] for scheme in requirement]  # `{}`: no key needed
    if not schemes:
        raise PipelineError(f"{operation['operationId']}: its security names no key")
    scheme = document["components"]["securitySchemes"][schemes[0]]
    return ("Authorization", "Bearer") if scheme.get("scheme") == "bearer" else (str(scheme["name"]), "")


def requests_per_minute(document: Any) -> float | None:
    """The least that the document's keys allow, or None where it does not say."""
    schemes = document["components"]["securitySchemes"].values()
    limits = (scheme.get("x-requests-per-minute") for scheme in schemes)
    return min((float(limit) for limit in limits if limit is not None), default=None)


def _largest_page(document: Any, operation: Any) -> int | None:
    for parameter in (followed(document, each) for each in operation.get("parameters", ())):
        if parameter["name"] == "limit":
            maximum: int | None = followed(document, parameter["schema"]).get("maximum")
            return maximum
    return None


def _rules(operation: Any) -> tuple[Rule, ...]:
    return tuple(
        Rule(str(rule["parameter"]), *(tuple(map(str, rule.get(word, ()))) for word in ("needs", "excludes")))
        for rule in operation.get("x-parameter-rules", ())
    )


def _success(document: Any, operation: Any) -> Any:
    return followed(
        document, next(node for status, node in operation["responses"].items() if str(status).startswith("2"))
    )


def _media_type(document: Any, operation: Any) -> str:
    return str(next(iter(_success(document, operation)["content"])))


def _correlation_header(document: Any, operation: Any) -> str | None:
    headers = _success(document, operation).get("headers", ())
    return next((str(name) for name in headers if name.lower().endswith("correlation-id")), None)


_KEPT = re.compile(
    r'''(""".*?"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|\#[^\n]*|^from [^\n]*)''', re.DOTALL | re.MULTILINE
)
"""What is no code, and imports."""
_OPTIONAL = (r"(?: \| None)? \| Unset\b", " | None")
_UNSET = (
    (r"(\w+) is not UNSET and \1 is not None", r"\1 is not None"),
    _OPTIONAL,
    (r"not isinstance\(([\w.]+),\s+Unset\)", r"\1 is not None"),
    (r"isinstance\(([\w.]+),\s+Unset\)", r"\1 is None"),
    (r"\bUNSET\b", "None"),
)


def none_for_unset(source: str) -> str:
    """`source` with None in place of the generator's sentinel for an absent value, in code and in docstrings' types.

    Ruff removes the imports of the sentinel, which are unused then.
    """
    parts = _KEPT.split(source)
    for index, part in enumerate(parts):
        rules = _UNSET if index % 2 == 0 else (_OPTIONAL,) if part.startswith('"""') else ()
        for pattern, replacement in rules:
            parts[index] = re.sub(pattern, replacement, parts[index])
    return "".join(parts)


def _documents(root: Path, vendor: str, patched: Path | None) -> tuple[Any, Any]:
    """The patched document of a vendor, and the one that the generator reads."""
    if patched is not None:
        return yaml_files.load(patched / f"{vendor}.json"), yaml_files.load(patched / f"{vendor}.generator.json")
    result = patch_vendor(root, vendor)
    result.check()
    return result.patched, result.for_generator


def _tolerant(document: Any) -> Any:
    """A copy in which a property that drifted costs itself alone.

    Responses require what is marked `x-identity` and nothing else. No property is null: what may be absent reads as
    None when null too, and needs no union.
    """
    document = copy.deepcopy(document)
    requests = _of_requests(document)
    for item in [item for item in walk(document) if item.kind == "schema"]:
        schema = item.node
        if "required" in schema and not _in_request(item.pointer) and item.pointer[:3] not in requests:
            properties = schema.get("properties", {})
            schema["required"] = [name for name in schema["required"] if properties.get(name, {}).get("x-identity")]
        for name, child in schema.get("properties", {}).items():
            kinds = child.get("type")
            if isinstance(kinds, list) and len(rest := [kind for kind in kinds if kind != "null"]) == 1:
                child["type"] = rest[0]
            for word in ("anyOf", "oneOf"):
                kept = [one for one in child.get(word, ()) if one.get("type") != "null"]
                if len(kept) == 1:
                    schema["properties"][name] = {**{key: child[key] for key in child if key != word}, **kept[0]}
                elif kept:
                    child[word] = kept
    return document


def _of_requests(document: Any) -> set[Pointer]:
    """Where the components are that requests refer to, directly or not."""
    targets = [(pointer, target_pointer(holder[key])) for pointer, holder, key in references(document)]
    reached: set[Pointer] = set()
    while more := {target for at, target in targets if _in_request(at) or at[:3] in reached} - reached:
        reached |= more
    return reached


def _in_request(pointer: Pointer) -> bool:
    return not {"requestBody", "requestBodies", "parameters"}.isdisjoint(pointer[1:4])


def generate_vendor(root: Path, vendor: str, target: Path, patched: Path | None = None) -> None:
    """Write the client package of `vendor` as the folder `target`, which must not exist.

    With `patched`, a folder that has `<vendor>.json` and `<vendor>.generator.json`, it is made from these.
    """
    document, for_generator = _documents(root, vendor, patched)
    hosts, rows = servers_table(document)
    settings = root / "overlay" / "generator"
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "openapi.json")  # the generator reads JSON ten times as fast
        source.write_text(json.dumps(_tolerant(for_generator)), encoding="utf-8")
        _run(
            f"the generator cannot use the document of {vendor}",
            *(str(HERE / "generator.py"), str(settings / f"{vendor}.config.yaml"), str(source)),
            *(str(settings / "templates"), str(target)),
        )
    title = document["info"]["title"].partition(" ")[0]
    limit = requests_per_minute(document)
    servers = _render(
        settings / "servers.py.jinja", hosts=hosts, operations=rows, requests_per_minute=limit, vendor=title
    )
    (target / "servers.py").write_text(servers, encoding="utf-8")
    (target / "readers.py").write_text(_render(settings / "readers.py.jinja"), encoding="utf-8")
    for path in target.rglob("*.py"):
        path.write_text(none_for_unset(path.read_text(encoding="utf-8")), encoding="utf-8")
    isolated = (target.name, "--isolated", "--no-cache", "--line-length", "120")
    wrong = f"the code made of the document of {vendor} does not work; rename in overlay/{vendor}/ what it names"
    fixes = ("--fix-only", "--select", "F401,I,UP", "--target-version", "py311", "--quiet")
    _run(wrong, "-m", "ruff", "check", *isolated, *fixes, cwd=target.parent)
    names = ("--quiet", "--output-format", "concise", "--select", "F811,F821")
    _run(wrong, "-m", "ruff", "check", *isolated, *names, cwd=target.parent)
    _run(wrong, "-m", "ruff", "format", *isolated, "--quiet", cwd=target.parent)
    for path in target.rglob("*.py"):
        path.write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")
    _run(wrong, str(HERE / "round_trip.py"), str(target))
    (target / "py.typed").write_text(HEADER, encoding="utf-8")
    (target / "openapi.yaml").write_text(yaml_files.dumps(document, HEADER), encoding="utf-8")


def _run(wrong: str, *arguments: str, cwd: Path | None = None) -> None:
    command = [sys.executable, "-P", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=cwd)
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip()).splitlines()
        raise PipelineError("\n  ".join([f"{wrong}:", *said[:SHOWN], *(["…"] if said[SHOWN:] else [])]))


def _render(template: Path, **values: Any) -> str:
    # Imported here because only the generator's environment has it, and the table itself is of use without it.
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 # pyright: ignore[reportMissingImports]
    from openapi_python_client.strings import PythonIdentifier  # noqa: PLC0415 # pyright: ignore[reportMissingImports]

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    environment.filters["repr"] = repr
    environment.filters["module_name"] = lambda identifier: str(PythonIdentifier(identifier, "field_"))
    made = environment.from_string(template.read_text(encoding="utf-8"))
    return str(made.render(**values))


def generate(root: Path, output: Path, *, previous: Path | None = None, patched: Path | None = None) -> None:
    """Write the client packages of all vendors below `output`; with `patched`, of the vendors in that folder.

    The earlier packages are replaced only once all are made. If they differ, they are kept as `previous`.
    """
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=".generate-") as scratch:
        fresh = Path(scratch, "generated")
        fresh.mkdir()
        made = {
            package: (vendor, fresh / package)
            for vendor, package in PACKAGES.items()
            if patched is None or (patched / f"{vendor}.json").exists()
        }
        # The generator is a process of its own, so that the vendors need not wait for each other.
        with ThreadPoolExecutor(len(PACKAGES)) as pool:
            for future in [pool.submit(generate_vendor, root, *each, patched) for each in made.values()]:
                future.result()
        if previous is not None:
            shutil.rmtree(previous, ignore_errors=True)
            if differences(fresh, output):
                shutil.copytree(output, previous, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.rmtree(output)
        fresh.replace(output)


def differences(expected: Path, actual: Path) -> list[str]:
    """How the files below `actual` differ from those below `expected`, without Python's caches."""
    wanted, present = _contents(expected), _contents(actual)
    return [
        f"{name}: {'missing' if name not in present else 'differs' if name in wanted else 'not made by make generate'}"
        for name in sorted(wanted | present)
        if wanted.get(name) != present.get(name)
    ]


def _contents(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def check(root: Path, output: Path) -> None:
    """Raise when `output` is not what `specs/` and `overlay/` give."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch, "generated")
        generate(root, fresh)
        if notes := differences(fresh, output):
            lines = "\n".join(f"  {note}" for note in notes)
            raise PipelineError(f"generated/ is not what specs/ and overlay/ give; run `make generate`:\n{lines}")

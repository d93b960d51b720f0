"""Write `generated/` from `specs/` and `overlay/`: the patched documents, the client packages and the servers tables.

    python scripts/generate.py [--output DIR] [--check] [--previous DIR]

`make generate` runs it in the generator's own environment. The same specs and overlay give the same bytes, whatever ran
before and whichever Python runs it. `--check` writes nothing and fails when `generated/` is not what they give.
`--patched DIR` makes packages of documents that somebody else patched: for looking at, never for use.
"""

from __future__ import annotations

import argparse
import filecmp
import functools
import importlib.util
import json
import operator
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, NamedTuple

from pipeline import yaml_files
from pipeline.bundle import bundle_vendor
from pipeline.openapi import operations, parse_pointer
from pipeline.overlay.apply import apply_overlay
from pipeline.yaml_files import PipelineError

ROOT = Path(__file__).resolve().parents[2]
HEADER = "# Written by `make generate` from specs/ and overlay/. Do not edit it: change those and run it again.\n"
IDEMPOTENT = {"GET", "HEAD", "PUT", "DELETE", "OPTIONS", "TRACE"}
"""The methods that HTTP itself calls idempotent; another operation is when its `x-idempotent` says so."""
PACKAGES = {"polyai": "polyai_data_client", "assemblyai": "assemblyai_client"}
"""The client package of each vendor."""


class ServerRow(NamedTuple):
    """A server of the patched document, as the servers table names it."""

    url: str
    region: str
    aliases: tuple[str, ...]
    studio_url: str | None


class Rule(NamedTuple):
    """One of an operation's `x-parameter-rules`; the servers table has a class of the same name."""

    parameter: str
    needs: tuple[str, ...]
    excludes: tuple[str, ...]


class OperationRow(NamedTuple):
    """An operation of the patched document, as the servers table names it."""

    id: str
    method: str
    path: str
    logical_host: str
    deprecated: bool
    key_header: str
    media_type: str
    idempotent: bool
    largest_page: int | None
    rules: tuple[Rule, ...]


def patched_document(root: Path, vendor: str) -> Any:
    """The vendor's sources, bundled, with the overlay documents of `overlay/<vendor>/` applied in name order."""
    document = bundle_vendor(root, vendor)
    for path in sorted((root / "overlay" / vendor).glob("*.overlay.yaml")):
        document = apply_overlay(document, yaml_files.load(path), name=str(path.relative_to(root)))
    return document


def servers_table(document: Any) -> tuple[dict[str, tuple[ServerRow, ...]], list[OperationRow]]:
    """The servers of each logical host, and the operations that they serve."""
    hosts: dict[str, tuple[ServerRow, ...]] = {}
    rows = []
    for where, operation in operations(document).items():
        method, path = where.split(" ", 1)
        try:
            host = str(operation["x-logical-host"])
            servers = tuple(_server_row(server, host) for server in operation["servers"])
            rows.append(
                OperationRow(
                    operation["operationId"],
                    method,
                    path,
                    host,
                    bool(operation.get("deprecated")),
                    _key_header(document, operation),
                    _media_type(operation),
                    method in IDEMPOTENT or bool(operation.get("x-idempotent")),
                    _largest_page(document, operation),
                    _rules(operation),
                )
            )
        except KeyError as error:
            raise PipelineError(
                f"{where}: the overlay gives it no {error.args[0]}, which the servers table needs"
            ) from error
        if hosts.setdefault(host, servers) != servers:
            raise PipelineError(
                f"{where}: its servers are not those of the other operations of the logical host {host!r}"
            )
    return hosts, rows


def _server_row(server: Any, host: str) -> ServerRow:
    if server["x-logical-host"] != host:
        raise PipelineError(f"{server['url']}: a server of {server['x-logical-host']!r} on an operation of {host!r}")
    aliases = tuple(str(alias) for alias in server["x-region-aliases"])
    return ServerRow(server["url"], server["x-region"], aliases, server.get("x-studio-url"))


def _key_header(document: Any, operation: Any) -> str:
    needed = [scheme for need in operation["security"] for scheme in need]  # `{}` says that it goes without as well
    if not needed:
        raise PipelineError(f"{operation['operationId']}: its security names no key")
    return str(document["components"]["securitySchemes"][needed[0]]["name"])


def _largest_page(document: Any, operation: Any) -> int | None:
    for parameter in (_followed(document, each) for each in operation.get("parameters", ())):
        if parameter["name"] == "limit":
            maximum: int | None = _followed(document, parameter["schema"]).get("maximum")
            return maximum
    return None


def _followed(document: Any, node: Any) -> Any:
    if "$ref" not in node:
        return node
    return _followed(document, functools.reduce(operator.getitem, parse_pointer(node["$ref"]), document))


def _rules(operation: Any) -> tuple[Rule, ...]:
    return tuple(
        Rule(str(rule["parameter"]), *(tuple(map(str, rule.get(word, ()))) for word in ("needs", "excludes")))
        for rule in operation.get("x-parameter-rules", ())
    )


def _media_type(operation: Any) -> str:
    success = next(answer for status, answer in operation["responses"].items() if str(status).startswith("2"))
    return str(next(iter(success["content"])))


def none_for_unset(source: str) -> str:
    """`source` with None where the generator writes its sentinel for an absent value, which no user should have to
    know.

    The imports of the sentinel are left for ruff to remove as unused.
    """
    for pattern, replacement in (
        (r"(?: \| None)? \| Unset\b", " | None"),
        (r"not isinstance\(([\w.]+),\s+Unset\)", r"\1 is not None"),
        (r"isinstance\(([\w.]+),\s+Unset\)", r"\1 is None"),
        (r"(?m)^from .*$|\bUNSET\b", lambda found: "None" if found.group() == "UNSET" else found.group()),
    ):
        source = re.sub(pattern, replacement, source)
    return source


def _documents(root: Path, vendor: str, patched: Path | None) -> tuple[Any, Any]:
    """The patched document of a vendor, and the one that the generator reads."""
    if patched is not None:
        return yaml_files.load(patched / f"{vendor}.json"), yaml_files.load(patched / f"{vendor}.generator.json")
    document = patched_document(root, vendor)
    tolerant = root / "overlay" / "generator" / f"{vendor}.overlay.yaml"
    return document, apply_overlay(document, yaml_files.load(tolerant), name=str(tolerant.relative_to(root)))


def generate_vendor(root: Path, vendor: str, target: Path, patched: Path | None = None) -> None:
    """Write the client package of `vendor` as the folder `target`, which must not exist.

    `patched` is a folder with `<vendor>.json` and `<vendor>.generator.json`, to take in place of what specs/ and
    overlay/ give.
    """
    document, for_generator = _documents(root, vendor, patched)
    hosts, rows = servers_table(document)
    settings = root / "overlay" / "generator"
    with tempfile.TemporaryDirectory() as scratch:
        source = Path(scratch, "openapi.json")  # which the generator reads ten times as fast as YAML
        source.write_text(json.dumps(yaml_files.plain(for_generator)), encoding="utf-8")
        _run_generator(source, settings / f"{vendor}.config.yaml", settings / "templates", target)
    (target / "servers.py").write_text(_render_servers(settings / "servers.py.jinja", hosts, rows), encoding="utf-8")
    for path in target.rglob("*.py"):
        path.write_text(none_for_unset(path.read_text(encoding="utf-8")), encoding="utf-8")
    _format(target)
    for path in target.rglob("*.py"):
        path.write_text(HEADER + path.read_text(encoding="utf-8"), encoding="utf-8")
    (target / "py.typed").write_text(HEADER, encoding="utf-8")
    (target / "openapi.yaml").write_text(yaml_files.dumps(document, HEADER), encoding="utf-8")


def _run_generator(document: Path, config: Path, templates: Path, target: Path) -> None:
    _run(
        *("openapi_python_client", "generate", "--path", str(document), "--meta", "none", "--config", str(config)),
        *("--custom-template-path", str(templates), "--output-path", str(target), "--fail-on-warning"),
    )


def _format(target: Path) -> None:
    isolated = ("--isolated", "--no-cache", "--line-length", "120", "--quiet")
    _run("ruff", "check", str(target), *isolated, "--fix-only", "--select", "F401,I,UP", "--target-version", "py311")
    _run("ruff", "format", str(target), *isolated)


def _run(module: str, *arguments: str) -> None:
    done = subprocess.run([sys.executable, "-m", module, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise PipelineError(f"{module} {arguments[0]} failed:\n{(done.stdout + done.stderr).strip()}")


def _render_servers(template: Path, hosts: dict[str, tuple[ServerRow, ...]], rows: list[OperationRow]) -> str:
    # Imported here because only the generator's environment has it, and the table itself is of use without it.
    from jinja2 import Environment, StrictUndefined  # noqa: PLC0415 # pyright: ignore[reportMissingImports]

    environment = Environment(undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, autoescape=False)  # noqa: S701
    environment.filters["repr"] = repr
    made = environment.from_string(template.read_text(encoding="utf-8"))
    return str(made.render(hosts=hosts, operations=rows))


def generate(root: Path, output: Path, *, previous: Path | None = None, patched: Path | None = None) -> None:
    """Write the client packages of all vendors below `output`; of those in the folder `patched`, where that is given.

    What was there is replaced only once everything has been made; where that differs, it is kept as `previous`.
    """
    with tempfile.TemporaryDirectory(dir=_existing(output.parent), prefix=".generate-") as scratch:
        fresh = Path(scratch, "generated")
        fresh.mkdir()
        made = {
            package: (vendor, fresh / package)
            for vendor, package in PACKAGES.items()
            if patched is None or (patched / f"{vendor}.json").exists()
        }
        # The generator is a program of its own, so that one vendor's turn need not wait for the other's.
        with ThreadPoolExecutor(len(PACKAGES)) as pool:
            for turn in [pool.submit(generate_vendor, root, *each, patched) for each in made.values()]:
                turn.result()
        output.mkdir(parents=True, exist_ok=True)
        if previous is not None:
            shutil.rmtree(previous, ignore_errors=True)
            if differences(fresh, output):
                shutil.copytree(output, previous, ignore=shutil.ignore_patterns("__pycache__"))
        for stale in output.iterdir():
            _remove(stale)
        for package, (_, folder) in made.items():
            folder.replace(output / package)


def _existing(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def differences(expected: Path, actual: Path) -> list[str]:
    """The files below `actual` that are not, byte for byte, those below `expected`, but for Python's caches."""
    wanted, found = _files(expected), _files(actual)
    notes = [f"{name}: missing" for name in sorted(wanted - found)]
    notes += [f"{name}: not made by make generate" for name in sorted(found - wanted)]
    notes += [
        f"{name}: differs"
        for name in sorted(wanted & found)
        if not filecmp.cmp(expected / name, actual / name, shallow=False)
    ]
    return notes


def _files(folder: Path) -> set[str]:
    return {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def check(root: Path, output: Path) -> None:
    """Raise when `output` is not what `specs/` and `overlay/` give."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch, "generated")
        generate(root, fresh)
        if notes := differences(fresh, output):
            lines = "\n".join(f"  {note}" for note in notes)
            raise PipelineError(f"generated/ is not what specs/ and overlay/ give; run `make generate`:\n{lines}")


def main(arguments: list[str] | None = None) -> int:
    """Run the program; returns its exit status."""
    parser = argparse.ArgumentParser(prog="generate.py", description="Write generated/ from specs/ and overlay/.")
    parser.add_argument("--output", type=Path, default=ROOT / "generated", help="folder to write (default: generated/)")
    parser.add_argument("--check", action="store_true", help="write nothing; fail when the folder is not up to date")
    parser.add_argument("--previous", type=Path, metavar="DIR", help="keep there what was replaced, where it differs")
    parser.add_argument("--patched", type=Path, metavar="DIR", help="take the patched documents from there")
    parser.add_argument("--root", type=Path, default=ROOT, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if importlib.util.find_spec("openapi_python_client") is None:
        print("error: the generator is not in this environment; use `make generate`", file=sys.stderr)
        return 1
    try:
        if options.check:
            check(options.root, options.output)
        else:
            generate(options.root, options.output, previous=options.previous, patched=options.patched)
    except PipelineError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""`scripts/vendor.py` on whole OpenAPI documents: which source one is, whose, what we want of it, what is wrong."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pipeline import yaml_files
from pipeline.bundle import read_sources
from pipeline.openapi import operations, resolve
from pipeline.patch import patch_vendor

from tests.pipeline.conftest import Done
from tests.pipeline.projects import overlay_of, snapshot, write
from tests.pipeline.vendoring import GET_THING, OTHER, PROSE, ROOT, URL, site, sources_of

Vendor = Callable[..., Done]
OK = {"responses": {"200": {"description": "OK"}}}


def document(*names: str, title: str = "Things", **more: Any) -> Any:
    """A document with these operations, and more keys of the root."""
    paths: dict[str, Any] = {}
    for name in names:
        method, path = name.split()
        paths.setdefault(path, {})[method.lower()] = OK
        if names_in := re.findall(r"{(\w+)}", path):
            schema = {"in": "path", "required": True, "schema": {"type": "string"}}
            paths[path]["parameters"] = [{"name": one, **schema} for one in names_in]
    return {"openapi": "3.1.0", "info": {"title": title, "version": "1"}, "paths": paths, **more}


@pytest.fixture
def saved(tmp_path: Path) -> Callable[[str, Any], Path]:
    """Save a document or a page outside the project, under a name that may have folders."""

    def save(name: str, content: Any) -> Path:
        path = tmp_path / "saved" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
        return path

    return save


Saved = Callable[[str, Any], Path]


def two_vendors(root: Path) -> None:
    """A project that has things of acme, of which its overlay adds one, and boxes of beta."""
    add = {"target": "$.paths", "update": {"/more/{id}": {"get": OK}}, "description": "Not published."}
    acme = document("GET /a", servers=[{"url": "https://api.acme.test"}])
    files = {"specs/acme/a.yaml": acme, "specs/beta/b.yaml": document("GET /b", servers=[{"url": "https://beta.test"}])}
    files["overlay/acme/1.overlay.yaml"] = overlay_of(add)
    write(root, {name: json.dumps(content) for name, content in files.items()})


# Which source a document is.


def test_documents_of_one_name_are_two_sources_and_known_again_by_what_they_hold(
    vendor: Vendor, root: Path, saved: Saved
) -> None:
    a, b = (saved(f"{name}/openapi.json", document(f"GET /{name}", f"PUT /{name}")) for name in "ab")
    assert vendor(a).out.startswith("new: specs/polyai/things.json (*)")
    assert vendor(b).out.startswith("new: specs/polyai/things-2.json (*)")
    for folder, file in (("a", "things"), ("b", "things-2")):
        newer = document(f"GET /{folder}", f"PUT /{folder}", f"POST /{folder}", title="Renamed")
        done = vendor(saved("whatever.json", newer))
        assert (done.out, done.err) == (f"changed: specs/polyai/{file}.json (*)\n", "")
        assert (root / f"specs/polyai/{file}.json").read_bytes() == saved("whatever.json", newer).read_bytes()
    assert vendor(saved("c.json", document("GET /c")), "--name", "chosen").out.startswith(
        "new: specs/polyai/chosen.json"
    )
    assert set(sources_of(root)) == {f"polyai/{name}.json" for name in ("things", "things-2", "chosen")}
    done = vendor(saved("d.json", document("GET /d")), "--name", "chosen")
    assert (done.status, "has the name of specs/polyai/chosen.json, which has GET /c" in done.err) == (1, True)
    assert "NAME=../x: " in vendor(a, "--name", "../x").err


def test_a_folder_with_one_name_twice(vendor: Vendor, root: Path, saved: Saved) -> None:
    for name in "ab":
        saved(f"{name}/openapi.json", document(f"GET /{name}"))
    folder = saved("again/copy.json", document("GET /a")).parents[1]
    assert vendor(folder).out.count("new: ") == 2  # the copy is no third
    assert set(sources_of(root)) == {"polyai/things.json", "polyai/things-2.json"}


@pytest.mark.parametrize("title", ["Things", "Another"])
def test_a_document_that_lacks_operations_of_a_source_is_no_new_version_by_itself(
    title: str, vendor: Vendor, root: Path, saved: Saved
) -> None:
    whole, half = document("GET /a/{id}", "PUT /a"), document("GET /a/{key}", "GET /else", title=title)
    vendor(saved("x1/openapi.json", whole), "--url", f"{URL}.json")
    before = snapshot(root)
    done = vendor(saved("x2/part.json", half))
    assert (done.status, done.out) == (1, "")
    assert "part.json: lacks PUT /a of specs/polyai/get-thing.json, which has *: `make vendor " in done.err
    assert snapshot(root) == before
    with site({"/a.json": json.dumps(whole).encode()}) as server:
        vendor("--drop", "polyai/get-thing.json")
        vendor(f"{server.url}/a.json")
    with site({"/a.json": json.dumps(half).encode()}) as changed:  # what is at its address is the source
        record = root / "specs/sources.yaml"
        record.write_text(record.read_text().replace(server.url, changed.url))
        assert vendor().out.startswith("changed: specs/polyai/a.json (*); it no longer has PUT /a")


@pytest.mark.parametrize(
    "case",
    [
        (document("GET /b", "GET /c"), "beta/things.json", ""),
        (document("GET /more/{other}"), "acme/things.json", ""),  # only the overlay has it
        (document("GET /c", servers=[{"url": "https://{region}.acme.test/{base}"}]), "acme/things.json", ""),
        (document("GET /a"), "third/things.json", "third"),
        (document("GET /c", servers=[{"url": "/"}]), None, ""),
        (document("GET /a", "GET /b"), None, ""),
    ],
)
def test_whose_a_document_is(case: tuple[Any, str | None, str], vendor: Vendor, root: Path, saved: Saved) -> None:
    content, file, chosen = case
    two_vendors(root)
    done = vendor(saved("new.json", content), "--vendor", chosen)
    assert list(sources_of(root)) == ([file] if file else [])
    assert file or "VENDOR= says whose it is, such as `make vendor PAGE=" in done.err


def test_a_saved_file_needs_no_address(vendor: Vendor, root: Path, saved: Saved) -> None:
    done = vendor(saved("new.json", document("GET /a")))
    assert (done.status, "its address is not known (URL= records it)" in done.out) == (0, True)
    assert sources_of(root)["polyai/things.json"]["url"] == "unknown"
    done = vendor()
    assert done.out.startswith("not visited: specs/polyai/things.json (GET /a); its address is not known")
    (root / "kept").mkdir()
    vendor(shutil.copy(saved("kept.json", document("GET /k")), root / "kept"))
    assert sources_of(root)["polyai/things-2.json"]["url"] == "file:kept/kept.json"
    assert "unchanged: specs/polyai/things-2.json" in vendor().out
    vendor(saved("new.json", document("GET /a")), "--url", f"{URL}.json")
    assert sources_of(root)["polyai/things.json"]["url"] == f"{URL}.json"


# The commands that messages name.


def _twice(vendor: Vendor, saved: Saved, _: Path) -> Done:
    for name in ("one", "two"):
        vendor(saved(f"{name}.md", GET_THING), "--url", f"https://docs.example.test/{name}")
    return vendor(saved("it's here.md", GET_THING))


def _moved(vendor: Vendor, saved: Saved, _: Path) -> Done:
    vendor(saved("one.md", GET_THING), "--url", "https://docs.example.test/one")
    return vendor(saved("page7.md", OTHER))


def _homeless(vendor: Vendor, saved: Saved, root: Path) -> Done:
    two_vendors(root)
    return vendor(saved("new.json", document("GET /c")), "--vendor", "")


def _gone(vendor: Vendor, saved: Saved, _: Path) -> Done:
    pages = {"/a.json": json.dumps(document("GET /a")).encode()}
    with site(pages) as server:
        vendor(f"{server.url}/a.json")
        pages.clear()
        return vendor()


def _read(vendor: Vendor, saved: Saved, root: Path) -> Done:
    write(root, {"specs/acme/a.json": json.dumps(document("GET /a")), "kept/prose.md": PROSE.decode()})
    vendor(root / "kept/prose.md", "--url", "file:kept/prose.md", "--transcribed", "specs/acme/a.json")
    write(root, {"kept/prose.md": PROSE.decode() + "More."})
    return vendor()


def _transcribed(vendor: Vendor, saved: Saved, root: Path) -> Done:
    write(root, {"specs/acme/a.json": json.dumps(document("GET /a"))})
    vendor(saved("prose.md", PROSE), "--transcribed", "specs/acme/a.json")
    return vendor(saved("whole.json", document("GET /a", "GET /b")), "--vendor", "")


def _lossy(vendor: Vendor, saved: Saved, _: Path) -> Done:
    vendor(saved("one.json", document("GET /a", "GET /b")))
    return vendor(saved("part.json", document("GET /a", "GET /c")))


@pytest.mark.parametrize("case", [_lossy, _twice, _moved, _homeless, _gone, _read, _transcribed])
def test_each_command_that_a_message_names_works(
    case: Callable[..., Done], vendor: Vendor, root: Path, saved: Saved, tmp_path: Path
) -> None:
    done = case(vendor, saved, root)
    commands = re.findall(r"`(make vendor .+?)`", done.out + done.err)
    assert commands, done
    shutil.copytree(root, tmp_path / "before")
    for command in commands:
        shutil.rmtree(root)
        shutil.copytree(tmp_path / "before", root)
        words = shlex.split(command)
        options: Any = {"cwd": ROOT, "capture_output": True, "text": True, "env": {**os.environ, "NAME": "machine"}}
        shown = subprocess.run([*words, "--dry-run"], check=True, **options).stdout
        arguments = shlex.split(shown[shown.index("scripts/vendor.py") :].replace("\\\n", ""))[1:]
        assert ("--name" in arguments) == ("NAME=" in command)  # the environment's does not count
        again = vendor(*arguments, *([] if "--vendor" in arguments else ["--vendor", ""]))
        assert (again.status, again.err) == (0, ""), command


# What we want of a document, and what is wrong in it.


def test_what_we_have_is_wanted_and_what_is_chosen(vendor: Vendor, root: Path, saved: Saved) -> None:
    two_vendors(root)
    whole = document("GET /a", "GET /more/{thing}", "GET /c", "POST /c/{x}", tags=[{"name": "T"}], webhooks={"w": {}})
    done = vendor(saved("whole.json", whole), "--vendor", "")
    assert "(GET /a, GET /more/{thing}); OPERATIONS= chooses among its 4 operations" in done.out
    assert (root / "specs/acme/things.json").read_bytes() == saved("whole.json", whole).read_bytes()
    source = next(each for each in read_sources(root, "acme")[0] if each.name == "things.json")
    assert list(operations(source.document)) == ["GET /a", "GET /more/{thing}"]
    assert (source.document["tags"], "webhooks" in source.document) == ([], False)
    chosen = "POST  /c/{x} , GET /c"
    assert vendor(saved("whole.json", whole), "--operations", chosen, "--vendor", "").out.startswith("changed: ")
    assert sources_of(root)["acme/things.json"]["operations"] == ["GET /c", "POST /c/{x}"]
    del whole["paths"]["/c"]
    known = ("--name", "things", "--vendor", "acme")
    done = vendor(path := saved("whole.json", whole), *known)
    assert "; it no longer has GET /c" in done.out
    assert sources_of(root)["acme/things.json"]["operations"] == ["GET /c", "POST /c/{x}"]
    assert "has no operation GET /c; it has GET /a," in vendor(path, "--operations", "GET /c", *known).err
    vendor(path, "--operations", "*", *known)
    assert "operations" not in sources_of(root)["acme/things.json"]


def broken(*names: str, wrong: int = 1) -> Any:
    """A document with wrong operations beside those named."""
    whole = document("GET /a", *names)
    for number in range(wrong):
        whole["paths"][f"/wrong{number}"] = {"get": {"responses": {"200": {"description": number}}}}
    return whole


def test_what_is_wrong_elsewhere_is_named_and_does_not_block(vendor: Vendor, root: Path, saved: Saved) -> None:
    two_vendors(root)
    path = saved("whole.json", broken(wrong=12))
    done = vendor(path, "--vendor", "")
    warnings = done.err.splitlines()
    assert (done.status, len(warnings)) == (0, 11)
    line = 1 + path.read_text().split("/wrong0")[0].count("\n") + 4
    at = "/paths/~1wrong0/get/responses/200/description"
    assert warnings[0] == f'warning: {path}:{line}:7: {at}: 0 is not of type "string"'
    assert warnings[-1] == "warning: specs/acme/things.json: 2 more that do not matter"
    done = vendor(path, "--operations", "GET /wrong3")
    assert (done.status, "~1wrong3/get/responses/200/description: 3 is not of type" in done.err) == (1, True)


# What real documents write, through every step.

KINDS = Path(__file__).with_name("pages") / "kinds.yaml"
GENERATOR = ROOT / ".venv-generator" / "bin" / "python"


def test_every_kind_of_object_reaches_the_client(vendor: Vendor, root: Path, tmp_path: Path) -> None:
    done = vendor(KINDS, "--operations", "GET /things/{id}, PUT /things/{id}", "--url", URL)
    lines = [line.removeprefix(f"warning: {KINDS}:") for line in done.err.splitlines()]
    assert (done.status, [line.partition(" ")[0] for line in lines]) == (0, ["50:31:", "74:13:"])
    rows = [
        {"target": f"$.paths.*.*.servers[?@.url == 'https://{name}.things.test/v2']",
         "update": {"x-region": name, "x-region-aliases": [], "x-logical-host": "api"}}
        for name in ("us", "eu")
    ]  # fmt: skip
    host = {"target": "$.paths.*[?@.operationId]", "update": {"x-logical-host": "api"}}
    write(
        root,
        {
            "overlay/polyai/1.overlay.yaml": json.dumps(
                overlay_of(*({**row, "description": "d"} for row in [*rows, host]))
            )
        },
    )
    result = patch_vendor(root, "polyai")
    result.check()
    unlike = {"parameters": {"Unused"}, "schemas": {"Other"}, "securitySchemes": {"Unused"}}
    published = yaml_files.load(KINDS)["components"]
    kept = {kind: set(members) - unlike.get(kind, set()) for kind, members in published.items()}
    assert {kind: set(members) for kind, members in result.patched["components"].items()} == kept
    get, put = operations(result.patched).values()
    assert ["$ref" in one or one["schema"]["maximum"] for one in get["parameters"]] == [True, 20, True]
    assert ["$ref" in one or one["schema"]["maximum"] for one in put["parameters"]] == [True, 50]
    assert [resolve(get, ("responses", "200", *rest)) is not None for rest in (["links"], ["headers"])] == [True, True]
    assert "callbacks" in put
    shutil.copytree(
        ROOT / "overlay/generator", root / "overlay/generator", ignore=shutil.ignore_patterns("*.overlay.*")
    )
    for name, made in (("polyai", result.patched), ("polyai.generator", result.for_generator)):
        (tmp_path / f"{name}.json").write_text(json.dumps(made))
    command = [str(GENERATOR), str(ROOT / "scripts/generate.py"), "--root", str(root), "--patched", str(tmp_path)]
    made = subprocess.run([*command, "--output", str(tmp_path / "made")], capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr
    client = tmp_path / "made/polyai_data_client"
    servers = (client / "servers.py").read_text()
    assert [servers.count(f'"https://{name}.things.test/v2"') for name in ("us", "eu")] == [1, 1]
    assert {"cat.py", "dog.py", "done.py", "fault.py"} <= {path.name for path in (client / "models").iterdir()}
    assert "language: str | None" in (client / "api/things/get_thing.py").read_text()

"""Behind a proxy that inspects TLS, `make` and the pipeline trust what the machine trusts."""

from __future__ import annotations

import http.server
import os
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pipeline import sources
from pipeline.yaml_files import PipelineError

ROOT = Path(__file__).resolve().parents[2]
OTHERS = ("PIP_", "UV_", "SSL_", "REQUESTS_", "CURL_", "MAKE")
CLEAN = {
    name: value
    for name, value in os.environ.items()
    if not name.startswith(OTHERS) and not name.lower().endswith("_proxy")
}


@dataclass
class Proxy:
    """A server whose certificate is the machine's alone."""

    certificate: Path
    url: str
    paths: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    if shutil.which("openssl") is None:
        pytest.skip("not run: this machine has no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificates")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *names]
    subprocess.run([*making, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    paths: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            paths.append(self.path)
            self.send_response(200 if self.path == "/page.md" else 404)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Proxy(certificate, f"https://127.0.0.1:{server.server_port}", paths)
        server.shutdown()


def test_a_page_is_read_with_the_machines_certificates(proxy: Proxy, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(os.environ) - set(CLEAN):
        monkeypatch.delenv(name)
    sources._certificates.cache_clear()
    with pytest.raises(PipelineError, match="CERTIFICATE_VERIFY_FAILED"):
        sources.read_page(f"{proxy.url}/page.md")

    def load(self: ssl.SSLContext, purpose: object = None) -> None:
        self.load_verify_locations(proxy.certificate)

    monkeypatch.setattr(ssl.SSLContext, "load_default_certs", load)
    sources._certificates.cache_clear()
    assert sources.read_page(f"{proxy.url}/page.md").data == b""
    sources._certificates.cache_clear()


def test_make_asks_an_index_with_the_machines_certificates(proxy: Proxy, tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "requirements"):
        copy: Any = shutil.copytree if (ROOT / name).is_dir() else shutil.copy2
        copy(ROOT / name, tmp_path / name)
    python = tmp_path / ".venv/bin/python"  # to make an environment takes seconds
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')
    python.chmod(0o755)
    index = {"PIP_INDEX_URL": f"{proxy.url}/simple", "PIP_RETRIES": "0", "PIP_IGNORE_INSTALLED": "1"}
    environment = {**CLEAN, **index, "HOME": str(tmp_path), "SSL_CERT_FILE": str(proxy.certificate)}
    command = ["make", "-C", str(tmp_path), ".venv/.ready"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert "/simple/uv/" in proxy.paths, done.stdout + done.stderr
    assert "CERTIFICATE_VERIFY_FAILED" not in done.stderr


def test_make_tells_uv_to_use_the_machines_certificates() -> None:
    command = ["make", "-C", str(ROOT), "--eval", "show: ; @env", "show"]
    shown = subprocess.run(command, env=CLEAN, capture_output=True, text=True, check=True).stdout.splitlines()
    (name,) = [line.partition("=")[0] for line in shown if line.endswith("_CERTS=true")]
    known = subprocess.run(
        [str(ROOT / ".venv/bin/uv"), "help", "pip", "install"], capture_output=True, text=True, check=True
    )
    assert name in known.stdout

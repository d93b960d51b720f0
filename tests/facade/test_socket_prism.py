"""The facade against Prism, which plays a server from the patched documents: the judge is a server of others.

It refuses requests that the documents do not allow, and makes up responses that they do.
"""

from __future__ import annotations

import re
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from typing import Any

import httpx
import pytest

from polyai_data import errors
from tests.facade.calls import Connect, do, one_flavour
from tests.support.document import VENDORS, operations
from tests.support.rooms import ROOT, complete

PRISM = ROOT / ".venv-independent" / "node_modules" / ".bin" / "prism"

pytestmark = pytest.mark.skipif(
    not PRISM.exists(), reason=f"Prism is not installed: with Node.js there, make {PRISM.relative_to(ROOT)}"
)


@contextmanager
def playing(vendor: str) -> Iterator[str]:
    """The URL of a Prism that plays the vendor's document."""
    document = files(VENDORS[vendor]).joinpath("openapi.yaml")
    # Violations are errors, and the same number makes up the same values.
    command = [str(PRISM), "mock", "--port", "0", "--errors", "--seed", "2", str(document)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as process:
        assert process.stdout is not None
        try:
            lines = []
            for line in process.stdout:
                lines.append(line)
                if url := re.search(r"listening on (http://\S+)", line):
                    break
            else:
                pytest.fail("Prism ended: " + "".join(lines))
            threading.Thread(target=process.stdout.read, daemon=True).start()
            yield url[1]
        finally:
            process.terminate()


@pytest.fixture(scope="module")
def urls() -> Iterator[Mapping[str, str]]:
    with ExitStack() as stack:
        yield {vendor: stack.enter_context(playing(vendor)) for vendor in VENDORS}


def first_page(listing: Any) -> Any:
    # Prism does not know which page it is asked for, so there is no way to the second one.
    return next(iter(listing.pages())).items


LISTINGS: Mapping[str, Callable[[Any], Any]] = {
    "listConversations": lambda client: first_page(client.conversations.list()),
    "searchConversations": lambda client: first_page(client.conversations.search()),
}


def known(url: str, headers: Mapping[str, str]) -> str:
    """The id of the conversation that Prism responds with, whichever is asked for: another one is refused."""
    made = httpx.get(f"{url}/v1/agents/P-1/conversations/CA1", headers={**headers, "x-api-key": "k"})
    return str(made.json()["conversationId"])


@one_flavour  # test_document_requests and _responses hold both against the document
@pytest.mark.parametrize("headers", [{}, {"Prefer": "dynamic=true"}], ids=["static", "dynamic"])
def test_every_method_takes_what_prism_makes_up(
    connect: Connect, urls: Mapping[str, str], headers: dict[str, str]
) -> None:
    conversation = known(urls["polyai"], headers)
    for name, operation in complete().items():
        url = urls[operation.vendor]
        client = connect.of(name, base_url=url, region=None, connect_to=None, strict=True, headers=headers)
        if operations()[name].media_type == "audio/wav":
            with pytest.raises(errors.DownloadError, match="no RIFF header"):
                do(client, name, conversation)
        elif name in LISTINGS:
            LISTINGS[name](client)
        else:
            do(client, name, conversation)

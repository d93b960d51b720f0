"""An emulator, a review of its calls, and a browser, shared by a module's tests."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from polyai_data import AsyncPolyAI
from polyai_data.emulator import Emulator
from polyai_data.review import Review

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator(conversations=120) as running:
        yield running


def client(emulator: Emulator, **options: Any) -> AsyncPolyAI:
    """A client of the emulator, as a review takes it."""
    names = {"api_key", "conversations_api_key", "region", "account_id", "agent_id", "connect_to"}
    environment = {name: emulator.env()[f"POLYAI_{name.upper()}"] for name in names}
    return AsyncPolyAI(**{**environment, **options})


@pytest.fixture(scope="module")
def review(emulator: Emulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Review]:
    with Review(client(emulator), folder=tmp_path_factory.mktemp("review"), hold=0) as running:
        yield running


@pytest.fixture(scope="module")  # it keeps an event loop running, and tests of other modules have their own
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("there is no Chromium on the PATH")
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it takes long

    with sync_playwright() as playwright:
        sandbox = [] if getattr(os, "geteuid", lambda: 1)() else ["--no-sandbox"]  # Chromium has none for root
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=sandbox)
        yield launched
        launched.close()


@pytest.fixture
def window(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Opens windows, which must neither ask for anything from elsewhere nor meet an error."""
    opened: list[BrowserContext] = []
    seen: list[str] = []

    def open_window(width: int = 1280, **options: Any) -> BrowserContext:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        context.set_default_timeout(10_000)
        context.on("request", lambda request: seen.append(request.url))
        context.on("dialog", lambda dialog: seen.append(f"dialog {dialog.message}"))
        context.on("weberror", lambda error: seen.append(f"error {error.error}"))
        context.on("console", lambda message: seen.append(message.text) if "Content Security" in message.text else None)
        opened.append(context)
        return context

    yield open_window
    for context in opened:
        context.close()
    assert seen
    assert not [each for each in seen if not each.startswith("http://127.0.0.1:")]


AXE = Path(__file__).parents[2] / ".venv-independent" / "node_modules" / "axe-core" / "axe.min.js"

"""A review in a real browser: by keyboard, by sound, and where things go wrong."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from polyai_data import report
from polyai_data.emulator import Emulator, Schedule
from polyai_data.emulator.faults.schedule import Entry
from polyai_data.review import Review
from tests.review.conftest import AXE, client

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

Window = Callable[..., "BrowserContext"]
PLANTED = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\"></li>'\"&"
ARABIC = "مرحبا، كيف يمكنني مساعدتك اليوم؟"


def opened(window: Window, review: Review, path: str = "", **options: Any) -> Page:
    """A window with the queue, or with what is at `path`, by a link on a page of another site."""
    page = window(**options).new_page()
    page.set_content(f'<a href="{review.address()}">calls</a>')
    page.get_by_role("link").click()
    page.wait_for_selector("#main")
    page.wait_for_load_state()
    if path:
        page.goto(review.url + path)
    return page


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_inner_texts()


def test_calls_are_reviewed_with_the_keyboard_alone(
    window: Window, emulator: Emulator, review: Review, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review._outbox, "_hold", 1)
    for _ in range(2):
        emulator.add_conversation(said=[(PLANTED, ARABIC), ("Yes", PLANTED)])
    before = emulator.effects
    page = opened(window, review)
    press(page, "j", "j", "k", "Enter")
    ids = []
    for number in range(3):
        page.wait_for_selector(".said.selected")
        ids.append(page.locator("h1 + p code").inner_text())
        # One annotation twice, which is sent once; another, which is undone; and a third.
        press(page, "j", "3", "3", "2", "z", "j", "n")
        page.keyboard.insert_text(f"note {number} {PLANTED}\n{ARABIC}")
        press(page, "Control+Enter")
        page.wait_for_selector("#note-state .sent")
        assert page.title() == f"{ids[-1]} · polyai-data review"
        press(page, "Escape", "1", "J")  # it is on its way, and so the page can be left
        if number < 2:
            page.wait_for_url(lambda url: ids[-1] not in url)
    deadline = time.monotonic() + 10
    while (emulator.effects - before).total() < 9 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    wanted = {("addAnnotations", each): 2 for each in ids} | {("upsertNote", each): 1 for each in ids}
    assert len(set(ids)) == 3
    assert emulator.effects - before == wanted
    for added in map(emulator.annotations.__getitem__, ids):
        assert {each["annotationType"] for each in added} == {"wrong_info", "missing_topic"}
    press(page, "u")
    page.wait_for_selector("a.row:focus")  # the call one comes from
    assert page.locator(".badge.mine").count() >= 3
    assert page.locator(".what", has_text="<script>").count() == 2


def test_a_call_is_played_from_where_it_is_clicked(window: Window, emulator: Emulator, review: Review) -> None:
    emulator.recording_bytes = 19_200_044  # twenty minutes
    try:
        call = next(each for each in emulator.conversations()[20:] if each.recorded)
        page = opened(window, review, f"/call/{call.id}")
        page.wait_for_selector("#play:not([disabled])")
        began = time.monotonic()
        page.evaluate("""() => new Promise((resolve) => {
            const sound = document.querySelector("#sound");
            sound.muted = true;
            sound.addEventListener("timeupdate", () => sound.currentTime > 1000.02 && resolve());
            sound.currentTime = 1000;
            sound.play();
        })""")
        seconds = time.monotonic() - began
        page.wait_for_selector(".waveform .muted")
        assert seconds < 5, f"a seek took {seconds:.1f} seconds"
        press(page, " ")
        page.locator(".said p").nth(2).click()
        page.wait_for_selector(".said.selected.sounds >> nth=0")
        start = float(page.locator(".said").nth(2).get_attribute("data-start") or -1)
        assert 0 <= page.evaluate("document.querySelector('#sound').currentTime") - start < 3
        press(page, "ArrowRight", "]", "]", "s", "[")
        now, rate, paused = page.locator("#sound").evaluate("(s) => [s.currentTime, s.playbackRate, s.paused]")
        assert (now >= start + 10, rate, paused) == (True, 1.25, False)
        assert page.locator("#skip").is_checked()
        begin, end = json.loads(page.locator("[data-silences]").get_attribute("data-silences") or "")[0]
        after = page.locator("#sound").evaluate(
            """(sound, [begin, end]) => new Promise((resolve) => {
                sound.currentTime = begin + 0.21;
                sound.addEventListener("seeked", () => sound.currentTime > end - 0.3 && resolve(sound.currentTime));
            })""",
            [begin, end],
        )
        assert after < end + 0.5
    finally:
        emulator.recording_bytes = None
    raw = page.locator(".switch .panel")
    page.locator(".switch summary").click()
    raw.get_by_role("link", name="Listen to the raw recording").click()
    page.wait_for_selector(".switch.raw")
    page.wait_for_selector(".waveform")
    assert page.locator(".waveform .muted").count() == 0
    asked = [each.query for each in emulator.requests if each.operation_id == "getConversationRecording"]
    assert "redacted=true" in str(asked[-2])
    assert "redacted=true" not in str(asked[-1])


def fails(operation: str, headers: dict[str, str], calls: int = 1) -> Schedule:
    """A schedule in which the first calls of an operation fail."""
    asked = {f"x-emulator-{name}": value for name, value in headers.items()}
    return Schedule((Entry(1, asked, operation, None, ((1, calls),)),))


def test_what_was_not_sent_is_marked(window: Window, emulator: Emulator, review: Review) -> None:
    call = emulator.add_conversation()
    emulator.schedule = fails("addAnnotations", {"status": "403"})
    page = opened(window, review, f"/call/{call.id}")
    press(page, "j", "2")
    page.locator(".said .mark.failed", has_text="403").wait_for()
    page.locator("#unsettled-link").click()
    page.locator("#unsettled li", has_text=call.id).get_by_role("button", name="Send again").click()
    page.locator("#unsettled").wait_for(state="detached")
    page.goto(f"{review.url}/?channel=CHAT")
    page.get_by_label("Save this queue as").fill(PLANTED[:80])
    press(page, "Enter")
    page.get_by_role("button", name="Delete the queue").click()
    page.get_by_role("button", name="Delete?").click()
    page.get_by_role("button", name="Delete").wait_for(state="detached")
    page.goto(f"{review.url}/call/{call.id}")
    page.locator(".said .mark.sent").wait_for()
    assert emulator.effects["addAnnotations", call.id] == 1


def test_two_windows_on_one_call_and_a_lost_connection(window: Window, emulator: Emulator, review: Review) -> None:
    call = emulator.add_conversation()
    emulator.schedule = fails("upsertNote", {"fault": "reset"})  # it arrives, and its response does not
    one, two = (opened(window, review, f"/call/{call.id}") for _ in range(2))
    for page in (one, two):
        press(page, "j", "1")
    two.locator("#note").fill("from two")
    one.fill("#note", "from one")
    one.get_by_role("button", name="Save note").click()
    one.locator("#note-state .sent").wait_for()  # it was read, and not sent again
    assert emulator.effects["upsertNote", call.id] == 1
    two.get_by_role("button", name="Save note").click()
    two.locator("#note-state .failed", has_text="it now reads: from one").wait_for()
    assert two.input_value("#note") == "from two"
    two.get_by_role("button", name="Discard").click()
    two.locator("#note-state .failed").wait_for(state="detached")
    two.wait_for_load_state()
    assert two.input_value("#note") == "from one"  # nothing was sent, and what is there is shown
    one.fill("#note", "from one again")
    one.press("#note", "Control+Enter")
    one.locator("#note-state .sent").wait_for()
    two.fill("#note", "from two")
    two.press("#note", "Control+Enter")
    two.locator("#note-state .failed").wait_for()
    two.get_by_role("button", name="Send again").click()
    two.locator("#note-state .sent").wait_for()
    assert emulator.effects["upsertNote", call.id] == 3
    for text in ("first", "second"):  # no conflict with oneself
        two.fill("#note", text)
        two.press("#note", "Control+Enter")
    two.locator("#note-state .sent").wait_for()
    two.wait_for_timeout(500)
    with emulator.client() as polyai:
        assert polyai.conversations.get(call.id).note == "second"
        polyai.conversations.set_note(call.id, "elsewhere")
    two.reload()
    assert two.input_value("#note") == "elsewhere"
    cookies, disk = one.context.cookies(), review._outbox._database
    breaks: list[tuple[str, Callable[[], object], Callable[[], object]]] = [
        ("does not respond", lambda: one.context.set_offline(True), lambda: one.context.set_offline(False)),
        ("readonly", lambda: disk.execute("PRAGMA query_only = 1"), lambda: disk.execute("PRAGMA query_only = 0")),
        ("was started anew", one.context.clear_cookies, lambda: one.context.add_cookies(cookies)),  # type: ignore[arg-type]
    ]
    one.clock.install()
    press(one, "Escape", "j")
    for number, (words, broken, mended) in enumerate(breaks):
        broken()
        press(one, str(number + 1))
        one.locator(".said .mark.kept", has_text=words).wait_for()
        mended()
        one.clock.fast_forward(1000)
        one.locator(".said .mark.sent").nth(number + 1).wait_for()
    press(one, "1")
    assert one.locator("#status", has_text="Missing topic is there already").count() == 1
    assert emulator.effects["addAnnotations", call.id] == 4


def test_what_cannot_be_shown_says_why(window: Window, emulator: Emulator, tmp_path: Any) -> None:
    hidden = next(each for each in emulator.accounts["us"].agents if each.hides_transcripts)
    call = emulator.conversations(hidden)[5]
    progress = emulator.add_conversation(hidden, in_progress=True)
    chat = emulator.add_conversation(hidden, channel="WEBCHAT")
    with Review(client(emulator, agent_id=hidden.id, max_retries=0), folder=tmp_path) as review:
        page = opened(window, review)
        for path, selector, words in [
            ("/?hidden=yes", ".what", "transcript hidden"),
            (f"/call/{call.id}", "#call", "A project can hide its transcripts"),
            (f"/call/{progress.id}", "#call", "its recording comes when it has ended"),
            (f"/call/{chat.id}", "#call", "A chat has no recording"),
            ("/call/CAunknown", "[role=alert]", "There is no such call"),
            ("/?latency=fast", "[role=alert]", "'fast' is no number"),
            ("/?env=nowhere", "[role=alert]", "nowhere"),
            ("/?query=zebra&since=2030-01-01&until=2030-01-01", ".empty", "None of 0 calls"),
        ]:
            page.goto(review.url + path)
            assert words in page.locator(selector).first.inner_text()
        recorded = emulator.conversations(hidden)[8]
        emulator.schedule = fails("getConversationRecording", {"status": "500"}, 1000)
        page.goto(f"{review.url}/call/{recorded.id}")
        page.get_by_role("button", name="Try again").wait_for()
        emulator.schedule = None
        page.get_by_role("button", name="Try again").click()
        page.wait_for_selector("#play:not([disabled])")
        page.wait_for_selector(".waveform")
        emulator.schedule = fails("searchConversations", {"status": "401"})
        page.goto(review.url)
        assert "401" in page.locator("[role=alert]").inner_text()
        page.get_by_role("link", name="Try again").click()
        page.wait_for_selector("a.row")


def test_a_call_of_many_turns(window: Window, emulator: Emulator, review: Review) -> None:
    call = emulator.add_conversation(
        channel="CHAT", said=[(f"word {number}", f"reply {number}") for number in range(200)]
    )
    page = opened(window, review, f"/call/{call.id}?query=reply")
    assert page.locator(".said").count() == 400
    press(page, *"jjjjj")
    assert page.locator("#chosen").inner_text() == "Turn 3, agent"
    assert page.locator("mark").count() == 200


def test_a_report_plays_from_a_time_and_runs_no_planted_script(
    emulator: Emulator, browser: Browser, tmp_path: Path
) -> None:
    call = emulator.add_conversation(said=[("", "Hello"), (f"<script>alert(1)</script>{PLANTED}", PLANTED)])
    with emulator.client() as polyai:
        (tmp_path / "a.html").write_text(report.page([report.read(polyai, call.id, audio="raw")]))
    page, seen = browser.new_page(), list[str]()
    page.on("request", lambda request: seen.append(request.url[:5]))
    page.on("dialog", lambda dialog: seen.append(dialog.message))
    page.on("console", lambda message: seen.append(message.text))
    page.goto((tmp_path / "a.html").as_uri())
    begin = float(page.locator(".said").last.get_attribute("data-start") or 0)
    page.locator(".at").last.click()
    page.wait_for_function("begin => document.querySelector('audio').currentTime > begin", arg=begin)
    page.wait_for_function("document.querySelector('.now').getAttribute('x1') > 0")
    page.close()
    assert (begin > 0, set(seen)) == (True, {"file:"})


@pytest.mark.skipif(not AXE.exists(), reason="axe is not installed: make test does it where there is npm")
def test_axe_finds_nothing(window: Window, emulator: Emulator, review: Review) -> None:
    call = emulator.add_conversation(said=[("", "Hello"), ("Hi", ARABIC)])
    page = opened(window, review, "/?handoff=yes&longer=20")
    for path in ("", f"/call/{call.id}"):
        if path:
            page.goto(review.url + path)
            page.wait_for_selector(".waveform")
            press(page, "j", "1")
            page.wait_for_selector(".mark.sent")
        page.evaluate(AXE.read_text())
        for width, scheme in ((1280, "light"), (390, "dark"))[not path :]:
            page.set_viewport_size({"width": width, "height": 900})
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            found = page.evaluate("axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa', 'best-practice']})")
            assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
            assert len(found["passes"]) > 10
            assert page.evaluate("document.documentElement.scrollWidth") <= width

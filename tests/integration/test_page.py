"""The HTML page in a real browser: headless Chromium, from `apt-get install chromium`."""

from __future__ import annotations

import functools
import http.server
import json
import random
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import webvtt

import speakerplug
from speakerplug.transcript import Media, Speaker, Transcript, Turn, Word

pytestmark = pytest.mark.models

SAMPLES = Path(__file__).parents[2] / "samples"
HOSTILE = "</script><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Start Chromium, with autoplay and without access to any network."""
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if found is None:
        pytest.skip("there is no Chromium on this machine; apt-get install chromium")
    from playwright import sync_api as driver

    quiet = ["--autoplay-policy=no-user-gesture-required", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]
    with driver.sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=found, args=quiet)
        yield running
        running.close()


@pytest.fixture(scope="module")
def talk() -> Transcript:
    """Return the sample talk with its true words; one is uncertain, and the turns overlap once."""
    truth = json.loads((SAMPLES / "talk.words.json").read_text(encoding="utf-8"))
    words = [Word(word["word"], word["start"], word["end"], word["speaker"], 0.9, "exact", 0.95) for word in truth]
    words[3] = Word(words[3].text, words[3].start, words[3].end, "Ada", 0.2, "overlap", 0.55)
    rows = [line.split() for line in (SAMPLES / "talk.rttm").read_text(encoding="utf-8").splitlines()]
    turns = tuple(Turn(float(row[3]), round(float(row[3]) + float(row[4]), 3), row[7]) for row in rows)
    return Transcript(
        tuple(words),
        (turns[0], Turn(3.0, 4.5, "Ben"), *turns[1:]),
        turns,
        (Speaker("Ada", "Ada"), Speaker("Ben", HOSTILE)),
        "en",
        Media("talk.mp4", 57.5),
    )


Open = Callable[..., Any]


@pytest.fixture
def opened(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Save a transcript as a page, open it, and check at the end for errors and requests to other places."""
    contexts, amiss = [], []

    def open_page(transcript: Transcript, name: str = "talk.html", address: str = "", **settings: Any) -> Any:
        """Return the page, once its recording is loaded; `saving` is for the writer, the rest for the browser."""
        saving = settings.pop("saving", {"recording": SAMPLES / "talk.mp4"})
        path = transcript.save(tmp_path / name, **saving)
        context = browser.new_context(**settings)
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(10_000)
        page.on("console", lambda message: amiss.append(message.text))
        page.on("pageerror", lambda error: amiss.append(str(error)))
        page.on("dialog", lambda dialog: amiss.append(dialog.message))
        allowed = ("file:", "blob:", "data:", address or "file:")
        page.on("request", lambda request: None if request.url.startswith(allowed) else amiss.append(request.url))
        page.goto(f"{address}/{name}" if address else path.as_uri())
        until(page, "document.querySelector('audio, video').readyState > 0")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert amiss == []


def until(page: Any, expression: str) -> None:
    """Wait, ten seconds at most, until an expression is true; Playwright's own way is forbidden by the policy."""
    for _ in range(500):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(20)
    pytest.fail(f"never true: {expression}")


def media(page: Any, what: str) -> Any:
    """Return a property of the player."""
    return page.evaluate(f"document.querySelector('audio, video').{what}")


def plays(page: Any) -> None:
    """Press the key, and wait until the recording plays."""
    before = media(page, "currentTime")
    page.keyboard.press(" ")
    until(page, f"document.querySelector('audio, video').currentTime > {before + 0.2}")
    page.keyboard.press("k")
    assert media(page, "paused")


def downloaded(page: Any, format: str, tmp_path: Path) -> Path:
    """Return the path of a file that the page saves."""
    page.keyboard.press("s")
    with page.expect_download() as waiting:
        page.click(f"#copies button[value={format}]")
    assert waiting.value.suggested_filename == f"talk.{format}"
    path = tmp_path / f"saved.{format}"
    waiting.value.save_as(path)
    return path


def test_page_with_a_linked_video_plays_it(opened: Open, talk: Transcript) -> None:
    """From a page in another folder, over file:, with its picture."""
    page = opened(talk)
    assert media(page, "videoWidth") > 0
    assert abs(media(page, "duration") - 57.5) < 1.0
    plays(page)


def test_page_over_http_plays_its_linked_video(opened: Open, talk: Transcript, tmp_path: Path) -> None:
    """Page and video come from a server."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            """Log nothing."""

    shutil.copy(SAMPLES / "talk.mp4", tmp_path)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=tmp_path))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        page = opened(talk, address=f"http://127.0.0.1:{server.server_port}", saving={})
        plays(page)
        assert media(page, "currentSrc").startswith("http://127.0.0.1:")
    finally:
        server.shutdown()
        server.server_close()


def test_page_with_embedded_audio_plays_it(opened: Open, talk: Transcript) -> None:
    """It plays from the file alone; seeking works."""
    page = opened(talk, saving={"recording": SAMPLES / "talk.mp4", "embed": True})
    assert media(page, "src").startswith("blob:")
    assert abs(media(page, "duration") - 57.5) < 1.0
    page.locator("#turns p span").nth(40).click()
    assert media(page, "currentTime") == pytest.approx(talk.words[40].start, abs=0.01)
    plays(page)


def test_click_on_a_word_seeks_and_marks_it(opened: Open, talk: Transcript) -> None:
    """The word is the current one, and playing moves on to the next ones."""
    page = opened(talk)
    page.locator("#turns p span").nth(20).click()
    assert media(page, "currentTime") == pytest.approx(talk.words[20].start, abs=0.01)
    assert page.locator(".now").all_inner_texts() == [talk.words[20].text]
    page.keyboard.press("ArrowRight")
    assert page.locator(".now").all_inner_texts() == [talk.words[21].text]
    page.keyboard.press(" ")
    until(page, "document.querySelector('.now')?.word.start > " + str(talk.words[22].start))
    assert page.locator(".now").count() == 1


def test_page_follows_the_words_until_the_reader_scrolls(opened: Open, talk: Transcript) -> None:
    """After that a button, or a key, brings the current word back."""
    page = opened(talk, viewport={"width": 900, "height": 420}, reduced_motion="reduce")
    box = "document.querySelector('.now').getBoundingClientRect()"
    visible = f"{box}.top > 0 && {box}.bottom < innerHeight - 100"
    page.keyboard.press("ArrowRight")
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    until(page, visible)
    page.mouse.move(450, 200)
    page.mouse.wheel(0, -3000)
    until(page, f"!({visible})")
    page.keyboard.press(" ")
    until(page, "document.querySelector('audio, video').currentTime > 30.5")
    assert not page.evaluate(visible)
    page.click("#back")
    until(page, visible)
    assert page.locator("#back").is_hidden()


def test_keys_control_the_player(opened: Open, talk: Transcript) -> None:
    """Seek by 10 seconds, speed, mute, the list of keys; text typed into a field is not a command."""
    page = opened(talk)
    for key in ("l", "l", "j"):
        page.keyboard.press(key)
    assert media(page, "currentTime") == pytest.approx(10.0, abs=0.05)
    page.keyboard.press(">")
    page.keyboard.press("m")
    assert (media(page, "playbackRate"), media(page, "muted")) == (1.25, True)
    page.keyboard.press("?")
    assert page.locator("#shortcuts").is_visible()
    page.click("#shortcuts .close")
    until(page, "document.activeElement === document.body")
    page.keyboard.press("/")
    page.keyboard.type("jjjml?")
    assert page.input_value("#query") == "jjjml?"
    assert media(page, "currentTime") == pytest.approx(10.0, abs=0.05)


def test_search_counts_the_hits_and_steps_through_them(opened: Open, talk: Transcript) -> None:
    """It ignores case; Enter and Shift+Enter wrap around, Escape ends it."""
    page = opened(talk)
    texts = [word.text.lower() for word in talk.words]
    count = " ".join(texts).count("the")
    page.keyboard.press("/")
    page.keyboard.type("THE")
    until(page, "document.getElementById('hits').textContent")
    assert page.inner_text("#hits") == f"1 of {count}"
    page.keyboard.press("Enter")
    assert page.inner_text("#hits") == f"2 of {count}"
    for _ in range(2):
        page.keyboard.press("Shift+Enter")
    assert page.inner_text("#hits") == f"{count} of {count}"
    assert page.locator(".chosen").count() == 1
    assert page.locator(".hit").count() == sum("the" in text for text in texts)
    page.keyboard.press("Escape")
    assert page.locator(".hit").count() == 0


def test_hostile_name_is_shown_as_text(opened: Open, talk: Transcript) -> None:
    """Above paragraphs, in the timeline, in its field and in the lists it never becomes an element."""
    page = opened(talk)
    assert page.locator(".turn .name").nth(1).inner_text() == HOSTILE
    assert page.locator(".row span").nth(1).text_content() == HOSTILE
    page.keyboard.press("r")
    assert page.locator("#candidates button").nth(1).inner_text() == HOSTILE
    assert page.locator("img, body > script:not([type])").count() == 0


def test_changed_names_and_paragraphs_are_saved(opened: Open, talk: Transcript, tmp_path: Path) -> None:
    """A name changes everywhere, a paragraph gets a new speaker; JSON, VTT, SRT and text have both changes."""
    page = opened(talk)
    first = [word for word in talk.words if word.end <= talk.exclusive[0].end]
    page.fill("#people li:nth-child(2) input", "Ben & <Co>")
    assert page.locator(".turn .name").nth(1).inner_text() == "Ben & <Co>"
    page.locator(".turn .name").first.click()
    page.click("#candidates .new")
    page.keyboard.type("Carla")
    page.keyboard.press("Enter")
    assert page.locator(".turn .name").first.inner_text() == "Carla"
    assert page.locator(".row").count() == 3

    saved = speakerplug.load(downloaded(page, "json", tmp_path))
    assert [(speaker.id, speaker.name) for speaker in saved.speakers] == [
        ("Ada", "Ada"),
        ("Ben", "Ben & <Co>"),
        ("SPEAKER_00", "Carla"),
    ]
    assert [word.speaker for word in saved.words[: len(first)]] == ["SPEAKER_00"] * len(first)
    assert (saved.words[0].method, saved.words[0].speaker_confidence) == ("reader", None)
    assert saved.words[len(first) :] == talk.words[len(first) :]
    assert [(word.text, word.start, word.end) for word in saved.words] == [
        (word.text, word.start, word.end) for word in talk.words
    ]
    assert saved.turns[0].speaker == saved.exclusive[0].speaker == "SPEAKER_00"
    assert sum(turn.duration for turn in saved.turns) == pytest.approx(sum(turn.duration for turn in talk.turns))

    captions = webvtt.read(str(downloaded(page, "vtt", tmp_path))).captions
    assert captions[0].voice == "Carla"
    assert any("Ben &amp; &lt;Co&gt;" in caption.raw_text for caption in captions)
    again = speakerplug.load(tmp_path / "saved.vtt")
    assert again.text == talk.text
    assert {word.speaker for word in again.words} == {"Ada", "Ben & <Co>", "Carla"}
    assert speakerplug.load(downloaded(page, "srt", tmp_path)).text == talk.text
    text = downloaded(page, "txt", tmp_path).read_text(encoding="utf-8")
    assert text == saved.save(tmp_path / "ours.txt").read_text(encoding="utf-8")

    page.keyboard.press("Control+z")  # the new name,
    page.keyboard.press("Control+z")  # and the paragraph
    assert page.locator(".turn .name").first.inner_text() == "Ada"


def test_saved_page_has_the_changes_and_works(opened: Open, browser: Any, talk: Transcript, tmp_path: Path) -> None:
    """It works like the first one."""
    page = opened(talk)
    page.fill("#people li:first-child input", "Zoë")
    page.keyboard.press("Enter")
    path = downloaded(page, "html", tmp_path)
    with browser.new_context() as context:
        second = context.new_page()
        second.goto(path.as_uri())
        until(second, "document.querySelector('audio, video').readyState > 0")
        assert second.locator(".turn .name").first.inner_text() == "Zoë"
        assert second.locator("#turns p span").count() == len(talk.words)
        assert second.locator("#people li").count() == 2


def test_uncertain_words_are_marked_with_the_reason(opened: Open, talk: Transcript) -> None:
    """Wording and speaker can be uncertain; a tooltip says why, and a switch removes the marks."""
    page = opened(talk)
    word = page.locator("#turns p .low.torn")
    assert word.inner_text() == talk.words[3].text
    word.hover()
    assert word.get_attribute("title") == "0:01.6 · Ada (55 % sure) · wording 20 % sure"
    line = "getComputedStyle(document.querySelector('#turns .low')).textDecorationLine"
    assert page.evaluate(line) == "underline"
    page.keyboard.press("u")
    assert page.evaluate(line) == "none"


def test_timeline_shows_the_turns_and_seeks(opened: Open, talk: Transcript) -> None:
    """Each speaker has a row and a speaking time; overlapping speech is in both rows; keys move it like a slider."""
    page = opened(talk)
    bars = page.locator(".row path").evaluate_all("all => all.map((path) => path.getAttribute('d'))")
    assert [bar.count("M") for bar in bars] == [sum(turn.speaker == id for turn in talk.turns) for id in ("Ada", "Ben")]
    seconds = sum(turn.duration for turn in talk.turns if turn.speaker == "Ada")
    assert page.locator("#people .amount").first.inner_text().startswith(f"{int(seconds)} s · ")
    page.focus("#timeline")
    page.keyboard.press("ArrowRight")
    assert media(page, "currentTime") == pytest.approx(5.0, abs=0.05)
    assert page.get_attribute("#timeline", "aria-valuetext") == f"0:05, {HOSTILE}"
    box = page.locator(".row svg").first.bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 2)
    assert media(page, "currentTime") == pytest.approx(media(page, "duration") / 2, abs=0.5)


def test_page_without_its_recording_shows_the_text_and_asks_for_the_file(
    browser: Any, talk: Transcript, tmp_path: Path
) -> None:
    """It hides the player until the reader chooses the recording from disk."""
    path = talk.save(tmp_path / "alone.html")
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(path.as_uri())
        page.wait_for_selector("#missing:not([hidden])")
        assert page.inner_text("#missing").startswith("talk.mp4 is not where this page looks for it")
        assert page.locator("#play").is_hidden()
        page.locator("#turns p span").nth(5).click()
        assert page.locator(".now").count() == 1
        page.set_input_files("#chosen", SAMPLES / "talk.mp4")
        page.wait_for_selector("#play")
        assert page.locator("#missing").is_hidden()
        plays(page)


def test_page_has_a_dark_mode_and_a_print_layout(opened: Open, talk: Transcript, tmp_path: Path) -> None:
    """It is dark if the system is, and a key switches; in print there is text and no player."""
    page = opened(talk, color_scheme="dark")
    brightness = "getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number).reduce((a, b) => a + b)"
    assert page.evaluate(brightness) < 150
    page.keyboard.press("d")
    assert page.evaluate(brightness) > 600
    page.keyboard.press("d")
    page.emulate_media(media="print")
    assert page.evaluate(brightness) > 600
    assert page.locator(".dock").is_hidden()
    assert page.locator(".turn p").last.is_visible()
    assert page.pdf(path=str(tmp_path / "talk.pdf"))[:4] == b"%PDF"


def test_page_elements_have_accessible_names(opened: Open, talk: Transcript) -> None:
    """Each button, field, list, dialog and landmark has one."""
    page = opened(talk)
    found = page.locator("button, input:not([hidden]), select, dialog, aside, main, footer, [role]:not([role=status])")
    named = "e.ariaLabel || e.getAttribute('aria-labelledby') || e.textContent.trim() || e.labels?.length"
    nameless = found.evaluate_all(f"all => all.filter((e) => !({named})).map((e) => e.outerHTML)")
    assert nameless == []


BOUNDS_MS = {"layout": 500, "scripts": 2000, "search": 1000, "rename": 500}
"""Generous limits, for a busy machine."""

TIMED = """async ([selector, text, done]) => {
  const field = document.querySelector(selector), began = performance.now();
  field.value = text;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  while (!document.querySelector(done).textContent.match(/of|Zoë/)) await new Promise((go) => setTimeout(go, 1));
  document.body.offsetHeight;
  return performance.now() - began;
}"""


def long_talk(count: int) -> Transcript:
    """Return a talk of `count` words or a few more, in turns of five speakers."""
    draw = random.Random(0)
    words: list[Word] = []
    turns = []
    while len(words) < count:
        start, speaker = len(words) * 0.35, f"SPEAKER_{draw.randrange(5):02}"
        for _ in range(draw.randrange(1, 80)):
            now, text = round(len(words) * 0.35, 3), draw.choice(("well", "the", "meeting", "was", "long", "enough."))
            words.append(Word(text, now, round(now + 0.3, 3), speaker, draw.random(), "overlap", draw.random()))
        turns.append(Turn(round(start, 3), round(len(words) * 0.35, 3), speaker))
    return Transcript(tuple(words), tuple(turns), (), tuple(Speaker(f"SPEAKER_{n:02}", f"P {n}") for n in range(5)))


def test_page_with_30_000_words_is_fast(browser: Any, tmp_path: Path) -> None:
    """Layout, search and renaming stay within the limits."""
    talk = long_talk(30_000)
    path = talk.save(tmp_path / "long.html")
    with browser.new_context() as context:
        page = context.new_page()
        session = context.new_cdp_session(page)
        session.send("Performance.enable")
        page.goto(path.as_uri())
        page.wait_for_selector("#missing:not([hidden])")
        found = {each["name"]: each["value"] * 1000 for each in session.send("Performance.getMetrics")["metrics"]}
        took = {"layout": found["LayoutDuration"] + found["RecalcStyleDuration"], "scripts": found["ScriptDuration"]}
        took["search"] = page.evaluate(TIMED, ["#query", "the", "#hits"]) - 120  # it waits so long for more letters
        took["rename"] = page.evaluate(TIMED, ["#people input", "Zoë", ".turn.s0 .name"])
        print(f"{path.stat().st_size / 1e6:.1f} MB;", *(f"{name} {time:.0f} ms;" for name, time in took.items()))
        assert page.locator("#turns p span").count() == len(talk.words)
        assert [name for name, bound in BOUNDS_MS.items() if took[name] > bound] == []

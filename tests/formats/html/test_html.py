"""The web page, as text; tests/integration/test_page.py opens it in a browser."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest
from hypothesis import given

from speakerplug.formats import html as page
from speakerplug.formats import json as json_writer
from speakerplug.formats.load import load_own
from speakerplug.plugin.formats import FileContent
from speakerplug.transcript import Media, Speaker, SpeakerTree, Transcript, Turn, Word
from tests.strategies import transcripts

HOSTILE = "</script><!--<script>alert(1)</script><img src=x onerror=alert(1)>\u2028"


def own(text: str) -> Transcript:
    """Return the transcript in the text of a JSON file of ours."""
    return load_own(FileContent(Path("talk.json"), text.encode()))


class Reader(HTMLParser):
    """Collects the content of raw text elements, and the attributes of every element."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.whole: dict[str, str] = {}
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._inside: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag in ("script", "style", "title"):
            self._inside = dict(attrs).get("id") or tag
            self.whole.setdefault(self._inside, "")

    def handle_endtag(self, tag: str) -> None:
        self._inside = None

    def handle_data(self, data: str) -> None:
        if self._inside is not None:
            self.whole[self._inside] += data


EMPTY = page.write(Transcript())
FRAME = [(tag, attributes.get("id")) for tag, attributes in Reader(EMPTY).tags]


@given(transcripts())
def test_write_html_contains_the_whole_transcript(transcript: Transcript) -> None:
    """The page contains JSON that can be loaded, whatever the names and words are, and none of it became an element."""
    text = page.write(transcript)
    data = text.partition('id="transcript">')[2].partition("</script>")[0]
    assert own(data) == own(json_writer.write(transcript))
    assert text.count("<") == EMPTY.count("<")


@pytest.mark.parametrize("media", [None, "a%3Cb.mp4"])
def test_write_html_hostile_names_are_only_text(media: str | None) -> None:
    """A name or a word that closes the script, and a file name that opens an element, stay text."""
    transcript = Transcript(
        (Word(HOSTILE, 0.0, 1.0, "A"),), speakers=(Speaker("A", HOSTILE),), media=Media(HOSTILE + ".mp4", 1.0)
    )
    text = page.write(transcript, media)
    read = Reader(text)
    assert [(tag, attributes.get("id")) for tag, attributes in read.tags] == FRAME
    assert json.loads(read.whole["transcript"])["speakers"][0]["name"] == HOSTILE
    assert "\u2028" not in text.partition("<title>")[2].partition("</title>")[2]
    assert "<" not in read.whole["transcript"] + read.whole["recording"]


def test_write_html_policy_allows_only_its_script_and_style() -> None:
    """The hashes are those of the style and the script; everything else is forbidden, except playing local media."""
    text = page.write(Transcript(media=Media("talk.mp4", 1.0)))
    (policy,) = re.findall(r'Content-Security-Policy" content="([^"]*)"', text)
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    for kind, pattern in (
        ("script-src", r'<script type="module">(.*?)</script>'),
        ("style-src", "<style>(.*?)</style>"),
    ):
        (source,) = re.findall(pattern, text, re.DOTALL)
        assert rules[kind] == f"'sha256-{base64.b64encode(hashlib.sha256(source.encode()).digest()).decode()}'"
    assert rules["default-src"] == "'none'"
    assert rules["media-src"] == "'self' file: blob:"
    read = Reader(text)
    assert not [
        attributes for _, attributes in read.tags if "style" in attributes or any(a[:2] == "on" for a in attributes)
    ]


def test_write_html_has_no_urls() -> None:
    """The page has no URL but XML namespaces and its own icon."""
    text = page.write(Transcript())
    assert set(re.findall(r"https?://[^\s\"']+", text)) == {"http://www.w3.org/2000/svg"}
    outside = [
        attributes[name] for _, attributes in Reader(text).tags for name in ("src", "href") if name in attributes
    ]
    assert [address[:5] for address in outside if address] == ["data:", "#turn"]


def test_scripts_never_insert_text_as_markup() -> None:
    """No script uses an interface that reads text as HTML, or as a program."""
    scripts = "".join(page._file(f"{name}.js") for name in page.SCRIPTS)
    assert not re.findall(r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", scripts)


def recording_in(transcript: Transcript, media: str | None = None) -> dict[str, object]:
    """Return what a page knows of its recording."""
    found: dict[str, object] = json.loads(Reader(page.write(transcript, media)).whole["recording"])
    return found


@pytest.mark.parametrize("name", ["talk.mp4", "a b#c?.mp3", "50%.wav", "x/../y.wav", "http:x.mp3", HOSTILE + ".mp3"])
def test_write_html_recording_is_expected_next_to_the_page(name: str) -> None:
    """The page looks for its recording by name, encoded so that it leads nowhere else."""
    url = recording_in(Transcript(media=Media(name, 1.0)))["url"]
    assert isinstance(url, str)
    assert unquote(url) == name
    assert not set(url) & set("/:?#<\"' ")


def test_write_html_knows_the_kind_of_recording() -> None:
    """A film is a video; a recording without a name, and subtitles, are nothing to play."""
    assert recording_in(Transcript(media=Media("talk.mp4", 1.0))) == {
        "url": "talk.mp4",
        "embedded": None,
        "video": True,
    }
    assert recording_in(Transcript(), "../a.flac") == {"url": "../a.flac", "embedded": None, "video": False}
    for name in ("", "talk.srt", "talk.VTT"):
        assert recording_in(Transcript(media=Media(name, 1.0))) == {"url": None, "embedded": None, "video": False}


def test_write_html_embedded_audio_is_in_base64() -> None:
    """Embedded audio is in base64, with its type."""
    data = bytes(range(256))
    text = page.write(Transcript(), f"data:audio/webm;base64,{base64.b64encode(data).decode()}")
    assert base64.b64decode(Reader(text).whole["audio"]) == data
    assert json.loads(Reader(text).whole["recording"]) == {"url": None, "embedded": "audio/webm", "video": False}


def test_write_html_title_is_the_name_of_the_recording() -> None:
    """The title is the name of the recording, on one line."""
    (title,) = re.findall("<title>(.*?)</title>", page.write(Transcript(media=Media("a <b>\n& c.mp4", 1.0))))
    assert html.unescape(title) == "a <b> & c.mp4"
    assert "<title>Transcript</title>" in page.write(Transcript())


@pytest.mark.parametrize(
    ("tree", "doubt"),
    [
        (
            SpeakerTree((0, 1, 2, 3), ((0, 1), (2, 3), (0, 2))),
            "2 speakers found; it may be 2 to 4: type speakerplug relabel 'a &.json' --num-speakers N",
        ),
        (SpeakerTree((0, 1), ((0, 1),)), "2 speakers found; it may be 2 to 4: transcribe again with --num-speakers N"),
        (None, "2 speakers found; it may be 2 to 4: transcribe again with --num-speakers N"),
    ],
)
def test_write_html_doubtful_number_of_speakers_is_said(tree: SpeakerTree | None, doubt: str) -> None:
    """The page names the plausible numbers, and the command for another one: relabel, if the speaker tree has it."""
    speakers = Speaker("A", "Ana"), Speaker("B", "Ben")
    transcript = Transcript(speakers=speakers, media=Media("a &.mp4"), speaker_tree=tree, speakers_range=(2, 4))
    (said,) = re.findall(r'<p id="doubt">(.*?)</p>', page.write(transcript))
    assert html.unescape(re.sub("</?code>", "", said)) == doubt


def test_write_html_certain_number_of_speakers_is_not_discussed() -> None:
    """Without a range, and with one of a single number, the sentence is hidden."""
    for known in (None, (2, 2)):
        assert '<p id="doubt" hidden>' in page.write(Transcript(speakers_range=known))


def test_write_html_has_the_limits_of_its_marks() -> None:
    """The scripts compare with them: one word in ten is below that of wording, though all are below 50 %."""
    words = tuple(Word(f"word{n}", float(n), n + 1.0, "A", n / 100) for n in range(10))
    assert json.loads(Reader(page.write(Transcript(words))).whole["limits"]) == {"wording": 0.01, "speaker": 0.6}
    assert json.loads(Reader(EMPTY).whole["limits"]) == {"wording": 0.5, "speaker": 0.6}


def test_write_html_long_transcript_is_little_longer_than_its_json() -> None:
    """A page of 3,000 words takes what their JSON takes, and less than 100 kB for the page itself."""
    words = tuple(Word(f"word{n}", n / 3, n / 3 + 0.3, f"S{n // 100 % 4}", 0.9, "exact", 0.9) for n in range(3_000))
    transcript = Transcript(words, (Turn(0.0, 1_000.0, "S0"),))
    assert len(page.write(transcript)) - len(json_writer.write(transcript)) < 100_000


def test_scripts_are_all_used_and_described() -> None:
    """Each script next to the frame is named in `SCRIPTS`, and says in its first line what it does."""
    folder = Path(page.__file__).parent
    assert sorted(path.stem for path in folder.glob("*.js")) == sorted(page.SCRIPTS)
    assert all(page._file(f"{name}.js").startswith("// ") for name in page.SCRIPTS)
    assert not any(end in page._file(path.name) for path in folder.glob("*.js") for end in ("</script", "<!--"))

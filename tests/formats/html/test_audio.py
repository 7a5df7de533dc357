"""How a page finds its recording."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import MediaError
from speakerplug.formats.html.audio import link_to, playable, sound_of
from speakerplug.media.recording import read_waveform
from speakerplug.transcript import Media, Transcript
from tests.media_files import Recording, Track, babble, lag, likeness, record

PARTS = st.text("aé#?%:& \\<\"'+;日", min_size=1, max_size=6).filter(str.strip)


@pytest.mark.parametrize(
    ("recording", "folder", "link"),
    [
        ("talk.mp4", ".", "talk.mp4"),
        ("talk.mp4", "out", "../talk.mp4"),
        ("in/a b.mp4", "out/deep", "../../in/a%20b.mp4"),
        ("in/50%#1?.mp4", "in", "50%25%231%3F.mp4"),
        ("http:x.mp4", ".", "http%3Ax.mp4"),
        ("é.mp4", ".", "%C3%A9.mp4"),
        ("\udcff.mp4", ".", "%FF.mp4"),
    ],
)
def test_a_link_is_relative_and_encoded(recording: str, folder: str, link: str) -> None:
    """From the folder of the page to the recording."""
    assert link_to(recording, folder) == link


@given(st.lists(PARTS, max_size=2).map(lambda folders: [*folders, "a b.mp4"]), st.lists(PARTS, max_size=3))
def test_a_browser_finds_the_file(recording: list[str], folder: list[str]) -> None:
    """A link, resolved as browsers do, is the place of the recording, whatever signs its path has."""
    base = os.path.abspath(os.path.join("x", *folder))
    page = Path(base, "page.html").as_uri()
    place = os.path.abspath(os.path.join("x", *recording))
    assert unquote(urljoin(page, link_to(os.path.join("x", *recording), base))) == unquote(Path(place).as_uri())


def embedded(path: Path, tmp_path: Path) -> tuple[str, Path]:
    """The kind of the sound that goes into a page, and that sound as a file."""
    head, _, data = sound_of(path).partition(";base64,")
    file = tmp_path / "embedded"
    file.write_bytes(base64.b64decode(data))
    return head, file


def test_compressed_sound_is_taken_as_it_is(tmp_path: Path) -> None:
    """Byte for byte, with its MIME type."""
    for name, codec, kind in (("a.mp3", "libmp3lame", "audio/mpeg"), ("a.ogg", "libopus", "audio/ogg")):
        path = record(tmp_path / name, babble(1.0, 48_000), 48_000, codec)
        head, file = embedded(path, tmp_path)
        assert (head, file.read_bytes()) == (f"data:{kind}", path.read_bytes())


def test_films_and_uncompressed_sound_become_small(tmp_path: Path) -> None:
    """Their sound is Opus, where the words are: not moved, and much like it."""
    film = Recording((Track(babble(3.0, 16_000, 2)),), picture_s=3.0).write(tmp_path / "film.mp4")
    wave = record(tmp_path / "a.wav", babble(3.0), codec="pcm_s16le")
    for path in (film, wave):
        head, file = embedded(path, tmp_path)
        assert head == "data:audio/ogg"
        before, after = read_waveform(path).samples, read_waveform(file).samples
        assert abs(lag(before, after)) < 0.005
        assert likeness(before, after) > 0.9
        assert file.stat().st_size < wave.stat().st_size / 4


def test_what_is_no_recording_is_refused(tmp_path: Path) -> None:
    """With the sentence that a transcription gives."""
    path = tmp_path / "a.mp3"
    path.write_text("no sound")
    with pytest.raises(MediaError, match="not a readable recording"):
        playable(path)


def test_saving_tells_the_page_where_the_recording_is(tmp_path: Path) -> None:
    """A link from the folder of the page, the name alone where nobody says, and the sound where that is asked for."""
    talk = Transcript(media=Media("a.ogg", 1.0))
    path = record(tmp_path / "a.ogg", babble(0.5, 48_000), 48_000, "libopus")
    (tmp_path / "out").mkdir()
    page = tmp_path / "out" / "a.html"
    for keywords, told in (
        ({}, '"url": "a.ogg"'),
        ({"recording": path}, '"url": "../a.ogg"'),
        ({"recording": path, "embed": True}, '"embedded": "audio/ogg"'),
    ):
        assert told in talk.save(page, **keywords).read_text(encoding="utf-8")

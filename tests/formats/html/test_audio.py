"""The recording of a page: link or embedded audio."""

from __future__ import annotations

import base64
import os
from pathlib import Path
from urllib.parse import unquote, urljoin

import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.errors import MediaError
from speakerplug.formats.html.audio import embedded_audio, link_to, playable
from speakerplug.media.recording import read_waveform
from speakerplug.media.tracks import TrackChoice
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
def test_link_to_recording_is_relative_and_encoded(recording: str, folder: str, link: str) -> None:
    """A link leads from the page's folder to the recording."""
    assert link_to(recording, folder) == link


@given(st.lists(PARTS, max_size=2).map(lambda folders: [*folders, "a b.mp4"]), st.lists(PARTS, max_size=3))
def test_link_to_any_path_is_resolved_by_browsers(recording: list[str], folder: list[str]) -> None:
    """A link, resolved as by browsers, is the path of the recording, whatever characters it has."""
    base = os.path.abspath(os.path.join("x", *folder))
    page = Path(base, "page.html").as_uri()
    place = os.path.abspath(os.path.join("x", *recording))
    assert unquote(urljoin(page, link_to(os.path.join("x", *recording), base))) == unquote(Path(place).as_uri())


def embedded(path: Path, tmp_path: Path, choice: TrackChoice | None = None) -> tuple[str, Path]:
    """Return the type of the audio that is embedded in a page, and that audio as a file."""
    head, _, data = embedded_audio(path, choice).partition(";base64,")
    file = tmp_path / "embedded"
    file.write_bytes(base64.b64decode(data))
    return head, file


def test_embedded_audio_of_compressed_file_is_unchanged(tmp_path: Path) -> None:
    """A compressed audio file is embedded byte for byte, with its MIME type."""
    for name, codec, kind in (("a.mp3", "libmp3lame", "audio/mpeg"), ("a.ogg", "libopus", "audio/ogg")):
        path = record(tmp_path / name, babble(1.0, 48_000), 48_000, codec)
        head, file = embedded(path, tmp_path)
        assert (head, file.read_bytes()) == (f"data:{kind}", path.read_bytes())


def test_embedded_audio_of_several_tracks_is_that_of_the_words(tmp_path: Path) -> None:
    """The track that was asked for, by its number or its language."""
    tracks = (Track(babble(1.0), language="ger"), Track(babble(2.0), language="eng"))
    film = Recording(tracks).write(tmp_path / "film.mkv")
    for choice, seconds in ((TrackChoice(1), 1.0), (TrackChoice("en"), 2.0)):
        _, file = embedded(film, tmp_path, choice)
        assert read_waveform(file).duration == pytest.approx(seconds, abs=0.1)


def test_embedded_audio_of_video_or_uncompressed_is_opus(tmp_path: Path) -> None:
    """Their audio becomes Opus, at the times of the words."""
    film = Recording((Track(babble(3.0, 16_000, 2)),), picture_s=3.0).write(tmp_path / "film.mp4")
    wave = record(tmp_path / "a.wav", babble(3.0), codec="pcm_s16le")
    for path in (film, wave):
        head, file = embedded(path, tmp_path)
        assert head == "data:audio/ogg"
        before, after = read_waveform(path).samples, read_waveform(file).samples
        assert abs(lag(before, after)) < 0.005
        assert likeness(before, after) > 0.9
        assert file.stat().st_size < wave.stat().st_size / 4


def test_embedded_audio_of_no_recording_is_refused(tmp_path: Path) -> None:
    """A file that is no recording gives the message that a transcription gives."""
    path = tmp_path / "a.mp3"
    path.write_text("no audio")
    with pytest.raises(MediaError, match="not a readable recording"):
        playable(path)


def test_save_html_links_or_embeds_the_recording(tmp_path: Path) -> None:
    """The page has a link from its folder, the name alone by default, or the audio where that is asked for."""
    talk = Transcript(media=Media("a.ogg", 1.0))
    path = record(tmp_path / "a.ogg", babble(0.5, 48_000), 48_000, "libopus")
    (tmp_path / "out").mkdir()
    page = tmp_path / "out" / "a.html"
    for keywords, expected in (
        ({}, '"url": "a.ogg"'),
        ({"recording": path}, '"url": "../a.ogg"'),
        ({"recording": path, "embed": True}, '"embedded": "audio/ogg"'),
    ):
        assert expected in talk.save(page, **keywords).read_text(encoding="utf-8")

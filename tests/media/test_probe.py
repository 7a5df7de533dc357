from __future__ import annotations

from pathlib import Path

import pytest
from av.stream import Disposition

from speakerplug.media.file import MediaFile
from tests.media_files import Recording, Track, babble, record

STEREO = babble(0.5, 48_000, 2)
SURROUND = babble(0.5, 48_000, 6)


def chosen(folder: Path, *tracks: Track) -> int:
    return MediaFile(Recording(tracks).write(folder / "film.mkv")).sound.index


def test_the_default_stream_is_taken(tmp_path: Path) -> None:
    """The stream marked as default wins over richer ones and over earlier ones."""
    other = Track(SURROUND, 48_000, disposition=Disposition.original)
    default = Track(STEREO, 48_000, disposition=Disposition.default)
    assert chosen(tmp_path, other, default) == 1


def test_a_commentary_does_not_win_by_its_channels(tmp_path: Path) -> None:
    """Where no stream is the default, a richer commentary or description loses to the plain sound."""
    comment = Track(SURROUND, 48_000, disposition=Disposition.comment)
    described = Track(SURROUND, 48_000, disposition=Disposition.visual_impaired)
    plain = Track(STEREO, 48_000, disposition=Disposition.original)
    assert chosen(tmp_path, comment, described, plain) == 2


def test_of_two_defaults_the_commentary_loses(tmp_path: Path) -> None:
    """A commentary that is marked as default, as some writers do with every stream, loses to the main sound."""
    comment = Track(SURROUND, 48_000, disposition=Disposition.default | Disposition.comment)
    main = Track(STEREO, 48_000, disposition=Disposition.default)
    assert chosen(tmp_path, comment, main) == 1


def test_a_lone_commentary_is_better_than_nothing(tmp_path: Path) -> None:
    """Where a commentary is all the sound there is, it is read."""
    assert chosen(tmp_path, Track(STEREO, 48_000, disposition=Disposition.comment)) == 0


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flac", "wav"])
def test_the_stated_length_is_found(suffix: str, tmp_path: Path) -> None:
    """Containers that state the length of their sound are believed."""
    codec = {"mp4": "aac", "mkv": "aac", "flac": "flac", "wav": "pcm_s16le"}[suffix]
    sound = MediaFile(record(tmp_path / f"talk.{suffix}", babble(2), codec=codec)).sound
    assert sound.stated
    assert sound.end == pytest.approx(2.0, abs=0.07)


def test_the_length_of_a_picture_is_not_that_of_the_sound(tmp_path: Path) -> None:
    """A film that goes on after its sound has ended is not taken for one whose sound is cut off."""
    sound = MediaFile(Recording((Track(babble(1)),), picture_s=3).write(tmp_path / "film.mkv")).sound
    assert sound.end == pytest.approx(1.0, abs=0.1)

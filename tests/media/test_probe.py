from __future__ import annotations

from pathlib import Path

import pytest
from av.stream import Disposition

from speakerplug.media.file import MediaFile
from tests.media_files import Recording, Track, babble, record

STEREO = babble(0.5, 48_000, 2)
SURROUND = babble(0.5, 48_000, 6)


def chosen(folder: Path, *tracks: Track) -> int:
    return MediaFile(Recording(tracks).write(folder / "film.mkv")).track.index


def test_probe_default_stream_is_chosen(tmp_path: Path) -> None:
    """The stream marked as default wins over those with more channels and over earlier ones."""
    other = Track(SURROUND, 48_000, disposition=Disposition.original)
    default = Track(STEREO, 48_000, disposition=Disposition.default)
    assert chosen(tmp_path, other, default) == 1


def test_probe_commentary_with_more_channels_loses(tmp_path: Path) -> None:
    """Without a default stream, a commentary or description with more channels loses to the main audio."""
    comment = Track(SURROUND, 48_000, disposition=Disposition.comment)
    described = Track(SURROUND, 48_000, disposition=Disposition.visual_impaired)
    plain = Track(STEREO, 48_000, disposition=Disposition.original)
    assert chosen(tmp_path, comment, described, plain) == 2


def test_probe_default_commentary_loses_to_main_audio(tmp_path: Path) -> None:
    """A commentary marked as default, as some muxers mark every stream, loses to the main audio."""
    comment = Track(SURROUND, 48_000, disposition=Disposition.default | Disposition.comment)
    main = Track(STEREO, 48_000, disposition=Disposition.default)
    assert chosen(tmp_path, comment, main) == 1


def test_probe_only_commentary_is_chosen(tmp_path: Path) -> None:
    """A commentary that is the only audio stream is decoded."""
    assert chosen(tmp_path, Track(STEREO, 48_000, disposition=Disposition.comment)) == 0


@pytest.mark.parametrize("suffix", ["mp4", "mkv", "flac", "wav"])
def test_probe_stated_length_is_found(suffix: str, tmp_path: Path) -> None:
    """Containers that state the length of their audio are believed."""
    codec = {"mp4": "aac", "mkv": "aac", "flac": "flac", "wav": "pcm_s16le"}[suffix]
    info = MediaFile(record(tmp_path / f"talk.{suffix}", babble(2), codec=codec)).info
    assert info.stated
    assert info.end == pytest.approx(2.0, abs=0.07)


def test_probe_longer_video_does_not_extend_the_audio(tmp_path: Path) -> None:
    """A film whose video outlasts its audio is not taken for one whose audio is cut off."""
    info = MediaFile(Recording((Track(babble(1)),), picture_s=3).write(tmp_path / "film.mkv")).info
    assert info.end == pytest.approx(1.0, abs=0.1)

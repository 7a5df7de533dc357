"""Subtitles in the picture, by the ffmpeg of imageio-ffmpeg; and without one, the line to type."""

from __future__ import annotations

import shlex
from pathlib import Path

import av
import numpy as np
import pytest

from speakerplug.errors import MediaError, OutputError
from speakerplug.formats.burn import burn, command, escaped
from speakerplug.transcript import Transcript, Word
from tests.ffmpeg import packaged_program
from tests.media_files import Recording, Track, babble

TALK = Transcript((Word("Hello", 0.1, 0.4, "A"), Word("there.", 0.5, 0.9, "A")))


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of video with audio."""
    return Recording((Track(babble(2.0)),), picture_s=2.0).write(tmp_path / "it's a talk.mp4")


@pytest.fixture
def _ffmpeg(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the program ffmpeg alone in PATH."""
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", str(packaged_program(tmp_path / "bin").parent))


@pytest.mark.usefixtures("_ffmpeg")
def test_burn_draws_into_the_picture_and_keeps_the_audio(talk: Path) -> None:
    """Pictures within a cue change; the copy has no subtitle track. Progress is that of ffmpeg."""
    seen: list[tuple[str, float, float]] = []
    copy = burn(TALK, talk, talk.with_name("copy.mp4"), progress=lambda *step: seen.append(step))
    assert seen[-1][:2] == ("burn", pytest.approx(2.0, abs=0.2))
    assert all(0 <= done <= total <= 2.2 for _, done, total in seen)
    with av.open(str(talk)) as before, av.open(str(copy)) as after:
        assert (len(after.streams.video), len(after.streams.audio), len(after.streams.subtitles)) == (1, 1, 0)
        assert after.duration == pytest.approx(before.duration or 0, rel=0.1)
    with av.open(str(copy)) as after:
        frames = [frame.to_ndarray(format="gray").astype(int) for frame in after.decode(video=0)]
    assert max(np.abs(frame - frames[-1]).max() for frame in frames) > 50


@pytest.mark.usefixtures("_ffmpeg")
def test_burn_that_fails_leaves_no_copy(talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the last line of ffmpeg."""
    monkeypatch.setattr("speakerplug.formats.burn.ass.write", lambda *_: "no subtitles")
    with pytest.raises(MediaError, match=r"ffmpeg cannot draw subtitles into .* give --embed-subs"):
        burn(TALK, talk, talk.with_name("copy.mp4"))
    assert not talk.with_name("copy.mp4").exists()


def test_burn_without_ffmpeg_writes_ass_and_names_the_line(
    talk: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The line can be pasted into a shell: names with signs are quoted."""
    monkeypatch.setenv("PATH", str(tmp_path))
    copy = talk.with_name("it's a talk.burned.mp4")
    with pytest.raises(MediaError) as raised:
        burn(TALK, talk, copy)
    assert "Hello there." in copy.with_suffix(".ass").read_text(encoding="utf-8")
    line = str(raised.value).split("`")[1]
    assert shlex.split(line) == command("ffmpeg", talk, copy.with_suffix(".ass"), "copy", copy)


@pytest.mark.usefixtures("_ffmpeg")
def test_burn_that_is_canceled_leaves_no_copy_and_no_ffmpeg(talk: Path) -> None:
    """Ctrl-C comes while it reports."""

    def cancel(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        burn(TALK, talk, talk.with_name("copy.mp4"), progress=cancel)
    assert [path.name for path in talk.parent.glob("*copy*")] == []


@pytest.mark.usefixtures("_ffmpeg")
def test_burn_refuses_audio_alone_and_the_recording_itself(talk: Path, tmp_path: Path) -> None:
    """There is nothing to draw into, or it would be lost."""
    audio = Recording((Track(babble(0.5)),)).write(tmp_path / "audio.mp4")
    with pytest.raises(MediaError, match="no picture"):
        burn(TALK, audio, tmp_path / "copy.mp4")
    with pytest.raises(OutputError, match="is the recording itself"):
        burn(TALK, talk, talk)


def test_escaped_name_is_unescaped_twice() -> None:
    """As an option of a filter, and as a part of a graph of filters."""
    assert escaped("a:b'c,d.ass") == r"a\\:b\\\'c\,d.ass"

"""`--embed-subs`, with fakes for the stages: files, messages and exit codes."""

from __future__ import annotations

from pathlib import Path

import av
import pytest

from speakerplug.testing import FakeRecognizer
from tests.cli.conftest import FAKES, Run
from tests.media_files import Recording, Track, babble


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of video with audio."""
    return Recording((Track(babble(2.0)),), picture_s=2.0).write(tmp_path / "talk.mp4")


def lines(path: Path) -> list[str]:
    """Return the text of the subtitles in a file."""
    with av.open(str(path)) as file:
        prefix = 2 if file.streams.subtitles[0].codec_context.name == "mov_text" else 0
        texts = [bytes(packet)[prefix:].decode() for packet in file.demux(file.streams.subtitles[0])]
        return [text for text in texts if text]


def test_embed_subs_alone_writes_the_copy_alone(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Next to the recording, with the names of speakers."""
    assert run("transcribe", talk, *FAKES, "--embed-subs", "--name", "SPEAKER_00=Ana") == 0
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.mp4", "talk.subtitled.mp4"]
    assert lines(talk.parent / "talk.subtitled.mp4") == ["Ana: Hello there.", "SPEAKER_01: Hi!"]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "talk.subtitled.mp4" in captured.err


def test_embed_subs_with_other_formats_writes_all_to_a_folder(run: Run, talk: Path, tmp_path: Path) -> None:
    """Cue options apply to both."""
    assert (
        run("transcribe", talk, *FAKES, "--embed-subs", "--json", "--labels", "never", "-o", f"{tmp_path / 'out'}/")
        == 0
    )
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["talk.json", "talk.subtitled.mp4"]
    assert lines(tmp_path / "out" / "talk.subtitled.mp4") == ["Hello there.", "Hi!"]


def test_embed_subs_to_a_file_name_takes_the_container_of_its_suffix(run: Run, talk: Path, tmp_path: Path) -> None:
    """-o FILE is the name of the copy."""
    assert run("transcribe", talk, *FAKES, "--embed-subs", "-o", tmp_path / "other.mkv") == 0
    with av.open(str(tmp_path / "other.mkv")) as file:
        assert "matroska" in file.format.name


def test_embed_subs_of_a_renamed_transcript_has_the_new_names(run: Run, talk: Path, tmp_path: Path) -> None:
    """convert finds the recording next to the JSON, or by --media."""
    assert run("transcribe", talk, *FAKES, "--json") == 0
    assert run("rename", tmp_path / "talk.json", "SPEAKER_00=Ana") == 0
    assert run("convert", tmp_path / "talk.json", "--embed-subs") == 0
    assert lines(tmp_path / "talk.subtitled.mp4")[0] == "Ana: Hello there."
    moved = tmp_path / "elsewhere"
    moved.mkdir()
    talk.rename(moved / "a.mp4")
    assert (
        run("convert", tmp_path / "talk.json", "--embed-subs", "--media", moved / "a.mp4", "-o", tmp_path / "b.mp4")
        == 0
    )
    assert lines(tmp_path / "b.mp4")[0] == "Ana: Hello there."


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("-o", "-"), "cannot be printed"),
        (("-o", "{0}/talk.srt"), "end its name in .mp4"),
        (("-o", "{0}/talk.mp4"), "would be written over"),
        (("--srt", "-o", "{0}/x.mp4"), "one format of one input"),
    ],
)
def test_embed_subs_with_invalid_options_is_refused(
    run: Run,
    talk: Path,
    tmp_path: Path,
    recognizer: FakeRecognizer,
    capsys: pytest.CaptureFixture[str],
    arguments: tuple[str, ...],
    message: str,
) -> None:
    """Before any work, with exit code 2."""
    given = [argument.format(tmp_path) for argument in arguments]
    assert run("transcribe", talk, *FAKES, "--embed-subs", *given) == 2
    assert message in capsys.readouterr().err
    assert not recognizer.requests
    assert [path.name for path in tmp_path.iterdir()] == ["talk.mp4"]


def test_embed_subs_without_the_recording_says_how_to_name_it(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """--media names that of one transcript."""
    saved = talk.with_name("talk.json")
    assert run("transcribe", talk, *FAKES, "--json") == 0
    talk.unlink()
    assert run("convert", saved, "--embed-subs") == 1
    assert "name it with --media" in capsys.readouterr().err
    assert run("convert", saved, saved, "--embed-subs", "--media", talk) == 2
    assert "--media is the recording of one transcript" in capsys.readouterr().err


def test_burn_writes_a_copy_or_names_the_line_to_type(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without ffmpeg, which is said first, the other formats are written; standard output takes no recording."""
    monkeypatch.setenv("PATH", str(talk.parent))
    assert run("transcribe", talk, *FAKES, "--burn", "--json") == 1
    error = " ".join(capsys.readouterr().err.split())
    assert error.startswith("Warning: ffmpeg is not installed: --burn will only write an ASS file, and name the line")
    assert "type `ffmpeg -i" in error
    assert {"talk.json", "talk.burned.ass"} <= {path.name for path in talk.parent.iterdir()}
    assert run("convert", talk.with_suffix(".json"), "--burn", "-o", "-") == 2
    assert "A recording cannot be printed; give --burn a file" in " ".join(capsys.readouterr().err.split())

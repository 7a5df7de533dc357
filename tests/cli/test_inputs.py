"""The recordings that a command is given, checked before anything is made."""

from __future__ import annotations

from pathlib import Path

import pytest

from speakerplug.cli.inputs import with_command
from tests.cli.conftest import FAKES, Run, write_wav

FAKE = ("--diarizer", "fake", "--device", "cpu")


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def files_in(folder: Path) -> list[str]:
    """Return the files in a folder and below."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_recording_without_a_command_is_transcribed(run: Run, here: Path) -> None:
    """`speakerplug talk.wav` is `speakerplug transcribe talk.wav`, also where options come first."""
    write_wav(here / "talk.wav", 2.0)
    assert run("talk.wav", *FAKES, "-q") == 0
    assert run("--srt", "talk.wav", *FAKES, "-q") == 0
    assert files_in(here) == ["talk.srt", "talk.vtt", "talk.wav"]


@pytest.mark.parametrize(
    ("args", "is_transcribed"),
    [
        ("talk.MP4", True),  # it need not exist
        ("-", True),
        ("https://example.org/a", True),
        ("check", False),  # there is a file of that name, too
        ("./check", True),
        ("--model small talk.mp4", True),
        ("--help talk.mp4", False),
        ("--nothing", False),
        ("converted talk.json", False),
        ("talk", False),
        ("", False),
    ],
)
def test_command_is_implied_by_a_recording_in_its_place(here: Path, args: str, is_transcribed: bool) -> None:
    """Commands win; ./check is a file; what is neither is left for the error about commands."""
    (here / "check").write_text("")
    given = args.split()
    expected = ["transcribe", *given] if is_transcribed else given
    assert with_command(given, ["transcribe", "check"], ["--help"]) == expected


def test_file_named_like_a_command_of_a_missing_package_is_no_recording(
    run: Run, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """`evaluate` is a command, whether its plugin is installed or not."""
    (here / "evaluate").write_text("")
    assert run("evaluate") == 2
    assert "it comes with speakerplug-evaluate" in capsys.readouterr().err


@pytest.mark.parametrize("command", [("transcribe", *FAKES), ("diarize", *FAKE)])
def test_folder_is_refused_without_recursive_and_taken_with_it(
    run: Run, here: Path, command: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its recordings and those below are taken; hidden ones, other files and our own copies are not."""
    (here / "talks" / "more").mkdir(parents=True)
    for name in ("a.wav", "more/b.WAV", ".hidden.wav", "a.subtitled.mkv", "a.burned.mp4"):
        write_wav(here / "talks" / name, 1.0)
    (here / "talks" / "notes.txt").write_text("")
    name, *options = command
    assert run(name, "talks", *options, "-o", "out/") == 2
    assert "talks is a folder: add --recursive for the recordings in it (2), or name them." in capsys.readouterr().err
    assert not (here / "out").exists()
    assert run(name, "talks", *options, "-o", "out/", "--recursive", "-q") == 0
    assert [Path(path).stem for path in files_in(here / "out")] == ["a", "b"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("empty", "The folder empty has no recordings; name one that has."),
        ("/dev/null", "/dev/null is a device, not a recording; name a file, or - for standard input."),
        ("https://example.org/a?b=c&d", "yt-dlp -o 'talk.%(ext)s' 'https://example.org/a?b=c&d' downloads it"),
    ],
)
def test_input_that_is_no_recording_is_refused_before_anything_is_made(
    run: Run, here: Path, source: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence with the remedy; other inputs are not begun."""
    (here / "empty").mkdir()
    write_wav(here / "talk.wav", 1.0)
    assert run("transcribe", "talk.wav", source, *FAKES, "-o", "out/") == 2
    assert message in capsys.readouterr().err
    assert files_in(here) == ["talk.wav"]
    assert not (here / "out").exists()


def test_missing_recording_makes_no_folder(run: Run, here: Path) -> None:
    """The folder of the results appears with the first recording that exists."""
    assert run("transcribe", "missing.wav", *FAKES, "-o", "out/") == 1
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("several", [("--vtt", "--srt"), ("other.wav",)])
def test_several_results_make_a_folder_of_a_new_name(run: Run, here: Path, several: tuple[str, ...]) -> None:
    """`-o results` with two formats, or two recordings, is a folder; with one it is a file."""
    write_wav(here / "talk.wav", 1.0)
    write_wav(here / "other.wav", 1.0)
    assert run("transcribe", "talk.wav", *several, *FAKES, "-o", "results", "-q") == 0
    assert len(files_in(here / "results")) == 2
    assert run("transcribe", "talk.wav", *FAKES, "-o", "single", "-q") == 0
    assert (here / "single").is_file()


@pytest.mark.parametrize("output", ["results.vtt", "taken"])
def test_several_results_for_one_file_are_refused(run: Run, here: Path, output: str) -> None:
    """A name with a suffix, and one of an existing file, is a file."""
    write_wav(here / "talk.wav", 1.0)
    (here / "taken").write_text("")
    assert run("transcribe", "talk.wav", "--vtt", "--srt", *FAKES, "-o", output) == 2

"""`speakerplug transcribe`, with fakes for the stages: files, messages and exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import webvtt

import speakerplug
from speakerplug import hookimpl
from speakerplug.errors import ModelError
from speakerplug.plugin.formats import FormatRegistration
from speakerplug.plugin.manager import Plugins
from speakerplug.plugin.roles import DiarizationRequest
from speakerplug.testing import FakeDiarizer, FakeRecognizer
from tests.cli.conftest import FAKES, Run, write_wav
from tests.media_files import Recording, Track, babble


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return two seconds of audio."""
    return write_wav(tmp_path / "talk.wav", seconds=2.0)


def test_transcribe_without_a_format_writes_vtt_next_to_the_input(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file is named on stderr; stdout stays empty."""
    assert run("transcribe", talk, *FAKES) == 0
    captions = webvtt.read(str(talk.with_suffix(".vtt"))).captions
    assert [(caption.voice, caption.text) for caption in captions] == [
        ("SPEAKER_00", "Hello there."),
        ("SPEAKER_01", "Hi!"),
    ]
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "talk.vtt" in captured.err


def test_transcribe_to_every_format_has_the_names(run: Run, talk: Path, tmp_path: Path) -> None:
    """Into a new folder, with a name for a speaker in each."""
    out = tmp_path / "out"
    assert (
        run(
            "transcribe", talk, *FAKES, "--vtt", "--srt", "--json", "--txt", "-o", f"{out}/", "--name", "SPEAKER_00=Ana"
        )
        == 0
    )
    assert sorted(path.name for path in out.iterdir()) == ["talk.json", "talk.srt", "talk.txt", "talk.vtt"]
    assert "<v Ana>" in (out / "talk.vtt").read_text()
    assert "Ana: Hello there." in (out / "talk.srt").read_text()
    assert "Ana: Hello there." in (out / "talk.txt").read_text()
    document = json.loads((out / "talk.json").read_text())
    assert document["speakers"][0] == {"id": "SPEAKER_00", "name": "Ana"}
    assert document["words"][0]["speaker"] == "SPEAKER_00"
    assert speakerplug.load(out / "talk.json").words[0].text == "Hello"


def test_transcribe_to_stdout_prints_the_result_alone(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """-o - writes no file."""
    assert run("transcribe", talk, *FAKES, "--srt", "-o", "-", "-q") == 0
    captured = capsys.readouterr()
    assert captured.out.startswith("1\n00:00:00,100 --> ")
    assert captured.err == ""
    assert list(talk.parent.iterdir()) == [talk]


def test_transcribe_with_speaker_bounds_passes_them_to_the_diarizer(
    run: Run, talk: Path, diarizer: FakeDiarizer
) -> None:
    """The request to the diarizer has both bounds and no exact number."""
    assert run("transcribe", talk, *FAKES, "--min-speakers", 2, "--max-speakers", 3) == 0
    assert diarizer.requests == [DiarizationRequest(None, 2, 3)]


def test_transcribe_with_no_diarize_has_no_speakers(run: Run, talk: Path, diarizer: FakeDiarizer) -> None:
    """No diarizer runs."""
    assert run("transcribe", talk, "--recognizer", "fake", "--device", "cpu", "--no-diarize") == 0
    assert "<v" not in talk.with_suffix(".vtt").read_text()
    assert diarizer.requests == []


@pytest.mark.parametrize(
    "given",
    [
        ("--diarizer", "fake"),
        ("--num-speakers", 2),
        ("--diarizer-param", "a=1"),
        ("--diarizer-device", "cpu"),
        ("--artifacts", "folder"),
    ],
)
def test_no_diarize_with_a_diarizer_option_is_refused(
    run: Run, talk: Path, capsys: pytest.CaptureFixture[str], given: tuple[str, object]
) -> None:
    """They contradict each other."""
    assert run("transcribe", talk, "--recognizer", "fake", "--device", "cpu", "--no-diarize", *given) == 2
    assert f"{given[0]} is for a diarizer; with --no-diarize there is none" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "message"),
    [(("",), "The path of the recording is ''"), (("talk.mp4", "--diarizer", ""), "--diarizer is empty")],
)
def test_empty_option_is_refused(
    run: Run, capsys: pytest.CaptureFixture[str], given: tuple[str, ...], message: str
) -> None:
    """A shell gives one where a variable is not set; it does not mean the default."""
    assert run("transcribe", *given) == 2
    assert message in capsys.readouterr().err


def test_transcribe_of_several_with_a_failing_one_writes_the_others(
    run: Run, talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The failed input is reported, and the exit code is 1."""
    assert run("transcribe", tmp_path / "missing.mp4", talk, *FAKES) == 1
    assert talk.with_suffix(".vtt").exists()
    assert not (tmp_path / "missing.vtt").exists()
    errors = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Error")]
    assert len(errors) == 1
    assert "missing.mp4" in errors[0]


def test_transcribe_that_fails_leaves_existing_files(run: Run, talk: Path, recognizer: FakeRecognizer) -> None:
    """And no partial file."""
    talk.with_suffix(".vtt").write_text("before")
    recognizer.error = ModelError("Deaf.")
    assert run("transcribe", talk, *FAKES) == 1
    assert talk.with_suffix(".vtt").read_text() == "before"
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.vtt", "talk.wav"]


def test_failing_diarizer_saves_the_words(
    run: Run, talk: Path, diarizer: FakeDiarizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without speakers, in a partial JSON that the message names; no subtitles are written."""
    diarizer.error = ModelError("No ears.")
    assert run("transcribe", talk, *FAKES) == 1
    assert sorted(path.name for path in talk.parent.iterdir()) == ["talk.partial.json", "talk.wav"]
    assert speakerplug.load(talk.with_name("talk.partial.json")).text == "Hello there. Hi!"
    assert "talk.partial.json" in capsys.readouterr().err


def test_error_has_a_traceback_with_verbose_alone(
    run: Run, talk: Path, recognizer: FakeRecognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence otherwise; with -v the original error and its place."""
    recognizer.error = ZeroDivisionError("oh")
    assert run("transcribe", talk, *FAKES) == 1
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert run("transcribe", talk, *FAKES, "-v") == 1
    assert "Traceback" in (shown := capsys.readouterr().err)
    assert "ZeroDivisionError: oh" in shown


@pytest.mark.parametrize(
    "arguments",
    [
        ("--min-speakers", "3", "--max-speakers", "2"),
        ("--num-speakers", "0"),
        ("--num-speakers", "many"),
        ("--recognizer", "nobody"),
        ("--diarizer", "nobody"),
        ("--diarizer", "no/such/folder"),
        ("--device", "gpu"),
        ("--format", "nothing"),
        ("--name", "Ana"),
        ("--task", "sing"),
        ("--vtt", "--srt", "-o", "-"),
        ("--no-such-option",),
    ],
)
def test_transcribe_with_invalid_options_is_one_sentence(
    run: Run, talk: Path, arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, one line on stderr, no traceback, no file."""
    assert run("transcribe", talk, *FAKES, *arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert len(captured.err.strip().splitlines()) == 1
    assert captured.err.startswith("Error: ")
    assert list(talk.parent.iterdir()) == [talk]


def test_name_of_an_unknown_speaker_is_a_warning(run: Run, talk: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The transcript is written all the same."""
    assert run("transcribe", talk, *FAKES, "--name", "SPEAKER_07=Zoe") == 0
    assert "no SPEAKER_07" in capsys.readouterr().err
    assert talk.with_suffix(".vtt").exists()


def test_file_name_with_a_dash_comes_after_two_dashes(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`--` ends the options."""
    monkeypatch.chdir(tmp_path)
    write_wav(tmp_path / "-talk.wav", seconds=2.0)
    assert run("transcribe", *FAKES, "--", "-talk.wav") == 0
    assert (tmp_path / "-talk.vtt").exists()


def test_format_of_a_plugin_is_written_by_its_name(run: Run, talk: Path, plugins: Plugins) -> None:
    """With --format, under its suffix."""

    class Shouting:
        @hookimpl
        def register_formats(self, register):  # type: ignore[no-untyped-def]
            register(FormatRegistration("shout", suffix=".shout", write=lambda transcript: transcript.text.upper()))

    plugins.add("shouting", Shouting())
    assert run("transcribe", talk, *FAKES, "--format", "shout") == 0
    assert talk.with_suffix(".shout").read_text() == "HELLO THERE. HI!"


def test_command_of_a_plugin_is_added(run: Run, plugins: Plugins, capsys: pytest.CaptureFixture[str]) -> None:
    """One whose name is taken is refused and named."""
    import click

    class Greeting:
        @hookimpl
        def register_commands(self, cli: click.Group) -> None:
            cli.add_command(click.Command("greet", callback=lambda: click.echo("Good day.")))
            cli.add_command(click.Command("transcribe", callback=lambda: click.echo("Mine!")))

    plugins.add("greeting", Greeting())
    assert run("greet") == 0
    captured = capsys.readouterr()
    assert captured.out == "Good day.\n"
    assert "greeting" in captured.err
    assert run("transcribe", "--help") == 0
    assert "Mine!" not in capsys.readouterr().out


def test_no_command_shows_the_help(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """With exit code 2; with --help it is 0."""
    assert run() == 2
    assert run("--help") == 0
    assert "transcribe" in capsys.readouterr().out


def test_plugins_lists_registrations_and_failures(
    run: Run, plugins: Plugins, capsys: pytest.CaptureFixture[str]
) -> None:
    """With the plugin of each, and the reason of a failure."""
    plugins.add("fakes", object())
    assert run("plugins") == 0
    shown = capsys.readouterr().out
    assert "faster-whisper" in shown
    assert "fakes" in shown
    assert "Failed:" in shown


def test_ctrl_c_is_one_message_and_no_file(
    run: Run, talk: Path, recognizer: FakeRecognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """With exit code 130."""
    recognizer.error = KeyboardInterrupt()  # type: ignore[assignment]
    assert run("transcribe", talk, *FAKES) == 130
    assert capsys.readouterr().err.strip() == "Error: Canceled."
    assert list(talk.parent.iterdir()) == [talk]


@pytest.mark.parametrize("language", ["english", "en-US", "EN", "en"])
def test_transcribe_with_a_language_by_name_or_region_asks_for_its_code(
    run: Run, talk: Path, recognizer: FakeRecognizer, language: str
) -> None:
    """The recognizer is asked for `en`."""
    assert run("transcribe", talk, *FAKES, "--language", language) == 0
    assert recognizer.requests[0].language == "en"


@pytest.mark.parametrize("language", ["xx", "gibberish", "", "e"])
def test_transcribe_with_an_invalid_language_is_refused(
    run: Run, talk: Path, language: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Before a model is looked for."""
    assert run("transcribe", talk, *FAKES, "--language", language) == 2
    assert f"Invalid language '{language}'; give a code such as en" in capsys.readouterr().err


def test_transcribe_without_speech_says_so_and_writes_the_file(
    run: Run, talk: Path, recognizer: FakeRecognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The exit code is 0."""
    recognizer.words = ()
    assert run("transcribe", talk, *FAKES) == 0
    assert f"No speech was recognized: {talk} has no level at all and voice activity in 0 %" in capsys.readouterr().err
    assert talk.with_suffix(".vtt").exists()


def test_transcribe_of_a_file_without_audio_does_not_choose_a_diarizer(
    run: Run, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """So the message about the file comes alone, and not after one about the diarizer."""
    (tmp_path / "talk.mp4").write_bytes(b"not audio" * 100)
    assert run("transcribe", tmp_path / "talk.mp4", "--recognizer", "fake", "--device", "cpu") == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"Error: {tmp_path / 'talk.mp4'}")


def test_transcribe_of_several_tracks_takes_the_one_that_is_asked_for(
    run: Run, tmp_path: Path, recognizer: FakeRecognizer, capsys: pytest.CaptureFixture[str]
) -> None:
    """--audio-track takes a number or a language, -v lists the tracks, and an unknown one is an error with a list."""
    tracks = (Track(babble(1), language="ger"), Track(babble(2), language="eng"))
    film = Recording(tracks).write(tmp_path / "film.mkv")
    for wanted, seconds in (("1", 1.0), ("2", 2.0), ("de", 1.0), ("English", 2.0)):
        assert run("transcribe", film, *FAKES, "--audio-track", wanted, "--json", "-v") == 0
        assert json.loads(film.with_suffix(".json").read_text())["media"]["duration"] == pytest.approx(seconds, abs=0.1)
    assert "film.mkv: audio track 2 (eng): aac, mono" in capsys.readouterr().err
    assert run("transcribe", film, *FAKES, "--audio-track", "fr") == 1
    assert "has no audio track fr: choose one of its tracks, 1 (ger); 2 (eng)." in capsys.readouterr().err
    for wanted in ("0", "?"):
        assert run("transcribe", film, *FAKES, "--audio-track", wanted) == 2
        assert "give the number of a track, from 1, or its language" in capsys.readouterr().err

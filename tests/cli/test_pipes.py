"""Recordings from standard input and pipes."""

from __future__ import annotations

import io
import json
import os
import threading
from pathlib import Path

import pytest

from speakerplug.cli.pipes import STDIN, is_pipe
from tests.cli.conftest import FAKES, Run, write_wav

FAKE = ("--diarizer", "fake", "--device", "cpu")


@pytest.fixture(autouse=True)
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the empty folder for temporary files; the current folder is another one."""
    folder, here = tmp_path / "tmp", tmp_path / "here"
    folder.mkdir()
    here.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(folder))
    monkeypatch.chdir(here)
    return folder


@pytest.fixture
def talk(tmp_path: Path) -> Path:
    """Return a recording."""
    return write_wav(tmp_path / "talk.wav", 2.0)


def give(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """Have standard input hold `data`, which cannot seek on disk."""
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(data)))


@pytest.mark.parametrize("source", STDIN)
def test_standard_input_is_transcribed_to_standard_output(
    run: Run,
    talk: Path,
    spools: Path,
    source: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """By any of its names; no file is left, neither here nor among the temporary ones, and none beside /dev/stdin."""
    give(monkeypatch, talk.read_bytes())
    assert run("transcribe", source, *FAKES, "--json", "-q") == 0
    media = json.loads(capsys.readouterr().out)["media"]
    assert (media["file"], media["duration"]) == ("stdin", 2.0)
    assert [*spools.iterdir(), *Path().iterdir()] == []


def test_standard_input_goes_where_output_says(run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder, results are named stdin."""
    give(monkeypatch, talk.read_bytes())
    assert run("diarize", "-", *FAKE, "-o", "out/", "-q") == 0
    assert [str(path) for path in Path("out").iterdir()] == ["out/stdin.rttm"]


@pytest.mark.skipif(not os.path.exists("/proc/self/fd"), reason="the name of an open file is of Linux")
def test_file_behind_standard_input_is_not_copied(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """`speakerplug - < talk.wav` reads talk.wav."""
    copied: list[object] = []
    monkeypatch.setattr("shutil.copyfileobj", lambda *given: copied.append(given))
    with talk.open() as file:
        monkeypatch.setattr("sys.stdin", file)
        assert run("transcribe", "-", *FAKES, "-q") == 0
    assert capsys.readouterr().out.startswith("WEBVTT")
    assert copied == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are of POSIX")
def test_named_pipe_is_transcribed_to_standard_output(
    run: Run, talk: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a shell's <(ffmpeg ...) is."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_bytes(talk.read_bytes()))
    writer.start()
    assert run("transcribe", pipe, *FAKES, "-q") == 0
    writer.join()
    assert capsys.readouterr().out.startswith("WEBVTT")


def test_empty_standard_input_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With how to give a recording."""
    give(monkeypatch, b"")
    assert run("transcribe", "-", *FAKES) == 1
    assert "Error: Standard input is empty; pipe a recording into it" in capsys.readouterr().err


def test_standard_input_that_is_no_recording_is_called_stdin(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """No message names the temporary file."""
    give(monkeypatch, b"hello")
    assert run("transcribe", "-", *FAKES) == 1
    assert "Error: stdin is not a readable recording" in capsys.readouterr().err


@pytest.mark.parametrize("option", [(), ("--embed-audio",)])
def test_page_of_standard_input_links_to_no_temporary_file(
    run: Run, talk: Path, option: tuple[str, ...], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The audio is in the page, or there is none."""
    give(monkeypatch, talk.read_bytes())
    assert run("transcribe", "-", "--html", *option, *FAKES, "-q") == 0
    page = capsys.readouterr().out
    assert ".tmp" not in page
    assert ("audio/ogg" in page) == bool(option)


def test_terminal_as_standard_input_is_refused(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody types a recording."""

    class Terminal(io.BytesIO):
        """A terminal."""

        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(Terminal()))
    assert run("transcribe", "-", *FAKES) == 2
    assert "Error: Standard input is a terminal; pipe" in capsys.readouterr().err


def test_closed_standard_input_is_one_sentence(
    run: Run, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As after `<&-`."""
    monkeypatch.setattr("sys.stdin", None)
    assert run("transcribe", "-", *FAKES) == 1
    assert "Error: Standard input is closed; name a file." in capsys.readouterr().err


def test_full_disk_for_standard_input_names_the_remedy(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """TMPDIR says where it is saved."""

    def full(*given: object) -> None:
        raise OSError(28, "No space left on device")

    give(monkeypatch, talk.read_bytes())
    monkeypatch.setattr("shutil.copyfileobj", full)
    assert run("transcribe", "-", *FAKES) == 1
    assert "(No space left on device); set TMPDIR to a folder with space." in capsys.readouterr().err


@pytest.mark.parametrize("inputs", [("-", "-"), ("-", "/dev/stdin")])
def test_standard_input_twice_is_refused(run: Run, inputs: tuple[str, ...], capsys: pytest.CaptureFixture[str]) -> None:
    """It can be read once."""
    assert run("transcribe", *inputs, *FAKES) == 2
    assert "is named twice" in capsys.readouterr().err


def test_two_formats_of_standard_input_are_refused_before_it_is_read(
    run: Run, talk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It may be an hour until its end."""
    give(monkeypatch, talk.read_bytes())
    monkeypatch.setattr("shutil.copyfileobj", lambda *given: pytest.fail("it was read"))
    assert run("transcribe", "-", "--vtt", "--srt", *FAKES) == 2


@pytest.mark.parametrize("source", ["talk.wav", "https://example.org/a", "/dev/null", "missing", "a\0b"])
def test_other_inputs_are_no_pipes(source: str) -> None:
    """A file, a URL, a device, nothing, and what cannot be a name."""
    Path("talk.wav").write_text("")
    assert not is_pipe(source)

"""Downloads with a program that stands in for yt-dlp."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from speakerplug.cli import download
from tests.cli.conftest import FAKES, Run, write_wav

URL = "https://example.org/talk"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a program named yt-dlp, the only one on PATH, which saves a recording in the folder of --paths."""
    talk = write_wav(tmp_path / "original.wav", 2.0)
    path = tmp_path / "bin" / "yt-dlp"
    path.parent.mkdir()
    path.write_text(
        f"#!{sys.executable}\n"
        "import os, shutil, sys\n"
        "folder = sys.argv[sys.argv.index('--paths') + 1]\n"
        f"assert sys.argv[-2:] == ['--', {URL!r}] and '--print' in sys.argv\n"
        "os.makedirs(folder, exist_ok=True)\n"
        "file = os.path.abspath(os.path.join(folder, 'A talk [x].wav'))\n"
        f"shutil.copy({str(talk)!r}, file)\n"
        "print(file)\n"
    )
    path.chmod(0o755)
    monkeypatch.setenv("PATH", str(path.parent))
    monkeypatch.setattr(download, "find_spec", lambda name: None)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return path


@pytest.mark.skipif(os.name != "posix", reason="the program begins with #!")
@pytest.mark.parametrize(("output", "folder"), [((), "."), (("-o", "out/"), "out"), (("-o", "talk.vtt"), ".")])
def test_download_keeps_the_recording_in_the_folder_of_the_results(
    run: Run, program: Path, output: tuple[str, ...], folder: str
) -> None:
    """Or in the current one; the result is transcribed like any file."""
    assert run(URL, "--download", *FAKES, *output, "-q") == 0
    suffixes = {path.suffix for path in Path(folder).iterdir()}
    assert suffixes == {".wav", ".vtt"}


@pytest.mark.skipif(os.name != "posix", reason="the program begins with #!")
def test_failed_download_is_one_sentence(run: Run, program: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the exit code; what happened was said by yt-dlp."""
    program.write_text(f"#!{sys.executable}\nraise SystemExit(3)\n")
    assert run("transcribe", URL, "--download", *FAKES) == 1
    assert f"Error: yt-dlp could not download {URL} (exit code 3)" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("given", "is_installed", "message"),
    [
        ((), True, "downloads it, and so does --download."),
        ((), False, "downloads it, once it is installed (pip install yt-dlp)."),
        (("--download",), False, "--download needs yt-dlp, which is not installed; pip install yt-dlp"),
        (("--download", "--offline"), True, "--download needs the network; leave out --offline."),
    ],
)
def test_url_that_is_not_downloaded_is_one_sentence(
    run: Run,
    given: tuple[str, ...],
    is_installed: bool,
    message: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says what to type, or to leave out."""
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr(download, "find_spec", lambda name: object() if is_installed else None)
    assert run("diarize", URL, "--diarizer", "fake", *given) == 2
    assert message in capsys.readouterr().err


def test_url_of_a_file_is_answered_with_its_path(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    """yt-dlp does not take it, and nothing has to be downloaded."""
    url = (Path.cwd() / "my talk.mp4").as_uri()
    assert run("transcribe", url, "--download") == 2
    error = capsys.readouterr().err
    assert "give its path, as in '" in error
    assert error.rstrip().endswith("my talk.mp4'")

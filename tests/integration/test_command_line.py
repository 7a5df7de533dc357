"""The command line with the real stack in a separate process: bad input gives one sentence and an exit code."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from speakerplug.media.recording import read_waveform
from tests.ffmpeg import with_libraries, without_libraries
from tests.media_files import babble, record
from tests.recordings import TALK

pytestmark = pytest.mark.models

REAL = ("--model", "tiny.en", "--diarizer", "bundled", "--device", "cpu")


def speakerplug(*arguments: str | Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run `speakerplug` with a hub that does not answer."""
    command = [sys.executable, "-c", "from speakerplug.cli import run; run()", *map(str, arguments)]
    offline = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": ""}
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **offline, **environment}, check=False, timeout=600
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, *, says: str) -> None:
    """Check for one error line with `says` in it, the exit code, no traceback, and an empty stdout."""
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.returncode == code, done.stderr
    assert len(errors) == 1
    assert says in errors[0]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("situation", [with_libraries, without_libraries], ids=["with FFmpeg", "without FFmpeg"])
def test_transcribe_as_in_the_readme_writes_subtitles(
    situation: Callable[[Path], dict[str, str]], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`speakerplug transcribe talk.mp4 --vtt` writes subtitles with speakers, and prints nothing to stdout.

    PyAV decodes with its own FFmpeg, whatever the system has.
    """
    environment = situation(tmp_path_factory.mktemp("ffmpeg"))
    done = speakerplug("transcribe", TALK, "--vtt", *REAL, "-o", tmp_path / "talk.vtt", **environment)
    assert (done.returncode, done.stdout) == (0, "")
    assert "torchcodec" not in done.stderr
    text = (tmp_path / "talk.vtt").read_text()
    assert text.startswith("WEBVTT")
    assert text.count("<v SPEAKER_0") == text.count(" --> ") > 10


def test_transcribe_without_hub_and_token_uses_the_bundled_models(tmp_path: Path) -> None:
    """auto logs in one line each which model and which diarizer it uses, and why, without a long wait."""
    audio = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", audio, HF_HUB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0
    chosen = {line.split(",")[0] for line in done.stderr.splitlines() if line.startswith(("Model", "Diarizer"))}
    assert chosen == {"Model: base (bundled)", "Diarizer: bundled"}


def test_transcribe_with_an_unknown_model_is_a_usage_error(tmp_path: Path) -> None:
    """The message lists the known ones."""
    audio = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", audio, "--model", "huge", "--diarizer", "bundled")
    assert_one_sentence(done, 2, says="no model 'huge'")
    assert list(tmp_path.iterdir()) == [audio]


def test_transcribe_in_another_language_than_the_models_is_refused(tmp_path: Path) -> None:
    """An English model cannot recognize German."""
    audio = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    assert_one_sentence(speakerplug("transcribe", audio, *REAL, "--language", "de"), 2, says="only English")


def test_transcribe_on_a_missing_gpu_is_refused(tmp_path: Path) -> None:
    """A GPU that was requested is not silently replaced."""
    import torch

    missing = f"cuda:{torch.cuda.device_count()}"
    audio = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", audio, "--model", "tiny.en", "--device", missing)
    assert_one_sentence(done, 1, says=f"{missing} is not there")


def test_transcribe_with_damaged_weights_is_refused(tmp_path: Path) -> None:
    """The message is one sentence."""
    from speakerplug.plugin.manager import load_plugins

    healthy = load_plugins().models["tiny.en"].locate()
    folder = tmp_path / "tiny"
    folder.mkdir()
    for file in healthy.iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[: 1000 if file.suffix == ".bin" else None])
    audio = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", audio, "--model", folder, "--diarizer", "bundled")
    assert_one_sentence(done, 1, says="cannot be loaded")


def test_transcribe_silence_writes_empty_files(tmp_path: Path) -> None:
    """Silence is not an error: the files are valid, and the exit code is 0."""
    audio = record(tmp_path / "silence.wav", np.zeros((1, 30 * 16_000), dtype=np.float32), codec="pcm_s16le")
    done = speakerplug("transcribe", audio, *REAL, "--vtt", "--srt", "--json", "--txt")
    assert done.returncode == 0
    assert (tmp_path / "silence.vtt").read_text().strip() == "WEBVTT"
    assert (tmp_path / "silence.srt").read_text() == ""
    assert '"words": []' in (tmp_path / "silence.json").read_text()


def test_transcribe_into_an_impossible_folder_is_refused(tmp_path: Path) -> None:
    """The error comes before the work begins."""
    audio = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    assert_one_sentence(speakerplug("transcribe", audio, *REAL, "-o", f"{audio}/out/"), 1, says="cannot be made")


@pytest.mark.parametrize("more", [(), ("--isolate",)])
def test_transcribe_interrupted_in_both_stages_ends_soon(more: tuple[str, ...], tmp_path: Path) -> None:
    """It logs one line, and leaves no file and no process."""
    command = [sys.executable, "-c", "from speakerplug.cli import run; run()", "transcribe", "-v", *REAL, *more]
    long = record(tmp_path / "long.wav", np.tile(read_waveform(TALK).samples, 3)[None], codec="pcm_s16le")
    with subprocess.Popen(
        [*command, "-o", f"{tmp_path}/", str(long)],
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),  # a suite in the background ignores it
    ) as process:
        assert process.stderr is not None
        loaded = 0
        while loaded < 2:  # both models, so that the stages are about to run
            line = process.stderr.readline()
            assert line, "it ended unexpectedly"
            loaded += "is loaded" in line
        process.send_signal(signal.SIGINT)
        output = process.stderr.read()  # to its end: a child that survived would keep it open
    assert process.returncode == 130
    assert output.count("Canceled.") == 1
    assert "memory" not in output  # a child that is ended here was not killed by the system
    assert list(tmp_path.iterdir()) == [long]

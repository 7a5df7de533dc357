"""The command line with the real stack, in a process of its own: one sentence and an exit code for bad input."""

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
    """Run `speakerplug` with a hub that nobody answers for."""
    command = [sys.executable, "-c", "from speakerplug.cli import run; run()", *map(str, arguments)]
    offline = {"HF_ENDPOINT": "http://127.0.0.1:9", "HF_TOKEN": ""}
    return subprocess.run(
        command, capture_output=True, text=True, env={**os.environ, **offline, **environment}, check=False, timeout=600
    )


def assert_one_sentence(done: subprocess.CompletedProcess[str], code: int, *, says: str) -> None:
    """One error line with what is expected in it, that exit code, no traceback, nothing on stdout."""
    errors = [line for line in done.stderr.splitlines() if line.startswith("Error: ")]
    assert done.returncode == code, done.stderr
    assert len(errors) == 1
    assert says in errors[0]
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.mark.parametrize("situation", [with_libraries, without_libraries], ids=["with FFmpeg", "without FFmpeg"])
def test_the_readmes_first_command(
    situation: Callable[[Path], dict[str, str]], tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """`speakerplug transcribe talk.mp4 --vtt` writes subtitles with voices, and says nothing on stdout.

    Two channels are PyAV's to decode, so nobody misses torchcodec's libraries.
    """
    environment = situation(tmp_path_factory.mktemp("ffmpeg"))
    done = speakerplug("transcribe", TALK, "--vtt", *REAL, "-o", tmp_path / "talk.vtt", **environment)
    assert (done.returncode, done.stdout) == (0, "")
    assert "torchcodec" not in done.stderr
    text = (tmp_path / "talk.vtt").read_text()
    assert text.startswith("WEBVTT")
    assert text.count("<v SPEAKER_0") == text.count(" --> ") > 10


def test_without_hub_and_token_the_bundled_models_are_taken_and_named(tmp_path: Path) -> None:
    """auto says in one line each which model and which diarizer it takes, and why, and needs no minutes for it."""
    sound = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", sound, HF_HUB_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0
    chosen = {line.split(",")[0] for line in done.stderr.splitlines() if line.startswith(("Model", "Diarizer"))}
    assert chosen == {"Model: base (bundled)", "Diarizer: bundled"}


def test_a_model_that_nobody_knows(tmp_path: Path) -> None:
    """An unknown model name is a usage error that lists the known ones."""
    sound = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", sound, "--model", "huge", "--diarizer", "bundled")
    assert_one_sentence(done, 2, says="no model 'huge'")
    assert list(tmp_path.iterdir()) == [sound]


def test_another_language_than_the_models(tmp_path: Path) -> None:
    """An English model is not asked for German."""
    sound = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    assert_one_sentence(speakerplug("transcribe", sound, *REAL, "--language", "de"), 2, says="only English")


def test_a_gpu_that_is_not_there(tmp_path: Path) -> None:
    """A GPU that was asked for and is not there is an error, not a silent change."""
    import torch

    missing = f"cuda:{torch.cuda.device_count()}"
    sound = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", sound, "--model", "tiny.en", "--device", missing)
    assert_one_sentence(done, 1, says=f"{missing} is not there")


def test_a_damaged_model(tmp_path: Path) -> None:
    """A model folder whose weights are damaged is said in one sentence."""
    from speakerplug.plugin.manager import load_plugins

    healthy = load_plugins().models["tiny.en"].locate()
    folder = tmp_path / "tiny"
    folder.mkdir()
    for file in healthy.iterdir():
        (folder / file.name).write_bytes(file.read_bytes()[: 1000 if file.suffix == ".bin" else None])
    sound = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    done = speakerplug("transcribe", sound, "--model", folder, "--diarizer", "bundled")
    assert_one_sentence(done, 1, says="cannot be loaded")


def test_half_a_minute_of_silence(tmp_path: Path) -> None:
    """Silence is no error: valid empty files, exit code 0."""
    sound = record(tmp_path / "silence.wav", np.zeros((1, 30 * 16_000), dtype=np.float32), codec="pcm_s16le")
    done = speakerplug("transcribe", sound, *REAL, "--vtt", "--srt", "--json", "--txt")
    assert done.returncode == 0
    assert (tmp_path / "silence.vtt").read_text().strip() == "WEBVTT"
    assert (tmp_path / "silence.srt").read_text() == ""
    assert '"words": []' in (tmp_path / "silence.json").read_text()


def test_a_folder_that_nothing_can_be_written_into(tmp_path: Path) -> None:
    """A place that cannot be written to is said before the work begins."""
    sound = record(tmp_path / "short.wav", babble(1.0), codec="pcm_s16le")
    assert_one_sentence(speakerplug("transcribe", sound, *REAL, "-o", f"{sound}/out/"), 1, says="cannot be made")


@pytest.mark.parametrize("more", [(), ("--isolate",)])
def test_ctrl_c_stops_both_stages(more: tuple[str, ...], tmp_path: Path) -> None:
    """Interrupted in the middle of both stages, it ends soon, says so in a line, and leaves no file and no process."""
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
            assert line, "it ended by itself"
            loaded += "is loaded" in line
        process.send_signal(signal.SIGINT)
        said = process.stderr.read()  # to its end: a child that lived on would keep it open
    assert process.returncode == 130
    assert said.count("Cancelled.") == 1
    assert "memory" not in said  # a child that we end is none that the system killed
    assert list(tmp_path.iterdir()) == [long]

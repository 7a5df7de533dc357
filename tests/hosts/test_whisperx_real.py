"""The real WhisperX with our diarizer, in an environment of its own in which both are installed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from speakerplug.cli.doctor.decoding import sample
from tests.hosts.conftest import WHISPERX, Run

pytestmark = pytest.mark.hosts

VERSIONS = "from importlib import metadata; print(metadata.version('whisperx'), metadata.version('torch'))"
MODEL = "from speakerplug.plugin.manager import load_plugins; print(load_plugins().models['tiny.en'].locate())"
ASSIGN = """
import copy, json, sys
import whisperx.diarize as theirs
from speakerplug.hosts import whisperx as ours

percent = []
pipeline = theirs.DiarizationPipeline(model_name=sys.argv[1], device="cpu")
turns, embeddings = pipeline(sys.argv[2], None, 2, 3, return_embeddings=True, progress_callback=percent.append)
words = [{"word": f"w{n}", "start": n * 0.4, "end": n * 0.4 + 0.3} for n in range(75)] + [{"word": "1999"}]
result = {"segments": [{"start": 0.0, "end": 30.0, "text": "", "words": words}], "word_segments": words}
named = [module.assign_word_speakers(turns, copy.deepcopy(result)) for module in (theirs, ours)]
speakers = [[word.get("speaker") for word in each["segments"][0]["words"]] for each in named]
print(json.dumps({"turns": len(turns), "embeddings": {key: len(row) for key, row in embeddings.items()},
                  "percent": percent, "theirs": speakers[0], "ours": speakers[1]}))
"""


@pytest.fixture(scope="module")
def folder(whisperx: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pipeline's folder that the command wrote in WhisperX's own environment."""
    folder = tmp_path_factory.mktemp("pipeline") / "bundled"
    whisperx("speakerplug", "pipeline", folder, "--diarizer", "bundled")
    return folder


def test_whisperx_and_speakerplug_are_in_one_environment(whisperx: Run) -> None:
    """As pip resolves both, without overrides: the oldest torch that we support is the one that WhisperX needs."""
    version, torch = whisperx("python", "-c", VERSIONS).split()
    assert f"whisperx=={version}" == WHISPERX
    assert torch.startswith("2.8.")


def test_whisperx_command_diarizes_with_our_folder(whisperx: Run, folder: Path, tmp_path: Path) -> None:
    """`whisperx --diarize --diarize_model FOLDER`: segments have speakers, and each speaker has an embedding."""
    model = whisperx("python", "-c", MODEL).strip()
    options = ("--model", model, "--language", "en", "--no_align", "--compute_type", "int8", "--device", "cpu")
    ours = ("--diarize", "--diarize_model", folder, "--speaker_embeddings", "--chunk_size", "10")
    whisperx("whisperx", sample(), *options, *ours, "--output_format", "json", "--output_dir", tmp_path)
    found = json.loads((tmp_path / "sample.json").read_text(encoding="utf-8"))
    assert {segment["speaker"] for segment in found["segments"]} == {"SPEAKER_00", "SPEAKER_01"}
    assert {speaker: len(row) for speaker, row in found["speaker_embeddings"].items()} == {
        "SPEAKER_00": 192,
        "SPEAKER_01": 192,
    }


def test_whisperx_function_with_our_folder_and_our_attribution(whisperx: Run, folder: Path) -> None:
    """WhisperX's own DiarizationPipeline takes our folder; its words without a turn or a time get speakers by ours."""
    found = json.loads(whisperx("python", "-c", ASSIGN, folder, sample()).splitlines()[-1])  # the others are its log
    assert found["embeddings"] == {"SPEAKER_00": 192, "SPEAKER_01": 192}
    assert found["percent"][-1] == 100.0
    assert found["percent"] == sorted(found["percent"])
    assert None in found["theirs"]
    assert set(found["ours"]) == {"SPEAKER_00", "SPEAKER_01"}
    pairs = [(one, other) for one, other in zip(found["theirs"], found["ours"], strict=True) if one is not None]
    assert sum(one == other for one, other in pairs) > 0.9 * len(pairs)

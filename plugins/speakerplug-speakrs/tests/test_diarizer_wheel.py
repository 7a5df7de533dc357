"""The diarizer with the real wheel, on models of the right names and shapes with made weights."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import speakrs

from speakerplug.plugin import DeviceManager, DiarizationRequest, DiarizerSettings, ModelError, Waveform
from speakerplug.testing import SimulatedMachine, check_diarization
from speakerplug_speakrs.diarizer import SpeakrsDiarizer
from speakerplug_speakrs.models import MODELS
from speakerplug_speakrs.parameters import NAMES, config_of
from tests.recordings import call_path
from tests.standins import speakrs as standin
from tests.standins.speakrs_models import save_models, save_tensors


def quietly(step: str, completed: float, total: float) -> None:
    """Ignore progress."""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder of models."""
    return save_models(tmp_path_factory.mktemp("speakrs") / "models")


@pytest.fixture
def damaged(made: Path, tmp_path: Path) -> Path:
    """Return a folder of links to the models, one of which can be replaced."""
    for name in MODELS.files:
        os.link(made / name, tmp_path / name)
    return tmp_path


def beginning(seconds: float) -> Waveform:
    """Return the beginning of a phone call."""
    import soundfile

    samples, _ = soundfile.read(call_path(), dtype="float32", frames=round(seconds * 16000))
    return Waveform.of(samples)


def diarize(folder: Path, seconds: float = 3.0) -> Any:
    """Return the diarization of the beginning of a phone call."""
    diarizer, devices = SpeakrsDiarizer(DiarizerSettings(source=str(folder))), DeviceManager(probe=SimulatedMachine())
    return diarizer.diarize(beginning(seconds), DiarizationRequest(), devices, quietly)


@pytest.mark.slow
def test_diarize_with_the_real_wheel_returns_turns(made: Path) -> None:
    """Made weights find somebody, if nobody in particular: regular turns and exclusive ones, inside the recording."""
    found = diarize(made)
    assert found.turns
    assert found.exclusive
    check_diarization(found, duration=3.0)


def test_diarize_with_a_missing_file_names_it(damaged: Path) -> None:
    """Nothing is downloaded in its place."""
    (damaged / "plda_mu.npy").unlink()
    with pytest.raises(ModelError, match=r"incomplete \(model file `plda_mu.npy` is missing\)"):
        diarize(damaged)


@pytest.mark.parametrize("name", ["segmentation-3.0.safetensors", "plda_mu.npy"])
def test_diarize_with_a_damaged_file_is_a_model_error(damaged: Path, name: str) -> None:
    """As speakrs refuses it, with the command that repairs it."""
    (damaged / name).unlink()
    (damaged / name).write_bytes(b"damaged")
    with pytest.raises(ModelError, match=r"cannot load its models from .*; .*speakerplug fetch speakrs"):
        diarize(damaged)


def test_diarize_with_another_network_is_a_model_error(damaged: Path) -> None:
    """A file of the right format with other tensors."""
    path = damaged / "wespeaker-multimask-tail.safetensors"
    path.unlink()
    save_tensors(path, {"resnet.conv1.weight": np.zeros((32, 1, 3, 3))})
    with pytest.raises(ModelError, match="cannot load its models"):
        diarize(damaged)


def test_models_are_what_the_wheel_asks_for() -> None:
    """The files and the revision that this version is made for, on the CPU and on CUDA."""
    assert set(speakrs.required_model_files("CPU")) == set(MODELS.files)
    assert (MODELS.repo, MODELS.revision) == (speakrs.DEFAULT_MODEL_REPOSITORY, speakrs.DEFAULT_MODEL_REVISION)


def test_config_of_every_parameter_is_taken_by_the_wheel() -> None:
    """By the names that its configuration has for them."""
    config = config_of(speakrs, "CPU", dict.fromkeys(NAMES, 0.5))
    assert (config.clustering.ahc.threshold, config.clustering.vbx.fa, config.merge_gap) == (0.5, 0.5, 0.5)
    assert str(config_of(speakrs, "CPU", {})) == str(speakrs.PipelineConfig.for_mode("CPU"))


@pytest.mark.parametrize("name", ["from_prepared", "diarize_samples"])
def test_stand_in_takes_the_arguments_of_the_wheel(name: str) -> None:
    """What the other tests call is there."""
    ours = inspect.signature(getattr(standin.Pipeline, name)).parameters
    assert set(ours) <= set(inspect.signature(getattr(speakrs.Pipeline, name)).parameters)


def exported(state: Mapping[str, Any]) -> dict[str, Any]:
    """Return the weights of pyannote's PyanNet by the names, and in the order of gates, of its ONNX export."""

    def gates(name: str) -> Any:
        """Return both directions of an LSTM's weights, (2, 4 * hidden, any): input, output, forget, cell."""
        directions = []
        for suffix in ("", "_reverse"):
            of_input, of_forget, of_cell, of_output = np.split(state[f"lstm.{name}{suffix}"].numpy(), 4)
            directions.append(np.concatenate([of_input, of_output, of_forget, of_cell]))
        return np.stack(directions)

    tensors = {name: value.numpy() for name, value in state.items() if not name.startswith("lstm.")}
    tensors["onnx::Div_1"] = tensors["sincnet.conv1d.0.filterbank.n_"] / 2
    for layer in range(4):
        biases = [gates(f"bias_ih_l{layer}"), gates(f"bias_hh_l{layer}")]
        weights = [np.concatenate(biases, axis=1), gates(f"weight_ih_l{layer}"), gates(f"weight_hh_l{layer}")]
        tensors |= {f"onnx::LSTM_{10 + 3 * layer + number}": weight for number, weight in enumerate(weights)}
    for number, name in enumerate(("linear.0", "linear.1", "classifier")):
        tensors[f"onnx::MatMul_{30 + number}"] = tensors[f"{name}.weight"].T
    return tensors


@pytest.mark.models
def test_diarize_with_the_real_segmentation_finds_the_speech_that_pyannote_finds(damaged: Path) -> None:
    """With segmentation-3.0's weights and a made embedding: in one window, 97 of 100 frames agree."""
    import torch

    from speakerplug_bundled.segmentation import load_segmentation

    network = load_segmentation()
    (damaged / "segmentation-3.0.safetensors").unlink()
    save_tensors(damaged / "segmentation-3.0.safetensors", exported(network.state_dict()))
    found = diarize(damaged, seconds=10.0)
    with torch.inference_mode():
        scores = network(torch.from_numpy(beginning(10.0).samples.copy())[None, None])[0]
    speech = (scores.argmax(dim=-1) > 0).numpy()
    middles = (np.arange(len(speech)) + 0.5) * 10.0 / len(speech)
    told = np.array([any(turn.start <= time < turn.end for turn in found.turns) for time in middles])
    assert 0.2 < speech.mean() < 0.98
    assert (told == speech).mean() > 0.97

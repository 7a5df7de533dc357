"""A pipeline of community-1's exact layout, made of what can be had without a hub."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from speakerplug.waveform import SAMPLE_RATE, Waveform, read_waveform

DATA = Path(__file__).parents[2] / ".." / "shared" / "data"

CONFIG = {
    "dependencies": {"pyannote.audio": "4.0.0"},
    "pipeline": {
        "name": "pyannote.audio.pipelines.SpeakerDiarization",
        "params": {
            "clustering": "VBxClustering",
            "segmentation": "$model/segmentation",
            "segmentation_batch_size": 8,
            "embedding": "$model/embedding",
            "embedding_batch_size": 8,
            "embedding_exclude_overlap": True,
            "plda": "$model/plda",
        },
    },
    "params": {
        "clustering": {"threshold": 0.6, "Fa": 0.07, "Fb": 0.8},
        "segmentation": {"min_duration_off": 0.0},
    },
}


@pytest.fixture(scope="session")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like community-1's: its PLDA, segmentation-3.0, and a speaker embedding of random weights."""
    plda = DATA / "community-1-plda"
    if not plda.is_dir():
        pytest.skip("the PLDA of community-1 is not on this machine")
    weights = pytest.importorskip("speakerplug_bundled.weights")
    folder = tmp_path_factory.mktemp("community-1")
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    shutil.copy(weights.SEGMENTATION.checked(), folder / "segmentation" / "pytorch_model.bin")
    save_random_embedding(folder / "embedding" / "pytorch_model.bin")
    for name in ("plda.npz", "xvec_transform.npz"):
        shutil.copy(plda / name, folder / "plda" / name)
    return folder


def save_random_embedding(path: Path) -> None:
    """A checkpoint of WeSpeaker's ResNet34, as pyannote writes it, that has learned nothing."""
    from speakerplug.diarizers.pyannote import prepare_import

    prepare_import()
    import lightning
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from pyannote.audio.models.embedding import WeSpeakerResNet34

    torch.manual_seed(0)
    model = WeSpeakerResNet34()
    model.specifications = Specifications(
        problem=Problem.REPRESENTATION, resolution=Resolution.CHUNK, duration=5.0, min_duration=0.1
    )
    checkpoint = {
        "state_dict": model.state_dict(),
        "hyper_parameters": dict(model.hparams),
        "pytorch-lightning_version": lightning.__version__,
    }
    model.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, path)


@pytest.fixture
def changed(community: Path, tmp_path: Path) -> Callable[[object], Path]:
    """Makes a copy of the pipeline with another configuration: `changed(config)` gives its folder."""

    def change(config: object) -> Path:
        folder = tmp_path / "pipeline"
        shutil.copytree(community, folder)
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        return folder

    return change


@pytest.fixture(scope="session")
def call() -> Waveform:
    """The first eleven seconds of a phone call between two."""
    path = DATA / "pyannote_sample.wav"
    if not path.is_file():
        pytest.skip("the recordings are not on this machine")
    whole = read_waveform(path)
    return Waveform.of(whole.samples[: 11 * SAMPLE_RATE], name=whole.name)

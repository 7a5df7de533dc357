"""A pipeline of community-1's exact layout, made of what can be had without a hub."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from speakerplug.media.recording import read_waveform
from speakerplug.waveform import SAMPLE_RATE, Waveform
from tests.diarizers.pyannote import strangers
from tests.diarizers.pyannote.strangers import checkpoint, saved
from tests.recordings import call_path

CONFIG = copy.deepcopy(strangers.CONFIG)
CONFIG["pipeline"]["params"] |= {
    "segmentation_batch_size": 8,
    "embedding_batch_size": 8,
    "embedding_exclude_overlap": True,
}


@pytest.fixture(scope="session")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like community-1's: segmentation-3.0, and a speaker embedding and a PLDA that have learned nothing."""
    from speakerplug_bundled import weights

    folder = tmp_path_factory.mktemp("community-1")
    for part in ("segmentation", "embedding", "plda"):
        (folder / part).mkdir()
    (folder / "config.yaml").write_text(yaml.safe_dump(CONFIG))
    shutil.copy(weights.SEGMENTATION.checked(), folder / "segmentation" / "pytorch_model.bin")
    save_random_embedding(folder / "embedding" / "pytorch_model.bin")
    save_random_plda(folder / "plda")
    return folder


def save_random_plda(folder: Path, embedding: int = 256, dimension: int = 128) -> None:
    """Write both files of a PLDA in community-1's form: names, shapes and types are its own, the numbers are drawn.

    The transformation is a rotation, and the variance between speakers falls from 8 to 0.1 over the dimensions.
    """
    random = np.random.default_rng(0)
    rotation, _ = np.linalg.qr(random.standard_normal((embedding, embedding)))
    np.savez(
        folder / "xvec_transform.npz",
        mean1=random.normal(0, 0.1, embedding),
        mean2=random.normal(0, 0.05, dimension).astype(np.float32),
        lda=rotation[:, :dimension].astype(np.float32),
    )
    np.savez(
        folder / "plda.npz",
        mu=random.normal(0, 0.05, dimension),
        tr=np.linalg.qr(random.standard_normal((dimension, dimension)))[0],
        psi=np.geomspace(8, 0.1, dimension),
    )


def save_random_embedding(path: Path) -> None:
    """A checkpoint of WeSpeaker's ResNet34, as pyannote writes it, that has learned nothing."""
    from speakerplug.diarizers.pyannote.diarizer import prepare_import

    prepare_import()
    path.write_bytes(saved(checkpoint()))


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
    whole = read_waveform(call_path())
    return Waveform.of(whole.samples[: 11 * SAMPLE_RATE], name=whole.name)

"""A pipeline with the exact layout of community-1, made of files that need no hub."""

from __future__ import annotations

import copy
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import yaml

from speakerplug.media.recording import read_waveform
from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from tests.diarizers.pyannote import untrusted
from tests.diarizers.pyannote.untrusted import checkpoint, saved
from tests.recordings import call_path

CONFIG = copy.deepcopy(untrusted.CONFIG)
CONFIG["pipeline"]["params"] |= {
    "segmentation_batch_size": 8,
    "embedding_batch_size": 8,
    "embedding_exclude_overlap": True,
}


@pytest.fixture(scope="session")
def community(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a folder like that of community-1: segmentation-3.0, with an untrained speaker embedding and PLDA."""
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
    """Write both files of a PLDA with the names, shapes and types of community-1, and random numbers.

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
    """Write a checkpoint of WeSpeaker's ResNet34 as pyannote does, untrained."""
    from speakerplug.diarizers.pyannote.diarizer import prepare_import

    prepare_import()
    path.write_bytes(saved(checkpoint()))


@pytest.fixture
def changed(community: Path, tmp_path: Path) -> Callable[[object], Path]:
    """Copy the pipeline with another configuration: `changed(config)` returns its folder."""

    def change(config: object) -> Path:
        folder = tmp_path / "pipeline"
        shutil.copytree(community, folder)
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        return folder

    return change


@pytest.fixture(scope="session")
def call() -> Waveform:
    """Return the first eleven seconds of a phone call between two speakers."""
    whole = read_waveform(call_path())
    return Waveform.of(whole.samples[: 11 * SAMPLE_RATE], name=whole.name)

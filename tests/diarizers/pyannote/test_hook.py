"""The results of a pipeline's steps become artifacts, for any pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from speakerplug.devices import DeviceManager
from speakerplug.diarizers.pyannote.hook import artifacts_of, snapshot
from speakerplug.diarizers.pyannote.pretrained import pretrained
from speakerplug.media.waveform import Waveform
from speakerplug.plugin.roles import DiarizationRequest, Diarizer, DiarizerSettings
from speakerplug.transcript import Diarization
from tests.diarizers.pyannote.test_diarizer import Annotation, Feature
from tests.diarizers.pyannote.test_load import agglomerative


def diarized(diarizer: Diarizer, waveform: Waveform) -> Diarization:
    request = DiarizationRequest(keep_artifacts=True)
    return diarizer.diarize(waveform, request, DeviceManager("cpu"), lambda *report: None)


def test_artifacts_of_a_pipeline_with_few_steps_are_partly_empty() -> None:
    """Such a pipeline stops early, as in silence, or has no centroids."""
    kept = artifacts_of({"segmentation": snapshot(Feature(np.zeros((2, 5, 2))))}, Annotation())
    assert kept.segmentation.data.shape == (2, 5, 2)
    assert (kept.diarization.data.size, kept.embeddings.size, kept.centroids.size, kept.speakers) == (0, 0, 0, ())


def test_artifacts_of_a_hundred_speakers_keep_their_rows() -> None:
    """Columns are numbered, labels and rows of centroids sorted as text: each speaker keeps its own."""
    annotation = Annotation(*((float(n), n + 1.0, f"SPEAKER_{n:02d}") for n in range(102)))
    rows = np.array([[int(label.removeprefix("SPEAKER_"))] for label in annotation.labels()])
    output = SimpleNamespace(speaker_diarization=annotation, speaker_embeddings=rows)
    kept = artifacts_of({"discrete_diarization": snapshot(Feature(np.eye(103)[:, :102]))}, output)
    assert kept.speakers == tuple(f"SPEAKER_{n:02d}" for n in range(102))
    assert kept.centroids.ravel().tolist() == list(range(102))


@pytest.mark.models
def test_artifacts_of_community_1_are_complete(community: Path, call: Waveform) -> None:
    """In the middle of each turn its speaker is active."""
    diarization = diarized(pretrained(str(community), DiarizerSettings()), call)
    kept = diarization.artifacts
    windows, _, local = kept.segmentation.data.shape
    assert kept.embeddings.shape == (windows, local, 256)
    assert kept.centroids.shape == (len(kept.speakers), 256)
    assert set(kept.speakers) == set(diarization.speakers)
    assert kept.speaker_count.data.max() >= 1
    for turn in diarization.turns:
        frame = np.abs(kept.diarization.times - (turn.start + turn.end) / 2).argmin()
        assert kept.diarization.data[frame, kept.speakers.index(turn.speaker)] == 1


@pytest.mark.models
def test_artifacts_of_a_3_1_pipeline_have_no_centroids(changed: Callable[[object], Path], call: Waveform) -> None:
    """Its result has only labels; its exclusive turns are derived, and marked as such."""
    diarization = diarized(pretrained(str(changed(agglomerative())), DiarizerSettings()), call)
    assert diarization.derived
    assert diarization.exclusive
    assert set(diarization.artifacts.speakers) == set(diarization.speakers)
    assert diarization.artifacts.diarization.data.shape[1] == len(diarization.artifacts.speakers)
    assert diarization.artifacts.centroids.size == 0

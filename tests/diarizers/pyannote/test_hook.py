"""What pipelines show of their steps: made into artifacts, whatever the pipeline."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from speakerplug.devices import DeviceManager
from speakerplug.diarizers.pyannote.hook import artifacts_of, shown
from speakerplug.diarizers.pyannote.pretrained import pretrained
from speakerplug.plugin.roles import DiarizationRequest, Diarizer, DiarizerSettings
from speakerplug.transcript import Diarization
from speakerplug.waveform import Waveform
from tests.diarizers.pyannote.test_diarizer import Annotation, Feature
from tests.diarizers.pyannote.test_load import agglomerative


def diarized(diarizer: Diarizer, waveform: Waveform) -> Diarization:
    asked = DiarizationRequest(keep_artifacts=True)
    return diarizer.diarize(waveform, asked, DeviceManager("cpu"), lambda *report: None)


def test_a_pipeline_that_shows_little_has_few_artifacts() -> None:
    """A pipeline that stops early, as in silence, or that gives no centroids, leaves these empty."""
    kept = artifacts_of({"segmentation": shown(Feature(np.zeros((2, 5, 2))))}, Annotation())
    assert kept.segmentation.data.shape == (2, 5, 2)
    assert (kept.diarization.data.size, kept.embeddings.size, kept.centroids.size, kept.speakers) == (0, 0, 0, ())


def test_a_hundred_speakers_keep_their_rows() -> None:
    """Columns are numbered, labels and rows of centroids sorted as text: each speaker keeps its own."""
    everybody = Annotation(*((float(n), n + 1.0, f"SPEAKER_{n:02d}") for n in range(102)))
    rows = np.array([[int(label.removeprefix("SPEAKER_"))] for label in everybody.labels()])
    output = SimpleNamespace(speaker_diarization=everybody, speaker_embeddings=rows)
    kept = artifacts_of({"discrete_diarization": shown(Feature(np.eye(103)[:, :102]))}, output)
    assert kept.speakers == tuple(f"SPEAKER_{n:02d}" for n in range(102))
    assert kept.centroids.ravel().tolist() == list(range(102))


@pytest.mark.models
def test_community_1s_pipeline_shows_all(community: Path, call: Waveform) -> None:
    """VBx: all there is, and in the middle of each turn its speaker is active."""
    heard = diarized(pretrained(str(community), DiarizerSettings()), call)
    kept = heard.artifacts
    windows, _, local = kept.segmentation.data.shape
    assert kept.embeddings.shape == (windows, local, 256)
    assert kept.centroids.shape == (len(kept.speakers), 256)
    assert set(kept.speakers) == set(heard.speakers)
    assert kept.speaker_count.data.max() >= 1
    for turn in heard.turns:
        frame = np.abs(kept.diarization.times - (turn.start + turn.end) / 2).argmin()
        assert kept.diarization.data[frame, kept.speakers.index(turn.speaker)] == 1


@pytest.mark.models
def test_a_3_1_pipeline_gives_no_centroids(changed: Callable[[object], Path], call: Waveform) -> None:
    """A bare result names speakers, and nothing tells their centroids; its exclusive turns are derived, marked so."""
    heard = diarized(pretrained(str(changed(agglomerative())), DiarizerSettings()), call)
    assert heard.derived
    assert heard.exclusive
    assert set(heard.artifacts.speakers) == set(heard.speakers)
    assert heard.artifacts.diarization.data.shape[1] == len(heard.artifacts.speakers)
    assert heard.artifacts.centroids.size == 0

"""WeSpeaker's network gives the engine the features and the embeddings that it gives pyannote."""

from __future__ import annotations

import itertools
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from speakerplug.diarizers.pyannote import wespeaker_network
from speakerplug.diarizers.pyannote.diarizer import prepare_import
from speakerplug.diarizers.pyannote.wespeaker_network import WeSpeakerEmbedding
from speakerplug.diarizers.single_pass import Speech
from speakerplug.diarizers.single_pass.speaker_change import parts_of
from speakerplug.media.waveform import SAMPLE_RATE, Waveform


class Network:
    """A small network of the same interface: features are sample pairs, of which every eighth is pooled."""

    dimension, device = 2, "cpu"
    hparams = SimpleNamespace(sample_rate=1000, frame_length=25, frame_shift=10, num_mel_bins=2)

    def __init__(self) -> None:
        self.resnet = SimpleNamespace(
            forward_frames=lambda fbank: fbank[:, ::8].transpose(1, 2)[:, None], seg_1=lambda stats: stats[:, :2] + 1
        )
        self._fbank = lambda waveform: waveform[0].unfold(0, 25, 10)[:, :2]


def speech_of(features: Any) -> Speech:
    """Return speech whose frames are numbered like its features."""
    return Speech(np.asarray(features, np.float32), np.arange(len(features)))


@pytest.mark.parametrize("sizes", [[], [5, 30, 7], [24, 1, 300], [0, 1000, 9]])
def test_features_do_not_depend_on_blocks(sizes: list[int]) -> None:
    """Each feature comes once, as soon as its audio is complete, scaled as the network was trained."""
    samples = np.random.default_rng(0).standard_normal(sum(sizes)).astype(np.float32)
    stream, edges = WeSpeakerEmbedding(Network()).features(), np.cumsum([0, *sizes])
    blocks = [stream.push(samples[first:last]) for first, last in itertools.pairwise(edges)]
    count = max(0, (len(samples) - 25) // 10 + 1)
    expected = [samples[10 * each : 10 * each + 2] * 32768 for each in range(count)]
    np.testing.assert_allclose(np.vstack([np.zeros((0, 2)), *blocks]), np.reshape(expected, (-1, 2)))


def test_running_sums_are_of_centered_features_from_start_to_end() -> None:
    """The embedding is of the whole segment, which is not cut; too little speech has none."""
    network = WeSpeakerEmbedding(Network())
    features = np.random.default_rng(0).standard_normal((80, 2))
    none, short, sums = network.running_sums([speech_of(features[:0]), speech_of(features[:8]), speech_of(features)])
    assert none is None
    assert short is None
    assert sums is not None
    cuts, vectors = parts_of(sums, network.embed, 0.0, 1)
    assert not len(cuts)
    np.testing.assert_allclose(vectors, (features - features.mean(axis=0))[::8].mean(axis=0)[None] + 1, rtol=1e-4)


def test_long_speech_passes_the_network_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """None is longer than the bound, by which memory is bounded."""
    monkeypatch.setattr(wespeaker_network, "MAX_FEATURES", 40)
    network, seen = Network(), []
    frames = network.resnet.forward_frames
    network.resnet.forward_frames = lambda fbank: seen.append(fbank.shape[1]) or frames(fbank)
    (sums,) = WeSpeakerEmbedding(network).running_sums([speech_of(np.ones((100, 2)))])
    assert sums is not None
    assert (seen, sums.counts.tolist(), sums.frames.tolist()) == ([34, 33, 33], [0, 15], [0, 99])


@pytest.mark.models
@pytest.mark.parametrize("seconds", [0.2, 1.0, 3.7, 10.0])
def test_embedding_of_a_segment_equals_that_of_pyannote(call: Waveform, seconds: float) -> None:
    """Of WeSpeaker's ResNet34 with made weights, to 1e-4 of its length, for audio that comes in blocks of any size."""
    prepare_import()
    import torch
    from pyannote.audio.models.embedding import WeSpeakerResNet34

    torch.manual_seed(0)
    model = WeSpeakerResNet34().eval()
    samples = call.samples[: round(seconds * SAMPLE_RATE)]
    with torch.inference_mode():
        waveform = torch.from_numpy(samples.copy())[None, None]
        expected, features = model(waveform).numpy(), model.compute_fbank(waveform)[0].numpy()
    network = WeSpeakerEmbedding(model)
    stream = network.features()
    found = np.vstack([stream.push(samples[first : first + 7777]) for first in range(0, len(samples), 7777)])
    np.testing.assert_allclose(found - found.mean(axis=0), features, atol=1e-3)
    (sums,) = network.running_sums([speech_of(found)])
    assert sums is not None
    _, vectors = parts_of(sums, network.embed, 0.0, 1)
    assert (network.dimension, vectors.shape) == (256, (1, 256))
    assert np.linalg.norm(vectors - expected) < 1e-4 * np.linalg.norm(expected)

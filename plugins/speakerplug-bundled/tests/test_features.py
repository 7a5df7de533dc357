"""Log-mel energies are those of torchaudio, whatever the blocks in which the audio comes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from speakerplug.devices import CPU
from speakerplug_bundled.features import LogMel
from speakerplug_bundled.geometry import MEL_BINS, SAMPLE_RATE
from tests.media_files import babble
from tests.recordings import TALK


@given(st.lists(st.integers(0, 20_000), max_size=8))
def test_log_mel_does_not_depend_on_blocks(sizes: list[int]) -> None:
    """Each frame comes once, as soon as its 25 ms are complete, and has the same bits."""
    samples = babble(max(1, sum(sizes)) / SAMPLE_RATE)[0][: sum(sizes)].astype(np.float32)
    stream, edges = LogMel(), np.cumsum([0, *sizes])
    blocks = [stream.push(samples[first:last]) for first, last in itertools.pairwise(edges)]
    found = np.vstack([np.empty((0, MEL_BINS), np.float32), *blocks])
    assert len(found) == max(0, (len(samples) - 400) // 160 + 1)
    np.testing.assert_array_equal(found, LogMel().push(samples) if sizes else found)


@pytest.mark.models  # no model is loaded, but torchaudio is imported and a talk is decoded
@pytest.mark.parametrize("block", [160_000, 7_777, 100])
@pytest.mark.parametrize("on_a_gpu", [False, True])
def test_log_mel_equals_torchaudio(on_a_gpu: bool, block: int) -> None:
    """At most a hundredth apart, a ten-thousandth on average; silence included."""
    import torch
    import torchaudio.compliance.kaldi as kaldi

    from speakerplug.media.recording import read_waveform
    from speakerplug_bundled.torch_networks import TorchLogMel

    samples = np.concatenate([read_waveform(TALK).samples[: 20 * SAMPLE_RATE], np.zeros(SAMPLE_RATE, np.float32)])
    stream = TorchLogMel(CPU) if on_a_gpu else LogMel()
    found = np.vstack([stream.push(samples[first : first + block]) for first in range(0, len(samples), block)])
    theirs = kaldi.fbank(
        torch.from_numpy(samples)[None], num_mel_bins=MEL_BINS, sample_frequency=SAMPLE_RATE, dither=0.0
    ).numpy()
    assert found.shape == theirs.shape
    apart = np.abs(found - theirs)
    assert apart.max() < 1e-2
    assert apart.mean() < 1e-4

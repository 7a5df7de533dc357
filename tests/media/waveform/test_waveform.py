from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from speakerplug.errors import MediaError
from speakerplug.media.waveform import SAMPLE_RATE, Waveform
from tests.media_files import babble

floats = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=1, max_dims=2, max_side=40),
    elements=st.floats(-1, 1, width=32),
)


@given(floats)
def test_of_averages_float_channels_and_keeps_their_values(samples: np.ndarray) -> None:
    """Floats at 16 kHz are taken as they are; channels come first and are averaged."""
    waveform = Waveform.of(samples)
    expected = samples.mean(axis=0) if samples.ndim == 2 else samples
    np.testing.assert_allclose(waveform.samples, expected, atol=1e-6)
    assert waveform.samples.dtype == np.float32
    assert waveform.duration == len(expected) / SAMPLE_RATE


@given(st.sampled_from([np.uint8, np.int16, np.int32]), st.data())
def test_of_scales_integers_to_full_scale(kind: type[np.integer[Any]], data: st.DataObject) -> None:
    """An integer's lowest value becomes -1, its middle 0, and the order is kept."""
    limits = np.iinfo(kind)
    values = data.draw(st.lists(st.integers(limits.min, limits.max), min_size=1, max_size=20))
    middle = 128 if kind is np.uint8 else 0
    samples = Waveform.of(np.array([limits.min, middle, limits.max, *sorted(values)], dtype=kind)).samples
    assert samples[0] == -1
    assert samples[1] == 0
    assert 0.99 < samples[2] <= 1
    assert (np.diff(samples[3:]) >= 0).all()


@given(floats)
def test_of_takes_a_read_only_copy(samples: np.ndarray) -> None:
    """Later changes of the caller's array have no effect, and the waveform's samples are read-only."""
    before = Waveform.of(samples).samples.copy()
    waveform = Waveform.of(samples)
    samples[...] = 7
    np.testing.assert_array_equal(waveform.samples, before)
    with pytest.raises(ValueError, match="read-only"):
        waveform.samples[0] = 1


def test_of_takes_tensors() -> None:
    """A torch tensor, of any float or integer type, gives the same as the numpy array."""
    import torch

    audio = babble(0.1, channels=2)
    np.testing.assert_array_equal(Waveform.of(torch.from_numpy(audio)).samples, Waveform.of(audio).samples)
    whole = (audio * 32767).astype(np.int16)
    np.testing.assert_array_equal(Waveform.of(torch.from_numpy(whole)).samples, Waveform.of(whole).samples)
    assert Waveform.of(torch.zeros(160, dtype=torch.bfloat16)).duration == 0.01


@pytest.mark.parametrize(
    ("samples", "words"),
    [
        (np.zeros(0), "shape"),
        (np.zeros((2, 0)), "shape"),
        (np.float32(1), "shape"),
        (np.zeros((1, 2, 3)), "shape"),
        (np.zeros((16_000, 2)), "transposed"),
        (np.zeros(5, complex), "type"),
        (np.zeros(5, bool), "type"),
        (np.zeros(5, np.int64), "type"),
        (np.array([0, np.nan]), "finite"),
        (np.array([0, np.inf]), "finite"),
    ],
)
def test_of_an_array_that_is_not_audio_says_why(samples: np.ndarray, words: str) -> None:
    """An array that cannot be audio is rejected with the reason."""
    with pytest.raises(MediaError, match=words):
        Waveform.of(samples)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([0.0, 0.1], "not list: use Waveform.of"),
        (np.zeros(10, np.int16), r"not ndarray of int16, shape \(10,\): use Waveform.of"),
        (np.zeros((2, 10), np.float32), r"shape \(2, 10\): use Waveform.of.* or Recording.of"),
    ],
)
def test_waveform_of_other_samples_is_rejected_when_it_is_made(samples: Any, said: str) -> None:
    """So that no stage is blamed for them later."""
    with pytest.raises(MediaError, match=said):
        Waveform(samples)


def test_waveform_of_a_tensor_without_values_raises() -> None:
    """A torch tensor on the device meta has a shape and no values."""
    import torch  # which takes seconds

    with pytest.raises(MediaError, match=r"The samples cannot be read .*meta"):
        Waveform.of(torch.zeros(100, device="meta"))


def test_waveform_of_rows_of_several_lengths_raises() -> None:
    """numpy makes no array of them."""
    with pytest.raises(MediaError, match="The samples cannot be read"):
        Waveform.of([[0.0, 0.1], [0.0]])

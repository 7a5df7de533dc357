from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from speakerplug.errors import MediaError
from speakerplug.waveform import SAMPLE_RATE, Waveform
from tests.media_files import babble

floats = arrays.arrays(
    np.float32,
    arrays.array_shapes(min_dims=1, max_dims=2, max_side=40),
    elements=st.floats(-1, 1, width=32),
)


@given(floats)
def test_of_averages_the_channels_of_floats_and_leaves_them_else(samples: np.ndarray) -> None:
    """Floats at 16 kHz come out as they went in; channels come first and are averaged."""
    waveform = Waveform.of(samples)
    expected = samples.mean(axis=0) if samples.ndim == 2 else samples
    np.testing.assert_allclose(waveform.samples, expected, atol=1e-6)
    assert waveform.samples.dtype == np.float32
    assert waveform.duration == len(expected) / SAMPLE_RATE


@given(st.sampled_from([np.uint8, np.int16, np.int32]), st.data())
def test_of_brings_integers_to_full_scale(kind: type[np.integer[Any]], data: st.DataObject) -> None:
    """An integer's lowest value becomes -1, its middle 0, and its order is kept."""
    limits = np.iinfo(kind)
    values = data.draw(st.lists(st.integers(limits.min, limits.max), min_size=1, max_size=20))
    middle = 128 if kind is np.uint8 else 0
    samples = Waveform.of(np.array([limits.min, middle, limits.max, *sorted(values)], dtype=kind)).samples
    assert samples[0] == -1
    assert samples[1] == 0
    assert 0.99 < samples[2] <= 1
    assert (np.diff(samples[3:]) >= 0).all()


@given(floats)
def test_of_takes_a_copy_that_nobody_can_change(samples: np.ndarray) -> None:
    """What the caller does to the array afterwards changes nothing, and the waveform's samples are read-only."""
    before = Waveform.of(samples).samples.copy()
    waveform = Waveform.of(samples)
    samples[...] = 7
    np.testing.assert_array_equal(waveform.samples, before)
    with pytest.raises(ValueError, match="read-only"):
        waveform.samples[0] = 1


def test_of_takes_tensors() -> None:
    """A torch tensor, of any float or integer type, gives what the same numpy array gives."""
    import torch

    sound = babble(0.1, channels=2)
    np.testing.assert_array_equal(Waveform.of(torch.from_numpy(sound)).samples, Waveform.of(sound).samples)
    whole = (sound * 32767).astype(np.int16)
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
def test_of_says_why_an_array_is_no_sound(samples: np.ndarray, words: str) -> None:
    """An array that cannot be sound is refused with the reason."""
    with pytest.raises(MediaError, match=words):
        Waveform.of(samples)


@pytest.mark.parametrize(
    ("samples", "said"),
    [
        ([0.0, 0.1], "no list: use Waveform.of"),
        (np.zeros(10, np.int16), r"no ndarray of int16, shape \(10,\): use Waveform.of"),
        (np.zeros((2, 10), np.float32), r"shape \(2, 10\): use Waveform.of.* or Recording.of"),
    ],
)
def test_waveform_of_what_are_no_samples_is_refused_when_it_is_made(samples: Any, said: str) -> None:
    """So that no stage is blamed for them later."""
    with pytest.raises(MediaError, match=said):
        Waveform(samples)


def test_waveform_of_a_tensor_without_values_says_so() -> None:
    """A torch tensor on the device meta has a shape and nothing in it."""
    import torch  # which takes seconds

    with pytest.raises(MediaError, match=r"The samples cannot be read .*meta"):
        Waveform.of(torch.zeros(100, device="meta"))


def test_waveform_of_rows_of_several_lengths_says_so() -> None:
    """numpy makes no array of them."""
    with pytest.raises(MediaError, match="The samples cannot be read"):
        Waveform.of([[0.0, 0.1], [0.0]])

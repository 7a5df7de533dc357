"""The real speaker embedding network on real speech, and its batches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torchaudio.compliance.kaldi as kaldi
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor

from speakerplug_bundled import campplus as module
from speakerplug_bundled import weights
from speakerplug_bundled.campplus import (
    CAMPlusPlus,
    _filled_up,
    _plain_network,
    _size,
    batches_of_similar_length,
    load_campplus,
)

models = pytest.mark.models


@pytest.fixture(scope="module")
def campplus() -> CAMPlusPlus:
    return load_campplus()


@pytest.fixture(scope="module")
def masked(call: dict[str, Any]) -> tuple[Tensor, Tensor]:
    """Return windows of the call, two rows each, with masks of different lengths; the last row is silent."""
    windows = [call["waveform"][:, start : start + 160000] for start in (80000, 80000, 240000, 240000)]
    masks = torch.zeros(4, 589)
    masks[0, 10:300] = 1.0
    masks[1, 320:420] = 1.0
    masks[1, 500:589] = 1.0
    masks[2, 100:130] = 1.0
    return torch.stack(windows), masks


def straightforward(waveform: Tensor, mask: Tensor) -> Tensor:
    """Return the embedding as in the paper: no fusion, no sharing, one at a time."""
    network = _plain_network()
    network.load_state_dict(torch.load(weights.CAMPPLUS.checked(), weights_only=True))
    features = kaldi.fbank(waveform, num_mel_bins=80, sample_frequency=16000, dither=0.0)
    kept = torch.nn.functional.interpolate(mask[None, None], size=len(features), mode="nearest")[0, 0] > 0.5
    with torch.inference_mode():
        embedding: Tensor = network((features[kept] - features[kept].mean(dim=0))[None])[0]
    return embedding


@models
def test_embeddings_are_those_of_a_straightforward_computation(
    campplus: CAMPlusPlus, masked: tuple[Tensor, Tensor]
) -> None:
    """Fusion, shared features and batches change nothing beyond rounding."""
    waveforms, masks = masked
    with torch.inference_mode():
        embeddings = campplus(waveforms, weights=masks)
    for row in range(3):
        torch.testing.assert_close(embeddings[row], straightforward(waveforms[row], masks[row]), atol=1e-4, rtol=1e-4)
    assert embeddings[3].isnan().all()


@models
def test_running_sums_pool_to_the_same_embedding(campplus: CAMPlusPlus, masked: tuple[Tensor, Tensor]) -> None:
    """The running sums of a whole segment give the embedding of the network; silence has none."""
    waveforms, masks = masked
    with torch.inference_mode():
        whole = campplus(waveforms, weights=masks)
    *found, silent = campplus.running_sums(waveforms, masks)
    assert silent is None
    for row, sums in enumerate(found):
        assert sums is not None
        pooled = campplus.embed(sums.statistics(np.array([0]), np.array([len(sums.counts) - 1])))
        np.testing.assert_allclose(pooled[0], whole[row].numpy(), atol=2e-3)
        assert masks[row, sums.frames].all()


@models
def test_embeddings_have_two_signs(campplus: CAMPlusPlus, masked: tuple[Tensor, Tensor]) -> None:
    """CAM++ ends in a normalization: without the ReLU of its file, about half of an embedding is negative."""
    with torch.inference_mode():
        embedding = campplus(masked[0][:1], weights=masked[1][:1])
    assert 0.3 < float((embedding < 0).float().mean()) < 0.7


@models
def test_embeddings_do_not_depend_on_other_rows(campplus: CAMPlusPlus, masked: tuple[Tensor, Tensor]) -> None:
    """Alone, reversed or all together: the same numbers."""
    waveforms, masks = masked
    with torch.inference_mode():
        together = campplus(waveforms, weights=masks)
        backwards = campplus(waveforms.flip(0), weights=masks.flip(0)).flip(0)
        alone = torch.cat([campplus(waveforms[[row]], weights=masks[[row]]) for row in range(4)])
    torch.testing.assert_close(together, backwards, equal_nan=True, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(together, alone, equal_nan=True, atol=1e-5, rtol=1e-5)


@models
def test_forward_of_too_short_audio_raises(campplus: CAMPlusPlus) -> None:
    """Without a mask, a waveform of a tenth of a second is an error, as pyannote's search for the minimum expects."""
    with pytest.raises(ValueError, match="at least 20 frames"):
        campplus(torch.zeros(1, 1, 1600))


@models
def test_campplus_is_a_checkpoint_like_any_other(
    campplus: CAMPlusPlus, masked: tuple[Tensor, Tensor], tmp_path: Path
) -> None:
    """Saved as by pyannote, it is loaded as by pyannote, and gives the same embeddings."""
    from pyannote.audio import Model

    checkpoint: dict[str, Any] = {"state_dict": campplus.state_dict(), "hyper_parameters": dict(campplus.hparams)}
    checkpoint["pytorch-lightning_version"] = "2.0.0"
    campplus.on_save_checkpoint(checkpoint)
    torch.save(checkpoint, tmp_path / "pytorch_model.bin")
    loaded = Model.from_pretrained(tmp_path)
    assert loaded is not None
    waveforms, masks = masked
    with torch.inference_mode():
        torch.testing.assert_close(
            loaded.eval()(waveforms, weights=masks), campplus(waveforms, weights=masks), equal_nan=True
        )


@models
def test_forward_on_a_gpu_gives_the_embeddings_of_a_cpu(
    campplus: CAMPlusPlus, masked: tuple[Tensor, Tensor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Padded and masked batches: within 1e-4 of one by one, and NaN for the same rows."""
    waveforms, masks = masked
    with torch.inference_mode():
        one_by_one = campplus(waveforms, weights=masks)
        monkeypatch.setattr(CAMPlusPlus, "device", torch.device("cuda"))  # it decides how, and moves nothing
        batched = campplus(waveforms, weights=masks)
    torch.testing.assert_close(batched, one_by_one, equal_nan=True, atol=1e-4, rtol=0.0)
    assert not torch.equal(batched[:3], one_by_one[:3])


@given(lengths=st.lists(st.integers(20, 1000), max_size=40), most=st.integers(1000, 5000))
def test_batches_of_similar_length_hold_every_row_once_in_few_sizes(lengths: list[int], most: int) -> None:
    """Longest first; filled up, no more frames than allowed, and at most a third of the rows or frames added."""
    rows = [(number, torch.ones(length, module.MEL_BINS)) for number, length in enumerate(lengths)]
    batches = list(batches_of_similar_length(rows, most))
    in_order = [lengths[number] for batch in batches for number, _ in batch]
    assert in_order == sorted(lengths, reverse=True)
    assert sorted(number for batch in batches for number, _ in batch) == list(range(len(lengths)))
    for batch in batches:
        padded, filled = _filled_up([features for _, features in batch])
        assert padded.shape[0] * padded.shape[1] <= most or len(batch) == 1
        assert padded.shape[:2] == (len(filled), _size(max(filled)))
        assert len(batch) <= padded.shape[0] <= 1.5 * len(batch)
        assert filled[: len(batch)] == [len(features) for _, features in batch]
        assert padded.sum() == module.MEL_BINS * sum(filled[: len(batch)])


@given(st.integers(1, 10**6))
def test_size_is_the_next_of_few_that_are_no_more_than_half_larger(number: int) -> None:
    """Two sizes between a power of two and the next; what is such a size stays."""
    size = _size(number)
    assert number <= size < 1.5 * number + 1
    assert _size(size) == size

"""A padded and masked batch gives for each row what the network gives for it alone."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

import pytest
import torch
from hypothesis import example, given
from hypothesis import strategies as st
from torch import Tensor, nn
from torch.nn.utils.rnn import pad_sequence

from speakerplug_bundled.campplus import _plain_network, load_campplus
from speakerplug_bundled.fuse_batchnorm import fuse_batchnorm
from speakerplug_bundled.masked_campplus import masked_features

TOLERANCE = 1e-4


@pytest.fixture(autouse=True)
def _one_thread() -> Iterator[None]:
    """Compute in one thread: on a busy machine two of them wait for each other."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@functools.cache
def small_network() -> nn.Module:
    """Return a network of CAM++'s structure with few channels and random weights, normalizations included."""
    torch.manual_seed(0)
    network: nn.Module = type(_plain_network())(
        feat_dim=16, embedding_size=8, growth_rate=4, bn_size=2, init_channels=8
    )
    for module in network.modules():
        if isinstance(module, (nn.BatchNorm1d, nn.BatchNorm2d)):
            assert module.running_mean is not None
            assert module.running_var is not None
            module.running_mean.normal_()
            module.running_var.uniform_(0.5, 2.0)
            if module.affine:
                nn.init.normal_(module.bias)
    return fuse_batchnorm(network.eval())


def alone(network: Any, features: Tensor) -> Tensor:
    """Return the features that are pooled of one row, (channels, half its frames)."""
    output: Tensor = network.xvector[:-2](network.head(features.T[None]))[0]
    return output


def random_rows(lengths: list[int], bins: int) -> list[Tensor]:
    """Return rows of random features, the same for the same lengths."""
    generator = torch.Generator().manual_seed(len(lengths) + sum(lengths))
    return [3 * torch.randn(length, bins, generator=generator) for length in lengths]


@given(lengths=st.lists(st.integers(20, 250), min_size=1, max_size=4))
@example(lengths=[20, 450])
@example(lengths=[199, 200, 201, 202])  # a segment ends where a row does, or one frame off
@torch.inference_mode()
def test_masked_features_of_rows_of_any_lengths_are_those_of_each_alone(lengths: list[int]) -> None:
    """With every frame of them; nothing of the padding, and nothing of another row."""
    network = small_network()
    rows = random_rows(lengths, bins=16)
    found = masked_features(network, pad_sequence(rows, batch_first=True), lengths)
    for row, features in zip(rows, found, strict=True):
        half = (len(row) + 1) // 2
        torch.testing.assert_close(features[:, :half], alone(network, row), atol=TOLERANCE, rtol=TOLERANCE)
        assert not features[:, half:].any()


@torch.inference_mode()
def test_masked_features_without_masks_would_differ() -> None:
    """The tolerance is not so wide that padding passes: plain zeros change the features of a short row."""
    network = small_network()
    rows = random_rows([60, 300], bins=16)
    padded = pad_sequence(rows, batch_first=True)
    unmasked = alone(network, padded[0])[:, :30]
    assert (unmasked - alone(network, rows[0])).abs().max() > 100 * TOLERANCE


@pytest.mark.models
@torch.inference_mode()
def test_embeddings_of_masked_batches_are_those_of_each_row_alone() -> None:
    """The real network: within 1e-4 in each number, and as cosine distance."""
    network = load_campplus().network
    for lengths in ([20, 21, 998], [99, 100, 101, 150, 199, 200, 201], [333, 400, 555, 640]):
        rows = random_rows(lengths, bins=80)
        found = masked_features(network, pad_sequence(rows, batch_first=True), lengths)
        for row, features in zip(rows, found, strict=True):
            expected = network(row[None])[0]
            embedding = network.xvector[-2:](features[None, :, : (len(row) + 1) // 2])[0]
            torch.testing.assert_close(embedding, expected, atol=TOLERANCE, rtol=0.0)
            assert 1 - torch.cosine_similarity(embedding, expected, dim=0) < TOLERANCE

"""CAM++ on a batch of rows of different lengths, in which each row gives what it gives alone.

The network's own modules compute. Before each convolution over time the frames beyond a row's end become zero, which
is the padding at the end of a row that is alone; and means are over a row's own frames.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import relu


@dataclass(frozen=True, slots=True)
class _Mask:
    """Ones in the frames of each row, (rows, 1, frames), and their share: of all frames, and of each segment's.

    A mean over a row's frames is one over all frames, zero beyond the row's end, divided by the share.
    """

    frames: Tensor
    share: Tensor
    share_of_segment: Tensor

    @classmethod
    def of(cls, lengths: Sequence[int], features: Tensor, context: Any) -> _Mask:
        """Return the mask of rows of these `lengths`, for the device and number of frames of `features`."""
        ends = torch.tensor(lengths, device=features.device)[:, None, None]
        frames = (torch.arange(features.shape[-1], device=features.device) < ends).to(features.dtype)
        in_segments = context.seg_pooling(frames).clamp(min=1e-3)  # a segment wholly beyond the end has no mean
        return cls(frames, frames.mean(-1, keepdim=True), in_segments)


def masked_features(network: Any, batch: Tensor, lengths: Sequence[int]) -> Tensor:
    """Return the features that the statistics pooling of `network` takes: (rows, 512, half the frames).

    `batch` are log mel energies (rows, frames, 80), padded with zeros; `lengths` are the frames of each row, beyond
    which the features are zero, too.
    """
    xvector = network.xvector
    context = xvector.block1.tdnnd1.cam_layer
    mel = batch.transpose(1, 2)
    mask = _Mask.of(lengths, mel, context).frames
    features = xvector.tdnn(_head(network.head, mel, mask) * mask)
    halves = [(length + 1) // 2 for length in lengths]  # the stride of `tdnn`
    halved = _Mask.of(halves, features, context)
    for block, transit in (
        (xvector.block1, xvector.transit1),
        (xvector.block2, xvector.transit2),
        (xvector.block3, xvector.transit3),
    ):
        for layer in block:
            hidden = layer.nonlinear2(layer.linear1(layer.nonlinear1(features)))
            features = torch.cat([features, _context_masked(layer.cam_layer, hidden, halved)], dim=1)
        features = transit(features)
    masked: Tensor = xvector.out_nonlinear(features) * halved.frames
    return masked


def _head(head: Any, mel: Tensor, mask: Tensor) -> Tensor:
    """Return the output of the convolutions over time and frequency, (rows, 320, frames)."""
    frames = mask[:, None]
    images = relu(head.bn1(head.conv1(mel[:, None]))) * frames
    for block in (*head.layer1, *head.layer2):
        inner = relu(block.bn1(block.conv1(images))) * frames
        images = relu(block.bn2(block.conv2(inner)) + block.shortcut(images)) * frames
    return relu(head.bn2(head.conv2(images))).flatten(1, 2)


def _context_masked(layer: Any, hidden: Tensor, mask: _Mask) -> Tensor:
    """Return the output of context-aware masking: each frame weighted by the means of its row and of its segment."""
    hidden = hidden * mask.frames
    context = hidden.mean(-1, keepdim=True) / mask.share + layer.seg_pooling(hidden) / mask.share_of_segment
    weights = layer.sigmoid(layer.linear2(layer.relu(layer.linear1(context))))
    weighted: Tensor = weights * layer.linear_local(hidden)
    return weighted

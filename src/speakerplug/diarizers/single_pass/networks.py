"""What the engine needs of a segmentation network and of a speaker embedding network, whatever runs them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...media.waveform import Samples
from .frames import FrameGrid
from .segments import Masks
from .speaker_change import RunningSums, Vectors

Features = NDArray[np.float32]
"""Log-mel energies, (frames of 10 ms, mel bins)."""


@dataclass(frozen=True, slots=True, eq=False)
class Speech:
    """The features of speech to embed, and for each the frame of the segmentation in which it lies."""

    features: Features
    frames: NDArray[np.intp]


class SegmentationNetwork(Protocol):
    """Says who is active in a window, among its local speakers; safe to call from several threads."""

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry of its windows, `step_s` seconds apart; None is the step that it was tuned for."""

    def __call__(self, windows: Sequence[Samples]) -> list[Masks]:
        """Return the activity of the local speakers in each window."""


class FeatureStream(Protocol):
    """Computes the features of audio that comes in blocks, each frame once."""

    def push(self, samples: Samples) -> Features:
        """Return the features that the next samples complete."""


class EmbeddingNetwork(Protocol):
    """Turns the features of speech into speaker embeddings; safe to call from several threads.

    Features are `feature_step_s` apart, and each looks at `feature_s` seconds of audio.
    """

    dimension: int
    feature_step_s: float
    feature_s: float

    def features(self) -> FeatureStream:
        """Return a new stream of features."""

    def running_sums(self, batch: Sequence[Speech]) -> list[RunningSums | None]:
        """Return the running sums of what the network pools over time, None for too little speech."""

    def embed(self, statistics: Vectors) -> Vectors:
        """Return the embeddings (parts, dimension) of means and standard deviations, (parts, 2 * channels)."""


@dataclass(frozen=True, slots=True, eq=False)
class Networks:
    """Both networks, loaded on one device, and how many items each takes at a time there."""

    segmentation: SegmentationNetwork
    embedding: EmbeddingNetwork
    windows_at_once: int = 1
    segments_at_once: int = 1

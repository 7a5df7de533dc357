"""Small networks for the diarization in one pass: the samples themselves say who speaks.

Each sample is a sum of one sixteenth for speaker A, two for B, four for C and eight for D, and a little ramp, by which
windows of the same speech differ.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from speakerplug.diarizers.single_pass import (
    FeatureStream,
    FrameGrid,
    Masks,
    Networks,
    RunningSums,
    SegmentationNetwork,
    Speech,
    Vectors,
)
from speakerplug.media.waveform import SAMPLE_RATE, Samples

SPEAKERS = "ABCD"
WINDOW_S, STEP_S, PER_WINDOW, FRAME_STEP_S, FRAME_S = 2.0, 0.5, 98, 0.02, 0.06


def talk(*parts: tuple[str, float]) -> Samples:
    """Return the audio of these speakers ("A", "AB", "" for silence) for so many seconds each."""
    levels = [sum(2 ** SPEAKERS.index(who) for who in speakers) / 16 for speakers, _ in parts]
    samples = np.repeat(levels, [round(seconds * SAMPLE_RATE) for _, seconds in parts])
    ramp = (np.arange(len(samples)) % 99_991) / 99_991 / 64
    return np.where(samples > 0, samples + ramp, 0.0).astype(np.float32)


def speakers_in(samples: Samples) -> Any:
    """Return who speaks, (samples, speakers)."""
    return (samples * 16).astype(int)[:, None] >> np.arange(len(SPEAKERS)) & 1


class FakeSegmentation:
    """Local speakers in an order that each window has for itself; with `misses` it overlooks some of the speech."""

    def __init__(self, misses: bool = False) -> None:
        self.windows = 0
        self._misses = misses

    def grid(self, step_s: float | None) -> FrameGrid:
        """Return the geometry."""
        return FrameGrid(WINDOW_S, step_s or STEP_S, PER_WINDOW, FRAME_STEP_S, FRAME_S)

    def __call__(self, windows: Sequence[Samples]) -> list[Masks]:
        """Return who is active at the middle of each frame."""
        self.windows += len(windows)
        return [self._mask(window) for window in windows]

    def _mask(self, window: Samples) -> Masks:
        middles = np.rint((np.arange(PER_WINDOW) * FRAME_STEP_S + FRAME_S / 2) * SAMPLE_RATE).astype(int)
        rng = np.random.default_rng(zlib.crc32(window.tobytes()))
        mask: Masks = speakers_in(window[middles])[:, rng.permutation(len(SPEAKERS))].astype(np.uint8)
        if self._misses:
            first, last = np.sort(rng.integers(0, PER_WINDOW, 2))
            mask[first:last, rng.integers(len(SPEAKERS))] = 0
        return mask


class FakeFeatures:
    """Who speaks, every 10 ms."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def push(self, samples: Samples) -> Any:
        """Return what these samples complete: each feature looks at 20 ms."""
        samples = np.concatenate([self._rest, samples])
        count = max(0, (len(samples) - 320) // 160 + 1)
        self._rest = samples[160 * count :]
        return speakers_in(samples[160 * np.arange(count) + 160]).astype(np.float32)


class FakeEmbedding:
    """The embedding is the mean of the features: a direction for each speaker."""

    dimension = len(SPEAKERS)
    feature_step_s, feature_s = 0.01, 0.02

    def __init__(self) -> None:
        self.seconds: list[float] = []

    def features(self) -> FeatureStream:
        """Return a new stream."""
        return FakeFeatures()

    def running_sums(self, batch: Sequence[Speech]) -> list[RunningSums | None]:
        """Return the sums, None for less than 0.2 s."""
        self.seconds += [len(speech.features) / 100 for speech in batch]
        return [RunningSums.of(each.features.T, each.frames) if len(each.features) >= 20 else None for each in batch]

    def embed(self, statistics: Vectors) -> Vectors:
        """Return the means."""
        return statistics[:, : self.dimension]


def fake_networks(segmentation: SegmentationNetwork | None = None, at_once: int = 1) -> Networks:
    """Return both networks, which take `at_once` windows or segments at a time."""
    return Networks(segmentation or FakeSegmentation(), FakeEmbedding(), at_once, at_once)

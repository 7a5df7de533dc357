"""Segmentation and running sums of a recording, computed once and cached in a folder: the slow part of tuning."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pyannote.core import SlidingWindow, SlidingWindowFeature
from recordings import RATE, Recording

from speakerplug.diarizers.single_pass.speaker_change import RunningSums, Vectors
from speakerplug_bundled.diarization import SegmentwiseDiarization
from speakerplug_bundled.subsegments import cut_at_pauses, representatives


class CachingDiarization(SegmentwiseDiarization):
    """The pipeline, which cuts a segment only once for each choice of its parameters."""

    def _parts(self, sums: RunningSums) -> tuple[NDArray[np.intp], Vectors]:
        memory = self.__dict__.setdefault("_memory", {})
        key = id(sums), self.changes["distance"], self.changes["shortest"]
        if key not in memory:
            memory[key] = super()._parts(sums)
        return memory[key]


def file_of(pipeline: SegmentwiseDiarization, recording: Recording, folder: Path) -> dict[str, Any]:
    """Return a file for `pipeline.apply` in training mode, with segmentation and running sums from the cache."""
    digest = hashlib.sha256(recording.samples.tobytes()).hexdigest()[:16]
    path = folder / f"{recording.id}-{digest}.sums.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compute(pipeline, recording, path)
    saved = np.load(path)
    window = SlidingWindow(start=0.0, duration=float(saved["duration"]), step=float(saved["step"]))
    return {
        "uri": recording.id,
        "training_cache/segmentation": SlidingWindowFeature(saved["segmentation"], window),
        "training_cache/running_sums": dict(_unpacked(saved)),
    }


def _compute(pipeline: SegmentwiseDiarization, recording: Recording, path: Path) -> None:
    file = {"uri": recording.id, "waveform": torch.from_numpy(recording.samples)[None], "sample_rate": RATE}
    pipeline.training = False
    raw = pipeline._segmentation(file)
    window = raw.sliding_window
    segments = SlidingWindowFeature(cut_at_pauses(np.nan_to_num(raw.data)), window)
    chosen = representatives(segments.data, window.step / window.duration * raw.data.shape[1])
    todo = np.unique(chosen[chosen[..., 0] >= 0], axis=0)
    found: list[RunningSums | None] = []
    for first in range(0, len(todo), 32):
        found += pipeline.running_sums(file, segments, todo[first : first + 32], pipeline.embedding_exclude_overlap)
    known = [sums for sums in found if sums is not None]
    np.savez(
        path,
        segmentation=raw.data,
        duration=window.duration,
        step=window.step,
        todo=todo,
        places=[0 if sums is None else len(sums.counts) for sums in found],
        sums=np.concatenate([one.sums for one in known], axis=2) if known else np.zeros((2, 1, 0)),
        counts=np.concatenate([sums.counts for sums in known] or [np.zeros(0, dtype=int)]),
        frames=np.concatenate([sums.frames for sums in known] or [np.zeros(0, dtype=int)]),
    )


def _unpacked(saved: Any) -> Any:
    sums, counts, frames = saved["sums"], saved["counts"], saved["frames"]
    end = 0
    for (window, segment), places in zip(saved["todo"], saved["places"], strict=True):
        start, end = end, end + int(places)
        known = RunningSums(sums[:, :, start:end], counts[start:end], frames[start:end]) if places else None
        yield (int(window), int(segment)), known

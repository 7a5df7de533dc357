"""Segmentations and embeddings of a recording, computed once and kept in a folder: the slow part of tuning."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import numpy as np
import torch
from pyannote.audio.pipelines import SpeakerDiarization
from pyannote.core import SlidingWindow, SlidingWindowFeature
from recordings import RATE, Recording

from speakerplug_bundled.pieces import cut_at_pauses


def heard(pipeline: SpeakerDiarization, recording: Recording, folder: Path) -> dict[str, Any]:
    """A file for `pipeline.apply` in training mode, whose segmentation and embeddings come from the cache."""
    digest = hashlib.sha256(recording.samples.tobytes()).hexdigest()[:16]
    path = folder / f"{recording.id}-{digest}.npz"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        _compute(pipeline, recording, path)
    saved = np.load(path)
    window = SlidingWindow(start=0.0, duration=float(saved["duration"]), step=float(saved["step"]))
    return {
        "uri": recording.id,
        "training_cache/segmentation": SlidingWindowFeature(saved["segmentation"], window),
        "training_cache/embeddings": {"embeddings": saved["embeddings"]},
    }


def _compute(pipeline: SpeakerDiarization, recording: Recording, path: Path) -> None:
    file = {"uri": recording.id, "waveform": torch.from_numpy(recording.samples)[None], "sample_rate": RATE}
    pipeline.training = False
    raw = pipeline._segmentation(file)
    window = raw.sliding_window
    pieces = SlidingWindowFeature(cut_at_pauses(np.nan_to_num(raw.data)), window)
    embeddings = pipeline.get_embeddings(file, pieces, exclude_overlap=pipeline.embedding_exclude_overlap)
    np.savez_compressed(
        path,
        segmentation=raw.data,
        embeddings=embeddings.astype(np.float32),
        duration=window.duration,
        step=window.step,
    )

"""The models of speakrs: where they are published, and which files a folder of them has."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speakerplug.plugin import HubModel

WEIGHTS = ("segmentation-3.0.safetensors", "wespeaker-multimask-tail.safetensors")
PLDA = tuple(f"plda_{name}.npy" for name in ("lda", "tr", "mu", "psi", "mean1", "mean2"))
MODELS = HubModel(
    "avencera/speakrs-models",
    (*WEIGHTS, *PLDA, "wespeaker-voxceleb-resnet34.min_num_samples.txt"),
    "67f963b6a1d94fcd4678948237b3cc8bd69bf1d8",  # the one that speakrs 0.7 is made for
)


def is_speakrs(source: str | Mapping[str, Any]) -> bool:
    """Return whether this is the models' id on the hub, with or without a revision, or a folder with the weights."""
    return isinstance(source, str) and (is_folder(source) or source.partition("@")[0].lower() == MODELS.repo)


def is_folder(source: str) -> bool:
    """Return whether this is a folder with both networks of speakrs; other files may be missing."""
    folder = Path(source).expanduser()
    return all((folder / name).is_file() for name in WEIGHTS)

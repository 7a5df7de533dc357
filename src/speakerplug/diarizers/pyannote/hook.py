"""What pyannote's pipelines show of their steps: how far they are, and what they computed on the way."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...system.progress import Progress
from ..artifacts import Artifacts, Framed

Kept = dict[str, Any]
"""What each step of a pipeline has shown, by the name of the step."""

FOLLOWING = {"embeddings": "clustering", "discrete_diarization": "turns"}
"""What pyannote does after a step without telling."""

SUBSEGMENTS = "subsegments"
"""No step of pyannote's, but how a pipeline shows what it makes of its segmentation where it cuts that further."""


def hook_for(progress: Progress, kept: Kept, keep_all: bool) -> Callable[..., None]:
    """A pyannote hook that passes on how far each step has come, and keeps what is needed of what each has made.

    A step's last call brings what it made and no count. pyannote names no clustering: it lies between embeddings and
    the discrete diarization; and after that, turns are made.
    """

    def _hook(
        step: str, artifact: Any, file: Any = None, total: int | None = None, completed: int | None = None
    ) -> None:
        if step == SUBSEGMENTS:
            kept[step] = shown(artifact)
            if not keep_all:
                kept.pop("segmentation", None)
            return
        name = "clustering" if step == "discrete_diarization" else step.replace("_", " ")
        if total and completed is not None:
            progress(name, float(completed), float(total))
            return
        progress(name, 1.0, 1.0)
        if step in FOLLOWING:
            progress(FOLLOWING[step], 0.0, 1.0)
        if artifact is not None and (keep_all or step in ("segmentation", "embeddings")):
            kept[step] = shown(artifact)

    return _hook


def shown(artifact: Any) -> Any:
    """What a step shows its hook, as it is now (pyannote changes some of it later): Framed, or an array."""
    if hasattr(artifact, "sliding_window"):
        window = artifact.sliding_window
        return Framed(np.asarray(artifact.data), float(window.start), float(window.duration), float(window.step))
    return artifact.numpy(force=True) if hasattr(artifact, "detach") else np.asarray(artifact)


def artifacts_of(kept: Kept, output: Any) -> Artifacts:
    """The artifacts of a run that gave `output`; a pipeline that shows less has less.

    pyannote has a column for each cluster, and gives labels, in their order, to those that make turns: only these
    columns are kept. Where the labels are others, the numbers of the columns take their place.
    """
    diarization = _framed(kept, "discrete_diarization", 2)
    heard = np.flatnonzero(diarization.data[:-1].any(axis=0))  # in the last frame alone nobody makes a turn
    labels = list(getattr(output, "speaker_diarization", output).labels())
    speakers = sorted(labels, key=lambda label: (len(str(label)), label))
    centroids = getattr(output, "speaker_embeddings", None)
    if len(heard) != len(labels) or centroids is None:
        centroids = np.zeros((0, 0))
    elif len(centroids):  # its rows follow the labels as pyannote sorts them
        centroids = np.asarray(centroids)[[labels.index(speaker) for speaker in speakers]]
    count = _framed(kept, "speaker_counting", 2)
    embeddings = kept.get("embeddings")
    return Artifacts(
        segmentation=_framed(kept, "segmentation", 3),
        speaker_count=replace(count, data=count.data.max(axis=1, initial=0).astype(np.uint8)),
        diarization=replace(diarization, data=diarization.data[:, heard].astype(np.uint8)),
        embeddings=np.zeros((0, 0, 0)) if embeddings is None else embeddings,
        centroids=np.asarray(centroids),
        speakers=tuple(map(str, speakers if len(heard) == len(labels) else heard)),
    )


def _framed(kept: Kept, step: str, dimensions: int) -> Framed:
    found = kept.get(step)
    return found if isinstance(found, Framed) else Framed(np.zeros((0,) * dimensions), 0.0, 0.0, 0.0)

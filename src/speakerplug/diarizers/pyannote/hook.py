"""The hook of pyannote's pipelines: report the progress of each step, and keep its intermediate results."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from ...system.progress import Progress
from ..artifacts import Artifacts, Framed

Kept = dict[str, Any]
"""The result of each step of a pipeline, by the name of the step."""

FOLLOWING = {"embeddings": "clustering", "discrete_diarization": "turns"}
"""The step that pyannote begins after another without a call of the hook."""

SUBSEGMENTS = "subsegments"
"""Not a step of pyannote: the name for the segmentation of a pipeline that cuts it further."""


def hook_for(progress: Progress, kept: Kept, keep_all: bool) -> Callable[..., None]:
    """Return a pyannote hook that reports the progress of each step, and puts the needed results into `kept`.

    The last call for a step has its result and no count. pyannote has no step for clustering, which happens between
    the embeddings and the discrete diarization, nor for the turns, which follow that.
    """

    def _hook(
        step: str, artifact: Any, file: Any = None, total: int | None = None, completed: int | None = None
    ) -> None:
        if step == SUBSEGMENTS:
            kept[step] = snapshot(artifact)
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
            kept[step] = snapshot(artifact)

    return _hook


def snapshot(artifact: Any) -> Any:
    """Return the result of a step as it is now (pyannote changes some later), as Framed or as an array."""
    if hasattr(artifact, "sliding_window"):
        window = artifact.sliding_window
        return Framed(np.asarray(artifact.data), float(window.start), float(window.duration), float(window.step))
    return artifact.numpy(force=True) if hasattr(artifact, "detach") else np.asarray(artifact)


def artifacts_of(kept: Kept, output: Any) -> Artifacts:
    """Return the artifacts of a run with this `output`; those of steps that a pipeline does not have are empty.

    pyannote has a column for each cluster, and gives labels, in the same order, to those with turns: only their columns
    are kept. If the numbers of columns and labels differ, the speakers are named by the numbers of the columns.
    """
    diarization = _framed(kept, "discrete_diarization", 2)
    active = np.flatnonzero(diarization.data[:-1].any(axis=0))  # activity in only the last frame makes no turn
    labels = list(getattr(output, "speaker_diarization", output).labels())
    speakers = sorted(labels, key=lambda label: (len(str(label)), label))
    centroids = getattr(output, "speaker_embeddings", None)
    if len(active) != len(labels) or centroids is None:
        centroids = np.zeros((0, 0))
    elif len(centroids):  # its rows are in the order of pyannote's labels
        centroids = np.asarray(centroids)[[labels.index(speaker) for speaker in speakers]]
    count = _framed(kept, "speaker_counting", 2)
    embeddings = kept.get("embeddings")
    return Artifacts(
        segmentation=_framed(kept, "segmentation", 3),
        speaker_count=replace(count, data=count.data.max(axis=1, initial=0).astype(np.uint8)),
        diarization=replace(diarization, data=diarization.data[:, active].astype(np.uint8)),
        embeddings=np.zeros((0, 0, 0)) if embeddings is None else embeddings,
        centroids=np.asarray(centroids),
        speakers=tuple(map(str, speakers if len(active) == len(labels) else active)),
    )


def _framed(kept: Kept, step: str, dimensions: int) -> Framed:
    found = kept.get(step)
    return found if isinstance(found, Framed) else Framed(np.zeros((0,) * dimensions), 0.0, 0.0, 0.0)

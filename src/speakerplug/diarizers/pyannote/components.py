"""Find the components of a pipeline: the models that its configuration names; fetch those on the hub."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ... import hub
from ...errors import ModelError
from ...plugin.roles import DiarizerSettings
from ...system.progress import Progress

COMMUNITY = "pyannote/speaker-diarization-community-1"
KINDS = ("segmentation", "embedding", "plda")
WEIGHTS = ("pytorch_model.bin",)
PLDA = ("plda.npz", "xvec_transform.npz")
ONNX = ("speaker-embedding.onnx",)
INSIDE = "$model/"
SEGMENTATIONS = {
    "SpeechSeparation": "pyannote/separation-ami-1.0",
    "VoiceActivityDetection": "pyannote/segmentation",
}
"""The default segmentation models of other pipelines."""


@dataclass(frozen=True, slots=True)
class Part:
    """A model that is a component of a pipeline.

    `source` is a hub id or a path; it is empty for a part in the pipeline's own folder. `folder` is the subfolder and
    `files` are those that pyannote.audio reads there, none if another library reads them.
    """

    kind: str
    source: str
    folder: str = ""
    revision: str | None = None
    files: tuple[str, ...] = WEIGHTS

    @property
    def is_on_hub(self) -> bool:
        """Whether it is on the hub, or in its cache."""
        is_name = self.source.count("/") == 1 and not self.source.startswith((".", "/", "~"))
        return is_name and not os.path.exists(self.source)

    @property
    def paths(self) -> tuple[str, ...]:
        """The paths of its files, relative to its source."""
        return tuple(f"{self.folder}/{name}" if self.folder else name for name in self.files)


def parts_of(config: Mapping[str, Any]) -> tuple[Part, ...]:
    """Return the parts of a pipeline's configuration; in speaker diarization, missing ones are those of community-1."""
    pipeline = config["pipeline"]
    params = pipeline.get("params") or {}
    given = {kind: params[kind] for kind in KINDS if kind in params}
    kind_of_pipeline = str(pipeline["name"]).rpartition(".")[2]
    if kind_of_pipeline.endswith("SpeakerDiarization"):
        given = {kind: given.get(kind, {"checkpoint": COMMUNITY, "subfolder": kind}) for kind in KINDS}
    elif kind_of_pipeline in SEGMENTATIONS:
        given.setdefault("segmentation", SEGMENTATIONS[kind_of_pipeline])
    return tuple(_part(kind, value) for kind, value in given.items() if isinstance(value, (str, Mapping)))


def refuse_old_names(parts: Sequence[Part], called: str) -> None:
    """Raise ModelError for a pipeline of pyannote.audio 2, which wrote revisions into names; now that is an error."""
    for part in parts:
        if part.is_on_hub and "@" in part.source:
            raise ModelError(
                f"{called} was made for pyannote.audio 2, because it names its {part.kind} {part.source}; "
                "choose a newer pipeline, such as pyannote/speaker-diarization-3.1 or community-1."
            )


def fetch_parts(
    config: Mapping[str, Any],
    called: str,
    settings: DiarizerSettings,
    progress: Progress | None = None,
    verify: bool = False,
) -> None:
    """Fetch the parts in other repositories, unless they are cached; with `verify`, compare cached ones with the hub.

    Raises ModelError with the name of the repository and a hint. Parts that another library fetches are skipped.
    """
    parts = parts_of(config)
    refuse_old_names(parts, called)
    for part in parts:
        if not (part.is_on_hub and part.files):
            continue
        there = cached_part(part, settings.cache_dir)
        if settings.offline and there is None:
            raise ModelError(
                f"{part.source} is not on this machine, and offline mode is on; "
                f"fetch it once with: speakerplug fetch {part.source}."
            )
        if there is None or verify:
            hub.fetch(part.source, part.paths, settings.token, progress, part.revision, settings.cache_dir, verify)


def cached_part(part: Part, cache_dir: str | None) -> Path | None:
    """Return the folder of a part that is cached; None if it is not."""
    there = hub.cached(part.source, part.paths, part.revision, cache_dir) if part.files else None
    return there and there / part.folder


def _part(kind: str, given: str | Mapping[str, Any]) -> Part:
    own = PLDA if kind == "plda" else WEIGHTS
    if isinstance(given, Mapping):
        return Part(kind, str(given.get("checkpoint", "")), given.get("subfolder") or "", given.get("revision"), own)
    if given.startswith(INSIDE):
        return Part(kind, "", given.removeprefix(INSIDE).partition("@")[0], files=own)
    return Part(kind, given, files=_embedding_files(given) if kind == "embedding" else own)


def _embedding_files(source: str) -> tuple[str, ...]:
    """Return the files of an embedding model that is given by name: pyannote.audio infers its kind from the name."""
    if is_foreign(source):
        return ()
    return ONNX if "wespeaker" in source and "pyannote" not in source else WEIGHTS


def is_foreign(embedding: str) -> bool:
    """Return whether pyannote loads an embedding of that name with SpeechBrain or NeMo."""
    return "pyannote" not in embedding and ("speechbrain" in embedding or "nvidia" in embedding)

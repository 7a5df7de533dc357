"""Published pyannote pipelines: from the hub, its cache, a folder, a config.yaml or a configuration."""

from __future__ import annotations

import copy
import hashlib
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from .. import hub
from ..errors import ModelError, UsageError
from ..stages import Diarizer, DiarizerSettings, Progress
from .cloud import HUB_ID, CloudDiarizer
from .loading import load_pipeline
from .pyannote import PyannoteDiarizer

log = logging.getLogger(__name__)

COMMUNITY = "pyannote/speaker-diarization-community-1"
COMMUNITY_FILES = (
    "config.yaml",
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/plda.npz",
    "plda/xvec_transform.npz",
)
PATTERNS = ("config.yaml", "*.bin", "*.npz", "*.safetensors")


def pretrained(source: str, settings: DiarizerSettings, name: str | None = None) -> Diarizer:
    """A diarizer for a hub id, a folder with a config.yaml, or such a file; loaded when first used.

    A hub id may end in @ and a revision; that of precision-2 means pyannoteAI's cloud. Raises
    UsageError for a source that can be none of these.
    """
    path = Path(source).expanduser()
    if path.exists():
        return _local(path, settings, name)
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise UsageError(f"There is no folder or pipeline {source!r}; give a folder with a config.yaml or a hub id.")
    repo, _, revision = source.partition("@")
    if repo.lower() == HUB_ID:
        return CloudDiarizer(replace(settings, revision=revision or settings.revision))
    published = _Published(repo, revision or None, settings)
    return PyannoteDiarizer(name or source, published.load, key=source, fetch=published.fetch, settings=settings)


def configured(config: Mapping[str, Any], settings: DiarizerSettings) -> Diarizer:
    """A diarizer for a pipeline's configuration, of the form that its config.yaml has."""
    digest = hashlib.sha256(repr(config).encode()).hexdigest()  # it may hold a token: keys are logged
    return PyannoteDiarizer(
        "pyannote",
        # pyannote fills the configuration in as it loads it; the caller's stays as it is.
        lambda: load_pipeline(copy.deepcopy(dict(config)), "The configuration", settings.token, settings.offline),
        key=digest,
        settings=settings,
    )


def _local(path: Path, settings: DiarizerSettings, name: str | None) -> Diarizer:
    folder = path if path.is_dir() else path.parent
    if path.is_dir() and not (path / "config.yaml").is_file():
        raise UsageError(
            f"The folder {path} holds no pyannote pipeline, for it has no config.yaml; "
            "name the folder of a whole pipeline or a hub id."
        )
    return PyannoteDiarizer(
        name or folder.resolve().name,
        lambda: load_pipeline(path, str(path), settings.token, settings.offline),
        key=str(path.resolve()),
        settings=settings,
    )


@dataclass(slots=True)
class _Published:
    """A pipeline on the hub, fetched once."""

    repo: str
    revision: str | None
    settings: DiarizerSettings
    folder: Path | None = field(default=None, init=False)

    def fetch(self, progress: Progress | None = None) -> Path:
        """The folder of its copy on this machine; raises ModelError where it cannot be had."""
        if self.folder is None:
            self.folder = fetch_pipeline(self.repo, self.settings, progress, self.revision)
        return self.folder

    def load(self) -> Any:
        """The pipeline, ready on the CPU."""
        return load_pipeline(self.fetch(), self.repo, self.settings.token or hub.token(), self.settings.offline)


def community_cached() -> Path | None:
    """The folder of a complete cached copy of community-1; None where there is none."""
    return hub.cached(COMMUNITY, COMMUNITY_FILES)


def fetch_pipeline(
    repo: str, settings: DiarizerSettings, progress: Progress | None = None, revision: str | None = None
) -> Path:
    """The folder of a pipeline's files: the newest ones if the hub answers, else the cached ones.

    A complete copy of community-1 is taken as it is. Raises ModelError that says what to do.
    """
    whole = COMMUNITY_FILES if repo == COMMUNITY else ("config.yaml",)
    there = hub.cached(repo, whole, revision)
    if there is not None and (repo == COMMUNITY or settings.offline or not hub.answers()):
        return there
    if settings.offline:
        raise ModelError(f"{repo} is not on this machine, and the network is not to be used; fetch it once.")
    try:
        return hub.fetch(repo, PATTERNS, settings.token or hub.token(), progress, revision)
    except ModelError as error:
        if there is None:
            raise
        log.warning("The copy of %s on this machine is used, because: %s", repo, error)
        return there

"""Make diarizers of published pyannote pipelines: from the hub, its cache, a folder, or a configuration."""

from __future__ import annotations

import copy
import hashlib
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ... import hub
from ...errors import ModelError, UsageError
from ...plugin.roles import Diarizer, DiarizerSettings
from ...system.progress import Progress
from .components import COMMUNITY as COMMUNITY
from .components import fetch_parts
from .engines import diarizer_for
from .load import load_pipeline, read_config
from .trust import Trust, is_published

log = logging.getLogger(__name__)

COMMUNITY_FILES = (
    "config.yaml",
    "segmentation/pytorch_model.bin",
    "embedding/pytorch_model.bin",
    "plda/plda.npz",
    "plda/xvec_transform.npz",
)
PATTERNS = ("config.yaml", "*.bin", "*.npz", "*.safetensors")


def pretrained(source: str, settings: DiarizerSettings, name: str | None = None) -> Diarizer:
    """Return a diarizer for a hub id, a folder with a config.yaml, or such a file; it is loaded when first used.

    A hub id may end in @ and a revision. Raises UsageError for any other source, for a revision of a source that is not
    on the hub, and for two different revisions.
    """
    path = Path(source).expanduser()
    if os.path.exists(path):
        return _local(path, settings, name)
    repo, revision = hub_name(source, settings.revision)
    published = _Published(repo, revision, settings)
    called = f"{name or repo}@{revision}" if revision else name or repo
    return diarizer_for(called, published.load, key=(repo, revision), fetch=published.fetch, settings=settings)


def hub_name(source: str, revision: str | None = None) -> tuple[str, str | None]:
    """Split a hub id, which may end in @ and a revision, into repository and revision (default: `revision`).

    Raises UsageError for a source that is not a hub id, and for two different revisions.
    """
    if source.count("/") != 1 or source.startswith((".", "/", "~")):
        raise UsageError(f"There is no folder or pipeline {source!r}; give a folder with a config.yaml or a hub id.")
    repo, _, named = source.partition("@")
    if revision and named and revision != named:
        raise UsageError(f"{source} contradicts --revision {revision}; give one of the two.")
    return repo, revision or named or None


def configured(config: Mapping[str, Any], settings: DiarizerSettings) -> Diarizer:
    """Return a diarizer for the configuration of a pipeline, in the form of its config.yaml."""
    _refuse_revision("a configuration", settings)
    digest = hashlib.sha256(
        repr(config).encode()
    ).hexdigest()  # a digest, because it may contain a token, and keys are logged
    return diarizer_for(
        "pyannote",
        # A copy, because pyannote modifies the configuration when it loads it.
        lambda: _load(copy.deepcopy(dict(config)), "The configuration", settings),
        key=digest,
        settings=settings,
    )


def _local(path: Path, settings: DiarizerSettings, name: str | None) -> Diarizer:
    folder = path if path.is_dir() else path.parent
    if path.is_dir() and not (path / "config.yaml").is_file():
        raise UsageError(
            f"The folder {path} contains no pyannote pipeline, because it has no config.yaml; "
            "name the folder of a complete pipeline or a hub id."
        )
    _refuse_revision(str(path), settings)
    return diarizer_for(
        name or folder.resolve().name,
        lambda: _load(path, str(path), settings),
        key=str(path.resolve()),
        settings=settings,
    )


def _load(source: Path | dict[str, Any], called: str, settings: DiarizerSettings, published: bool = False) -> Any:
    trust = Trust(settings.trust_model, published, settings.classes)
    return load_pipeline(source, called, settings.token, settings.offline, settings.cache_dir, trust)


def _refuse_revision(what: str, settings: DiarizerSettings) -> None:
    if settings.revision:
        raise UsageError(f"{what} has no revisions, because it is not on the hub; leave out --revision.")


@dataclass(slots=True)
class _Published:
    """A pipeline on the hub, fetched once."""

    repo: str
    revision: str | None
    settings: DiarizerSettings
    folder: Path | None = field(default=None, init=False)

    def fetch(self, progress: Progress | None = None) -> Path:
        """Return the folder of its copy on this machine; raises ModelError if it is unavailable."""
        if self.folder is None:
            folder = fetch_pipeline(self.repo, self.settings, progress, self.revision)
            fetch_parts(read_config(folder, self.repo), self.repo, self.settings, progress)
            self.folder = folder
        return self.folder

    def load(self) -> Any:
        """Load the pipeline on the CPU."""
        settings = replace(self.settings, token=self.settings.token or hub.token())
        called = f"{self.repo}@{self.revision}" if self.revision else self.repo
        return _load(self.fetch(), called, settings, is_published(self.repo, self.revision))


def community_cached(cache_dir: str | None = None) -> Path | None:
    """Return the folder of a complete cached copy of community-1; None if there is none."""
    return hub.cached(COMMUNITY, COMMUNITY_FILES, cache_dir=cache_dir)


def fetch_pipeline(
    repo: str,
    settings: DiarizerSettings,
    progress: Progress | None = None,
    revision: str | None = None,
    verify: bool = False,
) -> Path:
    """Return the folder of a pipeline's files: the newest ones if the hub answers, else the cached ones.

    A complete copy of community-1 is used as it is, unless `verify` asks to compare it with the hub. Raises ModelError
    with a hint.
    """
    whole = COMMUNITY_FILES if repo == COMMUNITY else ("config.yaml",)
    there = hub.cached(repo, whole, revision, settings.cache_dir)
    if there is not None and ((repo == COMMUNITY and not verify) or settings.offline or not hub.answers()):
        return there
    if settings.offline:
        raise ModelError(
            f"{repo} is not on this machine, and offline mode is on; fetch it once with: speakerplug fetch {repo}."
        )
    try:
        return hub.fetch(repo, PATTERNS, settings.token, progress, revision, settings.cache_dir, verify)
    except ModelError as error:
        if there is None or verify:
            raise
        log.warning("The copy of %s on this machine is used, because: %s", repo, error)
        return there

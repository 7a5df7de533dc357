"""Register pyannote's open pipeline by its short name, and all others by hub id, path or configuration."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...plugin import known
from ...plugin.hooks import hookimpl
from ...plugin.registrations import DiarizerRegistration
from ...plugin.roles import Diarizer, DiarizerSettings
from ...system.progress import Progress

if TYPE_CHECKING:
    from .components import Part

OPEN, ANY = "community-1", "pyannote"
NEEDS = ("network once", "token", "terms")


@hookimpl
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Register pyannote's open pipeline, and any other of pyannote.audio."""
    register(
        DiarizerRegistration(
            OPEN,
            _community,
            description="pyannote.audio's open pipeline; needs a hub token once",
            needs=NEEDS,
            rank=20,
            is_cached=_is_community_cached,
            check=_why_not_community,
            fetch=_fetch_community,
        )
    )
    register(
        DiarizerRegistration(
            ANY,
            _any,
            description="any pyannote.audio pipeline: name its hub id, folder or config.yaml",
            needs=NEEDS,
            takes=_is_pipeline,
            fetch=_fetch,
            found=_cached,
        )
    )


def _community(settings: DiarizerSettings) -> Diarizer:
    from .pretrained import COMMUNITY, pretrained

    return pretrained(COMMUNITY, settings, name=OPEN)


def _any(settings: DiarizerSettings) -> Diarizer:
    from .pretrained import COMMUNITY, configured, pretrained

    if not isinstance(settings.source, str):
        return configured(settings.source, settings)
    return pretrained(settings.source or COMMUNITY, settings)


def _is_pipeline(source: str | Mapping[str, Any]) -> bool:
    """Return whether this is a configuration, a path, or a possible hub id that no other package provides."""
    if not isinstance(source, str) or os.path.exists(source):
        return True
    return "/" in source and known.package_of(source) is None


def _is_community_cached(settings: DiarizerSettings) -> bool:
    from .pretrained import community_cached

    return community_cached(settings.cache_dir) is not None


def _why_not_community(settings: DiarizerSettings) -> str | None:
    """Return why the hub would not provide it now; None if it would. Nothing is downloaded."""
    from ... import hub
    from ...errors import ModelError
    from .components import COMMUNITY

    if settings.offline or hub.is_offline():
        return "not on this machine, and offline mode is on"
    if not (key := settings.token or hub.token()):
        return f"no hub token is set (HF_TOKEN); create a token and accept the terms at https://hf.co/{COMMUNITY}"
    if not hub.answers():
        return "not on this machine, and the model hub does not answer"
    try:
        hub.check(COMMUNITY, "config.yaml", key)
    except ModelError as error:
        return str(error).rstrip(".")
    return None


def _fetch_community(settings: DiarizerSettings, progress: Progress, to: Path | None) -> None:
    from .components import COMMUNITY

    _fetch_whole(COMMUNITY, settings.revision, settings, progress, to)


def _fetch(settings: DiarizerSettings, progress: Progress, to: Path | None) -> None:
    from .pretrained import hub_name

    repo, revision = hub_name(str(settings.source), settings.revision)
    _fetch_whole(repo, revision, settings, progress, to)


def _fetch_whole(
    repo: str, revision: str | None, settings: DiarizerSettings, progress: Progress, to: Path | None
) -> None:
    from .offline import copy_whole, fetch_whole

    folder = fetch_whole(repo, revision, settings, progress)
    if to is not None:
        copy_whole(folder, to, repo, settings)


def _cached(settings: DiarizerSettings) -> Iterable[DiarizerRegistration]:
    """Yield the diarization pipelines in the hub's cache, except community-1, which is registered by name."""
    from ... import hub
    from .components import COMMUNITY

    for repo in hub.repositories(settings.cache_dir):
        if repo != COMMUNITY and (registration := _cached_one(repo, settings)) is not None:
            yield registration


def _cached_one(repo: str, settings: DiarizerSettings) -> DiarizerRegistration | None:
    """Return the registration of a pipeline in the hub's cache, with its missing parts; None for another model."""
    from ... import hub
    from ...errors import ModelError
    from .components import parts_of, refuse_old_names
    from .load import read_config
    from .pretrained import pretrained

    folder = hub.cached(repo, ["config.yaml"], cache_dir=settings.cache_dir)
    try:
        config = read_config(folder, repo) if folder is not None else None
    except ModelError:
        return None
    if folder is None or config is None or not str(config["pipeline"]["name"]).endswith("Diarization"):
        return None
    cached = partial(DiarizerRegistration, repo, partial(pretrained, repo), description="on this machine")
    parts = parts_of(config)
    try:
        refuse_old_names(parts, repo)
    except ModelError as error:
        why = str(error).rstrip(".")
        return cached(check=lambda settings: why)
    missing = [part.kind for part in parts if not _is_here(part, folder, settings)]
    if not missing:
        return cached()
    why = f"its {' and '.join(missing)} is not on this machine; fetch it with: speakerplug fetch {repo}"
    return cached(needs=NEEDS, check=lambda settings: why)


def _is_here(part: Part, folder: Path, settings: DiarizerSettings) -> bool:
    """Return whether a part of the pipeline in `folder` is on this machine."""
    from .components import cached_part

    if part.is_on_hub:
        return cached_part(part, settings.cache_dir) is not None
    return bool(part.source) or all((folder / path).is_file() for path in part.paths)

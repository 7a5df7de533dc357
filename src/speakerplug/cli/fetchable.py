"""What can be fetched, by its name: pipelines and recognition models of the hub, and what comes with packages."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import UsageError

if TYPE_CHECKING:
    from ..plugin.manager import Plugins
    from ..plugin.roles import DiarizerSettings
    from ..system.progress import Progress


@dataclass(frozen=True, slots=True)
class Item:
    """Something to fetch: `get` gives its folder, None for what has none; `copy` fills a folder with all of it.

    `option` is the one that takes its name or its folder, `given` the options that go with the name. What comes with a
    package and cannot be copied has no `copy`.
    """

    name: str
    option: str
    get: Callable[[Progress], Path | None]
    copy: Callable[[Path, Path], object] | None = None
    given: str = ""


def item_named(name: str, settings: DiarizerSettings, plugins: Plugins, to_folder: bool) -> Item:
    """What a name means; raises UsageError for one that means nothing.

    A revision of a recognition model is for a folder only (`to_folder`): in the cache, nothing could name it.
    """
    from ..diarizers.cloud import HUB_ID
    from ..diarizers.cloud_service import MODEL
    from ..diarizers.pyannote.components import COMMUNITY
    from ..diarizers.select import OPEN, REMOTE
    from ..recognizers.models import published_models, repository

    if name.lower() in (MODEL, HUB_ID):
        raise UsageError(
            f"{name} runs in pyannoteAI's cloud, so there is nothing to fetch; name a model that runs here."
        )
    if settings.revision and (name in plugins.models or (name in plugins.diarizers and name not in REMOTE)):
        raise UsageError(f"{name} has no revisions, for it is not on the hub; leave out --revision.")
    if name in plugins.models:
        pack = plugins.models[name].make
        return Item(name, "--model", lambda progress: pack.locate(), _copy)
    if name == OPEN:
        return _pipeline(OPEN, COMMUNITY, settings)
    if name in plugins.diarizers and name not in REMOTE:
        return Item(name, "--diarizer", lambda progress: None)
    if "/" in name and not os.path.exists(Path(name).expanduser()):
        return _published(name, settings, to_folder)
    if os.path.isdir(name) and name not in published_models():
        raise UsageError(f"{name} is a folder on this machine, so there is nothing to fetch; name a model or a hub id.")
    packs = [offer.make for offer in plugins.models.values()]
    return _model(name, repository(name, packs), settings.revision, settings, to_folder)


def _published(name: str, settings: DiarizerSettings, to_folder: bool) -> Item:
    """What a hub id means; the repository's files tell."""
    from .. import hub
    from ..diarizers.pyannote.pretrained import hub_name

    repo, revision = hub_name(name, settings.revision)
    key = settings.token or hub.token()
    if hub.cached(repo, ["model.bin"], revision, settings.cache_dir):
        return _model(name, repo, revision, settings, to_folder)
    if hub.cached(repo, ["config.yaml"], revision, settings.cache_dir) is None and (
        "config.yaml" not in hub.listing(repo, key, revision)
    ):
        return _model(name, repo, revision, settings, to_folder)
    return _pipeline(name, repo, settings, revision)


def _pipeline(name: str, repo: str, settings: DiarizerSettings, revision: str | None = None) -> Item:
    from ..diarizers.pyannote.offline import copy_whole, fetch_whole

    def get(progress: Progress) -> Path:
        return fetch_whole(repo, revision or settings.revision, settings, progress)

    given = f" --revision {settings.revision}" if settings.revision else ""
    return Item(
        name,
        "--diarizer",
        get,
        lambda folder, to: copy_whole(folder, to, repo, settings),
        given + _cache_option(settings),
    )


def _model(name: str, repo: str, revision: str | None, settings: DiarizerSettings, to_folder: bool) -> Item:
    from ..recognizers.models import fetch_whole

    if revision and not to_folder:
        raise UsageError(f"A revision of a recognition model needs a folder of its own; add --to FOLDER for {name}.")

    def get(progress: Progress) -> Path:
        return fetch_whole(repo, settings.token, progress, revision, settings.cache_dir)

    return Item(name, "--model", get, _copy, _cache_option(settings))


def _cache_option(settings: DiarizerSettings) -> str:
    return f" --cache-dir {settings.cache_dir}" if settings.cache_dir else ""


def _copy(folder: Path, to: Path) -> None:
    shutil.copytree(folder, to, copy_function=shutil.copyfile, dirs_exist_ok=True)

"""Which diarizers there are, what each needs, and whether it can run now."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .. import hub
from ..errors import ModelError
from ..plugin.roles import DiarizerSettings
from .cloud_errors import VARIABLE
from .cloud_service import MODEL
from .pyannote.components import COMMUNITY, Part, cached_part, parts_of, refuse_old_names
from .pyannote.load import read_config
from .pyannote.pretrained import community_cached
from .select import OPEN

if TYPE_CHECKING:
    from ..plugin.manager import Plugins, Registration

ANY = "pyannote"


@dataclass(frozen=True, slots=True)
class Readiness:
    """A diarizer: what it needs beside this package, whether it can run now, and what makes or keeps it so."""

    name: str
    needs: tuple[str, ...]
    ready: bool
    why: str


def readiness(plugins: Plugins, settings: DiarizerSettings) -> tuple[Readiness, ...]:
    """What can be said of every registered diarizer, and of the pipelines in the hub's cache; nothing is loaded.

    Unless the settings say offline, the hub may be asked whether community-1 can be had.
    """
    named = [_registered(offer, settings) for offer in plugins.diarizers.values() if offer.name != ANY]
    repos = [repo for repo in hub.repositories(settings.cache_dir) if repo != COMMUNITY]
    return (*named, *filter(None, (_cached(repo, settings) for repo in repos)))


def _registered(offer: Registration[object], settings: DiarizerSettings) -> Readiness:
    if offer.name == OPEN:
        why_not = _why_not_open(settings)
        here = community_cached(settings.cache_dir) is not None
        why = "on this machine" if here else "fetched when first used, or with: speakerplug fetch community-1"
        return Readiness(OPEN, ("network once", "token", "terms"), why_not is None, why_not or why)
    if offer.name == MODEL:
        has_key = bool(os.environ.get(VARIABLE, "").strip())
        ready = has_key and not settings.offline
        why = "uploads the recording" if ready else "needs the network" if has_key else f"{VARIABLE} is not set"
        return Readiness(offer.name, ("network", "key"), ready, why)
    return Readiness(offer.name, (), True, offer.description or f"offered by {offer.plugin}")


def _why_not_open(settings: DiarizerSettings) -> str | None:
    if community_cached(settings.cache_dir) is not None:
        return None
    if settings.offline or hub.is_offline():
        return "not on this machine, and the network is not to be used"
    if not (key := settings.token or hub.token()):
        return f"no hub token is set (HF_TOKEN); accept the terms at https://hf.co/{COMMUNITY} and make one"
    if not hub.answers():
        return "not on this machine, and the model hub does not answer"
    try:
        hub.check(COMMUNITY, "config.yaml", key)
    except ModelError as error:
        return str(error).rstrip(".")
    return None


def _cached(repo: str, settings: DiarizerSettings) -> Readiness | None:
    """A diarization pipeline of the hub's cache; None for another model."""
    folder = hub.cached(repo, ["config.yaml"], cache_dir=settings.cache_dir)
    try:
        config = read_config(folder, repo) if folder is not None else None
    except ModelError:
        return None
    if folder is None or config is None or not str(config["pipeline"]["name"]).endswith("Diarization"):
        return None

    def is_here(part: Part) -> bool:
        """Whether the part can be read from this machine."""
        if part.is_on_hub:
            return cached_part(part, settings.cache_dir) is not None
        return bool(part.source) or all((folder / path).is_file() for path in part.paths)

    parts = parts_of(config)
    try:
        refuse_old_names(parts, repo)
    except ModelError as error:
        return Readiness(repo, (), False, str(error).rstrip("."))
    missing = [part.kind for part in parts if not is_here(part)]
    if missing:
        why = f"its {' and '.join(missing)} is not here; fetch it with: speakerplug fetch {repo}"
        return Readiness(repo, ("network once", "token", "terms"), False, why)
    return Readiness(repo, (), True, "on this machine")

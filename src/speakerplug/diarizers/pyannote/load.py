"""Load a pyannote pipeline from files, with a user-facing message for every failure."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ... import hub
from ...errors import ModelError, SpeakerPlugError, first_line, masked_error
from ...system.packages import diagnosis
from .components import cached_part, parts_of, refuse_old_names
from .configuration import read_configuration
from .diarizer import prepare_import
from .low_memory import spare_memory
from .networks import insert_networks
from .pyannoteai import is_missing, missing, runs_locally
from .trust import Trust, check_names

log = logging.getLogger(__name__)

OUR_OWN = "speakerplug.hosts."
"""Where the class is that `speakerplug pipeline` names in a configuration."""


def load_pipeline(
    source: Path | dict[str, Any],
    called: str,
    token: str | None,
    offline: bool,
    cache_dir: str | None = None,
    trust: Trust = Trust(),  # noqa: B008 - it is frozen
) -> Any:
    """Load the pipeline of a folder, a config.yaml or a configuration, on the CPU; errors name it as `called`.

    Parts that are on the hub and not cached are fetched, unless `offline`. Of the names in its files, only those that
    `trust` permits are imported or run. Raises ModelError with a hint.
    """
    config = read_config(source, called)
    parts = parts_of(config)
    refuse_old_names(parts, called)
    check_names(config, called if isinstance(source, dict) else _file(source), trust)
    prepare_import()
    from pyannote.audio import Pipeline
    from pyannote.audio.utils import hf_hub
    from pyannote.audio.utils.dependencies import check_dependencies

    # It prints advice about tokens to stdout, which is for transcripts.
    vars(hf_hub)["print"] = log.debug
    local = runs_locally(config["pipeline"]["name"], called)
    if local:
        token = None  # it would be used as a key of pyannoteAI
    network: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    elsewhere = [part for part in parts if part.is_on_hub]
    here = bool(parts) and all(cached_part(part, cache_dir) for part in elsewhere)
    if offline or here or not hub.answers():
        network = hub.cache_only()
    elif not local:
        token = hub.checked(token)
    try:
        with network:
            place = str(hub.place(cache_dir))
            check_dependencies(_dependencies(config), "Pipeline")
            insert_networks(config, parts, _folder(source), trust, token, place)
            pipeline = Pipeline.from_pretrained(config, token=token, cache_dir=place)
    except SpeakerPlugError:
        raise
    except Exception as error:  # anything that torch, yaml or numpy raise for damaged files
        folders = {part.source: cached_part(part, cache_dir) for part in elsewhere}
        if not isinstance(source, dict):
            folders[called] = _folder(source)
        whole = None if isinstance(source, dict) or called == str(source) else called
        raise hub.damage(folders, cache_dir, whole) or _explained(error, called, token, offline) from masked_error(
            error
        )
    if pipeline is None:
        raise ModelError(
            f"{called} cannot be loaded, because it or one of its parts is gated or unknown; "
            "accept the terms of all of them at https://hf.co/pyannote and set HF_TOKEN."
        )
    spare_memory(pipeline)
    return pipeline


def read_config(source: Path | dict[str, Any], called: str) -> dict[str, Any]:
    """Return the configuration of a pipeline, from its file or folder; raises ModelError for any other file."""
    config = source if isinstance(source, dict) else _read(source)
    if not _is_pipeline(config):
        raise ModelError(
            f"{called} has a config.yaml without a pipeline; choose a model that is a diarization pipeline."
        )
    if not isinstance(config["pipeline"].get("params") or {}, Mapping):
        raise ModelError(f"{called} has a config.yaml whose params are not a mapping; fetch or write it again.")
    if not isinstance(config["pipeline"]["name"], str):
        raise ModelError(f"{called} has a config.yaml whose pipeline name is not a text; fetch it again.")
    if config["pipeline"]["name"].startswith(OUR_OWN):
        inner = (config["pipeline"].get("params") or {}).get("diarizer", "auto")
        raise ModelError(f"{called} is SpeakerPlug itself, for other tools; name its diarizer: --diarizer {inner}.")
    return config


def names_pipeline(folder: Path) -> bool:
    """Return whether the config.yaml of a folder is that of a pipeline; raises ModelError if it cannot be read."""
    return _is_pipeline(_read(folder))


def _is_pipeline(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("pipeline"), Mapping) and "name" in config["pipeline"]


def _read(source: Path) -> dict[str, Any]:
    return read_configuration(_file(source))


def _file(source: Path) -> Path:
    return source / "config.yaml" if source.is_dir() else source


def _folder(source: Path | dict[str, Any]) -> Path:
    """Return the folder to which the paths in a configuration are relative."""
    if isinstance(source, dict):
        return Path.cwd()
    return source if source.is_dir() else source.parent


def _dependencies(config: Mapping[str, Any]) -> dict[str, str]:
    """Return the versions that a pipeline requires; before pyannote.audio 4 that was one version."""
    if "version" in config:
        return {"pyannote.audio": config["version"]}
    return dict(config.get("dependencies") or {})


def _explained(error: Exception, called: str, token: str | None, offline: bool) -> ModelError:
    from huggingface_hub import errors
    from pyannote.audio.utils.dependencies import MissingDependency, WrongDependencyVersion

    broken = diagnosis(error)
    if broken is not None:
        return broken.as_error()
    if offline and isinstance(error, errors.LocalEntryNotFoundError):
        return ModelError(
            f"{called} needs a part that is not on this machine, and offline mode is on; "
            "fetch it once with: speakerplug fetch."
        )
    if isinstance(error, (errors.HfHubHTTPError, errors.EntryNotFoundError, errors.OfflineModeIsEnabled)):
        return hub.explained(error, getattr(error, "repo_id", None) or called, bool(token))
    if is_missing(error):
        return missing(called)
    if "allow_pickle" in str(error):  # numpy would advise to allow it
        return ModelError(
            f"{called} has a PLDA that contains Python objects, which could run anything on this machine, "
            "so it was not loaded; use the files of a pipeline that you know."
        )
    if isinstance(error, (MissingDependency, WrongDependencyVersion)):
        found = getattr(error, "available", "none")
        return ModelError(
            f"{called} requires {error.dependency} {error.required}, and {found} is installed; "
            "choose a pipeline that was made for this version."
        )
    if "weights_only" in str(error) or "PyTorch" in str(
        error
    ):  # torch would advise to disable its check, or to report a bug
        error = ValueError("torch cannot read it")
    first = first_line(error).rstrip(".")
    if token:
        first = first.replace(token, "the token")
    return ModelError(
        f"{called} cannot be loaded as a pipeline ({first}); "
        "its files may be damaged or made for another version: fetch it again."
    )

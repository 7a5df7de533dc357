"""Loading a pyannote pipeline from files, with every failure in plain words."""

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
from .networks import put_networks
from .pyannoteai import is_missing, missing, runs_locally
from .trust import Trust, check_names

log = logging.getLogger(__name__)


def load_pipeline(
    source: Path | dict[str, Any],
    called: str,
    token: str | None,
    offline: bool,
    cache_dir: str | None = None,
    trust: Trust = Trust(),  # noqa: B008 - it is frozen
) -> Any:
    """The pipeline of a folder, a config.yaml or a configuration, ready on the CPU; errors name it as `called`.

    Parts of it that are on the hub and not cached are fetched, unless `offline`. Nothing is imported or run that its
    files name, beyond what `trust` has. Raises ModelError that says what to do.
    """
    config = read_config(source, called)
    parts = parts_of(config)
    refuse_old_names(parts, called)
    check_names(config, called if isinstance(source, dict) else _file(source), trust)
    prepare_import()
    from pyannote.audio import Pipeline
    from pyannote.audio.utils import hf_hub
    from pyannote.audio.utils.dependencies import check_dependencies

    # Its advice about tokens would go to stdout, where transcripts go.
    vars(hf_hub)["print"] = log.debug
    local = runs_locally(config["pipeline"]["name"], called)
    if local:
        token = None  # it would be taken for pyannoteAI's key
    reach: contextlib.AbstractContextManager[None] = contextlib.nullcontext()
    elsewhere = [part for part in parts if part.is_on_hub]
    here = bool(parts) and all(cached_part(part, cache_dir) for part in elsewhere)
    if offline or here or not hub.answers():
        reach = hub.cache_only()
    elif not local:
        token = hub.checked(token)
    try:
        with reach:
            place = str(hub.place(cache_dir))
            check_dependencies(_dependencies(config), "Pipeline")
            put_networks(config, parts, _folder(source), trust, token, place)
            pipeline = Pipeline.from_pretrained(config, token=token, cache_dir=place)
    except SpeakerPlugError:
        raise
    except Exception as error:  # whatever the files make torch, yaml or numpy raise
        folders = {part.source: cached_part(part, cache_dir) for part in elsewhere}
        if not isinstance(source, dict):
            folders[called] = _folder(source)
        whole = None if isinstance(source, dict) or called == str(source) else called
        raise hub.damage(folders, cache_dir, whole) or _explained(error, called, token, offline) from masked_error(
            error
        )
    if pipeline is None:
        raise ModelError(
            f"{called} cannot be loaded, for it or one of its parts is gated or unknown; "
            "accept the terms of all of them at https://hf.co/pyannote and set HF_TOKEN."
        )
    spare_memory(pipeline)
    return pipeline


def read_config(source: Path | dict[str, Any], called: str) -> dict[str, Any]:
    """What a config.yaml, or that of a folder, says of a pipeline; raises ModelError where it names none."""
    config = source if isinstance(source, dict) else _read(source)
    if not _is_pipeline(config):
        raise ModelError(f"{called} names no pipeline in its config.yaml; choose one that is made for diarization.")
    if not isinstance(config["pipeline"].get("params") or {}, Mapping):
        raise ModelError(f"{called} has params in its config.yaml that are no mapping; fetch or write it again.")
    if not isinstance(config["pipeline"]["name"], str):
        raise ModelError(f"{called} has a config.yaml whose `pipeline` is not as pyannote writes it; fetch it again.")
    return config


def names_pipeline(folder: Path) -> bool:
    """Whether the config.yaml of a folder is that of a pipeline; raises ModelError where it cannot be read."""
    return _is_pipeline(_read(folder))


def _is_pipeline(config: Mapping[str, Any]) -> bool:
    return isinstance(config.get("pipeline"), Mapping) and "name" in config["pipeline"]


def _read(source: Path) -> dict[str, Any]:
    return read_configuration(_file(source))


def _file(source: Path) -> Path:
    return source / "config.yaml" if source.is_dir() else source


def _folder(source: Path | dict[str, Any]) -> Path:
    """Where pyannote looks for what a configuration says is beside it."""
    if isinstance(source, dict):
        return Path.cwd()
    return source if source.is_dir() else source.parent


def _dependencies(config: Mapping[str, Any]) -> dict[str, str]:
    """What a pipeline asks for; before pyannote.audio 4 that was one version."""
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
            f"{called} needs a part that is not here, and the network is not to be used; "
            "fetch it once with: speakerplug fetch."
        )
    if isinstance(error, (errors.HfHubHTTPError, errors.EntryNotFoundError, errors.OfflineModeIsEnabled)):
        return hub.explained(error, getattr(error, "repo_id", None) or called, bool(token))
    if is_missing(error):
        return missing(called)
    if "allow_pickle" in str(error):  # numpy's advice is to allow it
        return ModelError(
            f"{called} has a PLDA that holds Python objects beside numbers, which could run anything on this machine, "
            "so it was not loaded; take the files of a pipeline that you know."
        )
    if isinstance(error, (MissingDependency, WrongDependencyVersion)):
        found = getattr(error, "available", "none")
        return ModelError(
            f"{called} asks for {error.dependency} {error.required}, and {found} is installed; "
            "choose a pipeline that is made for this version."
        )
    if "weights_only" in str(error) or "PyTorch" in str(error):  # torch's advice is to check nothing, or to report it
        error = ValueError("torch cannot read it")
    first = first_line(error).rstrip(".")
    if token:
        first = first.replace(token, "the token")
    return ModelError(
        f"{called} cannot be loaded as a pipeline ({first}); "
        "its files may be damaged or made for another version: fetch it again."
    )

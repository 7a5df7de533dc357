"""Load the networks of a pipeline before pyannote builds it, so that pyannote unpickles no checkpoint itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ... import hub
from .archives import check_arrays
from .checkpoints import UnknownNameError, load_network
from .components import PLDA, WEIGHTS, Part, cached_part
from .trust import PIPELINES, Trust


def insert_networks(
    config: dict[str, Any],
    parts: Sequence[Part],
    folder: Path,
    trust: Trust,
    token: str | None,
    cache_dir: str | None,
) -> None:
    """Replace the checkpoints that a configuration in `folder` names by loaded networks.

    pyannote itself loads those that are trusted, and those in files published by pyannote that name something unknown.
    Raises ModelError for such a name in any other file, and for a PLDA or a checkpoint that could fill all memory.
    """
    from pyannote.audio.core.pipeline import expand_subfolders

    params = config["pipeline"]["params"] = config["pipeline"].get("params") or {}
    expand_subfolders(config, str(folder), token=token, cache_dir=cache_dir)
    if trust.everything:
        return
    for part in parts:
        left_out = part.kind not in params and str(config["pipeline"]["name"]) not in PIPELINES
        if part.files not in (WEIGHTS, PLDA) or left_out:  # the defaults of a plugin's pipeline are its own
            continue
        given = params.get(part.kind, {})
        strict = bool(given.get("strict", True)) if isinstance(given, Mapping) else False
        key = given.get("token", token) if isinstance(given, Mapping) else token
        files = [_located(part, name, folder, key, cache_dir) for name in part.files]
        if part.files == PLDA:
            for file in files:
                check_arrays(file)
            continue
        (file,) = files
        try:
            params[part.kind] = load_network(file, trust.classes, strict)
        except UnknownNameError as error:
            if hub.damage({part.kind: file.parent}):  # it differs from the published file
                raise ValueError(f"{file.name} is damaged") from error
            trust.of(part).check(error.name, file)


def _located(part: Part, name: str, folder: Path, token: str | None, cache_dir: str | None) -> Path:
    """Return the path of a file of a part, fetched if necessary; raises the errors of the hub client."""
    from pyannote.audio.utils.hf_hub import AssetFileName, download_from_hf_hub

    source = Path(part.source) if part.source else folder
    if source.is_file():
        return source
    if source.is_dir():
        return source / part.folder / name
    there = cached_part(part, cache_dir) if part.is_on_hub else None
    if there is not None:
        return there / name
    asset = AssetFileName.Model if part.files == WEIGHTS else name
    found = download_from_hf_hub(part.source, asset, part.folder or None, part.revision, cache_dir, token)
    return Path(str(found))

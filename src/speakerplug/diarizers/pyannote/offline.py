"""Fetch complete pipelines for offline use, into the cache or a separate folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from ... import hub
from ...errors import ModelError
from ...plugin.roles import DiarizerSettings
from ...system.progress import Progress
from .components import INSIDE, ONNX, Part, cached_part, fetch_parts, parts_of
from .load import names_pipeline, read_config
from .pretrained import fetch_pipeline


def fetch_whole(repo: str, revision: str | None, settings: DiarizerSettings, progress: Progress | None = None) -> Path:
    """Return the folder of a published pipeline, fetched completely, with its parts in other repositories.

    All files are compared with the hub's checksums, and those that differ are fetched again; if the hub does not
    answer, they are compared with the checksums in the cache. Raises ModelError with a hint.
    """
    answers = hub.answers()
    folder = fetch_pipeline(repo, settings, progress, revision, verify=answers)
    if not names_pipeline(folder):
        return folder  # a model that a configuration of the user names
    config = read_config(folder, repo)
    fetch_parts(config, repo, settings, progress, verify=answers)
    folders = {repo: folder}
    for part in parts_of(config):
        folders[part.source or repo] = place = _folder(part, folder, settings)
        missing = [name for name in part.files if not (place / name).is_file()]
        if missing:
            raise ModelError(f"{part.source or repo} lacks {missing[0]} for its {part.kind}; choose another pipeline.")
    if not answers and (damage := hub.damage(folders, settings.cache_dir, repo)):
        raise damage
    return folder


def copy_whole(folder: Path, to: Path, called: str, settings: DiarizerSettings) -> None:
    """Copy a completely cached pipeline into the empty folder `to`, which is then self-contained.

    Parts from other repositories get subfolders there, which its config.yaml names.
    """
    import yaml  # type: ignore[import-untyped]

    config = read_config(folder, called)
    shutil.copytree(folder, to, copy_function=shutil.copyfile, dirs_exist_ok=True)
    for part in parts_of(config):
        if not part.source:
            continue
        if part.files == ONNX:
            raise ModelError(
                f"The {part.kind} of {called} ({part.source}) can only be read from the hub's cache; "
                "fetch it without --to, or choose pyannote/speaker-diarization-3.1."
            )
        (to / part.kind).mkdir(exist_ok=True)
        for name in part.files:
            shutil.copyfile(_folder(part, folder, settings) / name, to / part.kind / name)
        config["pipeline"].setdefault("params", {})[part.kind] = f"{INSIDE}{part.kind}"
    (to / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False), encoding="utf-8")


def _folder(part: Part, folder: Path, settings: DiarizerSettings) -> Path:
    """Return the folder of a part of the pipeline in `folder`."""
    if not part.source:
        return folder / part.folder
    if not part.is_on_hub:
        return Path(part.source) / part.folder
    there = cached_part(part, settings.cache_dir)
    if there is None:
        raise ModelError(
            f"The {part.kind} {part.source} is fetched by another library when it is first used; "
            "run that once, or choose pyannote/speaker-diarization-3.1 or community-1."
        )
    return there

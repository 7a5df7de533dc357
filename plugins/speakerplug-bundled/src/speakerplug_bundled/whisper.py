"""The bundled Whisper models for CTranslate2, as folders that faster-whisper opens."""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

from platformdirs import user_cache_path

from speakerplug.plugin import ModelError, temporary_folder

from .weights import WHISPER_BASE_PARTS, WHISPER_BASE_REST, WHISPER_TINY_EN, PackagedFile, sha256_of

BASE_SHA256 = "905e5bf8336bcc625ba4e33498d675a4b935504118c594d868c36e91a60c1a57"
BASE_FOLDER = "whisper-base-1.0.0"


def locate_tiny_en() -> Path:
    """Return the folder of tiny.en; raises ModelError if one of its files is missing or damaged."""
    model, *_ = [file.checked() for file in WHISPER_TINY_EN]
    return model.parent


def has_base() -> bool:
    """Return whether the packages of the base model are installed."""
    return all(importlib.util.find_spec(file.module) for file in WHISPER_BASE_PARTS)


def locate_base() -> Path:
    """Return the folder of base, joined from its two packages on first use; raises ModelError for a bad part."""
    return joined(user_cache_path("speakerplug") / BASE_FOLDER, WHISPER_BASE_PARTS, WHISPER_BASE_REST, BASE_SHA256)


def joined(folder: Path, parts: Sequence[PackagedFile], rest: Sequence[PackagedFile], sha256: str) -> Path:
    """Write the `parts`, joined as model.bin (of that SHA-256), and the `rest` to `folder` atomically, and return it.

    Raises ModelError if a part is missing or damaged, or if the folder cannot be written.
    """
    wanted = {"model.bin": sha256, **{Path(file.path).name: file.sha256 for file in rest}}
    if _is_whole(folder, wanted):
        return folder
    sources = [part.checked() for part in parts]
    others = [file.checked() for file in rest]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(folder.parent) as scratch:
            fresh = _written(scratch / "fresh", sources, others)
            if not _is_whole(fresh, wanted):
                raise ModelError(f"The parts of the bundled model do not match its SHA-256; {parts[0].remedy}.")
            _put_in_place(fresh, folder, wanted)
    except OSError as error:
        raise ModelError(
            f"The bundled model cannot be written to {folder} ({error.strerror}); "
            "free disk space, or set XDG_CACHE_HOME to a writable folder."
        ) from error
    return folder


def _is_whole(folder: Path, wanted: Mapping[str, str]) -> bool:
    return all((folder / name).is_file() and sha256_of(folder / name) == known for name, known in wanted.items())


def _written(folder: Path, sources: Sequence[Path], others: Sequence[Path]) -> Path:
    folder.mkdir()
    with (folder / "model.bin").open("wb") as target:
        for source in sources:
            with source.open("rb") as part:
                shutil.copyfileobj(part, target, 1 << 20)
    for other in others:
        shutil.copyfile(other, folder / other.name)
    return folder


def _put_in_place(fresh: Path, folder: Path, wanted: Mapping[str, str]) -> None:
    """Move `fresh` to `folder`, after moving a damaged copy away; another process may have been faster."""
    if folder.exists():
        folder.replace(fresh.with_name("damaged"))
    try:
        fresh.replace(folder)
    except OSError:
        if not _is_whole(folder, wanted):
            raise

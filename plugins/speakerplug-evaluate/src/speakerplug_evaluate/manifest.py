"""The recordings of a test set: those in a manifest.json, or with reference files in a folder."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from speakerplug.plugin import UsageError

from .reading import explained, recordings_of
from .truth import Item, read_truth

FILES = {"stm": "stm", "rttm": "rttm", "uem": "uem", "words": "words.json"}
"""The reference files of a recording: keys in a manifest, and suffixes in a folder without one."""

AUDIO_SUFFIXES = ("wav", "flac", "mp3", "m4a", "aac", "ogg", "opus", "mp4", "mkv", "webm")


def read_set(path: Path) -> tuple[Item, ...]:
    """Return the recordings of a manifest.json, of the folder that holds one, or of a folder with STM and RTTM files.

    Raises UsageError if there is none of these, MediaError for a file that is missing or damaged.
    """
    manifest = path / "manifest.json" if os.path.isdir(path) else path
    if os.path.isfile(manifest):
        if manifest.suffix.lower() in (".stm", ".rttm", ".uem"):
            raise UsageError(f"{path} is no manifest.json; name the folder that it is in.")
        return read_manifest(manifest)
    if not os.path.isdir(path):
        raise UsageError(f"There is no manifest.json or folder {path}; name the reference of the recordings.")
    found = _files_by_recording(path)
    if not found:
        raise UsageError(f"{path} has neither a manifest.json nor STM or RTTM files; name a folder that has.")
    return tuple(_item_of_files(path, name, found[name]) for name in sorted(found))


def _files_by_recording(folder: Path) -> dict[str, dict[str, Path]]:
    """Return the reference files of each recording: those of its name, and those with lines of several recordings.

    A file with the lines of one recording is of the recording that it is named after, whatever id is in it; a UEM that
    is named after none is of the one with its id. Raises UsageError for two lists with lines of the same recording.
    """
    own: dict[str, dict[str, Path]] = {}
    shared: dict[str, dict[str, Path]] = {}
    regions: dict[str, Path] = {}
    for key in ("stm", "rttm", "uem"):
        for path in sorted(folder.glob(f"*.{FILES[key]}")):
            with explained(path, "truth"):
                ids = recordings_of(path.read_text(encoding="utf-8-sig"), path.suffix)
            for name in ids if len(ids) > 1 else (path.stem,):
                files = (shared if len(ids) > 1 else own).setdefault(name, {})
                if key in files:
                    raise UsageError(f"{files[key]} and {path} both have lines of {name}; leave one of them.")
                files[key] = path
            if key == "uem" and len(ids) == 1:
                regions[ids[0]] = path
    found = {name: shared.get(name, {}) | own.get(name, {}) for name in (*shared, *own)}
    for name, path in regions.items():
        if name in found and not found.get(path.stem, {}).keys() & {"stm", "rttm"}:
            found[name].setdefault("uem", path)
    for name, files in found.items():
        if (words := folder / f"{name}.{FILES['words']}").is_file():
            files["words"] = words
    return {name: files for name, files in found.items() if files.keys() & {"stm", "rttm"}}


def read_manifest(manifest: Path) -> tuple[Item, ...]:
    """Return the items of a manifest.json, with paths relative to its folder; raises MediaError if it is damaged."""
    with explained(manifest, "a manifest"):
        entries = json.loads(manifest.read_text(encoding="utf-8"))["items"]
        items = tuple(_item(manifest.parent, entry) for entry in entries)
        if not items:
            raise ValueError("it lists no recordings")
        if len(items) > len({item.id for item in items}):
            raise ValueError("two recordings have the same id")
        return items


def _item(folder: Path, entry: Mapping[str, Any]) -> Item:
    files = {name: folder / entry[name] for name in FILES if entry.get(name)}
    region = entry.get("words_uem")
    return Item(
        id=entry["id"],
        kind=entry["kind"],
        audio=folder / entry["audio"],
        duration=float(entry["duration_s"]),
        num_speakers=int(entry["num_speakers"]),
        truth=read_truth(
            files,
            duration=float(entry["duration_s"]),
            words_region=(float(region[0]), float(region[1])) if region else None,
            names=(entry["id"], Path(entry["audio"]).stem),
        ),
        language=entry.get("language") or "en",
    )


def _item_of_files(folder: Path, name: str, files: Mapping[str, Path]) -> Item:
    """Return a recording of a folder without a manifest, with the audio of its name."""
    audio = (folder / f"{name}.{suffix}" for suffix in AUDIO_SUFFIXES)
    with explained(folder / f"{name}.*", "truth"):
        truth = read_truth(files, names=(name,))
    spoken = truth.turns or truth.words
    return Item(
        id=name,
        kind="recording",
        audio=next(filter(Path.is_file, audio), folder / f"{name}.{AUDIO_SUFFIXES[0]}"),
        duration=truth.region[1],
        num_speakers=len({said.speaker for said in spoken}),
        truth=truth,
    )

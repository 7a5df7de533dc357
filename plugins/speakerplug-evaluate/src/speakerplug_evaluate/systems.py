"""The systems that are compared: their saved results are read, or they are run."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from speakerplug.formats.load import load
from speakerplug.plugin import UsageError, load_plugins

from .hypotheses import Hypothesis, from_transcript, read_hypothesis
from .reading import explained, recordings_of
from .truth import Item

log = logging.getLogger(__name__)

SUFFIXES = (".json", ".stm", ".rttm")
"""Formats that are preferred to others with the same name, such as subtitles."""
LISTS = (".stm", ".rttm")
"""Formats whose lines name their recording: one file can be of several."""

Answer = Callable[[Item], tuple[Hypothesis, float | None]]
"""Returns the words and turns of a recording, and the wall time in seconds (None: not run)."""


@dataclass(frozen=True, slots=True)
class System:
    """A system under test: its name in the tables, and its results."""

    name: str
    answer: Answer


def saved_systems(paths: Sequence[Path], items: Sequence[Item]) -> tuple[System, ...]:
    """Return a system for each folder of saved results, and one for the single files of each folder.

    Raises UsageError if a path is missing, or a system has no result for one of `items`.
    """
    groups: dict[Path, list[Path]] = {}
    for path in paths:
        if os.path.isdir(path):
            groups[path] = sorted(file for file in path.iterdir() if file.is_file() and _suffix(file))
        elif os.path.isfile(path) and _suffix(path):
            groups.setdefault(path.parent, []).append(path)
        else:
            known = ", ".join(sorted(_readable()))
            raise UsageError(f"--system {path} is neither a folder nor a file of results ({known}); check the path.")
    names = [folder.resolve().name for folder in groups]
    return tuple(
        _saved(str(folder) if names.count(name) > 1 else name, files, items)
        for name, (folder, files) in zip(names, groups.items(), strict=True)
    )


def _saved(name: str, files: Sequence[Path], items: Sequence[Item]) -> System:
    found = {item.id: tuple(_files_of(item, files, items)) for item in items}
    if missing := [item for item, paths in found.items() if not paths]:
        raise UsageError(f"{name} has no result for {', '.join(missing)}; choose others with --items.")

    def answer(item: Item) -> tuple[Hypothesis, None]:
        """Return the words of the first file that has words, the turns of the first that has turns."""
        words, turns = None, None
        for path in found[item.id]:
            if words is None or path.suffix in SUFFIXES:
                read = _read(path, item, items)
                words = read.words if words is None else words
                turns = read.turns if turns is None else turns
        return Hypothesis(words, turns), None

    return System(name, answer)


def _files_of(item: Item, files: Iterable[Path], items: Iterable[Item]) -> list[Path]:
    """Return the files named by the recording's id, else by its audio file, else the lists that name no recording."""
    by_id = [path for path in files if stem_of(path) == item.id]
    by_audio = [path for path in files if stem_of(path) == item.audio.stem]
    named = {name for each in items for name in (each.id, each.audio.stem)}
    lists = [path for path in files if path.suffix in LISTS and stem_of(path) not in named]
    order = (*SUFFIXES, *_readable())
    return sorted(by_id or by_audio or lists, key=lambda path: order.index(_suffix(path)))


@lru_cache(maxsize=1)
def _readable() -> tuple[str, ...]:
    """Return the suffixes of the files that `speakerplug.load` reads, the longest first."""
    found = {format.suffix for format in load_plugins().formats.values() if format.readable and format.suffix}
    return tuple(sorted(found | set(SUFFIXES), key=lambda suffix: (-len(suffix), suffix)))


def _suffix(path: Path) -> str:
    """Return the suffix by which the file can be read, "" if by none."""
    return next((suffix for suffix in _readable() if path.name.lower().endswith(suffix)), "")


def stem_of(path: Path) -> str:
    """Return the name of a file without the suffix of its format."""
    return path.name[: len(path.name) - len(_suffix(path))]


def _read(path: Path, item: Item, items: Sequence[Item]) -> Hypothesis:
    with explained(path, "a result"):
        if path.suffix in LISTS:
            text = path.read_text(encoding="utf-8-sig")
            return read_hypothesis(text, path.suffix, _recording(text, path, item, items), str(path))
        if path.suffix == ".json" and _suffix(path) == ".json":
            return read_hypothesis(path.read_text(encoding="utf-8"), ".json", None, str(path))
        return replace(from_transcript(load(path)), turns=None)


def _recording(text: str, path: Path, item: Item, items: Sequence[Item]) -> str | None:
    """Return the id of a recording in a list of results; None where all lines are its own.

    Raises UsageError where the ids of the file are those of no recording.
    """
    ids = recordings_of(text, path.suffix)
    if len(ids) == 1 and stem_of(path) in (item.id, item.audio.stem):
        return None
    if found := next((name for name in _names(item) if name in ids), None):
        return found
    some = ", ".join(ids[:5]) or "no recording"
    if len(ids) == len(items) == 1:
        log.warning("%s names the recording %s, not %s, and is scored as the only result of it.", path, some, item.id)
        return None
    if any(name in ids for each in items for name in _names(each)):
        log.warning("%s has no line of %s, which counts as a result without any words or turns.", path, item.id)
        return item.id
    if not ids:
        log.warning("%s has no lines, which counts as a result without any words or turns.", path)
        return None
    raise UsageError(
        f"{path} has lines of {some}, but none of {item.id}; give recordings the same ids in truth and results."
    )


def _names(item: Item) -> tuple[str, ...]:
    """Return what lists may call a recording: its id or the name of its file, without spaces."""
    names = (item.id, item.audio.stem)
    return tuple(dict.fromkeys((*names, *(name.replace(" ", "_") for name in names))))

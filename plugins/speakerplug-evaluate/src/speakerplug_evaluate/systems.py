"""The systems that are compared: their saved results are read, or they are run."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from speakerplug.plugin import UsageError

from .hypotheses import Hypothesis, read_hypothesis
from .reading import explained
from .truth import Item

SUFFIXES = (".json", ".stm", ".rttm")
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
            groups[path] = sorted(file for file in path.iterdir() if file.suffix in SUFFIXES)
        elif os.path.isfile(path) and path.suffix in SUFFIXES:
            groups.setdefault(path.parent, []).append(path)
        else:
            raise UsageError(f"--system {path} is neither a folder nor a {', '.join(SUFFIXES)} file; check the path.")
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
        answers = [_read(path, item) for path in found[item.id]]
        words = next((each.words for each in answers if each.words is not None), None)
        turns = next((each.turns for each in answers if each.turns is not None), None)
        return Hypothesis(words, turns), None

    return System(name, answer)


def _files_of(item: Item, files: Iterable[Path], items: Iterable[Item]) -> list[Path]:
    """Return the files named by the recording's id, else by its audio file, else the lists that name no recording."""
    by_id = [path for path in files if path.stem == item.id]
    by_audio = [path for path in files if path.stem == item.audio.stem]
    named = {name for each in items for name in (each.id, each.audio.stem)}
    lists = [path for path in files if path.suffix in LISTS and path.stem not in named]
    return sorted(by_id or by_audio or lists, key=lambda path: SUFFIXES.index(path.suffix))


def _read(path: Path, item: Item) -> Hypothesis:
    alone = path.stem in (item.id, item.audio.stem)
    with explained(path, "a result"):
        text = path.read_text(encoding="utf-8")
        return read_hypothesis(text, path.suffix, None if alone else item.id, str(path))

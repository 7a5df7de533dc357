"""The recordings of a run: each that was named, listed or lies in a folder, and what could not be taken."""

from __future__ import annotations

import os
import stat
import unicodedata
import zlib
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from ..errors import MediaError, UsageError
from ..formats.targets import is_recording_name
from ..media.file import refuse_url
from ..system.fingerprint import digest_of
from .storage import is_remote, joined, objects_under

STATE = ".speakerplug"
"""The folder in that of the results which holds the journals."""


@dataclass(frozen=True, slots=True)
class Found:
    """A recording: its `path`, its `name` in the tree of the results, with slashes, and options of its own.

    `seconds` is the length of its audio, None where nothing has told it yet. A `mark` makes its key distinct.
    """

    path: str
    name: str
    options: Mapping[str, Any] = field(default_factory=dict)
    seconds: float | None = None
    mark: str = ""

    @property
    def part(self) -> str:
        """What tells a part of the recording from others, as a suffix of its name; "" for the whole."""
        start, end = self.options.get("start"), self.options.get("end")
        return "" if start is None and end is None else f"_{start or 0:g}-{'' if end is None else f'{end:g}'}"

    @property
    def key(self) -> str:
        """Its name in the journal: the same on each machine and file system, as long as the tree is."""
        return unicodedata.normalize("NFC", self.name) + self.part + self.mark


@dataclass(frozen=True, slots=True)
class Problem:
    """What was listed or lies in a folder, and cannot be taken: where it is, and why, with a hint."""

    where: str
    message: str


def found_in(
    inputs: Sequence[str], output: Path, lines: Iterable[Found | Problem] = (), may_be_empty: bool = False
) -> list[Found | Problem]:
    """Return the recordings that `inputs` name and those in folders among them, then the `lines` of a list.

    Each is taken once. Raises UsageError for a URL, and where there is no recording at all unless it `may_be_empty`.
    """
    taken: dict[tuple[str, str], Found | Problem] = {}
    for each in (*_named(inputs, output), *lines):
        key = (each.where, "") if isinstance(each, Problem) else (os.path.abspath(each.path), each.part)
        taken.setdefault(key, each)
    if taken or may_be_empty:
        return _distinct([*taken.values()])
    if not inputs:
        raise UsageError(
            'No recording is named; name files, folders, or in a list one a line, like {"audio_filepath": "talk.wav"}.'
        )
    what = f"The folder {inputs[0]} has" if len(inputs) == 1 else "These folders have"
    raise UsageError(f"{what} no recordings; name files, or folders that have some.")


def _distinct(found: Sequence[Found | Problem]) -> list[Found | Problem]:
    """Return the recordings with distinct keys: files of one name get that of their folder, and so on."""
    known = _marked([each for each in found if isinstance(each, Found)])
    depth = 1
    while True:
        counts = Counter(each.key for each in known)
        if len(counts) == len(known):
            break
        depth += 1
        known = [_deeper(each, depth) if counts[each.key] > 1 else each for each in known]
    given = iter(known)
    return [each if isinstance(each, Problem) else next(given) for each in found]


def _marked(found: Sequence[Found]) -> list[Found]:
    """Return the recordings, with a mark on those of one path but for its Unicode form: no folder tells them apart.

    A mark is made from the name alone, so that it is the same on each machine.
    """

    def place(each: Found) -> tuple[str, str]:
        return unicodedata.normalize("NFC", os.path.abspath(each.path)), each.part

    counts = Counter(map(place, found))
    return [replace(each, mark=f"#{digest_of(each.name)[:8]}") if counts[place(each)] > 1 else each for each in found]


def _deeper(found: Found, depth: int) -> Found:
    """Return a recording named by so many parts of its path; one with fewer, or the same in another form, is marked."""
    path = os.path.abspath(found.path)
    parts = path.split(os.sep)[1:]
    if depth <= len(parts) and found.name == "/".join(parts[1 - depth :]):
        return replace(found, name="/".join(parts[-depth:]))
    return replace(found, mark=f"#{digest_of(path)[: 8 * (depth - 1)]}")


def _named(inputs: Sequence[str], output: Path) -> Iterator[Found | Problem]:
    for source in inputs:
        if is_remote(source):
            yield from _stored(source)
            continue
        refuse_url(source)
        if os.path.isdir(source):
            yield from recordings_in(source, output)
        else:
            yield Found(source, os.path.basename(source))


def _stored(url: str) -> Iterator[Found | Problem]:
    """Yield the recordings in a folder of object storage, or the one that the URL names."""
    try:
        names = sorted(objects_under(url))
    except MediaError as error:
        yield Problem(url, str(error))
        return
    if names in ([], [""]):
        yield Found(url, os.path.basename(url.rstrip("/")))
        return
    for name in names:
        if is_recording_name(name.split("/")[-1]) and not any(part.startswith(".") for part in name.split("/")):
            yield Found(joined(url, name), name)


def recordings_in(folder: str, output: Path) -> Iterator[Found | Problem]:
    """Yield the recordings in a folder and below, sorted, with names relative to it.

    Hidden ones, the folder `output` of the results if it lies below, and copies that SpeakerPlug made are left out. A
    folder that links lead to again is taken once, under its own name if that is below `folder`. A folder that cannot be
    read is a Problem.
    """
    seen: set[tuple[int, int]] = set()
    inside = _identity(output)
    waiting, linked = [folder], list[str]()
    while waiting or linked:
        place = waiting.pop() if waiting else linked.pop(0)
        identity = _identity(place)
        if identity in seen or (identity == inside and place != folder):
            continue
        seen |= {identity} if identity is not None else set()
        try:
            entries = sorted(os.scandir(place), key=lambda entry: entry.name)
        except OSError as error:
            yield Problem(place, f"The folder {place} cannot be read ({error.strerror}); change its permissions.")
            continue
        folders = [entry for entry in entries if _is_shown(entry) and _is_folder(entry)]
        waiting += [entry.path for entry in reversed(folders) if not entry.is_symlink()]
        linked += [entry.path for entry in folders if entry.is_symlink()]
        for entry in entries:
            if is_recording_name(entry.name) and not _is_folder(entry) and not _is_stream(entry):
                yield Found(entry.path, os.path.relpath(entry.path, folder).replace(os.sep, "/"))


def _is_shown(entry: os.DirEntry[str]) -> bool:
    return not entry.name.startswith(".")


def _is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a folder; a link to itself is none, and neither is what cannot be looked at."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_stream(entry: os.DirEntry[str]) -> bool:
    """Return whether it is a pipe or a device; a link to nowhere is reported when its turn comes."""
    try:
        return not stat.S_ISREG(entry.stat().st_mode)
    except OSError:
        return False


def _identity(path: str | Path) -> tuple[int, int] | None:
    """Return what identifies a folder by any of its names; None where it does not exist."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_dev, status.st_ino


def in_shard(found: Iterable[Found], shard: tuple[int, int]) -> list[Found]:
    """Return the recordings of one of so many shards, (number from 1, count): by a hash of their names."""
    number, count = shard
    return [each for each in found if share_of(each.key, count) == number]


def share_of(key: str, count: int) -> int:
    """Return the number of the shard, from 1, that a key belongs to; the same on every machine."""
    return zlib.crc32(key.encode("utf-8", "surrogatepass")) % count + 1

"""The files that a command writes for one recording: one for each format, and copies of the recording itself."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..media.suffixes import SUFFIXES
from ..plugin.formats import FormatRegistration
from ..subtitles import CueRules
from ..system.streams import is_stream

EMBED = "--embed-subs"
"""Stands for a format in `Targets`; no plugin can give a format this name."""
BURN = "--burn"
"""Likewise, for a copy with the subtitles in its picture."""
COPIES = (EMBED, BURN)
WHOLE = "json"
"""The format that holds everything: all others can be made from it."""

SUBTITLED = ".subtitled"
"""The end of the name of a copy, until its container is known."""
BURNED = ".burned.mp4"
MADE = (SUBTITLED, os.path.splitext(BURNED)[0])
"""The ends of the stems of copies that --embed-subs and --burn made."""

LONGEST_STEM = 226
"""Bytes of a file stem that leave room for .partial.json, or a checkpoint's suffix and its lock, in the usual 255."""

Targets: TypeAlias = Mapping[str, Path | None]
"""The file for each format; None is standard output."""


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What to write and how: `formats` by name, each once, `output` as given, and the rules of cues."""

    formats: tuple[str, ...] = ()
    output: str | None = None
    rules: CueRules | None = None
    embed_subs: bool = False
    burn: bool = False
    embed_audio: bool = False
    audio_track: str | None = None
    crlf: bool = False
    bom: bool = False

    def suffixes(self, formats: Mapping[str, FormatRegistration]) -> dict[str, str]:
        """Return the suffix of each of `formats`, and of the copies that are wanted."""
        copies = ((EMBED, SUBTITLED, self.embed_subs), (BURN, BURNED, self.burn))
        known = {name: format.suffix for name, format in formats.items()}
        return {**known, **{name: suffix for name, suffix, is_wanted in copies if is_wanted}}

    @property
    def wanted(self) -> tuple[str, ...]:
        """The formats and the copies that are asked for."""
        return (*self.formats, *([EMBED] if self.embed_subs else []), *([BURN] if self.burn else []))


def shortened(stem: str, longest: int = LONGEST_STEM) -> str:
    """Return the stem of a file name, cut between two characters if it is so long that no suffix fits after it."""
    encoded = stem.encode("utf-8", "surrogateescape")
    return stem if len(encoded) <= longest else encoded[:longest].decode("utf-8", "ignore")


def with_container(targets: Targets, recording: str | Path) -> Targets:
    """Return the targets with the full name of the copy with a subtitle track, which depends on the recording.

    Raises MediaError where `recording` cannot be copied, UsageError for a name without a known suffix.
    """
    path = targets.get(EMBED)
    if path is None:
        return targets
    from .mux import container_for

    whole = path.name.endswith(SUBTITLED)
    container = container_for(recording, None if whole else path)
    return {**targets, EMBED: path.with_name(path.name + container.suffix) if whole else path}


def existing(targets: Targets) -> list[Path]:
    """Return the files among the targets that exist."""
    return [found for name, path in targets.items() if path is not None and (found := _file(name, path)) is not None]


def _file(name: str, path: Path) -> Path | None:
    return next((each for each in places_of(name, path) if each.is_file() and not is_stream(each)), None)


def places_of(name: str, path: Path) -> list[Path]:
    """Return where a target may be; a copy's name may lack the suffix of its container."""
    if name == EMBED and path.name.endswith(SUBTITLED):
        from .mux.containers import BY_SUFFIX

        return [path.with_name(path.name + suffix) for suffix in BY_SUFFIX]
    return [path]


def is_recording_name(name: str) -> bool:
    """Return whether a file in a folder is a recording, as its name tells: not hidden, and no copy made here."""
    stem, suffix = os.path.splitext(name)
    return suffix.lower() in SUFFIXES and not name.startswith(".") and not stem.endswith(MADE)

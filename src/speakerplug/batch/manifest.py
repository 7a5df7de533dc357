"""Read a list of recordings: JSON lines as NeMo's manifests have them, with options of our own."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator, Mapping
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from ..errors import MediaError, SpeakerPlugError, UsageError, shown
from ..pipeline.options import Options
from .found import Found, Problem
from .storage import is_remote

PATH, DURATION, OFFSET = "audio_filepath", "duration", "offset"
OWN = ("language", "task", "prompt", "hotwords", "audio_track", "start", "end", "channels")
OWN_SPEAKERS = ("num_speakers", "min_speakers", "max_speakers")
"""Options that a line may have; a worker has the others for all recordings."""


def listed_in(path: str, options: Options) -> Iterator[Found | Problem]:
    """Yield the recordings of a list, one for each line; a line that is invalid is a Problem with its number.

    `audio_filepath` is relative to the list. With an `offset` or a `duration` that ends before the recording, only that
    part is taken; a `duration` alone is the length of the whole, as NeMo writes it. What else a line has is left out,
    except options such as `language` and `num_speakers`, for this recording alone. Raises MediaError where the list
    cannot be read.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise MediaError(f"The list {path} cannot be read ({error.strerror}); check its path.") from error
    for number, line in enumerate(data.split(b"\n"), 1):
        if line.strip():
            try:
                yield _of_line(line, os.path.dirname(path), options)
            except (SpeakerPlugError, ValueError) as error:
                yield Problem(f"{path}:{number}", f"Line {number} of {path} cannot be used: {error}")


def _of_line(line: bytes, folder: str, options: Options) -> Found:
    try:
        given = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise UsageError('it is not JSON; write it like {"audio_filepath": "talk.wav"}.') from None
    if not isinstance(given, dict) or not isinstance(given.get(PATH), str) or not given[PATH].strip():
        raise UsageError(f"it names no recording; add {PATH}.")
    if "\0" in given[PATH]:
        raise UsageError("its path has a null character; write it anew.")
    duration, offset = (_number(given, name) for name in (DURATION, OFFSET))
    own = own_options(given, options)
    if offset is not None:
        own["start"] = offset
        own |= {} if duration is None else {"end": offset + duration}
    if is_remote(given[PATH]):
        return Found(given[PATH], os.path.basename(given[PATH].rstrip("/")), own, duration)
    path = os.path.join(folder, given[PATH])
    return Found(path, name_of(given[PATH]), own, duration)


def name_of(path: str) -> str:
    """Return the name in the tree of results for a path in a list: itself if that stays inside, else its last part."""
    parts = path.replace(os.sep, "/").split("/")
    inside = not os.path.isabs(path) and ".." not in parts
    return "/".join(part for part in parts if part not in ("", ".")) if inside else os.path.basename(path)


def own_options(given: Mapping[str, Any], options: Options) -> dict[str, Any]:
    """Return the options of a line, validated together with those of all; raises UsageError for an invalid one."""
    named = {each.name for each in fields(Options)} & given.keys()
    own = {name: given[name] for name in sorted(named) if given[name] is not None}
    shared = own.keys() - {*OWN, *OWN_SPEAKERS}
    if shared:
        raise UsageError(f"{min(shared)} is the same for all recordings of a run; give it as an option.")
    replace(options, **own)
    return own


def _number(given: Mapping[str, Any], name: str) -> float | None:
    value = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not math.isfinite(value) or value < 0:
        raise UsageError(f"its {name} is {shown(value)}; it must be a number of seconds.")
    return float(value)

"""From a request of Subtitle Edit to the response: the same lines, each with its speaker in the field for the actor."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from speakerplug.plugin import SpeakerPlugError, temporary_folder

from .attribute import attribute
from .lines import Line, ass_of, lines_of_ass, lines_of_subrip, with_names, with_selected_events

ASS = "Advanced Sub Station Alpha"
WITH_ACTORS = (ASS, "Sub Station Alpha")
TITLE = "Who speaks"


def response_to(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return the response to a request; whatever fails is in its message."""
    try:
        script, lines = named(request)
    except SpeakerPlugError as error:
        return {"apiVersion": 1, "status": "error", "message": str(error)}
    format = (request.get("subtitle") or {}).get("format")
    return {
        "apiVersion": 1,
        "status": "ok",
        "message": message(lines, format),
        "subtitle": {"format": format if format in WITH_ACTORS else ASS, "native": script},
        "undoDescription": TITLE,
    }


def named(request: Mapping[str, Any]) -> tuple[str, list[Line]]:
    """Return the script with the speakers of the selected lines, of all if none is, and the lines that got one.

    A script of ASS stays as it is. Subtitle Edit would show the markup of ASS in the lines of another format, so those
    keep that of SubRip. Raises SpeakerPlugError.
    """
    subtitle, video = request.get("subtitle") or {}, request.get("videoFileName")
    if not video:
        raise SpeakerPlugError("No video is open: open the one that these lines belong to, and try again.")
    has_actors = subtitle.get("format") in WITH_ACTORS
    given = subtitle.get("native" if has_actors else "subRip") or ""
    selected = frozenset(request.get("selectedIndices") or ())
    parent = request.get("tempDirectory")
    with temporary_folder(Path(parent) if parent else None) as folder:
        source, result = folder / ("lines.ass" if has_actors else "lines.srt"), folder / "named.ass"
        source.write_text(given, encoding="utf-8", errors="replace", newline="")
        attribute(source, video, result)
        script = result.read_text(encoding="utf-8")
    if has_actors:
        script = with_selected_events(script, given, selected) if selected else script
        return script, list(lines_of_ass(script))
    lines = with_names(lines_of_subrip(given), lines_of_ass(script))
    if selected:
        lines = [line if at in selected else replace(line, name="") for at, line in enumerate(lines)]
    return ass_of(lines), lines


def message(lines: Iterable[Line], format: str | None) -> str:
    """Return what the status line says: how many lines each speaker has, and how the names get into the file."""
    counts = Counter(line.name for line in lines)
    nobody = counts.pop("", 0)
    who = ", ".join(f"{name} {count}" for name, count in sorted(counts.items())) or "nobody speaks"
    without = f"; {nobody} without a speaker" if nobody and counts else ""
    hint = "" if format in WITH_ACTORS else f" {format or 'This format'} has no actors: save as {ASS} to keep them."
    return f"{TITLE}: {who}{without}.{hint}"

"""RTTM: a line of ten fields per turn, for tools that score or compare diarizations; it has no words."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..attribution.exclusive import exclusive_of
from ..errors import MediaError, UsageError, first_line
from ..plugin.formats import FileContent, FormatRegistration
from ..plugin.validation import admitted_turns
from ..transcript import Diarization, Transcript, Turn
from .fields import field, recording, speaker_names
from .importers.fields import short_name


def write(transcript: Transcript) -> str:
    """Return the turns as RTTM, without those shorter than a millisecond.

    The recording is named after its file without suffix. Fields have no spaces: names have "_" instead.
    """
    name_of = speaker_names(transcript)
    file = recording(transcript)
    lines = []
    for turn in transcript.turns:
        start_ms, end_ms = round(turn.start * 1000), round(turn.end * 1000)
        if end_ms > start_ms:
            times = f"{start_ms / 1000:.3f} {(end_ms - start_ms) / 1000:.3f}"
            speaker = field(name_of(turn.speaker)) or "unknown"
            lines.append(f"SPEAKER {file} 1 {times} <NA> <NA> {speaker} <NA> <NA>\n")
    return "".join(lines)


def matches(file: FileContent) -> bool:
    """Return whether it begins with a turn."""
    return file.head.startswith("SPEAKER ")


def read(file: FileContent) -> Transcript:
    """Raise UsageError, as a transcript needs words."""
    raise UsageError(f"{file.path} has turns but no words; pass it to `speakerplug attribute WORDS --rttm`.")


def parse(text: str, recording: str | None = None) -> tuple[Turn, ...]:
    """Return the turns by start, from the SPEAKER lines of an RTTM file; with `recording`, only those with that id.

    Their times are not validated. Raises ValueError or LookupError for an invalid line.
    """
    turns = [_turn(fields) for fields in _speaker_lines(text) if recording in (None, fields[1])]
    return tuple(sorted(turns, key=lambda turn: turn.start))


def recordings_of(text: str) -> Sequence[str]:
    """Return the ids of the recordings in an RTTM file, without duplicates."""
    return list(dict.fromkeys(fields[1] for fields in _speaker_lines(text)))


def _turn(fields: list[str]) -> Turn:
    start = float(fields[3])
    return Turn(start, start + float(fields[4]), short_name(fields[7]))


def _speaker_lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith("SPEAKER")]


def load_rttm(path: str | Path, *names: str) -> Diarization:
    """Return the turns in an RTTM file: of its one recording, or of the first of `names` that it has.

    Raises MediaError for a file that cannot be read or has no turns, UsageError where the recording is ambiguous.
    """
    try:
        text = FileContent.of(path).text
        recordings = recordings_of(text)
        wanted = [name.replace(" ", "_") for name in names]
        recording = recordings[0] if len(recordings) == 1 else next((n for n in wanted if n in recordings), None)
        turns = admitted_turns(parse(text, recording), str(path))
    except (ValueError, LookupError) as error:
        raise MediaError(f"{path} cannot be read as RTTM ({first_line(error)}); check the file.") from error
    if not recordings:
        raise MediaError(f"{path} has no turns; name an RTTM file, whose lines begin with SPEAKER.")
    if recording is None:
        some = ", ".join(name[:80] for name in recordings[:5])
        raise UsageError(
            f"{path} holds {len(recordings)} recordings ({some}) and none is called "
            f"{' or '.join(dict.fromkeys(wanted))}; name the transcript as one of them."
        )
    return Diarization(turns, exclusive_of(turns), derived=True)


FORMAT = FormatRegistration(
    "rttm",
    "turns only, for diarization tools",
    ".rttm",
    write,
    for_programs=True,
    matches=matches,
    read=read,
)

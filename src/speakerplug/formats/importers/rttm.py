"""RTTM: a line a turn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ...attribution.attribute import exclusive_of
from ...errors import MediaError, UsageError, first_line
from ...plugin.validation import admitted_turns
from ...transcript import Diarization, Turn
from .fields import short_name


def read_rttm(text: str, recording: str | None = None) -> tuple[Turn, ...]:
    """Turns by start, from the SPEAKER lines of an RTTM file; with `recording`, only those with that id.

    Their times are as they stand there: the gate judges them. Raises ValueError or LookupError for a line that is none.
    """
    turns = [_turn(fields) for fields in _speaker_lines(text) if recording in (None, fields[1])]
    return tuple(sorted(turns, key=lambda turn: turn.start))


def recordings_of(text: str) -> Sequence[str]:
    """The ids of the recordings in an RTTM file, each once."""
    return list(dict.fromkeys(fields[1] for fields in _speaker_lines(text)))


def _turn(fields: list[str]) -> Turn:
    start = float(fields[3])
    return Turn(start, start + float(fields[4]), short_name(fields[7]))


def _speaker_lines(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines() if line.startswith("SPEAKER")]


def load_rttm(path: str | Path, *names: str) -> Diarization:
    """The turns in an RTTM file: of its one recording, or of the first of `names` that it has.

    Raises MediaError for a file that cannot be read or holds no turns, UsageError where it cannot be told which
    recording is meant.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
        recordings = recordings_of(text)
        wanted = [name.replace(" ", "_") for name in names]
        recording = recordings[0] if len(recordings) == 1 else next((n for n in wanted if n in recordings), None)
        turns = admitted_turns(read_rttm(text, recording), str(path))
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {path}; check the path.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror}); check the path.") from error
    except (ValueError, LookupError) as error:
        raise MediaError(f"{path} cannot be read as RTTM ({first_line(error)}); check the file.") from error
    if not recordings:
        raise MediaError(f"{path} holds no turns; name an RTTM file, whose lines begin with SPEAKER.")
    if recording is None:
        some = ", ".join(name[:80] for name in recordings[:5])
        raise UsageError(
            f"{path} holds {len(recordings)} recordings ({some}) and none is called "
            f"{' or '.join(dict.fromkeys(wanted))}; name the transcript as one of them."
        )
    return Diarization(turns, exclusive_of(turns), derived=True)

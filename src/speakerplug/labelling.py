"""Other speakers for the words of a transcript: those of turns that are known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from .attribution import attribute, exclusive_of
from .errors import MediaError, UsageError, first_line
from .foreign import read_rttm, recordings_of
from .gate import admitted_turns
from .transcript import Diarization, Speaker, Transcript


def labelled(transcript: Transcript, diarization: Diarization, names: Mapping[str, str] | None = None) -> Transcript:
    """The transcript with the speakers of `diarization` in place of its own; `names` are those people read, by id.

    Exclusive turns are derived where there are none. Words, language and media stay.
    """
    exclusive = diarization.exclusive or exclusive_of(diarization.turns)
    whole = replace(diarization, exclusive=exclusive)
    return replace(
        transcript,
        words=attribute(transcript.words, whole),
        turns=whole.turns,
        exclusive=exclusive,
        voices=diarization.voices,
        speakers=tuple(Speaker(speaker, (names or {}).get(speaker, speaker)) for speaker in whole.speakers),
    )


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

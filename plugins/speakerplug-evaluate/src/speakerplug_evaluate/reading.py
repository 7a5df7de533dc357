"""Readers of reference files: STM, UEM, and a JSON list of words."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speakerplug.formats import rttm
from speakerplug.plugin import MediaError, UsageError, Word, first_line, spread

from .timing import Region


@dataclass(frozen=True, slots=True)
class Utterance:
    """A line of an STM file: the text of one speaker from `start` to `end` (seconds)."""

    start: float
    end: float
    speaker: str
    text: str


@contextmanager
def explained(path: Path, what: str) -> Iterator[None]:
    """Turn an error inside the block into a MediaError that the file at `path` cannot be read as `what`."""
    try:
        yield
    except (MediaError, UsageError):
        raise
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {error.filename or path}; check the path.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        about = f"{type(error).__name__}: {first_line(error)}"
        raise MediaError(f"{path} cannot be read as {what} ({about}); see docs/how-to/evaluate.md.") from error


IGNORED = "ignore_time_segment_in_scoring"
"""The text of an STM line, in any case, that excludes its time from scoring."""


def read_stm(text: str, recording: str | None = None) -> tuple[Utterance, ...]:
    """Return the utterances by start, from lines of `id channel speaker start end [<label>] text`, and `;;` comments.

    With `recording`, only lines with that id are read. The text of an excluded time is `IGNORED`. Raises ValueError for
    an invalid line.
    """
    utterances = []
    for line in _lines(text):
        name, _, speaker, start, end, *said = line.split()
        if recording is not None and name != recording:
            continue
        if said and said[0].startswith("<"):
            said = said[1:]
        utterances.append(Utterance(*span(float(start), float(end)), speaker, " ".join(said)))
    return tuple(sorted(utterances, key=lambda utterance: utterance.start))


def read_uem(text: str, recording: str | None = None) -> tuple[Region, ...]:
    """Return the scored regions, from lines of `id channel start end`: sorted, and joined where they overlap.

    With `recording`, only lines with that id are read. Raises ValueError for an invalid line, or if there is none.
    """
    found: list[Region] = []
    rows = [line.split() for line in _lines(text)]
    for start, end in sorted(span(float(a), float(b)) for name, _, a, b in rows if recording in (None, name)):
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    if not found:
        raise ValueError("it has no region to score")
    return tuple(found)


def recordings_of(text: str, suffix: str) -> tuple[str, ...]:
    """Return the ids of the recordings in the lines of an STM, RTTM or UEM file, without duplicates."""
    if suffix == ".rttm":
        return tuple(rttm.recordings_of(text))
    return tuple(dict.fromkeys(line.split()[0] for line in _lines(text)))


def read_words(text: str) -> tuple[Word, ...]:
    """Return the words of a JSON list of `{word, start, end, speaker}`."""
    return tuple(Word(w["word"], *span(float(w["start"]), float(w["end"])), w["speaker"]) for w in json.loads(text))


def words_of(utterances: Iterable[Utterance]) -> tuple[Word, ...]:
    """Return the words of utterances, with times in proportion to their number of letters."""
    words = []
    for utterance in utterances:
        if is_ignored(utterance):
            continue
        texts = utterance.text.split()
        times = spread(list(map(len, texts)), utterance.start, utterance.end)
        words += [Word(text, *span, utterance.speaker, estimated=True) for text, span in zip(texts, times, strict=True)]
    return tuple(words)


def is_ignored(utterance: Utterance) -> bool:
    """Return whether a line only excludes its time from scoring."""
    return utterance.text.lower() == IGNORED


def span(start: float, end: float) -> Region:
    """Return (start, end); raises ValueError for an invalid interval."""
    if not (math.isfinite(start) and math.isfinite(end) and start <= end):
        raise ValueError(f"it goes from {start} to {end} s")
    return start, end


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith(";;")]

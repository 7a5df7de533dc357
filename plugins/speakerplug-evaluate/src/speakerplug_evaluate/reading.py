"""Readers of reference files: STM, UEM, and a JSON list of words."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from speakerplug.plugin import MediaError, Word, first_line, spread

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
    except MediaError:
        raise
    except FileNotFoundError as error:
        raise MediaError(f"There is no file {error.filename or path}; check the path.") from error
    except OSError as error:
        raise MediaError(f"{path} cannot be read ({error.strerror}); check its permissions.") from error
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        about = f"{type(error).__name__}: {first_line(error)}"
        raise MediaError(f"{path} cannot be read as {what} ({about}); see docs/how-to/evaluate.md.") from error


def read_stm(text: str, recording: str | None = None) -> tuple[Utterance, ...]:
    """Return the utterances by start, from lines of `id channel speaker start end [<label>] text`, and `;;` comments.

    With `recording`, only lines with that id are read. Raises ValueError for an invalid line.
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


def read_uem(text: str) -> Region:
    """Return the scored region of a UEM file with one line, `id channel start end`; raises ValueError for several."""
    (line,) = _lines(text)
    _, _, start, end = line.split()
    return span(float(start), float(end))


def read_words(text: str) -> tuple[Word, ...]:
    """Return the words of a JSON list of `{word, start, end, speaker}`."""
    return tuple(Word(w["word"], *span(float(w["start"]), float(w["end"])), w["speaker"]) for w in json.loads(text))


def words_of(utterances: Iterable[Utterance]) -> tuple[Word, ...]:
    """Return the words of utterances, with times in proportion to their number of letters."""
    words = []
    for utterance in utterances:
        texts = utterance.text.split()
        times = spread(list(map(len, texts)), utterance.start, utterance.end)
        words += [Word(text, *span, utterance.speaker, estimated=True) for text, span in zip(texts, times, strict=True)]
    return tuple(words)


def span(start: float, end: float) -> Region:
    """Return (start, end); raises ValueError for an invalid interval."""
    if not (math.isfinite(start) and math.isfinite(end) and start <= end):
        raise ValueError(f"it goes from {start} to {end} s")
    return start, end


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith(";;")]

"""The text forms of who says what: STM, UEM, and a JSON list of words."""

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
    """A line of an STM file: what one speaker says from `start` to `end` (seconds)."""

    start: float
    end: float
    speaker: str
    text: str


@contextmanager
def explained(path: Path, what: str) -> Iterator[None]:
    """Inside, a file at `path` that cannot be read as `what` is a MediaError that says so."""
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
    """Utterances by start, from lines of `id channel speaker start end [<label>] text`; `;;` starts a comment.

    With `recording`, only lines with that id count. Raises ValueError for a line that is none.
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
    """The scored region of a UEM file with one line: `id channel start end`. Raises ValueError for several lines."""
    (line,) = _lines(text)
    _, _, start, end = line.split()
    return span(float(start), float(end))


def read_words(text: str) -> tuple[Word, ...]:
    """Words from a JSON list of `{word, start, end, speaker}`."""
    return tuple(Word(w["word"], *span(float(w["start"]), float(w["end"])), w["speaker"]) for w in json.loads(text))


def words_of(utterances: Iterable[Utterance]) -> tuple[Word, ...]:
    """The words of utterances without word times, spread over each utterance by their number of letters."""
    words = []
    for utterance in utterances:
        texts = utterance.text.split()
        times = spread(list(map(len, texts)), utterance.start, utterance.end)
        words += [Word(text, *span, utterance.speaker, estimated=True) for text, span in zip(texts, times, strict=True)]
    return tuple(words)


def span(start: float, end: float) -> Region:
    """A stretch of the truth; raises ValueError for one that cannot be."""
    if not (math.isfinite(start) and math.isfinite(end) and start <= end):
        raise ValueError(f"it goes from {start} to {end} s")
    return start, end


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.strip() and not line.startswith(";;")]

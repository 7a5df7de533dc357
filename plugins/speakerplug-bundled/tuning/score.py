"""The score of a diarization: words with the wrong speaker, DER, and the number of speakers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from pyannote.core import Annotation
from pyannote.metrics.diarization import DiarizationErrorRate
from recordings import Recording
from scipy.optimize import linear_sum_assignment

from speakerplug.attribution.attribute import attribute
from speakerplug.transcript import Diarization, Turn, Word


@dataclass(frozen=True, slots=True)
class Score:
    """Sums, so that scores of several recordings can be added: words, seconds, speakers."""

    words: int = 0
    wrong_words: int = 0
    speech: float = 0.0
    error: float = 0.0
    speech_collar: float = 0.0
    error_collar: float = 0.0
    off_by: int = 0
    miscounted: int = 0
    recordings: int = 0

    def __add__(self, other: Score) -> Score:
        return Score(*(getattr(self, name) + getattr(other, name) for name in Score.__slots__))

    @property
    def wder(self) -> float:
        """Percentage of words with the wrong speaker, under the best mapping of names."""
        return 100 * self.wrong_words / max(1, self.words)

    @property
    def der(self) -> float:
        """Diarization error rate in percent, no collar."""
        return 100 * self.error / max(1e-9, self.speech)

    @property
    def der_collar(self) -> float:
        """Diarization error rate in percent, a collar of 0.25 s on either side of each boundary."""
        return 100 * self.error_collar / max(1e-9, self.speech_collar)


def pooled(scores: Iterable[Score]) -> Score:
    """Return the sum of `scores`."""
    return sum(scores, Score())


def score(recording: Recording, turns: Annotation, exclusive: Annotation) -> Score:
    """Return the score of `turns` and `exclusive` against the truth of `recording`."""
    words, wrong = _wrong_words(recording.words or (), exclusive)
    speech, error = _der(recording, turns, 0.0)
    speech_collar, error_collar = _der(recording, turns, 0.5)
    off_by = len(turns.labels()) - len(recording.reference.labels())
    return Score(words, wrong, speech, error, speech_collar, error_collar, abs(off_by), int(off_by != 0), 1)


def _wrong_words(words: Sequence[Word], exclusive: Annotation) -> tuple[int, int]:
    found = attribute([Word(w.text, w.start, w.end) for w in words], diarization_of(exclusive))
    truth = sorted({str(word.speaker) for word in words})
    guess = sorted({str(word.speaker) for word in found})
    pairs = np.zeros((len(truth), len(guess)))
    for word, attributed in zip(words, found, strict=True):
        pairs[truth.index(str(word.speaker)), guess.index(str(attributed.speaker))] += 1
    rows, columns = linear_sum_assignment(pairs, maximize=True)
    return len(words), len(words) - int(pairs[rows, columns].sum())


def diarization_of(exclusive: Annotation) -> Diarization:
    """Return pyannote's annotation as a Diarization."""
    turns = tuple(Turn(s.start, s.end, str(label)) for s, _, label in exclusive.itertracks(yield_label=True))
    return Diarization(turns, turns)


def _der(recording: Recording, turns: Annotation, collar: float) -> tuple[float, float]:
    """Return the seconds of speech and of error; pyannote.metrics counts a collar over both sides of a boundary."""
    scored = recording.scored.support()
    names = {label: f"hypothesis {label}" for label in turns.labels()}
    parts = DiarizationErrorRate(collar=collar)(
        recording.reference, turns.rename_labels(names), uem=scored, detailed=True
    )
    return parts["total"], parts["false alarm"] + parts["missed detection"] + parts["confusion"]

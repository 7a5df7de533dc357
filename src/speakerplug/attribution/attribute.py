"""Give words their speakers: the entry point of attribution."""

from __future__ import annotations

import gc
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, replace
from itertools import repeat
from operator import attrgetter
from typing import Any

import numpy as np

from ..transcript import Diarization, Word
from .activity import spans_of, track_of
from .confidence import probability, talks_during
from .decide import METHODS, Decisions, decide
from .exclusive import exclusive_of
from .parameters import MODEL, Model
from .sentence import ends_sentence
from .whole_words import WholeWords
from .word_times import timed_words


def attribute(words: Sequence[Word], diarization: Diarization, *, model: Model = MODEL) -> tuple[Word, ...]:
    """Give every word its speaker, by the turns and by the words around it.

    `words` are in spoken order; all come back, in that order. Exclusive turns decide (where a diarizer gives none,
    they are derived from the regular ones), and where they are unclear a decoder that keeps phrases together.
    `method` says how: "exact" (inside a turn, nobody else talks), "overlap" (most overlap), "nearest" (no turn
    touches the word; the nearest edge, as a rule) or "smoothed" (the words around it outweigh the overlap); like the
    speaker, it is None only where there is no turn at all. `speaker_confidence` is the probability that the speaker is
    right, calibrated on conversations. `others` talk during the word, too, by the regular turns. A word without times
    gets them from its neighbors and is marked estimated. The parts of a word (`joined`) are decided as one.

    docs/explanation/attribution.md explains the model. O((words + turns) log turns), as few talk at once.
    """
    with _garbage_collection_paused():
        timed, names, decisions = decided(words, diarization, model)
        if decisions is None:
            return tuple(replace(word, speaker=None, method=None, speaker_confidence=None, others=()) for word in timed)
        return _attributed(timed, names, decisions)


def decided(
    words: Sequence[Word], diarization: Diarization, model: Model = MODEL
) -> tuple[Sequence[Word], Sequence[str], Decisions | None]:
    """Return the timed words, the speakers' names by number, and the decisions (None without words or turns)."""
    turns = diarization.turns or diarization.exclusive
    exclusive = diarization.exclusive or exclusive_of(turns)
    spans = spans_of(words)
    timed = words
    if not np.all(spans.start <= spans.end):  # never so for a missing time, which is NaN
        timed = timed_words(words, exclusive)
        spans = spans_of(timed)
    names = tuple(dict.fromkeys(map(attrgetter("speaker"), (*exclusive, *turns))))
    number = {name: index for index, name in enumerate(names)}
    track = track_of(exclusive, number)
    if not timed or not len(track.speaker):
        return timed, names, None

    whole = WholeWords.of(timed)

    def ends(word: int) -> bool:
        first = int(whole.first[word])
        return first > 0 and ends_sentence(timed[first - 1].text, timed[first].text or " ")

    decisions = decide(whole.spans(spans), track, track_of(turns, number), ends, model)
    return timed, names, whole.divided(decisions)


@contextmanager
def _garbage_collection_paused() -> Iterator[None]:
    """Pause the search for cyclic garbage, of which attribution makes none.

    Python visits all objects whenever there are a quarter more than before: for a million new words that takes as long
    as half of the work (benchmarks/attribution_speed.py). Threads may pause it concurrently: the first one resumes it.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _attributed(words: Sequence[Word], names: Sequence[str], decisions: Decisions) -> tuple[Word, ...]:
    others = _others(names, decisions)
    decided: dict[str, Iterable[Any]] = {
        "speaker": map(names.__getitem__, decisions.speaker.tolist()),
        "method": map(METHODS.__getitem__, decisions.method.tolist()),
        "speaker_confidence": probability(decisions.features).round(4).tolist(),
        "others": map(others.get, range(len(words)), repeat(())),
    }
    columns = {field.name: map(attrgetter(field.name), words) for field in fields(Word)} | decided
    # `Word(...)` sets ten fields of a frozen value, one call of `object.__setattr__` each: 0.9 s for a million words.
    # To create them empty and fill one slot after the other takes 0.5 s (benchmarks/attribution_speed.py).
    made = tuple(map(Word.__new__, repeat(Word, len(words))))
    for name, column in columns.items():
        deque(map(getattr(Word, name).__set__, made, column), maxlen=0)
    return made


def _others(names: Sequence[str], decisions: Decisions) -> Mapping[int, tuple[str, ...]]:
    others = decisions.others
    real = talks_during(others.share)
    found: dict[int, list[str]] = {}
    for word, speaker in zip(others.word[real].tolist(), others.speaker[real].tolist(), strict=True):
        found.setdefault(word, []).append(names[speaker])
    return {word: tuple(speakers) for word, speakers in found.items()}

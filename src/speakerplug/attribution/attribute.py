"""Give words their speakers: the entry point of attribution."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, replace
from itertools import repeat
from operator import attrgetter
from typing import Any

import numpy as np

from ..transcript import Diarization, Word
from .activity import Spans, track_of
from .confidence import probability, talks_during
from .decide import METHODS, Decisions, decide
from .exclusive import exclusive_of
from .parameters import MODEL, Model
from .text import ends_sentence
from .word_times import timed_words


def attribute(words: Sequence[Word], diarization: Diarization, *, model: Model = MODEL) -> tuple[Word, ...]:
    """Give every word its speaker, by the turns and by the words around it.

    `words` are in spoken order; all come back, in that order. Exclusive turns decide (where a diarizer gives none,
    they are derived from the regular ones), and where they are unclear a decoder that keeps phrases together.
    `method` says how: "exact" (inside a turn, nobody else talks), "overlap" (most overlap), "nearest" (no turn
    touches the word; the nearest edge, as a rule) or "smoothed" (the words around it outweigh the overlap); like the
    speaker, it is None only where there is no turn at all. `speaker_confidence` is the probability that the speaker is
    right, calibrated on conversations. `others` talk during the word, too, by the regular turns. A word without times
    gets them from its neighbors and is marked estimated.

    docs/explanation/attribution.md explains the model. O((words + turns) log turns), as few talk at once.
    """
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
    timed = timed_words(words, exclusive)
    names = tuple(dict.fromkeys(map(attrgetter("speaker"), (*exclusive, *turns))))
    number = {name: index for index, name in enumerate(names)}
    track = track_of(exclusive, number)
    if not timed or not len(track.speaker):
        return timed, names, None
    spans = Spans(*(np.array(list(map(attrgetter(edge), timed)), dtype=np.float64) for edge in ("start", "end")))

    def ends(word: int) -> bool:
        return word > 0 and ends_sentence(timed[word - 1].text, timed[word].text or " ")

    return timed, names, decide(spans, track, track_of(turns, number), ends, model)


def _attributed(words: Sequence[Word], names: Sequence[str], decisions: Decisions) -> tuple[Word, ...]:
    others = _others(names, decisions)
    decided: dict[str, Iterable[Any]] = {
        "speaker": map(names.__getitem__, decisions.speaker.tolist()),
        "method": map(METHODS.__getitem__, decisions.method.tolist()),
        "speaker_confidence": probability(decisions.features).round(4).tolist(),
        "others": map(others.get, range(len(words)), repeat(())),
    }
    # By columns: `replace` for each word takes as long as everything else (benchmarks/attribution_speed.py).
    columns = (decided.get(field.name) or map(attrgetter(field.name), words) for field in fields(Word))
    return tuple(map(Word, *columns))


def _others(names: Sequence[str], decisions: Decisions) -> Mapping[int, tuple[str, ...]]:
    others = decisions.others
    real = talks_during(others.share)
    found: dict[int, list[str]] = {}
    for word, speaker in zip(others.word[real].tolist(), others.speaker[real].tolist(), strict=True):
        found.setdefault(word, []).append(names[speaker])
    return {word: tuple(speakers) for word, speakers in found.items()}

"""Words with turns, and the true speaker of each word: the cases that parameters are tuned on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from perturbed import SLIPS, perturbed
from results import Result
from scipy.optimize import linear_sum_assignment

from speakerplug.attribution.attribute import attribute
from speakerplug.attribution.parameters import MODEL, Model
from speakerplug.transcript import Diarization, Word
from speakerplug_evaluate.alignment import align
from speakerplug_evaluate.normalization import normalized
from speakerplug_evaluate.timing import within

TRUTHS = dict[int, str]


@dataclass(frozen=True, slots=True)
class Situation:
    """Words and the turns for their attribution.

    `truths` are the true speakers by the index of a word, without words that were not said. `turns` is the source of
    the turns; `id` and `kind` are those of the recording.
    """

    id: str
    kind: str
    turns: str
    words: tuple[Word, ...]
    diarization: Diarization
    truths: TRUTHS

    def attributed(self, model: Model = MODEL) -> tuple[Word, ...]:
        """Return the words with their speakers."""
        return attribute(self.words, self.diarization, model=model)

    def right(self, speakers: Sequence[str | None], names: dict[str, str]) -> dict[int, bool]:
        """Return for each word with a truth whether its speaker is right; `names` are the true names of speakers."""
        return {index: names.get(speakers[index] or "") == truth for index, truth in self.truths.items()}

    def names(self, speakers: Sequence[str | None]) -> dict[str, str]:
        """Return the true name of each found speaker, one to one, so that most words are right."""
        together = Counter((speakers[index], truth) for index, truth in self.truths.items())
        found = sorted({who for who, _ in together if who is not None})
        true = sorted({who for _, who in together})
        counts = np.array([[together[a, b] for b in true] for a in found]).reshape(len(found), len(true))
        rows, columns = linear_sum_assignment(counts, maximize=True)
        return {found[a]: true[b] for a, b in zip(rows, columns, strict=True) if counts[a, b]}


def situations(results: Sequence[Result]) -> Iterator[Situation]:
    """Yield every recording with the turns of the bundled diarizer, and with true turns perturbed in several ways."""
    for recording in results:
        truths = _truths(recording)
        given = {"bundled": recording.diarization}
        given |= {f"slip {n}": perturbed(recording.truth, slip, seed=n) for n, slip in enumerate(SLIPS)}
        for turns, diarization in given.items():
            yield Situation(recording.id, recording.kind, turns, recording.words, diarization, truths)


def _truths(result: Result) -> TRUTHS:
    reference = normalized(result.truth)
    numbered = [
        replace(word, speaker_confidence=index) for index, word in enumerate(result.words)
    ]  # this field survives the normalization
    words = normalized(within(numbered, result.region))
    pairs = [(r, h) for r, h in align(reference, words) if r is not None and h is not None]
    return {int(words[h].speaker_confidence or 0): str(reference[r].speaker) for r, h in pairs}

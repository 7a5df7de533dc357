"""How wrong a transcript is: pure functions from reference and hypothesis words or turns to error rates.

Nothing here reads a file or knows a model. Words are expected as `normalization.normalized` leaves them; times are
seconds. Every measure is a `Rate`, so that recordings are pooled by adding their rates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from speakerplug.transcript import Turn, Word
from timing import Region, middle

Pair = tuple[int | None, int | None]
"""Indices of a reference and a hypothesis word that stand for each other; None where one of them is missing."""

FAR_S = 10.0
"""Words further apart than this are equally far when alignments of the same edit distance are compared."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Errors (words or seconds) out of a total (words or seconds); adding two pools them."""

    errors: float
    total: float

    def __add__(self, other: Rate) -> Rate:
        return Rate(self.errors + other.errors, self.total + other.total)

    @property
    def value(self) -> float | None:
        """Errors per unit of the total, None where there was nothing to score."""
        return self.errors / self.total if self.total else None


def align(reference: Sequence[Word], hypothesis: Sequence[Word]) -> tuple[Pair, ...]:
    """The alignment of two word sequences with the fewest edits, whoever speaks them.

    Levenshtein on the word texts; of all alignments with the fewest insertions, deletions and substitutions, one whose
    paired words are nearest in time (a word without times is near to all). Memory: one byte per pair of words.
    """
    moves = _moves(reference, hypothesis)
    i, j = len(reference), len(hypothesis)
    pairs: list[Pair] = []
    while i or j:
        move = moves[i, j]
        i, j = i - int(move != _INSERT), j - int(move != _DELETE)
        pairs.append((None if move == _INSERT else i, None if move == _DELETE else j))
    return tuple(reversed(pairs))


_PAIR, _DELETE, _INSERT = 0, 1, 2


def _moves(reference: Sequence[Word], hypothesis: Sequence[Word]) -> npt.NDArray[np.uint8]:
    """The last move of the best alignment of every two prefixes, (len(reference) + 1, len(hypothesis) + 1)."""
    ids = {text: number for number, text in enumerate({word.text for word in (*reference, *hypothesis)})}
    texts = np.array([ids[word.text] for word in hypothesis], dtype=np.int64)
    times = np.array([middle(word) for word in hypothesis], dtype=np.float64)
    steps = np.arange(len(hypothesis) + 1, dtype=np.float64)
    # All distances in time together weigh less than one edit, so they decide between equals only.
    weight = 0.5 / (min(len(reference), len(hypothesis)) + 1)
    moves = np.full((len(reference) + 1, len(hypothesis) + 1), _INSERT, dtype=np.uint8)
    moves[:, 0] = _DELETE
    costs = steps
    for row, word in enumerate(reference, start=1):
        far = np.nan_to_num(np.minimum(np.abs(times - middle(word)), FAR_S)) / FAR_S
        paired = costs[:-1] + (texts != ids[word.text]) + weight * far
        deleted = costs + 1
        best = deleted.copy()
        best[1:] = np.minimum(best[1:], paired)
        # An insertion adds 1 to the cell on the left: the running minimum of what remains without those steps.
        costs = np.minimum.accumulate(best - steps) + steps
        moves[row, 1:] = np.where(paired <= deleted[1:], _PAIR, _DELETE)
        moves[row, 1:][costs[1:] < best[1:] - 1e-9] = _INSERT
    return moves


def wer(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Iterable[Pair]) -> Rate:
    """Word error rate: substitutions, deletions and insertions of the alignment per reference word."""
    errors = sum(r is None or h is None or reference[r].text != hypothesis[h].text for r, h in pairs)
    return Rate(errors, len(reference))


def speaker_mapping(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Iterable[Pair]) -> dict[str, str]:
    """Hypothesis speaker to reference speaker, one to one, so that most of the paired words agree.

    Speakers that no paired word supports are left out.
    """
    together = Counter(
        (hypothesis[h].speaker, reference[r].speaker) for r, h in pairs if r is not None and h is not None
    )
    found = sorted({h for h, _ in together if h is not None})
    true = sorted({r for _, r in together if r is not None})
    counts = np.array([[together[h, r] for r in true] for h in found]).reshape(len(found), len(true))
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {found[i]: true[j] for i, j in zip(rows, columns, strict=True) if counts[i, j]}


def wder(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair]) -> Rate:
    """Word diarization error rate: of the correct and substituted words, those with the wrong speaker.

    Speakers are compared through `speaker_mapping`; a word without a speaker is wrong. Inserted and deleted words do
    not count. Source: Shafey, Soltau and Shafran, Joint Speech Recognition and Speaker Diarization via Sequence
    Transduction, Interspeech 2019, section 3.
    """
    mapping = speaker_mapping(reference, hypothesis, pairs)
    spoken = [(reference[r], hypothesis[h]) for r, h in pairs if r is not None and h is not None]
    wrong = sum(word.speaker is None or mapping.get(word.speaker) != truth.speaker for truth, word in spoken)
    return Rate(wrong, len(spoken))


def cp_wer(reference: Sequence[Word], hypothesis: Sequence[Word]) -> Rate:
    """Concatenated minimum-permutation word error rate, by meeteval; words without a speaker are insertions.

    Source: Watanabe et al., CHiME-6 Challenge, 2020. Words of a speaker are taken in the order in which they come.
    """
    from meeteval.wer import cp_word_error_rate

    result = cp_word_error_rate(_texts(reference), _texts(hypothesis), reference_sort=False, hypothesis_sort=False)
    unattributed = sum(word.speaker is None for word in hypothesis)
    return Rate(result.errors + unattributed, result.length)


def _texts(words: Iterable[Word]) -> dict[str, str]:
    """The running text of each speaker; meeteval wants at least one."""
    texts: dict[str, list[str]] = {}
    for word in words:
        if word.speaker is not None:
            texts.setdefault(word.speaker, []).append(word.text)
    return {speaker: " ".join(said) for speaker, said in texts.items()} or {"": ""}


def der(reference: Sequence[Turn], hypothesis: Sequence[Turn], region: Region, collar: float) -> Rate:
    """Diarization error rate by pyannote.metrics, in seconds: missed, false and confused speech, overlap included.

    Only `region` (start, end) is scored, and not what lies within `collar` seconds on either side of the start or end
    of a reference turn (NIST's meaning; pyannote.metrics counts both sides together).
    """
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate

    metric = DiarizationErrorRate(collar=2 * collar)
    detail = metric(_annotation(reference), _annotation(hypothesis), uem=Timeline([Segment(*region)]), detailed=True)
    return Rate(detail["missed detection"] + detail["false alarm"] + detail["confusion"], detail["total"])


def _annotation(turns: Iterable[Turn]):  # type: ignore[no-untyped-def]
    from pyannote.core import Annotation, Segment

    return Annotation.from_records(
        (Segment(turn.start, turn.end), number, turn.speaker) for number, turn in enumerate(turns)
    )

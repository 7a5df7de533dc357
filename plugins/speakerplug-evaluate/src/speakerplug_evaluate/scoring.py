"""Word and speaker error rates: pure functions of reference and hypothesis words.

Words are expected as `normalization.normalized` returns them, with speakers; times are seconds. Each measure returns a
rate for every block of the recording; pooled, they are the measure itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from speakerplug.plugin import Word

from .alignment import Pair, align
from .rates import Blocks, tallied
from .timing import middle

COLLAR_S = 5.0
"""Maximum distance of a word from its true time in tcpWER; as used by meeteval's authors for meetings."""


def wer(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Iterable[Pair], blocks: int = 1) -> Blocks:
    """Return the word error rate: substitutions, deletions and insertions of the alignment per reference word."""
    return tallied(_errors(reference, hypothesis, pairs), map(middle, reference), blocks)


def speaker_mapping(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Iterable[Pair]) -> dict[str, str]:
    """Return the one-to-one mapping of hypothesis to reference speakers under which most of the paired words agree.

    Speakers without an agreeing word are left out.
    """
    from scipy.optimize import linear_sum_assignment

    together = Counter(
        (hypothesis[h].speaker, reference[r].speaker) for r, h in pairs if r is not None and h is not None
    )
    found = sorted({h for h, _ in together if h is not None})
    true = sorted({r for _, r in together if r is not None})
    counts = np.array([[together[h, r] for r in true] for h in found]).reshape(len(found), len(true))
    rows, columns = linear_sum_assignment(counts, maximize=True)
    return {found[i]: true[j] for i, j in zip(rows, columns, strict=True) if counts[i, j]}


def judged(
    reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair]
) -> Iterator[tuple[int, int, bool]]:
    """Yield each pair of a reference and a hypothesis word, by index, and whether its speaker is right.

    Speakers are compared through `speaker_mapping`; a word without a speaker is wrong.
    """
    mapping = speaker_mapping(reference, hypothesis, pairs)
    for r, h in pairs:
        if r is not None and h is not None:
            found = hypothesis[h].speaker
            yield r, h, found is not None and mapping.get(found) == reference[r].speaker


def wder(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Sequence[Pair], blocks: int = 1) -> Blocks:
    """Return the word diarization error rate: the share of correct and substituted words with the wrong speaker.

    Inserted and deleted words do not count. Source: Shafey, Soltau and Shafran, Joint Speech Recognition and Speaker
    Diarization via Sequence Transduction, Interspeech 2019, section 3.
    """
    spoken = [(middle(reference[r]), right) for r, _, right in judged(reference, hypothesis, pairs)]
    return tallied((time for time, right in spoken if not right), (time for time, _ in spoken), blocks)


def cp_wer(reference: Sequence[Word], hypothesis: Sequence[Word], blocks: int = 1) -> Blocks:
    """Return the concatenated minimum-permutation word error rate; words without a speaker are insertions.

    The permutation is meeteval's. Source: Watanabe et al., CHiME-6 Challenge, 2020. Words of a speaker are taken in
    the order in which they come.
    """
    from meeteval.wer import cp_word_error_rate

    true, found = _by_speaker(reference), _by_speaker(hypothesis)
    result = cp_word_error_rate(_texts(true), _texts(found), reference_sort=False, hypothesis_sort=False)
    errors = [middle(word) for word in hypothesis if word.speaker is None]
    for r, h in result.assignment:
        errors += _errors(true.get(r, []), found.get(h, []), align(true.get(r, []), found.get(h, [])))
    return tallied(errors, map(middle, reference), blocks)


def tcp_wer(reference: Sequence[Word], hypothesis: Sequence[Word], blocks: int = 1, collar: float = COLLAR_S) -> Blocks:
    """Return cpWER in which only words at most `collar` seconds apart can match, by meeteval.

    A hypothesis word is a point in its middle, a reference word lasts from its start to its end. Source: von Neumann
    et al., MeetEval, CHiME Workshop 2023. Words without a speaker are insertions.
    """
    from meeteval.wer import time_constrained_minimum_permutation_word_error_rate as minimum
    from meeteval.wer.wer.time_constrained import align as constrained

    constraint: dict[str, Any] = {"collar": collar, "reference_sort": False, "hypothesis_sort": False}
    true, found = _by_speaker(_timed(reference)), _by_speaker(_timed(hypothesis))
    result = minimum(_segments(true), _segments(found), **constraint)
    errors = [middle(word) for word in hypothesis if word.speaker is None or word.start is None]
    for r, h in result.assignment:
        ours, theirs = true.get(r, []), found.get(h, [])
        if ours and theirs:
            pairs = constrained(_segments({r: ours}), _segments({h: theirs}), style="index", **constraint)
        else:
            pairs = align(ours, theirs)
        errors += _errors(ours, theirs, pairs)
    return tallied(errors, map(middle, reference), blocks)


def _errors(reference: Sequence[Word], hypothesis: Sequence[Word], pairs: Iterable[Pair]) -> list[float]:
    """Return the time of each substitution, deletion and insertion."""
    times = []
    for r, h in pairs:
        if r is None or h is None or reference[r].text != hypothesis[h].text:
            times.append(middle(hypothesis[h or 0]) if r is None else middle(reference[r]))
    return times


def _by_speaker(words: Iterable[Word]) -> dict[str, list[Word]]:
    said: dict[str, list[Word]] = {}
    for word in words:
        if word.speaker is not None:
            said.setdefault(word.speaker, []).append(word)
    return said


def _texts(said: dict[str, list[Word]]) -> dict[str, str]:
    """Return the running text of each speaker; meeteval requires at least one."""
    return {speaker: " ".join(word.text for word in words) for speaker, words in said.items()} or {"": ""}


def _timed(words: Iterable[Word]) -> list[Word]:
    """Return the words by time, without those that have none."""
    return sorted((word for word in words if word.start is not None), key=middle)


def _segments(said: dict[str, list[Word]]) -> Any:
    """Return a segment for each word, as meeteval takes them."""
    from meeteval.io.seglst import SegLST

    return SegLST(
        [
            {"speaker": who, "words": word.text, "start_time": word.start, "end_time": word.end, "session_id": ""}
            for who, words in said.items()
            for word in words
        ]
    )

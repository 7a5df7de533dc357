"""All measures of a recording."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from speakerplug.plugin import MediaError, Word

from .alignment import align
from .breakdown import breakdown
from .calibration import Bins, calibration
from .diarization_error import der
from .hypotheses import Hypothesis
from .normalization import normalized
from .rates import Blocks
from .scoring import cp_wer, tcp_wer, wder, wer
from .systems import System
from .timing import num_blocks, within
from .truth import Item
from .turn_length import NOTHING, Lengths, by_turn_length

log = logging.getLogger(__name__)

MEASURES: Mapping[str, str] = {
    "wer": "WER",
    "cpwer": "cpWER",
    "tcpwer": "tcpWER",
    "wder": "WDER",
    "der": "DER",
    "der_collar": "DER ±0.25 s",
}
"""The measures, and their names in tables."""

COLLAR_S = 0.25


@dataclass(frozen=True, slots=True)
class Result:
    """The scores of a system on one recording.

    `measures` are those of `MEASURES` that reference and result allow, block by block; `classes` are the words with the
    wrong speaker by their class, `lengths` those by the length of the true turn, `bins` the words by their confidence;
    `seconds` is the wall time (None: not run).
    """

    item: Item
    num_speakers: int
    measures: Mapping[str, Blocks]
    classes: Mapping[str, int] = field(default_factory=dict)
    lengths: Lengths = NOTHING
    bins: Bins | None = None
    seconds: float | None = None

    @property
    def speaker_count_error(self) -> int:
        """Absolute difference between the found and the true number of speakers."""
        return abs(self.num_speakers - self.item.num_speakers)


MOST_SPEAKERS = 20
"""Limit of meeteval, for its number of permutations."""


def evaluate(items: Iterable[Item], system: System) -> list[Result]:
    """Run the system on each recording, and return the results in order."""
    results = []
    chosen = list(items)
    for number, item in enumerate(chosen, start=1):
        log.info("%s %d/%d %s", system.name, number, len(chosen), item.id)
        hypothesis, seconds = system.answer(item)
        results.append(score(item, hypothesis, seconds))
    return results


def _refuse_crowds(item: Item, *said: Iterable[Word]) -> None:
    """Raise MediaError for more speakers than meeteval supports."""
    most = max(len({word.speaker for word in words}) for words in said)
    if most > MOST_SPEAKERS:
        raise MediaError(
            f"{item.id} has words of {most} speakers, but at most {MOST_SPEAKERS} can be scored; "
            "check its speakers, or choose other recordings with --items."
        )


def score(item: Item, hypothesis: Hypothesis, seconds: float | None = None) -> Result:
    """Return all measures of `hypothesis` against the reference of `item`."""
    truth, blocks = item.truth, num_blocks(item.duration)
    measures: dict[str, Blocks] = {}
    classes: Mapping[str, int] = {}
    lengths, bins = NOTHING, None
    if hypothesis.words is not None and truth.words:
        reference = normalized(truth.words, item.language)
        words = normalized(within(hypothesis.words, truth.words_region, truth.ignored), item.language)
        _refuse_crowds(item, reference, words)
        pairs = align(reference, words)
        measures["wer"] = wer(reference, words, pairs, blocks)
        measures["cpwer"] = cp_wer(reference, words, blocks)
        measures["tcpwer"] = tcp_wer(reference, words, blocks)
        measures["wder"] = wder(reference, words, pairs, blocks)
        classes = breakdown(reference, words, pairs, hypothesis.turns)
        lengths = by_turn_length(reference, words, pairs)
        if any(word.speaker_confidence is not None for word in words):
            bins = calibration(reference, words, pairs)
    if hypothesis.turns is not None and truth.turns:
        for name, collar in (("der", 0.0), ("der_collar", COLLAR_S)):
            measures[name] = der(truth.turns, hypothesis.turns, truth.region, collar, blocks, truth.gaps)
    return Result(item, hypothesis.num_speakers, measures, classes, lengths, bins, seconds)

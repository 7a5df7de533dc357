"""Every measure of one recording together, and recordings pooled."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields
from functools import reduce
from operator import add

from hypotheses import Hypothesis
from normalization import normalized
from scoring import Rate, align, cp_wer, der, wder, wer
from timing import within
from truth import Item, Truth

COLLAR_S = 0.25

POOLS: dict[str, Callable[[Item], bool]] = {
    "stitched conversations": lambda item: item.kind == "stitched-conversation",
    "AMI": lambda item: item.kind == "real-meeting",
    "all": lambda item: True,
}


@dataclass(frozen=True, slots=True)
class Scores:
    """The error rates of one recording or of several; DER is None for a system that gives no turns."""

    wer: Rate
    wder: Rate
    cp_wer: Rate
    der: Rate | None
    der_collar: Rate | None

    def __add__(self, other: Scores) -> Scores:
        both = ((getattr(self, field.name), getattr(other, field.name)) for field in fields(self))
        return Scores(*(None if a is None or b is None else a + b for a, b in both))  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Result:
    """What a system scored on one recording: speakers found, error rates, wall seconds (None: it was not run)."""

    item: Item
    num_speakers: int
    scores: Scores
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the report: one recording or several pooled; duration and wall time in seconds."""

    name: str
    kind: str
    speakers: str
    scores: Scores
    duration: float
    seconds: float | None


def score(truth: Truth, hypothesis: Hypothesis) -> Scores:
    """Every measure of `hypothesis` against `truth`."""
    reference = normalized(truth.words)
    words = normalized(within(hypothesis.words, truth.words_region))
    pairs = align(reference, words)
    turns = hypothesis.turns
    return Scores(
        wer=wer(reference, words, pairs),
        wder=wder(reference, words, pairs),
        cp_wer=cp_wer(reference, words),
        der=None if turns is None else der(truth.turns, turns, truth.region, collar=0.0),
        der_collar=None if turns is None else der(truth.turns, turns, truth.region, collar=COLLAR_S),
    )


def rows(results: Sequence[Result]) -> Iterator[Row]:
    """A row for each result, then one for each pool that has any: errors and totals summed over its recordings."""
    for result in results:
        item = result.item
        speakers = f"{result.num_speakers}/{item.num_speakers}"
        yield Row(item.id, item.kind, speakers, result.scores, item.duration, result.seconds)
    for name, belongs in POOLS.items():
        members = [result for result in results if belongs(result.item)]
        if members:
            yield _pool(name, members)


def _pool(name: str, members: Sequence[Result]) -> Row:
    right = sum(result.num_speakers == result.item.num_speakers for result in members)
    seconds = [result.seconds for result in members if result.seconds is not None]
    return Row(
        name=name,
        kind=f"{len(members)} pooled",
        speakers=f"{right} of {len(members)} right",
        scores=reduce(add, (result.scores for result in members)),
        duration=sum(result.item.duration for result in members),
        seconds=sum(seconds) if len(seconds) == len(members) else None,
    )

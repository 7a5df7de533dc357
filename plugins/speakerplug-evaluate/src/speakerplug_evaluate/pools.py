"""Results in rows: each recording, each kind of recording, and all recordings."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from . import turn_length
from .bootstrap import Interval, difference, interval
from .calibration import Bins, together
from .measures import MEASURES, Result
from .rates import Rate, pooled

ALL = "all"
MANY = 10
"""From this number of recordings on, the bootstrap draws recordings; below it, blocks of `timing.BLOCK_S`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate, and its confidence interval if there are enough units."""

    rate: Rate
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Row:
    """The scores of a system on one recording (of a `kind`) or several (`kind` is None).

    `right` of `recordings` have the true number of speakers, `miscounted` is the mean error of that number;
    `found` and `true` are the numbers of speakers of one recording. `classes`, `lengths` and `bins` as in `Result`;
    `seconds` is wall time, `duration` that of the audio. `drawn` is the unit of the bootstrap.
    """

    system: str
    name: str
    kind: str | None
    recordings: int
    right: int
    miscounted: float
    found: int | None
    true: int | None
    measures: Mapping[str, Estimate]
    classes: Mapping[str, int]
    lengths: turn_length.Lengths
    bins: Bins | None
    duration: float
    seconds: float | None
    drawn: str


def rows(system: str, results: Sequence[Result]) -> Iterator[Row]:
    """Yield a row for each result, then one for each pool."""
    for result in results:
        yield _row(system, result.item.id, [result])
    for name, members in pools(results).items():
        yield _row(system, name, members)


def widest(rows: Iterable[Row]) -> dict[str, Row]:
    """Return the last row of each system whose words were scored, which has the most recordings."""
    return {row.system: row for row in rows if "wder" in row.measures}


def shares(row: Row) -> dict[str, float]:
    """Return the share (0 to 1) of the recognized words with the wrong speaker, by class."""
    recognized = row.measures["wder"].rate.total
    return {name: count / recognized for name, count in row.classes.items()}


def pools(results: Sequence[Result]) -> dict[str, list[Result]]:
    """Return the recordings of each kind with several, and all, without copies; nothing for a single recording.

    A copy has the same true words and turns as an earlier recording (for example another encoding of it).
    """
    members: dict[str, list[Result]] = {}
    for result in results:
        members.setdefault(result.item.kind, []).append(result)
    if len(results) > 1:
        members[ALL] = list(results)
    found = {name: list(_without_copies(several)) for name, several in members.items()}
    return {name: several for name, several in found.items() if len(several) > 1}


def _without_copies(results: Iterable[Result]) -> Iterator[Result]:
    seen = set()
    for result in results:
        truth = (result.item.truth.words, result.item.truth.turns)
        if truth not in seen:
            yield result
        seen.add(truth)


def _row(system: str, name: str, members: Sequence[Result]) -> Row:
    first = members[0]
    alone = len(members) == 1
    measures = {key: _estimate(members, key) for key in MEASURES if all(key in each.measures for each in members)}
    seconds = [each.seconds for each in members if each.seconds is not None]
    binned = [each.bins for each in members if each.bins is not None]
    return Row(
        system=system,
        name=name,
        kind=first.item.kind if alone else None,
        recordings=len(members),
        right=sum(not each.speaker_count_error for each in members),
        miscounted=sum(each.speaker_count_error for each in members) / len(members),
        found=first.num_speakers if alone else None,
        true=first.item.num_speakers if alone else None,
        measures=measures,
        classes=sum((Counter(each.classes) for each in members), Counter()),
        lengths=turn_length.together(each.lengths for each in members),
        bins=together(binned) if binned else None,
        duration=sum(each.item.duration for each in members),
        seconds=sum(seconds) if len(seconds) == len(members) else None,
        drawn="recordings" if len(members) >= MANY else "blocks",
    )


def _units(members: Sequence[Result], measure: str) -> list[Rate]:
    """Return the units of the bootstrap: recordings if there are many, else their blocks."""
    if len(members) >= MANY:
        return [pooled(each.measures[measure]) for each in members]
    return [block for each in members for block in each.measures[measure]]


def _estimate(members: Sequence[Result], measure: str) -> Estimate:
    units = _units(members, measure)
    return Estimate(pooled(units), interval(units))


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of a rate from the first system's, in a pool, and its confidence interval."""

    system: str
    pool: str
    measure: str
    value: float
    interval: Interval | None


def differences(results: Mapping[str, Sequence[Result]]) -> Iterator[Difference]:
    """Yield the differences of every other system from the first, in each pool and measure that both have."""
    (_, base), *others = results.items()
    for system, theirs in others:
        for pool, members in pools(theirs).items():
            same = pools(base)[pool]
            for measure in MEASURES:
                if not all(measure in each.measures for each in (*members, *same)):
                    continue
                mine, other = _units(same, measure), _units(members, measure)
                before, after = pooled(mine).value, pooled(other).value
                if before is not None and after is not None:
                    yield Difference(system, pool, measure, after - before, difference(mine, other))

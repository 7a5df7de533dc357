"""Results in rows: each recording, each kind of recording, and all together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from .bootstrap import Interval, difference, interval
from .calibration import Bins, together
from .measures import MEASURES, Result
from .rates import Rate, pooled

ALL = "all"
MANY = 10
"""With so many recordings, these are what the bootstrap draws; with fewer, blocks of `timing.BLOCK_S`."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A rate, and its interval where there was enough to draw from."""

    rate: Rate
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Row:
    """What a system scored on one recording (`kind` says of which kind) or on several (`kind` is None).

    `right` of `recordings` have the true number of speakers, `miscounted` is by how many they are off in the mean;
    `found` and `true` are those numbers, of one recording. `classes` and `bins` as in `Result`; `seconds` is wall
    time, `duration` that of the sound. `drawn` says what the intervals are drawn from.
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
    bins: Bins | None
    duration: float
    seconds: float | None
    drawn: str


def rows(system: str, results: Sequence[Result]) -> Iterator[Row]:
    """A row for each result, then one for each pool."""
    for result in results:
        yield _row(system, result.item.id, [result])
    for name, members in pools(results).items():
        yield _row(system, name, members)


def widest(rows: Iterable[Row]) -> dict[str, Row]:
    """Of each system, the row of most recordings whose words were scored: the last one."""
    return {row.system: row for row in rows if "wder" in row.measures}


def shares(row: Row) -> dict[str, float]:
    """Of the words that were heard, the part (0 to 1) with the wrong speaker by class."""
    heard = row.measures["wder"].rate.total
    return {name: count / heard for name, count in row.classes.items()}


def pools(results: Sequence[Result]) -> dict[str, list[Result]]:
    """The recordings of each kind that has several, and all, without copies; nothing for a single one.

    A copy has the same true words and turns as a recording before it (another encoding of it, say).
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
        right=sum(not each.miscounted for each in members),
        miscounted=sum(each.miscounted for each in members) / len(members),
        found=first.num_speakers if alone else None,
        true=first.item.num_speakers if alone else None,
        measures=measures,
        classes=sum((Counter(each.classes) for each in members), Counter()),
        bins=together(binned) if binned else None,
        duration=sum(each.item.duration for each in members),
        seconds=sum(seconds) if len(seconds) == len(members) else None,
        drawn="recordings" if len(members) >= MANY else "blocks",
    )


def _units(members: Sequence[Result], measure: str) -> list[Rate]:
    """What is drawn: recordings where there are many, else their blocks."""
    if len(members) >= MANY:
        return [pooled(each.measures[measure]) for each in members]
    return [block for each in members for block in each.measures[measure]]


def _estimate(members: Sequence[Result], measure: str) -> Estimate:
    units = _units(members, measure)
    return Estimate(pooled(units), interval(units))


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more a system errs than the first one, in a pool: the rate's difference, and its interval."""

    system: str
    pool: str
    measure: str
    value: float
    interval: Interval | None


def differences(results: Mapping[str, Sequence[Result]]) -> Iterator[Difference]:
    """Every system after the first, against the first, in each pool and measure that both have."""
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

"""The names of an earlier transcript for the speakers of a new one of the same recording."""

from __future__ import annotations

from collections.abc import Mapping

from ..transcript import Transcript, Turn
from .exclusive import exclusive_of

SAME_S = 0.5
"""Durations of one recording, as different decoders measure it, differ by less."""


def kept_names(earlier: Transcript, new: Transcript) -> dict[str, str]:
    """Return the names that speakers of `earlier` have, by the ids in `new` of the speakers who have their speech.

    A name is kept for the speaker who has more than half of the speech that both transcripts know of the old one, and
    of whose own speech it is more than half. It is empty for transcripts of two recordings.
    """
    one, other = earlier.media, new.media
    if one.file != other.file or abs(one.duration - other.duration) > SAME_S:
        return {}
    shared = _shared(_turns(earlier), _turns(new))
    of_old, of_new = _sums(shared, 0), _sums(shared, 1)
    names = {each.id: each.name for each in earlier.speakers if each.name.strip() and each.name != each.id}
    known = {each.id for each in new.speakers}
    return {
        now: names[was]
        for (was, now), seconds in sorted(shared.items())
        if was in names and now in known and 2 * seconds > max(of_old[was], of_new[now])
    }


def _turns(transcript: Transcript) -> tuple[Turn, ...]:
    return exclusive_of(transcript.exclusive or transcript.turns)


def _shared(earlier: tuple[Turn, ...], new: tuple[Turn, ...]) -> dict[tuple[str, str], float]:
    """Return the seconds that each pair of an old and a new speaker has in common; no list overlaps itself."""
    shared: dict[tuple[str, str], float] = {}
    first = second = 0
    while first < len(earlier) and second < len(new):
        one, other = earlier[first], new[second]
        seconds = min(one.end, other.end) - max(one.start, other.start)
        if seconds > 0:
            pair = (one.speaker, other.speaker)
            shared[pair] = shared.get(pair, 0.0) + seconds
        first, second = (first + 1, second) if one.end <= other.end else (first, second + 1)
    return shared


def _sums(shared: Mapping[tuple[str, str], float], side: int) -> dict[str, float]:
    sums: dict[str, float] = {}
    for pair, seconds in shared.items():
        sums[pair[side]] = sums.get(pair[side], 0.0) + seconds
    return sums

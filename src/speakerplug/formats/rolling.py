"""Captions that show their words again and again: rolled up by a line, growing by a word, or one word highlighted.

YouTube's automatic captions roll; openai-whisper, WhisperX and stable-ts highlight one word after the other.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ..subtitles.parsed import ParsedCue

FLASH_MS = 50
"""A cue this short only holds the lines until the next one rolls in."""
ABUTS_MS = 1000
"""Longest gap between two cues of which one shows that the other is repeated."""
LINES = 8
"""Lines that roll, at most."""
PAUSE_MS = 10_000
"""Longest gap between a line and its repetition, in captions that roll."""


def each_word_once(cues: Sequence[ParsedCue]) -> list[ParsedCue]:
    """Return the cues of a file, by start, with each word where it is said and nowhere else."""
    return _clipped(_rolled_out(_merged(cues)))


def _clipped(cues: list[ParsedCue]) -> list[ParsedCue]:
    """Return the cues up to the next one, if nearly all stay until after its start, as in YouTube's SubRip.

    Cues with speakers overlap where these do.
    """
    pairs = list(pairwise(cues))
    overlaps = [cue.start_ms - before.start_ms > 0 and cue.start_ms < before.end_ms - FLASH_MS for before, cue in pairs]
    if sum(overlaps) < max(3, 0.8 * len(pairs)) or any(who for cue in cues for who, _ in cue.parts):
        return cues
    clipped = [
        replace(before, end_ms=cue.start_ms) if overlap else before
        for (before, cue), overlap in zip(pairs, overlaps, strict=True)
    ]
    return [*clipped, cues[-1]]


def _merged(cues: Sequence[ParsedCue]) -> list[ParsedCue]:
    """Return the cues with each run that has the same text, one word after the other highlighted, as a single cue."""
    runs: list[list[ParsedCue]] = []
    for cue in cues:
        if runs and _goes_on(runs[-1], cue):
            runs[-1].append(cue)
        else:
            runs.append([cue])
    return [_as_one(run) for run in runs]


def _goes_on(run: Sequence[ParsedCue], cue: ParsedCue) -> bool:
    """Return whether a cue shows the text of a run again, with a later word highlighted or none."""
    last = run[-1]
    gap = cue.start_ms - last.end_ms
    if not -FLASH_MS <= gap <= ABUTS_MS or cue.text != last.text:
        return False
    seen = next((each.highlight for each in reversed(run) if each.highlight is not None), None)
    if cue.highlight is None:
        return seen is not None and not _is_all(seen, cue)
    if seen is None:
        return gap == 0 or not _is_all(cue.highlight, cue)
    return cue.highlight[0] >= seen[1]


def _is_all(span: tuple[int, int], cue: ParsedCue) -> bool:
    return not (cue.text[: span[0]] + cue.text[span[1] :]).strip()


def _as_one(run: Sequence[ParsedCue]) -> ParsedCue:
    spans = [(cue.highlight, cue) for cue in run if cue.highlight is not None]
    if len(run) == 1 or not spans:
        return run[0]
    times = [edge for (first, last), cue in spans for edge in ((first, cue.start_ms), (last, cue.end_ms))]
    return replace(run[0], end_ms=run[-1].end_ms, times=tuple(times), highlight=None)


def _rolled_out(cues: Sequence[ParsedCue]) -> list[ParsedCue]:
    """Return the cues without what the one before shows already, if most of the file's cues repeat in this way."""
    pairs = list(pairwise(cues))
    repeats = [0 for _ in cues[:1]] + [_repeated(before, cue) for before, cue in pairs]
    news = [_is_new(cue, repeated) for cue, repeated in zip(cues, repeats, strict=True)]
    near = {number for number, (before, cue) in enumerate(pairs, 1) if cue.start_ms - before.end_ms <= ABUTS_MS}
    flashes = {number for number, cue in enumerate(cues) if cue.end_ms - cue.start_ms <= FLASH_MS}
    evidence = [number for number in near if repeats[number] and (news[number] or number in flashes)]
    timed = any(cues[number].times or cues[number - 1].times for number in evidence)
    if len(evidence) < (1 if timed else 2) or 2 * len(evidence) < len(near):
        return list(cues)
    return list(_without(cues, repeats, news))


def _without(cues: Sequence[ParsedCue], repeats: Sequence[int], news: Sequence[bool]) -> Iterator[ParsedCue]:
    for cue, repeated, new in zip(cues, repeats, news, strict=True):
        if not repeated:
            yield cue
        elif new:
            yield cue.without([(0, repeated)])


def _is_new(cue: ParsedCue, repeated: int) -> bool:
    return bool(cue.text[repeated:].strip())


def _repeated(before: ParsedCue, cue: ParsedCue) -> int:
    """Return how many characters of a cue are whole lines that the one before ended with, or all of its text."""
    if not -FLASH_MS <= cue.start_ms - before.end_ms <= PAUSE_MS:
        return 0
    lines, ends = cue.text.split("\n"), []
    position = 0
    for line in lines:
        position += len(line) + 1
        ends.append(min(position, len(cue.text)))
    shown = [(" ".join(line.split()), end) for line, end in zip(lines, ends, strict=True) if line.strip()]
    known = [" ".join(line.split()) for line in before.text.split("\n") if line.strip()]
    told = min((position for position, _ in cue.times), default=len(cue.text))  # what has times of its own is new
    for count in range(min(len(known), len(shown), LINES), 0, -1):
        if known[-count:] == [line for line, _ in shown[:count]] and shown[count - 1][1] <= told:
            return shown[count - 1][1]
    whole = before.text.strip()
    start = len(cue.text) - len(cue.text.lstrip())
    if whole and cue.text.startswith(whole + " ", start):
        return start + len(whole)
    return 0

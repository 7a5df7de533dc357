"""Measures cues against rules: for each that breaks one, when, by how much, and what to do."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...attribution.text import display_width
from ..parsed import ParsedCue
from ..rules import CueRules

HARD = ("order", "empty", "overlap", "line width", "lines", "shortest", "longest", "gap", "speakers")
"""Rules that are kept or broken; a file that breaks one is not to be published."""
SOFT = ("reading speed", "small gap")
"""Rules that fast speech breaks whatever one does, or that are of taste."""
RULES = (*HARD, *SOFT)

_LABEL = re.compile(r"^\s*[-\u2010-\u2015]?\s*(?:\[([^\]]{1,60})\]\s+\S|\(([^)]{1,60})\)\s+\S|(\S[^:]{0,59}):(?:\s|$))")


def rounding_ms(path: Path) -> int:
    """How much the times of a file may be off: frames are no whole milliseconds, and ASS has hundredths of a second."""
    return 10 if path.suffix.lower() in (".ass", ".ssa") else 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the cue `number` (from 1), at `start` (seconds), breaks: `measured` instead of `allowed`."""

    number: int
    start: float
    rule: str
    measured: float
    allowed: float
    remedy: str

    @property
    def hard(self) -> bool:
        """Whether the rule is one that every file can keep."""
        return self.rule in HARD


def check(cues: Sequence[ParsedCue], rules: CueRules, rounding_ms: int = 1) -> tuple[Finding, ...]:
    """Every rule that the cues break, in their order; cues that stand there at once are for `overlap="stack"`.

    Times may be off by `rounding_ms`.
    """
    found = []
    latest: ParsedCue | None = None
    for number, cue in enumerate(cues, 1):
        broken = [
            *_alone(cue, rules, rounding_ms),
            *(_after(latest, cue, rules, rounding_ms) if latest is not None else ()),
        ]
        found += [Finding(number, cue.start_ms / 1000, *each) for each in broken]
        if latest is None or cue.end_ms >= latest.end_ms:
            latest = cue
    return tuple(found)


_Broken = tuple[str, float, float, str]


def columns_of(cue: ParsedCue) -> int:
    """Columns of all its lines."""
    return sum(map(display_width, cue.lines))


def cps_of(cue: ParsedCue) -> float:
    """Columns that are to be read in a second."""
    return columns_of(cue) * 1000 / max(cue.end_ms - cue.start_ms, 1)


def _alone(cue: ParsedCue, rules: CueRules, rounding_ms: int) -> Iterator[_Broken]:
    length = cue.end_ms - cue.start_ms
    widest, lines = max(map(display_width, cue.lines), default=0), len(cue.lines)
    if not any(line.strip() for line in cue.lines):
        yield "empty", 0, 1, "take the cue out"
    if widest > rules.columns:
        yield "line width", widest, rules.columns, "divide the line, or make two cues of it"
    if lines > rules.lines:
        yield "lines", lines, rules.lines, "make two cues of it"
    if length <= 0:
        yield "order", length / 1000, 0, "let the cue end after it begins"
        return
    if length < rules.shortest_ms - rounding_ms:
        yield "shortest", length / 1000, rules.shortest_ms / 1000, "let it stay longer, or join it to the next one"
    if length > rules.longest_ms + rounding_ms:
        yield "longest", length / 1000, rules.longest_ms / 1000, "let it end sooner, or make two cues of it"
    if columns_of(cue) * 1000 > rules.cps * (length + rounding_ms):
        yield "reading speed", round(cps_of(cue), 1), rules.cps, "let it stay longer, or shorten the text"
    most = most_speakers(cue)
    if most > 1:
        yield "speakers", most, 1, "make a cue for each speaker, or a line with a hyphen"


def most_speakers(cue: ParsedCue) -> int:
    """How many speakers the cue has; where each line has a hyphen and one of them, it counts as one."""
    own = [who or _named(line) for who, line in zip(cue.speakers, cue.lines, strict=True)]
    together = len(frozenset().union(*own)) if own else 0
    hyphens = len(cue.lines) > 1 and all(line.startswith(("-", "\u2010", "\u2013", "\u2014")) for line in cue.lines)
    return max(map(len, own), default=0) if hyphens else together


def _named(line: str) -> frozenset[str]:
    """The name that a line begins with, as `Name: ` or `[Name] `; "He said: " is none, as it has a small letter."""
    found = _LABEL.match(line)
    name = next(filter(None, found.groups())) if found else ""
    words = name.split()
    return frozenset([name]) if 0 < len(words) <= 4 and not any(word[0].islower() for word in words) else frozenset()


def _after(before: ParsedCue, cue: ParsedCue, rules: CueRules, rounding_ms: int) -> Iterator[_Broken]:
    gap = cue.start_ms - before.end_ms
    if gap < 0 and (cue.start_ms < before.start_ms or rules.overlap == "clip"):
        yield "overlap", -gap / 1000, 0, "let the one before end sooner"
    elif 0 <= gap < rules.gap_ms - rounding_ms:
        yield "gap", gap / 1000, rules.gap_ms / 1000, "let the one before end sooner"
    elif rules.gap_ms + rounding_ms < gap < rules.chain_ms - rounding_ms:
        yield "small gap", gap / 1000, rules.gap_ms / 1000, "let the one before stay until the gap is the least"

"""Measure cues against rules: which cue breaks which rule, by how much, and how to repair it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...attribution.text import display_width
from ..label_names import is_likely_name
from ..parsed import ParsedCue
from ..rules import CueRules

HARD = ("order", "empty", "overlap", "line width", "lines", "shortest", "longest", "gap", "speakers")
"""Rules that every file can keep; one that breaks any should not be published."""
SOFT = ("reading speed", "small gap")
"""Rules that fast speech breaks inevitably, or that are a matter of taste."""
RULES = (*HARD, *SOFT)

_LABEL = re.compile(r"^\s*[-\u2010-\u2015]?\s*(?:\[([^\]]{1,60})\]\s+\S|\(([^)]{1,60})\)\s+\S|(\S[^:]{0,59}):(?:\s|$))")


def rounding_ms(path: Path) -> int:
    """Return the precision (ms) of a file's times: ASS has hundredths of a second, others milliseconds."""
    return 10 if path.suffix.lower() in (".ass", ".ssa") else 1


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the cue `number` (from 1) at `start` (seconds) breaks: `measured` instead of `allowed`."""

    number: int
    start: float
    rule: str
    measured: float
    allowed: float
    remedy: str

    @property
    def hard(self) -> bool:
        """Whether every file can keep the rule."""
        return self.rule in HARD


def check(cues: Sequence[ParsedCue], rules: CueRules, rounding_ms: int = 1) -> tuple[Finding, ...]:
    """Return every broken rule, in order of cues; overlapping cues are allowed with `overlap="stack"`.

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
    """Return the columns of all lines together."""
    return sum(map(display_width, cue.lines))


def cps_of(cue: ParsedCue) -> float:
    """Return the reading speed in columns per second."""
    return columns_of(cue) * 1000 / max(cue.end_ms - cue.start_ms, 1)


def _alone(cue: ParsedCue, rules: CueRules, rounding_ms: int) -> Iterator[_Broken]:
    length = cue.end_ms - cue.start_ms
    widest, lines = max(map(display_width, cue.lines), default=0), len(cue.lines)
    if not any(line.strip() for line in cue.lines):
        yield "empty", 0, 1, "remove the cue"
    if widest > rules.columns:
        yield "line width", widest, rules.columns, "break the line, or split the cue in two"
    if lines > rules.lines:
        yield "lines", lines, rules.lines, "split the cue in two"
    if length <= 0:
        yield "order", length / 1000, 0, "make the cue end after it begins"
        return
    if length < rules.shortest_ms - rounding_ms:
        yield "shortest", length / 1000, rules.shortest_ms / 1000, "show it longer, or merge it with the next one"
    if length > rules.longest_ms + rounding_ms:
        yield "longest", length / 1000, rules.longest_ms / 1000, "end it sooner, or split it in two"
    if columns_of(cue) * 1000 > rules.cps * (length + rounding_ms):
        yield "reading speed", round(cps_of(cue), 1), rules.cps, "show it longer, or shorten the text"
    most = most_speakers(cue)
    if most > 1:
        yield "speakers", most, 1, "give each speaker a cue, or a line with a hyphen"


def most_speakers(cue: ParsedCue) -> int:
    """Return the number of speakers in the cue; with a hyphen before every line, the most in one line."""
    own = [who or _named(line) for who, line in zip(cue.speakers, cue.lines, strict=True)]
    together = len(frozenset().union(*own)) if own else 0
    hyphens = len(cue.lines) > 1 and all(line.startswith(("-", "\u2010", "\u2013", "\u2014")) for line in cue.lines)
    return max(map(len, own), default=0) if hyphens else together


def _named(line: str) -> frozenset[str]:
    """Return the name that a line begins with, as `Name: ` or `[Name] `, if any; "He said: " and "Note: " are none."""
    found = _LABEL.match(line)
    name = next(filter(None, found.groups())) if found else ""
    return frozenset([name]) if is_likely_name(name) else frozenset()


def _after(before: ParsedCue, cue: ParsedCue, rules: CueRules, rounding_ms: int) -> Iterator[_Broken]:
    gap = cue.start_ms - before.end_ms
    if gap < 0 and (cue.start_ms < before.start_ms or rules.overlap == "clip"):
        yield "overlap", -gap / 1000, 0, "end the cue before it sooner"
    elif 0 <= gap < rules.gap_ms - rounding_ms:
        yield "gap", gap / 1000, rules.gap_ms / 1000, "end the cue before it sooner"
    elif rules.gap_ms + rounding_ms < gap < rules.chain_ms - rounding_ms:
        yield "small gap", gap / 1000, rules.gap_ms / 1000, "extend the cue before it to the minimum gap"

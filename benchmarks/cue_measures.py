"""Measures of subtitles: how many cues of many files break each rule, and statistics of the others."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from speakerplug import Word
from speakerplug.attribution.text import display_width
from speakerplug.formats.load import load_cues
from speakerplug.subtitles import CueRules
from speakerplug.subtitles.check import check, rounding_ms
from speakerplug.subtitles.check.measure import HARD, RULES, cps_of
from speakerplug.transcript import text_of


@dataclass
class Pool:
    """The measures of all files of one kind: every cue's numbers, and how many cues break each rule."""

    cues: int = 0
    wrong: int = 0
    mixed: int = 0
    slow: int = 0
    slow_and_unread: int = 0
    broken: dict[str, int] = field(default_factory=lambda: dict.fromkeys(RULES, 0))
    measures: dict[str, list[float]] = field(default_factory=lambda: {"duration s": [], "width": [], "cps": []})

    def add(self, path: Path, rules: CueRules, said: Sequence[Sequence[Word]]) -> None:
        """Read a file back and measure it; `said` are the words of each cue."""
        cues = load_cues(path)
        findings = check(cues, rules, rounding_ms(path))
        self.cues += len(cues)
        self.wrong += len({found.number for found in findings if found.hard})
        for rule in RULES:
            self.broken[rule] += len({found.number for found in findings if found.rule == rule})
        unread = {found.number for found in findings if found.rule == "reading speed"}
        for number, (cue, words) in enumerate(zip(cues, said, strict=True), 1):
            self.mixed += len({word.speaker for word in words}) > 1
            slow = display_width(text_of(words)) * 1000 <= rules.cps * _spoken_ms(words)
            self.slow += slow
            self.slow_and_unread += slow and number in unread
            for name, value in (
                ("duration s", (cue.end_ms - cue.start_ms) / 1000),
                ("width", max(map(display_width, cue.lines), default=0)),
                ("cps", cps_of(cue)),
            ):
                self.measures[name].append(value)


def _spoken_ms(said: Sequence[Word]) -> float:
    """Return the time from the first word to the end of the last one."""
    return 1000 * (max(word.end or 0.0 for word in said) - min(word.start or 0.0 for word in said)) if said else 0.0


def share(part: int, whole: int) -> str:
    """Return a percentage, rounded down, so that only all is 100."""
    return f"{math.floor(1000 * part / whole) / 10:.1f}" if whole else "-"


def rules_table(pools: Mapping[str, Pool]) -> Iterator[str]:
    """Yield the rows with the share of cues that keep each rule."""
    names = list(pools)
    yield from ("| % of cues | " + " | ".join(names) + " |", "|---" * (len(names) + 1) + "|")
    yield "| cues | " + " | ".join(str(pool.cues) for pool in pools.values()) + " |"
    for rule in RULES:
        kept = (share(pool.cues - pool.broken[rule], pool.cues) for pool in pools.values())
        yield f"| {rule}{'' if rule in HARD else ' (soft)'} | " + " | ".join(kept) + " |"
    rows = {
        "**every hard rule**": [share(pool.cues - pool.wrong, pool.cues) for pool in pools.values()],
        "reading speed, of cues not spoken faster": [
            share(pool.slow - pool.slow_and_unread, pool.slow) for pool in pools.values()
        ],
        "words of one speaker": [share(pool.cues - pool.mixed, pool.cues) for pool in pools.values()],
    }
    yield from (f"| {name} | " + " | ".join(values) + " |" for name, values in rows.items())
    for measure in ("duration s", "width", "cps"):
        values = (sorted(pool.measures[measure]) for pool in pools.values())
        yield f"| {measure}: p50, p95, max | " + " | ".join(", ".join(_typical(each)) for each in values) + " |"


def _typical(ordered: Sequence[float]) -> Iterator[str]:
    for quantile in (0.5, 0.95, 1.0):
        yield f"{round(ordered[max(0, math.ceil(quantile * len(ordered)) - 1)], 1):g}" if ordered else "-"

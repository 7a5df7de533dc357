"""The measures that cues are cut to, as one value: checked when it is made; and those that others have published.

docs/reference/subtitles.md says where each published number comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ..errors import UsageError
from ..system.arguments import refuse_mistyped, refuse_unknown

LABELS = ("never", "change", "always")
DUAL = ("off", "hyphen")
OVERLAP = ("clip", "stack")
MOST_COLUMNS, MOST_LINES = 1000, 100
"""What no screen has; all ways to cut cues of any size would take for ever."""


@dataclass(frozen=True, slots=True)
class CueRules:
    """How cues are cut, laid out and timed; the values here are those of the profile netflix.

    `columns` is the width of a line, in which an East Asian wide character takes two, and `srt_columns` that of SRT
    where it is another; `lines` is the most lines of a cue, `cps` the most columns that are read in a second. A cue
    stays for `shortest_ms` to `longest_ms`. Between cues are `gap_ms`, or `chain_ms` and more. A silence of `pause_ms`
    ends a cue. A cue waits up to `late_ms` for one before it that would be too short, which has `glimpse_ms` at least,
    and up to `read_late_ms` for one that is still being read.

    `labels` says when a cue shows its speaker's name (None leaves it to the format), `dual` whether two short cues
    of two speakers may be one, `overlap` whether cues of several speakers may stand there at once (`stack`), where the
    format can show that. `words` asks for the times of words and `colors` for a color a speaker, of formats that
    have them. Raises UsageError for values that cannot be meant.
    """

    columns: int = 42
    lines: int = 2
    cps: float = 20.0
    shortest_ms: int = 833
    longest_ms: int = 7000
    gap_ms: int = 83
    chain_ms: int = 500
    pause_ms: int = 1000
    late_ms: int = 2500
    read_late_ms: int = 1500
    glimpse_ms: int = 200
    srt_columns: int | None = None
    labels: str | None = None
    dual: str = "off"
    overlap: str = "clip"
    words: bool = False
    colors: bool = False

    def __new__(cls, *values: Any, **rules: Any) -> CueRules:
        """Make the value; raises UsageError, where Python would raise TypeError, for a rule that there is not."""
        refuse_unknown(rules, cls, "rule of cues")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        refuse_mistyped(self)
        _within("--max-line-width", self.columns, 1, MOST_COLUMNS)
        _within("--max-lines", self.lines, 1, MOST_LINES)
        _at_least("--gap", self.gap_ms, 0)
        _at_least("--min-duration", self.shortest_ms / 1000, 0)
        if not self.cps > 0:
            raise UsageError(f"--max-cps is {self.cps:g}; it must be more than 0.")
        if self.longest_ms < max(self.shortest_ms, 1):
            raise UsageError(
                f"--max-duration {self.longest_ms / 1000:g} is less than the shortest cue of "
                f"{self.shortest_ms / 1000:g} s; give a longer one, or a shorter --min-duration."
            )
        for name, value, known in (("dual", self.dual, DUAL), ("overlap", self.overlap, OVERLAP)):
            _one_of(f"--{name}", value, known)
        if self.labels is not None:
            _one_of("--labels", self.labels, LABELS)

    @property
    def for_srt(self) -> CueRules:
        """The rules for SubRip: its own width of a line, one cue at a time, names where the speaker changes."""
        return replace(
            self, columns=self.srt_columns or self.columns, overlap="clip", labels=self.labels or "change", words=False
        )

    @property
    def for_ass(self) -> CueRules:
        """The rules for ASS, whose times are hundredths of a second: kept by whole ones, they are kept by all."""
        shortest, gap, chain = (-(-ms // 10) * 10 for ms in (self.shortest_ms, self.gap_ms, self.chain_ms))
        longest = max(self.longest_ms // 10 * 10, shortest, 10)
        return replace(self, shortest_ms=shortest, longest_ms=longest, gap_ms=gap, chain_ms=chain)

    @property
    def shown_alone(self) -> CueRules:
        """The rules for a format with a field for the speaker: no names in the text, and one speaker in each cue."""
        return replace(self, labels="never", dual="off", words=False)

    def reading_ms(self, columns: int) -> int:
        """How long it takes to read text of so many columns."""
        return -int(-columns * 1000 // self.cps)


def _at_least(option: str, value: float, least: int) -> None:
    if not value >= least:
        raise UsageError(f"{option} is {value:g}; it must be at least {least}.")


def _within(option: str, value: float, least: int, most: int) -> None:
    _at_least(option, value, least)
    if value > most:
        raise UsageError(f"{option} is {value:g}; it must be at most {most}.")


def _one_of(option: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise UsageError(f"{option} {value} is not known; choose {', '.join(known[:-1])} or {known[-1]}.")


NETFLIX = CueRules()
BBC = CueRules(columns=37, cps=16.5, shortest_ms=300, gap_ms=0, chain_ms=1000)
DCMP = CueRules(columns=32, cps=14.7, longest_ms=6000, gap_ms=0, chain_ms=0)
PODCAST = CueRules(columns=65, srt_columns=32, gap_ms=0, chain_ms=0, labels="change")
SOCIAL = CueRules(columns=21, lines=3, shortest_ms=500, longest_ms=3000, gap_ms=0, chain_ms=300, pause_ms=700)

PROFILES: Mapping[str, CueRules] = MappingProxyType(
    {"netflix": NETFLIX, "bbc": BBC, "dcmp": DCMP, "podcast": PODCAST, "social": SOCIAL}
)


def profile(name: str) -> CueRules:
    """The rules of a profile; raises UsageError for one that is not known."""
    if name not in PROFILES:
        raise UsageError(f"There is no profile {name!r}; choose one of: {', '.join(PROFILES)}.")
    return PROFILES[name]

"""The rules that cues follow, checked when they are made, and published profiles of them.

docs/reference/subtitles.md says where each published number comes from.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

from ..errors import UsageError
from ..system.arguments import named, refuse_mistyped, refuse_unknown

LABELS = ("never", "change", "always", "dash")
DUAL = ("off", "hyphen")
OVERLAP = ("clip", "stack")
MAX_COLUMNS, MAX_LINES = 1000, 100
"""More than any screen has; the time to cut cues grows with both."""


@dataclass(frozen=True, slots=True)
class CueRules:
    """How cues are cut, laid out and timed; the defaults are those of the profile netflix.

    `columns` is the maximum line width in columns: a character is one column, a wide East Asian character two.
    `srt_columns` is that of SRT where it differs, `lines` the maximum number of lines, and `cps` the maximum reading
    speed in columns per second, which for narrow characters is characters per second. A cue is shown for
    `shortest_ms` to `longest_ms`. The pause between cues is `gap_ms`, or at least `chain_ms`. A silence of `pause_ms`
    ends a cue. A cue is delayed by up to `late_ms` for one before it that would be too short, which gets at least
    `glimpse_ms`, and by up to `read_late_ms` for one that is still being read.

    `labels` says when a cue shows its speaker's name (None leaves it to the format); with `dash` it shows a dash where
    another speaker follows, and no name. `dual` says whether two short cues of two speakers may become one, `overlap`
    whether cues of several speakers may be shown at the same time (`stack`), in formats that can. `words` adds the
    times of words and `colors` a color per speaker, in formats that have them.
    `sdh` is for the deaf and hard of hearing: names in capitals where the speaker changes, sounds in brackets.
    `upright` is for video of 9:16, in formats that know the size of the picture.
    Raises UsageError for invalid values.
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
    sdh: bool = False
    upright: bool = False

    def __new__(cls, *values: Any, **rules: Any) -> CueRules:
        """Return the value. Raises UsageError, where Python would raise TypeError, for an unknown rule."""
        refuse_unknown(rules, cls, "cue rule")
        return object.__new__(cls)

    def __post_init__(self) -> None:
        refuse_mistyped(self)
        _within(named("columns", "--max-line-width"), self.columns, 1, MAX_COLUMNS)
        _within(named("lines", "--max-lines"), self.lines, 1, MAX_LINES)
        _at_least(*_duration("gap_ms", "--gap", self.gap_ms), 0)
        _at_least(*_duration("shortest_ms", "--min-duration", self.shortest_ms), 0)
        if not self.cps > 0:
            raise UsageError(f"{named('cps', '--max-cps')} is {self.cps:g}; it must be more than 0.")
        if self.longest_ms < max(self.shortest_ms, 1):
            name, longest = _duration("longest_ms", "--max-duration", self.longest_ms)
            other, shortest = _duration("shortest_ms", "--min-duration", self.shortest_ms)
            raise UsageError(
                f"{name} {longest:g} is less than the shortest cue, of {shortest:g}; "
                f"give a longer one, or a shorter {other}."
            )
        for name, value, known in (("dual", self.dual, DUAL), ("overlap", self.overlap, OVERLAP)):
            _one_of(named(name), value, known)
        if self.labels is not None:
            _one_of(named("labels"), self.labels, LABELS)

    @property
    def for_srt(self) -> CueRules:
        """The rules for SubRip: its own line width, one cue at a time, names where the speaker changes."""
        return replace(
            self, columns=self.srt_columns or self.columns, overlap="clip", labels=self.labels or "change", words=False
        )

    @property
    def for_ass(self) -> CueRules:
        """The rules for ASS, which counts hundredths of a second: all times rounded to whole ones."""
        shortest, gap, chain = (-(-ms // 10) * 10 for ms in (self.shortest_ms, self.gap_ms, self.chain_ms))
        longest = max(self.longest_ms // 10 * 10, shortest, 10)
        return replace(self, shortest_ms=shortest, longest_ms=longest, gap_ms=gap, chain_ms=chain)

    @property
    def shown_alone(self) -> CueRules:
        """The rules for a format with a speaker field: no names in the text, and one speaker per cue."""
        return replace(self, labels="never", dual="off", words=False, sdh=False)

    def reading_ms(self, columns: int) -> int:
        """Return the time (ms) that it takes to read text of `columns`."""
        return -int(-columns * 1000 // self.cps)


def _duration(field: str, option: str, ms: int) -> tuple[str, float]:
    """Return what the caller calls a duration, and its value: seconds on the command line."""
    name = named(field, option)
    return name, ms if name == field else ms / 1000


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
SOCIAL = CueRules(
    columns=21, lines=3, shortest_ms=500, longest_ms=3000, gap_ms=0, chain_ms=300, pause_ms=700, upright=True
)

PROFILES: Mapping[str, CueRules] = MappingProxyType(
    {"netflix": NETFLIX, "bbc": BBC, "dcmp": DCMP, "podcast": PODCAST, "social": SOCIAL}
)


def profile(name: str) -> CueRules:
    """Return the rules of a profile. Raises UsageError for an unknown one."""
    if name not in PROFILES:
        raise UsageError(f"There is no profile {name!r}; choose one of: {', '.join(PROFILES)}.")
    return PROFILES[name]

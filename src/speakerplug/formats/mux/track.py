"""The subtitles as a track: samples with times, in the order in which a file wants them among its other streams."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...subtitles import Cue

TITLE = "Subtitles with speakers"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is shown from one time to another: lines of text, or nothing."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """All samples by start, none at the same time, and the language (ISO 639-2)."""

    samples: tuple[Sample, ...]
    language: str

    @classmethod
    def of(cls, cues: Sequence[Cue], language: str) -> Track:
        """The track of cues that do not overlap."""
        samples = (
            Sample(round(cue.start * 1000), round(cue.end * 1000), cue.label + "\n".join(cue.lines)) for cue in cues
        )
        return cls(tuple(samples), language)


class Feed:
    """Gives out a track piece by piece, as the time of the other streams goes on.

    MP4 has no ends of samples: each lasts until the next. FFmpeg ends a cue by a sample without text as soon as it
    writes a packet of another stream after it; with `ends` it is done here where there is no such packet.
    """

    def __init__(self, track: Track, shift_ms: int, ends: bool) -> None:
        """`shift_ms` is the time of the file at which the clock of the transcript says 0."""
        self._waiting = list(track.samples)[::-1]
        self._shift_ms, self._ends = shift_ms, ends
        self._shown: Sample | None = None

    def until(self, moment_ms: float) -> Iterator[Sample]:
        """The samples that begin until `moment_ms` of the file, which is that of another packet."""
        while self._waiting and self._waiting[-1].start_ms + self._shift_ms <= moment_ms:
            found = self._waiting.pop()
            sample = Sample(max(0, found.start_ms + self._shift_ms), max(1, found.end_ms + self._shift_ms), found.text)
            if self._ends and self._shown is not None and self._shown.end_ms < sample.start_ms:
                yield Sample(self._shown.end_ms, sample.start_ms, "")
            yield sample
            self._shown = sample
        if self._shown is not None and moment_ms > self._shown.end_ms:
            self._shown = None

"""The subtitle track: samples with times, interleaved with the other streams of the file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ...subtitles import Cue

TITLE = "Subtitles with speakers"


@dataclass(frozen=True, slots=True)
class Sample:
    """What is shown from start to end: lines of text, or nothing."""

    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True, slots=True)
class SubtitleTrack:
    """All samples by start, without overlap, and the language (ISO 639-2)."""

    samples: tuple[Sample, ...]
    language: str

    @classmethod
    def of(cls, cues: Sequence[Cue], language: str) -> SubtitleTrack:
        """Return the track of cues that do not overlap."""
        samples = (
            Sample(round(cue.start * 1000), round(cue.end * 1000), cue.label + "\n".join(cue.lines)) for cue in cues
        )
        return cls(tuple(samples), language)


class Feed:
    """Yields the samples of a track as the time of the other streams advances.

    Samples of MP4 have no ends: each lasts until the next. FFmpeg ends a cue by an empty sample when it writes a later
    packet of another stream; with `ends` it is done here where there is no such packet.
    """

    def __init__(self, track: SubtitleTrack, ends: bool) -> None:
        self._waiting = list(track.samples)[::-1]
        self._ends = ends
        self._shown: Sample | None = None

    def until(self, moment_ms: float) -> Iterator[Sample]:
        """Yield the samples that begin up to `moment_ms` of the file, the time of another packet."""
        while self._waiting and self._waiting[-1].start_ms <= moment_ms:
            sample = self._waiting.pop()
            if self._ends and self._shown is not None and self._shown.end_ms < sample.start_ms:
                yield Sample(self._shown.end_ms, sample.start_ms, "")
            yield sample
            self._shown = sample
        if self._shown is not None and moment_ms > self._shown.end_ms:
            self._shown = None

"""The clock of a container: where its times come from, and how to follow one that jumps."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from av import Packet
    from av.container import InputContainer

# Flags of FFmpeg's demuxers.
GENERIC_INDEX, TS_DISCONT = 0x100, 0x200
MAX_GAP_S = 10
"""A larger gap in a broadcast comes from a clock that jumped, unless another stream fills it; as for ffmpeg."""
MAX_SKEW_S = 3
"""How far apart in time packets of two streams may lie next to each other in a file."""
MAX_OVERLAP_S = 1
"""A packet that starts earlier than the end of the last by more than this comes from a clock that was set back."""


class ClockKind(Enum):
    """Where the times of a container's streams come from.

    STORED: from the file, as players show them. RESETS: from a broadcast, whose clock may jump; players, and ffmpeg,
    go on without a gap. COUNTED: FFmpeg counts the frames of a raw stream, wrongly after a change of sample rate.
    """

    STORED = "stored"
    RESETS = "resets"
    COUNTED = "counted"


def kind_of(container: InputContainer) -> ClockKind:
    """Return where the times of a container's streams come from."""
    flags = container.format.flags
    if flags & TS_DISCONT:
        return ClockKind.RESETS
    return ClockKind.COUNTED if flags & GENERIC_INDEX else ClockKind.STORED


@dataclass(slots=True)
class _Followed:
    """A stream: the seconds that its packets are moved by, and where the last one ended."""

    shift: Fraction
    end: Fraction


class SteadyClock:
    """Moves packets so that the clock has no jumps, where it is of a kind that may jump, and begins at `-shift`."""

    def __init__(self, container: InputContainer, shift: Fraction = Fraction(0)) -> None:
        """`shift` is added to all times, in seconds."""
        self._jumps = kind_of(container) is ClockKind.RESETS
        self._shift = shift
        self._streams: dict[int, _Followed] = {}

    def move(self, packet: Packet[Any]) -> None:
        """Change the times of the next packet of any stream."""
        base, time = packet.time_base, packet.dts if packet.dts is not None else packet.pts
        if time is None or not base:
            return
        if self._jumps and packet.stream.type in ("audio", "video"):
            self._shift = self._followed(packet.stream.index, time * base, (packet.duration or 0) * base)
        moved = round(self._shift / base)
        if packet.dts is not None:
            packet.dts += moved
        if packet.pts is not None:
            packet.pts += moved

    def _followed(self, index: int, start: Fraction, duration: Fraction) -> Fraction:
        """Return the shift of a stream whose next packet is this, seconds on its own clock."""
        stream = self._streams.get(index)
        if stream is None:
            self._streams[index] = _Followed(self._shift, start + self._shift + duration)
            return self._shift
        others = [other for number, other in self._streams.items() if number != index]
        gap = start + stream.shift - stream.end
        is_filled = gap > 0 and any(abs(start + stream.shift - other.end) <= MAX_SKEW_S for other in others)
        if not _is_usual(gap) and not is_filled:
            # The jump of another stream, if it fits: the streams stay in step.
            shifts = (other.shift for other in others if _is_usual(start + other.shift - stream.end))
            stream.shift = next(shifts, stream.end - start)
        stream.end = start + stream.shift + duration
        return stream.shift


def _is_usual(gap: Fraction) -> bool:
    return -MAX_OVERLAP_S <= gap <= MAX_GAP_S

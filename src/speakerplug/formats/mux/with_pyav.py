"""Copies a recording with PyAV, and puts a track of subtitles among its streams."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ...media.probe import open_container
from .containers import Container
from .stream_copy import Copy
from .track import Feed, Sample, Track

if TYPE_CHECKING:
    from av import Packet


def write(media: Path, path: Path, container: Container, track: Track) -> None:
    """Write a copy of `media` with `track` to `path`; raises CopyError where PyAV cannot, OSError where nothing can."""
    with open_container(media) as source, path.open("wb") as file, Copy(source, file, container) as copy:
        stream = copy.add_subtitles(track.language)
        copy.begin()
        feed = Feed(track, round((source.start_time or 0) / 1000), ends=container.codec == "mov_text")
        for packet in copy.packets():
            if packet.dts is not None:
                copy.mux([_packet(sample, stream, container) for sample in feed.until(_milliseconds(packet))])
            copy.mux([packet])
        copy.mux([_packet(sample, stream, container) for sample in feed.until(math.inf)])


def _milliseconds(packet: Packet[Any]) -> float:
    return float((packet.dts or 0) * packet.time_base * 1000)


def _packet(sample: Sample, stream: Any, container: Container) -> Packet[Any]:
    """A sample as it is stored: text, before which MP4 has its length in two bytes."""
    from av import Packet

    data = sample.text.encode("utf-8", "replace")
    packet: Packet[Any] = Packet(len(data).to_bytes(2, "big") + data if container.codec == "mov_text" else data)
    packet.pts = packet.dts = sample.start_ms
    packet.duration = sample.end_ms - sample.start_ms
    packet.time_base = Fraction(1, 1000)
    packet.stream = stream
    return packet

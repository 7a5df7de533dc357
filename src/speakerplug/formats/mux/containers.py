"""Containers that hold the streams of a recording, and subtitles."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Container:
    """A container: its `suffix`, FFmpeg's name of its `format`, the `codec` of subtitles in it, and its brand."""

    suffix: str
    format: str
    codec: str
    brand: str | None = None

    @property
    def options(self) -> dict[str, str]:
        """Options of FFmpeg's muxer."""
        return {"brand": self.brand} if self.brand else {}


MP4 = Container(".mp4", "mp4", "mov_text")
MOV = Container(".mov", "mov", "mov_text")
M4A = Container(".m4a", "mp4", "mov_text", brand="M4A ")
MKV = Container(".mkv", "matroska", "subrip")
MKA = Container(".mka", "matroska", "subrip")

BY_SUFFIX = {".mp4": MP4, ".m4v": MP4, ".mov": MOV, ".m4a": M4A, ".m4b": M4A, ".mkv": MKV, ".mka": MKA}

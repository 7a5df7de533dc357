"""What the names of recordings end in, where a folder is searched for them."""

from __future__ import annotations

SUFFIXES = frozenset(
    f".{name}"
    for names in (
        "aac ac3 aif aiff amr au caf flac m4a m4b mka mp2 mp3 oga ogg opus w64 wav wma",  # codespell:ignore caf
        "3gp asf avi flv m2ts m4v mkv mov mp4 mpeg mpg mts mxf ogv ts vob webm wmv",
    )
    for name in names.split()
)
"""The suffixes of audio and video, in folders."""

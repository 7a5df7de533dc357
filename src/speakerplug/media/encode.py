"""The sound of a recording, small enough to be part of a page and of a kind that browsers play."""

from __future__ import annotations

import io
from fractions import Fraction
from pathlib import Path

PLAYABLE = {
    ("mp3", "mp3"): "audio/mpeg",
    ("mp3", "mp3float"): "audio/mpeg",
    ("mov", "aac"): "audio/mp4",
    ("ogg", "opus"): "audio/ogg",
    ("ogg", "libopus"): "audio/ogg",
    ("ogg", "vorbis"): "audio/ogg",
    ("matroska", "opus"): "audio/webm",
    ("matroska", "libopus"): "audio/webm",
}
"""Containers and codecs of sound files that browsers play and that are compressed."""

BITS_A_SECOND = 32_000
QUICKLY = {"compression_level": "5"}
"""A quarter of the time that the best encoding takes, for a seventh more bytes."""

_BLOCK_S = 1


def playable(path: Path) -> str | None:
    """The MIME type of a file of one compressed sound that browsers play, None for any other file.

    Raises MediaError for what is no recording, or has no sound.
    """
    from av.stream import Disposition

    from .probe import choose, open_container

    with open_container(path) as container:
        codec = choose(container, path).codec_context.name
        pictures = [video for video in container.streams.video if not video.disposition & Disposition.attached_pic]
        if pictures or len(container.streams.audio) > 1:
            return None
        return PLAYABLE.get((container.format.name.split(",")[0], codec))


def small(path: Path) -> bytes:
    """The mix of the file's channels as Opus in Ogg, whose time 0 is that of the words."""
    import av

    from ..waveform import SAMPLE_RATE
    from .recording import Recording

    samples = Recording.of(path).mono().samples
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono", options=QUICKLY)
        stream.bit_rate = BITS_A_SECOND
        block = _BLOCK_S * SAMPLE_RATE
        for first in range(0, len(samples), block):
            frame = av.AudioFrame.from_ndarray(samples[None, first : first + block], format="flt", layout="mono")
            frame.sample_rate, frame.time_base, frame.pts = SAMPLE_RATE, Fraction(1, SAMPLE_RATE), first
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()

"""How a page finds its recording: an address from the folder it lies in, or the sound itself."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

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


def link_to(recording: str | Path, folder: str | Path) -> str:
    """The address of `recording` for a page in `folder`: relative, each sign that means something in it encoded."""
    target = os.path.abspath(recording)
    try:
        path = os.path.relpath(target, os.path.abspath(folder))
    except ValueError:  # another drive of Windows
        return Path(target).as_uri()
    return quote(os.fsencode(path.replace(os.sep, "/")))


def sound_of(recording: str | Path) -> str:
    """The sound of `recording` as a `data:` URL.

    A compressed sound file that browsers play is taken as it is. Of everything else, films and uncompressed sound, it
    is the mix that was transcribed, as Opus in Ogg. Raises MediaError for a file without sound that can be read.
    """
    from base64 import b64encode

    path = Path(recording)
    kind = playable(path)
    kind, data = (kind, path.read_bytes()) if kind else ("audio/ogg", small(path))
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def playable(path: Path) -> str | None:
    """The MIME type of a file of one compressed sound that browsers play, None for any other file.

    Raises MediaError for what is no recording, or has no sound.
    """
    from av.stream import Disposition

    from ...media.probe import choose, open_container

    with open_container(path) as container:
        codec = choose(container, path).codec_context.name
        pictures = [video for video in container.streams.video if not video.disposition & Disposition.attached_pic]
        if pictures or len(container.streams.audio) > 1:
            return None
        return PLAYABLE.get((container.format.name.split(",")[0], codec))


def small(path: Path) -> bytes:
    """The mix of the file's channels as Opus in Ogg, whose time 0 is that of the words."""
    import av

    from ...media.recording import Recording
    from ...waveform import SAMPLE_RATE

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

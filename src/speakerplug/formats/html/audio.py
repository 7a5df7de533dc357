"""The recording of a page: its URL relative to the page's folder, or its audio as a `data:` URL."""

from __future__ import annotations

import io
import os
from fractions import Fraction
from pathlib import Path
from urllib.parse import quote

from ...media.tracks import TrackChoice

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
"""Containers and codecs of compressed audio files that browsers play."""

BITS_A_SECOND = 32_000
QUICKLY = {"compression_level": "5"}
"""A quarter of the time of the best compression, for a seventh more bytes."""

_BLOCK_S = 1


def link_to(recording: str | Path, folder: str | Path) -> str:
    """Return the URL of `recording` for a page in `folder`: relative and percent-encoded."""
    target = os.path.abspath(recording)
    try:
        path = os.path.relpath(target, os.path.abspath(folder))
    except ValueError:  # another drive of Windows
        return Path(target).as_uri()
    return quote(os.fsencode(path.replace(os.sep, "/")))


def embedded_audio(recording: str | Path, choice: TrackChoice | None = None) -> str:
    """Return the audio of `recording` as a `data:` URL.

    A compressed audio file that browsers play is embedded as it is; of video and uncompressed audio, the mix that was
    transcribed, of the audio track of `choice`, as Opus in Ogg. Raises MediaError for a file without readable audio.
    """
    from base64 import b64encode

    path = Path(recording)
    kind = playable(path)
    kind, data = (kind, path.read_bytes()) if kind else ("audio/ogg", as_opus(path, choice))
    return f"data:{kind};base64,{b64encode(data).decode('ascii')}"


def playable(path: Path) -> str | None:
    """Return the MIME type of a file with one compressed audio stream that browsers play, None for any other file.

    Raises MediaError for a file that is no recording, or has no audio.
    """
    from av.stream import Disposition

    from ...media.probe import open_container
    from ...media.tracks import tracks_of

    with open_container(path) as container:
        codec = container.streams[tracks_of(container, path)[0].index].codec_context.name
        pictures = [video for video in container.streams.video if not video.disposition & Disposition.attached_pic]
        if pictures or len(container.streams.audio) > 1:
            return None
        return PLAYABLE.get((container.format.name.split(",")[0], codec))


def as_opus(path: Path, choice: TrackChoice | None = None) -> bytes:
    """Return the mix of the file's channels as Opus in Ogg, whose time 0 is that of the words."""
    import av

    from ...media.recording import Recording
    from ...media.waveform import SAMPLE_RATE

    choice = choice or TrackChoice()
    waveform = Recording.of(path, audio_track=choice.track, language=choice.language).mono()
    file = io.BytesIO()
    with av.open(file, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=SAMPLE_RATE, layout="mono", options=QUICKLY)
        stream.bit_rate = BITS_A_SECOND
        for number, samples in enumerate(waveform.blocks(_BLOCK_S)):
            frame = av.AudioFrame.from_ndarray(samples[None], format="flt", layout="mono")
            frame.sample_rate, frame.time_base = SAMPLE_RATE, Fraction(1, SAMPLE_RATE)
            frame.pts = number * _BLOCK_S * SAMPLE_RATE
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()

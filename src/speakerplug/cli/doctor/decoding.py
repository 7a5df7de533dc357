"""Checks of decoding: a sample is decoded with the FFmpeg in PyAV.

The sample is the conversation in pyannote.audio's package, which other checks recognize and diarize.
"""

from __future__ import annotations

import importlib.util
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MediaError
from .finding import Finding

if TYPE_CHECKING:
    from ...media.waveform import Waveform

TOPIC = "decoding"

CODECS = ("aac", "mp3", "opus", "vorbis", "flac")
SAMPLE_S = 30.0
PASSAGE_S = (6, 18)


def check_pyav() -> Iterator[Finding]:
    """Check the FFmpeg in PyAV, and decode the sample with it."""
    import av

    from ...media import decode_pyav
    from ...media.file import MediaFile
    from ...media.waveform import SAMPLE_RATE

    lacking = [codec for codec in CODECS if codec not in av.codecs_available]
    if lacking:
        text = f"PyAV {av.__version__} cannot decode {', '.join(lacking)}"
        yield Finding(TOPIC, "warning", text, "pip install --force-reinstall --no-deps av")
    path = sample()
    started = time.perf_counter()
    (samples,), _ = decode_pyav.decode(MediaFile(path))
    seconds = len(samples) / SAMPLE_RATE
    spent = time.perf_counter() - started
    yield _decoded(f"PyAV, with FFmpeg {av.ffmpeg_version_info} of its own,", seconds, spent)


def _decoded(decoder: str, seconds: float, spent: float) -> Finding:
    if abs(seconds - SAMPLE_S) > 0.1:
        text = f"{decoder} decodes {seconds:.1f} of the sample's {SAMPLE_S:.1f} s"
        return Finding(TOPIC, "problem", text, "pip install --force-reinstall --no-deps av")
    return Finding(TOPIC, "ok", f"{decoder} decodes the sample of {seconds:.1f} s in {spent:.2f} s")


def sample() -> Path:
    """Return the path of the sample, without importing its package; raises MediaError where it is missing."""
    try:
        spec = importlib.util.find_spec("pyannote.audio")
    except ModuleNotFoundError:
        spec = None
    for folder in (spec and spec.submodule_search_locations) or ():
        if (found := Path(folder, "sample", "sample.wav")).is_file():
            return found
    raise MediaError('The sample recording is missing; it comes with: pip install "pyannote.audio==4.0.*".')


def spoken() -> Waveform:
    """Return twelve seconds of the sample, in which two people speak."""
    from ...media import decode_pyav
    from ...media.file import MediaFile
    from ...media.waveform import Waveform

    path = sample()
    (samples,), _ = decode_pyav.decode(MediaFile(path))
    return Waveform.of(Waveform.stored(samples).span(*PASSAGE_S), name=path.name)

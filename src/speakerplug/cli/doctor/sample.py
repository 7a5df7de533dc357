"""Something to hear: the conversation that pyannote.audio's package carries."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING

from ...errors import MediaError

if TYPE_CHECKING:
    from ...waveform import Waveform

SECONDS = 30.0
PASSAGE = (6, 18)


def sample() -> Path:
    """Its file, found without importing the package; raises MediaError where it is not there."""
    try:
        spec = importlib.util.find_spec("pyannote.audio")
    except ModuleNotFoundError:
        spec = None
    for folder in (spec and spec.submodule_search_locations) or ():
        if (found := Path(folder, "sample", "sample.wav")).is_file():
            return found
    raise MediaError('There is no recording to try with; it comes with: pip install "pyannote.audio==4.0.*".')


def spoken() -> Waveform:
    """Twelve seconds of it, in which two people speak."""
    from ...media import decode_pyav
    from ...media.file import MediaFile
    from ...waveform import SAMPLE_RATE, Waveform

    path = sample()
    start, end = (second * SAMPLE_RATE for second in PASSAGE)
    (samples,), _ = decode_pyav.decode(MediaFile(path))
    return Waveform.of(samples[start:end], name=path.name)

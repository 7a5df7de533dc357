"""Say what was seen of a recording in which nothing was recognized, so that an empty result is never silent."""

from __future__ import annotations

import numpy as np

from ..media.recording import Recording
from ..media.vad import SILENT, speech_in
from ..media.waveform import Waveform
from ..system.arguments import named
from .options import Options

HARDLY = 0.01
"""Share of voice activity up to which a recording has hardly any speech."""


def why_empty(recording: Recording, options: Options) -> str:
    """Return a sentence about a recording without recognized words, or, without a recognizer, without turns."""
    waveform = recording.mono()
    peak = max((float(np.abs(block).max()) for block in waveform.blocks(60.0)), default=0.0)
    share = 0.0 if peak <= SILENT else _voice_activity(waveform)
    track, count = recording.track or (None, 1)
    of_track = f", audio track {track} of {count}," if track is not None and count > 1 else ""
    level = f"a peak level of {20 * np.log10(peak):.0f} dB" if peak > 0 else "no level at all"
    nothing = "No speech was recognized" if options.recognizer is not None else "No speech was found"
    return (
        f"{nothing}: {recording.title}{of_track} has {level} and voice activity in {100 * share:.0f} % of "
        f"{waveform.duration:.1f} s; {_remedy(peak, share, count, options)}."
    )


def _voice_activity(waveform: Waveform) -> float:
    return sum(end - start for start, end in speech_in(waveform)) / max(waveform.duration, 1e-9)


def _remedy(peak: float, share: float, count: int, options: Options) -> str:
    if share > HARDLY and options.recognizer is not None:
        return f"try a larger {named('model')}, or name the {named('language')}"
    if share > HARDLY:
        return f"try another {named('diarizer')}"
    other = f", or choose another track with {named('audio_track')}" if count > 1 else ""
    return f"{'it is silent: ' if peak <= SILENT else ''}check that it is the right recording{other}"

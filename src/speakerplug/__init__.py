"""Tells an ASR stack who said each word.

transcript = speakerplug.transcribe("talk.mp4")
transcript.save("talk.vtt")
"""

from .artifacts import Artifacts, load_artifacts
from .attribution import attribute
from .errors import SpeakerPlugError
from .hookspecs import hookimpl
from .hosting import diarizing
from .loading import load
from .options import Options
from .pipeline import Transcriber, diarize, transcribe
from .privacy import silence_telemetry
from .transcript import Diarization, Speaker, Transcript, Turn, Word
from .waveform import Waveform, read_channels, read_waveform

silence_telemetry()  # none of the libraries that have any is imported by now

__all__ = [
    "Artifacts",
    "Diarization",
    "Options",
    "Speaker",
    "SpeakerPlugError",
    "Transcriber",
    "Transcript",
    "Turn",
    "Waveform",
    "Word",
    "attribute",
    "diarize",
    "diarizing",
    "hookimpl",
    "load",
    "load_artifacts",
    "read_channels",
    "read_waveform",
    "transcribe",
]

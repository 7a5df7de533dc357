"""Tells an ASR stack who said each word.

transcript = speakerplug.transcribe("talk.mp4")
transcript.save("talk.vtt")
"""

from .attribution import attribute
from .diarizers.artifacts import Artifacts, load_artifacts
from .errors import SpeakerPlugError
from .formats.load import load
from .media.read import read_channels, read_waveform
from .media.recording import Recording, Source
from .pipeline.background import diarizing
from .pipeline.options import Options
from .pipeline.transcriber import Transcriber, diarize, transcribe
from .plugin.hooks import hookimpl
from .system.telemetry import silence_telemetry
from .transcript import Diarization, Speaker, Transcript, Turn, Word
from .waveform import Waveform

silence_telemetry()  # none of the libraries that have any is imported by now

__all__ = [
    "Artifacts",
    "Diarization",
    "Options",
    "Recording",
    "Source",
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

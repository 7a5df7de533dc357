"""Tells an ASR stack who said each word.

transcript = speakerplug.transcribe("talk.mp4")
transcript.save("talk.vtt")

The public API is `speakerplug.__all__`; each name is imported when it is first used.
"""

from typing import TYPE_CHECKING

from .system.telemetry import silence_telemetry

silence_telemetry()  # before any library that has telemetry is imported

if TYPE_CHECKING:
    from .batch.transcribe_many import BatchResult, transcribe_many
    from .errors import (
        Cancelled,
        DeviceError,
        MediaError,
        ModelError,
        OutputError,
        PluginError,
        SpeakerPlugError,
        UsageError,
    )
    from .formats.load import load
    from .formats.objects import words_of
    from .formats.save import save
    from .media.recording import Recording, Source, read_waveform
    from .media.waveform import Waveform
    from .pipeline.background import BackgroundDiarization, attribute, diarizing
    from .pipeline.checkpoint import Checkpoint
    from .pipeline.options import Options
    from .pipeline.transcriber import Transcriber, diarize, transcribe
    from .plugin.hooks import hookimpl
    from .plugin.manager import Plugins
    from .plugin.roles import Recognition
    from .subtitles import CueRules
    from .system.progress import ProgressEvent
    from .transcript import Diarization, Speaker, Transcript, Turn, Word

    __version__: str
else:
    _HOMES = {
        ".batch.transcribe_many": ("BatchResult", "transcribe_many"),
        ".errors": (
            "Cancelled",
            "DeviceError",
            "MediaError",
            "ModelError",
            "OutputError",
            "PluginError",
            "SpeakerPlugError",
            "UsageError",
        ),
        ".formats.load": ("load",),
        ".formats.objects": ("words_of",),
        ".formats.save": ("save",),
        ".media.recording": ("Recording", "Source", "read_waveform"),
        ".media.waveform": ("Waveform",),
        ".pipeline.background": ("BackgroundDiarization", "attribute", "diarizing"),
        ".pipeline.checkpoint": ("Checkpoint",),
        ".pipeline.options": ("Options",),
        ".pipeline.transcriber": ("Transcriber", "diarize", "transcribe"),
        ".plugin.hooks": ("hookimpl",),
        ".plugin.manager": ("Plugins",),
        ".plugin.roles": ("Recognition",),
        ".subtitles": ("CueRules",),
        ".system.progress": ("ProgressEvent",),
        ".transcript": ("Diarization", "Speaker", "Transcript", "Turn", "Word"),
    }
    _HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

    def __getattr__(name):
        """Import a public name when it is first used; type checkers read the imports above instead."""
        if name == "__version__":
            from importlib.metadata import version

            value = version(__name__)
        elif name in _HOME_OF:
            from importlib import import_module

            value = getattr(import_module(_HOME_OF[name], __name__), name)
        else:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        globals()[name] = value
        return value

    def __dir__():
        """List the public names alone."""
        return __all__


__all__ = [
    "BackgroundDiarization",
    "BatchResult",
    "Cancelled",
    "Checkpoint",
    "CueRules",
    "DeviceError",
    "Diarization",
    "MediaError",
    "ModelError",
    "Options",
    "OutputError",
    "PluginError",
    "Plugins",
    "ProgressEvent",
    "Recognition",
    "Recording",
    "Source",
    "Speaker",
    "SpeakerPlugError",
    "Transcriber",
    "Transcript",
    "Turn",
    "UsageError",
    "Waveform",
    "Word",
    "__version__",
    "attribute",
    "diarize",
    "diarizing",
    "hookimpl",
    "load",
    "read_waveform",
    "save",
    "transcribe",
    "transcribe_many",
    "words_of",
]

"""The API for plugins: `from speakerplug.plugin import hookimpl, DiarizerRegistration, Turn, ...`.

`CONTRACT` is the version of this API. A plugin for another version declares it with an attribute of its module,
`speakerplug_contract = 2`, and is reported instead of being half loaded.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from ..errors import (
    Cancelled,
    DeviceError,
    MediaError,
    ModelError,
    OutputError,
    PluginError,
    SpeakerPlugError,
    UsageError,
    first_line,
    keep_secret,
)
from ..system.arguments import named_as_fields
from ..system.files import write_whole
from ..system.progress import Progress, ProgressEvent
from ..system.temporary import temporary_folder
from ..transcript import Diarization, Media, Provenance, Removed, Speaker, Transcript, Turn, Word
from .executor import (
    Died,
    Event,
    Executor,
    ExecutorRequest,
    Failed,
    Finished,
    Progressed,
    Task,
    Worker,
    WorkerSettings,
    WrittenFile,
)
from .formats import FileContent, FormatRegistration
from .hooks import CONTRACT, hookimpl
from .hub_model import HubModel
from .lazy import LazyAligner, LazyDiarizer, LazyRecognizer
from .registrations import AlignerRegistration, DiarizerRegistration, ExecutorRegistration, RecognizerRegistration
from .roles import (
    Aligner,
    AlignerSettings,
    DiarizationRequest,
    Diarizer,
    DiarizerSettings,
    ModelRegistration,
    Recognition,
    RecognitionRequest,
    Recognizer,
    RecognizerSettings,
    StageCheckpoint,
)
from .validation import admitted_turns, admitted_words

if TYPE_CHECKING:
    from ..attribution import exclusive_of, timed_words
    from ..attribution.word_times import spread
    from ..devices import DeviceManager, Lease, MemoryEstimate, ModelHandle, ModelHandleBase, Placement
    from ..media.waveform import SAMPLE_RATE, Waveform
    from ..subtitles import CueRules, cues_from
    from ..subtitles.parsed import ParsedCue
    from .manager import Plugins, load_plugins

__all__ = [
    "CONTRACT",
    "SAMPLE_RATE",
    "Aligner",
    "AlignerRegistration",
    "AlignerSettings",
    "Cancelled",
    "CueRules",
    "DeviceError",
    "DeviceManager",
    "Diarization",
    "DiarizationRequest",
    "Diarizer",
    "DiarizerRegistration",
    "DiarizerSettings",
    "Died",
    "Event",
    "Executor",
    "ExecutorRegistration",
    "ExecutorRequest",
    "Failed",
    "FileContent",
    "Finished",
    "FormatRegistration",
    "HubModel",
    "LazyAligner",
    "LazyDiarizer",
    "LazyRecognizer",
    "Lease",
    "Media",
    "MediaError",
    "MemoryEstimate",
    "ModelError",
    "ModelHandle",
    "ModelHandleBase",
    "ModelRegistration",
    "OutputError",
    "ParsedCue",
    "Placement",
    "PluginError",
    "Plugins",
    "Progress",
    "ProgressEvent",
    "Progressed",
    "Provenance",
    "Recognition",
    "RecognitionRequest",
    "Recognizer",
    "RecognizerRegistration",
    "RecognizerSettings",
    "Removed",
    "Speaker",
    "SpeakerPlugError",
    "StageCheckpoint",
    "Task",
    "Transcript",
    "Turn",
    "UsageError",
    "Waveform",
    "Word",
    "Worker",
    "WorkerSettings",
    "WrittenFile",
    "admitted_turns",
    "admitted_words",
    "cues_from",
    "exclusive_of",
    "first_line",
    "hookimpl",
    "keep_secret",
    "load_plugins",
    "named_as_fields",
    "spread",
    "temporary_folder",
    "timed_words",
    "write_whole",
]

_ELSEWHERE = {
    **dict.fromkeys(("exclusive_of", "timed_words"), "..attribution"),
    **dict.fromkeys(
        ("DeviceManager", "Lease", "MemoryEstimate", "ModelHandle", "ModelHandleBase", "Placement"), "..devices"
    ),
    "spread": "..attribution.word_times",
    "ParsedCue": "..subtitles.parsed",
    **dict.fromkeys(("CueRules", "cues_from"), "..subtitles"),
    **dict.fromkeys(("SAMPLE_RATE", "Waveform"), "..media.waveform"),
    **dict.fromkeys(("Plugins", "load_plugins"), ".manager"),
}
"""Names that are imported when they are first used, as plugins are imported whenever SpeakerPlug starts."""


def __getattr__(name: str) -> Any:
    if name not in _ELSEWHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_ELSEWHERE[name], __name__), name)

"""Every hook that a plugin can implement, in the order in which they are called.

A plugin is a module or object whose functions are decorated with `@speakerplug.hookimpl`, with an entry
point in the group `speakerplug`. An implementation may take fewer arguments than its hook, never others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click

    from ..devices import DeviceManager
    from ..media.waveform import Waveform
    from ..system.progress import Progress, ProgressEvent
    from ..transcript import Diarization, Transcript, Word
    from .formats import FormatRegistration
    from .registrations import AlignerRegistration, DiarizerRegistration, ExecutorRegistration, RecognizerRegistration
    from .roles import (
        Aligner,
        DiarizationRequest,
        Diarizer,
        ModelRegistration,
        Recognition,
        RecognitionRequest,
        Recognizer,
    )

PROJECT = "speakerplug"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)

CONTRACT = 1
"""The version of the plugin API; a plugin whose attribute `speakerplug_contract` differs is not loaded."""


class RegisterFormat(Protocol):
    """Registers a format, to be read, written or both: `register(FormatRegistration(...))`."""

    def __call__(self, format: FormatRegistration) -> None: ...


@hookspec
def register_recognizers(register: Callable[[RecognizerRegistration], None]) -> None:
    """Register recognizers; called once, when the plugins are loaded."""


@hookspec
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Register diarizers; called once, when the plugins are loaded."""


@hookspec
def register_aligners(register: Callable[[AlignerRegistration], None]) -> None:
    """Register aligners, which refine the times of recognized words; called once, when the plugins are loaded."""


@hookspec
def register_executors(register: Callable[[ExecutorRegistration], None]) -> None:
    """Register executors, which run the workers of `speakerplug batch`; called once, when the plugins are loaded."""


@hookspec
def register_formats(register: RegisterFormat) -> None:
    """Register formats that are written, read or both; called once, when the plugins are loaded."""


@hookspec
def register_models(register: Callable[[ModelRegistration], None]) -> None:
    """Register recognition models that need no network; called once, when the plugins are loaded."""


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands to the `speakerplug` command line; called when it starts. Keep imports inside the commands."""


@hookspec
def report(event: ProgressEvent) -> None:
    """Receive the progress of a stage of the recording `event.recording`; called from any thread."""


@hookspec(firstresult=True)
def recognize(
    waveform: Waveform,
    recognizer: Recognizer,
    request: RecognitionRequest,
    devices: DeviceManager,
    progress: Progress,
) -> Recognition | None:
    """Return the recognized words in place of the chosen recognizer; the first result that is not None is used.

    Called before the recognizer is built or its model downloaded, and for each channel that is one speaker.
    """


@hookspec(firstresult=True)
def diarize(
    waveform: Waveform, diarizer: Diarizer, request: DiarizationRequest, devices: DeviceManager, progress: Progress
) -> Diarization | None:
    """Return the diarization in place of the chosen diarizer; the first result that is not None is used.

    Called before the diarizer is built or its model downloaded.
    """


@hookspec(firstresult=True)
def align(
    waveform: Waveform,
    aligner: Aligner,
    words: tuple[Word, ...],
    language: str | None,
    devices: DeviceManager,
    progress: Progress,
) -> tuple[Word, ...] | None:
    """Return the words with aligned times in place of the chosen aligner; the first result that is not None is used.

    Called before the aligner is built or its model downloaded, and for each channel that is one speaker.
    """


@hookspec
def modify_diarization(diarization: Diarization, waveform: Waveform) -> Diarization | None:
    """Refine the diarization (merge turns or speakers) before words are attributed; None leaves it as it is.

    Each plugin gets the result of the previous one.
    """


@hookspec
def modify_words(words: tuple[Word, ...], waveform: Waveform, language: str | None) -> Sequence[Word] | None:
    """Refine the recognized words (realign, correct) before they are attributed; None leaves them as they are.

    Each plugin gets the result of the previous one.
    """


@hookspec
def modify_transcript(transcript: Transcript, waveform: Waveform) -> Transcript | None:
    """Refine the transcript (name its speakers) after attribution; None leaves it as it is.

    Words, turns and the ids of speakers must not change. Each plugin gets the result of the previous one.
    """


HOOKS: dict[str, Any] = {name: value for name, value in list(globals().items()) if hasattr(value, f"{PROJECT}_spec")}

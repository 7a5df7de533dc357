"""Every hook that a plugin can implement, in the order in which they are called.

A plugin is a module or object whose functions carry `@speakerplug.hookimpl` and that is named by an entry
point in the group `speakerplug`. An implementation may take fewer arguments than its hook, never others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click

    from ..devices import DeviceManager
    from ..system.progress import Progress, ProgressEvent
    from ..transcript import Diarization, Transcript, Word
    from ..waveform import Waveform
    from .formats import FormatRegistration
    from .registrations import AlignerRegistration, DiarizerRegistration, RecognizerRegistration
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
"""The version of this contract; a plugin whose attribute `speakerplug_contract` is another one is not loaded."""


class RegisterFormat(Protocol):
    """Offers a format, in one direction or both: `register(FormatRegistration(...))`."""

    def __call__(self, format: FormatRegistration) -> None: ...


@hookspec
def register_recognizers(register: Callable[[RecognizerRegistration], None]) -> None:
    """Offer recognizers; called once, when the plugins are loaded."""


@hookspec
def register_diarizers(register: Callable[[DiarizerRegistration], None]) -> None:
    """Offer diarizers; called once, when the plugins are loaded."""


@hookspec
def register_aligners(register: Callable[[AlignerRegistration], None]) -> None:
    """Offer aligners, which give recognized words better times; called once, when the plugins are loaded."""


@hookspec
def register_formats(register: RegisterFormat) -> None:
    """Offer formats that are written, read or both; called once, when the plugins are loaded."""


@hookspec
def register_models(register: Callable[[ModelRegistration], None]) -> None:
    """Offer recognition models that need no network; called once, when the plugins are loaded."""


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands to the `speakerplug` command line; called when it starts. Keep imports inside the commands."""


@hookspec
def report(event: ProgressEvent) -> None:
    """Hear how far a stage of a recording is, which `event.recording` names; may come from any thread."""


@hookspec(firstresult=True)
def recognize(
    waveform: Waveform,
    recognizer: Recognizer,
    request: RecognitionRequest,
    devices: DeviceManager,
    progress: Progress,
) -> Recognition | None:
    """Answer what was said in place of the chosen recognizer; the first plugin that answers is taken.

    Asked before the recognizer is built or its model fetched, and for each channel that is one speaker.
    """


@hookspec(firstresult=True)
def diarize(
    waveform: Waveform, diarizer: Diarizer, request: DiarizationRequest, devices: DeviceManager, progress: Progress
) -> Diarization | None:
    """Answer who spoke when in place of the chosen diarizer; the first plugin that answers is taken.

    Asked before the diarizer is built or its model fetched.
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
    """Answer when each word was said in place of the chosen aligner; the first plugin that answers is taken.

    Asked before the aligner is built or its model fetched, and for each channel that is one speaker.
    """


@hookspec
def modify_diarization(diarization: Diarization, waveform: Waveform) -> Diarization | None:
    """Refine the diarization (merge turns, unite speakers) before words are attributed; None leaves it as it is.

    Each plugin is given what the one before it made.
    """


@hookspec
def modify_words(words: tuple[Word, ...], waveform: Waveform, language: str | None) -> Sequence[Word] | None:
    """Refine the recognized words (realign, correct) before they are attributed; None leaves them as they are.

    Each plugin is given what the one before it made.
    """


@hookspec
def modify_transcript(transcript: Transcript, waveform: Waveform) -> Transcript | None:
    """Refine the transcript (name its speakers) when every word has its speaker; None leaves it as it is.

    Words, turns and the ids of speakers must stay as they are. Each plugin is given what the one before it made.
    """


HOOKS: dict[str, Any] = {name: value for name, value in list(globals().items()) if hasattr(value, f"{PROJECT}_spec")}

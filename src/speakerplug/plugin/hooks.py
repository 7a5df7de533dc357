"""Every hook that a plugin can implement, in the order in which they are called.

A plugin is a module or object whose functions carry `@speakerplug.hookimpl` and that is named by an entry
point in the group `speakerplug`. An implementation may take fewer arguments than its hook, never others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING, Any, Protocol

import pluggy

if TYPE_CHECKING:
    import click

    from ..devices import DeviceManager
    from ..system.progress import Progress, ProgressEvent
    from ..transcript import Diarization, Word
    from ..waveform import Waveform
    from .formats import FormatRegistration
    from .roles import (
        Aligner,
        AlignerSettings,
        DiarizationRequest,
        Diarizer,
        DiarizerSettings,
        ModelPack,
        Recognizer,
        RecognizerSettings,
    )

PROJECT = "speakerplug"
hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


class RegisterRecognizer(Protocol):
    """Offers a recognizer under a name: `register(name, factory, description)`."""

    def __call__(
        self, name: str, factory: Callable[[RecognizerSettings], Recognizer], description: str = ""
    ) -> None: ...


class RegisterDiarizer(Protocol):
    """Offers a diarizer under a name: `register(name, factory, description, classes)`.

    `classes` are the plugin's own pipelines, networks and preprocessors that configurations and checkpoints may name,
    as full names: package.module.Class.
    """

    def __call__(
        self,
        name: str,
        factory: Callable[[DiarizerSettings], Diarizer],
        description: str = "",
        classes: Collection[str] = (),
    ) -> None: ...


class RegisterAligner(Protocol):
    """Offers an aligner under a name: `register(name, factory, description)`."""

    def __call__(self, name: str, factory: Callable[[AlignerSettings], Aligner], description: str = "") -> None: ...


class RegisterFormat(Protocol):
    """Offers a format, in one direction or both: `register(FormatRegistration(...))`."""

    def __call__(self, format: FormatRegistration) -> None: ...


@hookspec
def register_recognizers(register: RegisterRecognizer) -> None:
    """Offer recognizers; called once, when the plugins are loaded."""


@hookspec
def register_diarizers(register: RegisterDiarizer) -> None:
    """Offer diarizers; called once, when the plugins are loaded."""


@hookspec
def register_aligners(register: RegisterAligner) -> None:
    """Offer aligners, which give recognized words better times; called once, when the plugins are loaded."""


@hookspec
def register_formats(register: RegisterFormat) -> None:
    """Offer formats that are written, read or both; called once, when the plugins are loaded."""


@hookspec
def register_models(register: Callable[[ModelPack], None]) -> None:
    """Offer recognition models that need no network; called once, when the plugins are loaded."""


@hookspec
def register_commands(cli: click.Group) -> None:
    """Add commands to the `speakerplug` command line; called when it starts. Keep imports inside the commands."""


@hookspec
def report(event: ProgressEvent) -> None:
    """Hear how far a stage of a recording is, which `event.recording` names; may come from any thread."""


@hookspec(firstresult=True)
def diarize(
    waveform: Waveform, diarizer: Diarizer, request: DiarizationRequest, devices: DeviceManager, progress: Progress
) -> Diarization | None:
    """The call that an ASR engine makes: who spoke when. The first plugin that answers is taken.

    The implementation that comes with SpeakerPlug runs the chosen `diarizer`. A plugin may answer from a
    cache, or wrap it (`hookimpl(wrapper=True)`).
    """


@hookspec
def modify_diarization(diarization: Diarization, waveform: Waveform) -> Diarization | None:
    """Refine the diarization (merge turns, unite speakers) before words are attributed; None leaves it as it is.

    Each plugin is given what the one before it made.
    """


@hookspec
def modify_words(words: tuple[Word, ...], waveform: Waveform, language: str | None) -> tuple[Word, ...] | None:
    """Refine the recognized words (realign, correct) before they are attributed; None leaves them as they are.

    Each plugin is given what the one before it made.
    """


HOOKS: dict[str, Any] = {name: value for name, value in list(globals().items()) if hasattr(value, f"{PROJECT}_spec")}

"""Speech recognizers: audio in, words out. The built-in one is faster-whisper."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ..plugin.hooks import hookimpl
from ..plugin.registrations import RecognizerRegistration

if TYPE_CHECKING:
    from ..devices import DeviceManager
    from ..media.waveform import Waveform
    from ..plugin.roles import Aligner, Recognition, RecognitionRequest, Recognizer, RecognizerSettings
    from ..system.progress import Progress
    from ..transcript import Word


@hookimpl
def register_recognizers(register: Callable[[RecognizerRegistration], None]) -> None:
    """Register faster-whisper."""
    description = "Whisper through CTranslate2, batched, with word times"
    register(RecognizerRegistration("faster-whisper", _faster_whisper, description=description))


@hookimpl(trylast=True)
def recognize(
    waveform: Waveform, recognizer: Recognizer, request: RecognitionRequest, devices: DeviceManager, progress: Progress
) -> Recognition:
    """Run the chosen recognizer."""
    return recognizer.recognize(waveform, request, devices, progress)


@hookimpl(trylast=True)
def align(
    waveform: Waveform,
    aligner: Aligner,
    words: tuple[Word, ...],
    language: str | None,
    devices: DeviceManager,
    progress: Progress,
) -> tuple[Word, ...]:
    """Run the chosen aligner."""
    return aligner.align(waveform, words, language, devices, progress)


def _faster_whisper(settings: RecognizerSettings) -> Recognizer:
    from .faster_whisper import FasterWhisper

    return FasterWhisper(settings)

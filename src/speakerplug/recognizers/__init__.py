"""Recognizers: sound in, words out. The built-in one is faster-whisper."""

from __future__ import annotations

from ..plugin.hooks import RegisterRecognizer, hookimpl
from ..plugin.roles import Recognizer, RecognizerSettings


@hookimpl
def register_recognizers(register: RegisterRecognizer) -> None:
    """Offer faster-whisper."""
    register("faster-whisper", _faster_whisper, description="Whisper through CTranslate2, batched, with word times")


def _faster_whisper(settings: RecognizerSettings) -> Recognizer:
    from .faster_whisper import FasterWhisper

    return FasterWhisper(settings)

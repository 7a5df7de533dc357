"""The aligner `ctc`: words are aligned to the output of a CTC acoustic model, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from speakerplug.plugin import (
    SAMPLE_RATE,
    AlignerSettings,
    DeviceManager,
    Lease,
    ModelHandle,
    Progress,
    Waveform,
    Word,
)

from .acoustics import Acoustics
from .forced import align
from .windows import Window, windows

NAME = "ctc"


class CtcAligner:
    """Aligns words by CTC, on hama's phonemes or on a wav2vec2 checkpoint."""

    name = NAME

    def __init__(self, settings: AlignerSettings) -> None:
        self._settings = settings

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle:
        """Return the handle of the model; raises ModelError if it is missing or of an unsupported kind."""
        from .phonemes import PhonemeHandle
        from .wav2vec2 import Wav2Vec2Handle

        if self._settings.model in (None, PhonemeHandle.key):
            return PhonemeHandle()
        return Wav2Vec2Handle.of(str(self._settings.model))

    def align(
        self,
        waveform: Waveform,
        words: tuple[Word, ...],
        language: str | None,
        devices: DeviceManager,
        progress: Progress,
    ) -> tuple[Word, ...]:
        """Return the words with aligned times; those of a window too short for them keep their times."""
        left = windows(words, waveform.duration)
        aligned: list[Word] = []
        total = len(left)

        def work(lease: Lease) -> None:
            """Align the windows that are left, so that a retry continues where the last attempt failed."""
            while left:
                aligned.extend(_aligned(left[0], waveform, lease.model))
                left.pop(0)
                progress("alignment", total - len(left), total)

        devices.run(self.prepare(devices, progress), work)
        return tuple(aligned)


def _aligned(window: Window, waveform: Waveform, model: Acoustics) -> Sequence[Word]:
    """Return the words of a window with aligned times inside it."""
    first, last = round(window.start * SAMPLE_RATE), round(window.end * SAMPLE_RATE)
    samples = waveform.samples[first:last]
    if len(samples) < 2 * model.frame_s * SAMPLE_RATE:
        return window.words
    symbols = [model.symbols(word.text) for word in window.words]
    spans = align(model.log_probs(samples), symbols, model.blank, model.between) if any(symbols) else None
    if spans is None:
        return window.words

    aligned: list[Word] = []
    end = window.start
    for word, (first, last) in zip(window.words, spans, strict=True):
        start = max(end, window.start + first * model.frame_s - model.late_s)
        end = max(start, min(window.end, window.start + last * model.frame_s))
        aligned.append(replace(word, start=start, end=end, estimated=False))
    return aligned

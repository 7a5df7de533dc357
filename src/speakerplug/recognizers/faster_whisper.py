"""The faster-whisper recognizer: Whisper through CTranslate2, batched, with word times."""

from __future__ import annotations

import heapq
import logging
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..devices import DeviceManager, Placement, ResidentBase
from ..errors import ModelError, UsageError
from ..stages import Progress, Recognition, RecognitionRequest, RecognizerSettings
from ..transcript import Word
from ..waveform import SAMPLE_RATE, Waveform
from .gaps import Span, gaps
from .models import NAME, LocatedModel, locate
from .words import words_of

log = logging.getLogger(__name__)

KINDS = ("cuda", "cpu")
BATCH_SIZE = 8
AROUND = 0.2
"""Seconds heard on either side of a passage that was left out."""


@dataclass(frozen=True, slots=True)
class WhisperResident(ResidentBase):
    """A Whisper model that the device manager can load."""

    folder: Path
    compute_type: str

    @property
    def key(self) -> Hashable:
        """One model for each folder and precision."""
        return NAME, str(self.folder), self.compute_type

    stage = "recognizer"
    engine = "ctranslate2"
    kinds = KINDS

    def load(self, placement: Placement) -> Any:
        """The WhisperModel; raises ModelError for files that cannot be read and UsageError for the compute type."""
        import ctranslate2
        from faster_whisper import WhisperModel

        device = placement.device
        supported = ctranslate2.get_supported_compute_types(device.kind, device.index)
        if self.compute_type not in ("default", "auto", *supported):
            known = ", ".join(["auto", *sorted(supported)])
            raise UsageError(f"{device} cannot compute in {self.compute_type!r}; choose one of: {known}.")
        try:
            return WhisperModel(
                str(self.folder),
                device=device.kind,
                device_index=device.index,
                compute_type=self.compute_type,
                cpu_threads=placement.threads,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
            raise ModelError(
                f"The model in {self.folder.name} cannot be loaded ({str(error).splitlines()[0]}); "
                "its files may be damaged: fetch or install it again."
            ) from error

    def unload(self, model: Any) -> None:
        """CTranslate2 frees its memory itself when asked."""
        model.model.unload_model()


class FasterWhisper:
    """Recognizes with faster-whisper's batched pipeline, behind its voice activity detection."""

    name = NAME

    def __init__(self, settings: RecognizerSettings) -> None:
        self._settings = settings
        self._located: LocatedModel | None = None

    def prepare(self, devices: DeviceManager, progress: Progress) -> None:
        """Find or fetch the model and load it, so that what cannot work is said before the work begins."""
        _, resident = self._resident(devices, progress)
        with devices.hold(resident):
            log.debug("%s is ready", resident.key)

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """The words of `waveform` and its language (detected unless the request names one)."""
        model, resident = self._resident(devices, progress)
        with devices.hold(resident) as lease:
            _check(request, model, lease.model)
            words, language = _transcribe(lease.model, waveform, request, progress)
        return Recognition(words, language, model.name)

    def _resident(self, devices: DeviceManager, progress: Progress) -> tuple[LocatedModel, WhisperResident]:
        settings = self._settings
        if self._located is None:
            kind = devices.device_for(KINDS).kind
            self._located = locate(settings.model, settings.language, kind, settings.packs, settings.offline, progress)
        return self._located, WhisperResident(self._located.folder, settings.compute_type or "auto")


def _transcribe(
    model: Any, waveform: Waveform, request: RecognitionRequest, progress: Progress
) -> tuple[tuple[Word, ...], str | None]:
    from faster_whisper import BatchedInferencePipeline

    batched = BatchedInferencePipeline(model)
    asked = {
        "task": request.task,
        "initial_prompt": request.prompt,
        "hotwords": request.hotwords,
        "batch_size": request.batch_size or BATCH_SIZE,
        "word_timestamps": True,
    }
    segments, info = batched.transcribe(
        waveform.samples,
        language=request.language,
        without_timestamps=False,  # with them Whisper leaves fewer passages out, and its words slip less
        vad_filter=True,
        **asked,
    )

    def heard() -> Iterator[Any]:
        """The segments, with progress as they come."""
        for segment in segments:
            yield segment
            progress("recognition", min(segment.end, waveform.duration), waveform.duration)

    # The generator computes as it is read: it ends here, while the model is held.
    words = tuple(words_of(heard()))
    left_out = gaps(_speech(waveform), words) if info.duration_after_vad else []
    if left_out:
        words = _with(words, _again(batched, waveform, left_out, {**asked, "language": info.language}))
    progress("recognition", waveform.duration, waveform.duration)
    return words, info.language if words or request.language else None


def _again(batched: Any, waveform: Waveform, passages: Sequence[Span], asked: dict[str, Any]) -> list[Word]:
    """The words of passages that were left out, each heard on its own; words beside their passage are not taken."""
    clips = [
        {"start": max(0.0, start - AROUND), "end": min(waveform.duration, end + AROUND)} for start, end in passages
    ]
    segments, _ = batched.transcribe(waveform.samples, clip_timestamps=clips, **asked)
    found = []
    starts = [start for start, _ in passages]
    for word in words_of(segments):
        middle = ((word.start or 0.0) + (word.end or 0.0)) / 2
        index = bisect_right(starts, middle) - 1
        if index >= 0 and middle <= passages[index][1]:
            found.append(word)
    return found


def _with(words: Sequence[Word], more: Sequence[Word]) -> tuple[Word, ...]:
    """Both in the order of time; words that are there keep their order among themselves."""
    return tuple(heapq.merge(words, more, key=lambda word: word.start or 0.0))


def _speech(waveform: Waveform) -> list[Span]:
    """Where somebody speaks, as faster-whisper's voice activity detection hears it."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(min_silence_duration_ms=160, speech_pad_ms=0)
    found = get_speech_timestamps(waveform.samples, options)
    return [(stretch["start"] / SAMPLE_RATE, stretch["end"] / SAMPLE_RATE) for stretch in found]


def _check(request: RecognitionRequest, located: LocatedModel, model: Any) -> None:
    """Refuse what the model cannot do: another language than its own, or translation by an English one."""
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    if request.language is not None and request.language not in _LANGUAGE_CODES:
        raise UsageError(f"Whisper knows no language {request.language!r}; give a code such as en, de, fr or zh.")
    if not model.model.is_multilingual and (request.language or "en") != "en":
        raise UsageError(
            f"Model {located.name} understands only English, not {request.language!r}; "
            "choose a multilingual one, such as base or small, with --model."
        )
    if not model.model.is_multilingual and request.task == "translate":
        raise UsageError(f"Model {located.name} understands only English; choose a multilingual one to translate.")

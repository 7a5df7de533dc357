"""The faster-whisper recognizer: Whisper through CTranslate2, batched, with word times."""

from __future__ import annotations

import heapq
import logging
from bisect import bisect_right
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from .. import hub
from ..devices import DeviceManager, Lease, Need, Placement, ResidentBase
from ..devices.sizes import MB
from ..errors import ModelError, UsageError
from ..stages import Progress, Recognition, RecognitionRequest, RecognizerSettings
from ..transcript import Word
from ..waveform import SAMPLE_RATE, Waveform
from .gaps import Span, gaps
from .models import NAME, LocatedModel, locate
from .words import words_of

log = logging.getLogger(__name__)

KINDS = ("cuda", "cpu")
PRECISIONS = {
    "cuda": ("float16", "int8_float16", "int8_float32", "float32"),
    "cpu": ("int8", "int8_float32", "float32"),
}
WIDTH = {"float32": 2.0, "float16": 1.0, "int8": 0.5, "int8_float16": 0.5, "int8_float32": 0.5}
"""Bytes of a loaded weight by compute type, for one of the file."""
AROUND = 0.2
"""Seconds heard on either side of a passage that was left out."""


@dataclass(frozen=True, slots=True)
class WhisperResident(ResidentBase):
    """A Whisper model that the device manager can load; `size_bytes` is that of its weights file.

    `name` is what the user calls it, and `cache_dir` where it is cached: for the remedy where it is damaged.
    """

    folder: Path
    size_bytes: int
    name: str = ""
    cache_dir: str | None = None

    stage = "recognizer"
    engine = "ctranslate2"
    kinds = KINDS
    batch_sizes = (8, 4, 2, 1)
    precisions = PRECISIONS

    @property
    def key(self) -> Hashable:
        """One model for each folder."""
        return NAME, str(self.folder)

    def need(self, kind: str, compute_type: str, batch_size: int) -> Need:
        """Estimated from the weights file, which holds 16-bit numbers in every published conversion.

        Within 5 % of the peaks that faster-whisper's authors give for a GPU: large-v2 in float16 4525 MB, with
        batches of 8 6090 MB (its README); large-v3 4521, turbo 2537, distil-large-v3 2409 MB (its issue 1030).
        """
        weights = self.size_bytes * WIDTH.get(compute_type, 1.0)
        once = 0.2 * self.size_bytes + (300 * MB if kind == "cuda" else 0)
        return Need(round(weights), round(once + batch_size * (100 * MB + 0.06 * self.size_bytes)))

    def load(self, placement: Placement) -> Any:
        """The WhisperModel; raises ModelError for files that cannot be read."""
        from faster_whisper import WhisperModel

        try:
            return WhisperModel(
                str(self.folder),
                device=placement.device.kind,
                device_index=placement.device.index,
                compute_type=placement.compute_type,
                cpu_threads=placement.threads,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
            raise self._damage() or ModelError(
                f"The model in {self.folder.name} cannot be loaded ({str(error).splitlines()[0]}); "
                "its files may be damaged: fetch or install it again."
            ) from error

    def _damage(self) -> ModelError | None:
        return hub.damage({self.name: self.folder}, self.cache_dir)

    def unload(self, model: Any) -> None:
        """CTranslate2 frees its memory itself when asked."""
        model.model.unload_model()

    def to_host(self, model: Any) -> bool:
        """CTranslate2 keeps the weights in host memory."""
        model.model.unload_model(to_cpu=True)
        return True

    def to_device(self, model: Any, placement: Placement) -> None:
        """CTranslate2 takes them back where they were."""
        model.model.load_model()


class FasterWhisper:
    """Recognizes with faster-whisper's batched pipeline, behind its voice activity detection."""

    name = NAME

    def __init__(self, settings: RecognizerSettings) -> None:
        self._settings = settings
        self._located: LocatedModel | None = None

    def prepare(self, devices: DeviceManager, progress: Progress) -> WhisperResident:
        """Find or fetch the model."""
        settings = self._settings
        if self._located is None:
            kind = devices.device_for(KINDS, WhisperResident.stage).kind
            self._located = locate(
                settings.model,
                settings.language,
                kind,
                settings.packs,
                settings.offline,
                progress,
                settings.token,
                settings.cache_dir,
            )
        folder = self._located.folder
        return WhisperResident(folder, (folder / "model.bin").stat().st_size, self._located.name, settings.cache_dir)

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """The words of `waveform` and its language (detected unless the request names one)."""
        resident = self.prepare(devices, progress)
        located = self._located
        assert located is not None

        def work(lease: Lease) -> Recognition:
            """Recognize with the batch that the device has room for."""
            _check(request, located, lease.model)
            fitting = replace(request, batch_size=lease.placement.batch_size)
            words, language = _transcribe(lease.model, waveform, fitting, progress)
            return Recognition(words, language, located.name)

        return devices.run(resident, work)


def _transcribe(
    model: Any, waveform: Waveform, request: RecognitionRequest, progress: Progress
) -> tuple[tuple[Word, ...], str | None]:
    from faster_whisper import BatchedInferencePipeline

    batched = BatchedInferencePipeline(model)
    asked = {
        "task": request.task,
        "initial_prompt": request.prompt,
        "hotwords": request.hotwords,
        "batch_size": request.batch_size or 1,
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

"""The faster-whisper recognizer: Whisper through CTranslate2, batched, with word times."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, replace
from importlib import metadata
from pathlib import Path
from typing import Any

from .. import hub
from ..devices import DeviceManager, Lease, MemoryEstimate, ModelHandleBase, Placement
from ..devices.cuda_libraries import missing_cublas, must_compile
from ..devices.device import CPU, MB
from ..devices.failures import OTHER, failure_of
from ..devices.probe import CudaDriver
from ..errors import ModelError, UsageError
from ..media.part import clock
from ..media.vad import FAINT, speech_in
from ..media.waveform import Waveform
from ..plugin.roles import Recognition, RecognitionRequest, RecognizerSettings
from ..system.arguments import named
from ..system.fingerprint import digest_of, fingerprint
from ..system.host import usable_cores
from ..system.progress import Progress
from ..transcript import Removed
from .batch_recognizer import BatchRecognizer
from .batches import BatchedRecognition
from .language import tell_not_english
from .model_shape import ModelShape, shape_of
from .models import FILES, NAME, LocatedModel, locate
from .saved_batches import SavedBatches
from .windows import Span
from .words import in_speech

log = logging.getLogger(__name__)

KINDS = ("cuda", "cpu")
PRECISIONS = {
    "cuda": ("float16", "int8_float16", "int8_float32", "float32"),
    "cpu": ("int8", "int8_float32", "float32"),
}
WIDTH = {"float32": 2.0, "float16": 1.0, "int8": 0.5, "int8_float16": 0.5, "int8_float32": 0.5}
"""Bytes of a loaded weight by compute type, for one of the file."""
SHORT_NUMBERS = ("float16", "bfloat16", "int8_float16", "int8_bfloat16")
"""Compute types whose activations are 16-bit numbers."""
PLANNED_TOKENS = 220
"""Length of the texts that memory is planned for: twice that of fast speech in 30 s. A window that repeats itself may
reach 448, but CTranslate2 drops those that are done from its batch; a limit here would change the words of others."""
TURBO_BYTES = 1700 * MB
"""What `auto` must find free on a GPU for large-v3-turbo: in 8 bits, one window at a time."""
CPU_WORKERS = 2
"""Parts of a batch that are recognized side by side on a CPU. Two workers of one thread each keep two cores as busy as
one of two threads does; beside a diarizer, the second one takes over the core that the diarizer leaves when it ends."""
MOST_SHOWN = 5
"""Passages that are named when what was recognized there is left out."""
TRIES = 20
"""How often CTranslate2 is asked to leave the device, 10 ms apart."""


@dataclass(frozen=True, slots=True)
class WhisperModelHandle(ModelHandleBase):
    """The handle with which the device manager loads a Whisper model; `size_bytes` is that of its weights file.

    `name` is what the user calls it, and `cache_dir` where it is cached: for the hint if it is damaged. `shape` is read
    from the file, unless it is given.
    """

    folder: Path
    size_bytes: int
    name: str = ""
    cache_dir: str | None = None
    shape: ModelShape | None = None

    stage = "recognizer"
    engine = "ctranslate2"
    kinds = KINDS
    precisions = PRECISIONS

    def sizes_on(self, kind: str) -> tuple[int, ...]:
        """Return the batch sizes to try: large ones on a GPU, small ones on a CPU, which gains nothing by them."""
        return (32, 16, 8, 4, 2, 1) if kind == "cuda" else (8, 4, 2, 1)

    @property
    def key(self) -> Hashable:
        """One model for each folder."""
        return NAME, str(self.folder)

    def need(self, kind: str, compute_type: str, batch_size: int) -> MemoryEstimate:
        """Estimate the memory from the weights file, which has 16-bit numbers in published conversions, and its shape.

        The peaks that faster-whisper's authors give for a GPU include a context of 300 to 600 MB, which is no longer
        free when this is asked: large-v2 in float16 4525 MB, with batches of 8 6090 MB (its README); turbo 2537 MB,
        with batches of 80 19000 MB (its issue 1257).
        """
        weights = self.size_bytes * WIDTH.get(compute_type, 1.0)
        once = 0.2 * self.size_bytes + (300 * MB if kind == "cuda" else 0)
        shape = self.shape or shape_of(self.folder / "model.bin")
        if shape is None:
            window = 100 * MB + 0.06 * self.size_bytes
        else:
            window = shape.window_bytes(2 if compute_type in SHORT_NUMBERS else 4, PLANNED_TOKENS)
        return MemoryEstimate(round(weights), round(once + batch_size * window))

    def load(self, placement: Placement) -> Any:
        """Load faster-whisper's WhisperModel; raises ModelError for files that cannot be read."""
        from faster_whisper import WhisperModel

        if placement.device.kind == "cuda":
            missing_cublas()  # loads it, in a child process, too
            _announce_compilation(placement.device.index)
        workers = min(CPU_WORKERS, usable_cores()) if placement.device == CPU else 1
        try:
            return WhisperModel(
                str(self.folder),
                device=placement.device.kind,
                device_index=placement.device.index,
                compute_type=placement.compute_type,
                cpu_threads=max(1, min(placement.threads, usable_cores() // workers)),
                num_workers=workers,
                local_files_only=True,
            )
        except Exception as error:  # CTranslate2 and tokenizers raise bare RuntimeError and Exception
            if failure_of(error) != OTHER:
                raise  # the files are intact: the manager falls back
            raise hub.damage({self.name: self.folder}, self.cache_dir) or ModelError(
                f"The model in {self.folder.name} cannot be loaded ({str(error).splitlines()[0]}); "
                "its files may be damaged: fetch or install it again."
            ) from error

    def unload(self, model: Any) -> None:
        """Have CTranslate2 free the memory."""
        model.model.unload_model()

    def to_host(self, model: Any) -> bool:
        """Offload the weights to host memory; return False if CTranslate2 keeps them on the device.

        It does nothing while a batch counts as active, as the last one still may for a moment.
        """
        for _ in range(TRIES):
            model.model.unload_model(to_cpu=True)
            if not model.model.model_is_loaded:
                return True
            time.sleep(0.01)
        return False

    def to_device(self, model: Any, placement: Placement) -> None:
        """Move the weights back to the device where they were."""
        model.model.load_model()


class FasterWhisper:
    """Recognize with faster-whisper's batched pipeline, in the speech that its voice activity detection finds."""

    name = NAME

    def __init__(self, settings: RecognizerSettings) -> None:
        self._settings = settings
        self._located: LocatedModel | None = None

    def prepare(self, devices: DeviceManager, progress: Progress) -> WhisperModelHandle:
        """Find or fetch the model, and return its handle."""
        if self._located is None:
            whisper_code(self._settings.language)
            device = devices.device_for(KINDS, WhisperModelHandle.stage, WhisperModelHandle.engine, TURBO_BYTES)
            self._located = locate(self._settings, device.kind, progress)
        name, folder = self._located.name, self._located.folder
        return WhisperModelHandle(folder, (folder / "model.bin").stat().st_size, name, self._settings.cache_dir)

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """Return the words of `waveform` and its language, detected unless the request names one."""
        handle = self.prepare(devices, progress)
        located = self._located
        assert located is not None

        speech = speech_in(waveform, progress, FAINT)
        recognition = BatchedRecognition(speech, waveform.duration)
        batches = SavedBatches(recognition, request.checkpoint, whisper_code(request.language))

        def work(lease: Lease) -> None:
            """Recognize in batches of the planned size; called again, go on after the last finished batch."""
            _check(batches.language, request.task, located, lease.model)
            if request.checkpoint is not None:
                batches.restore(_identity(located.folder, lease.placement, speech))
            recognize = BatchRecognizer(lease.model, waveform, speech, replace(request, language=batches.language))
            while batches.advance(recognize, lease.placement.batch_size):
                progress("recognition", recognition.until, waveform.duration)
            if not lease.model.model.is_multilingual:
                tell_not_english(recognition.words, located.name)

        devices.run(handle, work)
        progress("recognition", waveform.duration, waveform.duration)
        removed = recognition.removed
        words = in_speech(recognition.words, speech, removed)
        _tell_removed(removed, waveform.start)
        language = batches.language if words else request.language
        probability = batches.language_probability if words else None
        return Recognition(words, language, located.name, removed, probability)


def _tell_removed(removed: Sequence[Removed], start: float) -> None:
    """Say in one line which passages have no words because what Whisper found there could not be right.

    `start` is where their times begin in the recording.
    """
    if removed:
        shown = ", ".join(
            f"{clock(start + each.start)} to {clock(start + each.end)} ({each.reason})" for each in removed[:MOST_SHOWN]
        )
        more = f", and {len(removed) - MOST_SHOWN} more" if len(removed) > MOST_SHOWN else ""
        log.warning("Left out what was recognized at %s%s; a larger %s may help.", shown, more, named("model"))


def _identity(folder: Path, placement: Placement, speech: Sequence[Span]) -> dict[str, str]:
    """Return what changes the words besides the request, by its name in messages."""
    return {
        "model": " ".join(fingerprint(folder / name) for name in FILES if (folder / name).is_file()),
        "kind of device": placement.device.kind,
        "precision": placement.compute_type,
        "version of faster-whisper or CTranslate2": " ".join(map(metadata.version, ("faster-whisper", "ctranslate2"))),
        "voice activity": digest_of(json.dumps(speech)),
    }


def _announce_compilation(index: int) -> None:
    """Say what the first recognition on a recent GPU waits for."""
    capability = CudaDriver.capability(index)
    if capability is not None and must_compile(capability):
        log.info("CTranslate2 compiles its kernels for this GPU once, which takes about ten seconds.")


def whisper_code(language: str | None) -> str | None:
    """Return Whisper's own code of a language (jw for jv, zh for cmn); raises UsageError for one that it lacks."""
    import langcodes
    from faster_whisper.tokenizer import _LANGUAGE_CODES

    if language is None or language in _LANGUAGE_CODES:
        return language
    try:
        standard = langcodes.standardize_tag(language, macro=True)
    except ValueError:
        standard = ""
    found: list[str] = [code for code in _LANGUAGE_CODES if langcodes.standardize_tag(code) == standard]
    if not found:
        raise UsageError(f"Whisper does not support the language {language!r}; give a code such as en, de, fr or zh.")
    return found[0]


def _check(language: str | None, task: str, located: LocatedModel, model: Any) -> None:
    """Raise UsageError for a language other than English, and for translation, by an English model."""
    if not model.model.is_multilingual and (language or "en") != "en":
        raise UsageError(
            f"Model {located.name} supports only English, not {language!r}; "
            f"choose a multilingual one, such as base or small, with {named('model')}."
        )
    if not model.model.is_multilingual and task == "translate":
        raise UsageError(f"Model {located.name} supports only English; choose a multilingual one to translate.")

"""Stages that are built when they are first used: the arguments of `recognize`, `diarize` and `align`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast

from .roles import Aligner, AlignerSettings, Diarizer, DiarizerSettings, Recognizer, RecognizerSettings

if TYPE_CHECKING:
    from ..devices import DeviceManager, ModelHandle
    from ..media.waveform import Waveform
    from ..system.progress import Progress
    from ..transcript import Diarization, Word
    from .roles import DiarizationRequest, Recognition, RecognitionRequest

Stage = TypeVar("Stage", Recognizer, Diarizer, Aligner)
Settings = TypeVar("Settings", RecognizerSettings, DiarizerSettings, AlignerSettings)


class Lazy(Generic[Stage, Settings]):
    """A stage for one recording, not built yet; `settings` are those it would be built with.

    `name` is its name in the options (possibly "auto"), and its own once it is built. With an `answer` of a plugin,
    it returns that and is never built.
    """

    role, hook, work = "", "", ""
    """Its role, the hook that can replace it, and the name of its stage in progress events."""

    answer: Any = None

    def __init__(
        self, name: str, settings: Settings, build: Callable[[], Stage], prepare: Callable[[Stage], object]
    ) -> None:
        self.settings: Settings = settings
        self._name = name
        self._build: Callable[[], Stage] = build
        self._prepare: Callable[[Stage], object] = prepare
        self._stage: Stage | None = None
        self._is_loaded = False

    @property
    def name(self) -> str:
        """The name in the options, or of the built stage."""
        return self._name if self._stage is None else self._stage.name

    def built(self) -> Stage:
        """Build the stage if needed, and return it."""
        if self._stage is None:
            self._stage = self._build()
        return self._stage

    def loaded(self) -> Stage:
        """Return the stage, which the caller has prepared for this recording."""
        self._is_loaded = True
        return self.built()

    def ready(self) -> Stage:
        """Build, download and load the stage if needed, and return it."""
        if not self._is_loaded:
            self._prepare(self.built())
        return self.loaded()

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or download what the stage needs."""
        return self.built().prepare(devices, progress)


class LazyRecognizer(Lazy[Recognizer, RecognizerSettings]):
    """The chosen recognizer."""

    role, hook, work = "recognizer", "recognize", "recognition"

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """Build, load and run the stage."""
        if self.answer is not None:
            return cast("Recognition", self.answer)
        return self.ready().recognize(waveform, request, devices, progress)


class LazyDiarizer(Lazy[Diarizer, DiarizerSettings]):
    """The chosen diarizer."""

    role, hook, work = "diarizer", "diarize", "diarization"

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Build, load and run the stage."""
        if self.answer is not None:
            return cast("Diarization", self.answer)
        return self.ready().diarize(waveform, request, devices, progress)


class LazyAligner(Lazy[Aligner, AlignerSettings]):
    """The chosen aligner."""

    role, hook, work = "aligner", "align", "alignment"

    def align(
        self,
        waveform: Waveform,
        words: tuple[Word, ...],
        language: str | None,
        devices: DeviceManager,
        progress: Progress,
    ) -> tuple[Word, ...]:
        """Build, load and run the stage."""
        return self.ready().align(waveform, words, language, devices, progress)

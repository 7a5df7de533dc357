"""What a recognizer, a diarizer and an aligner look like: the roles, what they are asked and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..system.progress import Progress
from ..transcript import Diarization, Word

if TYPE_CHECKING:
    from ..devices import DeviceManager, ModelHandle
    from ..waveform import Waveform


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """What to recognize: the options of one run, the same for every recognizer."""

    language: str | None = None
    task: str = "transcribe"
    prompt: str | None = None
    hotwords: str | None = None
    batch_size: int | None = None


@dataclass(frozen=True, slots=True)
class Recognition:
    """What was recognized: words in spoken order, the language, and the model that was really used.

    `model` is None for words that a host recognized itself.
    """

    words: tuple[Word, ...]
    language: str | None
    model: str | None


@dataclass(frozen=True, slots=True)
class DiarizationRequest:
    """How many speakers to look for; None leaves the number to the diarizer.

    With `keep_artifacts` the diarization brings along what the diarizer computed on the way, if it can.
    """

    num_speakers: int | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    keep_artifacts: bool = False


@dataclass(frozen=True, slots=True)
class ModelRegistration:
    """Offer a recognition model that needs no network; `recognizer` names the one that runs it.

    `locate` returns its folder; it may join or verify files first, and raises ModelError when they are damaged.
    `languages` are the codes that it understands, None for any; of two that serve, `auto` takes the one of higher
    `rank`. `plugin` is filled in by the manager.
    """

    name: str
    recognizer: str
    locate: Callable[[], Path]
    languages: tuple[str, ...] | None = None
    rank: int = 0
    description: str = ""
    plugin: str = ""


@dataclass(frozen=True, slots=True)
class RecognizerSettings:
    """How to build a recognizer: the model (a name, a folder or "auto"), precision, whether to stay offline.

    `models` are those that plugins offer; `cache_dir` is where downloads are kept, None for the hub's own place.
    """

    model: str = "auto"
    language: str | None = None
    compute_type: str | None = None
    offline: bool = False
    models: tuple[ModelRegistration, ...] = ()
    token: str | None = field(default=None, repr=False)
    cache_dir: str | None = None


@dataclass(frozen=True, slots=True)
class DiarizerSettings:
    """How to build a diarizer: a token for the hub and whether to stay offline.

    `source` is what a diarizer for many pipelines is to load: a hub id, a folder, or a pipeline's configuration;
    `revision` is the hub's, `cache_dir` where downloads are kept (None for the hub's own place). `parameters` are what
    --diarizer-param said, by names that the registration lists or, of pyannote's pipelines, dotted ones such as
    clustering.threshold; their values are numbers, booleans or texts. `step_s` is the distance of the windows that are
    segmented, in seconds. With `trust_model` the files of a model may run anything; `classes` are those that they may
    name without it, for plugins registered them.
    """

    source: str | Mapping[str, Any] = ""
    token: str | None = field(default=None, repr=False)
    offline: bool = False
    revision: str | None = None
    cache_dir: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    step_s: float | None = None
    trust_model: bool = False
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AlignerSettings:
    """How to build an aligner: the model (a name or a folder, None for its own), the language if it is known."""

    model: str | None = None
    language: str | None = None
    offline: bool = False
    cache_dir: str | None = None


class Recognizer(Protocol):
    """Turns a waveform into words. Built by a factory that a plugin registers."""

    @property
    def name(self) -> str:
        """What transcripts and messages call it."""

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or fetch what is needed, and say what will be held: places are planned for all stages at once."""

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """The words of `waveform`, with times; everything is computed before this returns."""


class Diarizer(Protocol):
    """Turns a waveform into speaker turns. Built by a factory that a plugin registers."""

    @property
    def name(self) -> str:
        """What transcripts and messages call it."""

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or fetch what is needed, and say what will be held: places are planned for all stages at once."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Regular and exclusive turns of `waveform`."""


class Aligner(Protocol):
    """Gives recognized words better times. Built by a factory that a plugin registers."""

    @property
    def name(self) -> str:
        """What transcripts and messages call it."""

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or fetch what is needed, before any work is done."""

    def align(
        self,
        waveform: Waveform,
        words: tuple[Word, ...],
        language: str | None,
        devices: DeviceManager,
        progress: Progress,
    ) -> tuple[Word, ...]:
        """The same words, all of which have times, in the same order and with the same text, with better times."""

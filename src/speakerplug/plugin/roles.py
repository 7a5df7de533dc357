"""The roles of recognizer, diarizer and aligner: their protocols, requests and results."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..system.progress import Progress
from ..transcript import Diarization, Removed, Word

if TYPE_CHECKING:
    from ..devices import DeviceManager, ModelHandle
    from ..media.waveform import Waveform


class StageCheckpoint(Protocol):
    """Progress of one stage on one recording, kept in a file from one run to the next.

    A stage appends a record whenever it has got further, and goes on after the last one when the same command runs
    again. It is given back only for the same recording, options, plugins and version of SpeakerPlug. What only the
    stage knows (the files of its model, the kind of its device) belongs into its first record, `{"work": ...}`, which
    it compares; that record alone is no progress. Never save a speaker embedding or a token.
    """

    def saved(self) -> Sequence[Mapping[str, Any]]:
        """Return the records of this and of interrupted runs of the same work, in order; empty for a new one."""

    def save(self, record: Mapping[str, Any]) -> None:
        """Append a record (what JSON can hold); it outlasts this process when this returns.

        Thread-safe. On a full disk it does nothing: the stage goes on, and cannot be resumed from here.
        """


@dataclass(frozen=True, slots=True)
class RecognitionRequest:
    """What to recognize: the options of one run, the same for every recognizer.

    A recognizer may save its progress to the `checkpoint`, if there is one, and go on from there.
    """

    language: str | None = None
    task: str = "transcribe"
    prompt: str | None = None
    hotwords: str | None = None
    batch_size: int | None = None
    checkpoint: StageCheckpoint | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Recognition:
    """The result of a recognizer: words in spoken order, the language, and the model that was used.

    `model` is None for words that the host recognized itself. `removed` are the passages whose text was left out.
    `language_probability` (0 to 1) is that of a language that was detected; None for one that was given.
    """

    words: tuple[Word, ...]
    language: str | None
    model: str | None
    removed: tuple[Removed, ...] = ()
    language_probability: float | None = None


@dataclass(frozen=True, slots=True)
class DiarizationRequest:
    """How many speakers to find; None leaves the number to the diarizer.

    With `keep_artifacts` the diarization includes the diarizer's intermediate results, if it supports that. A diarizer
    may save its progress to the `checkpoint`, if there is one, and go on from there.
    """

    num_speakers: int | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    keep_artifacts: bool = False
    checkpoint: StageCheckpoint | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class ModelRegistration:
    """A recognition model that needs no network; `recognizer` is the name of the one that runs it.

    `locate` returns its folder; it may join or verify files first, and raises ModelError if they are damaged.
    `languages` are the codes that it supports, None for any; of several suitable models, `auto` takes the one of the
    highest `rank`. `plugin` is filled in by the plugin manager.
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

    `models` are those that plugins registered; `cache_dir` is the folder for downloads, None for the hub's own.
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

    `source` is the pipeline to load, if the diarizer supports several: a hub id, a folder, or a configuration;
    `revision` is the hub's, `cache_dir` the folder for downloads (None for the hub's own). `parameters` are those of
    --diarizer-param, by names that the registration lists or, for pyannote's pipelines, dotted ones such as
    clustering.threshold; their values are numbers, booleans or strings. `step_s` is the step of the segmentation
    windows, in seconds. With `exact` a diarizer computes as pyannote's own pipeline does, even if it has a quicker way.
    With `trust_model` the files of a model may run any code; without it they may refer to `classes` only, which plugins
    registered.
    """

    source: str | Mapping[str, Any] = ""
    token: str | None = field(default=None, repr=False)
    offline: bool = False
    revision: str | None = None
    cache_dir: str | None = None
    parameters: Mapping[str, Any] = field(default_factory=dict)
    step_s: float | None = None
    trust_model: bool = False
    exact: bool = False
    classes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class AlignerSettings:
    """How to build an aligner: the model (a name or a folder, None for its default), the language if it is known."""

    model: str | None = None
    language: str | None = None
    offline: bool = False
    cache_dir: str | None = None


class Recognizer(Protocol):
    """Turns a waveform into words; built by the factory of its registration."""

    @property
    def name(self) -> str:
        """The name of the recognizer in transcripts and messages."""

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or download the model, and return its handle: devices are planned for all stages together."""

    def recognize(
        self, waveform: Waveform, request: RecognitionRequest, devices: DeviceManager, progress: Progress
    ) -> Recognition:
        """Return the words of `waveform`, with times; nothing is computed lazily."""


class Diarizer(Protocol):
    """Turns a waveform into speaker turns; built by the factory of its registration."""

    @property
    def name(self) -> str:
        """The name of the diarizer in transcripts and messages."""

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or download the model, and return its handle: devices are planned for all stages together."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: DeviceManager, progress: Progress
    ) -> Diarization:
        """Return the regular and exclusive turns of `waveform`."""


class Aligner(Protocol):
    """Refines the times of recognized words; built by the factory of its registration."""

    @property
    def name(self) -> str:
        """The name of the aligner in transcripts and messages."""

    def prepare(self, devices: DeviceManager, progress: Progress) -> ModelHandle | None:
        """Find or download the model, and return its handle."""

    def align(
        self,
        waveform: Waveform,
        words: tuple[Word, ...],
        language: str | None,
        devices: DeviceManager,
        progress: Progress,
    ) -> tuple[Word, ...]:
        """Return the same words, all with times, in the same order and with the same text, with better times."""

"""What a user can ask for, as one value: checked when it is made."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from numbers import Integral, Real
from typing import Any, TypedDict

from ..devices import DeviceOptions, read_device_options
from ..errors import UsageError, shown
from ..plugin.roles import AlignerSettings, DiarizationRequest, Diarizer, DiarizerSettings, RecognitionRequest

TASKS = ("transcribe", "translate")
CHANNELS = ("mix", "speakers", "auto")
KINDS: Mapping[str, tuple[Any, str]] = {
    "bool": (bool, "True or False"),  # a text such as "false" would be taken for a yes
    "int": (Integral, "a whole number"),
    "float": (Real, "a number"),
    "str": ((str, os.PathLike), "a text"),
}
"""What a value must be, by the type of its option."""


class TranscribeOptions(TypedDict, total=False):
    """The options as keywords, for type checkers: those of `Options`, which says what they mean."""

    recognizer: str | None
    model: str
    language: str | None
    task: str
    prompt: str | None
    hotwords: str | None
    batch_size: int | None
    channels: str
    aligner: str | None
    aligner_model: str | None
    diarizer: str | Mapping[str, Any] | Diarizer | None
    num_speakers: int | None
    min_speakers: int | None
    max_speakers: int | None
    diarizer_batch_size: int | None
    diarizer_params: Mapping[str, Any]
    segmentation_step: float | None
    trust_model: bool
    revision: str | None
    device: str | None
    recognizer_device: str | None
    diarizer_device: str | None
    aligner_device: str | None
    compute_type: str | None
    concurrency: str | None
    memory_limit: str | None
    isolate: bool
    token: str | None
    cache_dir: str | None
    offline: bool
    artifacts: str | None
    timings: bool


def _refuse_unknown(names: Iterable[str]) -> None:
    """Raise UsageError for a name that is no option, with the one that it may be meant for."""
    known = [option.name for option in fields(Options)]
    for name in names:
        if name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            remedy = f"did you mean {close[0]}?" if close else f"choose of: {', '.join(known)}."
            raise UsageError(f"There is no option {name}; {remedy}")


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a transcription; the names are those of the command line.

    `diarizer` is a registered name, a hub id, a folder, a pyannote configuration, a Diarizer, auto, or None for
    words without speakers; a `recognizer` of None gives turns without words. `channels` says whether channels are mixed
    (mix), are one speaker each, without a diarizer (speakers), or either, as they sound (auto). An `aligner` gives the
    words better times. `artifacts` is a folder for what the
    diarizer computes on the way; `timings` asks for the seconds of each step. Of devices and precision, what is None
    is read from the environment (SPEAKERPLUG_DEVICE and so on), else planned. With `trust_model` the files of a
    diarizer may run anything, with your rights: it is for who made them. Raises UsageError for values that cannot be
    meant.
    """

    recognizer: str | None = "faster-whisper"
    model: str = "auto"
    language: str | None = None
    task: str = "transcribe"
    prompt: str | None = None
    hotwords: str | None = None
    batch_size: int | None = None
    channels: str = "mix"
    aligner: str | None = None
    aligner_model: str | None = None
    diarizer: str | Mapping[str, Any] | Diarizer | None = "auto"
    num_speakers: int | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    diarizer_batch_size: int | None = None
    diarizer_params: Mapping[str, Any] = field(default_factory=dict)
    segmentation_step: float | None = None
    trust_model: bool = False
    revision: str | None = None
    device: str | None = None
    recognizer_device: str | None = None
    diarizer_device: str | None = None
    aligner_device: str | None = None
    compute_type: str | None = None
    concurrency: str | None = None
    memory_limit: str | None = None
    isolate: bool = False
    token: str | None = field(default=None, repr=False)
    cache_dir: str | None = None
    offline: bool = False
    artifacts: str | None = None
    timings: bool = False

    def __new__(cls, *values: Any, **options: Any) -> Options:
        """Make the value; raises UsageError, where Python would raise TypeError, for an option that there is not."""
        _refuse_unknown(options)
        return object.__new__(cls)

    def __post_init__(self) -> None:
        for option in fields(self):
            _refuse_mistyped(option.name, str(option.type), getattr(self, option.name))
        if self.task not in TASKS:
            raise UsageError(f"There is no task {self.task!r}; choose {' or '.join(TASKS)}.")
        if self.channels not in CHANNELS:
            raise UsageError(f"There is no --channels {self.channels!r}; choose {', '.join(CHANNELS)}.")
        if self.channels == "speakers" and (self.num_speakers or self.min_speakers or self.max_speakers):
            raise UsageError("With --channels speakers there are as many speakers as channels; leave the number out.")
        if self.aligner is None and self.aligner_model is not None:
            raise UsageError("--aligner-model needs an aligner to use it; name one with --aligner.")
        if self.recognizer is None and self.diarizer is None and self.channels != "speakers":
            raise UsageError("Neither words nor speakers are asked for; name a recognizer or a diarizer.")
        self._refuse_impossible_numbers()

    def _refuse_impossible_numbers(self) -> None:
        for name in ("batch_size", "diarizer_batch_size", "num_speakers", "min_speakers", "max_speakers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"--{name.replace('_', '-')} is {value}; it must be at least 1.")
        low, exact, high = self.min_speakers, self.num_speakers, self.max_speakers
        if low is not None and high is not None and low > high:
            raise UsageError(f"--min-speakers {low} is more than --max-speakers {high}; swap them or leave one out.")
        if exact is not None and ((low or exact) > exact or (high or exact) < exact):
            raise UsageError(f"--num-speakers {exact} contradicts the bounds; give either the number or the bounds.")

    @property
    def device_options(self) -> DeviceOptions:
        """What the device manager is to respect."""
        names = ("device", "recognizer_device", "diarizer_device", "compute_type", "batch_size", "diarizer_batch_size")
        given = {name: getattr(self, name) for name in (*names, "aligner_device", "concurrency", "memory_limit")}
        return read_device_options(given, ("recognizer", "diarizer", "aligner"))

    @property
    def recognition(self) -> RecognitionRequest:
        """What the recognizer is asked."""
        return RecognitionRequest(self.language, self.task, self.prompt, self.hotwords, self.batch_size)

    @property
    def diarization(self) -> DiarizationRequest:
        """What the diarizer is asked."""
        keep = self.artifacts is not None
        return DiarizationRequest(self.num_speakers, self.min_speakers, self.max_speakers, keep)

    @property
    def diarizer_settings(self) -> DiarizerSettings:
        """How the diarizer is to be built."""
        return DiarizerSettings(
            token=self.token,
            offline=self.offline,
            revision=self.revision,
            cache_dir=self.cache_dir,
            parameters=self.diarizer_params,
            step_s=self.segmentation_step,
            trust_model=self.trust_model,
        )

    @property
    def aligner_settings(self) -> AlignerSettings:
        """How the aligner is to be built."""
        return AlignerSettings(self.aligner_model, self.language, self.offline, self.cache_dir)


def _refuse_mistyped(name: str, annotation: str, value: Any) -> None:
    """Raise UsageError for a value of another type than a simple annotation, such as `int | None`, says."""
    wanted = annotation.removesuffix(" | None")
    if wanted not in KINDS or (value is None and wanted != annotation):
        return
    kind, said = KINDS[wanted]
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise UsageError(f"{name} is {shown(value)}; it must be {said}.")

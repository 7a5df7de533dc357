"""The options of a transcription as one frozen value, validated when it is made."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from types import MappingProxyType
from typing import Any, TypedDict

from ..devices import DeviceOptions, read_device_options
from ..errors import UsageError
from ..media.part import Part
from ..plugin.roles import AlignerSettings, DiarizationRequest, Diarizer, DiarizerSettings, RecognitionRequest
from ..system.arguments import insist_on, named, refuse_mistyped, refuse_unknown
from .option_texts import typed, variables

TASKS = ("transcribe", "translate")
CHANNELS = ("mix", "speakers", "auto")
NAMES = ("recognizer", "model", "aligner", "aligner_model", "diarizer", "revision", "cache_dir", "artifacts")
"""The options that name something and therefore must not be empty."""
STAGES = ("recognizer", "diarizer", "aligner")
"""The stages that a device is chosen for."""
STEPS_S = (0.1, 10.0)
"""The shortest and the longest step of segmentation windows; that of a pipeline is at most its window."""


class TranscribeOptions(TypedDict, total=False):
    """The options that `transcribe` and others take as keyword arguments, each described in `Options`."""

    recognizer: str | None
    model: str
    language: str | None
    task: str
    prompt: str | None
    hotwords: str | None
    batch_size: int | None
    audio_track: int | str | None
    start: float | str | None
    end: float | str | None
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
    exact: bool
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


@dataclass(frozen=True, slots=True)
class Options:
    """The options of a transcription, validated when the value is made.

    They are named like the options of the command line, except for `token` (`--hf-token`) and `diarizer_params`
    (`--diarizer-param`). Batch sizes, devices, precision, concurrency and the memory limit are read from the
    environment where they are None (SPEAKERPLUG_DEVICE and so on), and planned where they are not set there either.
    Raises UsageError for unknown options, invalid values and contradictory combinations.

    Attributes:
        recognizer: Name of a registered recognizer. None gives turns without words.
        model: Model of the recognizer: a name such as `small`, a hub id, a folder, or `auto` for the best one here.
        language: Language code of the recording, such as `en`. None detects it.
        task: `transcribe`, or `translate` to translate the words into English.
        prompt: Text that precedes the recording, to set style and spelling.
        hotwords: Names and terms that the recognizer should expect.
        batch_size: Speech segments per batch of the recognizer.
        audio_track: Which audio track of a file to take: its number, from 1, or its language, such as `en`. None takes
            the best one that has speech, in `language` if there is one.
        start: Where in the recording to start: seconds, or a text such as `2:30` or `00:02:30.5`. Only the part from
            `start` to `end` is decoded; times in the result are those of the recording. None starts at its beginning.
        end: Where to end, likewise. None goes to the end of the recording.
        channels: `mix` mixes all channels and then diarizes, `speakers` takes each channel as one speaker, without a
            diarizer, and `auto` decides from the audio.
        aligner: Name of a registered aligner, which gives the words more accurate times. None leaves them as they are.
        aligner_model: Model of the aligner: a name or a folder. None takes the aligner's own.
        diarizer: A registered name, several separated by commas, a hub id, a folder, a pyannote configuration, a
            `Diarizer`, or `auto` for the best one here. None gives words without speakers.
        num_speakers: Number of speakers. None estimates it.
        min_speakers: Lower bound on the estimated number of speakers.
        max_speakers: Upper bound on the estimated number of speakers.
        diarizer_batch_size: Windows per batch, of segmentation and of speaker embedding.
        diarizer_params: Parameters of the diarization pipeline by name, such as `{"clustering.threshold": 0.65}`.
        segmentation_step: Step between segmentation windows in seconds, from 0.1 to 10. None takes the pipeline's own.
        exact: Diarize with pyannote's own pipeline where a diarizer, such as the bundled one, has a quicker way.
        trust_model: Let the files of a diarizer run arbitrary code with your rights: use it only for files whose
            author you trust.
        revision: Branch, tag or commit of the diarizer on the hub.
        device: Device for all stages: `auto`, `cpu`, `cuda`, `cuda:1` or `mps`.
        recognizer_device: Device for the recognizer.
        diarizer_device: Device for the diarizer.
        aligner_device: Device for the aligner.
        compute_type: Precision of the recognizer, such as `int8` or `float16`.
        concurrency: Whether recognition and diarization run concurrently: `auto`, `on` or `off`.
        memory_limit: The most memory to use of each GPU, such as `6GB`.
        isolate: Run each stage in a child process, which frees all its memory when it ends.
        token: Access token for the model hub. None takes that of the hub's login, or HF_TOKEN.
        cache_dir: Folder for downloaded models. None takes the hub's cache.
        offline: Never access the network; a model that is missing is an error.
        artifacts: Folder for the intermediate results of the diarizer. None saves none.
        timings: Measure the seconds of each stage and step, for `Provenance.timings`.
    """

    recognizer: str | None = "faster-whisper"
    model: str = "auto"
    language: str | None = None
    task: str = "transcribe"
    prompt: str | None = None
    hotwords: str | None = None
    batch_size: int | None = None
    audio_track: int | str | None = None
    start: float | str | None = None
    end: float | str | None = None
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
    exact: bool = False
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
        """Raise UsageError, where Python would raise TypeError, for an unknown option."""
        refuse_unknown(options, cls, "option")
        return object.__new__(cls)

    @classmethod
    def from_texts(cls, texts: Mapping[str, str] = MappingProxyType({}), **others: Any) -> Options:
        """Return the options that texts hold, such as {"num_speakers": "2"}: for plugins of other programs.

        Where `texts` have none, the variables of the command line count: SPEAKERPLUG_MODEL and so on. `others` are
        values that take precedence over both. Raises UsageError as `Options` does, and for an option that no text sets,
        such as `trust_model`.
        """
        kinds = {field.name: str(field.type) for field in fields(cls)}
        held = typed(variables(kinds, os.environ), kinds, are_variables=True)
        return cls(**{**held, **typed(texts, kinds), **others})

    def __post_init__(self) -> None:
        refuse_mistyped(self)
        if self.language is not None:
            from ..formats.languages import language_code

            # What is no language stays, for the recognizer to refuse.
            object.__setattr__(self, "language", language_code(self.language) or self.language)
        self._refuse_empty_names()
        object.__setattr__(self, "audio_track", track_of(self.audio_track))
        _ = self.part  # validates it
        if self.task not in TASKS:
            raise UsageError(f"There is no task {self.task!r}; choose {' or '.join(TASKS)}.")
        if self.channels not in CHANNELS:
            raise UsageError(f"There is no {named('channels')} {self.channels!r}; choose {', '.join(CHANNELS)}.")
        if self.channels == "speakers" and (self.num_speakers or self.min_speakers or self.max_speakers):
            raise UsageError(
                f"With {named('channels')} speakers there are as many speakers as channels; leave the number out."
            )
        if self.aligner is None and self.aligner_model is not None:
            raise UsageError(f"{named('aligner_model')} needs an aligner to use it; name one with {named('aligner')}.")
        if self.recognizer is None and self.diarizer is None and self.channels != "speakers":
            raise UsageError("Neither words nor speakers are asked for; name a recognizer or a diarizer.")
        self._refuse_impossible_numbers()

    def _refuse_empty_names(self) -> None:
        for name in NAMES:
            value = getattr(self, name)
            if isinstance(value, (str, list, dict)) and not (value.strip() if isinstance(value, str) else value):
                raise UsageError(f"{named(name)} is empty; name one, or leave the option out.")
        if not isinstance(self.diarizer, (str, Mapping)):
            accepted = "a name, a hub id, a folder as a text, a pyannote configuration, a Diarizer, or None"
            insist_on("diarizer", self.diarizer, "diarize", accepted)

    def _refuse_impossible_numbers(self) -> None:
        for name in ("batch_size", "diarizer_batch_size", "num_speakers", "min_speakers", "max_speakers"):
            value = getattr(self, name)
            if value is not None and value < 1:
                raise UsageError(f"{named(name)} is {value}; it must be at least 1.")
        step_s, (shortest, longest) = self.segmentation_step, STEPS_S
        if step_s is not None and not shortest <= step_s <= longest:
            step = f"{named('segmentation_step')} is {step_s:g}"
            raise UsageError(f"{step}; it must be from {shortest:g} to {longest:g} seconds.")
        if self.diarizer is None and (self.num_speakers or self.min_speakers or self.max_speakers):
            raise UsageError(
                "Without a diarizer there is no number of speakers to set; leave it out, or name a diarizer."
            )
        low, exact, high = self.min_speakers, self.num_speakers, self.max_speakers
        if low is not None and high is not None and low > high:
            bounds = f"{named('min_speakers')} {low} is more than {named('max_speakers')} {high}"
            raise UsageError(f"{bounds}; swap them or leave one out.")
        if exact is not None and ((low or exact) > exact or (high or exact) < exact):
            raise UsageError(
                f"{named('num_speakers')} {exact} contradicts the bounds; give either the number or the bounds."
            )

    @property
    def part(self) -> Part:
        """The part of the recording that is wanted."""
        return Part.of(self.start, self.end)

    @property
    def device_options(self) -> DeviceOptions:
        """The options for the device manager."""
        names = ("device", "recognizer_device", "diarizer_device", "compute_type", "batch_size", "diarizer_batch_size")
        given = {name: getattr(self, name) for name in (*names, "aligner_device", "concurrency", "memory_limit")}
        return read_device_options(given, STAGES)

    @property
    def recognition(self) -> RecognitionRequest:
        """The request for the recognizer."""
        return RecognitionRequest(self.language, self.task, self.prompt, self.hotwords, self.batch_size)

    @property
    def diarization(self) -> DiarizationRequest:
        """The request for the diarizer."""
        keep = self.artifacts is not None
        return DiarizationRequest(self.num_speakers, self.min_speakers, self.max_speakers, keep)

    @property
    def diarizer_settings(self) -> DiarizerSettings:
        """The settings with which to build the diarizer."""
        return DiarizerSettings(
            token=self.token,
            offline=self.offline,
            revision=self.revision,
            cache_dir=self.cache_dir,
            parameters=self.diarizer_params,
            step_s=self.segmentation_step,
            trust_model=self.trust_model,
            exact=self.exact,
        )

    @property
    def aligner_settings(self) -> AlignerSettings:
        """The settings with which to build the aligner."""
        return AlignerSettings(self.aligner_model, self.language, self.offline, self.cache_dir)


def track_of(value: int | str | None) -> int | str | None:
    """Return the number of an audio track, or the code of its language; raises UsageError for what is neither."""
    from ..formats.languages import language_code

    if value is None:
        return None
    is_number = isinstance(value, str) and value.strip().isdecimal() and len(value) < 10
    wanted = int(value) if is_number else value
    track = language_code(wanted) if isinstance(wanted, str) else wanted
    if track is None or (isinstance(track, int) and track < 1):
        raise UsageError(
            f"{named('audio_track')} is {value!r:.80}; give the number of a track, from 1, or its language, such as en."
        )
    return track

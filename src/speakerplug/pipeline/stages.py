"""The stages of one call: decode, ask plugins, build, load and run, each with its start and end reported."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import Any, TypeVar

from ..attribution import exclusive_of
from ..devices import DeviceManager
from ..diarizers.artifacts import keep_artifacts
from ..errors import UsageError
from ..media.recording import Recording
from ..media.vad import speech_in
from ..media.waveform import Waveform
from ..plugin.guard import naming
from ..plugin.lazy import LazyAligner, LazyDiarizer, LazyRecognizer
from ..plugin.manager import Plugins
from ..plugin.roles import (
    Aligner,
    DiarizationRequest,
    Diarizer,
    Recognition,
    RecognitionRequest,
    Recognizer,
    StageCheckpoint,
)
from ..plugin.validation import admitted_diarization, admitted_recognition
from ..system.progress import Progress
from ..transcript import Diarization, Word
from .align import align
from .build import Built, diarizer_name, make_aligner, make_diarizer, make_recognizer, recognizer_settings
from .checkpoint import Checkpoint, works_of
from .concurrent import run_concurrently
from .detected_language import tell_unsure_language
from .moved import with_moved_artifacts
from .multichannel.select import AUTO, MIX, SPEAKERS, are_speakers, hint_at_speakers, separate
from .multichannel.transcribe import Channels
from .numbered_speakers import numbered_speakers
from .options import Options
from .preflight import fetch_and_plan, load, prepare
from .progress import Run

LazyStage = TypeVar("LazyStage", LazyRecognizer, LazyDiarizer)

log = logging.getLogger(__name__)


@dataclass(eq=False)
class Stages:
    """The stages that options name, for one call: `run` reports their progress, `built` is shared with other calls.

    `recognized` is the recognition so far, with its audio; `recording` is what is decoded. `checkpoints` are those of
    the stages, by name, once the `checkpoint` of the call was opened. A `request` for the diarizer replaces that of the
    options.
    """

    options: Options
    plugins: Plugins
    devices: DeviceManager
    built: Built
    run: Run
    recognized: tuple[Waveform, Recognition] | None = None
    recording: Recording | None = None
    _planned: list[LazyRecognizer | LazyDiarizer] = field(default_factory=list)
    checkpoint: Checkpoint | None = None
    checkpoints: Mapping[str, StageCheckpoint] = field(default_factory=dict)
    request: DiarizationRequest | None = None

    def mono(self, recording: Recording) -> Waveform:
        """Return the audio of a recording as mono, decoded once; samples are used as they are."""
        with self._decoding(recording) as progress:
            return recording.mono(progress)

    def mixed(self, recording: Recording) -> Waveform:
        """Return the same as `mono`, and log a hint if the channels look like separate speakers and are mixed."""
        with self._decoding(recording) as progress:
            waveform = recording.mono(progress)
            if self.options.channels == MIX:
                hint_at_speakers(recording, speech_in, progress)
        return waveform

    def are_speakers(self, recording: Recording) -> bool:
        """Return whether each channel is one speaker, as the options say, or judging by the audio for auto."""
        recording.require_audio()  # before a stage is chosen and announced
        if self.options.channels != AUTO:
            return self.options.channels == SPEAKERS
        with self._decoding(recording) as progress:
            return are_speakers(recording, speech_in, progress)

    def _decoding(self, recording: Recording) -> AbstractContextManager[Progress]:
        """Report the stage, if there is anything to decode."""
        return nullcontext(lambda *_: None) if recording.is_decoded else self.run.stage("decoding")

    def channels(self, recording: Recording) -> Channels:
        """Return the channels of a recording, and who speaks when in them."""
        with self.run.stage("decoding") as progress:
            waveforms = separate(recording, progress)
        with self.run.stage("diarization") as progress:
            return Channels.of(waveforms, speech_in, progress)

    def recognizer(self) -> LazyRecognizer:
        """Return the recognizer for one recording, built immediately unless a plugin could answer in its place."""
        settings = recognizer_settings(self.options, self.plugins)
        make = partial(make_recognizer, self.options, self.plugins)
        build = partial(self.built.once, "recognizer", make)
        return self._built_unless_asked(LazyRecognizer(self.options.recognizer or "", settings, build, self._load))

    def diarizer(self) -> LazyDiarizer:
        """Return the diarizer for one recording, built immediately unless a plugin could answer in its place.

        Raises UsageError if the options name none.
        """
        if self.options.diarizer is None:
            raise UsageError("diarizer=None is for words without speakers; name a diarizer, or leave it out for auto.")

        def make() -> Diarizer:
            """Choose and build it."""
            with self.run.stage("loading") as progress:  # auto may fetch a pipeline to see whether it is available
                return make_diarizer(self.options, self.plugins, progress)

        name, build = diarizer_name(self.options.diarizer), partial(self.built.once, "diarizer", make)
        return self._built_unless_asked(LazyDiarizer(name, self.options.diarizer_settings, build, self._load))

    def _built_unless_asked(self, stage: LazyStage) -> LazyStage:
        if not self.plugins.answers(stage.hook):
            stage.built()
        return stage

    @cached_property
    def aligner(self) -> LazyAligner | None:
        """The aligner for this call, if the options name one."""
        if self.options.aligner is None:
            return None

        def load(aligner: Aligner) -> None:
            """Find or fetch what it needs; it runs after the other stages, and is planned then."""
            with self.run.stage("loading") as progress, naming(f"Aligner {aligner.name}"):
                aligner.prepare(self.devices, progress)

        build = partial(self.built.once, "aligner", partial(make_aligner, self.options, self.plugins))
        return LazyAligner(self.options.aligner, self.options.aligner_settings, build, load)

    def begin(self, recording: Recording, *stages: LazyRecognizer | LazyDiarizer) -> tuple[Waveform, bool]:
        """Decode a recording while the stages are loaded; return its audio, and what `prepare` returns.

        A plugin that may answer for a stage is given the audio first. Errors of the recording come first, too.
        """
        is_asked = any(self.plugins.answers(stage.hook) for stage in stages)
        if is_asked or recording.is_decoded or self.devices.device_options.concurrency == "off":
            waveform = self.mixed(recording)
            return waveform, self.prepare(waveform, *stages)
        decode, prepare = partial(self.mixed, recording), partial(self._prepare, *stages)
        return run_concurrently(decode, prepare, True, stop=self.run.stop)

    def prepare(self, waveform: Waveform, *stages: LazyRecognizer | LazyDiarizer) -> bool:
        """Ask the plugins, then load the stages that none answers for; return whether these may run concurrently."""
        for stage in stages:
            if self.plugins.answers(stage.hook):
                with self.run.stage(stage.work) as progress:
                    self._ask(stage, waveform, self._request(stage), progress)
                if isinstance(stage, LazyRecognizer) and stage.answer is not None:
                    self.recognized = waveform, stage.answer
        return self._prepare(*stages)

    def _prepare(self, *stages: LazyRecognizer | LazyDiarizer) -> bool:
        if any(isinstance(stage, LazyRecognizer) for stage in stages):
            self.load_aligner()
        return self.load(*stages)

    def fetch(self) -> None:
        """Fetch what all stages of the options need, and plan their devices, before there is a recording.

        What a plugin may answer for is left out: there is no audio to ask it with.
        """
        wanted: list[LazyRecognizer | LazyDiarizer] = []
        wanted += [self.recognizer()] if self.options.recognizer is not None else []
        wanted += [self.diarizer()] if self.options.diarizer is not None and self.options.channels != SPEAKERS else []
        self.load_aligner()
        needed = [stage.built() for stage in wanted if not self.plugins.answers(stage.hook)]
        with self.run.stage("loading") as progress:
            fetch_and_plan(needed, self.devices, progress)

    def load(self, *stages: LazyRecognizer | LazyDiarizer) -> bool:
        """Fetch and load what the stages without an answer need; return whether these may run concurrently.

        A diarizer that may is planned, and loaded when it is used.
        """
        needed = [stage for stage in stages if stage.answer is None]
        if not needed:
            return False
        with self.run.stage("loading") as progress:
            prepared = prepare([stage.built() for stage in needed], self.devices, progress)
        for stage in needed[: prepared.loaded]:
            stage.loaded()
        self._planned.extend(needed[prepared.loaded :])
        return prepared.concurrent

    def _load(self, *stages: Recognizer | Diarizer) -> None:
        with self.run.stage("loading") as progress:
            prepare(stages, self.devices, progress)

    def _load_planned(self, stage: LazyDiarizer) -> None:
        """Load a diarizer that `load` left for later; if that fails, recognition ends, as it does before any work."""
        if stage not in self._planned:
            return
        try:
            with self.run.stage("loading") as progress:
                load(stage.built(), self.devices, progress)
        except BaseException:
            self.run.stop()
            raise
        stage.loaded()

    def load_aligner(self) -> None:
        """Prepare the aligner, if there is one, before any work is done; not if a plugin may answer in its place."""
        if self.aligner is not None and not self.plugins.answers("align"):
            self.aligner.ready()

    def open_checkpoint(self, recording: Recording, waveform: Waveform) -> None:
        """Open the checkpoint of the call, if there is one and the recording is a file that is long enough."""
        checkpoint, path = self.checkpoint, recording.path
        if checkpoint is None or path is None or waveform.duration <= checkpoint.after_s:
            return
        try:
            track = recording.track[0].number if recording.track is not None else 1
            works = works_of(path, self.options, self.plugins, self.built.name("diarizer"), track)
        except OSError as error:
            log.warning("%s cannot be read again (%s), so no checkpoint is saved.", path, error.strerror or error)
        else:
            self.checkpoints = checkpoint.open(works)

    def recognize(self, waveform: Waveform, recognizer: LazyRecognizer) -> Recognition:
        """Return the words of a waveform, from the recognizer or a plugin that wraps it."""
        request = replace(self.options.recognition, checkpoint=self.checkpoints.get("recognition"))
        with self.run.stage("recognition") as progress, self._naming(recognizer):
            recognition = self._recognize(recognizer, waveform, request, progress)
        self.recognized = waveform, recognition
        return recognition

    def recognize_channels(self, channels: Channels, recognizer: LazyRecognizer) -> list[Recognition]:
        """Return one recognition per channel; a plugin may answer for each."""

        def recognize(waveform: Waveform, language: str | None, progress: Progress) -> Recognition:
            """Return the words of one channel."""
            request = replace(self.options.recognition, language=language)
            self._ask(recognizer, waveform, request, progress)
            return self._recognize(recognizer, waveform, request, progress)

        with self.run.stage("recognition") as progress, self._naming(recognizer):
            parts = channels.recognize(recognize, self.options.language, progress)
        words = sorted((word for part in parts for word in part.words), key=lambda word: word.start or 0.0)
        self.recognized = channels.mix, replace(parts[0], words=tuple(words))
        return parts

    def _recognize(
        self, recognizer: LazyRecognizer, waveform: Waveform, request: RecognitionRequest, progress: Progress
    ) -> Recognition:
        answer = self.plugins.run("recognize", **self._arguments(recognizer, waveform, request, progress))
        recognition = admitted_recognition(answer, f"Recognizer {recognizer.name}", waveform.duration)
        tell_unsure_language(recognition)
        return recognition

    def diarize(self, waveform: Waveform, diarizer: LazyDiarizer) -> Diarization:
        """Return who speaks when, from the diarizer or a plugin that wraps it, refined by other plugins."""
        self._load_planned(diarizer)
        request = replace(self._diarization_request, checkpoint=self.checkpoints.get("diarization"))
        with self.run.stage("diarization") as progress, self._naming(diarizer):
            arguments = self._arguments(diarizer, waveform, request, progress)
            answer = self.plugins.run("diarize", **arguments)
            diarization = admitted_diarization(answer, f"Diarizer {diarizer.name}", waveform.duration)
        if diarization.turns and not diarization.exclusive:
            diarization = replace(diarization, exclusive=exclusive_of(diarization.turns), derived=True)
        if diarization.derived:
            log.info("%s returns no exclusive turns; they are derived from its regular turns.", diarizer.name)
        diarization = with_moved_artifacts(numbered_speakers(diarization), waveform.start)
        if self.options.artifacts is not None:
            keep_artifacts(diarization.artifacts, self.options.artifacts, waveform.name, diarizer.name)
        refined = self.plugins.refine("modify_diarization", diarization, waveform=waveform)
        kept = refined.exclusive == diarization.exclusive  # the tree is about the turns as they were
        return replace(refined, speaker_tree=diarization.speaker_tree if kept else None)

    def refine(self, waveform: Waveform, recognition: Recognition) -> tuple[Word, ...]:
        """Return the words with the times of the aligner, if there is one, refined by plugins."""
        words, language = recognition.words, recognition.language
        if self.aligner is not None:
            with self.run.stage("alignment") as progress:
                words = align(self.aligner, waveform, words, language, self.devices, progress, self.plugins)
        return self.plugins.refine("modify_words", words, waveform=waveform, language=language)

    def _ask(self, stage: LazyRecognizer | LazyDiarizer, waveform: Waveform, request: Any, progress: Progress) -> None:
        """Ask the plugins to answer in place of a stage."""
        stage.answer = self.plugins.ask(stage.hook, **self._arguments(stage, waveform, request, progress))

    def _request(self, stage: LazyRecognizer | LazyDiarizer) -> Any:
        return self.options.recognition if isinstance(stage, LazyRecognizer) else self._diarization_request

    @property
    def _diarization_request(self) -> DiarizationRequest:
        return self.request or self.options.diarization

    def _arguments(
        self, stage: LazyRecognizer | LazyDiarizer, waveform: Waveform, request: Any, progress: Progress
    ) -> Mapping[str, Any]:
        """Return the arguments for the hook of a stage."""
        common = {"waveform": waveform, "request": request, "devices": self.devices, "progress": progress}
        return {**common, stage.role: stage}

    def _naming(self, stage: LazyRecognizer | LazyDiarizer) -> AbstractContextManager[None]:
        """Make unexpected errors inside name the stage and its plugin."""
        return naming(f"{stage.role.capitalize()} {stage.name}", self.plugins.plugin_of(f"{stage.role}s", stage.name))

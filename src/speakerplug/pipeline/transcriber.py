"""From a recording to a transcript: the only module that knows both stages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import replace
from functools import partial
from importlib import metadata
from types import TracebackType
from typing import TYPE_CHECKING, Any, TypeVar

from ..attribution import exclusive_of
from ..attribution.attribute import attribute
from ..devices import DeviceManager
from ..diarizers.artifacts import keep_artifacts, make_folder
from ..errors import Cancelled, SpeakerPlugError, UsageError
from ..formats.objects import heard_in
from ..media.recording import Recording, Source
from ..plugin.guard import naming
from ..plugin.lazy import LazyAligner, LazyDiarizer, LazyRecognizer
from ..plugin.manager import Plugins, load_plugins
from ..plugin.roles import Aligner, Diarizer, Recognition, Recognizer
from ..plugin.validation import BEYOND_S, admitted_diarization, admitted_recognition
from ..recognizers.vad import speech_in
from ..system.packages import explained_imports
from ..system.progress import Progress, Report
from ..transcript import Diarization, Media, Provenance, Speaker, Transcript, Word
from ..waveform import Waveform
from .align import align
from .build import called, make_aligner, make_diarizer, make_recognizer, recognizer_settings
from .concurrent import CALL, PartialFailure, begun, run_concurrently
from .forks import Birthplace
from .multichannel.select import AUTO, MIX, SPEAKERS, are_speakers, hint_at_speakers, separate
from .multichannel.transcribe import NAME as BY_CHANNEL
from .multichannel.transcribe import Channels
from .options import Options
from .preflight import prepare
from .progress import Run, current_run

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from .options import TranscribeOptions

Result = TypeVar("Result")

log = logging.getLogger(__name__)

INTERRUPTED_S = 0.2
"""Seconds for which a device that is in use is waited for, after Ctrl-C."""


class Transcriber:
    """Transcribes recordings; what it loads for the first serves for the next.

    Options as in `Options`, by keyword. Use it in a `with` block, or call `close`, to give devices back. Many threads
    may call it at the same time: each call has its own recording, progress and end, and waits where another uses a
    model that it needs.

    Each call takes `progress`, which is called with a ProgressEvent for each step, from any thread, and `cancel`, a
    threading.Event: once it is set, this call alone raises Cancelled, soon, and with what was recognized by then as the
    error's `partial`; the next call goes well.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        plugins: Plugins | None = None,
        devices: DeviceManager | None = None,
        **changes: Unpack[TranscribeOptions],
    ) -> None:
        self.options = replace(options or Options(), **changes)
        self.plugins = plugins or load_plugins()
        with explained_imports():  # it looks at the machine through torch and CTranslate2
            self.devices = devices or DeviceManager(device_options=self.options.device_options)
        self._birthplace = Birthplace()
        self._latest: Run | None = None
        self._built: dict[str, Any] = {}
        self._building = threading.RLock()

    @property
    def partial(self) -> Transcript | None:
        """What was recognized so far of the recording that began last, without speakers; None where nothing was.

        For a program that is told to stop while a call hangs; an error has its own `partial`.
        """
        return None if self._latest is None else self._partial_of(self._latest)

    def _partial_of(self, run: Run) -> Transcript | None:
        if run.heard is None or not run.heard[1].words:
            return None
        waveform, recognition = run.heard
        return Transcript(
            words=attribute(recognition.words, Diarization()),
            language=recognition.language,
            media=Media(waveform.name, round(waveform.duration, 3)),
            provenance=Provenance(version=metadata.version("speakerplug"), model=recognition.model),
        )

    def transcribe(
        self, source: Source, *, progress: Report | None = None, cancel: threading.Event | None = None
    ) -> Transcript:
        """Return the transcript of a recording: every word with its speaker.

        Without a recognizer it has turns and no words, without a diarizer words and no speakers.
        Raises MediaError for a recording that cannot be read, ModelError for a model that cannot be had,
        PluginError for a stage that fails, and Cancelled.
        """
        return self._do(self._begin(source, progress, cancel), partial(self._transcribe, source))

    def diarize(
        self, source: Source, *, progress: Report | None = None, cancel: threading.Event | None = None
    ) -> Diarization:
        """Return who speaks when in a recording, as the chosen diarizer hears it and the plugins refine it.

        Raises what `transcribe` does.
        """
        return self._do(self._begin(source, progress, cancel), partial(self._diarized, source))

    def attribute(
        self,
        source: Source,
        words: Any,
        language: str | None = None,
        *,
        progress: Report | None = None,
        cancel: threading.Event | None = None,
    ) -> Transcript:
        """Return the transcript of words that something else recognized in `source`: each with its speaker.

        `words` are whatever `words_of` takes. Diarizer, aligner and channels are as the options say. Raises what
        `transcribe` does, and UsageError for what are no words.
        """
        return self._do(self._begin(source, progress, cancel), partial(self._label, source, words, language))

    def _transcribe(self, source: Source) -> Transcript:
        recording = Recording.of(source)
        if self._are_speakers(recording):
            return self._by_channel(recording)
        recognizer = self._lazy_recognizer() if self.options.recognizer is not None else None
        diarizer = self._lazy_diarizer() if self.options.diarizer is not None else None
        waveform = self._mixed(recording)
        at_once = self._prepare(waveform, recognizer, diarizer)
        if recognizer is None or diarizer is None:
            return self._half(waveform, recognizer, diarizer)
        recognized = partial(self._recognize, waveform, recognizer)
        diarized = partial(self._diarize, waveform, diarizer)
        try:
            recognition, diarization = run_concurrently(recognized, diarized, at_once, stop=current_run().stop)
        except PartialFailure as half:
            if isinstance(half.done, Recognition):
                half.error.partial = self._words_alone(waveform, half.done, refined=True)
            raise half.error from half.error.__cause__
        return self._whole(waveform, recognition, diarization)

    def _diarized(self, source: Source) -> Diarization:
        recording = Recording.of(source)
        if self._are_speakers(recording):
            return self._divided(recording).diarization
        diarizer = self._lazy_diarizer()
        waveform = self._mixed(recording)
        self._prepare(waveform, None, diarizer)
        return self._diarize(waveform, diarizer)

    def _label(self, source: Source, words: Any, language: str | None) -> Transcript:
        recording = Recording.of(source)
        self._load(aligned=True)
        if self._are_speakers(recording):
            channels = self._divided(recording)
            heard = self._heard_elsewhere(channels.mix, words, language)
            return self._attributed(channels.mix, heard, channels.diarization, BY_CHANNEL)
        diarizer = self._lazy_diarizer()
        waveform = self._mixed(recording)
        heard = self._heard_elsewhere(waveform, words, language)
        self._prepare(waveform, None, diarizer)
        return self._attributed(waveform, heard, self._diarize(waveform, diarizer))

    def _heard_elsewhere(self, waveform: Waveform, words: Any, language: str | None) -> Recognition:
        """The words that something else recognized, through the gate; raises UsageError for what are none."""
        heard = heard_in(words)
        try:
            recognition = Recognition(heard.words, language or heard.language, None)
            return admitted_recognition(recognition, "The words", waveform.duration)
        except (TypeError, ValueError) as error:
            raise UsageError(f"The words cannot be used: {error}; give several speakerplug.Word.") from error

    def _half(self, waveform: Waveform, recognizer: LazyRecognizer | None, diarizer: LazyDiarizer | None) -> Transcript:
        """The transcript of one stage alone: words without speakers, or turns without words."""
        if recognizer is not None:
            return self._whole(waveform, self._recognize(waveform, recognizer), Diarization())
        assert diarizer is not None  # Options refuse to ask for neither
        diarization = self._diarize(waveform, diarizer)
        return self._finished(waveform, Recognition((), None, None), diarization)

    def _whole(self, waveform: Waveform, recognition: Recognition, diarization: Diarization) -> Transcript:
        """As `_attributed`; what goes wrong carries the words without speakers."""
        with _keeping(lambda: self._words_alone(waveform, recognition)):
            return self._attributed(waveform, recognition, diarization)

    def _words_alone(self, waveform: Waveform, recognition: Recognition, refined: bool = False) -> Transcript | None:
        """The transcript of the words without speakers, `refined` where that can be; None where there are none."""
        words = recognition.words
        if not words:
            return None
        if refined:
            with suppress(Exception):
                words = self._refined(waveform, recognition)
        words = attribute(words, Diarization())
        return self._transcript(waveform, replace(recognition, words=words), Diarization())

    def _attributed(
        self, waveform: Waveform, recognition: Recognition, diarization: Diarization, diarizer: str | None = None
    ) -> Transcript:
        """The transcript that words and a diarization make together."""
        words = self._refined(waveform, recognition)
        last = max((word.end or 0.0 for word in words), default=0.0)
        if last > waveform.duration + BEYOND_S:
            log.warning(
                "The words end at %.0f s and %s at %.0f s; is it the same recording?",
                last,
                waveform.name or "the recording",
                waveform.duration,
            )
        with self._stage("attribution"):
            words = attribute(words, diarization)
        return self._finished(waveform, replace(recognition, words=words), diarization, diarizer)

    def _by_channel(self, recording: Recording) -> Transcript:
        """The transcript of a recording in which each channel is one speaker."""
        if self.options.recognizer is None:
            channels = self._divided(recording)
            return self._finished(channels.mix, Recognition((), None, None), channels.diarization, BY_CHANNEL)
        recognizer = self._lazy_recognizer()
        channels = self._divided(recording)
        self._load(*([] if self.plugins.answers("recognize") else [recognizer]), aligned=True)
        with self._stage("recognition") as progress, self._naming("Recognizer", recognizer):
            heard = channels.recognize(self._hear_channel, self.options.language, progress)
        together = sorted((word for part in heard for word in part.words), key=lambda word: word.start or 0.0)
        current_run().heard = channels.mix, replace(heard[0], words=tuple(together))

        def made(words: Sequence[Sequence[Word]]) -> Transcript:
            """The transcript of these words of each channel."""
            recognition = channels.together(heard, words)
            return self._transcript(channels.mix, recognition, channels.with_turns_for(recognition.words), BY_CHANNEL)

        with _keeping(lambda: made([part.words for part in heard])):
            words = [self._refined(waveform, part) for waveform, part in zip(channels.waveforms, heard, strict=True)]
            with self._stage("attribution"):
                transcript = made(words)
            return self.plugins.refine("modify_transcript", transcript, waveform=channels.mix)

    def _divided(self, recording: Recording) -> Channels:
        with self._stage("decoding") as progress:
            waveforms = separate(recording, progress)
        with self._stage("diarization") as progress:
            return Channels.of(waveforms, speech_in, progress)

    def _hear(
        self, waveform: Waveform, recognizer: LazyRecognizer, language: str | None, progress: Progress
    ) -> Recognition:
        """What the recognizer hears in one waveform, or the plugins around it."""
        heard = self.plugins.run(
            "recognize",
            waveform=waveform,
            recognizer=recognizer,
            request=replace(self.options.recognition, language=language),
            devices=self.devices,
            progress=progress,
        )
        return admitted_recognition(heard, f"Recognizer {recognizer.name}", waveform.duration)

    def _hear_channel(self, waveform: Waveform, language: str | None, progress: Progress) -> Recognition:
        """What a plugin, or the recognizer, hears in one of several channels."""
        recognizer = self._lazy_recognizer()
        if self.plugins.answers("recognize"):
            request = replace(self.options.recognition, language=language)
            recognizer.answer = self._answer("recognize", waveform, request, progress, recognizer=recognizer)
        else:
            recognizer.loaded()
        return self._hear(waveform, recognizer, language, progress)

    def _refined(self, waveform: Waveform, recognition: Recognition) -> tuple[Word, ...]:
        """The words with the times of the aligner, if there is one, and as the plugins refine them."""
        words, language = recognition.words, recognition.language
        if self.options.aligner is not None:
            with self._stage("alignment") as progress:
                words = align(self._lazy_aligner(), waveform, words, language, self.devices, progress, self.plugins)
        return self.plugins.refine("modify_words", words, waveform=waveform, language=language)

    def _finished(
        self, waveform: Waveform, recognition: Recognition, diarization: Diarization, diarizer: str | None = None
    ) -> Transcript:
        """The transcript as the plugins refine it."""
        transcript = self._transcript(waveform, recognition, diarization, diarizer)
        return self.plugins.refine("modify_transcript", transcript, waveform=waveform)

    def _transcript(
        self, waveform: Waveform, recognition: Recognition, diarization: Diarization, diarizer: str | None = None
    ) -> Transcript:
        return Transcript(
            words=recognition.words,
            turns=diarization.turns,
            exclusive=diarization.exclusive,
            speaker_tree=diarization.speaker_tree,
            speakers=tuple(Speaker(speaker, speaker) for speaker in diarization.speakers),
            language=recognition.language,
            media=Media(waveform.name, round(waveform.duration, 3)),
            provenance=self._provenance(recognition, diarizer),
        )

    def _waveform(self, source: Source) -> Waveform:
        """The sound of a recording, decoded once; samples are taken as they are."""
        recording = Recording.of(source)
        with self._decoding(recording) as progress:
            return recording.mono(progress)

    def _mixed(self, recording: Recording) -> Waveform:
        """The same; says it if its channels look like different people and nobody has decided about them."""
        with self._decoding(recording) as progress:
            waveform = recording.mono(progress)
            if self.options.channels == MIX:
                hint_at_speakers(recording, speech_in, progress)
        return waveform

    def _are_speakers(self, recording: Recording) -> bool:
        """Whether each channel is one speaker, as the options say or the channels sound."""
        if self.options.channels != AUTO:
            return self.options.channels == SPEAKERS
        with self._decoding(recording) as progress:
            return are_speakers(recording, speech_in, progress)

    def _decoding(self, recording: Recording) -> AbstractContextManager[Progress]:
        """The stage, if there is anything to decode."""
        return nullcontext(lambda *_: None) if recording.is_decoded else self._stage("decoding")

    @property
    def _diarizer(self) -> Diarizer:
        """The chosen diarizer; chosen when first needed."""
        return self._once("diarizer", self._choose_diarizer)

    def _choose_diarizer(self) -> Diarizer:
        with self._stage("loading") as progress:  # auto may fetch a pipeline to see whether it can be had
            return make_diarizer(self.options, self.plugins, progress)

    @property
    def _recognizer(self) -> Recognizer:
        """The chosen recognizer; built when first needed."""
        return self._once("recognizer", lambda: make_recognizer(self.options, self.plugins))

    @property
    def _aligner(self) -> Aligner | None:
        """The chosen aligner, if one is; built when first needed."""
        return self._once("aligner", lambda: make_aligner(self.options, self.plugins))

    def _once(self, stage: str, make: Callable[[], Result]) -> Result:
        """Return what `make` gave the first time, in whichever thread that was."""
        with self._building:
            if stage not in self._built:
                self._built[stage] = make()
            made: Result = self._built[stage]
            return made

    def _stage(self, name: str) -> AbstractContextManager[Progress]:
        """Report that a stage of the present call begins, how far it is, and that it has ended."""
        return current_run().stage(name)

    def close(self) -> None:
        """Unload the models; what is in use is waited for. In a forked process they are somebody else's."""
        self._close()

    def _close(self, wait_s: float | None = None) -> None:
        if self._birthplace.is_here:
            self.devices.close(wait_s)

    def __enter__(self) -> Transcriber:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is not None and issubclass(kind, KeyboardInterrupt):
            self._close(INTERRUPTED_S)  # what hangs may hold them for ever
        elif kind is not None and issubclass(kind, Cancelled):  # nobody waits for what is left to itself
            begun(self._close, CALL)
        else:
            self._close()

    def _naming(self, kind: str, stage: Recognizer | Diarizer) -> AbstractContextManager[None]:
        """Inside, an unexpected error names the stage, and the plugin that it comes from."""
        return naming(f"{kind} {stage.name}", self.plugins.plugin_of(f"{kind.lower()}s", stage.name))

    def _begin(self, source: Source, progress: Report | None, cancel: threading.Event | None) -> Run:
        """Begin with a recording; make a place for its artifacts before any work."""
        self._birthplace.insist("Transcriber")
        self._latest = run = Run(source, self.plugins, progress, cancel, self.options.timings)
        if self.options.artifacts is not None:
            make_folder(self.options.artifacts)
        return run

    def _do(self, run: Run, work: Callable[[], Result]) -> Result:
        """Return what `work` gives; where it is cancelled, the error has what was recognized by then."""
        try:
            return run.do(work)
        except Cancelled as error:
            error.partial = error.partial or self._partial_of(run)
            raise

    def _lazy_recognizer(self) -> LazyRecognizer:
        """The recognizer for one recording; built now where no plugin could answer in its place."""
        settings = recognizer_settings(self.options, self.plugins)
        name = self.options.recognizer or ""
        lazy = LazyRecognizer(name, settings, lambda: self._recognizer, self._load_one)
        if not self.plugins.answers("recognize"):
            lazy.built()
        return lazy

    def _lazy_diarizer(self) -> LazyDiarizer:
        """The diarizer for one recording; built now where no plugin could answer in its place."""
        name = called(self.options.diarizer)
        lazy = LazyDiarizer(name, self.options.diarizer_settings, lambda: self._diarizer, self._load_one)
        if not self.plugins.answers("diarize"):
            lazy.built()
        return lazy

    def _lazy_aligner(self) -> LazyAligner:
        """The aligner for one recording, loaded already where no plugin could answer in its place."""
        name = self.options.aligner or ""
        lazy = LazyAligner(name, self.options.aligner_settings, self._chosen_aligner, self._load_aligner)
        if not self.plugins.answers("align"):
            lazy.loaded()
        return lazy

    def _prepare(self, waveform: Waveform, recognizer: LazyRecognizer | None, diarizer: LazyDiarizer | None) -> bool:
        """Ask the plugins, then load what none of them answers for; whether both stages may run at once."""
        if recognizer is not None and self.plugins.answers("recognize"):
            with self._stage("recognition") as progress:
                request = self.options.recognition
                recognizer.answer = self._answer("recognize", waveform, request, progress, recognizer=recognizer)
            current_run().heard = None if recognizer.answer is None else (waveform, recognizer.answer)
        try:
            if diarizer is not None and self.plugins.answers("diarize"):
                with self._stage("diarization") as progress:
                    asked = self.options.diarization
                    diarizer.answer = self._answer("diarize", waveform, asked, progress, diarizer=diarizer)
            stages = [stage for stage in (recognizer, diarizer) if stage is not None and stage.answer is None]
            return self._load(*stages, aligned=recognizer is not None)
        except SpeakerPlugError as error:
            error.partial = error.partial or self._partial_of(
                current_run()
            )  # what a plugin answered, or had recognized
            raise

    def _answer(self, hook: str, waveform: Waveform, request: Any, progress: Progress, **stage: Any) -> Any:
        """What a plugin answers in place of a stage, None for nothing."""
        return self.plugins.ask(
            hook, waveform=waveform, request=request, devices=self.devices, progress=progress, **stage
        )

    def _load(self, *stages: LazyRecognizer | LazyDiarizer, aligned: bool = False) -> bool:
        """Have all that will run find, fetch and load what it needs; whether the stages may run at once."""
        if aligned and self.options.aligner is not None and not self.plugins.answers("align"):
            self._load_aligner(self._chosen_aligner())
        if not stages:
            return False
        built = [stage.built() for stage in stages]
        with self._stage("loading") as progress:
            at_once = prepare(built, self.devices, progress)
        for stage in stages:
            stage.loaded()
        return at_once

    def _load_one(self, stage: Recognizer | Diarizer) -> None:
        """Load a stage that a plugin lets run after all."""
        with self._stage("loading") as progress:
            prepare([stage], self.devices, progress)

    def _load_aligner(self, aligner: Aligner) -> None:
        """Have the aligner find what it needs; it runs after the others, and is planned when it is its turn."""
        with self._stage("loading") as progress, naming(f"Aligner {aligner.name}"):
            aligner.prepare(self.devices, progress)

    def _chosen_aligner(self) -> Aligner:
        assert self._aligner is not None
        return self._aligner

    def _recognize(self, waveform: Waveform, recognizer: LazyRecognizer) -> Recognition:
        with self._stage("recognition") as progress, self._naming("Recognizer", recognizer):
            recognition = self._hear(waveform, recognizer, self.options.language, progress)
        current_run().heard = waveform, recognition
        return recognition

    def _diarize(self, waveform: Waveform, diarizer: LazyDiarizer) -> Diarization:
        with self._stage("diarization") as progress, self._naming("Diarizer", diarizer):
            answer = self.plugins.run(
                "diarize",
                waveform=waveform,
                diarizer=diarizer,
                request=self.options.diarization,
                devices=self.devices,
                progress=progress,
            )
            diarization = admitted_diarization(answer, f"Diarizer {diarizer.name}", waveform.duration)
        if diarization.turns and not diarization.exclusive:
            diarization = replace(diarization, exclusive=exclusive_of(diarization.turns), derived=True)
        if diarization.derived:
            log.info("%s gives no exclusive turns; they are derived from the others.", diarizer.name)
        if self.options.artifacts is not None:
            keep_artifacts(diarization.artifacts, self.options.artifacts, waveform.name, diarizer.name)
        refined = self.plugins.refine("modify_diarization", diarization, waveform=waveform)
        kept = refined.exclusive == diarization.exclusive  # the tree is about the turns as they were
        return replace(refined, speaker_tree=diarization.speaker_tree if kept else None)

    def _provenance(self, recognition: Recognition, diarizer: str | None) -> Provenance:
        plan = self.devices.planned
        built = self._built  # no plugin answered for what is among these
        if diarizer is None and self.options.diarizer is not None:
            diarizer = self._diarizer.name if "diarizer" in built else called(self.options.diarizer)
        recognizer = self._recognizer.name if "recognizer" in built else self.options.recognizer
        return Provenance(
            version=metadata.version("speakerplug"),
            recognizer=recognizer if recognition.model else None,
            model=recognition.model,
            diarizer=diarizer,
            device="+".join(map(str, self.devices.occupied)) or None,
            plan=plan.as_dict() if plan else None,
            timings=current_run().seconds,
        )


@contextmanager
def _keeping(partial: Callable[[], Transcript | None]) -> Iterator[None]:
    """Inside, what goes wrong carries the `partial` transcript: what is recognized is not lost with it."""
    try:
        with naming("Attribution"):
            yield
    except SpeakerPlugError as error:
        error.partial = partial()
        raise


def transcribe(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    **options: Unpack[TranscribeOptions],
) -> Transcript:
    """Transcribe one recording: words, turns and who said each word.

    `source` is what `Recording.of` takes: a path, bytes, an open file, samples, ... Options by keyword as in `Options`:
    model="tiny.en", diarizer="bundled", num_speakers=2, language="en", ... `progress` and `cancel` are those of
    `Transcriber`. Raises SpeakerPlugError with what to do.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.transcribe(source, progress=progress, cancel=cancel)


def diarize(
    source: Source,
    *,
    progress: Report | None = None,
    cancel: threading.Event | None = None,
    **options: Unpack[TranscribeOptions],
) -> Diarization:
    """Find out who speaks when in one recording: regular and exclusive turns.

    Arguments as for `transcribe`. Raises SpeakerPlugError with what to do about it.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.diarize(source, progress=progress, cancel=cancel)

"""From a recording to a transcript: the only module that knows both stages."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from importlib import metadata
from pathlib import Path
from types import TracebackType
from typing import Any

from .attribution import attribute
from .both import HalfDoneError, run_both
from .devices import DeviceManager, Plan
from .diarizers.choice import choose_diarizer
from .environment import explained_imports
from .errors import PluginError, SpeakerPlugError, Stopped
from .options import Options
from .plugins import Plugins, load_plugins
from .stages import Diarizer, Progress, Recognition, Recognizer, RecognizerSettings
from .transcript import Diarization, Generator, Media, Speaker, Transcript
from .waveform import Waveform, read_waveform

log = logging.getLogger(__name__)

Source = Any
"""A path, a Waveform, or samples: 16 kHz mono, numpy or torch."""


class Transcriber:
    """Transcribes recordings one after the other; what it loads for the first serves for the next.

    Options as in `Options`, by keyword. Use it in a `with` block, or call `close`, to give devices back.
    """

    def __init__(
        self,
        options: Options | None = None,
        *,
        plugins: Plugins | None = None,
        devices: DeviceManager | None = None,
        **changes: Any,
    ) -> None:
        self.options = replace(options or Options(), **changes)
        self.plugins = plugins or load_plugins()
        with explained_imports():  # it looks at the machine through torch and CTranslate2
            self.devices = devices or DeviceManager(wishes=self.options.wishes)
        self._stopping = threading.Event()
        self._recognizer: Recognizer | None = None
        self._diarizer: Diarizer | None = None

    def transcribe(self, source: Source) -> Transcript:
        """The transcript of a recording: every word with its speaker.

        Raises MediaError for a recording that cannot be read, ModelError for a model that cannot be had, and
        PluginError for a stage that fails.
        """
        recognizer, diarizer = self.recognizer, self.diarizer if self.options.diarizer is not None else None
        waveform = self.waveform(source)
        plan = self._prepare(recognizer, *filter(None, [diarizer]))
        recognized = partial(self._recognize, waveform)
        if diarizer is None:
            return self.attributed(waveform, recognized(), Diarization())
        diarized = partial(self._diarize, waveform, diarizer)
        at_once = plan is not None and plan.concurrent
        try:
            recognition, diarization = run_both(recognized, diarized, at_once, stop=self.stop)
        except HalfDoneError as half:
            if isinstance(half.done, Recognition) and half.done.words:
                half.error.partial = self.attributed(waveform, half.done, Diarization())
            raise half.error from half.error.__cause__
        except SpeakerPlugError:
            self._stopping.clear()  # the diarization has stopped; the next recording may go well
            raise
        return self.attributed(waveform, recognition, diarization)

    def diarize(self, source: Source) -> Diarization:
        """Who speaks when in a recording, as the chosen diarizer hears it and the plugins refine it."""
        diarizer = self.diarizer
        waveform = self.waveform(source)
        self._prepare(diarizer)
        return self._diarize(waveform, diarizer)

    def attributed(self, waveform: Waveform, recognition: Recognition, diarization: Diarization) -> Transcript:
        """The transcript that words and a diarization make together."""
        language = recognition.language
        words = self.plugins.refine("modify_words", recognition.words, waveform=waveform, language=language)
        with self.stage("attribution"):
            words = attribute(words, diarization)
        return Transcript(
            words=words,
            turns=diarization.turns,
            exclusive=diarization.exclusive,
            speakers=tuple(Speaker(speaker, speaker) for speaker in diarization.speakers),
            language=language,
            media=Media(waveform.name, round(waveform.duration, 3)),
            generator=self._generator(recognition),
        )

    def waveform(self, source: Source) -> Waveform:
        """The sound of a recording, decoded once; samples are taken as they are."""
        if isinstance(source, Waveform):
            return source
        if not isinstance(source, (str, Path)):
            return Waveform.of(source)
        with self.stage("decoding") as progress:
            return read_waveform(source, progress)

    @property
    def diarizer(self) -> Diarizer:
        """The chosen diarizer; chosen when first needed."""
        if self._diarizer is None:
            settings = self.options.diarizer_settings
            with self.stage("loading") as progress:  # auto may fetch a pipeline to see whether it can be had
                wanted = self.options.diarizer or "auto"
                self._diarizer = choose_diarizer(wanted, self.plugins, settings, progress)
        return self._diarizer

    @property
    def recognizer(self) -> Recognizer:
        """The chosen recognizer; built when first needed."""
        if self._recognizer is None:
            options = self.options
            packs = tuple(offer.make for offer in self.plugins.models.values())
            settings = RecognizerSettings(
                options.model,
                options.language,
                options.compute_type,
                options.offline,
                packs,
                options.token,
                options.cache_dir,
            )
            self._recognizer = self.plugins.choose("recognizers", options.recognizer).make(settings)
        return self._recognizer

    @contextmanager
    def stage(self, name: str) -> Iterator[Progress]:
        """Tell the plugins that a stage begins, how far it is, and that it has ended."""
        hook = self.plugins.hook
        hook.stage_started(stage=name)
        started = time.perf_counter()

        def progress(step: str, completed: float, total: float) -> None:
            """Pass it on to the plugins; the place where work that was told to stop does so."""
            if self._stopping.is_set():
                raise Stopped(f"{name.capitalize()} was stopped.")
            hook.stage_progress(stage=name, step=step, completed=completed, total=total)

        try:
            with explained_imports():
                yield progress
        finally:
            hook.stage_finished(stage=name, seconds=time.perf_counter() - started)

    def stop(self) -> None:
        """Make what runs in other threads end at its next report of progress."""
        self._stopping.set()

    def close(self) -> None:
        """Unload the models."""
        self.devices.close()

    def __enter__(self) -> Transcriber:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, *stages: Recognizer | Diarizer) -> Plan | None:
        """Have every stage find and fetch what it needs, plan places for all, and load before hours depend on it."""
        with self.stage("loading") as progress:
            residents = []
            for stage in stages:
                with _named(stage.name.capitalize()):
                    residents.append(stage.prepare(self.devices, progress))
            needed = [resident for resident in residents if resident is not None]
            if not needed:
                return None
            plan = self.devices.plan(needed)
            for resident in needed:
                with self.devices.hold(resident):
                    log.debug("%s is loaded", resident.key)
        return plan

    def _recognize(self, waveform: Waveform) -> Recognition:
        recognizer = self.recognizer
        with self.stage("recognition") as progress, _named(f"Recognizer {recognizer.name}"):
            return recognizer.recognize(waveform, self.options.recognition, self.devices, progress)

    def _diarize(self, waveform: Waveform, diarizer: Diarizer) -> Diarization:
        with self.stage("diarization") as progress, _named(f"Diarizer {diarizer.name}"):
            diarization = self.plugins.hook.diarize(
                waveform=waveform,
                diarizer=diarizer,
                request=self.options.diarization,
                devices=self.devices,
                progress=progress,
            )
        if not isinstance(diarization, Diarization):
            raise PluginError(f"Diarizer {diarizer.name} gave a {type(diarization).__name__}, not a Diarization.")
        return self.plugins.refine("modify_turns", diarization, waveform=waveform)

    def _generator(self, recognition: Recognition) -> Generator:
        plan = self.devices.planned
        return Generator(
            version=metadata.version("speakerplug"),
            recognizer=self.recognizer.name if recognition.model else None,
            model=recognition.model,
            diarizer=self.diarizer.name if self.options.diarizer is not None else None,
            device="+".join(map(str, self.devices.occupied)) or None,
            plan=plan.as_dict() if plan else None,
        )


@contextmanager
def _named(stage: str) -> Iterator[None]:
    """Turn an unexpected error into one that names the stage it comes from."""
    try:
        with explained_imports():
            yield
    except SpeakerPlugError:
        raise
    except Exception as error:
        first = (str(error).strip() or type(error).__name__).splitlines()[0]
        raise PluginError(
            f"{stage} failed ({type(error).__name__}: {first}); choose another, or see why with -v."
        ) from error


def transcribe(source: Source, **options: Any) -> Transcript:
    """Transcribe one recording: words, turns and who said each word.

    `source` is a path, or samples at 16 kHz mono. Options by keyword as in `Options`: model="tiny.en",
    diarizer="bundled", num_speakers=2, language="en", ... Raises SpeakerPlugError with what to do about it.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.transcribe(source)


def diarize(source: Source, **options: Any) -> Diarization:
    """Find out who speaks when in one recording: regular and exclusive turns.

    `source` and options as for `transcribe`. Raises SpeakerPlugError with what to do about it.
    """
    with Transcriber(**options) as transcriber:
        return transcriber.diarize(source)

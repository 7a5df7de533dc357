"""Plugins that replace a stage: nothing else is built, downloaded or loaded; wrappers may keep what they wrap."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from speakerplug import Transcriber
from speakerplug.plugin import (
    AlignerRegistration,
    Diarization,
    DiarizerRegistration,
    ModelError,
    Plugins,
    Recognition,
    RecognizerRegistration,
    Word,
    hookimpl,
)
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from tests.pipeline.multichannel.test_transcribe import call, loud

SPOKEN = words(("hello", 0.1, 0.5), ("hi", 1.2, 1.4))
TURNS = turns((0.0, 1.0, "A"), (1.1, 1.5, "B"))
OPTIONS: dict[str, Any] = {"recognizer": "costly", "diarizer": "costly", "device": "cpu"}


class Costly:
    """A plugin whose stages count how often they are built and prepared."""

    def __init__(self) -> None:
        self.built: list[str] = []
        self.prepared: list[str] = []

    def _made(self, kind: str, stage: Any) -> Any:
        self.built.append(kind)
        stage.prepare = lambda devices, progress: self.prepared.append(kind)
        return stage

    @hookimpl
    def register_recognizers(self, register: Callable[[RecognizerRegistration], None]) -> None:
        register(RecognizerRegistration("costly", lambda _: self._made("recognizer", FakeRecognizer(SPOKEN))))

    @hookimpl
    def register_diarizers(self, register: Callable[[DiarizerRegistration], None]) -> None:
        register(DiarizerRegistration("costly", lambda _: self._made("diarizer", FakeDiarizer(TURNS))))

    @hookimpl
    def register_aligners(self, register: Callable[[AlignerRegistration], None]) -> None:
        register(AlignerRegistration("costly", lambda _: self._made("aligner", StillAligner())))


class StillAligner:
    name = "costly"

    def align(self, waveform: Any, words: tuple[Word, ...], *_: Any) -> tuple[Word, ...]:
        return words


class Cache:
    """A plugin that answers every hook, and records its calls."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []

    @hookimpl
    def recognize(self, waveform: Any, recognizer: Any, request: Any) -> Recognition:
        self.asked.append(("recognize", recognizer.name, recognizer.settings.model))
        return Recognition(SPOKEN, request.language or "en", "cached-model")

    @hookimpl
    def diarize(self, diarizer: Any) -> Diarization:
        self.asked.append(("diarize", diarizer.name, diarizer.settings.revision))
        return Diarization(TURNS, TURNS)

    @hookimpl
    def align(self, aligner: Any, words: tuple[Word, ...]) -> tuple[Word, ...]:
        self.asked.append(("align", aligner.name, aligner.settings.language))
        return words


def speakers(transcript: Any) -> list[tuple[str, str | None]]:
    return [(word.text, word.speaker) for word in transcript.words]


def test_answers_of_plugins_build_no_stage() -> None:
    """A plugin gets the name and settings of stages that are never built, and the result is complete."""
    costly, cache = Costly(), Cache()
    plugins = plugins_with({"costly": costly, "cache": cache})
    with Transcriber(plugins=plugins, aligner="costly", model="small", language="de", **OPTIONS) as transcriber:
        transcript = transcriber.transcribe(silence(2.0))
    assert speakers(transcript) == [("hello", "A"), ("hi", "B")]
    assert costly.built == []
    asked = [("recognize", "costly", "small"), ("diarize", "costly", None), ("align", "costly", "de")]
    assert cache.asked == asked
    made = transcript.provenance
    assert (made.recognizer, made.model, made.diarizer, made.plan) == ("costly", "cached-model", "costly", None)


def test_answer_to_diarize_alone_still_runs_the_recognizer() -> None:
    """One stage is built, the other is not; `diarize` uses the answer as `transcribe` does."""

    class Half:
        @hookimpl
        def diarize(self) -> Diarization:
            return Diarization(TURNS, TURNS)

    costly = Costly()
    with Transcriber(plugins=plugins_with({"costly": costly, "half": Half()}), **OPTIONS) as transcriber:
        assert speakers(transcriber.transcribe(silence(2.0))) == [("hello", "A"), ("hi", "B")]
        assert transcriber.diarize(silence(2.0)).turns == TURNS
    assert (costly.built, costly.prepared) == (["recognizer"], ["recognizer"])


def test_stage_run_by_a_plugin_is_built_and_prepared_then() -> None:
    """A plugin without a cached result may run the stage itself, and gets its result."""

    class Storing:
        kept: Any = None

        @hookimpl
        def diarize(self, waveform: Any, diarizer: Any, request: Any, devices: Any, progress: Any) -> Diarization:
            self.kept = self.kept or diarizer.diarize(waveform, request, devices, progress)
            assert isinstance(self.kept, Diarization)
            return self.kept

        @hookimpl
        def align(self, waveform: Any, aligner: Any, words: Any, language: Any, devices: Any, progress: Any) -> Any:
            return aligner.align(waveform, words, language, devices, progress)

    costly, storing = Costly(), Storing()
    plugins = plugins_with({"costly": costly, "storing": storing})
    with Transcriber(plugins=plugins, aligner="costly", **OPTIONS) as transcriber:
        for _ in range(2):
            assert speakers(transcriber.transcribe(silence(2.0))) == [("hello", "A"), ("hi", "B")]
    assert storing.kept.turns == TURNS
    assert costly.built == ["recognizer", "diarizer", "aligner"]
    assert costly.prepared.count("diarizer") == 1


def test_wrapper_gets_the_result_of_the_stage_or_another_plugin() -> None:
    """All three hooks may be wrapped."""
    seen: list[Any] = []

    class Wrapping:
        @hookimpl(wrapper=True)
        def recognize(self) -> Iterator[None]:
            seen.append((yield))
            return seen[-1]

        @hookimpl(wrapper=True)
        def diarize(self) -> Iterator[None]:
            seen.append((yield))
            return seen[-1]

        @hookimpl(wrapper=True)
        def align(self) -> Iterator[None]:
            seen.append((yield))
            return seen[-1]

    costly = Costly()
    with Transcriber(
        plugins=plugins_with({"costly": costly, "wrapping": Wrapping()}), aligner="costly", **OPTIONS
    ) as transcriber:
        transcriber.transcribe(silence(2.0))
    assert {type(value) for value in seen} == {Recognition, Diarization, tuple}
    assert sorted(costly.built) == ["aligner", "diarizer", "recognizer"]


def test_recognize_and_align_are_called_for_each_channel(monkeypatch: pytest.MonkeyPatch) -> None:
    """In a recording with one speaker on each channel, a plugin answers per channel, and nothing is built."""
    monkeypatch.setattr("speakerplug.pipeline.stages.speech_in", loud)
    costly, cache = Costly(), Cache()
    plugins = plugins_with({"costly": costly, "cache": cache})
    options = {**OPTIONS, "diarizer": None, "channels": "speakers"}
    with Transcriber(plugins=plugins, aligner="costly", **options) as transcriber:
        transcriber.transcribe(call())
    assert costly.built == []
    assert [hook for hook, *_ in cache.asked] == ["recognize", "recognize", "align", "align"]


@pytest.mark.parametrize("answer", [(), words(("other", 0.1, 0.5)), words(("hello", 0.1, 9.0), ("hi", 9.0, 9.5))])
def test_invalid_answer_to_align_is_reported_and_the_aligner_runs(answer: Any) -> None:
    """Other words, or times outside of the recording, are the plugin's fault, not the aligner's."""

    class Wrong:
        @hookimpl
        def align(self) -> Any:
            return answer

    costly = Costly()
    plugins = plugins_with({"costly": costly, "wrong": Wrong()})
    with Transcriber(plugins=plugins, aligner="costly", **OPTIONS) as transcriber:
        assert speakers(transcriber.transcribe(silence(2.0))) == [("hello", "A"), ("hi", "B")]
    assert "aligner" in costly.built
    assert [failure.plugin for failure in plugins.failures] == ["wrong"]


def test_answer_to_recognize_is_kept_if_the_diarizer_fails() -> None:
    """Words that a plugin returned, possibly after an hour, are not lost with what fails after them."""

    class Words:
        @hookimpl
        def recognize(self) -> Recognition:
            return Recognition(SPOKEN, "en", "cached-model")

        @hookimpl
        def diarize(self) -> Diarization:
            raise ModelError("Pay first.")

    plugins = plugins_with({"costly": Costly(), "words": Words()})
    with (
        pytest.raises(ModelError, match="Pay first") as caught,
        Transcriber(plugins=plugins, **OPTIONS) as transcriber,
    ):
        transcriber.transcribe(silence(2.0))
    assert [word.text for word in caught.value.partial.words] == ["hello", "hi"]


def test_answers_ignores_wrappers() -> None:
    """A wrapper alone does not keep stages from being built early."""

    class Wrapping:
        @hookimpl(wrapper=True)
        def diarize(self) -> Iterator[None]:
            return (yield)

    plugins: Plugins = plugins_with({"wrapping": Wrapping(), "cache": Cache()})
    plugins.remove("cache")
    assert not plugins.answers("diarize")
    plugins.add("again", Cache())
    assert plugins.answers("diarize")

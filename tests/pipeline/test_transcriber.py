"""The pipeline runs recognition, diarization and attribution in order, with any stages."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from speakerplug import Diarization, ProgressEvent, Transcriber, Word, hookimpl
from speakerplug.errors import MediaError, ModelError, PluginError, UsageError
from speakerplug.media.waveform import Waveform
from speakerplug.pipeline.options import Options
from speakerplug.pipeline.stages import Stages
from speakerplug.plugin.roles import DiarizationRequest, RecognitionRequest
from speakerplug.system.progress import Progress
from speakerplug.testing import FakeDiarizer, FakeRecognizer, plugins_with, silence, turns, words
from speakerplug.transcript import SpeakerTree

WORDS = words(("hello", 0.1, 0.5), ("there", 0.6, 0.9), ("hi", 1.2, 1.4))
TURNS = turns((0, 1, "SPEAKER_00"), (1.1, 1.5, "SPEAKER_01"))


class Listener:
    """Record the events of the stages in order."""

    def __init__(self) -> None:
        self.events: list[str] = []

    @hookimpl
    def report(self, event: ProgressEvent) -> None:
        assert event.seconds >= 0
        assert event.recording == "talk.mp4"
        how = f"{event.step} {event.completed:g}/{event.total:g}" if event.step else "finished"
        self.events.append(f"{event.stage} {'started' if event.started else how}")


def transcriber(
    plugins: dict[str, object] | None = None, stages: dict[str, Any] | None = None, **options: Any
) -> Transcriber:
    stages = {"recognizer": FakeRecognizer(WORDS), "diarizer": FakeDiarizer(TURNS), **(stages or {})}
    return Transcriber(
        plugins=plugins_with(plugins, **stages),
        **{"recognizer": "fake", "diarizer": "fake", "device": "cpu", **options},
    )


def test_transcribe_returns_words_with_speakers_and_their_provenance() -> None:
    """Words are attributed, turns kept, speakers listed in order of appearance, and the stages named."""
    transcript = transcriber().transcribe(silence(2.0, "talk.mp4"))
    assert [(word.text, word.speaker) for word in transcript.words] == [
        ("hello", "SPEAKER_00"),
        ("there", "SPEAKER_00"),
        ("hi", "SPEAKER_01"),
    ]
    assert transcript.turns == transcript.exclusive == TURNS
    assert [speaker.id for speaker in transcript.speakers] == ["SPEAKER_00", "SPEAKER_01"]
    assert (transcript.media.file, transcript.media.duration) == ("talk.mp4", 2.0)
    assert (transcript.provenance.recognizer, transcript.provenance.model) == ("fake", "fake-model")
    assert (transcript.provenance.diarizer, transcript.language) == ("fake", "en")


def test_transcribe_reports_the_stages_in_order() -> None:
    """Each stage reports its start, its progress and its end."""
    listener = Listener()
    transcriber({"listener": listener}).transcribe(silence(2.0, "talk.mp4"))
    assert listener.events == [
        "loading started",  # a diarizer is chosen
        "loading finished",
        "loading started",  # both stages are prepared
        "loading finished",
        "recognition started",
        "recognition recognition 0/2",
        "recognition recognition 2/2",
        "recognition finished",
        "diarization started",
        "diarization segmentation 0/1",
        "diarization segmentation 1/1",
        "diarization finished",
        "attribution started",
        "attribution finished",
    ]


def test_transcribe_with_a_failing_stage_reports_its_end() -> None:
    """A progress bar is not left with a stage that never finishes."""
    listener = Listener()
    with pytest.raises(PluginError):
        transcriber({"listener": listener}, {"diarizer": FakeDiarizer(error=RuntimeError("out of order"))}).transcribe(
            silence(name="talk.mp4")
        )
    assert "diarization finished" in listener.events


def test_transcribe_with_a_failing_diarizer_raises_with_the_words() -> None:
    """The error of a diarizer has the transcript without speakers as its partial; that of a recognizer has none."""
    with pytest.raises(PluginError) as caught:
        transcriber(None, {"diarizer": FakeDiarizer(error=RuntimeError("out of order"))}).transcribe(silence(2.0))
    assert [(word.text, word.speaker) for word in caught.value.partial.words] == [
        ("hello", None),
        ("there", None),
        ("hi", None),
    ]
    with pytest.raises(PluginError) as caught:
        transcriber(None, {"recognizer": FakeRecognizer(error=RuntimeError("broken"))}).transcribe(silence(2.0))
    assert caught.value.partial is None


@pytest.mark.parametrize("concurrent", [True, False])
@pytest.mark.parametrize("failing", ["recognizer", "diarizer"])
def test_transcribe_after_a_failed_recording_succeeds(
    monkeypatch: pytest.MonkeyPatch, failing: str, concurrent: bool
) -> None:
    """The same transcriber continues after a failure of either stage, concurrent or not."""
    stages: dict[str, Any] = {"recognizer": FakeRecognizer(WORDS), "diarizer": FakeDiarizer(TURNS)}
    ready = transcriber(None, stages)
    monkeypatch.setattr(Stages, "prepare", lambda *_: concurrent)
    stages[failing].error = RuntimeError("busy")
    with pytest.raises(PluginError, match="busy"):
        ready.transcribe(silence(2.0))
    stages[failing].error = None
    assert [word.speaker for word in ready.transcribe(silence(2.0)).words] == ["SPEAKER_00", "SPEAKER_00", "SPEAKER_01"]


def test_transcribe_passes_options_to_both_stages() -> None:
    """The requests of recognizer and diarizer are those of the options."""
    recognizer, diarizer = FakeRecognizer(WORDS), FakeDiarizer(TURNS)
    transcriber(
        None,
        {"recognizer": recognizer, "diarizer": diarizer},
        language="de",
        task="translate",
        prompt="p",
        hotwords="h",
        batch_size=3,
        min_speakers=2,
        max_speakers=4,
    ).transcribe(silence())
    assert recognizer.requests == [RecognitionRequest("de", "translate", "p", "h", 3)]
    assert diarizer.requests == [DiarizationRequest(None, 2, 4)]


def test_transcribe_without_a_diarizer_returns_words_without_speakers() -> None:
    """diarizer=None gives the words and no turns, and calls no diarizer."""
    diarizer = FakeDiarizer(TURNS)
    transcript = transcriber(None, {"diarizer": diarizer}, diarizer=None).transcribe(silence())
    assert [word.speaker for word in transcript.words] == [None, None, None]
    assert diarizer.requests == []
    assert transcript.provenance.diarizer is None


def test_transcribe_with_a_plugin_that_answers_replaces_the_diarizer() -> None:
    """The first plugin whose diarize hook answers is used, for instance a cache."""

    class Cache:
        @hookimpl
        def diarize(self, waveform: Any) -> Diarization:
            return Diarization(turns((0, 2, "CACHED")), turns((0, 2, "CACHED")))

    diarizer = FakeDiarizer(TURNS)
    transcript = transcriber({"cache": Cache()}, {"diarizer": diarizer}).transcribe(silence(2.0))
    assert {word.speaker for word in transcript.words} == {"CACHED"}
    assert diarizer.requests == []


def test_transcribe_with_refining_plugins_attributes_what_they_return() -> None:
    """modify_words and modify_diarization run before attribution."""

    class Refiner:
        @hookimpl
        def modify_words(self, words: tuple[Word, ...], language: str) -> tuple[Word, ...]:
            assert language == "en"
            return words[:1]

        @hookimpl
        def modify_diarization(self, diarization: Diarization) -> Diarization:
            return Diarization(turns((0, 2, "NEW")), turns((0, 2, "NEW")))

    transcript = transcriber({"refiner": Refiner()}).transcribe(silence(2.0))
    assert [(word.text, word.speaker) for word in transcript.words] == [("hello", "NEW")]


def test_transcribe_with_an_unexpected_error_names_the_stage() -> None:
    """A recognizer that breaks is named in one sentence; the original error is its cause."""
    broken = FakeRecognizer(error=ValueError("odd tensor\nwith details"))
    with pytest.raises(PluginError, match=r"Recognizer fake failed \(ValueError: odd tensor\)") as caught:
        transcriber(None, {"recognizer": broken}).transcribe(silence())
    assert isinstance(caught.value.__cause__, ValueError)


def test_transcribe_with_a_user_facing_error_raises_it_unchanged() -> None:
    """The message of a stage is the one that the user reads."""
    with pytest.raises(ModelError, match=r"^Buy one\.$"):
        transcriber(None, {"diarizer": FakeDiarizer(error=ModelError("Buy one."))}).transcribe(silence())


def test_transcribe_with_a_diarizer_object_uses_it() -> None:
    """A program may pass its own Diarizer in place of a name."""
    transcript = transcriber(diarizer=FakeDiarizer(turns((0, 2, "MINE")), name="mine")).transcribe(silence(2.0))
    assert {word.speaker for word in transcript.words} == {"MINE"}
    assert transcript.provenance.diarizer == "mine"


def test_transcribe_accepts_samples() -> None:
    """A program that has the audio in memory passes the array."""
    assert transcriber().transcribe(np.zeros(16_000, dtype=np.float32)).media.duration == 1.0


def test_transcribe_a_missing_file_raises_before_anything_is_loaded(tmp_path: Path) -> None:
    """No model is loaded for a recording that does not exist."""
    recognizer = FakeRecognizer(WORDS)
    with pytest.raises(MediaError, match="There is no file"):
        transcriber(None, {"recognizer": recognizer}).transcribe(tmp_path / "missing.mp4")
    assert recognizer.requests == []


@pytest.mark.parametrize(
    "given",
    [
        {"min_speakers": 3, "max_speakers": 2},
        {"num_speakers": 2, "min_speakers": 3},
        {"num_speakers": 4, "max_speakers": 3},
        {"num_speakers": 0},
        {"batch_size": -1},
        {"task": "sing"},
    ],
)
def test_options_with_invalid_values_are_refused(given: dict[str, Any]) -> None:
    """Bounds that contradict each other, numbers below one and unknown tasks are refused before any work."""
    with pytest.raises(UsageError):
        Options(**given)


def test_transcriber_with_an_unknown_device_is_refused() -> None:
    """An unknown device name is a usage error."""
    with pytest.raises(UsageError, match="no device 'gpu'"):
        transcriber(device="gpu")


def test_options_repr_hides_the_token() -> None:
    """Printed options show no token."""
    assert "hf_secret" not in repr(Options(token="hf_secret"))


@pytest.mark.parametrize("concurrent", [True, False])
def test_partial_after_an_interrupted_recording_has_its_words(
    monkeypatch: pytest.MonkeyPatch, concurrent: bool
) -> None:
    """They have no speakers, and are dropped when the next recording begins."""
    stages: dict[str, Any] = {"recognizer": FakeRecognizer(WORDS), "diarizer": FakeDiarizer(TURNS)}
    ready = transcriber(None, stages)
    monkeypatch.setattr(Stages, "prepare", lambda *_: concurrent)
    assert ready.partial is None
    stages["diarizer"].error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        ready.transcribe(silence(2.0, name="talk.wav"))
    partial = ready.partial
    assert partial is not None
    assert [(word.text, word.start, word.speaker) for word in partial.words] == [
        (word.text, word.start, None) for word in WORDS
    ]
    assert (partial.media.file, partial.media.duration, partial.language) == ("talk.wav", 2.0, "en")
    stages["recognizer"].error = KeyboardInterrupt()
    with pytest.raises(KeyboardInterrupt):
        ready.transcribe(silence(2.0))
    assert ready.partial is None


SPEAKER_TREE = SpeakerTree((0, 1), ((0, 1),))


class TreeDiarizer(FakeDiarizer):
    """A diarizer that also returns a speaker tree."""

    def diarize(
        self, waveform: Waveform, request: DiarizationRequest, devices: object, progress: Progress
    ) -> Diarization:
        """Return the turns, with a tree."""
        return replace(super().diarize(waveform, request, devices, progress), speaker_tree=SPEAKER_TREE)  # type: ignore[arg-type]


@dataclass(eq=False)
class Refining:
    """A plugin that moves the first exclusive turn by some seconds."""

    by: float

    @hookimpl
    def modify_diarization(self, diarization: Diarization) -> Diarization:
        """Move it; regular turns stay unchanged."""
        first, *rest = diarization.exclusive
        return Diarization(diarization.turns, (replace(first, start=first.start + self.by), *rest))


def test_transcribe_keeps_a_speaker_tree_while_its_turns_are_unchanged() -> None:
    """The tree is in the transcript unless a plugin changes its turns."""
    spans = turns((0.0, 1.0, "A"), (1.0, 2.0, "B"))
    for by, expected in ((0.0, SPEAKER_TREE), (0.5, None)):
        plugins = plugins_with({"refining": Refining(by)}, diarizer=TreeDiarizer(spans))
        with Transcriber(recognizer=None, diarizer="fake", device="cpu", plugins=plugins) as transcriber:
            assert transcriber.transcribe(silence(2.0)).speaker_tree == expected


@pytest.mark.parametrize(
    ("given", "language"), [("EN", "en"), ("english", "en"), ("en-US", "en"), ("gibberish", "gibberish"), (None, None)]
)
def test_options_language_is_a_code(given: str | None, language: str | None) -> None:
    """Regions are dropped and names become codes; what is no language is left for the recognizer to refuse."""
    assert Options(language=given).language == language


def test_prepare_fetches_what_the_options_need_and_runs_nothing() -> None:
    """A service calls it at its start; a wrong name is an error then, and channels need no diarizer."""
    recognizer, diarizer = FakeRecognizer(WORDS), FakeDiarizer(TURNS)
    one = transcriber(stages={"recognizer": recognizer, "diarizer": diarizer})
    events: list[str] = []
    one.prepare(progress=lambda event: events.append(event.stage))
    assert "loading" in events
    assert (recognizer.requests, diarizer.requests) == ([], [])
    with pytest.raises(UsageError, match="no diarizer named 'nope'"):
        one.with_options(diarizer="nope").prepare()
    one.with_options(diarizer="nope", channels="speakers").prepare()


def test_with_options_uses_the_same_stages_for_another_request() -> None:
    """What only concerns one call changes; its words so far are its own."""
    recognizer, diarizer = FakeRecognizer(WORDS), FakeDiarizer(TURNS)
    first = transcriber(stages={"recognizer": recognizer, "diarizer": diarizer})
    first.transcribe(silence(2.0))
    other = first.with_options(prompt="Hm.", num_speakers=2)
    assert (other.devices, other.partial) == (first.devices, None)
    other.transcribe(silence(2.0))
    assert [request.prompt for request in recognizer.requests] == [None, "Hm."]
    assert [request.num_speakers for request in diarizer.requests] == [None, 2]
    assert other._built is first._built
    assert (first.options.prompt, first.options.num_speakers) == (None, None)


def test_with_options_builds_stages_that_depend_on_them_anew() -> None:
    """A model may be chosen by the language; devices cannot differ."""
    first = transcriber()
    first.transcribe(silence(2.0))
    assert first.with_options(language="de")._built is not first._built
    assert not first.with_options(diarizer=None).transcribe(silence(2.0)).turns
    with pytest.raises(UsageError, match="leave their options out"):
        first.with_options(device="cuda")
    with pytest.raises(UsageError, match="speakers"):
        first.with_options(speakers=2)  # type: ignore[call-arg]


def test_diarize_with_a_request_is_for_that_recording_alone() -> None:
    """It replaces what the options say about speakers and artifacts; an impossible one is refused before any work."""
    diarizer, request = FakeDiarizer(turns((0.0, 1.0, "A"))), DiarizationRequest(2, keep_artifacts=True)
    with Transcriber(diarizer=diarizer, max_speakers=3, device="cpu") as transcriber:
        transcriber.diarize(silence(), request=request)
        transcriber.diarize(silence())
        for wrong in (DiarizationRequest(0), DiarizationRequest(None, 3, 2), 2):
            with pytest.raises(UsageError):
                transcriber.diarize(silence(), request=wrong)  # type: ignore[arg-type]
    assert diarizer.requests == [request, DiarizationRequest(max_speakers=3)]
